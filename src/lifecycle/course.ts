// The findings that are followed, and the events of one step in the making. An event is taken in at once; of several
// for one finding in one step, one is made.

import { assert } from '../model/errors.ts'
import type { FindingEvent, FindingPhase, Held, StoredFinding } from '../model/lifecycle.ts'
import type { ReportedFinding } from '../model/result.ts'
import { hasCrossed, hasRisen, lapsed, mayPage } from './life.ts'
import { Records, type RecordsMax, type State } from './records.ts'
import { SteadyClock } from './steady-clock.ts'
import { dueMs, quietAfter, REMEMBERED_MS, UPDATE_MS } from './timers.ts'

/** A moment by the capture clock, null before the first packet, and by the monitor's own. */
export interface Moment {
  readonly captureMs: number | null
  readonly atMs: number
}

/** An event in the making. */
export interface Draft {
  readonly phase: FindingPhase
  stored: StoredFinding
  readonly isPage: boolean
  /** A page of it counts for a storm. */
  readonly isNew: boolean
  held: Held | null
}

/** What an event is to its readers; whether it is told before its flow has ended. */
interface Turn {
  readonly isPage?: boolean
  readonly isNew?: boolean
  readonly isEarly?: boolean
}

export interface Judge {
  readonly isViolation: (finding: ReportedFinding) => boolean
  /** Whether it speaks for others. */
  readonly isStorm: (id: string) => boolean
}

export class Course {
  readonly steady = new SteadyClock()
  readonly records: Records
  /** Ids of findings whose pages are owed. */
  readonly owed = new Set<string>()
  readonly #judge: Judge
  #drafts = new Map<string, Draft>()
  /** Nothing is due before so much capture time has passed. */
  #nextDueMs = 0
  #violations = 0

  constructor(max: RecordsMax, judge: Judge) {
    this.records = new Records(max)
    this.#judge = judge
  }

  /** Violations that are open; a storm is none beside its findings. */
  get violations(): number {
    return this.#violations
  }

  /** Time in which nobody watched is no silence, so that of open ones begins with the run. */
  adopt(stored: StoredFinding): void {
    const { finding, storm, state } = stored
    const isOpen = state === 'open'
    const isStorm = this.#judge.isStorm(finding.id)
    const isViolation = this.#judge.isViolation(finding) && !isStorm
    // One literal in one order: an object that is spread together takes three times the memory.
    this.records.put(stored, {
      isOpen,
      quietMs: 0,
      toldMs: 0,
      toldMembers: finding.members,
      quietAfterMs: quietAfter(finding, isStorm),
      isEarly: false,
      isDirty: false,
      isGone: false,
      isViolation,
      storm,
    })
    this.#violations += Number(isOpen && isViolation)
    if (stored.isPageOwed === true) this.owed.add(finding.id)
  }

  /** One that is not followed has been closed for more than a day, or was too many. */
  lookedUp(stored: StoredFinding): void {
    const { id } = stored.finding
    if (this.records.state(id) !== undefined) {
      if (this.records.record(id) === undefined) this.records.hold(stored)
      return
    }
    const violations = this.#violations
    this.adopt(stored)
    // It has been counted all the while.
    this.#violations = violations
    const state = this.stateOf(id)
    const { passedMs } = this.steady
    state.toldMs = passedMs
    state.quietMs = state.isOpen ? passedMs : passedMs - REMEMBERED_MS - 1
  }

  stateOf(id: string): State {
    const state = this.records.state(id)
    assert(state !== undefined, 'a finding with a record is followed')
    return state
  }

  draft(id: string): Draft | undefined {
    return this.#drafts.get(id)
  }

  /** Ids of the findings that something happened to in this step. */
  get drafted(): readonly string[] {
    return [...this.#drafts.keys()]
  }

  note(phase: FindingPhase, stored: StoredFinding, turn: Turn = {}): void {
    const { finding, state, storm } = stored
    const { id } = finding
    const { passedMs } = this.steady
    const earlier = this.#drafts.get(id)
    this.#drafts.set(id, {
      phase: earlier === undefined || phase !== 'update' ? phase : earlier.phase,
      stored,
      isPage: phase !== 'close' && (turn.isPage === true || earlier?.isPage === true),
      isNew: turn.isNew === true || earlier?.isNew === true,
      held: earlier?.held ?? null,
    })
    const before = this.records.state(id)
    const isOpen = state === 'open'
    const isStorm = this.#judge.isStorm(id)
    const isViolation = this.#judge.isViolation(finding) && !isStorm
    const after: State = {
      isOpen,
      quietMs: before?.isOpen === isOpen ? before.quietMs : passedMs,
      toldMs: passedMs,
      toldMembers: finding.members,
      quietAfterMs: quietAfter(finding, isStorm),
      isEarly: isOpen && (turn.isEarly ?? before?.isEarly ?? false),
      isDirty: false,
      isGone: false,
      isViolation,
      storm,
    }
    this.#violations += Number(isOpen && isViolation)
    this.#violations -= Number(before?.isOpen === true && before.isViolation)
    this.records.put(stored, after)
    this.#expect(after)
  }

  /** Told where it says more than before by an order of magnitude, or not for long; else kept for later. */
  grow(known: StoredFinding, grownTo: StoredFinding, isEarly: boolean): void {
    const { id } = known.finding
    const state = this.stateOf(id)
    const { passedMs } = this.steady
    const stored = lapsed(grownTo)
    const hasLapsed = stored.acknowledgement !== grownTo.acknowledgement
    const isPage = hasRisen(known.finding, stored.finding) || (hasLapsed && mayPage(stored.finding))
    const isMore = hasGrown(known, stored)
    if (isMore || (state.isEarly && !isEarly)) state.quietMs = passedMs
    state.isEarly = isEarly
    const isDue = isMore && passedMs - state.toldMs >= UPDATE_MS
    const isCrossing = hasCrossed(state.toldMembers, stored.finding.members)
    if (isPage || isDue || isCrossing) {
      this.note('update', stored, { isPage, isEarly })
      return
    }
    state.isDirty = true
    this.records.hold(stored)
    this.#expect(state)
  }

  /** Changes what an event of this step says. */
  amend(stored: StoredFinding): void {
    const { id } = stored.finding
    const draft = this.#drafts.get(id)
    if (draft !== undefined) draft.stored = stored
    this.stateOf(id).storm = stored.storm
    this.records.hold(stored)
  }

  /** Ids of what is due when so much time has passed. */
  due(passedMs: number): readonly string[] {
    if (passedMs < this.#nextDueMs) return []
    const ids: string[] = []
    let next = Number.POSITIVE_INFINITY
    for (const [id, state] of this.records.states) {
      const due = dueMs(state)
      if (due <= passedMs) ids.push(id)
      else if (due < next) next = due
    }
    if (ids.length === 0) this.#nextDueMs = next
    return ids.sort()
  }

  /** The events of this step, of storms before those of their findings; the next step begins. */
  events({ captureMs, atMs }: Moment): readonly FindingEvent[] {
    const drafts = [...this.#drafts.values()]
    this.#drafts = new Map()
    const isParent = ({ stored }: Draft) => this.#judge.isStorm(stored.finding.id)
    const ordered = [...drafts.filter(isParent), ...drafts.filter(draft => !isParent(draft))]
    return ordered.map(({ phase, stored, isPage, held }) => ({
      ...{ kind: 'finding', phase, captureMs: captureMs ?? this.steady.lastMs ?? stored.lastMs },
      ...{ atMs, stored, isPage, held },
    }))
  }

  #expect(state: State): void {
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs(state))
  }
}

export const hasGrown = (
  known: StoredFinding,
  now: Pick<StoredFinding, 'finding' | 'lastMs'>,
): boolean => now.finding.members > known.finding.members || now.lastMs > known.lastMs
