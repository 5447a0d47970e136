// The findings that are followed: a little of each, and the whole record of those that were touched last. The store
// has every record as it was told last; one that has changed since is told before it is forgotten.

import type { StoredFinding } from '../model/lifecycle.ts'

/** What timers need to know of a finding. About 200 bytes with its id and the map. */
export interface State {
  isOpen: boolean
  /** Capture time that had passed when it last grew, or closed. */
  quietMs: number
  /** And when its last event was. */
  toldMs: number
  /** Members at its last event. */
  toldMembers: number
  /** It closes after so much silence. */
  quietAfterMs: number
  /** Its flow has not ended. */
  isEarly: boolean
  /** It has changed since its last event. */
  isDirty: boolean
  /** It closed since it was none any more, and not by silence. */
  isGone: boolean
  /** It counts among the violations, while it is open. */
  isViolation: boolean
  storm: string | null
}

export interface RecordsMax {
  readonly records: number
  readonly states: number
}

/** Of too many states, this share is forgotten at once, since looking for them takes a while. */
const FORGOTTEN_SHARE = 1 / 8

export class Records {
  readonly #max: RecordsMax
  readonly #states = new Map<string, State>()
  /** In the order of use. */
  readonly #records = new Map<string, StoredFinding>()
  #forgotten = 0

  constructor(max: RecordsMax) {
    this.#max = max
  }

  get states(): ReadonlyMap<string, State> {
    return this.#states
  }

  /** Findings that were followed no further, as there were too many. */
  get forgotten(): number {
    return this.#forgotten
  }

  state(id: string): State | undefined {
    return this.#states.get(id)
  }

  record(id: string): StoredFinding | undefined {
    return this.#records.get(id)
  }

  put(stored: StoredFinding, state: State): void {
    const { id } = stored.finding
    this.#states.set(id, state)
    this.hold(stored)
  }

  /** Takes up the record of a finding whose state is known. */
  hold(stored: StoredFinding): void {
    const { id } = stored.finding
    this.#records.delete(id)
    this.#records.set(id, stored)
  }

  /** The store has it as it was told. */
  release(id: string): void {
    this.#records.delete(id)
  }

  drop(id: string): void {
    this.#states.delete(id)
    this.#records.delete(id)
  }

  dirty(): readonly StoredFinding[] {
    return [...this.#records.values()].filter(({ finding }) => this.state(finding.id)?.isDirty)
  }

  /** Lets go of the records that were used longest ago. Gives those that have changed since they were told. */
  trim(isPinned: (id: string) => boolean): readonly StoredFinding[] {
    const untold: StoredFinding[] = []
    let surplus = this.#records.size - this.#max.records
    for (const [id, stored] of this.#records) {
      if (surplus <= 0) break
      if (isPinned(id)) continue
      if (this.state(id)?.isDirty) untold.push(stored)
      this.release(id)
      surplus--
    }
    return untold
  }

  /** Forgets findings where there are too many: closed ones first, then what the store knows as well. */
  forget(isPinned: (id: string) => boolean): readonly (readonly [id: string, state: State])[] {
    if (this.#states.size <= this.#max.states) return []
    const target = Math.floor(this.#max.states * (1 - FORGOTTEN_SHARE))
    const gone: [string, State][] = []
    for (const isOpen of [false, true])
      for (const [id, state] of this.#states) {
        if (this.#states.size <= target) break
        if (state.isOpen !== isOpen || state.isDirty || isPinned(id)) continue
        this.drop(id)
        gone.push([id, state])
      }
    this.#forgotten += gone.length
    return gone
  }
}
