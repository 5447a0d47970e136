// As much of a store as a route needs, in memory: entries with their numbers, findings as they stand, cursors.

import type { Entry, StoredFinding } from '../../src/model/lifecycle.ts'
import type { NumberedEntry } from '../../src/model/store.ts'

export class MemoryStore {
  readonly entries: NumberedEntry[] = []
  readonly #findings = new Map<string, StoredFinding>()
  readonly cursors = new Map<string, number>()
  /** Set while it cannot be asked. */
  failure: Error | null = null

  get lastEntry(): number {
    return this.entries.length
  }

  async record(entries: readonly Entry[]): Promise<void> {
    if (this.failure !== null) throw this.failure
    for (const entry of entries) {
      this.entries.push({ number: this.entries.length + 1, entry })
      if (entry.kind === 'finding') this.#findings.set(entry.stored.finding.id, entry.stored)
    }
  }

  async find(ids: readonly string[]): Promise<readonly StoredFinding[]> {
    if (this.failure !== null) throw this.failure
    return ids.flatMap(id => this.#findings.get(id) ?? [])
  }

  async entriesAfter<Kind extends Entry['kind']>(
    number: number,
    limit: number,
    kinds: readonly Kind[],
  ): Promise<readonly NumberedEntry<Kind>[]> {
    if (this.failure !== null) throw this.failure
    const found: NumberedEntry<Kind>[] = []
    for (let at = number; at < this.entries.length && found.length < limit; at++) {
      const kept = this.entries[at]
      if (kept !== undefined && (kinds as readonly string[]).includes(kept.entry.kind))
        found.push(kept as unknown as NumberedEntry<Kind>)
    }
    return found
  }

  async cursor(name: string): Promise<number> {
    return this.cursors.get(name) ?? 0
  }

  async advance(name: string, number: number): Promise<void> {
    this.cursors.set(name, number)
  }
}
