// Goal: rows go by whole files, the oldest first, by when they were written and by what they take up.

import { createHash } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  DAY_MS,
  DAY_ONE_MS,
  EVER,
  filesIn,
  filled,
  flowAt,
  metricsIn,
  temporaryFolder,
} from './rows.ts'

const KIB = 1024
/** Most of it is waiting for the disk, which others use as well. */
const SLOW_MS = 60_000

test('rows go when they were written longer ago than is asked for', async () => {
  const folder = temporaryFolder()
  await filled(folder, 10, 5)
  const clock = { ms: DAY_ONE_MS + 12 * DAY_MS }
  const { metrics, lost } = await metricsIn(folder, { clock, daysMax: 5 })
  // Files of six days have an end; that of the last one has not.
  expect(metrics.health()).toMatchObject({ files: 4, expired: 60 })
  expect(metrics.health().oldestMs).toBe(DAY_ONE_MS + 6 * DAY_MS)
  expect(lost).toEqual([])
})

test('when packets say they were captured is of no matter', async () => {
  const { metrics } = await metricsIn(temporaryFolder(), { daysMax: 5 })
  const years = [-10, 10].map(year => flowAt(DAY_ONE_MS + year * 365 * DAY_MS))
  metrics.add({ flows: [flowAt(DAY_ONE_MS), ...years], points: [] })
  await metrics.flush()
  expect(metrics.health()).toMatchObject({ files: 1, expired: 0 })
  expect(await metrics.flows({ ...EVER, limit: 9 })).toHaveLength(3)
})

test('a clock that was put back takes nothing away', async () => {
  const folder = temporaryFolder()
  await filled(folder, 3, 5)
  const clock = { ms: DAY_ONE_MS - 3650 * DAY_MS }
  const { metrics } = await metricsIn(folder, { clock, daysMax: 1 })
  metrics.add({ flows: [flowAt(clock.ms)], points: [] })
  await metrics.flush()
  expect(metrics.health()).toMatchObject({ files: 4, expired: 0 })
})

test(
  'all files together take up no more than is asked for, at any moment',
  async () => {
    const folder = temporaryFolder()
    const bytesMax = 8192 * KIB
    const { metrics, clock } = await metricsIn(folder, { bytesMax, segmentBytes: 1024 * KIB })
    const taken = () =>
      filesIn(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    const sizes: number[] = []
    for (let turn = 0; turn < 40; turn++) {
      clock.ms += 1000
      const flows = Array.from({ length: 500 }, (_, at) =>
        flowAt(clock.ms, { reason: incompressible(turn * 500 + at) }),
      )
      metrics.add({ flows, points: [] })
      await metrics.flush()
      sizes.push(taken())
    }
    const health = metrics.health()
    expect(Math.max(...sizes)).toBeLessThanOrEqual(bytesMax)
    expect(Math.max(...sizes)).toBeGreaterThan(bytesMax / 2)
    expect(health.bytes).toBe(taken())
    expect(health.rows).toEqual({ offered: 20_000, stored: 20_000, waiting: 0, lost: 0 })
    expect(health.expired).toBeGreaterThan(0)
    expect((await metrics.flows({ ...EVER, limit: 1e6 })).length).toBe(20_000 - health.expired)
  },
  SLOW_MS,
)

test('what gives way to findings is the oldest file, at last the one that is written', async () => {
  const folder = temporaryFolder()
  await filled(folder, 2, 5)
  const { metrics, clock, lost } = await metricsIn(folder)
  clock.ms = DAY_ONE_MS + DAY_MS
  metrics.add({ flows: [flowAt(clock.ms), flowAt(clock.ms)], points: [] })
  await metrics.flush()
  const why = 'gave way to what must be kept'
  expect(await metrics.sacrifice()).toBe(true)
  expect(lost.splice(0)).toEqual([[10, why]])
  expect(await metrics.sacrifice()).toBe(true)
  expect(lost.splice(0)).toEqual([
    [10, why],
    [2, why],
  ])
  expect(await metrics.sacrifice()).toBe(false)
  expect(metrics.health()).toMatchObject({
    rows: { offered: 2, stored: 0, waiting: 0, lost: 2 },
    lostOfEarlier: 20,
  })

  metrics.add({ flows: [flowAt(clock.ms)], points: [] })
  await metrics.flush()
  expect(metrics.health().lastNumber).toBe(23)
  expect(filesIn(folder)).toEqual(['000003.duckdb', '000003.duckdb.wal'])
})

test('numbers are not used again where the process ends when all was given up', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 5)
  const { metrics } = await metricsIn(folder)
  await metrics.sacrifice()
  await metrics.close()
  // Should the mark beside the files be lost as well.
  rmSync(join(folder, 'last-number'), { force: true })
  const again = await metricsIn(folder)
  again.metrics.add({ flows: [flowAt(DAY_ONE_MS)], points: [] })
  await again.metrics.flush()
  expect(again.metrics.health().lastNumber).toBeGreaterThan(10)
  expect(filesIn(folder)).toEqual(['000002.duckdb', '000002.duckdb.wal'])
})

/** 512 characters, different for each number. */
const incompressible = (number: number): string =>
  [1, 2, 3, 4].map(part => createHash('sha512').update(`${number} ${part}`).digest('hex')).join('')
