// Who talks to whom, against who may: one cell for each pair of groups that is allowed or was seen. Groups
// are roles and zones, a closed set.

import type { CellState, MatrixCell } from '../model/coverage.ts'
import type { Zone } from '../model/inventory.ts'
import { PairTable } from '../model/pair-table.ts'
import { byText } from '../model/text.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import type { Cell } from './cells.ts'
import type { Setting, Stage } from './stage.ts'

interface Seen {
  flows: number
  allowed: number
  violating: number
  refused: number
  tolerated: number
}

interface Pair {
  readonly source: string
  readonly destination: string
  readonly rows: Set<string>
  readonly seen: Seen
  isVisible: boolean
}

export class Matrix {
  readonly #pairs = new PairTable<Pair>()
  readonly #all: Pair[] = []

  add({ judged, flows }: Cell): void {
    const { client, server, verdict } = judged
    const seen = this.#take(client.group, server.group).seen
    seen.flows += flows
    const { kind } = verdict
    if (kind === 'permitted' || kind === 'permitted_unverified') seen.allowed += flows
    else if (kind === 'excepted' || isUnlistedPing(judged)) seen.tolerated += flows
    else if (kind === 'escaped' || kind === 'misdropped') seen.violating += flows
    else if (kind === 'rejected') seen.refused += flows
  }

  /** Sorted by source, then destination; `stage` has all groups, `rowsBetween` what is allowed. */
  cells(stage: Stage, rowsBetween: Setting['rowsBetween']): MatrixCell[] {
    this.#allow(stage, rowsBetween)
    return this.#all.map(cellOf).sort(byEnds)
  }

  #allow({ standings, sees }: Stage, rowsBetween: Setting['rowsBetween']): void {
    for (const { placement: source, isOne } of standings)
      for (const { placement: destination } of standings) {
        if (source === destination && isOne) continue
        const rows = rowsBetween(source, destination)
        if (rows.length === 0) continue
        const pair = this.#take(source.group, destination.group)
        for (const id of rows) pair.rows.add(id)
        pair.isVisible ||= isSeen(sees, source.zone, destination.zone)
      }
  }

  #take(source: string, destination: string): Pair {
    return this.#pairs.take(source, destination, () => {
      const pair = {
        source,
        destination,
        rows: new Set<string>(),
        seen: nothing(),
        isVisible: false,
      }
      this.#all.push(pair)
      return pair
    })
  }
}

const nothing = (): Seen => ({ flows: 0, allowed: 0, violating: 0, refused: 0, tolerated: 0 })

/** Worth a line, and no violation: findings give it severity info. */
const isUnlistedPing = ({ flow, verdict }: JudgedFlow): boolean =>
  verdict.kind === 'escaped' &&
  verdict.reason === 'unlisted' &&
  ((flow.transport === 'icmp' && flow.client.port === ECHO) ||
    (flow.transport === 'icmp6' && flow.client.port === ECHO6))

// Echo request of ICMP (RFC 792) and of ICMPv6 (RFC 4443).
const ECHO = 8
const ECHO6 = 128

const isSeen = (zones: readonly Zone[] | null, one: Zone, other: Zone): boolean =>
  zones === null || zones.includes(one) || zones.includes(other)

function cellOf(pair: Pair): MatrixCell {
  const { source, destination, rows, seen } = pair
  const { flows, violating, refused } = seen
  const sorted = [...rows].sort(byText)
  return { source, destination, state: stateOf(pair), rows: sorted, flows, violating, refused }
}

const byEnds = (one: MatrixCell, other: MatrixCell): number =>
  byText(one.source, other.source) || byText(one.destination, other.destination)

function stateOf({ seen, isVisible }: Pair): CellState {
  if (seen.violating > 0) return 'violating'
  if (seen.allowed > 0) return 'allowed_seen'
  if (seen.refused > 0) return 'refused'
  if (seen.tolerated > 0) return 'tolerated'
  if (seen.flows > 0) return 'undetermined'
  return isVisible ? 'allowed_never_seen' : 'not_seen_by_sensor'
}
