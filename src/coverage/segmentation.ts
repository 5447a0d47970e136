// The proof of segmentation (T-04): for each row that is exposed to nobody, and each zone that must stay away
// from it, what became of the attempts. What nobody tried is not proven.

import type { Barrier, BarrierState } from '../model/coverage.ts'
import type { Zone } from '../model/inventory.ts'
import type { Row } from '../model/policy.ts'
import { byText } from '../model/text.ts'
import type { BlockSignature, JudgedFlow } from '../model/verdict.ts'
import type { Cell } from './cells.ts'
import type { Setting, Stage } from './stage.ts'

type Outcome = Exclude<BarrierState, 'not_tried'>

interface Attempts {
  readonly row: string
  readonly zone: Zone
  readonly counts: Record<Outcome, number>
  readonly signatures: Set<BlockSignature>
}

/** The worst first: one attempt that got through disproves what the others prove. */
const BY_WEIGHT: readonly Outcome[] = ['reached', 'stopped', 'refused', 'unproven']

export class Segmentation {
  readonly #attempts = new Map<string, Attempts>()
  readonly #unexposed: ReadonlySet<string>

  /** `unexposed` are the ids of the rows that are exposed to nobody. */
  constructor(unexposed: ReadonlySet<string>) {
    this.#unexposed = unexposed
  }

  add({ judged, flows }: Cell): void {
    const { verdict, client, server } = judged
    const { row, outcome } = verdict
    if (row === null || !this.#unexposed.has(row) || client.zone === server.zone) return
    const what = outcomeOf(judged)
    if (what === null) return
    const { counts, signatures } = this.#take(row, client.zone)
    counts[what] += flows
    if (what === 'stopped' && outcome.signature !== null) signatures.add(outcome.signature)
  }

  /** Sorted by row, then zone. */
  barriers(stage: Stage, setting: Setting): Barrier[] {
    this.#expect(stage, setting)
    return [...this.#attempts.values()]
      .map(({ row, zone, counts, signatures }) => ({
        ...{ row, zone, state: BY_WEIGHT.find(one => counts[one] > 0) ?? ('not_tried' as const) },
        ...counts,
        signatures: [...signatures].sort(byText),
      }))
      .sort((one, other) => byText(one.row, other.row) || byText(one.zone, other.zone))
  }

  /** What nobody tried has its place too. */
  #expect(stage: Stage, { policy, site, isInForce }: Setting): void {
    const zones = new Set<Zone>(['internet', ...site.networks.map(({ zone }) => zone)])
    for (const row of policy.rows) {
      if (!this.#unexposed.has(row.id) || !isInForce(row) || stage.missing(row) !== null) continue
      for (const zone of zones) if (isKeptOut(row, zone, stage)) this.#take(row.id, zone)
    }
  }

  #take(row: string, zone: Zone): Attempts {
    const key = `${row} ${zone}`
    const known = this.#attempts.get(key)
    if (known !== undefined) return known
    const counts = { reached: 0, stopped: 0, refused: 0, unproven: 0 }
    const attempts = { row, zone, counts, signatures: new Set<BlockSignature>() }
    this.#attempts.set(key, attempts)
    return attempts
  }
}

/** Zones other than the core and than the row's own, and none from which a service of the row's list comes. */
function isKeptOut({ from, to }: Row, zone: Zone, { standings }: Stage): boolean {
  if (zone === 'core') return false
  const standing = (peers: Row['from']) =>
    standings.filter(({ placement }) =>
      peers.selectors.some(({ label }) => placement.labels.has(label)),
    )
  const isService = standing(from).some(
    ({ placement }) => placement.zone === zone && !placement.isMeetingPlace,
  )
  return !isService && standing(to).some(({ placement }) => placement.zone !== zone)
}

/** What became of an attempt that the row does not allow; null for any other flow. */
function outcomeOf({ verdict }: JudgedFlow): Outcome | null {
  const { kind, reason, outcome, confidence } = verdict
  if (reason !== 'over_exposed' && kind !== 'undetermined') return null
  if (kind === 'escaped') return 'reached'
  if (kind === 'undetermined') return verdict.rows.length > 0 ? null : 'unproven'
  if (kind !== 'rejected') return null
  if (outcome.state === 'refused') return 'refused'
  return outcome.state === 'blocked' && confidence !== 'possible' ? 'stopped' : 'unproven'
}
