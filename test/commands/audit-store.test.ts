// mpwatch audit --store, on the command line: the demo into a store, again, and in parts.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { MeasurementName } from '../../src/model/measurement.ts'
import type { Result } from '../../src/model/result.ts'
import type { NumberedPoint } from '../../src/model/store.ts'
import { type DuckStore, openStore } from '../../src/store/store.ts'

const LONG_MS = 120_000
const OFFICE = 'fixtures/demo/office.pcap'
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-audit-store-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inFolder = (name: string): string => join(folder, name)

function audit(captures: readonly string[], ...args: readonly string[]) {
  const site = ['--site', 'fixtures/demo/site.yaml', '--json', inFolder('result.json')]
  const argv = ['--import', 'tsx', 'src/main.ts', 'audit', ...captures, ...site, ...args]
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return { code: status, stderr }
}

const result = (): Result => JSON.parse(readFileSync(inFolder('result.json'), 'utf8')) as Result

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 10_000 }

async function inStore<Value>(path: string, work: (store: DuckStore) => Promise<Value>) {
  const store = await openStore(path, { now: () => Date.now() })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

const countsIn = (path: string) =>
  inStore(path, async store => {
    const [findings, events, flows, points, runs] = [
      await store.findings({ limit: 1_000, offset: 0 }),
      await store.events(ALL),
      await store.flows(ALL),
      await store.points({ ...ALL, measurement: 'mp_latency' }),
      await store.runs(),
    ]
    return { findings, events: events.length, flows: flows.length, points: points.length, runs }
  })

test('the store has all that the result has', { timeout: LONG_MS }, async () => {
  const store = inFolder('whole')
  const { code, stderr } = audit([OFFICE], '--store', store)
  expect(code).toBe(1)
  expect(stderr).toMatch(/The audit was added to .*whole as a-[0-9a-f]{16}\.\n$/)
  const told = result()
  const kept = await countsIn(store)
  const byId = new Map(kept.findings.map(({ finding }) => [finding.id, finding]))
  expect(told.findings.map(({ id }) => byId.get(id))).toEqual(told.findings)
  expect(kept.findings).toHaveLength(told.findings.length)
  expect(kept).toMatchObject({ events: told.findings.length, flows: told.totals.flows })
  expect(kept.points).toBeGreaterThan(0)
  expect(kept.runs).toMatchObject([
    { kind: 'audit', captures: told.provenance.captures.map(({ sha256 }) => sha256) },
  ])
  await inStore(store, async opened => {
    expect((await opened.coverage())?.coverage).toEqual(told.coverage)
    expect((await opened.events(ALL)).filter(({ isPage }) => isPage)).toEqual([])
  })
})

test('windows of flows, sensors and coverage add up to the result, and are the same in every store', {
  timeout: LONG_MS,
}, async () => {
  audit([OFFICE], '--store', inFolder('another'))
  const { totals, ledger, coverage } = result()
  const pointsIn = (path: string) =>
    inStore(path, async store => {
      const of = (measurement: MeasurementName) => store.points({ ...ALL, measurement })
      const events = (await store.events(ALL)).map(({ atMs: _, ...event }) => event)
      return {
        flow: await of('mp_flow'),
        sensor: await of('mp_sensor'),
        coverage: await of('mp_coverage'),
        events,
      }
    })
  const points = await pointsIn(inFolder('whole'))
  const sum = (series: readonly NumberedPoint[], field: string) =>
    series.reduce((total, { fields }) => total + Number(fields[field]), 0)
  expect(sum(points.flow, 'flows')).toBe(totals.flows)
  expect(points.flow.length).toBeGreaterThan(10)
  expect(sum(points.sensor, 'pkts')).toBe(ledger.reader.seen)
  const states = new Map(
    points.coverage.map(({ tags, fields }) => [tags['statement'], fields['state_name']]),
  )
  expect(Object.fromEntries(states)).toEqual(
    Object.fromEntries(coverage?.statements.map(({ id, state }) => [id, state]) ?? []),
  )
  // It lasts less than five minutes, so that coverage is told at its end alone.
  expect(points.coverage).toHaveLength(states.size)
  expect(points.events.map(({ place }) => place)).toEqual(points.events.map((_, index) => index))
  expect(await pointsIn(inFolder('another'))).toEqual(points)
})

test('the same again adds nothing, and says so', { timeout: LONG_MS }, async () => {
  const store = inFolder('whole')
  const before = await countsIn(store)
  const { code, stderr } = audit([OFFICE], '--store', store)
  expect(code).toBe(1)
  expect(stderr).toMatch(/already in .*whole since 20\d\d-\S+Z; nothing was added\.\n$/)
  expect(await countsIn(store)).toEqual(before)
})

test('a run with more captures takes the place of one with fewer', {
  timeout: LONG_MS,
}, async () => {
  const store = inFolder('parts')
  const halves = split(OFFICE)
  audit(halves.slice(0, 1), '--store', store)
  const { stderr } = audit(halves, '--store', store)
  expect(stderr).toMatch(/in place of 1 earlier\.\n$/)
  const told = result()
  const { findings, flows } = await countsIn(store)
  const open = findings.filter(({ finding }) => finding.members > 0)
  const counts = open.map(({ finding: { id, members, packets, bytes } }) => [
    ...[id, members, packets, bytes],
  ])
  const expected = told.findings.map(({ id, members, packets, bytes }) => [
    ...[id, members, packets, bytes],
  ])
  expect(counts.toSorted()).toEqual(expected.toSorted())
  expect(flows).toBe(told.totals.flows)
})

const refused = {
  'without hashes': [[OFFICE], ['--no-hash']],
  'of a capture that grows': [[OFFICE], ['--follow']],
  'of standard input': [['-'], []],
} as const
for (const [how, [captures, options]] of Object.entries(refused))
  test(`an audit ${how} is refused`, { timeout: LONG_MS }, () => {
    const { code, stderr } = audit(captures, '--store', inFolder('none'), ...options)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^--store: .*\n$/)
  })

/** The capture's packets in two files. */
function split(path: string): readonly string[] {
  const bytes = readFileSync(path)
  const head = bytes.subarray(0, 24)
  const ends: number[] = []
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) ends.push(at)
  const middle = ends[Math.floor(ends.length / 2)] ?? 0
  const parts = [bytes.subarray(24, middle), bytes.subarray(middle)]
  return parts.map((part, index) => {
    const name = inFolder(`half-${index}.pcap`)
    writeFileSync(name, Buffer.concat([head, part]))
    return name
  })
}
