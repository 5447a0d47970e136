// What a route has to tell at a moment, and when it next will: waiting, intervals between notices of a group, and the
// digest where there would be too many. Pure: ux.md "Alert pipeline".

import { NOTICE_FINDINGS_MAX } from '../model/alert.ts'
import { type Severity, worse } from '../model/finding.ts'
import type { Notified } from '../model/lifecycle.ts'
import type { RouteConfig } from '../model/watch-config.ts'
import { byWorst, isName } from './filter.ts'
import type { Told, ToldGroup } from './told.ts'
import type { Item, Waiting, WaitingGroup } from './waiting.ts'

/** So many findings are named in one entry of the journal at most. */
const DIGEST_FINDINGS_MAX = 10_000

/** What goes into one notice. */
export interface Shipment {
  readonly notice: Exclude<Notified['notice'], 'none'>
  /** Key of the group; empty for a digest. */
  readonly group: string
  /** How many notices are put together: more than one in a digest. */
  readonly notices: number
  readonly items: readonly Item[]
  /** Findings of which no entry waits: told again, told late, or over. */
  readonly ids: readonly string[]
  readonly isRepeat: boolean
  readonly worst: Severity
  /** Since when it should be told. */
  readonly sinceMs: number
}

type Times = Pick<RouteConfig, 'waitS' | 'intervalS'>

/** What waits and is due, and when the first of the others will be. */
export interface Due {
  readonly shipments: readonly Shipment[]
  readonly nextMs: number
}

export function dueOf(waiting: Waiting, told: Told, times: Times, nowMs: number): Due {
  const shipments: Shipment[] = []
  let nextMs = Number.POSITIVE_INFINITY
  for (const group of waiting.groups()) {
    const atMs = dueMs(group, told.group(group.key), times)
    if (atMs <= nowMs) shipments.push(shipmentOf(group))
    else nextMs = Math.min(nextMs, atMs)
  }
  return { shipments, nextMs }
}

/** What is worse than all that was told of the group waits for no interval, and what is critical for nothing. */
function dueMs({ items, worst }: WaitingGroup, told: ToldGroup | undefined, times: Times): number {
  const [first] = items
  if (first === undefined || first.kind !== 'finding') return Number.NEGATIVE_INFINITY
  const waitS = worst === 'critical' ? 0 : times.waitS
  const firstMs = first.atMs + waitS * 1_000
  if (told === undefined || byWorst(worst, told.worst) < 0) return firstMs
  return Math.max(firstMs, told.lastMs + times.intervalS * 1_000)
}

function shipmentOf({ key, items: all, worst }: WaitingGroup): Shipment {
  const items = all
    .toSorted((one, other) => byWorst(one.severity, other.severity))
    .slice(0, NOTICE_FINDINGS_MAX)
  const kind = all[0]?.kind ?? 'finding'
  return {
    notice: kind === 'finding' ? 'findings' : kind,
    ...{ group: key, notices: 1, items, ids: [] },
    ...{ isRepeat: false, worst, sinceMs: earliest(items) },
  }
}

/** Events that follow one another in one group are told as one: each notice costs two syncs of the journal. */
const EVENTS_AT_ONCE = 100

/** The first events that go together, in the order of the journal; all of them in a digest where that is asked for. */
export function eventsOf(waiting: Iterable<Item>, isDigest: boolean): Shipment | null {
  const items = isDigest ? [...waiting] : firstRun(waiting)
  const [first] = items
  if (first === undefined) return null
  const isOne = items.every(({ group }) => group === first.group) && items.length <= EVENTS_AT_ONCE
  return {
    notice: isOne ? 'findings' : 'digest',
    group: isOne ? first.group : '',
    ...{ notices: isOne ? 1 : items.length, items, ids: [], isRepeat: false },
    worst: items.map(({ severity }) => severity).reduce(worse),
    sinceMs: first.atMs,
  }
}

function firstRun(waiting: Iterable<Item>): readonly Item[] {
  const run: Item[] = []
  for (const item of waiting) {
    if (item.group !== (run[0] ?? item).group || run.length === EVENTS_AT_ONCE) break
    run.push(item)
  }
  return run
}

/** The worst first, then the one that waits longest. */
export const firstOf = (shipments: readonly Shipment[]): Shipment | null =>
  shipments.toSorted(
    (one, other) => byWorst(one.worst, other.worst) || one.sinceMs - other.sinceMs,
  )[0] ?? null

/** One notice for as many as it holds. */
export function digestOf(shipments: readonly Shipment[]): Shipment {
  const parts: Shipment[] = []
  let count = 0
  for (const shipment of shipments) {
    count += shipment.items.length + shipment.ids.length
    if (count > DIGEST_FINDINGS_MAX && parts.length > 0) break
    parts.push(shipment)
  }
  return {
    ...{ notice: 'digest', group: '', notices: parts.length, isRepeat: false },
    items: parts.flatMap(({ items }) => items),
    ids: parts.flatMap(({ ids }) => ids),
    worst: parts.map(({ worst }) => worst).reduce(worse),
    sinceMs: Math.min(...parts.map(({ sinceMs }) => sinceMs)),
  }
}

/** What was being delivered when the monitor stopped, so that it is told under the same number and id. */
export function resumed(
  trying: Notified,
  waiting: Waiting,
  told: Told,
  tells: RouteConfig['tells'],
): Shipment {
  const items = waiting.of(trying.entries)
  const known = new Set(items.map(({ id }) => id))
  const ids = trying.told.map(({ id }) => id).filter(id => !isName(id) && !known.has(id))
  const others = ids.map(id => told.finding(id)?.group ?? '')
  const groups = new Set([...items.map(({ group }) => group), ...others])
  const notice = trying.notice === 'none' ? 'findings' : trying.notice
  const parts = tells === 'events' ? items.length : groups.size
  return {
    ...{ notice, group: trying.group, notices: notice === 'digest' ? parts : 1, items, ids },
    isRepeat: items.length === 0 && ids.every(id => typeof told.finding(id)?.toldMs === 'number'),
    worst: items.map(({ severity }) => severity).reduce(worse, 'info'),
    sinceMs: Math.min(trying.atMs, earliest(items)),
  }
}

const earliest = (items: readonly Item[]): number =>
  items.reduce((first, { atMs }) => Math.min(first, atMs), Number.POSITIVE_INFINITY)
