// What is kept beside the journal's entries, the latest of each: coverage, the ledger of each ten minutes, and how far
// readers have come. It is written with the next group of entries, and again into a new file if that one is damaged.

import type { Coverage } from '../model/coverage.ts'
import type { Ledger } from '../model/ledger.ts'
import type { InterfaceState } from '../model/live.ts'
import { inertJson } from '../model/text.ts'
import type { Connection } from './database.ts'

const LEDGER_SLOT_MS = 600_000
const LEDGER_ROWS_MAX = 60_000

type Part = 'coverage' | 'ledger' | 'cursors'

export class Latest {
  #coverage: { readonly captureMs: number; readonly coverage: Coverage } | null = null
  #ledger: readonly [slot: number, captureMs: number, json: string] | null = null
  #slot = Number.NaN
  #cursors = new Map<string, number>()
  readonly #dirty = new Set<Part>()

  get isDirty(): boolean {
    return this.#dirty.size > 0
  }

  /** Null where this process has been told none. */
  get coverage(): { readonly captureMs: number; readonly coverage: Coverage } | null {
    return this.#coverage
  }

  takeCursors(cursors: ReadonlyMap<string, number>): void {
    this.#cursors = new Map(cursors)
  }

  cursor(name: string): number {
    return this.#cursors.get(name) ?? 0
  }

  advance(name: string, number: number): void {
    this.#cursors.set(name, number)
    this.#dirty.add('cursors')
  }

  putCoverage(captureMs: number, coverage: Coverage): void {
    this.#coverage = { captureMs, coverage }
    this.#dirty.add('coverage')
  }

  /** One row for each ten minutes of capture time is kept, the latest that was written. */
  putLedger(captureMs: number, ledger: Ledger, interfaces: readonly InterfaceState[]): void {
    const slot = Math.floor(captureMs / LEDGER_SLOT_MS)
    this.#ledger = [slot, captureMs, inertJson(JSON.stringify({ ledger, interfaces }))]
    if (slot === this.#slot) return
    this.#slot = slot
    this.#dirty.add('ledger')
  }

  /** Everything has to be written, since the file is new or the last. */
  markAll(): void {
    this.mark(['coverage', 'ledger', 'cursors'])
  }

  /** These have to be written, or written again. */
  mark(parts: readonly Part[]): void {
    for (const part of parts) this.#dirty.add(part)
  }

  /** What has to be written; what changes from now on has to be written again. */
  takeDirty(): readonly Part[] {
    const parts = [...this.#dirty]
    this.#dirty.clear()
    return parts
  }

  /** Within a transaction of the caller. */
  async write(db: Connection, parts: readonly Part[]): Promise<void> {
    if (parts.includes('coverage') && this.#coverage !== null) {
      const { captureMs, coverage } = this.#coverage
      await db.run('delete from coverage')
      await db.append('coverage', [[captureMs, inertJson(JSON.stringify(coverage))]])
    }
    if (parts.includes('ledger') && this.#ledger !== null) {
      await db.run('delete from ledger where slot = ?', [this.#ledger[0]])
      await db.append('ledger', [this.#ledger])
      await db.run(
        'delete from ledger where rowid in (select rowid from ledger order by rowid desc offset ?)',
        [LEDGER_ROWS_MAX],
      )
    }
    if (!parts.includes('cursors')) return
    await db.run('delete from cursors')
    await db.append('cursors', [...this.#cursors])
  }
}
