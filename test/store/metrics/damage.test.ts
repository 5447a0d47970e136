// Goal: a damaged file is found, named and set aside, what it held is counted, and all the rest goes on.
// Method: files of three days, one of which is damaged in each way; then single bits, at places from a fixed seed.

import {
  copyFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seeded } from '../../../fixtures/scenario/random.ts'
import { openMetrics } from '../../../src/store/metrics/metrics.ts'
import {
  DAY_MS,
  DAY_ONE_MS,
  EVER,
  filesIn,
  filled,
  flowAt,
  isClosed,
  metricsIn,
  pointAt,
  temporaryFolder,
} from './rows.ts'

const EACH = 400
const ROWS = 2 * EACH

const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  'a flipped bit': path => flip(path, 70_000, 3),
  'its end missing': path => truncateSync(path, 100_000),
  'nothing but zeroes': path => writeFileSync(path, new Uint8Array(300_000)),
  'what somebody else put there': path => copyFileSync('package.json', path),
}

describe('of three files, the second has', () => {
  for (const [what, damage] of Object.entries(DAMAGES))
    test(`${what}: it is set aside and the others are read`, async () => {
      const folder = temporaryFolder()
      await filled(folder, 3, EACH)
      damage(join(folder, '000002.duckdb'))
      const { metrics, lost } = await metricsIn(folder)
      // Some damage shows when the file is opened, and all of it when its rows are read.
      expect(await metrics.flows({ ...EVER, limit: 1e5 })).toHaveLength(2 * EACH)
      expect(await metrics.pointsAfter(0, 1e5)).toHaveLength(2 * EACH)
      expect(lost).toEqual([[ROWS, expect.stringContaining('000002.duckdb damaged')]])
      expect(metrics.health()).toMatchObject({ lostOfEarlier: ROWS, files: 2 })
      expect(metrics.notes.join(' ')).toContain('000002.duckdb.damaged')
      expect(readdirSync(folder)).toContain('000002.duckdb.damaged')
      await metrics.close()

      const again = await metricsIn(folder)
      expect(again.metrics.notes).toEqual([])
      expect(again.metrics.health().lastNumber).toBe(3 * ROWS)
    })
})

test('a database that is none of ours is set aside', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, EACH)
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(join(folder, '000002.duckdb'))
  const connection = await instance.connect()
  await connection.run('create table meta (colour varchar)')
  connection.closeSync()
  instance.closeSync()
  const { metrics } = await metricsIn(folder)
  expect(metrics.notes[0]).toContain('000002.duckdb is damaged and was set aside')
  expect(await metrics.flows({ ...EVER, limit: 1e5 })).toHaveLength(EACH)
})

test('where the last file is lost, its numbers are not used again', async () => {
  const folder = temporaryFolder()
  await filled(folder, 2, EACH)
  writeFileSync(join(folder, '000002.duckdb'), 'gone')
  for (const loss of ['000003.duckdb', '000004.duckdb']) {
    rmSync(join(folder, 'last-number'), { force: true })
    const { metrics } = await metricsIn(folder)
    metrics.add({ flows: [], points: [pointAt(DAY_ONE_MS)] })
    await metrics.flush()
    const [point] = await metrics.pointsAfter(ROWS, 1)
    expect(point?.number).toBeGreaterThan(2 * ROWS)
    await metrics.close()
    writeFileSync(join(folder, loss), `gone after ${point?.number}`)
  }
  const used = ['000003.duckdb.damaged', '000004.duckdb'].map(name =>
    Number(readFileSync(join(folder, name), 'utf8').slice('gone after '.length)),
  )
  expect(used[1]).toBeGreaterThan(used[0] ?? 0)
})

test('what is damaged while it is watched is set aside, and writing goes on', async () => {
  const folder = temporaryFolder()
  await filled(folder, 2, EACH)
  const clock = { ms: DAY_ONE_MS + 2 * DAY_MS }
  const { metrics, lost } = await metricsIn(folder, { clock })
  metrics.add({ flows: [flowAt(clock.ms)], points: [] })
  await metrics.flush()
  writeFileSync(join(folder, '000001.duckdb'), 'gone')
  expect(await metrics.flows({ ...EVER, limit: 1e5 })).toHaveLength(EACH + 1)
  expect(lost).toEqual([[ROWS, '000001.duckdb damaged']])
  metrics.add({ flows: [flowAt(clock.ms)], points: [] })
  await metrics.flush()
  expect(metrics.health().rows).toEqual({ offered: 2, stored: 2, waiting: 0, lost: 0 })
})

test('where the file that is written is damaged below it, its rows are counted, and no others', async () => {
  const folder = temporaryFolder()
  const { metrics, clock } = await metricsIn(folder)
  const offer = async (rows: number) => {
    metrics.add({ flows: new Array(rows).fill(flowAt(clock.ms)), points: [] })
    await metrics.flush()
    expect(isClosed(metrics)).toBe(true)
  }
  await offer(5000)
  writeFileSync(join(folder, '000001.duckdb'), 'gone')
  await offer(5000)
  clock.ms += DAY_MS
  await offer(300)
  // What is set aside is known by the first question at the latest.
  await metrics.flows({ ...EVER, limit: 1e5 })
  const { stored, lost } = metrics.health().rows
  expect(await metrics.flows({ ...EVER, limit: 1e5 })).toHaveLength(stored)
  expect(stored + lost).toBe(10_300)
  expect(stored).toBeGreaterThanOrEqual(300)
  expect(lost).toBeGreaterThan(0)
  await metrics.close()
  const again = await metricsIn(folder, { clock })
  expect(await again.metrics.flows({ ...EVER, limit: 1e5 })).toHaveLength(stored)
})

test('files that were set aside go at their turn', async () => {
  const folder = temporaryFolder()
  await filled(folder, 3, EACH)
  writeFileSync(join(folder, '000001.duckdb'), 'gone')
  const { metrics } = await metricsIn(folder)
  expect(await metrics.sacrifice()).toBe(true)
  expect(filesIn(folder)).toEqual(['000002.duckdb', '000003.duckdb'])
})

const FLIPS = Number(process.env['METRICS_FLIPS'] ?? 25)

for (const [what, name] of [
  ['a file', '000001.duckdb'],
  ['its log', '000001.duckdb.wal'],
] as const)
  test(
    `${FLIPS} single bits of ${what} flipped in turn: each is found, or changes no row`,
    async () => {
      const whole = temporaryFolder()
      await unfinished(whole)
      const size = readFileSync(join(whole, name)).length
      const before = await read(whole)
      expect(before.isFound).toBe(false)
      const seen = { found: 0, harmless: 0 }
      const draw = seeded(7)
      for (let turn = 0; turn < FLIPS; turn++) {
        const at = draw() % size
        const folder = temporaryFolder()
        cpSync(whole, folder, { recursive: true })
        flip(join(folder, name), at, turn % 8)
        const { rows, isFound } = await read(folder)
        const bit = `bit ${turn % 8} of byte ${at}`
        expect(isFound || rows === before.rows, bit).toBe(true)
        if (isFound) seen.found++
        else seen.harmless++
      }
      expect(seen.found + seen.harmless).toBe(FLIPS)
      expect(seen.found).toBeGreaterThan(0)
    },
    10_000 + FLIPS * 1000,
  )

test('a last change that its log lost is told and counted, and its numbers are not used again', async () => {
  const folder = temporaryFolder()
  await unfinished(folder)
  const log = join(folder, '000001.duckdb.wal')
  truncateSync(log, readFileSync(log).length - 3)
  const { metrics, lost } = await metricsIn(folder)
  expect(metrics.notes).toEqual([
    'The log of 000001.duckdb is damaged: its last 2 rows could not be read.',
  ])
  expect(lost).toEqual([[2, 'the end of 000001.duckdb damaged']])
  metrics.add({ flows: [], points: [pointAt(DAY_ONE_MS)] })
  await metrics.flush()
  expect((await metrics.pointsAfter(ROWS, 9)).map(({ number }) => number)).toEqual([ROWS + 3])
})

/** What a sudden end leaves behind: rows in the file itself, and further ones in its log. */
async function unfinished(folder: string): Promise<void> {
  const written = temporaryFolder()
  await filled(written, 1, EACH)
  const { metrics } = await metricsIn(written)
  metrics.add({ flows: [flowAt(DAY_ONE_MS)], points: [pointAt(DAY_ONE_MS)] })
  await metrics.flush()
  cpSync(written, folder, { recursive: true })
  await metrics.close()
}

async function read(folder: string): Promise<{ rows: string; isFound: boolean }> {
  const metrics = await openMetrics(folder, { now: () => DAY_ONE_MS, readOnly: true })
  const query = async () => [
    await metrics.flows({ ...EVER, limit: 1e5 }),
    (await metrics.pointsAfter(0, 1e5)).map(point => ({ ...point, timeNs: `${point.timeNs}` })),
  ]
  // What one question has found out, the next one knows.
  await query()
  const rows = JSON.stringify(await query())
  await metrics.close()
  return { rows, isFound: metrics.notes.length > 0 }
}

function flip(path: string, at: number, bit: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
  writeFileSync(path, bytes)
}
