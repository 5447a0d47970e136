// Shipments to notices, by how things stand when they are delivered: what is acknowledged is left out, what is held
// waits, what has closed is told as closed.

import { NOTICE_FINDINGS_MAX, type Notice, type ToldAlert } from '../model/alert.ts'
import type { Held, Notified, StoredFinding } from '../model/lifecycle.ts'
import type { NumberedEntry, Store } from '../model/store.ts'
import type { RouteConfig } from '../model/watch-config.ts'
import { byWorst, fitsRoute, groupOf, nameOf, TROUBLE_SEVERITY } from './filter.ts'
import type { Shipment } from './shipments.ts'
import type { Item } from './waiting.ts'

/** Of a digest. */
const WORST_SHOWN = 10
const FOUND_AT_ONCE = 500

type Ids = Notified['told']

/** A notice, and what becomes of everything that was to be in it. */
export interface Letter {
  /** Null where nobody has to hear of anything any more, or not now. */
  readonly notice: Notice | null
  readonly told: Ids
  /** Ids of findings that wait until nothing holds them. */
  readonly held: Ids
  /** Ids of findings that the store has no more. */
  readonly gone: readonly string[]
}

export interface ComposerOptions {
  readonly config: Pick<RouteConfig, 'name' | 'filter' | 'tells'>
  readonly store: Pick<Store, 'find' | 'entriesAfter'>
  readonly site: string
  /** Why nobody may be told of a finding now: acknowledged, suppressed, maintenance, blind. */
  readonly heldBy: (stored: StoredFinding) => Held | null
}

type Head = Pick<Notice, 'id' | 'route' | 'seq' | 'atMs' | 'site'>

export class Composer {
  readonly #options: ComposerOptions

  constructor(options: ComposerOptions) {
    this.#options = options
  }

  async letter(shipment: Shipment, head: Head): Promise<Letter> {
    if (shipment.notice === 'blind' || shipment.notice === 'output')
      return await this.#trouble(shipment, head)
    const max = shipment.notice === 'digest' ? WORST_SHOWN : NOTICE_FINDINGS_MAX
    const sorted =
      this.#options.config.tells === 'events'
        ? await this.#events(shipment.items, max)
        : await this.#findings(shipment, max)
    const names = namesOf(shipment.items)
    const told = [...sorted.told, ...names]
    const { held, gone } = sorted
    if (told.length === 0) return { notice: null, told, held, gone }
    return { notice: noticeOf(shipment, head, sorted, names), told, held, gone }
  }

  /** Which of the findings may be told now, and which need not be, however long one waits. */
  async standing(ids: readonly string[]): Promise<{
    readonly tellable: ReadonlySet<string>
    readonly settled: readonly string[]
  }> {
    const found = await this.#options.store.find(ids)
    const parents = await this.#parentsOf(found)
    const fates = found.map(stored => [stored.finding.id, this.#fateOf(stored, parents)] as const)
    const of = (fate: Fate) => fates.flatMap(([id, own]) => (own === fate ? [id] : []))
    return { tellable: new Set(of('told')), settled: of('settled') }
  }

  /** As they stand, a part at a time; only the worst are kept. */
  async #findings({ items, ids, notice }: Shipment, max: number): Promise<Sorted> {
    const waiting = new Map(
      items
        .filter(({ kind }) => kind === 'finding')
        .toSorted((one, other) => one.number - other.number)
        .map(item => [item.id, item]),
    )
    const all = [...new Set([...waiting.keys(), ...ids])]
    const sorted: Sorting = { alerts: [], told: [], held: [], gone: [] }
    for (let at = 0; at < all.length; at += FOUND_AT_ONCE) {
      const part = all.slice(at, at + FOUND_AT_ONCE)
      const found = await this.#options.store.find(part)
      const parents = await this.#parentsOf(found)
      for (const stored of found) {
        const item = waiting.get(stored.finding.id)
        const isOver = stored.state === 'closed' && item === undefined && notice !== 'resolved'
        if (!isOver) sort(sorted, stored, item, this.#fateOf(stored, parents, notice))
      }
      const known = new Set(found.map(({ finding }) => finding.id))
      sorted.gone.push(...part.filter(id => !known.has(id)))
      sorted.alerts = worstOf(sorted.alerts, max)
    }
    return sorted
  }

  #fateOf(
    stored: StoredFinding,
    parents: ReadonlySet<string>,
    notice: Shipment['notice'] = 'findings',
  ): Fate {
    if (notice === 'resolved') return stored.state === 'closed' ? 'told' : 'settled'
    if (stored.acknowledgement !== null) return 'settled'
    if (stored.storm !== null && parents.has(stored.storm)) return 'settled'
    const held = this.#options.heldBy(stored)
    if (held === null) return 'told'
    return held.by === 'acknowledged' || stored.state === 'closed' ? 'settled' : 'held'
  }

  /** Storms that speak for findings, as far as this route hears of them. */
  async #parentsOf(found: readonly StoredFinding[]): Promise<ReadonlySet<string>> {
    const storms = new Set(found.flatMap(({ storm }) => storm ?? []))
    const { config, store, site } = this.#options
    const parents = await store.find([...storms])
    const heard = parents.filter(
      ({ state, finding }) => state === 'open' && fitsRoute(config.filter, finding, site),
    )
    return new Set(heard.map(({ finding }) => finding.id))
  }

  /** As they were when each happened; of many only the worst are read. */
  async #events(items: readonly Item[], max: number): Promise<Sorted> {
    const alerts: ToldAlert[] = []
    const gone: string[] = []
    for (const { number, id } of worstItems(items, max)) {
      const event = await this.#entry(number, 'finding')
      if (event === undefined) gone.push(id)
      else {
        const { stored, phase, captureMs } = event.entry
        alerts.push({ finding: stored.finding, phase, episodes: stored.episodes, captureMs })
      }
    }
    const told = items.filter(({ id }) => !gone.includes(id))
    return { alerts, told: told.map(idsOf), held: [], gone }
  }

  async #trouble(shipment: Shipment, head: Head): Promise<Letter> {
    const last = shipment.items.at(-1)
    const kept = last === undefined ? undefined : await this.#entry(last.number, 'blind', 'output')
    const nothing = { notice: null, told: [], held: [], gone: [shipment.group] }
    if (kept === undefined) return nothing
    const { entry } = kept
    const told = namesOf(shipment.items)
    if (entry.kind === 'blind') {
      const { interval } = entry
      return { notice: { ...head, kind: 'blind', interval }, told, held: [], gone: [] }
    }
    const { output, state, reason } = entry
    return { notice: { ...head, kind: 'output', output, state, reason }, told, held: [], gone: [] }
  }

  async #entry<Kind extends 'finding' | 'blind' | 'output'>(
    number: number,
    ...kinds: readonly Kind[]
  ): Promise<NumberedEntry<Kind> | undefined> {
    const [kept] = await this.#options.store.entriesAfter(number - 1, 1, kinds)
    return kept?.number === number ? kept : undefined
  }
}

type Fate = 'told' | 'held' | 'settled'

interface Sorting {
  alerts: ToldAlert[]
  readonly told: Ids[number][]
  readonly held: Ids[number][]
  readonly gone: string[]
}

type Sorted = Pick<Letter, 'told' | 'held' | 'gone'> & { readonly alerts: readonly ToldAlert[] }

function sort(sorted: Sorting, stored: StoredFinding, item: Item | undefined, fate: Fate): void {
  const { finding, state, episodes, lastMs } = stored
  const { id, severity } = finding
  if (fate === 'held') sorted.held.push({ id, severity })
  if (fate !== 'told') return
  const isOver = state === 'closed'
  sorted.told.push({ id, severity, ...(isOver ? { isOver } : {}) })
  const phase = isOver ? 'close' : (item?.phase ?? 'update')
  sorted.alerts.push({ finding, phase, episodes, captureMs: item?.captureMs ?? lastMs })
}

/** Of equals the one with more members. */
const worstOf = (alerts: readonly ToldAlert[], max: number): ToldAlert[] =>
  alerts
    .toSorted(
      ({ finding: one }, { finding: other }) =>
        byWorst(one.severity, other.severity) || other.members - one.members,
    )
    .slice(0, max)

/** In their order where there is room for all. */
const worstItems = (items: readonly Item[], max: number): readonly Item[] =>
  items.length <= max
    ? items
    : items.toSorted((one, other) => byWorst(one.severity, other.severity)).slice(0, max)

const idsOf = ({ id, severity }: Item) => ({ id, severity })

/** What began has the severity that it counts as, what is over has none. */
function namesOf(items: readonly Item[]): Ids {
  const names = items.flatMap(({ kind, id, phase }) =>
    kind === 'finding'
      ? []
      : [[nameOf(kind, id), phase === 'close' ? 'info' : TROUBLE_SEVERITY] as const],
  )
  return [...new Map(names)].map(([id, severity]) => ({ id, severity }))
}

function noticeOf(shipment: Shipment, head: Head, sorted: Sorted, names: Ids): Notice {
  const { alerts: findings, told } = sorted
  const { notice, notices, isRepeat } = shipment
  if (notice === 'digest') {
    const more = told.length - findings.length
    return { ...head, kind: 'digest', notices, findings, more, troubles: troublesOf(names) }
  }
  const [first] = findings
  const group = first === undefined ? NOBODY : groupOf(first.finding)
  if (notice === 'resolved') return { ...head, kind: 'resolved', group, findings }
  return { ...head, kind: 'findings', group, findings, isRepeat }
}

/** What lasts comes first, and what is not named is counted. */
function troublesOf(names: Ids): readonly string[] {
  const lasting = names.flatMap(({ id, severity }) => (severity === 'info' ? [] : [id]))
  const over = names.flatMap(({ id, severity }) => (severity === 'info' ? [`${id} (over)`] : []))
  const all = [...lasting, ...over]
  if (all.length <= WORST_SHOWN) return all
  const shown = all.slice(0, WORST_SHOWN - 1)
  return [...shown, `${all.length - shown.length} more`]
}

const NOBODY = { row: '', source: '', destination: '' }
