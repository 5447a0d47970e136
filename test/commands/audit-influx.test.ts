// Goal: an audit is in InfluxDB whole and once, however often it is done and with whatever store; where the server cannot
// take it, the audit's own result stands and it is told what is missing.
// Method: the demo's capture into a real influxd, counted by measurement and series.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AuditOptions, audit } from '../../src/commands/audit.ts'
import { EXPORTED } from '../../src/model/measurement.ts'
import type { Result } from '../../src/model/result.ts'
import { openStore } from '../../src/store/store.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'

const LONG_MS = 180_000
const OFFICE = 'fixtures/demo/office.pcap'
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-audit-influx-'))
const inFolder = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

/** What is told on standard error. */
let told = ''
beforeEach(() => {
  told = ''
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    told += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const audited = (options: Partial<AuditOptions>): Promise<number> =>
  audit([OFFICE], {
    ...{ site: 'fixtures/demo/site.yaml', rules: 'rules', json: inFolder('result.json') },
    ...{ failOn: 'low', hash: true, quiet: false, separateVlans: false, color: false },
    maxMalformed: 0.1,
    ...options,
  })

const result = (): Result => JSON.parse(readFileSync(inFolder('result.json'), 'utf8')) as Result

/** How many points and series each measurement has, and every point as it is. */
async function held(influxd: Influxd, db = 'mpwatch') {
  const names = Object.keys(EXPORTED)
  const points = await Promise.all(
    names.map(name => influxd.query(`SELECT * FROM ${name} GROUP BY *`, db)),
  )
  const of = (index: number) =>
    (points[index] ?? []).reduce((sum, { values }) => sum + values.length, 0)
  return {
    counts: Object.fromEntries(names.map((name, index) => [name, of(index)])),
    series: points
      .flat()
      .map(({ name, tags }) => `${name} ${JSON.stringify(tags)}`)
      .sort(),
    points,
  }
}

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
  readdirSync(tmpdir()).filter(name => name.startsWith('mpwatch-audit-') && !folder.endsWith(name))

describe.runIf(hasInfluxd)('the demo', () => {
  test('is in InfluxDB as it is in a store, and as often as it is audited it is there once', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const before = temporary()
    expect(await audited({ influx: influxd.url })).toBe(1)
    expect(told).toMatch(/127\.0\.0\.1:\d+\/mpwatch: [\d,]+ points sent\.\n$/)
    expect(told).not.toContain('was added to')
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
    expect(told).toMatch(/already in .*two since .*\n.*mpwatch: 0 points sent\.\n$/)
    // Nothing that is there after a restart was only in memory.
    await influxd.signal('SIGKILL')
    await influxd.start()
    expect(await held(influxd)).toEqual(first)
    expect(temporary()).toEqual(before)
    console.info(
      `audited five times: ${JSON.stringify(first.counts)}, ${first.series.length} series, 0 doubled`,
    )
  })
})
