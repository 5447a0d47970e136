// How the sensors fare in ten seconds: counts are of the window, and none is ever negative.

import { expect, test } from 'vitest'
import type { Ledger } from '../../src/model/ledger.ts'
import type { InterfaceState } from '../../src/model/live.ts'
import { MEASUREMENTS } from '../../src/model/measurement.ts'
import { type Books, sensorPoints } from '../../src/watch/state-points.ts'

const interfaceOf = (name: string, received: number, kernelDropped = 0): InterfaceState => ({
  ...{ name, sensor: `${name}-span`, tool: 'tcpdump', state: 'watching', received },
  ...{ delivered: received - kernelDropped - 1, kernelDropped, helperDropped: 1 },
  ...{ interfaceDropped: 2, restarts: 0, isTimedOnArrival: false, lastMs: 5 },
})

const ledgerOf = (seen: number, live: number): Ledger => ({
  reader: {
    ...{ seen, decoded: seen - 10, malformed: 1, truncated: 2, unsupported: 3 },
    ...{ filtered: 0, duplicate: 4, dropped: 0 },
  },
  reasons: {},
  flows: { in_flow: 0, no_flow: 0, unflowed: 0, created: 9, live, ended: 0, evicted: 5 },
  ...{ verdicts: null, findings: null },
})

const window = (now: Books, before: Books | null, lagSeconds: number | null = 0.25) =>
  sensorPoints({ site: 'hq', now, before, captureMs: 20_000, lagSeconds })

test('the first window has everything so far, by interface and for all together', () => {
  const now = { interfaces: [interfaceOf('eth0', 100, 7)], ledger: ledgerOf(92, 6) }
  expect(window(now, null)).toEqual([
    {
      measurement: 'mp_sensor',
      tags: { site: 'hq', sensor: 'eth0-span', iface: 'eth0' },
      fields: { pkts: 100, kernel_drops: 8, iface_drops: 2, lag_s: 0.25 },
      timeUs: 20_000_000,
    },
    {
      measurement: 'mp_sensor',
      tags: { site: 'hq', sensor: 'all', iface: 'all' },
      fields: {
        ...{ pkts: 92, dup_removed: 4, truncated: 2, undecoded: 4, flows_active: 6, evicted: 5 },
        lag_s: 0.25,
      },
      timeUs: 20_000_000,
    },
  ])
})

test('later ones have what came since, and what is active now', () => {
  const before = { interfaces: [interfaceOf('eth0', 100)], ledger: ledgerOf(92, 6) }
  const interfaces = [interfaceOf('eth1', 40), interfaceOf('eth0', 130, 5)]
  const [second, first, all] = window({ interfaces, ledger: ledgerOf(200, 3) }, before, null)
  expect(first?.fields).toEqual({ pkts: 30, kernel_drops: 5, iface_drops: 0 })
  expect(second?.fields).toEqual({ pkts: 40, kernel_drops: 1, iface_drops: 2 })
  expect(all?.fields).toEqual({
    ...{ pkts: 108, dup_removed: 0, truncated: 0, undecoded: 0, flows_active: 3, evicted: 0 },
  })
})

test('nothing is negative where books begin anew, and every field is on the list', () => {
  const before = { interfaces: [interfaceOf('eth0', 100)], ledger: ledgerOf(92, 6) }
  const points = window({ interfaces: [interfaceOf('eth0', 10)], ledger: ledgerOf(20, 0) }, before)
  for (const { fields } of points)
    for (const [name, value] of Object.entries(fields)) {
      expect(Object.keys(MEASUREMENTS.mp_sensor.fields)).toContain(name)
      expect(Number(value)).toBeGreaterThanOrEqual(0)
    }
})
