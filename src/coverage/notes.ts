// What watchers say of statements: held at some time, or not to be told from here. Keys are ids of the rules.

export interface StatementNote {
  /** Latest time at which it was seen to hold, nanoseconds since the run's epoch; null for never. */
  keptNs: number | null
  kept: number
  /** Why it cannot be told, the first reason of all; null where nothing is in the way. */
  blind: string | null
}

export class StatementNotes {
  readonly #notes = new Map<string, StatementNote>()

  keep(statement: string, ns: number): void {
    const note = this.#of(statement)
    note.keptNs = Math.max(note.keptNs ?? ns, ns)
    note.kept += 1
  }

  blind(statement: string, reason: string): void {
    this.#of(statement).blind ??= reason
  }

  of(statement: string): StatementNote | undefined {
    return this.#notes.get(statement)
  }

  #of(statement: string): StatementNote {
    const known = this.#notes.get(statement)
    if (known !== undefined) return known
    const note = { keptNs: null, kept: 0, blind: null }
    this.#notes.set(statement, note)
    return note
  }
}
