// mpwatch audit: captures and a site in, verdicts that cite the requirement out.

import type { Command } from 'commander'
import { Compliance } from '../compliance.ts'
import { loadPolicy } from '../config/policy.ts'
import { loadSite } from '../config/site.ts'
import { DYNAMIC_PORTS } from '../flows/direction.ts'
import { type Problem, UsageError } from '../model/errors.ts'
import type { Severity } from '../model/finding.ts'
import type { Site } from '../model/inventory.ts'
import type { Policy } from '../model/policy.ts'
import type { NotJudged } from '../model/result.ts'
import { conclude } from '../report/conclusion.ts'
import { resultOf } from '../report/result.ts'
import { RULES } from './files.ts'
import { failOnOption, type ReadingOptions, withReadingOptions } from './options.ts'
import { read } from './read.ts'

export interface AuditOptions extends ReadingOptions {
  readonly site: string
  readonly sensor?: string
  readonly rules: string
  readonly failOn: Severity
}

export function auditCommand(program: Command, leave: (code: number) => void): void {
  const command = program
    .command('audit')
    .summary('judge every flow of captures against the network requirements')
    .description(
      'Decides for every flow whether the network requirements of Cisco Unified MeetingPlace 7.1 allow it, and says why.',
    )
    .argument('<capture...>', 'pcap files, or - for standard input')
    .requiredOption('--site <file>', 'the site: who is who and where (see rules/site.example.yaml)')
    .option('--sensor <name>', 'the sensor of the site file that took the captures')
    .option('--rules <folder>', 'the policy', RULES)
    .addOption(failOnOption())
  withReadingOptions(command).action(async (captures: string[], options: AuditOptions) =>
    leave(await audit(captures, options)),
  )
}

/** The exit code, 0 to 4. */
export async function audit(captures: readonly string[], options: AuditOptions): Promise<number> {
  const { policy, site } = loadRules(options)
  const sensor = sensorOf(site, options.sensor)
  const compliance = new Compliance(policy, site, sensor)
  const { result, signal } = await read(
    {
      captures,
      options,
      compliance,
      ports: {
        isReserved: (protocol, port) => compliance.book.isReserved(protocol, port),
        dynamicPorts: ({ address }) =>
          compliance.inventory.place(address).node?.dynamicPorts ?? DYNAMIC_PORTS,
      },
      policy: { id: policy.id, hash: policy.hash, webex_ranges: policy.webex.version },
      site: { name: site.name, hash: site.hash, sensor },
    },
    parts => {
      const notJudged = [...parts.notJudged, ...vantage(site, sensor)]
      const grounds = {
        findings: parts.findings,
        notJudged,
        captures: parts.provenance.captures,
        ledger: parts.ledger,
        failOn: options.failOn,
        malformedMax: options.maxMalformed,
      }
      return resultOf({ ...parts, notJudged, conclusion: conclude(grounds) }, parts.context)
    },
  )
  if (signal !== null) return signal === 'SIGINT' ? 130 : 143
  return result.conclusion?.exit_code ?? 0
}

/** Policy and site, with every problem of both told at once. The site's exceptions join the policy's. */
function loadRules(options: AuditOptions): { policy: Policy; site: Site } {
  const problems: Problem[] = []
  const tried = <Value>(load: () => Value): Value | undefined => {
    try {
      return load()
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      problems.push(...error.problems)
      return undefined
    }
  }
  const rules = tried(() => loadPolicy(options.rules))
  const loaded = tried(() => loadSite(options.site))
  if (rules === undefined || loaded === undefined) throw new UsageError(problems)
  const { policy } = rules
  const exceptions = [...policy.exceptions, ...loaded.exceptions]
  return { policy: { ...policy, exceptions }, site: loaded.site }
}

/** The sensor that was named, or the only one there is. */
function sensorOf({ sensors }: Site, name: string | undefined): string | null {
  if (name === undefined) return sensors.length === 1 ? (sensors[0]?.name ?? null) : null
  if (sensors.some(sensor => sensor.name === name)) return name
  const names = sensors.map(sensor => sensor.name).join(', ') || 'none'
  throw new UsageError(`--sensor: the site declares no sensor "${name}". It declares: ${names}.`)
}

/** Without a vantage, silence at a closed port proves no control; this says so, once. */
function vantage({ sensors }: Site, sensor: string | null): NotJudged[] {
  if (sensor !== null) return []
  const what =
    sensors.length === 0
      ? 'The site file declares no sensor'
      : 'The site file declares several sensors and --sensor names none'
  const reason = `${what}, so an attempt that met silence is no proof that a filter stopped it.`
  return [{ kind: 'vantage', subject: 'sensor', count: 0, reason, incomplete: false }]
}
