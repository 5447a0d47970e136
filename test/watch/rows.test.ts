// Goal: what the engine measures and judges fits the list of measurements, and windows lose and double nothing.
// Method: the planted day, in which everything happens, becomes rows and points, which are held against that list
// and against the sums of the ledger.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { plantedDay } from '../../fixtures/day/day.ts'
import { CLOCK } from '../../src/kernel/layout.ts'
import { getF64 } from '../../src/kernel/memory.ts'
import type { FlowRow, Point } from '../../src/model/live.ts'
import { MEASUREMENTS } from '../../src/model/measurement.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { FlowWindows } from '../../src/watch/flow-windows.ts'
import { flowRow, pointOf, stateOf } from '../../src/watch/rows.ts'
import { coveragePoints } from '../../src/watch/state-points.ts'
import { type Audited, auditBytes } from '../support/audit.ts'
import { judged } from '../support/judged.ts'

const LONG_MS = 60_000
const SITE = 'fixtures/day/site.yaml'
const WINDOW_US = 10e6
const OF_SENSOR = { sensorsOf: () => ['core-span'] }

/** What does not fit the list of measurements. */
function misfits({ measurement, tags, fields }: Point): readonly string[] {
  const { tags: known, fields: types } = MEASUREMENTS[measurement]
  const wanted = ['site', 'sensor', ...known].toSorted().join()
  const isOf: Readonly<Record<string, (value: unknown) => boolean>> = {
    float: Number.isFinite,
    integer: Number.isSafeInteger,
    boolean: value => typeof value === 'boolean',
    text: value => typeof value === 'string',
  }
  const own = new Map<string, string>(Object.entries(types))
  return [
    ...(Object.keys(tags).toSorted().join() === wanted ? [] : [`tags ${Object.keys(tags)}`]),
    ...Object.entries(tags)
      .filter(([, value]) => value === '')
      .map(([name]) => `tag ${name} is empty`),
    ...Object.entries(fields)
      .filter(([name, value]) => isOf[own.get(name) ?? '']?.(value) !== true)
      .map(([name, value]) => `${name} ${value}`),
  ].map(text => `${measurement}: ${text}`)
}

let audited: Audited
let epochSeconds = 0
/** Batches that were handed over for the sake of their points alone. */
let pointsAlone = 0
/** As the windows closed. */
const points: Point[] = []
const windows = new FlowWindows({ site: 'harbourside', ...OF_SENSOR })

beforeAll(async () => {
  const day = plantedDay().pcap({ precision: 'nano' })
  audited = await auditBytes(day, readFileSync(SITE, 'utf8'), 'core-span', {
    onBatch: ({ flows, quality, rows }, { monitor }) => {
      if (flows.length + quality.length === 0 && rows.length > 0) pointsAlone++
      epochSeconds = monitor.epochSeconds
      points.push(...windows.take(flows as JudgedFlow[], { epochSeconds, nowNs: getF64(CLOCK) }))
    },
  })
  points.push(...windows.finish())
}, LONG_MS)

const sum = (of: (fields: Point['fields']) => number): number =>
  points.reduce((total, { fields }) => total + of(fields), 0)
const field = (name: string) => sum(fields => fields[name] as number)

describe('mp_flow', () => {
  test('fits the list of measurements', () => {
    expect([...new Set(points.flatMap(misfits))]).toEqual([])
  })

  test('counts every flow, packet and byte of the day once', () => {
    const { flows } = audited
    const both = (of: (judged: JudgedFlow) => number) =>
      flows.reduce((total, one) => total + of(one), 0)
    expect(field('flows')).toBe(flows.length)
    expect([field('pkts_ab'), field('pkts_ba')]).toEqual([
      both(({ flow }) => flow.toServer.packets),
      both(({ flow }) => flow.toClient.packets),
    ])
    expect(field('bytes_ab') + field('bytes_ba')).toBe(
      both(({ flow }) => flow.toServer.bytes + flow.toClient.bytes),
    )
    expect(field('attempts')).toBe(flows.filter(({ flow }) => !flow.resumed).length)
    const answered = flows.filter(one => !one.flow.resumed && stateOf(one) === 'answered')
    expect(field('established')).toBe(answered.length)
    expect(field('refused')).toBeGreaterThan(0)
    expect(field('unanswered')).toBeGreaterThan(0)
  })

  test('writes each series once in a window, and windows in their order, on whole tens of seconds', () => {
    const names = points.map(({ tags, timeUs }) => JSON.stringify([tags, timeUs]))
    expect(new Set(names).size).toBe(names.length)
    const times = points.map(({ timeUs }) => timeUs)
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    expect(times.filter(timeUs => timeUs % WINDOW_US !== 0)).toEqual([])
  })

  test('sums up what is out of scope without roles', () => {
    const outside = points.filter(({ tags }) => tags['verdict'] === 'out_of_scope')
    expect(new Set(outside.map(({ tags: { l4: _, ...tags } }) => JSON.stringify(tags)))).toEqual(
      new Set([
        JSON.stringify({
          ...{ site: 'harbourside', sensor: 'core-span', row: 'none', verdict: 'out_of_scope' },
          ...{ src_role: 'none', dst_role: 'none', src_zone: 'none', dst_zone: 'none' },
        }),
      ]),
    )
  })

  test('takes a record into the window that was open as it closed', () => {
    const own = new FlowWindows({ site: 'hq', ...OF_SENSOR })
    const flow = judged('external -> app-a tcp/22', 'escaped:over_exposed I-01')
    const at = (nowNs: number, ...flows: readonly JudgedFlow[]) =>
      own.take(flows, { epochSeconds: 1_000_003, nowNs }).map(({ timeUs }) => timeUs / 1e6)
    expect(at(1e9, flow)).toEqual([])
    // The tick at which the window ends hands over what closed in it.
    expect(at(7e9, flow)).toEqual([1_000_000])
    expect(at(8e9)).toEqual([])
    expect(at(16.9e9, flow)).toEqual([])
    expect(at(500e9)).toEqual([1_000_010])
    expect(own.finish()).toEqual([])
  })

  test('goes on where the clock was set back', () => {
    const own = new FlowWindows({ site: 'hq', ...OF_SENSOR })
    const flow = judged('external -> app-a tcp/22', 'escaped:over_exposed I-01')
    const at = (seconds: number) =>
      own.take([flow], { epochSeconds: seconds, nowNs: 0 }).map(({ timeUs }) => timeUs / 1e6)
    expect([at(7205), at(3605), at(3612)]).toEqual([[], [7200], [3600]])
  })

  test('is refused by a reset and by a filter that says so, and unanswered in silence', () => {
    const own = new FlowWindows({ site: 'hq', ...OF_SENSOR })
    const states = ['answered', 'refused', 'unanswered', 'blocked', 'one_way', 'pending'] as const
    const flows = states.map(state =>
      judged('external -> app-a tcp/22', 'rejected I-01', { state }),
    )
    own.take(flows, { epochSeconds: 0, nowNs: 1e9 })
    expect(own.finish().map(({ fields }) => fields)).toMatchObject([
      { flows: 6, attempts: 6, established: 1, refused: 1, unanswered: 2 },
    ])
  })
})

describe('points that watchers measure', () => {
  const context = { epochSeconds: 1_772_438_400, site: 'harbourside', sensor: 'core-span' }

  test('fit the list of measurements, each of them', () => {
    const measured = audited.rows.map(row => pointOf(row, context))
    expect([...new Set(measured.flatMap(misfits))]).toEqual([])
    expect([...new Set(measured.map(({ measurement }) => measurement))].toSorted()).toEqual([
      ...['mp_clock', 'mp_failover', 'mp_gwsim', 'mp_latency', 'mp_loss', 'mp_rtp'],
    ])
  })

  test('wait for no flow to end', () => {
    expect(pointsAlone).toBeGreaterThan(0)
  })

  test('have Unix time in whole microseconds', () => {
    const row = { measurement: 'mp_rtp', tags: {}, fields: {}, timeNs: 1_234_567_899 } as const
    expect(pointOf(row, context).timeUs).toBe(1_772_438_401_234_567)
  })
})

describe('mp_coverage', () => {
  test('has a point for each statement, and fits the list of measurements', () => {
    const { statements } = audited.coverage
    const covered = coveragePoints(audited.coverage, { site: 'harbourside', captureMs: 5000 })
    expect([...new Set(covered.flatMap(misfits))]).toEqual([])
    expect(covered.map(({ tags }) => tags['statement'])).toEqual(statements.map(({ id }) => id))
    expect(covered.map(({ fields }) => fields['state_name'])).toEqual(
      statements.map(({ state }) => state),
    )
  })
})

describe('a flow as the store keeps it', () => {
  const rowOf = (one: JudgedFlow, sensors: readonly string[] = ['core-span']): FlowRow =>
    flowRow(one, { epochSeconds: 1_772_438_400, sensorsOf: () => sensors })

  test('has its ends, names, counts and verdict', () => {
    expect(rowOf(judged('external -> web-dmz-1 tcp/1433', 'escaped:over_exposed I-31'))).toEqual({
      ...{ firstUs: 1_772_438_401_000_000, lastUs: 1_772_438_402_000_000, sensor: 'core-span' },
      ...{ transport: 'tcp', protocol: 6, vlan: null },
      ...{ client: '203.0.113.77', clientPort: 40_001, server: '192.0.2.20', serverPort: 1433 },
      ...{ source: 'external@internet', destination: 'web-dmz-1' },
      ...{ verdict: 'escaped', reason: 'over_exposed', row: 'I-31', app: null, state: 'answered' },
      ...{ packetsToServer: 3, packetsToClient: 0, bytesToServer: 200, bytesToClient: 0 },
    })
  })

  test('names all who saw it, and somebody where nobody is named', () => {
    const flow = judged('external -> web-dmz-1 tcp/1433', 'escaped:over_exposed I-31')
    expect(rowOf(flow, ['core-span', 'dmz-span']).sensor).toBe('core-span+dmz-span')
    expect(rowOf(flow, []).sensor).toBe('other')
  })

  test('has numbers that a store can hold, all the day', () => {
    for (const one of audited.flows) {
      const { firstUs, lastUs } = rowOf(one)
      expect(Number.isSafeInteger(firstUs) && lastUs >= firstUs).toBe(true)
    }
    const states = new Set(audited.flows.map(one => rowOf(one).state))
    expect([...states].toSorted()).toEqual(['answered', 'blocked', 'one_way', 'refused'])
  })
})
