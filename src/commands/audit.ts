// mpwatch audit: captures and a site in, verdicts that cite the requirement out.

import type { Command } from 'commander'
import { Compliance } from '../compliance.ts'
import type { Address } from '../model/address.ts'
import { UsageError } from '../model/errors.ts'
import type { Severity } from '../model/finding.ts'
import type { Site } from '../model/inventory.ts'
import type { Policy } from '../model/policy.ts'
import type { NotJudged } from '../model/result.ts'
import { visible } from '../model/text.ts'
import { QualityBook } from '../quality/book.ts'
import { besideEarlier, changesSince } from '../report/baseline.ts'
import { conclude } from '../report/conclusion.ts'
import { resultOf } from '../report/result.ts'
import { readStoredResult, type StoredResult } from '../report/stored-result.ts'
import type { FeedResult } from './audit/kept.ts'
import type { AuditStore } from './audit/store.ts'
import { CAPTURE_CODES, COLOUR_ENVIRONMENT, helpNotes } from './help.ts'
import { INFLUX_ENVIRONMENT } from './influx/named.ts'
import {
  failOnOption,
  noQualityOption,
  type ReadingOptions,
  withReadingOptions,
} from './options.ts'
import { limitsOf } from './quality.ts'
import { read } from './read.ts'
import { loadRules, rulesOption } from './rules.ts'
import { collected, type TakenCaptures, takenBy } from './sensors.ts'

export interface AuditOptions extends ReadingOptions {
  readonly site: string
  readonly sensor?: readonly string[]
  readonly rules: string
  readonly failOn: Severity
  readonly baseline?: string
  readonly failOnNew?: boolean
  readonly store?: string
  readonly influx?: string
}

export function auditCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('audit')
    .summary('judge every flow of captures against the network requirements')
    .description(
      'Decides for every flow whether the network requirements of Cisco Unified MeetingPlace 7.1 allow it, and says why.',
    )
    .argument(
      '[capture...]',
      'pcap and pcapng files, also gzipped, folders of them, or - for standard input',
    )
    .requiredOption('--site <file>', 'the site: who is who and where (see rules/site.example.yaml)')
    .option(
      '--sensor <name>',
      'the sensor of the site file that took the captures; of several, NAME=CAPTURE once for each',
      collected,
    )
    .addOption(rulesOption())
    .addOption(failOnOption())
    .option('--baseline <file>', 'an earlier result (--json) to compare the findings with')
    .option(
      '--fail-on-new',
      'exit with 1 only for violations that the baseline has not, or has less severe',
    )
    .option('--store <folder>', 'also keep flows, points and findings in this store')
    .option(
      '--influx <url>',
      'also send points and findings to this InfluxDB: http://host:8086, or http://host:8086/database',
    )
    .option('--coverage', 'tell what became of every statement, pair of roles and shut port')
    .addOption(noQualityOption())
    .addHelpText('after', NOTES)
  withReadingOptions(command).action(async (captures: string[], options: AuditOptions) =>
    leave(await audit(captures, options)),
  )
}

const NOTES = helpNotes({
  examples: [
    [
      'mpwatch audit office.pcap --site site.yaml --coverage',
      'Judge a capture, print what is wrong, and what became of every requirement.',
    ],
    [
      'mpwatch audit day1.pcap day2.pcap --site site.yaml --json result.json --store history',
      'Judge several captures, keep the whole result, and add it to a history, once.',
    ],
    [
      'mpwatch audit --site site.yaml --sensor core-span=a.pcap --sensor dmz-span=b.pcap --fail-on high',
      'Judge what two sensors saw, and what was dropped between them; end with 1 only for what is high or worse.',
    ],
  ],
  exitCodes: [
    [0, 'compliant and fully observed'],
    [1, 'violations at or above --fail-on'],
    ...CAPTURE_CODES,
  ],
  files: [['rules/site.example.yaml', 'a site file to copy: who is who, and where']],
  environment: [...COLOUR_ENVIRONMENT, ...INFLUX_ENVIRONMENT],
})

/** The exit code, 0 to 4. */
export async function audit(named: readonly string[], options: AuditOptions): Promise<number> {
  const earlier = earlierResult(options)
  const { policy, site } = loadRules(options.rules, options.site)
  const { captures, sensors } = takenBy(site, named, options.sensor ?? [])
  if (sensors.length > 1 && options.separateVlans) throw new UsageError(VLANS_BETWEEN)
  const grounds = { captures, sensors, policy, site, earlier, options }
  const audited = {
    ...{ site, policy, sensors },
    ...{ from: options.from?.text ?? null, to: options.to?.text ?? null },
  }
  if (options.store === undefined && options.influx === undefined) return auditInto(null, grounds)
  // The database is loaded only where something is to be kept.
  const { withStore } = await import('./audit/kept.ts')
  return withStore(captures, options, audited, (kept, feed) =>
    auditInto(kept, { ...grounds, feed }),
  )
}

interface Grounds extends TakenCaptures {
  readonly policy: Policy
  readonly site: Site
  readonly earlier: StoredResult | null
  readonly options: AuditOptions
  /** Sends what is kept to where it is to go; null where that is nowhere. */
  readonly feed?: FeedResult | null
}

async function auditInto(
  kept: AuditStore | null,
  { captures, sensors, policy, site, earlier, options, feed = null }: Grounds,
): Promise<number> {
  const compliance = new Compliance(policy, site, sensors)
  const place = (address: Address) => compliance.inventory.place(address)
  const { result, signal } = await read(
    {
      captures,
      sensors,
      options,
      compliance,
      ports: compliance.ports,
      place,
      book: options.quality === false ? null : new QualityBook({ place, limits: limitsOf(policy) }),
      policy: { id: policy.id, hash: policy.hash, webex_ranges: policy.webex.version },
      site: { name: site.name, hash: site.hash, sensor: onlyOf(sensors) },
      ...(kept === null
        ? {}
        : { taker: (infos, run) => kept.begin(infos, { ...run, compliance }) }),
      ...(earlier === null ? {} : { compare: findings => besideEarlier(findings, earlier) }),
    },
    parts => {
      const notJudged = [...parts.notJudged, ...vantage(site, sensors)]
      const grounds = {
        findings: parts.findings,
        notJudged,
        captures: parts.provenance.captures,
        ledger: parts.ledger,
        failOn: options.failOn,
        failOnNew: options.failOnNew === true,
        malformedMax: options.maxMalformed / 100,
      }
      const baseline =
        earlier === null
          ? {}
          : { baseline: changesSince(earlier, parts.findings, parts.provenance) }
      const conclusion = conclude(grounds)
      return resultOf({ ...parts, ...baseline, notJudged, conclusion }, parts.context)
    },
  )
  if (kept !== null) {
    const notes = [...kept.notes, await kept.finish(result, signal === null)]
    if (!options.quiet && options.store !== undefined) tellAll(notes)
  }
  // Who ends it early waits for nothing further.
  const fed = signal === null ? await feed?.(result) : undefined
  if (fed !== undefined && (fed.isFailed || !options.quiet)) tellAll(fed.notes)
  if (fed?.isUnusable === true) return UNUSABLE
  if (signal !== null) return signal === 'SIGINT' ? 130 : 143
  return result.conclusion?.exit_code ?? 0
}

/** What names an InfluxDB is wrong, whatever the captures say. */
const UNUSABLE = 2

function tellAll(notes: readonly string[]): void {
  for (const note of notes) process.stderr.write(`${visible(note)}\n`)
}

/** The result to compare with, read before any packet; null where none is asked for. */
function earlierResult({ baseline, failOnNew }: AuditOptions): StoredResult | null {
  if (baseline !== undefined) return readStoredResult(baseline)
  if (failOnNew === true)
    throw new UsageError('--fail-on-new needs --baseline: without one, everything is new.')
  return null
}

const VLANS_BETWEEN =
  '--separate-vlans would tell what several sensors saw apart, since between them the VLAN changes. Leave it out.'

/** The one sensor; null where there are several, or none. */
const onlyOf = ([sensor, ...others]: readonly string[]): string | null =>
  others.length === 0 ? (sensor ?? null) : null

/** Without a vantage, silence at a closed port proves no control; this says so, once. */
function vantage(site: Site, sensors: readonly string[]): NotJudged[] {
  if (sensors.length > 0) return []
  const what =
    site.sensors.length === 0
      ? 'The site file declares no sensor'
      : 'The site file declares several sensors and --sensor names none'
  const reason = `${what}, so an attempt that met silence is no proof that a filter stopped it.`
  return [{ kind: 'vantage', subject: 'sensor', count: 0, reason, incomplete: false }]
}
