// Bounds of the store: what an entry may be, what may wait, what is kept and told.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Ledger } from '../../src/model/ledger.ts'
import type { Incident } from '../../src/model/lifecycle.ts'
import { Database } from '../../src/store/database.ts'
import { Journal } from '../../src/store/journal.ts'
import { Notes } from '../../src/store/notes.ts'
import { openStore } from '../../src/store/store.ts'
import { type BoundCase, numbersTo } from './case.ts'

const SLOT_MS = 600_000
const QUOTES = 2

export const STORE_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'entry of the journal': (max = 0) =>
    inFolder(async path => {
      const journal = await journalIn(path)
      await journal.append(['x'.repeat(max - QUOTES)])
      await expect(journal.append(['x'.repeat(max - QUOTES + 1)])).rejects.toThrow(/an entry has/)
      expect(await journal.append(['short'])).toMatchObject([{ seq: 2 }])
      await journal.close()
    }),

  'entries that wait for the journal': (max = 0) =>
    inFolder(async path => {
      let letGo = () => {}
      const held = new Promise<void>(resolve => {
        letGo = resolve
      })
      const journal = await journalIn(path, () => held)
      const entry = 'x'.repeat(max / 128 - QUOTES)
      // The first one is being written, and waits no more.
      const kept = [journal.append(['first'])]
      await new Promise(resolve => setImmediate(resolve))
      for (const _ of numbersTo(128)) kept.push(journal.append([entry]))
      await expect(journal.append(['one more'])).rejects.toThrow(/too many entries wait/)
      letGo()
      expect((await Promise.all(kept)).flat()).toHaveLength(129)
      await journal.close()
    }),

  'entries not yet in the history, findings and events of an answer': (pending = 0, answer = 0) =>
    inFolder(async path => {
      const store = await openStore(path, { now: () => 0 })
      await store.record(numbersTo(pending + 1).map(lost))
      const all = await store.timeline({ fromMs: 0, toMs: pending * 2, limit: pending * 2 })
      expect(all).toEqual(numbersTo(answer).map(lost))
      expect(await store.timeline({ fromMs: pending, toMs: pending * 2, limit: 9 })).toHaveLength(1)
      await store.close()
    }),

  'ledgers of ten minutes': (max = 0) =>
    inFolder(async path => {
      const file = join(path, 'history.duckdb')
      const before = await Database.open(file)
      await before.writer.run(`insert into ledger select i, i, '{}' from range(${max}) r(i)`)
      before.close()
      const store = await openStore(path, { now: () => 0 })
      store.putLedger(max * SLOT_MS, {} as Ledger, [])
      await store.close()
      const after = await Database.open(file)
      expect(
        await after.reader.all('select count(*) as rows, min(slot) as slot from ledger'),
      ).toEqual([{ rows: max, slot: 1 }])
      after.close()
    }),

  'notes on a store': (max = 0) => {
    const notes = new Notes()
    for (const number of numbersTo(max + 2)) notes.damaged(`place ${number}`)
    expect(notes.all).toHaveLength(max + 1)
    expect(notes.all.at(-1)).toBe('and 2 more places')
  },
}

const lost = (number: number): Incident => ({
  ...{ kind: 'lost', atMs: number, what: 'rows', count: number, why: '' },
})

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'mpwatch-bounds-store-'))
  try {
    await work(path)
  } finally {
    rmSync(path, { recursive: true })
  }
}

const journalIn = (path: string, sync = async () => {}): Promise<Journal> =>
  Journal.open(path, { segmentBytes: 16_777_216, makeRoom: async () => false, sync }, new Notes())
