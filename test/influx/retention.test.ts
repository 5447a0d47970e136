// Goal: what is older than the database keeps anything is neither poison nor a dead letter: it is told apart from all the
// rest by its age, with few requests, and the books close.
// Method: points of long ago and of now, mixed, into a real influxd that keeps a day; and into servers that say it in other
// words, among refusals for other reasons, or change their mind.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { openWriter } from '../../src/influx/open-writer.ts'
import type { Answer, InfluxPoint } from '../../src/influx/writer.ts'
import type { Point } from '../../src/model/live.ts'
import { isOutputClosed } from '../../src/model/output.ts'
import { event, folder, idOf, open } from '../store/stored.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { linesOf } from '../support/json-lines.ts'
import { influxConfig } from './configs.ts'
import { answer, everDrained, exporting, pointsTo, put, TAKEN, TestWriter } from './exporting.ts'

/** Most of it is waiting for the disk. */
vi.setConfig({ testTimeout: 120_000 })

const MINUTE_US = 60_000_000
const DAY_US = 24 * 60 * MINUTE_US
const DROPPED = 'partial write: points beyond retention policy dropped=7'
const TOO_OLD = answer(400, DROPPED)

/** So many points of the last hour and so many of the days before yesterday, as `order` mixes them. */
function mixed(young: number, old: number, order: 'shuffled' | 'old first' | 'young first') {
  const nowUs = Date.now() * 1_000
  const at = (index: number, count: number, firstUs: number, lengthUs: number) =>
    firstUs + Math.floor((index * lengthUs) / count)
  const ages = [
    ...Array.from({ length: young }, (_, index) => at(index, young, nowUs - 3.6e9, 3e9)),
    ...Array.from({ length: old }, (_, index) => at(index, old, nowUs - 9 * DAY_US, 7 * DAY_US)),
  ]
  const times =
    order === 'shuffled' ? shuffled(ages) : order === 'old first' ? ages.reverse() : ages
  const isYoung = (timeUs: number) => timeUs > nowUs - DAY_US
  const points = pointsTo(times.length).map(
    (point, index): Point => ({ ...point, timeUs: times[index] ?? 0 }),
  )
  return { points, isYoung, good: points.filter(({ timeUs }) => isYoung(timeUs)) }
}

function shuffled(times: readonly number[]): readonly number[] {
  const draw = seeded(3)
  return times
    .map(time => ({ time, at: draw() }))
    .sort((left, right) => left.at - right.at)
    .map(({ time }) => time)
}

async function lab(points: readonly Point[]) {
  const path = folder()
  const store = await open(path)
  await put(store, points)
  const lost: (readonly [what: string, count: number, why: string])[] = []
  const onLost = (...told: readonly [string, number, string]) => void lost.push(told)
  return { store, lost, onLost, deadLetters: join(path, 'dead-letters') }
}

describe.runIf(hasInfluxd)('a database that keeps a day', () => {
  test.for(['shuffled', 'old first', 'young first'] as const)(
    'takes what is young enough, once, and the rest has expired (%s)',
    async order => {
      const influxd = await Influxd.begin()
      await influxd.query('CREATE DATABASE mpwatch WITH DURATION 1d')
      const [young, old] = [9_000, 13_000]
      const { points, good } = mixed(young, old, order)
      const { store, lost, onLost, deadLetters } = await lab(points)
      // Of both kinds, as entries are.
      await store.record([event({ id: idOf(1) })])
      const real = openWriter(influxConfig(influxd.url), async () => null)
      let requests = 0
      const writer = {
        ...{ where: real.where, createDatabase: () => real.createDatabase() },
        ...{ forgetSecret: () => real.forgetSecret(), close: () => real.close() },
        write: (sent: readonly InfluxPoint[]): Promise<Answer> => {
          requests++
          return real.write(sent)
        },
      }
      const { exporter, states } = exporting(store, writer, deadLetters, { onLost })
      expect(await everDrained(exporter)).toBe(true)
      const { books } = exporter.state()
      expect(books).toEqual({
        ...{ enqueued: young + old + 1, acked: young, pending: 0, deadLettered: 0 },
        expired: old + 1,
      })
      const batches = Math.ceil((young + old) / 5_000)
      expect(requests).toBeLessThanOrEqual(3 + batches + 15 * (batches + 1))
      expect([existsSync(deadLetters), states]).toEqual([false, []])
      expect(lost).toEqual([
        ['points for influx-lab', old + 1, expect.stringContaining('retention policy')],
      ])
      await influxd.signal('SIGTERM')
      await influxd.start()
      const series = await influxd.query('SELECT "lost" FROM "mp_loss" GROUP BY *', 'mpwatch')
      const there = series.flatMap(({ values }) => values.map(([, value]) => Number(value)))
      expect(there.toSorted((a, b) => a - b)).toEqual(good.map(({ fields }) => fields['lost']))
      expect(exporter.tooOld).toBe(old + 1)
      process.stderr.write(
        `${order}: ${young} young and ${old + 1} old, ${there.length} stored, ${books.expired} expired, ${requests} requests\n`,
      )
    },
  )
})

/** Refuses with those words whatever is older than that. */
const keepingFrom = (firstUs: number, said: Answer) => (points: readonly InfluxPoint[]) =>
  points.some(({ timeNs }) => timeNs < BigInt(firstUs) * 1000n) ? said : TAKEN

test.each([
  [400, 'partial write: points beyond Retention Policy dropped=0'],
  [
    422,
    'failure writing points to database: partial write: points beyond retention policy dropped=1',
  ],
  [400, 'write dropped some points: outside retention policy 24h0m0s'],
  [422, 'unprocessable entity: outside retention policy'],
])('It is the same in the words of any version: %i, %s', async (status, text) => {
  const { points, good } = mixed(2_000, 3_000, 'shuffled')
  const { store, deadLetters, onLost } = await lab(points)
  const writer = new TestWriter()
  writer.says = keepingFrom(Math.min(...good.map(({ timeUs }) => timeUs)), answer(status, text))
  const { exporter, states } = exporting(store, writer, deadLetters, { onLost })
  expect(await everDrained(exporter)).toBe(true)
  expect(exporter.state().books).toMatchObject({ acked: 2_000, expired: 3_000, deadLettered: 0 })
  expect([writer.kept.size, states]).toEqual([2_000, []])
  // The batch, the search for the newest that is too old, and what is left of the batch.
  expect(writer.requests.length).toBeLessThanOrEqual(1 + 14 + 1)
})

test('Old points beside one that is refused for its type: the one is a dead letter, the old have expired', async () => {
  for (const isFirst of [true, false]) {
    const { points, good } = mixed(2_500, 2_500, 'shuffled')
    const poison = good[1_234]?.fields['lost']
    const { store, deadLetters, onLost } = await lab(points)
    const keeps = keepingFrom(Math.min(...good.map(({ timeUs }) => timeUs)), TOO_OLD)
    const writer = new TestWriter()
    writer.says = sent => {
      const isBad = sent.some(({ fields }) => fields['lost'] === poison)
      const said = keeps(sent)
      // Which of two reasons a server names is its own affair.
      return isBad && (isFirst || said === TAKEN) ? answer(400, 'field type conflict') : said
    }
    const { exporter, states } = exporting(store, writer, deadLetters, { onLost })
    expect(await everDrained(exporter)).toBe(true)
    expect(exporter.state().books).toMatchObject({
      ...{ enqueued: 5_000, acked: 2_499, expired: 2_500, deadLettered: 1, pending: 0 },
    })
    expect([writer.kept.size, states]).toEqual([2_499, []])
    expect(writer.requests.length).toBeLessThanOrEqual(70)
    expect(linesOf(join(deadLetters, 'influx-lab.jsonl'))).toMatchObject([
      { text: 'field type conflict' },
    ])
  }
})

test('Where everything is too old two requests a batch tell it, and nothing is held', async () => {
  const { points } = mixed(0, 20_000, 'shuffled')
  const { store, deadLetters, lost, onLost } = await lab(points)
  const writer = new TestWriter()
  writer.says = () => TOO_OLD
  const { exporter, states } = exporting(store, writer, deadLetters, { onLost })
  expect(await everDrained(exporter)).toBe(true)
  const { books } = exporter.state()
  expect(books).toMatchObject({ enqueued: 20_000, acked: 0, expired: 20_000, deadLettered: 0 })
  expect(isOutputClosed(books)).toBe(true)
  expect(writer.requests.length).toBeLessThanOrEqual(4 * 2)
  expect([states, lost.length]).toEqual([[], 1])
  await put(store, points.slice(0, 10))
  await everDrained(exporter)
  // Those are known to be too old, and it is said once.
  expect([exporter.state().books.expired, lost.length]).toEqual([20_010, 1])
  expect(writer.requests.length).toBeLessThanOrEqual(4 * 2)
})

test('A database that comes to keep more has what is stored after that', async () => {
  const { points } = mixed(0, 100, 'old first')
  const { store, deadLetters, onLost } = await lab(points)
  const writer = new TestWriter()
  writer.says = () => TOO_OLD
  const { exporter, clock } = exporting(store, writer, deadLetters, { onLost })
  await everDrained(exporter)
  writer.says = () => TAKEN
  clock.ms += 60_000
  await put(store, points.slice(0, 10))
  await everDrained(exporter)
  expect(exporter.state().books).toMatchObject({ enqueued: 110, acked: 10, expired: 100 })
})

test('A server that names that reason for a whole batch, and for none of its points, has each of them', async () => {
  const { store, deadLetters, onLost } = await lab(pointsTo(64))
  const writer = new TestWriter()
  writer.says = sent => (sent.length > 1 ? TOO_OLD : TAKEN)
  const { exporter } = exporting(store, writer, deadLetters, { onLost })
  expect(await everDrained(exporter)).toBe(true)
  expect(exporter.state().books).toMatchObject({ acked: 64, expired: 0, deadLettered: 0 })
  expect(writer.kept.size).toBe(64)
})
