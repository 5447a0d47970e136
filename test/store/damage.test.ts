// Goal: a byte that changes in any file of a store is noticed and told, or changes no row; and the store opens.
// Method: a small store is made once; copies of it are changed in one place each. The journal is tried byte by byte
// (journal.test.ts); here the database, which is 200 times as large, at places from a fixed seed.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { UsageError } from '../../src/model/errors.ts'
import { Database } from '../../src/store/database.ts'
import type { DuckStore } from '../../src/store/store.ts'
import { flowAt } from './metrics/rows-told.ts'
import {
  ALL,
  closed,
  DAY_MS,
  event,
  folder,
  idOf,
  lost,
  NOON_MS,
  open,
  suppression,
  within,
} from './stored.ts'

const FLIPS = Number(process.env['MPWATCH_FLIPS'] ?? 40)
const FLIP_MS_MAX = 5_000

const ENTRIES = [
  ...Array.from({ length: 40 }, (_, at) => event({ id: idOf(at), members: at })),
  ...[closed(3), suppression('s-1', NOON_MS + DAY_MS), lost(7)],
]

/** Everything that can be asked of what was recorded. */
const told = async (store: DuckStore) => ({
  findings: await store.findings({ limit: 1_000, offset: 0 }),
  events: await store.entriesAfter(0, 1_000, ['finding']),
  timeline: await store.timeline(ALL),
  suppressions: await store.suppressions(NOON_MS),
})
type Told = Awaited<ReturnType<typeof told>>

let expected: Told
/** Closed in order: everything is in the file. */
const closedStore = async (): Promise<string> => {
  const path = folder()
  await within(path, async store => {
    await store.record(ENTRIES)
    expected = await told(store)
  })
  return path
}

/** As it lies on the disk while the store is open: the latest is in the log beside the file. */
const openStoreCopy = async (): Promise<string> => {
  const [path, copy] = [folder(), folder()]
  await within(path, async store => {
    await store.record(ENTRIES)
    expected = await told(store)
    cpSync(path, copy, { recursive: true })
  })
  return copy
}

const FILES = { 'history.duckdb': closedStore, 'history.duckdb.wal': openStoreCopy }

for (const [name, make] of Object.entries(FILES))
  describe(`A byte of ${name}`, () => {
    test(
      `that has changed is noticed, or changes no row (${FLIPS} places)`,
      async () => {
        const made = await make()
        const bytes = readFileSync(join(made, name))
        let noticed = 0
        for (const at of placesIn(bytes.length)) {
          const path = folder()
          cpSync(made, path, { recursive: true })
          const changed = Buffer.from(bytes)
          changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
          writeFileSync(join(path, name), changed)
          await within(path, async store => {
            expect(await told(store), `byte ${at}`).toEqual(expected)
            if (store.opening.notes.length > 0) noticed += 1
            // A log that is passed over as one that was never finished leaves the journal to tell its rows.
            for (const note of store.opening.notes)
              expect(note).toMatch(/set aside as history\.duckdb\.damaged-1|made of the journal/)
            const isAside = existsSync(join(path, 'history.duckdb.damaged-1'))
            expect(isAside).toBe(store.opening.notes.some(note => note.includes('set aside')))
          })
          rmSync(path, { recursive: true })
        }
        expect(noticed).toBeGreaterThan(0)
      },
      FLIPS * FLIP_MS_MAX,
    )
  })

describe('A history that is no longer what was written', () => {
  const harms: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    'is cut in half': bytes => bytes.subarray(0, bytes.length / 2),
    'is empty': () => Buffer.alloc(0),
    'holds nothing but zeros': bytes => Buffer.alloc(bytes.length),
    'is something else': () => Buffer.from('SQLite format 3\0 or whatever it may be'),
  }
  for (const [how, harm] of Object.entries(harms))
    test(`because it ${how} is made again of the journal`, async () => {
      const path = await closedStore()
      const file = join(path, 'history.duckdb')
      writeFileSync(file, harm(readFileSync(file)))
      await within(path, async store => {
        expect(await told(store)).toEqual(expected)
        expect(store.opening.notes).toEqual([
          expect.stringMatching(/made (?:again )?of the journal/),
        ])
      })
      // And it is a store like any other from then on.
      await within(path, async store => expect(store.opening.notes).toEqual([]))
    })

  test('and is noticed while the store is open is made again without a restart', async () => {
    const path = await closedStore()
    const file = join(path, 'history.duckdb')
    const bytes = readFileSync(file)
    // In the middle of a text that rows hold; the headers and the catalogue are whole.
    const at = bytes.indexOf('The Internet reaches the database')
    expect(at).toBeGreaterThan(0)
    bytes[at] = 0x58
    writeFileSync(file, bytes)
    const notes: string[] = []
    const options = { checkedBytesMax: 0, onNote: (note: string) => notes.push(note) }
    await within(
      path,
      async store => {
        expect(store.opening.notes).toEqual([])
        await expect.poll(() => notes).toEqual([expect.stringMatching(/was damaged .*checksum/)])
        await store.record([event({ id: idOf(99) })])
        expect(await store.countFindings({})).toBe(41)
      },
      options,
    )
    await within(path, async store => expect(await store.countFindings({})).toBe(41))
  })

  test('because it is gone is made again of the journal', async () => {
    const path = await closedStore()
    rmSync(join(path, 'history.duckdb'))
    await within(path, async store => expect(await told(store)).toEqual(expected))
  })
})

describe('A journal that has lost entries which the history has', () => {
  test('says so, and never gives their numbers to others', async () => {
    const path = await closedStore()
    rmSync(join(path, 'journal'), { recursive: true })
    await within(path, async store => {
      expect(store.opening).toMatchObject({
        lost: ENTRIES.length,
        notes: [expect.stringMatching(/The journal ends with entry 0/)],
      })
      expect(await told(store)).toEqual(expected)
      await store.record([event({ id: idOf(77) })])
      const numbers = (await store.entriesAfter(0, 1_000, ['finding'])).map(({ number }) => number)
      expect(numbers.at(-1)).toBe(ENTRIES.length + 1)
    })
  })
})

test('Metrics that turn out to be damaged while the store is open are told', async () => {
  const path = folder()
  await within(path, async store => store.add({ flows: [flowAt(NOON_MS)], points: [] }))
  const notes: string[] = []
  await within(
    path,
    async store => {
      writeFileSync(join(path, 'metrics/000001.duckdb'), 'gone')
      expect(await store.flows(ALL)).toEqual([])
      expect(notes).toEqual([expect.stringMatching(/^000001\.duckdb is damaged .* set aside/)])
    },
    { onNote: note => notes.push(note) },
  )
})

describe('The schema', () => {
  test('of a file without one is made', async () => {
    const path = folder()
    const db = await Database.open(join(path, 'history.duckdb'), { to: 0 })
    expect(await db.reader.all('select max(version) as version from schema_version')).toEqual([
      { version: null },
    ])
    db.close()
    await within(path, async store => {
      expect(store.opening.notes).toEqual([])
      await store.record(ENTRIES)
      expect(await told(store)).toMatchObject({ timeline: ENTRIES.slice(41) })
    })
  })

  test('of a newer version is refused, and left as it is', async () => {
    const path = await closedStore()
    const db = await Database.open(join(path, 'history.duckdb'))
    await db.writer.run('insert into schema_version values (99)')
    db.close()
    const before = readdirSync(path).toSorted()
    await expect(open(path)).rejects.toThrow(/newer mpwatch \(schema 99, this one knows \d+\)/)
    await expect(open(path)).rejects.toThrow(UsageError)
    expect(readdirSync(path).toSorted()).toEqual(before.filter(name => name !== 'pid'))
  })
})

/** Places spread over the file, the same in every run. */
function placesIn(length: number): readonly number[] {
  const draw = seeded(1)
  const places = Array.from({ length: FLIPS }, () => draw() % length)
  return [0, length - 1, ...places]
}
