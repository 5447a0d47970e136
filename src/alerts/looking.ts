// What is to be said of findings that a route has told: that they are still there, that they are over, and what could
// not be told while something held it.

import { NOTICE_FINDINGS_MAX } from '../model/alert.ts'
import { type Severity, worse } from '../model/finding.ts'
import type { Store } from '../model/store.ts'
import type { RouteConfig } from '../model/watch-config.ts'
import type { Composer } from './compose.ts'
import type { Shipment } from './shipments.ts'
import type { Tally } from './tally.ts'
import type { Told, ToldFinding, ToldGroup } from './told.ts'

/** How soon it is looked again where something is to be told and may not be. */
const AGAIN_MS = 60_000

export interface LookingOptions {
  readonly config: Pick<RouteConfig, 'repeatS' | 'resolved'>
  readonly store: Pick<Store, 'find'>
  readonly composer: Composer
  readonly told: Told
  readonly tally: Tally
}

export class Looking {
  readonly #options: LookingOptions
  readonly #repeatMs: number
  /** What was found to be told, by its group; it is looked at no further until that is done. */
  readonly #ready = new Map<string, Shipment>()

  constructor(options: LookingOptions) {
    this.#options = options
    this.#repeatMs = (options.config.repeatS ?? Number.POSITIVE_INFINITY) * 1_000
  }

  /** What is to be told at that moment. */
  async look(nowMs: number): Promise<readonly Shipment[]> {
    for (const [key, group] of [...this.#options.told.groups()]) {
      if (group.lookMs > nowMs) continue
      const shipment = await this.#lookAt(key, group, nowMs)
      if (shipment !== null) this.#ready.set(key, shipment)
    }
    for (const [key, shipment] of this.#ready)
      if (!this.#isValid(shipment, nowMs)) this.#ready.delete(key)
    return [...this.#ready.values()]
  }

  /** When it must be looked next. */
  get nextMs(): number {
    let nextMs = Number.POSITIVE_INFINITY
    for (const [, { lookMs }] of this.#options.told.groups()) nextMs = Math.min(nextMs, lookMs)
    return nextMs
  }

  /** A shipment is done with; what was in it and could not be told is looked at again. */
  done(groups: Iterable<string>, nowMs: number): void {
    for (const key of groups) {
      this.#ready.delete(key)
      const group = this.#options.told.group(key)
      if (group === undefined) continue
      const isQuiet = group.owed === 0 && nowMs < group.lastMs + this.#repeatMs
      if (!isQuiet) group.lookMs = nowMs + AGAIN_MS
    }
  }

  async #lookAt(key: string, group: ToldGroup, nowMs: number): Promise<Shipment | null> {
    const { store, told, config } = this.#options
    told.forgetOld(group, nowMs)
    const asked = this.#members(group).slice(0, NOTICE_FINDINGS_MAX)
    for (const stored of await store.find(asked.map(({ id }) => id))) told.place(stored, nowMs)
    this.#dropClosed(group)
    const members = this.#members(group)
    const open = members.filter(({ closedMs }) => closedMs === null)
    group.lookMs = Number.POSITIVE_INFINITY
    if (open.length > 0) return await this.#ofOpen(key, group, open, nowMs)
    const unresolved = members.filter(({ isResolved }) => !isResolved)
    if (!config.resolved || unresolved.length === 0) return null
    // What does not fit into one notice comes with the next.
    if (unresolved.length > NOTICE_FINDINGS_MAX) group.lookMs = nowMs + AGAIN_MS
    return shipmentOf(key, unresolved, { notice: 'resolved', sinceMs: nowMs })
  }

  async #ofOpen(
    key: string,
    group: ToldGroup,
    open: readonly ToldFinding[],
    nowMs: number,
  ): Promise<Shipment | null> {
    const dueMs = group.lastMs + this.#repeatMs
    const owed = open.filter(({ toldMs }) => toldMs === null)
    const late = await this.#tellable(owed)
    if (late.length > 0) return shipmentOf(key, late, { notice: 'findings', sinceMs: nowMs })
    const again =
      nowMs >= dueMs ? await this.#tellable(open.filter(({ toldMs }) => toldMs !== null)) : []
    if (again.length > 0)
      return shipmentOf(key, again, { notice: 'findings', sinceMs: nowMs, isRepeat: true })
    group.lookMs = group.owed > 0 || nowMs >= dueMs ? nowMs + AGAIN_MS : dueMs
    return null
  }

  /** Of them, those of which somebody may be told now; what was acknowledged is owed no more. */
  async #tellable(findings: readonly ToldFinding[]): Promise<readonly ToldFinding[]> {
    const { composer, told } = this.#options
    const ids = findings.slice(0, NOTICE_FINDINGS_MAX).map(({ id }) => id)
    const { tellable, settled } = await composer.standing(ids)
    for (const id of settled) if (told.finding(id)?.toldMs === null) this.#drop(id)
    return findings.filter(({ id }) => tellable.has(id))
  }

  /** What has closed before it could be told needs not be told. */
  #dropClosed(group: ToldGroup): void {
    for (const { id, toldMs, closedMs } of this.#members(group))
      if (toldMs === null && closedMs !== null) this.#drop(id)
  }

  #drop(id: string): void {
    this.#options.told.forget(id)
    this.#options.tally.drop(id)
  }

  #members({ ids }: ToldGroup): readonly ToldFinding[] {
    return [...ids].flatMap(id => this.#options.told.finding(id) ?? [])
  }

  /** Whether it is still to be told, after what was told meanwhile. */
  #isValid({ notice, group: key, ids, isRepeat }: Shipment, nowMs: number): boolean {
    const { told } = this.#options
    const group = told.group(key)
    if (group === undefined) return false
    const findings = ids.flatMap(id => told.finding(id) ?? [])
    if (notice === 'resolved')
      return findings.every(({ closedMs, isResolved }) => closedMs !== null && !isResolved)
    if (isRepeat) return nowMs >= group.lastMs + this.#repeatMs
    return findings.some(({ toldMs }) => toldMs === null)
  }
}

function shipmentOf(
  group: string,
  findings: readonly ToldFinding[],
  given: {
    readonly notice: 'findings' | 'resolved'
    readonly sinceMs: number
    readonly isRepeat?: boolean
  },
): Shipment {
  const some = findings.slice(0, NOTICE_FINDINGS_MAX)
  const worst = some.map(({ severity }) => severity).reduce<Severity>(worse, 'info')
  const ids = some.map(({ id }) => id)
  return { isRepeat: false, ...given, group, notices: 1, items: [], ids, worst }
}
