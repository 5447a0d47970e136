// What becomes of findings in the course of time (semantics 3.5, ux.md "Alert pipeline"): pure and deterministic. It
// gives events; when they are on the disk, whoever keeps it may tell others. Silence is measured in capture time, what
// people said ends by the monitor's own clock.

import { assert } from '../model/errors.ts'
import type { FindingEvent, Maintenance, StoredFinding, Suppression } from '../model/lifecycle.ts'
import type { BlindInterval, ToldFinding } from '../model/live.ts'
import type { ReportedFinding } from '../model/result.ts'
import { Course, hasGrown, type Moment } from './course.ts'
import { countingKey, type Grown, grown } from './grown.ts'
import { Holds } from './holds.ts'
import { closed, hasRisen, lapsed, mayPage, opened, reopened } from './life.ts'
import { Pages } from './pages.ts'
import type { Hash } from './quiet.ts'
import type { RecordsMax } from './records.ts'
import { Storms } from './storms.ts'
import { closesMs, dueMs, REMEMBERED_MS } from './timers.ts'

const RECORDS_MAX: RecordsMax = { records: 4_096, states: 700_000 }

/** How things stand when watching begins. */
export interface Standing {
  /** Open, or closed for less than a day. */
  readonly active: readonly StoredFinding[]
  readonly suppressions: readonly Suppression[]
  readonly maintenances: readonly Maintenance[]
}

export interface LifecycleOptions {
  /** Id of the run of the monitor. */
  readonly run: string
  readonly hash: Hash
  readonly isViolation: (finding: ReportedFinding) => boolean
  readonly max?: RecordsMax
}

/** What the judging thread has told, of that moment. */
export interface News {
  readonly findings: readonly ToldFinding[]
  readonly gone: readonly string[]
  readonly blind: readonly BlindInterval[]
  readonly generation: number
  readonly now: Moment
}

export class Lifecycle {
  readonly holds: Holds
  readonly #run: string
  readonly #storms: Storms
  readonly #course: Course
  readonly #pages: Pages
  /** When the closed ones closed by the capture clock, until that clock is known. */
  #closedBefore: ReadonlyMap<string, number>

  constructor({ active, suppressions, maintenances }: Standing, options: LifecycleOptions) {
    const { run, hash, isViolation, max = RECORDS_MAX } = options
    this.#run = run
    this.#storms = new Storms(hash)
    this.holds = new Holds(suppressions, maintenances)
    this.#course = new Course(max, { isViolation, isStorm: this.#isStorm })
    this.#pages = new Pages(this.#course, this.holds, this.#storms)
    for (const { state, storm, finding } of active)
      if (state === 'open' && storm !== null) this.#storms.join(storm, finding.id)
    for (const stored of active.toSorted(byLastUse)) this.#course.adopt(stored)
    const ended = active.filter(({ state }) => state === 'closed')
    this.#closedBefore = new Map(
      ended.map(({ finding, closedMs, lastMs }) => [finding.id, closedMs ?? lastMs]),
    )
    this.#course.records.trim(this.#isStorm)
  }

  /** Violations that are open; a storm is none beside its findings. */
  get violations(): number {
    return this.#course.violations
  }

  /** The latest moment of the capture clock; null before the first. */
  get captureMs(): number | null {
    return this.#course.steady.lastMs
  }

  /** Findings that were followed no further, as there were too many: the store has them. */
  get forgotten(): number {
    return this.#course.records.forgotten
  }

  /** Ids whose records must be looked up in the store, and given to `take` as far as they are there. */
  needs({ findings, gone, blind, now }: News): readonly string[] {
    const passedMs = this.#course.steady.at(now.captureMs)
    const isOpen = (id: string) => this.#course.records.state(id)?.isOpen === true
    const coming = findings.filter(({ finding }) => !isOpen(finding.id))
    const near = this.#storms.near(
      coming.map(({ finding }) => finding),
      passedMs,
    )
    return this.missing([
      ...[...findings.map(({ finding }) => finding.id), ...near],
      ...[...gone, ...this.#course.due(passedMs)].filter(isOpen),
      ...(this.holds.isLifted(now.atMs, blind) ? this.#course.owed : []),
    ])
  }

  /** Those of the ids whose records are not in memory. */
  missing(ids: readonly string[]): readonly string[] {
    return [...new Set(ids)].filter(id => this.#course.records.record(id) === undefined)
  }

  /** The record as it stands; `known` is what the store has of those that `missing` names. */
  recordOf(id: string, known: readonly StoredFinding[]): StoredFinding | undefined {
    return this.#course.records.record(id) ?? known.find(({ finding }) => finding.id === id)
  }

  /** What follows from the news, and from the time that has passed, in the order in which it is to be recorded. */
  take(news: News, known: readonly StoredFinding[]): readonly FindingEvent[] {
    const { findings, gone, blind, generation, now } = news
    this.#advance(now.captureMs)
    const isLifted = this.holds.advance(now.atMs, blind)
    for (const stored of known) this.#course.lookedUp(stored)
    const key = countingKey(this.#run, generation)
    const told = new Map(findings.map(one => [one.finding.id, one]))
    for (const one of told.values()) this.#hear(one, key)
    for (const id of gone) if (!told.has(id)) this.#close(id, { isGone: true })
    for (const id of this.#course.due(this.#course.steady.passedMs)) this.#age(id)
    if (isLifted) for (const id of [...this.#course.owed]) this.#pages.release(id, now.atMs)
    this.#pages.weigh(now.atMs)
    this.#letGo()
    return this.#course.events(now)
  }

  /** Everything that has not been told: to be recorded before the monitor stops. */
  flush(now: Moment): readonly FindingEvent[] {
    for (const stored of this.#course.records.dirty()) this.#course.note('update', stored)
    return this.#course.events(now)
  }

  /** Takes in a finding that an act has changed, when that is recorded. */
  changed(stored: StoredFinding): void {
    const { finding, isPageOwed = false } = stored
    const state = this.#course.records.state(finding.id)
    if (state === undefined) return
    this.#course.records.hold(stored)
    state.isDirty = false
    state.toldMembers = finding.members
    if (!isPageOwed) this.#course.owed.delete(finding.id)
  }

  #advance(captureMs: number | null): void {
    this.#course.steady.advance(captureMs)
    if (captureMs === null || this.#closedBefore.size === 0) return
    for (const [id, closedMs] of this.#closedBefore) {
      const state = this.#course.records.state(id)
      if (state !== undefined && !state.isOpen) state.quietMs = -Math.max(0, captureMs - closedMs)
    }
    this.#closedBefore = new Map()
  }

  #hear(told: ToldFinding, key: string): void {
    const { records, steady } = this.#course
    const { id } = told.finding
    const { isEarly } = told
    const state = records.state(id)
    const known = records.record(id)
    if (state === undefined || known === undefined) {
      assert(state === undefined, 'the record of a finding that is told has been looked up')
      const stored = opened(grown(null, told, key, true), steady.lastMs ?? told.lastMs)
      const isPage = mayPage(stored.finding)
      this.#course.note('open', stored, { isPage, isNew: true, isEarly })
      return
    }
    const isLongAgo = !state.isOpen && steady.passedMs - state.quietMs > REMEMBERED_MS
    const now = grown(known, told, key, isLongAgo)
    if (state.isOpen) this.#course.grow(known, { ...known, ...now }, isEarly)
    else if (hasGrown(known, now) || state.isGone) this.#reopen(known, now, isLongAgo, isEarly)
  }

  #reopen(known: StoredFinding, now: Grown, isLongAgo: boolean, isEarly: boolean): void {
    const storm = known.storm !== null && this.#isStorm(known.storm) ? known.storm : null
    const captureMs = this.#course.steady.lastMs ?? now.lastMs
    const stored = lapsed(reopened(known, now, captureMs, storm))
    const isPage = isLongAgo ? mayPage(now.finding) : hasRisen(known.finding, now.finding)
    this.#course.note('reopen', stored, { isPage, isNew: isPage, isEarly })
    if (storm !== null) this.#storms.join(storm, stored.finding.id)
  }

  /** Closes what has been quiet for long enough, tells what has changed for as long. */
  #age(id: string): void {
    const { records, steady } = this.#course
    const state = records.state(id)
    const stored = records.record(id)
    if (state === undefined || dueMs(state) > steady.passedMs) return
    if (!state.isOpen) records.drop(id)
    else if (closesMs(state) <= steady.passedMs) this.#close(id, { isGone: false })
    else if (stored !== undefined) this.#course.note('update', stored)
  }

  #close(id: string, { isGone }: { readonly isGone: boolean }): void {
    const stored = this.#course.records.record(id)
    if (stored === undefined || stored.state === 'closed') return
    this.#course.note('close', closed(stored, this.#course.steady.lastMs ?? stored.lastMs))
    this.#course.owed.delete(id)
    this.#course.stateOf(id).isGone = isGone
    this.#leave(stored.storm, id)
  }

  /** A storm is over with the last of its findings. */
  #leave(storm: string | null, id: string): void {
    if (storm !== null && this.#storms.leave(storm, id)) this.#close(storm, { isGone: false })
  }

  /** Keeps memory within its bounds. */
  #letGo(): void {
    const { records, owed } = this.#course
    for (const stored of records.trim(this.#isStorm)) {
      this.#course.note('update', stored)
      records.release(stored.finding.id)
    }
    for (const [id, { storm }] of records.forget(this.#isStorm)) {
      owed.delete(id)
      this.#leave(storm, id)
    }
  }

  readonly #isStorm = (id: string): boolean => this.#storms.isOpen(id)
}

const byLastUse = (one: StoredFinding, other: StoredFinding): number =>
  one.lastMs - other.lastMs || (one.finding.id < other.finding.id ? -1 : 1)
