// Everything there is to explain about one imagined flow: the verdict, on whose word, and why.

import { authorityOf } from '../../findings/authority.ts'
import { isGovernedByMode } from '../../findings/scene.ts'
import type { Finding } from '../../model/finding.ts'
import type { GwsimMode, Placement } from '../../model/inventory.ts'
import type { JudgedFlow, Verdict } from '../../model/verdict.ts'
import { citation } from '../../model/words.ts'
import { ask, type Court } from './ask.ts'
import type { Imagined } from './imagined.ts'
import { type Look, lookAt, nameOf, type Permitted, permittedBetween } from './looked.ts'
import { serviceText } from './service.ts'

export interface Explanation {
  readonly asked: Imagined
  readonly court: Court
  readonly judged: JudgedFlow
  /** The finding that the verdict makes; null for what nobody needs to be told. */
  readonly finding: Finding | null
  /** What would be reported beside it: a dead service, an unusual transport. */
  readonly remarks: readonly Finding[]
  readonly authority: Authority | null
  readonly looked: Look
  /** On the port of the control connection: which side opens it for this Web Server, and who says so. */
  readonly mode: Mode | null
  readonly permitted: readonly Permitted[]
}

export interface Mode {
  readonly web: string
  readonly state: GwsimMode | 'unknown'
  readonly source: 'declared' | 'learned'
}

/** The row, where it stands, what it demands and whom it expects. */
export interface Authority {
  readonly row: string
  readonly cite: string
  readonly says: string
  readonly where: string
  readonly expected: string
}

export function explain(court: Court, asked: Imagined): Explanation {
  const { judged, findings } = ask(court, asked)
  const { kind } = judged.verdict
  const finding = findings.find(({ verdict }) => verdict === kind) ?? null
  return {
    ...{ asked, court, judged, finding },
    remarks: findings.filter(one => one !== finding),
    authority: authorityFor(court, judged, serviceText(asked.service)),
    looked: lookAt(court, asked.service, judged),
    mode: modeFor(court, judged),
    permitted: permittedBetween(court, judged),
  }
}

/** Without a declaration the mode is learned from each capture, and here there is none to learn from. */
function modeFor({ policy, site }: Court, judged: JudgedFlow): Mode | null {
  if (!isGovernedByMode(policy, judged)) return null
  const { client, server } = judged
  const web = (client.labels.has('web') ? client : server).name
  const declared = site.modes.gwsim.get(web)
  return declared === undefined
    ? { web, state: 'unknown', source: 'learned' }
    : { web, state: declared, source: 'declared' }
}

/** Nobody's word decides about what is out of scope. */
function authorityFor({ policy }: Court, judged: JudgedFlow, service: string): Authority | null {
  const { kind, reason, row } = judged.verdict
  if (row === null) return null
  const hit = { verdict: kind, reason, row, exception: null, judged }
  const authority = authorityOf(policy, hit, service)
  return { ...authority, cite: citation(authority.cite) }
}

/** The explanation as plain data, for `--json`. */
export function asObject(explanation: Explanation) {
  const { asked, court, judged, finding, remarks, authority, looked, mode, permitted } = explanation
  const { verdict } = judged
  return {
    asked: {
      source: asked.client.text,
      destination: asked.server.text,
      service: serviceText(asked.service),
      ...{ outcome: asked.outcome, sensor: court.sensor },
    },
    ...verdictObject(verdict, finding),
    row: authority?.row ?? null,
    rows: verdict.rows,
    ...{ cite: authority?.cite ?? null, says: authority?.says ?? null },
    ...{ rule: authority?.where ?? null, expected: authority?.expected ?? null },
    fix: finding?.fix ?? null,
    remarks: remarks.map(({ verdict: what, reason, title, fix }) => {
      return { verdict: what, reason, title, fix }
    }),
    source: placementObject(judged.client),
    destination: placementObject(judged.server),
    looked_at: looked.rows.map(({ row, remark }) => ({ row: row.id, rule: row.where, remark })),
    ...{ mode, permitted },
    policy: { id: court.policy.id, hash: court.policy.hash },
    site: { name: court.site.name, hash: court.site.hash },
  }
}

const verdictObject = (verdict: Verdict, finding: Finding | null) => ({
  verdict: verdict.kind,
  ...{ reason: verdict.reason, confidence: verdict.confidence },
  ...{ severity: finding?.severity ?? null, title: finding?.title ?? null },
  why: verdict.why,
  ...{ practice: verdict.practice, exception: verdict.excepted?.id ?? null },
})

function placementObject(placement: Placement) {
  const { address, node, role, labels, zone, basis } = placement
  return {
    ...{ name: nameOf(placement), address: address.text, node: node?.name ?? null },
    ...{ role, labels: [...labels], zone, role_basis: basis },
  }
}
