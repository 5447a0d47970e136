// mpwatch policy diff: two policies, or two sites, against each other; and what either says of the same
// captures, which are read once.

import { Compliance } from '../../compliance.ts'
import { UsageError } from '../../model/errors.ts'
import { inertJson } from '../../model/text.ts'
import { loadRules, type Rules, sensorsNamed } from '../rules.ts'
import { judgeCaptures } from './captures.ts'
import { type FindingChange, findingChanges } from './finding-changes.ts'
import { type FlowChange, FlowChanges } from './flow-changes.ts'
import { type RuleChange, ruleChanges } from './rule-changes.ts'
import { itemsOf } from './rule-items.ts'

export interface DiffOptions {
  readonly site: string
  readonly siteB?: string
  readonly on?: readonly string[]
  readonly sensor?: string
  readonly json?: string
}

export interface Difference {
  readonly before: Standing
  readonly after: Standing
  readonly rules: readonly RuleChange[]
  /** Null where no capture was read. */
  readonly traffic: Traffic | null
}

/** Which rules, and whose site. */
export interface Standing {
  readonly policy: { readonly id: string; readonly hash: string }
  readonly site: { readonly name: string; readonly hash: string }
}

export interface Traffic {
  readonly judged: number
  readonly different: number
  /** Different flows that are in none of the groups. */
  readonly beyond: number
  readonly flows: readonly FlowChange[]
  readonly findings: readonly FindingChange[]
  /** What a person should know of the reading, one sentence each. */
  readonly notes: readonly string[]
}

/**
 * The difference between the rules in `one` and in `other`, each a folder or a policy file.
 * @throws UsageError with every problem of policies and sites, InputError for what is no capture.
 */
export async function diff(
  one: string,
  other: string,
  { site, siteB = site, on, sensor }: DiffOptions,
): Promise<Difference> {
  if (on === undefined && sensor !== undefined)
    throw new UsageError('--sensor says who took the captures: name some with --on.')
  const [before, after] = [loadRules(one, site), loadRules(other, siteB)]
  return {
    ...{ before: standingOf(before), after: standingOf(after) },
    rules: ruleChanges(itemsOf(before.policy, before.site), itemsOf(after.policy, after.site)),
    traffic: on === undefined ? null : await trafficOf(on, before, after, sensor),
  }
}

/** Whether there is anything to tell. */
export const isDifferent = ({ rules, traffic }: Difference): boolean =>
  rules.length > 0 || (traffic !== null && (traffic.different > 0 || traffic.findings.length > 0))

/** The difference as one JSON object, a newline at its end. */
export const diffJson = ({ traffic, ...rest }: Difference): string =>
  `${inertJson(JSON.stringify({ schema: SCHEMA, ...rest, traffic }, null, 2))}\n`

const SCHEMA = 'mpwatch/policy-diff/1'

const standingOf = ({ policy, site }: Rules): Standing => ({
  policy: { id: policy.id, hash: policy.hash },
  site: { name: site.name, hash: site.hash },
})

async function trafficOf(
  captures: readonly string[],
  before: Rules,
  after: Rules,
  sensor: string | undefined,
): Promise<Traffic> {
  const [first, second] = [before, after].map(
    ({ policy, site }) => new Compliance(policy, site, sensorsNamed(site, sensor)),
  ) as [Compliance, Compliance]
  const changes = new FlowChanges()
  const notes = await judgeCaptures(captures, first, changes, second)
  return {
    ...{ judged: changes.judged, different: changes.flows, beyond: changes.beyond },
    flows: changes.changes,
    findings: findingChanges(first.findings.findings(), second.findings.findings()),
    notes,
  }
}
