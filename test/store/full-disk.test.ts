// Goal: on a full disk rows go first, the oldest first, and findings last; nothing that was acknowledged is lost, nothing
// that was refused is there, and with space again the store goes on without a restart.
// Method: a store on a tmpfs of 16 MB, which a ballast fills. Skipped where nothing may be mounted.

import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../src/model/errors.ts'
import type { FlowRow } from '../../src/model/live.ts'
import type { DuckStore } from '../../src/store/store.ts'
import { event, folder, idOf, NOON_MS, open, within } from './stored.ts'

const MIB = 1024 * 1024
const TEST_MS_MAX = 120_000
const OPTIONS = {
  reserveBytes: MIB,
  keepingMs: 50,
  metrics: { bytesMax: 64 * MIB, segmentBytes: MIB },
}

const disk = mkdtempSync(join(tmpdir(), 'mpwatch-full-'))
const isMounted = mount(disk, 'size=16m')
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk])
  rmSync(disk, { recursive: true, force: true })
})

function mount(path: string, options: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]).status === 0
}

describe.skipIf(!isMounted)('On a full disk', () => {
  test(
    'rows give way to findings, and all goes on when there is space again',
    async () => {
      const path = join(disk, 'store')
      const kept: number[] = []
      const refused: number[] = []
      let next = 1
      const record = async (store: DuckStore) => {
        const number = next++
        const entry = event({ id: idOf(number), members: number, title: 'x'.repeat(30_000) })
        await store.record([entry]).then(
          () => kept.push(number),
          () => refused.push(number),
        )
      }
      await within(
        path,
        async store => {
          await record(store)
          for (let second = 0; second < 60; second++) {
            store.add({ flows: flowsOf(second, 1_000), points: [] })
            await store.drained()
          }
          expect((await store.health()).state).toBe('healthy')
          const before = await rowsOf(store)
          fill(join(disk, 'ballast'))

          // What is kept free, and then the metrics, make room for all of them.
          for (let count = 0; count < 60; count++) await record(store)
          expect(refused).toEqual([])
          const during = await rowsOf(store)
          expect(during.lost).toBeGreaterThan(before.lost)

          // With nothing left to give up, findings are refused and said to be.
          while (refused.length < 3) await record(store)
          expect((await store.health()).reason).toMatch(/Findings cannot be written: .*no space/i)

          rmSync(join(disk, 'ballast'))
          for (let count = 0; count < 10; count++) await record(store)
          expect(refused).toHaveLength(3)
          store.add({ flows: flowsOf(99, 10), points: [] })
          await expect.poll(async () => (await store.health()).state, POLL).toBe('healthy')
          await expect.poll(() => statSync(join(path, 'reserve')).size, POLL).toBe(MIB)
          await rowsOf(store)
          expect(await numbersIn(store)).toEqual(kept)
        },
        OPTIONS,
      )
      await within(path, async store => expect(await numbersIn(store)).toEqual(kept), OPTIONS)
    },
    TEST_MS_MAX,
  )
})

const POLL = { timeout: 20_000, interval: 100 }

describe.skipIf(!isMounted)('A file system', () => {
  test('that is read-only is refused with what would be right', async () => {
    const path = folder()
    expect(mount(path, 'ro')).toBe(true)
    try {
      await expect(open(join(path, 'store'))).rejects.toThrow(/read-only/)
      await expect(open(join(path, 'store'))).rejects.toThrow(UsageError)
    } finally {
      spawnSync('umount', [path])
    }
  })
})

/** The books of rows, which close at every step. */
async function rowsOf(store: DuckStore) {
  const { rows } = await store.health()
  expect(rows.offered).toBe(rows.stored + rows.waiting + rows.lost)
  return rows
}

const numbersIn = async (store: DuckStore): Promise<readonly number[]> =>
  (await store.entriesAfter(0, 10_000, ['finding'])).map(
    ({ entry }) => entry.stored.finding.members,
  )

/** Writes until nothing more fits. */
function fill(path: string): void {
  mkdirSync(disk, { recursive: true })
  const file = openSync(path, 'w')
  try {
    for (const size of [64 * 1024, 4 * 1024]) for (;;) if (!mayWrite(file, size)) break
  } finally {
    closeSync(file)
  }
}

function mayWrite(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size, 1)) > 0
  } catch {
    return false
  }
}

const flowsOf = (second: number, count: number): readonly FlowRow[] =>
  Array.from({ length: count }, (_, at) => ({
    ...{
      firstUs: (NOON_MS + second * 1_000) * 1_000 + at,
      lastUs: (NOON_MS + second * 1_000) * 1_000,
    },
    ...{ sensor: 'core', transport: 'tcp', protocol: 6, vlan: null },
    ...{ client: `198.51.${at % 250}.${(at * second) % 250}`, clientPort: (at * 7_919) % 65_536 },
    ...{ server: `192.0.2.${at % 250}`, serverPort: 443, source: 'user@internal' },
    ...{ destination: 'web-1', verdict: 'permitted', reason: null, row: 'I-01', app: 'tls' },
    ...{ state: 'closed', packetsToServer: at, packetsToClient: at * 3 },
    ...{ bytesToServer: at * 1_001, bytesToClient: at * 7_001 },
  }))
