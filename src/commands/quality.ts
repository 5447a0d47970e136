// mpwatch quality: round trips, loss, jitter and clocks of captures, by pair of hosts and by stream.

import type { Command } from 'commander'
import { Compliance } from '../compliance.ts'
import type { PortKnowledge } from '../flows/direction.ts'
import type { Address } from '../model/address.ts'
import type { Policy } from '../model/policy.ts'
import { QualityBook } from '../quality/book.ts'
import type { PairLimits } from '../quality/pair-record.ts'
import { isUnreadable } from '../report/conclusion.ts'
import { resultOf } from '../report/result.ts'
import { renderQuality } from '../report/terminal-quality.ts'
import { WELL_KNOWN } from './flows.ts'
import { CAPTURE_CODES, COLOUR_ENVIRONMENT, helpNotes } from './help.ts'
import { type ReadingOptions, withReadingOptions } from './options.ts'
import { type Reading, read } from './read.ts'
import { loadRules, rulesOption } from './rules.ts'
import { takenBy } from './sensors.ts'

interface QualityOptions extends ReadingOptions {
  readonly site?: string
  readonly sensor?: string
  readonly rules: string
}

export function qualityCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('quality')
    .summary('show round trips, loss, jitter and clocks of captures')
    .description(
      'Measures round trips and loss of TCP by pair of hosts, media streams, and clocks. Each number says by which method it was had and from how many samples. Nothing is judged.',
    )
    .argument(
      '<capture...>',
      'pcap and pcapng files, also gzipped, folders of them, or - for standard input',
    )
    .option('--site <file>', 'the site: names for its hosts, and the limits between its servers')
    .option('--sensor <name>', 'the sensor of the site file that took the captures')
    .addOption(rulesOption())
    .addHelpText('after', NOTES)
  withReadingOptions(command).action(async (captures: string[], options: QualityOptions) =>
    leave(await quality(captures, options)),
  )
}

const NOTES = helpNotes({
  examples: [
    ['mpwatch quality office.pcap', 'See who is far from whom, and which calls lose packets.'],
    [
      'mpwatch quality office.pcap --site site.yaml',
      'The same for the servers of a site, by name, beside the limits of 100 ms and 1 %.',
    ],
    [
      'mpwatch quality office.pcap --quiet --json quality.json',
      'Keep all pairs and streams, under "quality" of the result.',
    ],
  ],
  exitCodes: [[0, 'everything was read and measured'], ...CAPTURE_CODES],
  files: [['rules/site.example.yaml', 'a site file to copy: who is who, and where']],
  environment: COLOUR_ENVIRONMENT,
})

/** What the policy demands of Web Server and Application Server; the document's own numbers unless it says. */
export function limitsOf({ limits }: Policy): PairLimits {
  const numberOf = (metric: string) => limits.find(limit => limit.metric === metric)?.value
  return { rttMs: numberOf('rtt_ms') ?? 100, lossPct: numberOf('loss_pct') ?? 1 }
}

/** The exit code. Never 1, since nothing is judged. */
async function quality(captures: readonly string[], options: QualityOptions): Promise<number> {
  const reading = { options, compliance: null, measuredMax: Number.POSITIVE_INFINITY }
  const { result, signal } = await read(
    { ...reading, ...hosts(captures, options), render: renderQuality },
    parts => resultOf({ ...parts, conclusion: null }, parts.context),
  )
  if (signal !== null) return signal === 'SIGINT' ? 130 : 143
  if (isUnreadable(result.provenance.captures, result.ledger, options.maxMalformed / 100)) return 3
  return result.not_judged.some(({ incomplete }) => incomplete) ? 4 : 0
}

/** The captures, and who the hosts are. */
function hosts(
  named: readonly string[],
  { site: siteFile, sensor, rules }: QualityOptions,
): Pick<Reading, 'captures' | 'sensors' | 'ports' | 'policy' | 'site' | 'place' | 'book'> {
  if (siteFile === undefined) {
    const ports: PortKnowledge = WELL_KNOWN
    const book = new QualityBook(null)
    return { captures: named, sensors: [], ports, policy: null, site: null, book }
  }
  const { policy, site } = loadRules(rules, siteFile)
  const { captures, sensors } = takenBy(site, named, sensor === undefined ? [] : [sensor])
  const { inventory, ports } = new Compliance(policy, site, sensors)
  const place = (address: Address) => inventory.place(address)
  return {
    ...{ captures, sensors, ports, place, policy: null },
    site: { name: site.name, hash: site.hash, sensor: sensors[0] ?? null },
    book: new QualityBook({ place, limits: limitsOf(policy) }),
  }
}
