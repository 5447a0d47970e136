// What a route has told: made of its `notified` entries alone, so that it is the same after a restart. Of findings it
// knows those that are open, or closed for a day at most, since they may come back without being told anew.

import { SEVERITIES, type Severity, worse } from '../model/finding.ts'
import type { Notified, StoredFinding } from '../model/lifecycle.ts'
import { groupOf, isName, keyOf } from './filter.ts'

const FINDINGS_MAX = 10_000
const GROUPS_MAX = 1_024
const NAMES_MAX = 1_024
const REMEMBERED_MS = 25 * 3_600_000
const MINUTE_MS = 60_000

export interface ToldFinding {
  readonly id: string
  severity: Severity
  group: string
  /** When it was told last; null where it is owed: something held it when it could have been told. */
  toldMs: number | null
  /** Whether it was told that it is over, since it was told last. */
  isResolved: boolean
  closedMs: number | null
  /** No entry up to this one tells of it. */
  since: number
}

export interface ToldGroup {
  readonly ids: Set<string>
  /** How many of them are owed. */
  owed: number
  lastMs: number
  worst: Severity
  /** When it must be looked whether something is to be said of it. */
  lookMs: number
}

export interface ToldOptions {
  /** Null where nothing is told again. */
  readonly repeatS: number | null
  /** Whether it matters what becomes of findings that were told. */
  readonly isTracking: boolean
}

export class Told {
  readonly #options: ToldOptions
  readonly #findings = new Map<string, ToldFinding>()
  readonly #groups = new Map<string, ToldGroup>()
  /** Ids of those that are owed. */
  readonly #owed = new Set<string>()
  /** Blind intervals and outputs of which it was told that they began, with the entry after which that was. */
  readonly #names = new Map<string, number>()
  /** Entries that were answered out of their order. */
  readonly #answered = new Set<number>()
  /** When notices of the last minute were delivered. */
  #sentMs: number[] = []
  isBegun = false
  seq = 0
  upTo = 0
  /** What was being delivered; null where that is known to have ended. */
  trying: Notified | null = null
  /** No entry up to this one is the latest of the route. */
  since = 0

  constructor(options: ToldOptions) {
    this.#options = options
  }

  /**
   * Takes an entry of the route.
   *
   * @param since Any number before its own.
   * @param groups Keys of the findings in it, where they are known.
   */
  take(entry: Notified, since: number, groups?: ReadonlyMap<string, string>): void {
    const { outcome, notice, atMs } = entry
    this.isBegun = true
    this.seq = Math.max(this.seq, entry.seq)
    this.upTo = Math.max(this.upTo, entry.upTo)
    this.since = since
    if (outcome !== 'held') this.trying = outcome === 'trying' ? entry : null
    if (outcome === 'delivered') this.#sentMs = [...this.sentSince(atMs), atMs]
    if (!this.#options.isTracking) return
    if (outcome !== 'delivered' && outcome !== 'dead_letter' && outcome !== 'held') return
    for (const { id, severity, isOver = false } of entry.told) {
      const group = groups?.get(id) ?? (notice === 'findings' ? entry.group : undefined)
      if (isName(id)) this.#name(id, severity, since)
      else if (notice === 'resolved') this.#resolve(id)
      else this.#tell({ id, severity: severityOf(severity), isOver, outcome, atMs, since, group })
    }
  }

  /** Takes note of entries that are answered, and must not be told where they are read again. */
  takeAnswers(numbers: readonly number[]): void {
    for (const number of numbers) this.#answered.add(number)
  }

  /** Forgets what is answered up to that number, which is read no more. */
  prune(upTo: number): void {
    for (const number of this.#answered) if (number <= upTo) this.#answered.delete(number)
  }

  /** Whether an entry that is read again is done with. Each is asked for once. */
  isAnswered(number: number): boolean {
    return this.#answered.delete(number)
  }

  /** Whether it was told that the blind interval, or the output's failing, began. */
  isNamed(id: string): boolean {
    return this.#names.has(id)
  }

  finding(id: string): ToldFinding | undefined {
    return this.#findings.get(id)
  }

  group(key: string): ToldGroup | undefined {
    return this.#groups.get(key)
  }

  groups(): IterableIterator<[string, ToldGroup]> {
    return this.#groups.entries()
  }

  /** Of all findings. */
  get ids(): readonly string[] {
    return [...this.#findings.keys()]
  }

  /** How many findings are owed. */
  get owedCount(): number {
    return this.#owed.size
  }

  /** Notices of the minute before that moment, the oldest first. */
  sentSince(nowMs: number): readonly number[] {
    this.#sentMs = this.#sentMs.filter(sentMs => sentMs > nowMs - MINUTE_MS)
    return this.#sentMs
  }

  /** The number up to which no entry of the route matters any more. */
  get oldest(): number {
    let oldest = this.since
    for (const { since } of this.#findings.values()) oldest = Math.min(oldest, since)
    for (const since of this.#names.values()) oldest = Math.min(oldest, since)
    return oldest
  }

  /** Puts a finding where it belongs, as it stands in the store at that moment. */
  place(stored: StoredFinding, nowMs: number): void {
    const told = this.#findings.get(stored.finding.id)
    if (told === undefined) return
    const key = keyOf(groupOf(stored.finding))
    if (told.group !== key) {
      this.#leave(told)
      told.group = key
      this.#enter(told)
    }
    this.stands(told.id, stored.state === 'open', nowMs)
  }

  /** It was heard that a finding is open, or closed. */
  stands(id: string, isOpen: boolean, nowMs: number): void {
    const told = this.#findings.get(id)
    if (told === undefined || isOpen === (told.closedMs === null)) return
    told.closedMs = isOpen ? null : nowMs
    const group = this.#groups.get(told.group)
    if (group !== undefined) group.lookMs = Math.min(group.lookMs, nowMs)
  }

  /** Whoever was to be told of it needs not be. */
  forget(id: string): void {
    const told = this.#findings.get(id)
    if (told === undefined) return
    this.#findings.delete(id)
    this.#owed.delete(id)
    this.#leave(told)
  }

  /** Forgets those of a group that closed long ago. */
  forgetOld(group: ToldGroup, nowMs: number): void {
    for (const id of [...group.ids]) {
      const closedMs = this.#findings.get(id)?.closedMs ?? null
      if (closedMs !== null && closedMs < nowMs - REMEMBERED_MS) this.forget(id)
    }
  }

  /** `info` where it is over. */
  #name(id: string, severity: string, since: number): void {
    this.#names.delete(id)
    if (severity !== 'info') this.#names.set(id, since)
    if (this.#names.size <= NAMES_MAX) return
    for (const oldest of this.#names.keys()) {
      this.#names.delete(oldest)
      return
    }
  }

  #resolve(id: string): void {
    const told = this.#findings.get(id)
    if (told !== undefined) told.isResolved = true
  }

  #tell(one: Telling): void {
    const { id, severity, since, outcome, isOver: isResolved } = one
    const known = this.#findings.get(id)
    const group = one.group ?? known?.group ?? ''
    const toldMs = outcome === 'held' ? null : one.atMs
    const closedMs = known?.closedMs ?? null
    if (known !== undefined) this.forget(id)
    const told = { id, severity, group, toldMs, isResolved, closedMs, since }
    this.#findings.set(id, told)
    if (toldMs === null) this.#owed.add(id)
    if (group !== '') this.#enter(told)
    if (this.#findings.size - this.#owed.size > FINDINGS_MAX) this.#forgetOldest()
  }

  /** What is owed is never forgotten. */
  #forgetOldest(): void {
    for (const id of this.#findings.keys()) {
      if (this.#owed.has(id)) continue
      this.forget(id)
      return
    }
  }

  #enter({ id, group: key, severity, toldMs }: ToldFinding): void {
    const group = this.#groups.get(key) ?? newGroup()
    group.ids.add(id)
    if (toldMs !== null) {
      group.lastMs = Math.max(group.lastMs, toldMs)
      group.worst = worse(group.worst, severity)
    } else group.owed += 1
    const repeatMs = group.lastMs + (this.#options.repeatS ?? Number.POSITIVE_INFINITY) * 1_000
    if (toldMs === null) group.lookMs = Number.NEGATIVE_INFINITY
    else group.lookMs = group.owed === 0 ? repeatMs : Math.min(repeatMs, group.lookMs)
    this.#groups.delete(key)
    this.#groups.set(key, group)
    if (this.#groups.size > GROUPS_MAX) this.#forgetOldestGroup()
  }

  #forgetOldestGroup(): void {
    for (const { ids, owed } of this.#groups.values()) {
      if (owed > 0) continue
      for (const id of [...ids]) this.forget(id)
      return
    }
  }

  #leave({ id, group: key, toldMs }: ToldFinding): void {
    const group = this.#groups.get(key)
    if (group === undefined || !group.ids.delete(id)) return
    if (toldMs === null) group.owed -= 1
    if (group.ids.size === 0) this.#groups.delete(key)
  }
}

interface Telling extends Pick<ToldFinding, 'id' | 'severity' | 'since'> {
  readonly isOver: boolean
  readonly outcome: Notified['outcome']
  readonly atMs: number
  readonly group: string | undefined
}

const newGroup = (): ToldGroup => ({
  ids: new Set(),
  owed: 0,
  lastMs: Number.NEGATIVE_INFINITY,
  worst: 'info',
  lookMs: Number.POSITIVE_INFINITY,
})

const severityOf = (word: string): Severity =>
  SEVERITIES.find(severity => severity === word) ?? 'info'
