// Goal: new rules take effect between two packets, nothing that was learned is lost, and every flow is judged by
// one set of rules as a whole (faults.md F33).
// Method: the office day, with reloads of the same rules at random chunk borders, comes to the same verdicts as
// without; with other rules, each flow has the verdict of the rules in force when its record ended.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { officeDay, plantedDay } from '../fixtures/day/day.ts'
import { httpRequest, httpResponse } from '../fixtures/scenario/payloads.ts'
import type { Packet } from '../fixtures/scenario/pcap.ts'
import { seeded } from '../fixtures/scenario/random.ts'
import { scenario } from '../fixtures/scenario/scenario.ts'
import { Compliance } from '../src/compliance.ts'
import { loadPolicy } from '../src/config/policy.ts'
import { loadSite } from '../src/config/site.ts'
import type { Retired } from '../src/generations.ts'
import type { Finding } from '../src/model/finding.ts'
import type { JudgedFlow } from '../src/model/verdict.ts'
import { complianceFor } from './support/audit.ts'
import { ran } from './support/run.ts'
import { Line, others } from './watchers/line.ts'
import { SITE as WATCHED_SITE } from './watchers/site.ts'
import { story, VENDOR } from './watchers/story.ts'

const DAY_MS = 120_000
const SITE = 'fixtures/day/site.yaml'
const SENSOR = 'core-span'
const CHUNK = 200
const RELOADS = 7

const rules = () => complianceFor(SITE, SENSOR)

/** The day with reloads behind so many of its chunks, at random. */
function reloaded(day: typeof officeDay, seed: number, again = rules) {
  const net = day()
  const frames = net.packets()
  const next = seeded(seed)
  const chunks = Math.floor(frames.length / CHUNK)
  const borders = new Set(Array.from({ length: RELOADS }, () => next() % chunks))
  const [retired, flows]: [Retired[], JudgedFlow[]] = [[], []]
  let current = rules()
  const run = ran(frames, current, {
    epochSeconds: net.epochSeconds,
    chunkPackets: CHUNK,
    after: (monitor, _, frame) => {
      if (!borders.has(Math.floor(frame / CHUNK))) return
      current = again()
      const left = monitor.reload(current)
      flows.push(...(left.batch.flows as JudgedFlow[]))
      retired.push(left)
    },
  })
  const findings = current.findings.findings()
  return { run, retired, findings, flows: [...run.flows, ...flows] }
}

/** Members by what was found, over all generations. */
function membersOf(generations: readonly (readonly Finding[])[]): ReadonlyMap<string, number> {
  const members = new Map<string, number>()
  for (const { verdict, reason, row, source, destination, members: count } of generations.flat()) {
    const key = `${verdict}:${reason} ${row} ${source} -> ${destination}`
    members.set(key, (members.get(key) ?? 0) + count)
  }
  return members
}

const kindsOf = (flows: readonly JudgedFlow[]): readonly string[] =>
  flows
    .map(
      ({ flow, verdict: { kind, reason, row } }) => `${flow.first.frame} ${kind} ${reason} ${row}`,
    )
    .toSorted()

/** What watchers begin anew, so that a reload in the middle of it is seen in how often it was told. */
const CUT: readonly string[] = [
  'topology:remote_blade M-02 app-a -> media-2a',
  'degraded:forgotten S-06 web-dmz-2 -> app-vip',
]

describe.each([
  ['as it should be', officeDay, 1, []],
  ['with what may go wrong', plantedDay, 2, CUT],
] as const)('the day %s', (_, day, seed, cut) => {
  test('comes to the same with reloads of the same rules', { timeout: DAY_MS }, () => {
    const net = day()
    const plain = ran(net.packets(), rules(), { epochSeconds: net.epochSeconds })
    const { run, retired, findings, flows } = reloaded(day, seed)
    expect(retired.length).toBeGreaterThan(3)
    const numbers = retired.map(({ generation }) => generation)
    expect(numbers).toEqual(retired.map((_, index) => index + 1))
    expect(kindsOf(flows)).toEqual(kindsOf(plain.flows))
    expect(run.ledger.verdicts).toEqual(plain.ledger.verdicts)
    const members = membersOf([...retired.map(one => one.findings), findings])
    const expected = membersOf([plain.findings])
    const keys = [...new Set([...members.keys(), ...expected.keys()])]
    expect(keys.filter(key => members.get(key) !== expected.get(key))).toEqual(cut)
  })
})

test('each flow has the verdict of the rules in force when its record ended', {
  timeout: DAY_MS,
}, () => {
  const net = officeDay()
  const frames = net.packets()
  const { site } = loadSite(SITE)
  const { policy } = loadPolicy('rules')
  const others = () => {
    const rows = policy.rows.filter(({ id }) => !['I-28', 'I-29', 'I-30'].includes(id))
    return new Compliance({ ...policy, rows, hash: 'sha256:other' }, site, [SENSOR])
  }
  const how = { epochSeconds: net.epochSeconds, chunkPackets: CHUNK }
  const [before, after] = [rules, others].map(make => ran(frames, make(), how).flows)
  const [early, late]: [JudgedFlow[], JudgedFlow[]] = [[], []]
  const middle = Math.floor(frames.length / 2 / CHUNK) * CHUNK
  let [current, isLate] = [rules(), false]
  const { ledger } = ran(frames, current, {
    ...how,
    after: (monitor, batches, frame) => {
      ;(isLate ? late : early).push(...batches.flatMap(one => one.flows as JudgedFlow[]))
      if (frame !== middle) return
      current = others()
      early.push(...(monitor.reload(current).batch.flows as JudgedFlow[]))
      isLate = true
      expect(monitor.generation).toBe(2)
    },
  })
  const judgedIn = (flows: readonly JudgedFlow[] = []) => new Set(kindsOf(flows))
  const [old, fresh] = [judgedIn(before), judgedIn(after)]
  expect(kindsOf(early).filter(one => !old.has(one))).toEqual([])
  expect(kindsOf(early).filter(one => !fresh.has(one)).length).toBeGreaterThan(20)
  expect(kindsOf(late).filter(one => !fresh.has(one))).toEqual([])
  expect(kindsOf(late).filter(one => !old.has(one)).length).toBeGreaterThan(20)
  expect(ledger.flows.created).toBe(before?.length)
})

describe('a connection that was open when the rules were replaced', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-reload-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const siteFile = join(folder, 'site.yaml')
  writeFileSync(siteFile, WATCHED_SITE)

  /** What the later rules find, put in force after so many seconds. */
  function foundBehind(seconds: number, packets: readonly Packet[]): readonly string[] {
    let current = complianceFor(siteFile, null)
    let isLate = false
    ran(packets, current, {
      chunkPackets: 1,
      after: (monitor, _, frame) => {
        if (isLate || (packets[frame - 1]?.timeNs ?? 0) < seconds * 1e9) return
        isLate = true
        current = complianceFor(siteFile, null)
        monitor.reload(current)
      },
    })
    const found = current.findings.findings()
    return found.map(({ verdict, reason, row }) => `${verdict}:${reason} ${row}`)
  }

  test('is followed on: a filter that forgets it is told', () => {
    const net = scenario({ start: '2026-03-02T10:00:00Z' })
    const app = net.host('app-a', { ip: '10.10.20.11' })
    const web = net.host('web-1', { ip: '10.10.20.21' })
    others(net, [1, 3000])
    for (let at = 5; at < 3000; at += 120) net.at(at).tcp(web, app, 5003, VENDOR)
    const line = new Line(net, [web, app], 61_004)
    line.open(1)
    line.exchange(2)
    line.vain(2522, 'client', 4)
    expect(foundBehind(60, net.packets())).toContain('degraded:forgotten S-06')
  })

  test('is known: a silent control connection is not missing', () => {
    const packets = story(2000, (net, { appA, web }) => {
      const page = { request: httpRequest(), response: httpResponse() }
      net.at(1).tcpOpen(web, appA, 5003, VENDOR)
      for (let at = 7; at < 2000; at += 300) net.at(at).tcp(web, appA, 61_004, page)
    })
    expect(foundBehind(60, packets)).toEqual([])
    const without = packets.filter(({ timeNs }) => timeNs >= 3e9)
    expect(foundBehind(60, without)).toEqual(['missing:no_control_connection S-01'])
  })
})
