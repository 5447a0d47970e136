// mpwatch flows: what is in a capture, flow by flow, with no site and no verdict. A flow meter.

import type { Command } from 'commander'
import { DYNAMIC_PORTS, type PortKnowledge } from '../flows/direction.ts'
import { isUnreadable } from '../report/conclusion.ts'
import { resultOf } from '../report/result.ts'
import { CAPTURE_CODES, COLOUR_ENVIRONMENT, helpNotes } from './help.ts'
import { noQualityOption, type ReadingOptions, withReadingOptions } from './options.ts'
import { read } from './read.ts'

export function flowsCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('flows')
    .summary('count the flows of captures, without judging them')
    .description(
      'Counts packets, bytes and flows of captures. No site file is needed and nothing is judged.',
    )
    .argument(
      '<capture...>',
      'pcap and pcapng files, also gzipped, folders of them, or - for standard input',
    )
    .option('--dedup', 'leave out copies that a mirror port makes')
    .addOption(noQualityOption())
    .addHelpText('after', NOTES)
  withReadingOptions(command).action(async (captures: string[], options: ReadingOptions) =>
    leave(await flows(captures, options)),
  )
}

const NOTES = helpNotes({
  examples: [
    ['mpwatch flows office.pcap', 'See how much is in a capture, and whether all of it was read.'],
    ['mpwatch flows office.pcap --eve flows.jsonl', 'Write one JSON line for each flow.'],
    [
      'mpwatch flows day.pcap --from 2026-03-02T10:00:00Z --to 2026-03-02T11:00:00Z',
      'Count one hour only.',
    ],
  ],
  exitCodes: [[0, 'everything was read and counted'], ...CAPTURE_CODES],
  environment: COLOUR_ENVIRONMENT,
})

/** Without a policy, the system ports (RFC 6335, 6) tell the server where no handshake was seen. */
export const WELL_KNOWN: PortKnowledge = {
  isReserved: (_protocol, port) => port < 1024,
  dynamicPorts: () => DYNAMIC_PORTS,
}

/** The exit code. Never 1, since nothing is judged. */
async function flows(captures: readonly string[], options: ReadingOptions): Promise<number> {
  const reading = {
    captures,
    sensors: [],
    options,
    ports: WELL_KNOWN,
    compliance: null,
    policy: null,
    site: null,
    book: null,
  }
  const { result, signal } = await read(reading, parts =>
    resultOf({ ...parts, conclusion: null }, parts.context),
  )
  if (signal !== null) return signal === 'SIGINT' ? 130 : 143
  if (isUnreadable(result.provenance.captures, result.ledger, options.maxMalformed / 100)) return 3
  return result.not_judged.some(({ incomplete }) => incomplete) ? 4 : 0
}
