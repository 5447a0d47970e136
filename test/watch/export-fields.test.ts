// Goal: the monitor's own point says what waits for the InfluxDBs and what was given up, each of these once.

import { expect, test } from 'vitest'
import type { Point } from '../../src/model/live.ts'
import type { OutputState } from '../../src/model/output.ts'
import { ExportFields } from '../../src/watch/export-fields.ts'

const point = (iface: string): Point => ({
  ...{ measurement: 'mp_sensor', tags: { site: 'hq', sensor: 'all', iface }, timeUs: 0 },
  fields: { pkts: 1 },
})

const output = (kind: OutputState['kind'], pending: number, gone = 0): OutputState => ({
  ...{ name: kind, kind, where: '', state: 'healthy', reason: null, lastMs: null, retries: 0 },
  books: { enqueued: pending + 2 * gone, acked: 0, pending, deadLettered: gone, expired: gone },
})

const fieldsOf = (points: readonly Point[]) => points.map(({ fields }) => fields)

test('of all InfluxDBs together, and of no route of alerts', () => {
  const outputs = [output('influx', 5, 1), output('influx', 7), output('route', 100, 100)]
  expect(fieldsOf(new ExportFields().added([point('eth0'), point('all')], outputs))).toEqual([
    { pkts: 1 },
    { pkts: 1, export_queue: 12, export_dropped: 2 },
  ])
})

test('what was given up is told once, whoever tells it', () => {
  const fields = new ExportFields()
  const told = (gone: number, count = 1) =>
    fieldsOf(fields.added(Array(count).fill(point('all')), [output('influx', 0, gone)])).map(
      each => each['export_dropped'],
    )
  expect([told(3, 2), told(3), told(2), told(4)]).toEqual([[6, 0], [0], [0], [2]])
  fields.added([], [output('influx', 0, 9)])
  expect(told(10)).toEqual([12])
})

test('without an InfluxDB the points stay as they are', () => {
  const points = [point('all')]
  expect(new ExportFields().added(points, [output('route', 1)])).toBe(points)
})
