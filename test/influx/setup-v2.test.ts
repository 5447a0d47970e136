// Goal: what is asked of an InfluxDB 2, in which order and with which rights, is what its documented API takes, and twice
// is the same as once.
// Method: a stand-in for its API, since there is no InfluxDB 2 to be had here; the Flux is checked in flux-downsampling.test.ts.

import { createServer } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { bucketsOf, tasks } from '../../src/influx/flux-downsampling.ts'
import { refine, setUp } from '../../src/influx/setup.ts'
import type { InfluxConfig } from '../../src/model/watch-config.ts'
import { influxConfig } from './configs.ts'
import { V2Stub } from './v2-stub.ts'

const configOf = ({ url }: { readonly url: string }): InfluxConfig =>
  influxConfig(url, { version: 2, org: 'mp' })

async function told(config: InfluxConfig, token: string | null = 'all') {
  const lines: string[] = []
  for await (const { became, what } of setUp(config, token)) lines.push(`${became} ${what}`)
  return lines
}

const TASKS = tasks(bucketsOf('mpwatch'))

test('buckets and tasks are made once, and found then', async () => {
  const stub = await V2Stub.begin()
  const first = await told(configOf(stub))
  expect(first).toEqual([
    'found organisation mp',
    'made bucket mpwatch: 90 days',
    'made bucket mpwatch_long: 730 days',
    ...TASKS.map(({ name }) => `made task ${name}`),
  ])
  expect(stub.buckets).toMatchObject([
    { name: 'mpwatch', orgID: '0000000000000001', retentionRules: [{ everySeconds: 7_776_000 }] },
    { name: 'mpwatch_long', retentionRules: [{ type: 'expire', everySeconds: 63_072_000 }] },
  ])
  expect(stub.tasks.map(({ name, flux }) => ({ name, flux }))).toEqual(TASKS)
  const before = structuredClone([stub.buckets, stub.tasks])
  stub.asked = []
  expect(await told(configOf(stub))).toEqual(first.map(line => line.replace(/^made/, 'found')))
  expect([stub.buckets, stub.tasks]).toEqual(before)
  expect(stub.asked.filter(what => !what.startsWith('GET'))).toEqual([])
})

test('what keeps for longer is left, what keeps for less is changed, and a task that differs is, too', async () => {
  const stub = await V2Stub.begin()
  await told(configOf(stub))
  const [raw, long] = stub.buckets
  const [first, second] = stub.tasks
  if (raw === undefined || long === undefined || first === undefined || second === undefined)
    throw new Error('they were made')
  raw.retentionRules = []
  long.retentionRules = [{ type: 'expire', everySeconds: 86_400 }]
  second.flux = 'option task = {name: "mpwatch mpwatch mp_latency", every: 1h}'
  stub.tasks.push({ ...first, id: 'ff', name: 'mpwatch', flux: 'of somebody else' })
  expect((await told(configOf(stub))).filter(line => !line.startsWith('found task'))).toEqual([
    'found organisation mp',
    'found bucket mpwatch: for ever, longer than the 90 days that are configured, and left so',
    'changed bucket mpwatch_long: 730 days, was 1 day',
    'changed task mpwatch mpwatch mp_latency',
  ])
  expect(raw.retentionRules).toEqual([])
  expect(stub.tasks.map(({ flux }) => flux)).toEqual([
    ...TASKS.map(({ flux }) => flux),
    'of somebody else',
  ])
})

test('0 days are for ever, in what is made and in what is changed', async () => {
  const stub = await V2Stub.begin()
  const forEver = { ...configOf(stub), keepDays: 0, keepLongDays: 0 }
  const buckets = async () => (await told(forEver)).filter(line => line.includes('bucket'))
  expect(await buckets()).toEqual([
    'made bucket mpwatch: for ever',
    'made bucket mpwatch_long: for ever',
  ])
  const [raw] = stub.buckets
  expect(raw?.retentionRules).toEqual([{ type: 'expire', everySeconds: 0 }])
  if (raw !== undefined) raw.retentionRules = [{ type: 'expire', everySeconds: 86_400 }]
  expect(await buckets()).toEqual([
    'changed bucket mpwatch: for ever, was 1 day',
    'found bucket mpwatch_long: for ever',
  ])
  expect(raw?.retentionRules).toEqual([{ type: 'expire', everySeconds: 0 }])
})

test('who may not hears which right is missing, and never the token', async () => {
  const stub = await V2Stub.begin()
  stub.rights.set('s3cret-read', 'read')
  stub.rights.set('s3cret-none', 'nothing')
  const refused = async (token: string | null, changes: Partial<InfluxConfig> = {}) => {
    const error = await told({ ...configOf(stub), ...changes }, token).catch(String)
    expect(error).not.toContain('s3cret')
    return String(error)
  }
  expect(await refused('s3cret-wrong')).toMatch(
    /UsageError: InfluxDB at .* does not take the token, or it may not read:orgs \(it answered 401: unauthorized access\)\. Set MPWATCH_INFLUX_TOKEN/,
  )
  expect(await refused(null)).toMatch(/does not take the token/)
  expect(await refused('s3cret-read')).toMatch(
    /does not allow this token to write:buckets \(it answered 403: .*all-access/,
  )
  expect(await refused('s3cret-none')).toMatch(/does not allow this token to read:buckets/)
  expect(await refused('all', { org: 'other' })).toMatch(
    /shows no organisation other to this token/,
  )
  expect(await refused('all', { org: null })).toMatch(/set MPWATCH_INFLUX_ORG/)
})

test('a time that is past becomes coarser by one script for each measurement', async () => {
  const stub = await V2Stub.begin()
  const config = configOf(stub)
  const period = { fromMs: Date.UTC(2026, 2, 2), toMs: Date.UTC(2026, 2, 3) }
  expect(await refine(config, 'all', period)).toBe(false)
  await told(config)
  expect(await refine(config, 'all', period)).toBe(true)
  expect(stub.scripts).toHaveLength(TASKS.length)
  for (const script of stub.scripts)
    expect(script).toContain(
      'range(start: 2026-03-02T00:00:00.000Z, stop: 2026-03-03T00:00:00.000Z)',
    )
  stub.answer = '#datatype,string,long\n,error,reference\n,failed to write,897\n'
  await expect(refine(config, 'all', period)).rejects.toThrow(
    /refused to read mpwatch and write mpwatch_long/,
  )
})

const ending: (() => void)[] = []
afterEach(() => {
  for (const end of ending.splice(0)) end()
})

test('what has no such API is told as that', async () => {
  const server = createServer((_, response) => response.writeHead(404).end('404 page not found\n'))
  ending.push(() => server.close().closeAllConnections())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  await expect(told(configOf({ url }))).rejects.toThrow(
    /has no API of InfluxDB 2: 404 page not found\. An InfluxDB 3/,
  )
})

test('what never ends its answer is given up', { timeout: 20_000 }, async () => {
  const server = createServer((_, response) => {
    const dripping = setInterval(() => response.write('.'), 100)
    response.on('close', () => clearInterval(dripping))
  })
  ending.push(() => server.close().closeAllConnections())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const { InfluxServer } = await import('../../src/influx/server.ts')
  const asked = new InfluxServer(configOf({ url }), 'all', 500).ask({
    method: 'GET',
    path: '/',
    body: null,
  })
  await expect(asked).rejects.toThrow(/it does not answer/)
})
