// mpwatch flows: what is in a capture, flow by flow, with no site and no verdict. A flow meter.

import type { Command } from 'commander'
import { DYNAMIC_PORTS, type PortKnowledge } from '../flows/direction.ts'
import { isUnreadable } from '../report/conclusion.ts'
import { resultOf } from '../report/result.ts'
import { type ReadingOptions, withReadingOptions } from './options.ts'
import { read } from './read.ts'

export function flowsCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('flows')
    .summary('count the flows of captures, without judging them')
    .description(
      'Counts packets, bytes and flows of captures. No site file is needed and nothing is judged.',
    )
    .argument('<capture...>', 'pcap files, or - for standard input')
  withReadingOptions(command).action(async (captures: string[], options: ReadingOptions) =>
    leave(await flows(captures, options)),
  )
}

/** Without a policy, the system ports (RFC 6335, 6) tell the server where no handshake was seen. */
const WELL_KNOWN: PortKnowledge = {
  isReserved: (_protocol, port) => port < 1024,
  dynamicPorts: () => DYNAMIC_PORTS,
}

/** The exit code. Never 1, since nothing is judged. */
export async function flows(captures: readonly string[], options: ReadingOptions): Promise<number> {
  const reading = {
    captures,
    options,
    ports: WELL_KNOWN,
    compliance: null,
    policy: null,
    site: null,
  }
  const { result, signal } = await read(reading, parts =>
    resultOf({ ...parts, conclusion: null }, parts.context),
  )
  if (signal !== null) return signal === 'SIGINT' ? 130 : 143
  if (isUnreadable(result.provenance.captures, result.ledger, options.maxMalformed)) return 3
  return result.not_judged.some(({ incomplete }) => incomplete) ? 4 : 0
}
