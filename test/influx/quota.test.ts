// Goal: where the store has to give up metrics that InfluxDB has not got, they are counted exactly, the books close at every
// moment, and findings all arrive (ledger L6).
// Method: a store that is much too small, and a server that does not answer; then it does.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isOutputClosed } from '../../src/model/output.ts'
import { event, folder, idOf, open } from '../store/stored.ts'
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

const KIB = 1024
const MS_MAX = 120_000
const EACH = 2_000
const FINDINGS = 50
const SMALL = { metrics: { bytesMax: 8 * 1024 * KIB, segmentBytes: 512 * KIB } }

test(
  'What expires before it could be sent is counted, each point of it',
  async () => {
    const path = folder()
    const store = await open(path, SMALL)
    const writer = new TestWriter()
    writer.says = () => answer(0, 'refused')
    const { exporter } = exporting(store, writer, join(path, 'dead-letters'))
    await put(store, pointsTo(EACH))
    await until(() => writer.requests.length > 0)
    let stored = EACH
    while (exporter.state().books.expired < 10 * EACH) {
      await put(store, pointsTo(EACH, stored))
      stored += EACH
      const { books } = exporter.state()
      expect(isOutputClosed(books)).toBe(true)
      // The books keep what is pending by what they are told; the store counts it.
      expect(books.pending).toBe(await store.countPointsAfter(0))
      expect(books.enqueued).toBe(stored)
    }
    for (let number = 1; number <= FINDINGS; number++)
      await store.record([event({ id: idOf(number) })])
    // It goes on while files go: what is under way then has arrived all the same.
    writer.says = () => TAKEN
    for (let turn = 0; turn < 5; turn++) {
      await put(store, pointsTo(EACH, stored))
      stored += EACH
    }
    expect(await everDrained(exporter)).toBe(true)
    const { books } = exporter.state()
    const points = [...writer.kept.values()].filter(({ measurement }) => measurement === 'mp_loss')
    expect(books).toEqual({
      ...{ enqueued: stored + FINDINGS, acked: points.length + FINDINGS, pending: 0 },
      ...{ deadLettered: 0, expired: stored - points.length },
    })
    expect(books.expired).toBeGreaterThanOrEqual(10 * EACH)
    expect(writer.kept.size - points.length).toBe(FINDINGS)
    expect(writer.again).toBe(0)
    expect(await store.cursor('influx:lab:points')).toBe(stored)
  },
  MS_MAX,
)

test(
  'What is under way when its file goes has arrived, and is not expired',
  async () => {
    const path = folder()
    const store = await open(path, SMALL)
    await put(store, pointsTo(EACH))
    const writer = new TestWriter()
    let letGo = () => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    writer.says = () => held.then(() => TAKEN)
    const { exporter } = exporting(store, writer, join(path, 'dead-letters'))
    await until(() => writer.requests.length === 1)
    let stored = EACH
    while (exporter.state().books.expired < EACH) {
      await put(store, pointsTo(EACH, stored))
      stored += EACH
    }
    letGo()
    expect(await everDrained(exporter)).toBe(true)
    const { books } = exporter.state()
    expect(books).toMatchObject({ enqueued: stored, acked: writer.kept.size, pending: 0 })
    expect(books.expired).toBe(stored - writer.kept.size)
  },
  MS_MAX,
)

test('What is missing since its file was damaged is found missing when it comes there', async () => {
  const path = folder()
  const store = await open(path)
  const writer = new TestWriter()
  writer.says = () => answer(0, 'refused')
  const { exporter } = exporting(store, writer, join(path, 'dead-letters'))
  store.add({ flows: [], points: pointsTo(100) }, 'replaced')
  await until(() => exporter.state().books.pending === 100 && writer.requests.length > 0)
  store.add({ flows: [], points: pointsTo(EACH * 4, 100) }, 'replaced as well')
  await until(() => exporter.state().books.pending === 100 + EACH * 4)
  expect(await store.removeRun('replaced as well')).toBe(EACH * 4)
  writer.says = () => TAKEN
  expect(await everDrained(exporter)).toBe(true)
  expect(exporter.state().books).toMatchObject({ enqueued: 100 + EACH * 4, pending: 0 })
  expect(exporter.state().books.acked).toBe(writer.kept.size)
})
