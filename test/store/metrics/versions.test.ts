// Goal: files of an earlier version are read with what they have, and those of a later one are left alone.

import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { DAY_ONE_MS, EVER, filesIn, filled, flowAt, metricsIn, temporaryFolder } from './rows.ts'

test('what an earlier version did not keep is null, zero or nothing', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 3)
  await change(folder, [
    'update meta set schema_version = 0',
    'alter table flows drop column app',
    'alter table flows drop column bytes_to_client',
    'alter table mp_loss drop column judged',
    'drop table mp_rtp',
  ])
  const { metrics } = await metricsIn(folder)
  expect(metrics.notes).toEqual([])
  metrics.add({ flows: [flowAt(DAY_ONE_MS + 5000)], points: [] })
  await metrics.flush()
  const flows = await metrics.flows({ ...EVER, limit: 9 })
  expect(flows.map(({ app, bytesToClient }) => [app, bytesToClient])).toEqual([
    ...[1, 2, 3].map(() => [null, 0]),
    ['http', 4000],
  ])
  expect((await metrics.pointsAfter(0, 1))[0]?.fields).toEqual({
    ...{ expected: 1000, lost: 3, loss_pct: 0.3 },
  })
  expect(await metrics.points({ ...EVER, measurement: 'mp_rtp', limit: 9 })).toEqual([])
  // It is not written any more.
  expect(filesIn(folder)).toEqual(['000001.duckdb', '000002.duckdb', '000002.duckdb.wal'])
})

test('a file from before a measurement existed is left as it is, and what is new goes into another', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 3)
  await change(folder, [
    'update meta set schema_version = 1',
    ...['mp_gwsim', 'mp_failover'].map(name => `drop table ${name}`),
  ])
  const { metrics } = await metricsIn(folder)
  const point = {
    measurement: 'mp_gwsim',
    tags: { site: 'hq', sensor: 'core-span', node: 'web-1' },
    fields: { state: 2, state_name: 'reverse' },
    timeUs: (DAY_ONE_MS + 5000) * 1000,
  } as const
  metrics.add({ flows: [], points: [point] })
  await metrics.flush()
  expect(metrics.notes).toEqual([])
  expect(await metrics.points({ ...EVER, measurement: 'mp_gwsim', limit: 9 })).toMatchObject([
    point,
  ])
  expect(await metrics.flows({ ...EVER, limit: 9 })).toHaveLength(3)
  expect(filesIn(folder)).toEqual(['000001.duckdb', '000002.duckdb', '000002.duckdb.wal'])
})

test('a file from before a field existed is read without it, and what is new has it in another', async () => {
  const folder = temporaryFolder()
  const pointAt = (timeMs: number) => ({
    ...{ measurement: 'mp_sensor' as const, timeUs: timeMs * 1000 },
    tags: { site: 'hq', sensor: 'all', iface: 'all' },
    fields: { pkts: 3, export_queue: 7, export_dropped: 1 },
  })
  const first = await metricsIn(folder)
  first.metrics.add({ flows: [], points: [pointAt(DAY_ONE_MS)] })
  await first.metrics.close()
  await change(folder, [
    'update meta set schema_version = 2',
    ...['export_queue', 'export_dropped'].map(name => `alter table mp_sensor drop column ${name}`),
  ])
  const { metrics } = await metricsIn(folder)
  metrics.add({ flows: [], points: [pointAt(DAY_ONE_MS + 5000)] })
  await metrics.flush()
  const points = await metrics.points({ ...EVER, measurement: 'mp_sensor', limit: 9 })
  expect(points.map(({ fields }) => fields)).toEqual([
    { pkts: 3 },
    { pkts: 3, export_queue: 7, export_dropped: 1 },
  ])
})

test('a file of a later version stops the start, with what to do about it', async () => {
  const folder = temporaryFolder()
  await filled(folder, 1, 3)
  await change(folder, ['update meta set schema_version = 99'])
  await expect(metricsIn(folder)).rejects.toThrow(
    /000001\.duckdb: a later version of mpwatch wrote this\. Use that version, or move/,
  )
  expect(filesIn(folder)).toEqual(['000001.duckdb'])
})

async function change(folder: string, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(join(folder, '000001.duckdb'))
  const connection = await instance.connect()
  for (const statement of statements) await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
}
