// Goal: an InfluxDB 1 has what the boards need after one command, and the same after two; what it makes coarser is right to
// the number; and who may not, or is not known, hears what is missing.
// Method: a real influxd, whose continuous queries look every second whether they are due.

import { describe, expect, test } from 'vitest'
import { continuousQueries } from '../../src/influx/influxql-downsampling.ts'
import { refine, setUp } from '../../src/influx/setup.ts'
import type { InfluxConfig } from '../../src/model/watch-config.ts'
import { hasInfluxd, Influxd, type Series } from '../support/influxd.ts'
import { influxConfig } from './configs.ts'

const LONG_MS = 60_000
const MINUTE_MS = 60_000

async function told(
  config: InfluxConfig,
  secret: string | null = null,
): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const { became, what } of setUp(config, secret)) lines.push(`${became} ${what}`)
  return lines
}

async function write(influxd: Influxd, lines: readonly string[]): Promise<void> {
  const body = lines.join('\n')
  const { status } = await fetch(`${influxd.url}/write?db=mpwatch`, { method: 'POST', body })
  expect(status).toBe(204)
}

/** Rows with what their columns are called, but for the tags that all have. */
const rowsOf = (series: readonly Series[]) =>
  series.flatMap(({ columns, values }) =>
    values.map(row => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]))),
  )

describe.runIf(hasInfluxd)('an empty influxd', () => {
  test('has all of it after the first time, and the same after the second', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const config = influxConfig(influxd.url)
    const first = await told(config)
    expect(first).toEqual([
      'made database mpwatch',
      'made retention policy raw of mpwatch: 90 days',
      'made retention policy long of mpwatch: 730 days',
      ...['mp_flow', 'mp_latency'].map(name => `made continuous query mpwatch_${name}`),
      'made continuous queries mpwatch_mp_loss_1_all, mpwatch_mp_loss_2_no, mpwatch_mp_loss_3_yes',
      ...['mp_rtp', 'mp_clock', 'mp_gwsim', 'mp_failover', 'mp_coverage', 'mp_sensor'].map(
        name => `made continuous query mpwatch_${name}`,
      ),
      ...['mp_violation', 'mp_blind'].map(name => `made continuous query mpwatch_${name}`),
    ])
    const things = () =>
      Promise.all([
        influxd.query('SHOW RETENTION POLICIES ON mpwatch'),
        influxd.query('SHOW CONTINUOUS QUERIES'),
      ])
    const before = await things()
    expect(await told(config)).toEqual(first.map(line => line.replace(/^made/, 'found')))
    expect(await things()).toEqual(before)
    const [policies] = before
    expect(
      rowsOf(policies).map(({ name, duration, default: isDefault }) => [name, duration, isDefault]),
    ).toEqual([
      ['raw', '2160h0m0s', true],
      ['long', '17520h0m0s', false],
    ])
  })
})

describe.runIf(hasInfluxd)('what is there', () => {
  test('keeps everything for ever where 0 days are asked for, also what it has', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const forEver = (database: string) =>
      told(influxConfig(influxd.url, { database, keepDays: 0, keepLongDays: 0 }))
    expect(await forEver('new')).toContain('made retention policy raw of new: for ever')
    await influxd.query('CREATE DATABASE old WITH DURATION 1d NAME raw')
    expect(await forEver('old')).toContain(
      'changed retention policy raw of old: for ever, was 1 day',
    )
    for (const database of ['new', 'old']) {
      const [policies] = await influxd.query(`SHOW RETENTION POLICIES ON ${database}`)
      expect(policies?.values.map(([name, duration]) => `${name} ${duration}`)).toEqual([
        ...['raw 0s', 'long 0s'],
      ])
    }
  })

  test('is left where it is longer, made longer where it is shorter, and told', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    await influxd.query('CREATE DATABASE mpwatch')
    await influxd.query('CREATE RETENTION POLICY raw ON mpwatch DURATION 30d REPLICATION 1')
    await influxd.query('CREATE RETENTION POLICY "long" ON mpwatch DURATION INF REPLICATION 1')
    const lines = await told(influxConfig(influxd.url))
    expect(lines.slice(0, 3)).toEqual([
      'found database mpwatch',
      'changed retention policy raw of mpwatch: 90 days, was 30 days, the default, was autogen, which keeps what it has',
      'found retention policy long of mpwatch: for ever, longer than the 730 days that are configured, and left so',
    ])
    const policies = rowsOf(await influxd.query('SHOW RETENTION POLICIES ON mpwatch'))
    expect(policies.map(({ name, duration, default: is }) => [name, duration, is])).toEqual([
      ['autogen', '0s', false],
      ['raw', '2160h0m0s', true],
      ['long', '0s', false],
    ])
  })

  test('and differs is made again, with all of its measurement; others stay', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const config = influxConfig(influxd.url)
    await told(config)
    const query = (name: string) =>
      `CREATE CONTINUOUS QUERY ${name} ON mpwatch BEGIN SELECT sum(lost) INTO mpwatch.long.other FROM mpwatch.raw.mp_loss GROUP BY time(1h) END`
    await influxd.query(query('somebody_elses'))
    await influxd.query('DROP CONTINUOUS QUERY mpwatch_mp_loss_2_no ON mpwatch')
    await influxd.query(query('mpwatch_mp_loss_2_no'))
    const changed = (await told(config)).filter(line => !line.startsWith('found'))
    expect(changed).toEqual([
      'changed continuous queries mpwatch_mp_loss_1_all, mpwatch_mp_loss_2_no, mpwatch_mp_loss_3_yes',
    ])
    const names = rowsOf(await influxd.query('SHOW CONTINUOUS QUERIES')).map(({ name }) => name)
    const wanted = continuousQueries('mpwatch').map(({ name }) => name)
    expect(names.toSorted()).toEqual([...wanted, 'somebody_elses'].toSorted())
    expect(names.filter(name => String(name).includes('loss'))).toEqual(
      wanted.filter(name => name.includes('loss')),
    )
    expect((await told(config)).filter(line => !line.startsWith('found'))).toEqual([])
  })
})

/** Whole ten minutes that are over, and within the time for which points may come late. */
const windowStartMs = (): number => Math.floor(Date.now() / (10 * MINUTE_MS) - 3) * 10 * MINUTE_MS
const nanos = (ms: number, place = 0): string => `${BigInt(ms) * 1_000_000n + BigInt(place)}`

/** Points of one window, and what is to come of them. */
const pointsFrom = (startMs: number): readonly string[] => [
  ...[0, 1, 59].map(
    tens =>
      `mp_flow,site=hq,row=I-01 flows=${tens + 1}i,bytes_ab=10i ${nanos(startMs + tens * 10_000)}`,
  ),
  `mp_flow,site=hq,row=I-02 flows=7i ${nanos(startMs)}`,
  `mp_flow,site=hq,row=I-01 flows=1000i ${nanos(startMs + 10 * MINUTE_MS)}`,
  `mp_latency,site=hq n=2i,min_ms=5,p50_ms=10,p95_ms=20,max_ms=30,limit_ms=100 ${nanos(startMs)}`,
  `mp_latency,site=hq n=3i,min_ms=4,p50_ms=20,p95_ms=120,max_ms=25,limit_ms=100 ${nanos(startMs + 10_000)}`,
  `mp_loss,site=hq,method=tcp expected=1000i,lost=10i,loss_pct=1,capture_lost=0i,judged=true ${nanos(startMs)}`,
  `mp_loss,site=hq,method=tcp expected=500i,lost=400i,loss_pct=80,capture_lost=77i,judged=false ${nanos(startMs + MINUTE_MS)}`,
  `mp_loss,site=hq,method=tcp expected=1000i,lost=20i,loss_pct=2,capture_lost=1i,judged=true ${nanos(startMs + 2 * MINUTE_MS)}`,
  `mp_loss,site=hq,method=rtp expected=100i,lost=5i,loss_pct=5,judged=false ${nanos(startMs)}`,
  `mp_gwsim,site=hq,node=web-1 state=1i,state_name="out" ${nanos(startMs + 5)}`,
  `mp_gwsim,site=hq,node=web-1 state=2i,state_name="in" ${nanos(startMs + 7)}`,
  ...[1, 2, 3].map(
    place =>
      `mp_violation,site=hq,row=I-31,phase=open members=${place}i,count=1i,alert_id="f-${place}" ${nanos(startMs + 9, place)}`,
  ),
  `mp_blind,site=hq,cause=silent ends_ms=${startMs + 9}i,lasts=false,seconds=0.009 ${nanos(startMs)}`,
]

async function coarse(influxd: Influxd, startMs: number) {
  const of = async (name: string) =>
    rowsOf(
      await influxd.query(
        `SELECT * FROM "long"."${name}" WHERE time >= ${startMs}ms AND time < ${startMs + 10 * MINUTE_MS}ms`,
        'mpwatch',
      ),
    ).map(row => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)))
  const time = new Date(startMs).toISOString().replace('.000Z', 'Z')
  const [flow, latency, loss, gwsim, violations, blind] = await Promise.all(
    ['mp_flow', 'mp_latency', 'mp_loss', 'mp_gwsim', 'mp_violation', 'mp_blind'].map(of),
  )
  return { time, flow, latency, loss, gwsim, violations, blind }
}

function expectRight({ time, ...found }: Awaited<ReturnType<typeof coarse>>): void {
  const site = 'hq'
  expect(found).toEqual({
    flow: [
      { time, site, row: 'I-01', flows: 63, bytes_ab: 30 },
      { time, site, row: 'I-02', flows: 7 },
    ],
    latency: [{ time, site, n: 5, min_ms: 4, p50_ms: 15, p95_ms: 120, max_ms: 30, limit_ms: 100 }],
    // By what was judged where anything was, whatever the capture has lost beside it.
    loss: [
      { time, site, method: 'rtp', expected: 100, lost: 5, loss_pct: 5, judged: false },
      {
        time,
        site,
        method: 'tcp',
        expected: 2000,
        lost: 30,
        loss_pct: 2,
        judged: true,
        capture_lost: 78,
      },
    ],
    gwsim: [{ time, site, node: 'web-1', state: 2, state_name: 'in' }],
    violations: [1, 2, 3].map(place => ({
      time: time.replace('Z', `.00900000${place}Z`),
      ...{ site, row: 'I-31', phase: 'open', members: place, count: 1, alert_id: `f-${place}` },
    })),
    blind: [expect.objectContaining({ time, cause: 'silent', lasts: false, seconds: 0.009 })],
  })
}

describe.runIf(hasInfluxd)('series become coarser', () => {
  test('by the server itself', { timeout: LONG_MS }, async () => {
    const influxd = await Influxd.begin()
    const config = influxConfig(influxd.url)
    await influxd.query('CREATE DATABASE mpwatch WITH NAME raw')
    const startMs = windowStartMs()
    await write(influxd, pointsFrom(startMs))
    await told(config)
    // Each has run once when the last of them has.
    await expect
      .poll(() => influxd.query('SELECT * FROM "long"."mp_blind"', 'mpwatch'), { timeout: 30_000 })
      .not.toEqual([])
    expectRight(await coarse(influxd, startMs))
  })

  test('by who asks for it, at a time that is long past, as often as one likes', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const config = influxConfig(influxd.url)
    const startMs = windowStartMs() - 7 * 86_400_000
    const period = { fromMs: startMs + 3, toMs: startMs + 4 * MINUTE_MS }
    await influxd.query('CREATE DATABASE mpwatch')
    expect(await refine(config, null, period)).toBe(false)
    await told(config)
    await write(influxd, pointsFrom(startMs))
    expect(await refine(config, null, period)).toBe(true)
    expectRight(await coarse(influxd, startMs))
    expect(await refine(config, null, period)).toBe(true)
    expectRight(await coarse(influxd, startMs))
    const types = rowsOf(await influxd.query('SHOW FIELD KEYS ON mpwatch FROM "long"."mp_loss"'))
    expect(types).toContainEqual({ fieldKey: 'expected', fieldType: 'integer' })
  })
})

describe.runIf(hasInfluxd)('where users are asked for', () => {
  const SECRET = 'correct horse'
  const USER = influxConfig('', { username: 'mpwatch' })

  async function guarded(): Promise<{ readonly influxd: Influxd; readonly config: InfluxConfig }> {
    const influxd = await Influxd.begin({ auth: true })
    await influxd.query(`CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES`)
    await influxd.query(`CREATE USER mpwatch WITH PASSWORD '${SECRET}'`, '', 'admin:admin')
    return { influxd, config: { ...USER, url: influxd.url } }
  }

  test('who is not known, or may not, hears what is missing; who may need not make anything', {
    timeout: LONG_MS,
  }, async () => {
    const { influxd, config } = await guarded()
    await expect(told(config, 'wrong')).rejects.toThrow(
      /does not take user and password .*401.*MPWATCH_INFLUX_PASSWORD/,
    )
    await expect(told({ ...config, username: null })).rejects.toThrow(
      /does not take user and password/,
    )
    await expect(told(config, SECRET)).rejects.toThrow(
      /does not allow this user: CREATE DATABASE .*ALL PRIVILEGES do this once\.$/,
    )
    const admin = { ...config, username: 'admin' }
    expect((await told(admin, 'admin'))[0]).toBe('made database mpwatch')
    await influxd.query('GRANT ALL ON mpwatch TO mpwatch', '', 'admin:admin')
    const lines = await told(config, SECRET)
    expect(lines.every(line => line.startsWith('found'))).toBe(true)
    for (const secret of ['wrong', SECRET, null])
      await told({ ...config, database: 'other' }, secret).catch(error => {
        expect(String(error)).not.toContain(SECRET)
      })
  })
})

test('what does not answer is told as that', async () => {
  await expect(told(influxConfig('http://127.0.0.1:1'))).rejects.toThrow(
    'InfluxDB cannot be reached at http://127.0.0.1:1: nobody listens there. Start it, or name another.',
  )
})
