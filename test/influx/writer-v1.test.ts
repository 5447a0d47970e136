// Goal: what the writer of version 1 says is what a real InfluxDB 1.x did, and what it was told to write is there once.

import { describe, expect, test } from 'vitest'
import { cleanPoint } from '../../src/influx/line-protocol.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { HOSTILE } from '../support/hostile.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { pointsOf, writerFor } from './writers.ts'

const POINTS = 5_000

describe.runIf(hasInfluxd)('InfluxDB 1.x', () => {
  test('a database that is missing is made, and points written twice are there once', async () => {
    const influxd = await Influxd.begin()
    const writer = writerFor({ url: influxd.url, database: 'a "b"' })
    const missing = await writer.write(pointsOf(1))
    expect(missing).toEqual({
      ...{ status: 404, retryAfterMs: null },
      text: expect.stringContaining('database not found'),
    })
    expect(await writer.createDatabase()).toBe(true)
    expect(await writer.createDatabase()).toBe(true)
    for (let tries = 0; tries < 2; tries++)
      expect(await writer.write(pointsOf(POINTS))).toMatchObject({ status: 204, text: '' })
    await influxd.signal('SIGTERM')
    await influxd.start()
    expect(await influxd.count('a "b"', 'mp_flow', 'flows')).toBe(POINTS)
  })

  test('a configuration that forbids it makes no database', async () => {
    const influxd = await Influxd.begin()
    const writer = writerFor({ url: influxd.url, mayCreate: false })
    expect(await writer.createDatabase()).toBe(false)
    const databases = await influxd.query('SHOW DATABASES')
    expect(databases.flatMap(({ values = [] }) => values).flat()).not.toContain('mpwatch')
  })

  test('a field of another type is 400, and the others of the batch are stored (M4)', async () => {
    const influxd = await Influxd.begin()
    await influxd.query('CREATE DATABASE mpwatch')
    const body =
      'mp_flow,l4=tcp,row=I-01,sensor=dmz,site=hq,verdict=permitted flows="x" 1772446500000000000'
    await fetch(`${influxd.url}/write?db=mpwatch`, { method: 'POST', body })
    const writer = writerFor({ url: influxd.url })
    const answer = await writer.write(pointsOf(3))
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('type conflict') })
  })

  test('no user, a wrong password, and a user without rights', async () => {
    const influxd = await Influxd.begin({ auth: true })
    await influxd.query("CREATE USER root WITH PASSWORD 'r' WITH ALL PRIVILEGES")
    for (const statement of [
      'CREATE DATABASE mpwatch',
      "CREATE USER reader WITH PASSWORD 'p'",
      'GRANT READ ON mpwatch TO reader',
    ])
      await influxd.query(statement, '', 'root:r')
    const { url } = influxd
    const as = async (username: string | null, secret: string | null) =>
      (await writerFor({ url, username }, { secret }).write(pointsOf(1))).status
    expect(await as(null, null)).toBe(401)
    expect(await as('root', 'wrong')).toBe(401)
    expect(await as('root', null)).toBe(401)
    expect(await as('reader', 'p')).toBe(403)
    expect(await as('root', 'r')).toBe(204)
    const reader = writerFor({ url, username: 'reader', database: 'other' }, { secret: 'p' })
    expect(await reader.createDatabase()).toBe(false)
  })

  test('a body that is too large is 413', async () => {
    const influxd = await Influxd.begin({ bodyBytesMax: 1_000 })
    const writer = writerFor({ url: influxd.url })
    await writer.createDatabase()
    expect((await writer.write(pointsOf(100))).status).toBe(413)
    expect((await writer.write(pointsOf(5))).status).toBe(204)
  })

  test('stopped it is given up, and what it had then taken is no second point later (M2)', async () => {
    const influxd = await Influxd.begin()
    const writer = writerFor({ url: influxd.url }, { timeoutMs: 1_000 })
    await writer.createDatabase()
    await influxd.signal('SIGSTOP')
    expect(await writer.write(pointsOf(10))).toMatchObject({
      ...{ status: 0, text: 'No answer within 1 s.' },
    })
    await influxd.signal('SIGCONT')
    expect((await writer.write(pointsOf(10))).status).toBe(204)
    expect(await influxd.count('mpwatch', 'mp_flow', 'flows')).toBe(10)
  })

  test('killed it refuses, and works again once it is back', async () => {
    const influxd = await Influxd.begin()
    const writer = writerFor({ url: influxd.url })
    await writer.createDatabase()
    expect((await writer.write(pointsOf(10))).status).toBe(204)
    await influxd.signal('SIGKILL')
    for (let tries = 0; tries < 3; tries++)
      expect((await writer.write(pointsOf(10, 10))).status).toBe(0)
    await influxd.start()
    expect((await writer.write(pointsOf(10, 10))).status).toBe(204)
    expect(await influxd.count('mpwatch', 'mp_flow', 'flows')).toBe(20)
  })

  test('hostile texts are as many points as were given, in no measurement but ours', async () => {
    const influxd = await Influxd.begin()
    const writer = writerFor({ url: influxd.url })
    await writer.createDatabase()
    const points: readonly InfluxPoint[] = HOSTILE.map((text, index) => ({
      measurement: 'mp_blind',
      tags: { site: text, sensor: text, iface: text, cause: 'drops' },
      fields: { detail: text, lasts: true },
      timeNs: BigInt(index),
    }))
    expect((await writer.write(points)).status).toBe(204)
    const [measurements] = await influxd.query('SHOW MEASUREMENTS', 'mpwatch')
    expect(measurements?.values).toEqual([['mp_blind']])
    const [series] = await influxd.query('SELECT detail FROM mp_blind ORDER BY time', 'mpwatch')
    const clean = points.map(point =>
      cleanPoint(point)?.fields.find(({ name }) => name === 'detail'),
    )
    expect(series?.values.map(([, detail]) => detail)).toEqual(clean.map(field => field?.value))
  })
})
