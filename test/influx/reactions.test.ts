// Goal: each answer of a server has the reaction of faults.md 3.4, and nothing is lost or doubled by any.
// Method: a server that answers as it is told, a real store, and a clock that waits for nobody.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { backOffMs } from '../../src/influx/reaction.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { event, folder, idOf, open } from '../store/stored.ts'
import { linesOf } from '../support/json-lines.ts'
import {
  answer,
  everDrained,
  exporting,
  pointsTo,
  put,
  TAKEN,
  TestWriter,
  until,
} from './exporting.ts'

/** Most of it is waiting for the disk. */
vi.setConfig({ testTimeout: 60_000 })

async function lab(points: number) {
  const path = folder()
  const store = await open(path)
  await put(store, pointsTo(points))
  return { store, writer: new TestWriter(), deadLetters: join(path, 'dead-letters') }
}

const isNumber = (point: InfluxPoint, number: number) => point.fields['lost'] === number

test('Everything is sent once, findings before metrics', async () => {
  const { store, writer, deadLetters } = await lab(12_000)
  await store.record([event({ id: idOf(1) }), event({ id: idOf(2) }, {}, { phase: 'close' })])
  const first: string[] = []
  writer.says = points => {
    first.push(points[0]?.measurement ?? '')
    return TAKEN
  }
  const { exporter, states } = exporting(store, writer, deadLetters)
  expect(await everDrained(exporter)).toBe(true)
  expect(writer.requests).toEqual([2, 5_000, 5_000, 2_000])
  expect(first[0]).toBe('mp_violation')
  expect([writer.kept.size, writer.again]).toEqual([12_002, 0])
  expect(exporter.state()).toMatchObject({
    ...{ name: 'lab', kind: 'influx', state: 'healthy', reason: null, retries: 0 },
    books: { enqueued: 12_002, acked: 12_002, pending: 0, deadLettered: 0, expired: 0 },
  })
  expect(states).toEqual([])
  expect(existsSync(deadLetters)).toBe(false)
})

test('What comes later is sent when it comes, and a second exporter goes on where the first was', async () => {
  const { store, writer, deadLetters } = await lab(10)
  const first = exporting(store, writer, deadLetters).exporter
  await everDrained(first)
  await put(store, pointsTo(5, 100))
  await everDrained(first)
  expect(first.state().books).toMatchObject({ enqueued: 15, acked: 15 })
  await first.stop(1_000)
  await put(store, pointsTo(3, 200))
  await store.record([event()])
  const second = exporting(store, writer, deadLetters).exporter
  await everDrained(second)
  expect(second.state().books).toMatchObject({ enqueued: 4, acked: 4 })
  expect([writer.kept.size, writer.again]).toEqual([19, 0])
})

test('A point that is refused among 5,000 is found with 26 further requests at most, and is a dead letter', async () => {
  for (const poison of [0, 2_499, 2_500, 4_999]) {
    const { store, writer, deadLetters } = await lab(5_000)
    writer.says = points =>
      points.some(point => isNumber(point, poison)) ? answer(400, 'field type conflict') : TAKEN
    const { exporter, states } = exporting(store, writer, deadLetters)
    expect(await everDrained(exporter)).toBe(true)
    expect(writer.requests.length - 1).toBeLessThanOrEqual(26)
    expect([writer.kept.size, states]).toEqual([4_999, []])
    expect(exporter.state().books).toMatchObject({ acked: 4_999, deadLettered: 1, pending: 0 })
    const [letter, ...others] = linesOf(join(deadLetters, 'influx-lab.jsonl'))
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      ...{ of: 'points', number: poison + 1, measurement: 'mp_loss', text: 'field type conflict' },
      line: expect.stringContaining(`lost=${poison}i`),
    })
  }
})

test('Where everything is refused nothing is a dead letter: it is held, told, and sent when it can be', async () => {
  const { store, writer, deadLetters } = await lab(7_000)
  writer.says = () => answer(400, 'max-values-per-tag limit exceeded (100000/100000)')
  const { exporter, states } = exporting(store, writer, deadLetters)
  expect(await everDrained(exporter)).toBe(false)
  expect(writer.requests.length).toBe(1 + 200)
  expect(states).toMatchObject([
    ['degraded', expect.stringMatching(/poisoned: .*max-values-per-tag/)],
  ])
  await until(() => writer.requests.length > 201 + 2 * 27)
  expect(exporter.state()).toMatchObject({
    ...{ state: 'degraded', books: { enqueued: 7_000, acked: 0, pending: 7_000, deadLettered: 0 } },
  })
  writer.says = () => TAKEN
  await until(() => writer.kept.size === 7_000)
  await everDrained(exporter)
  expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
  expect([writer.again, existsSync(deadLetters)]).toEqual([0, false])
})

test.each([1, 40])(
  'Where nothing of %i is taken, nor ever was, nothing is a dead letter',
  async count => {
    const { store, writer, deadLetters } = await lab(count)
    writer.says = () => answer(400, 'Client sent an HTTP request to an HTTPS server.')
    const { exporter, states } = exporting(store, writer, deadLetters)
    expect(await everDrained(exporter)).toBe(false)
    expect(states).toMatchObject([['degraded', expect.stringMatching(/poisoned: .*HTTPS server/)]])
    writer.says = () => TAKEN
    await until(() => exporter.state().books.acked === count)
    expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
    expect([writer.kept.size, writer.again, existsSync(deadLetters)]).toEqual([count, 0, false])
  },
)

test('A point that is refused alone is a dead letter where the server takes again what it took last', async () => {
  const { store, writer, deadLetters } = await lab(10)
  const { exporter, states } = exporting(store, writer, deadLetters)
  await everDrained(exporter)
  writer.says = points => (points.some(point => isNumber(point, 100)) ? answer(400, 'no') : TAKEN)
  await put(store, pointsTo(1, 100))
  expect(await everDrained(exporter)).toBe(true)
  expect([exporter.state().books.deadLettered, writer.again, states]).toEqual([1, 1, []])
  writer.says = () => answer(400, 'no')
  await put(store, pointsTo(1, 200))
  expect(await everDrained(exporter)).toBe(false)
  writer.says = () => TAKEN
  await until(() => exporter.state().books.pending === 0)
  expect(exporter.state().books).toMatchObject({ acked: 11, deadLettered: 1 })
})

test('A finding that is refused first of all holds up no metrics, and is a dead letter when they are taken', async () => {
  const { store, writer, deadLetters } = await lab(10)
  await store.record([event()])
  writer.says = ([first]) => (first?.measurement === 'mp_violation' ? answer(400, 'no') : TAKEN)
  const { exporter, states } = exporting(store, writer, deadLetters)
  await until(() => exporter.state().books.pending === 0 && writer.kept.size > 0)
  expect(exporter.state().books).toMatchObject({ acked: 10, deadLettered: 1 })
  expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
})

test('Twenty refused points among 5,000 are found in several goes, and all others are taken', async () => {
  const { store, writer, deadLetters } = await lab(5_000)
  const isBad = ({ fields }: InfluxPoint) => Number(fields['lost']) % 250 === 7
  writer.says = points => (points.some(isBad) ? answer(400, 'no') : TAKEN)
  const { exporter, states } = exporting(store, writer, deadLetters)
  await until(() => exporter.state().books.acked > 0)
  expect(exporter.state().books).toMatchObject({ acked: 4_980, deadLettered: 20 })
  expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
})

test.each([401, 403])(
  'After %i everything is held, and the secret is read anew every 30 s',
  async status => {
    const { store, writer, deadLetters } = await lab(10)
    writer.says = () => answer(status, 'authorization failed')
    const { exporter, states, clock } = exporting(store, writer, deadLetters)
    expect(await everDrained(exporter)).toBe(false)
    await until(() => writer.requests.length >= 3)
    expect(new Set(clock.slept)).toEqual(new Set([30_000]))
    expect(writer.forgotten).toBeGreaterThanOrEqual(2)
    expect(states).toMatchObject([['degraded', expect.stringContaining(`answers ${status}`)]])
    writer.says = () => TAKEN
    await until(() => writer.kept.size === 10)
    expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
    expect([writer.again, existsSync(deadLetters)]).toEqual([0, false])
  },
)

test('A missing database is made once, where it may be', async () => {
  const { store, writer, deadLetters } = await lab(10)
  writer.says = () => (writer.created > 0 ? TAKEN : answer(404, 'database not found'))
  const config = { name: 'lab', mayCreate: true }
  const { exporter, states } = exporting(store, writer, deadLetters, { config })
  expect(await everDrained(exporter)).toBe(true)
  expect([writer.created, writer.kept.size, states]).toEqual([1, 10, []])
})

test.each([true, false])(
  'A database that cannot be made is waited for (mayCreate %s)',
  async mayCreate => {
    const { store, writer, deadLetters } = await lab(10)
    writer.canCreate = false
    writer.says = () => answer(404, 'database not found')
    const config = { name: 'lab', mayCreate }
    const { exporter, states } = exporting(store, writer, deadLetters, { config })
    expect(await everDrained(exporter)).toBe(false)
    await until(() => writer.requests.length >= 4)
    expect(writer.created).toBe(mayCreate ? 1 : 0)
    expect(states).toMatchObject([['degraded', expect.stringContaining('export influx --setup')]])
    writer.says = () => TAKEN
    await until(() => writer.kept.size === 10)
  },
)

test('After 413 less is sent for good; a single point that is too large is a dead letter and halves nothing', async () => {
  const { store, writer, deadLetters } = await lab(10_000)
  writer.says = points => (points.length > 1_300 ? answer(413, 'too large') : TAKEN)
  const { exporter } = exporting(store, writer, deadLetters)
  await everDrained(exporter)
  const [first, second, ...others] = writer.requests
  expect([first, second]).toEqual([5_000, expect.closeTo(2_500, -2)])
  expect(Math.max(...others)).toBeLessThanOrEqual(1_300)
  expect(others.length).toBeLessThan(12)
  writer.says = points => (points.some(point => isNumber(point, 10_500)) ? answer(413) : TAKEN)
  await put(store, pointsTo(3_000, 10_000))
  await everDrained(exporter)
  expect(exporter.state().books).toMatchObject({ acked: 12_999, deadLettered: 1, pending: 0 })
  expect(Math.max(...writer.requests.slice(-3))).toBeGreaterThan(1_000)
  expect([writer.kept.size, writer.again]).toEqual([12_999, 0])
})

test.each([429, 500, 503, 0, 302])(
  'After %i it waits longer and longer, tells it within 30 s, and goes on',
  async status => {
    const { store, writer, deadLetters } = await lab(10)
    writer.says = () => answer(status, 'come back later')
    const { exporter, states, clock } = exporting(store, writer, deadLetters)
    await until(() => writer.requests.length >= 9)
    expect(clock.slept.slice(0, 9)).toEqual([
      ...[500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000],
    ])
    expect(states).toMatchObject([['degraded', expect.stringContaining('come back later')]])
    writer.says = () => TAKEN
    expect(await everDrained(exporter)).toBe(true)
    expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
    expect(exporter.state()).toMatchObject({ state: 'healthy', books: { acked: 10 } })
  },
)

test('What fails for a moment is nothing to tell', async () => {
  const { store, writer, deadLetters } = await lab(10)
  writer.says = () => (writer.requests.length < 3 ? answer(503) : TAKEN)
  const { exporter, states } = exporting(store, writer, deadLetters)
  await everDrained(exporter)
  expect([states, exporter.state().retries]).toEqual([[], 2])
})

test('Waiting is spread, bounded, and never shorter than the server asked for', () => {
  const after = (tries: number, retryAfterMs: number | null, random = 1) =>
    backOffMs(tries, answer(503, '', retryAfterMs), () => random)
  expect([after(1, null), after(1, null, 0.5), after(99_999, null)]).toEqual([500, 250, 30_000])
  expect([after(1, 7_000), after(9, 7_000), after(1, 3_600_000)]).toEqual([7_000, 30_000, 300_000])
})

test('When it is stopped, what is under way may end, and the rest stays in the store', async () => {
  const { store, writer, deadLetters } = await lab(6_000)
  let letGo = () => {}
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  writer.says = () => held.then(() => TAKEN)
  const { exporter } = exporting(store, writer, deadLetters)
  await until(() => writer.requests.length === 1)
  const stopped = exporter.stop(60_000)
  letGo()
  await stopped
  expect(exporter.state().books).toMatchObject({ enqueued: 6_000, acked: 5_000, pending: 1_000 })
  expect(await store.cursor('influx:lab:points')).toBe(5_000)
  expect(await everDrained(exporter)).toBe(false)
})

test('What answers only when it is over is not taken into account', async () => {
  const { store, writer, deadLetters } = await lab(10)
  let letGo = () => {}
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  writer.says = () => held.then(() => TAKEN)
  const { exporter } = exporting(store, writer, deadLetters)
  await until(() => writer.requests.length === 1)
  await exporter.stop(10)
  letGo()
  await until(() => writer.kept.size === 10)
  expect(exporter.state().books).toMatchObject({ enqueued: 10, acked: 0, pending: 10 })
  expect(await store.cursor('influx:lab:points')).toBe(0)
})
