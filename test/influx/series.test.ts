// Goal: the bound of series is a true one, and holds whatever traffic does (semantics 3.6, M6).

import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { Admission } from '../../src/influx/admission.ts'
import { lineOf } from '../../src/influx/line-protocol.ts'
import {
  checkSeries,
  type SeriesGrounds,
  seriesBound,
  seriesText,
} from '../../src/influx/series.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { UsageError } from '../../src/model/errors.ts'
import { ROLES, ZONES } from '../../src/model/inventory.ts'
import { EXPORTED, type ExportedName } from '../../src/model/measurement.ts'
import { type JudgedFlow, VERDICTS } from '../../src/model/verdict.ts'
import { FlowWindows } from '../../src/watch/flow-windows.ts'
import { HOSTILE } from '../support/hostile.ts'
import { sampleFlow, sampleJudged } from '../support/samples.ts'
import { demoGrounds, smallGrounds } from './grounds.ts'

const SERIES_MAX = 20_000
const FLOWS = 1_000_000
const WINDOWS = 100
const POINTS = 100_000
const LONG_MS = 240_000

const grounds = demoGrounds()
const bound = seriesBound(grounds)

describe('the bound', () => {
  test('of the demo, and of two sensors and eight nodes, is below the limit', () => {
    for (const [what, of] of [
      ['demo', grounds],
      ['two sensors, eight nodes', smallGrounds(8)],
    ] as const) {
      const text = seriesText(seriesBound(of), SERIES_MAX)
      process.stdout.write(`${what}: ${text}\n`)
      expect(seriesBound(of).total).toBeLessThan(SERIES_MAX)
      expect(text).toMatch(/^at most [\d,]+ series of 20,000 \(mp_violation 4,618, /)
    }
  })

  test('names every measurement once, and is their sum', () => {
    expect([...bound.byMeasurement.keys()].toSorted()).toEqual(Object.keys(EXPORTED).toSorted())
    const sum = [...bound.byMeasurement.values()].reduce((total, one) => total + one, 0)
    expect(bound.total).toBe(sum)
  })

  test('above the limit is refused, with what weighs most and what to do', () => {
    const large = seriesBound(smallGrounds(100))
    expect(() => checkSeries(large, large.total, 'mpwatch.yaml:9')).not.toThrow()
    const refused = () => checkSeries(large, SERIES_MAX, 'mpwatch.yaml:9')
    expect(refused).toThrow(UsageError)
    expect(refused).toThrow(
      /^mpwatch.yaml:9: too many series: at most .* of mp_latency, .*series_max/,
    )
  })

  test('of a site with thousands of nodes is had without looking at each pair', () => {
    expect(seriesBound(smallGrounds(1_500)).byMeasurement.get('mp_latency')).toBeGreaterThan(1e6)
  })
})

/** From 0 to below 1. */
function fractions(seed: number): () => number {
  const random = seeded(seed)
  return () => random() / 2 ** 32
}

/** Values that tags may have, those that they may not have, and what somebody may want them to have. */
function valuesOf(tag: string, { site, sensors, policy }: SeriesGrounds): readonly string[] {
  const names = site.nodes.map(({ name }) => name)
  const ids = [...policy.rows.map(({ id }) => id), ...policy.statements.keys(), 'unlisted', 'other']
  const known: Readonly<Record<string, readonly string[]>> = {
    ...{ site: [site.name], sensor: [...sensors, 'other', 'all', 'monitor'] },
    ...{ row: ids, statement: ids, verdict: VERDICTS, node: names },
    pair: [...names.flatMap(one => names.map(other => `${one}/${other}`)), 'other'],
    ...{ method: ['syn', 'seqack', 'tsopt', 'rtcp', 'icmp', 'tcp', 'rtp', 'ntp', 'http_date'] },
    ...{ leg: ['total', 'client', 'server'], dir: ['ab', 'ba', 'in', 'out'] },
    ...{ severity: ['critical', 'high', 'medium', 'low', 'info'], phase: ['open', 'close'] },
    ...{ confidence: ['confirmed', 'possible'], media_role: ['app', 'media-audio'] },
    ...{ iface: ['span0', 'all'], cause: ['drops', 'silent', 'not_running'] },
    ...{ reason: ['unlisted', 'none', 'loss'], l4: ['tcp', 'udp'] },
  }
  return known[tag] ?? ['web', 'core', 'none']
}

describe('what is admitted', () => {
  test('stays within the bound of each measurement, whatever tags points have', () => {
    const admission = new Admission(grounds)
    const next = fractions(8)
    const one = <Value>(values: readonly Value[]): Value | undefined =>
      values[Math.floor(next() * values.length)]
    const seen = new Map<ExportedName, Set<string>>()
    const names = Object.keys(EXPORTED) as readonly ExportedName[]
    const tagNames = new Map(
      names.map(name => [name, ['site', 'sensor', ...EXPORTED[name].tags]] as const),
    )
    const values = new Map([...tagNames.values()].flat().map(tag => [tag, valuesOf(tag, grounds)]))
    for (let count = 0; count < POINTS; count++) {
      const measurement = names[count % names.length] ?? 'mp_flow'
      const tags = Object.fromEntries(
        (tagNames.get(measurement) ?? []).map(tag => [
          tag,
          (next() < 0.01 ? one(HOSTILE) : one(values.get(tag) ?? [])) ?? '',
        ]),
      )
      const admitted = admission.admit({ measurement, tags, fields: {}, timeNs: BigInt(count) })
      if (admitted.timeNs !== BigInt(count)) expect.fail('a point keeps its moment')
      const series = seen.get(measurement) ?? new Set()
      seen.set(measurement, series.add(JSON.stringify(Object.entries(admitted.tags).sort())))
    }
    for (const [name, series] of seen) {
      expect(series.size).toBeLessThanOrEqual(bound.byMeasurement.get(name) ?? 0)
    }
    expect(admission.collapsed).toBeGreaterThan(0)
  }, 60_000)

  test('is what it is where its series is one of those that are counted', () => {
    const admission = new Admission(grounds)
    const point: InfluxPoint = {
      measurement: 'mp_latency',
      tags: {
        ...{ site: 'harbourside', sensor: 'core-span', pair: 'app-a/web-1', row: 'I-06' },
        ...{ method: 'syn', leg: 'total' },
      },
      ...{ fields: { n: 1 }, timeNs: 1n },
    }
    expect(admission.admit(point)).toBe(point)
    const stranger = { ...point, tags: { ...point.tags, pair: '10.1.1.1/web-1' } }
    expect(admission.admit(stranger).tags).toEqual({
      ...{ site: 'harbourside', sensor: 'other', pair: 'other', row: 'other' },
      ...{ method: 'other', leg: 'other' },
    })
    expect(admission.collapsed).toBe(1)
  })

  test('is the same after a restart, where the store tells what there was', () => {
    const of = (reason: string): InfluxPoint => ({
      measurement: 'mp_violation',
      tags: {
        ...{ site: 'harbourside', sensor: 'core-span', row: 'I-01', verdict: 'escaped', reason },
        ...{ severity: 'high', confidence: 'confirmed', phase: 'open' },
      },
      ...{ fields: { count: 1 }, timeNs: 1n },
    })
    const before = Array.from({ length: 5_000 }, (_, number) => of(`reason_${number}`))
    const first = new Admission(grounds)
    const written = before.map(point => first.admit(point).tags)
    const second = new Admission(grounds)
    second.seed(before)
    expect([of('reason_5001'), ...before].slice(1).map(point => second.admit(point).tags)).toEqual(
      written,
    )
    expect(second.admit(of('reason_9999')).tags['reason']).toBe('other')
  })
})

/** Random flows, and some with words that come from nowhere. */
function* randomFlows(count: number): Generator<JudgedFlow> {
  const next = fractions(9)
  const one = <Value>(values: readonly Value[], otherwise: Value): Value =>
    values[Math.floor(next() * values.length)] ?? otherwise
  const roles = [...ROLES, 'external', 'webex', 'unknown']
  const zones = [...ZONES]
  const rows = [...grounds.policy.rows.map(({ id }) => id), 'unlisted']
  const word = (known: readonly string[]) => (next() < 0.01 ? one(HOSTILE, '') : one(known, ''))
  const base = sampleJudged()
  const flow = sampleFlow()
  for (let index = 0; index < count; index++) {
    const kind = one(VERDICTS, 'permitted')
    yield {
      flow: { ...flow, transport: one(['tcp', 'udp', 'icmp', 'other'], 'tcp') },
      client: { ...base.client, role: word(roles), zone: one(zones, 'core') },
      server: { ...base.server, role: word(roles), zone: one(zones, 'core') },
      verdict: { ...base.verdict, kind, row: word(rows) },
    }
  }
}

test('a million random flows stay below the bound that is printed', { timeout: LONG_MS }, () => {
  const windows = new FlowWindows({ site: 'harbourside', sensorsOf: () => ['core-span'] })
  const admission = new Admission(grounds)
  const series = new Set<string>()
  let [points, flows] = [0, 0]
  const take = (told: ReturnType<FlowWindows['finish']>): void => {
    for (const point of told) {
      points += 1
      flows += Number(point.fields['flows'])
      const line = lineOf(admission.admit({ ...point, timeNs: 1n })) ?? ''
      series.add(line.slice(0, line.lastIndexOf(' flows=')))
    }
  }
  const per = FLOWS / WINDOWS
  let batch: JudgedFlow[] = []
  let window = 0
  for (const flow of randomFlows(FLOWS)) {
    batch.push(flow)
    if (batch.length < per) continue
    window += 1
    take(windows.take(batch, { epochSeconds: window * 10, nowNs: 0 }))
    batch = []
  }
  take(windows.finish())
  const most = bound.byMeasurement.get('mp_flow') ?? 0
  process.stdout.write(
    `${flows} flows, ${points} points, ${series.size} series of mp_flow; at most ${most}\n`,
  )
  expect(flows).toBe(FLOWS)
  expect(series.size).toBeGreaterThan(3_800)
  expect(series.size).toBeLessThanOrEqual(most)
})
