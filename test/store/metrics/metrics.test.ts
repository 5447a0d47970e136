// Goal: what is added is found again, once, in order, under numbers that are never used twice.

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Point } from '../../../src/model/live.ts'
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

const POINTS: readonly Point[] = [
  pointAt(DAY_ONE_MS),
  pointAt(DAY_ONE_MS, {
    measurement: 'mp_flow',
    tags: { site: 'hq', sensor: 'core', row: 'I-12', verdict: 'permitted', l4: 'tcp/5003' },
    fields: { flows: 3, bytes_ab: 2 ** 40 },
  }),
  pointAt(DAY_ONE_MS, {
    measurement: 'mp_coverage',
    tags: { site: 'hq', sensor: 'core', statement: 'I-12' },
    fields: { state: 2, state_name: 'kept', last_seen: '2026-03-02T00:00:00Z', flows: 9 },
  }),
  pointAt(DAY_ONE_MS, {
    measurement: 'mp_clock',
    tags: { site: 'hq', sensor: 'core', pair: 'web-1 app-a', method: 'ntp' },
    fields: { offset_ms: -1.25, stratum: 3 },
  }),
]

test('a flow is found as it was added, whatever is null in it', async () => {
  const { metrics } = await metricsIn(temporaryFolder())
  const flows = [
    flowAt(DAY_ONE_MS),
    flowAt(DAY_ONE_MS + 1, {
      ...{ vlan: 7, reason: 'over_exposed', row: null, app: null, verdict: 'escaped' },
      bytesToClient: 2 ** 45,
    }),
  ]
  metrics.add({ flows, points: [] })
  await metrics.flush()
  expect(await metrics.flows({ ...EVER, limit: 10 })).toEqual(flows)
})

test('points of each measurement are found as they were added', async () => {
  const { metrics } = await metricsIn(temporaryFolder())
  metrics.add({ flows: [flowAt(DAY_ONE_MS)], points: POINTS })
  await metrics.flush()
  const found = await metrics.pointsAfter(0, 10)
  expect(found.map(({ number, timeNs, ...point }) => point)).toEqual(POINTS)
  expect(found.map(({ number }) => number)).toEqual([2, 3, 4, 5])
  expect(await metrics.points({ ...EVER, measurement: 'mp_clock', limit: 10 })).toEqual([found[3]])
})

test('a file is one of a row, and its day ends it', async () => {
  const folder = temporaryFolder()
  const { metrics, clock } = await metricsIn(folder)
  for (const day of [0, 1, 1, 2]) {
    clock.ms = DAY_ONE_MS + day * DAY_MS
    metrics.add({ flows: [flowAt(clock.ms)], points: [] })
    await metrics.flush()
  }
  await metrics.close()
  const names = ['000001.duckdb', '000002.duckdb', '000003.duckdb']
  expect(filesIn(folder)).toEqual(names)
})

test('a period and a limit give the first rows of it, over all files, by time', async () => {
  const folder = temporaryFolder()
  await filled(folder, 3, 20)
  const { metrics } = await metricsIn(folder, { clock: { ms: DAY_ONE_MS + 2 * DAY_MS } })
  // What was captured first came last, into the last file.
  metrics.add({ flows: [flowAt(DAY_ONE_MS - 5000)], points: [] })
  await metrics.flush()
  const times = async (fromMs: number, toMs: number, limit: number) =>
    (await metrics.flows({ fromMs, toMs, limit })).map(({ firstUs }) => firstUs / 1000 - DAY_ONE_MS)
  expect(await times(EVER.fromMs, EVER.toMs, 3)).toEqual([-5000, 0, 10])
  expect(await times(DAY_ONE_MS + DAY_MS + 190, EVER.toMs, 2)).toEqual([DAY_MS, DAY_MS + 10])
  expect(await times(DAY_ONE_MS + 1000, DAY_ONE_MS + DAY_MS + 1, 9)).toEqual([DAY_MS])
  expect(await times(DAY_ONE_MS + 2 * DAY_MS + 440, EVER.toMs, 9)).toEqual([2 * DAY_MS + 190])
})

test('a query may name verdicts and rows', async () => {
  const { metrics } = await metricsIn(temporaryFolder())
  const verdicts = ['permitted', 'escaped', 'misdropped'] as const
  const flows = verdicts.flatMap(verdict =>
    ['I-1', "O'2"].map(row => flowAt(DAY_ONE_MS, { verdict, row })),
  )
  metrics.add({ flows, points: [] })
  await metrics.flush()
  const found = async (query: object) =>
    (await metrics.flows({ ...EVER, limit: 9, ...query })).map(
      ({ verdict, row }) => `${verdict} ${row}`,
    )
  expect(await found({ verdicts: ['escaped', 'misdropped'], rows: ["O'2"] })).toEqual([
    "escaped O'2",
    "misdropped O'2",
  ])
  expect(await found({ verdicts: [] })).toEqual([])
  expect(await found({ rows: ['I-1'] })).toHaveLength(3)
})

test('points of a series within a microsecond are told apart, after a restart too', async () => {
  const folder = temporaryFolder()
  const places: number[] = []
  for (const _ of [1, 2]) {
    const { metrics } = await metricsIn(folder)
    for (const _ of [1, 2]) {
      metrics.add({ flows: [], points: [pointAt(DAY_ONE_MS), pointAt(DAY_ONE_MS + 1)] })
      await metrics.flush()
    }
    const found = await metrics.points({ ...EVER, measurement: 'mp_loss', limit: 99 })
    places.push(...found.map(({ timeNs }) => Number(timeNs % 1000n)))
    await metrics.close()
  }
  expect(places).toEqual([0, 1, 0, 1, 0, 1, 2, 3, 0, 1, 2, 3])
})

test('numbers go on over restarts and files', async () => {
  const folder = temporaryFolder()
  await filled(folder, 2, 5)
  await filled(folder, 2, 5)
  const { metrics } = await metricsIn(folder)
  const all = await metrics.pointsAfter(0, 100)
  const expected = [0, 10, 20, 30].flatMap(start => [6, 7, 8, 9, 10].map(at => start + at))
  expect(all.map(({ number }) => number)).toEqual(expected)
  expect((await metrics.pointsAfter(17, 4)).map(({ number }) => number)).toEqual([18, 19, 20, 26])
})

test('a point that its measurement has no place for is lost, and said to be', async () => {
  const { metrics, lost } = await metricsIn(temporaryFolder())
  const tagged = pointAt(DAY_ONE_MS, { tags: { site: 'hq', colour: 'red' } })
  const typed = pointAt(DAY_ONE_MS, { fields: { lost: 'three' } })
  metrics.add({ flows: [], points: [tagged, pointAt(DAY_ONE_MS), typed] })
  await metrics.flush()
  expect(lost).toEqual([
    [1, 'mp_loss has no tag colour'],
    [1, 'mp_loss has no field lost of that type'],
  ])
  expect(metrics.health().rows).toEqual({ offered: 3, stored: 1, waiting: 0, lost: 2 })
})

test('numbers that are none, and parts of packets, do not keep a row from being stored', async () => {
  const { metrics } = await metricsIn(temporaryFolder())
  const fields = { lost: Number.NaN, expected: 2.4, loss_pct: Number.POSITIVE_INFINITY }
  metrics.add({ flows: [], points: [pointAt(DAY_ONE_MS, { fields })] })
  await metrics.flush()
  expect((await metrics.pointsAfter(0, 1))[0]?.fields).toEqual({ expected: 2 })
})

test('the rows of an audit can be taken out again, and nothing else goes with them', async () => {
  const folder = temporaryFolder()
  const first = await metricsIn(folder)
  for (const run of ['audit-1', null, 'audit-2']) {
    first.metrics.add({ flows: [flowAt(first.clock.ms)], points: [pointAt(first.clock.ms)] }, run)
    await first.metrics.flush()
    first.clock.ms += DAY_MS
  }
  expect(await first.metrics.removeRun('audit-1')).toBe(2)
  expect(isClosed(first.metrics)).toBe(true)
  await first.metrics.close()
  const { metrics } = await metricsIn(folder)
  expect(await metrics.flows({ ...EVER, limit: 9 })).toHaveLength(2)
  expect((await metrics.pointsAfter(0, 9)).map(({ number }) => number)).toEqual([4, 6])
  expect(metrics.health().oldestMs).toBe(DAY_ONE_MS + DAY_MS)
})

test('whoever only reads changes nothing', async () => {
  const folder = temporaryFolder()
  await filled(folder, 2, 5)
  const before = readdirSync(folder)
  const { metrics } = await metricsIn(folder, { readOnly: true })
  metrics.add({ flows: [flowAt(DAY_ONE_MS)], points: [] })
  expect(await metrics.flows({ ...EVER, limit: 99 })).toHaveLength(10)
  expect(metrics.health().rows).toEqual({ offered: 1, stored: 0, waiting: 0, lost: 1 })
  await metrics.close()
  expect(readdirSync(folder)).toEqual(before)
})

test('a question is answered while rows are written, and counts none of them twice', async () => {
  const { metrics } = await metricsIn(temporaryFolder())
  const seen: number[] = []
  for (let turn = 1; turn <= 10; turn++) {
    const flows = Array.from({ length: 500 }, (_, at) => flowAt(DAY_ONE_MS + turn * 1000 + at))
    metrics.add({ flows, points: [] })
    const [found] = await Promise.all([metrics.flows({ ...EVER, limit: 1e6 }), metrics.flush()])
    seen.push(found.length)
  }
  expect(seen.every((count, at) => count % 500 === 0 && count <= (at + 1) * 500)).toBe(true)
  expect(await metrics.flows({ ...EVER, limit: 1e6 })).toHaveLength(5_000)
})
