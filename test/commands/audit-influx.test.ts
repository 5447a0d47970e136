// Goal: an audit is in InfluxDB whole and once, however often it is done and with whatever store; where the server cannot
// take it, the audit's own result stands and it is told what is missing.
// Method: the demo's capture into a real influxd, counted by measurement and series.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { feed } from '../../src/commands/audit/feed.ts'
import { type AuditOptions, audit } from '../../src/commands/audit.ts'
import { EXPORTED } from '../../src/model/measurement.ts'
import type { Result } from '../../src/model/result.ts'
import type { InfluxConfig } from '../../src/model/watch-config.ts'
import { openStore } from '../../src/store/store.ts'
import { influxConfig } from '../influx/configs.ts'
import { demoGrounds } from '../influx/grounds.ts'
import { held } from '../influx/held.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { toldByTests } from '../support/told.ts'

const LONG_MS = 180_000
const OFFICE = 'fixtures/demo/office.pcap'
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-audit-influx-'))
const inFolder = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const told = toldByTests()
afterEach(() => {
  vi.unstubAllEnvs()
})

function audited(options: Partial<AuditOptions>): Promise<number> {
  // What it leaves there is no other test's.
  vi.stubEnv('TMPDIR', folder)
  return audit([OFFICE], {
    ...{ site: 'fixtures/demo/site.yaml', rules: 'rules', json: inFolder('result.json') },
    ...{ failOn: 'low', hash: true, quiet: false, separateVlans: false, color: false },
    maxMalformed: 0.1,
    ...options,
  })
}

const result = (): Result => JSON.parse(readFileSync(inFolder('result.json'), 'utf8')) as Result

/** How many of each measurement a store has. */
async function inStore(path: string) {
  const store = await openStore(path, { now: () => Date.now() })
  const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 10_000 }
  const counts: Record<string, number> = {}
  for (const point of await store.pointsAfter(0, 100_000))
    counts[point.measurement] = (counts[point.measurement] ?? 0) + 1
  counts['mp_violation'] = (await store.events(all)).length
  counts['mp_blind'] = (await store.blind(all)).length
  await store.close()
  return counts
}

const temporary = (): readonly string[] =>
  readdirSync(folder).filter(name => name.startsWith('mpwatch-audit-'))

describe.runIf(hasInfluxd)('the demo', () => {
  test('is in InfluxDB as it is in a store, and as often as it is audited it is there once', {
    timeout: LONG_MS,
  }, async ({ annotate }) => {
    const influxd = await Influxd.begin()
    expect(await audited({ influx: influxd.url })).toBe(1)
    expect(told.err).toMatch(/127\.0\.0\.1:\d+\/mpwatch: [\d,]+ points sent\.\n$/)
    expect(told.err).toMatch(/^at most [\d,]+ series of 20,000 \(mp_/m)
    expect(told.err).not.toContain('was added to')
    const first = await held(influxd)
    expect(first.counts['mp_violation']).toBe(result().findings.length)
    await audited({ influx: influxd.url })
    expect(await held(influxd)).toEqual(first)
    await audited({ influx: influxd.url, store: inFolder('one') })
    expect(await held(influxd)).toEqual(first)
    const stored = await inStore(inFolder('one'))
    expect(first.counts).toEqual({
      ...Object.fromEntries(Object.keys(EXPORTED).map(name => [name, 0])),
      ...stored,
    })
    await audited({ influx: influxd.url, store: inFolder('two') })
    await audited({ influx: influxd.url, store: inFolder('two') })
    expect(told.err).toMatch(/already in .*two since .*\n.*mpwatch: 0 points sent\.\n$/)
    // Nothing that is there after a restart was only in memory.
    await influxd.signal('SIGKILL')
    await influxd.start()
    expect(await held(influxd)).toEqual(first)
    expect(temporary()).toEqual([])
    const points = Object.values(first.counts).reduce((sum, count) => sum + count, 0)
    await annotate(`${points} points of ${first.series.length} series, as after the first audit`)
  })

  test('keeps its result where the InfluxDB refuses it, and its secret', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin({ auth: true })
    await influxd.query(`CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES`)
    vi.stubEnv('MPWATCH_INFLUX_USERNAME', 'admin')
    vi.stubEnv('MPWATCH_INFLUX_PASSWORD', 's3cret')
    expect(await audited({ influx: influxd.url, quiet: true })).toBe(2)
    expect(result().conclusion?.exit_code).toBe(1)
    expect(told.err).toMatch(
      /^[\d,]+ points are not in the InfluxDB\. .*answers 401.*Correct the user name.*\nWith --store they would be kept/,
    )
    expect(told.err).not.toContain('s3cret')
    expect(temporary()).toEqual([])
  })

  test('says so where the InfluxDB is away, and a later export sends what the store has', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const config = influxConfig(influxd.url)
    await influxd.signal('SIGTERM')
    await audited({ store: inFolder('later'), quiet: true })
    const { fed } = await fedFrom(inFolder('later'), config, 1_000)
    expect(fed).toMatchObject({ isFailed: true, isUnusable: false })
    expect(fed.notes[0]).toMatch(
      /^[\d,]+ points are not in the InfluxDB\. .*gives no answer \(.*\)\.$/,
    )
    expect(fed.notes[1]).toMatch(/^They are in the store: /)
    await influxd.start()
    const again = await fedFrom(inFolder('later'), config, 60_000)
    expect(again.fed.isFailed).toBe(false)
    const { counts } = await held(influxd)
    expect(counts['mp_violation']).toBe(result().findings.length)
  })

  test('is told with why points were refused now, and not an earlier time', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const [config, store] = [influxConfig(influxd.url), inFolder('refused')]
    await influxd.query('CREATE DATABASE mpwatch')
    const taken = 'mp_gwsim,site=harbourside state="word" 1772446500000000000'
    await fetch(`${influxd.url}/write?db=mpwatch`, { method: 'POST', body: taken })
    await audited({ store, quiet: true })
    const letters = join(store, 'dead-letters')
    mkdirSync(letters)
    const earlier = { of: 'points', number: 0, text: 'full', time: '2026-03-01T00:00:00.000Z' }
    const cut = '{"of":"points","num'
    writeFileSync(
      join(letters, `influx-${config.name}.jsonl`),
      `${cut}\n${JSON.stringify(earlier)}\n`,
    )
    const { fed } = await fedFrom(store, config, 60_000)
    expect(fed.notes[1]).toMatch(/points? refused, the first since: .*field type conflict/)
  })

  test('that is older than the database keeps anything is told as that, and is no fault of the audit', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    await influxd.query('CREATE DATABASE mpwatch WITH DURATION 1d NAME raw')
    expect(await audited({ influx: influxd.url, store: inFolder('old') })).toBe(1)
    expect(told.err).toMatch(
      /mpwatch: 0 points sent\.\n[\d,]+ points are older than mpwatch keeps anything, by its retention policy\. .*--keep-days 0 --influx http:\S+\/audits makes one\.\n/,
    )
    expect(readdirSync(inFolder('old'))).not.toContain('dead-letters')
    await audited({ influx: `${influxd.url}/audits`, quiet: true })
    const { counts } = await held(influxd, 'audits')
    expect(counts['mp_violation']).toBe(result().findings.length)
  })
})

async function fedFrom(path: string, config: InfluxConfig, patienceMs: number) {
  const store = await openStore(path, { now: () => Date.now() })
  try {
    const kept = { isKept: true, isQuiet: true, period: null }
    return {
      fed: await feed({ config, store, folder: path, grounds: demoGrounds(), ...kept, patienceMs }),
    }
  } finally {
    await store.close()
  }
}
