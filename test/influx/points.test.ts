// Goal: entries of the journal become points whose keys follow from what was stored alone (semantics 3.6).

import { describe, expect, test } from 'vitest'
import { lineOf } from '../../src/influx/line-protocol.ts'
import { entryPoints, storedPoint } from '../../src/influx/points.ts'
import type { Incident } from '../../src/model/lifecycle.ts'
import type { BlindInterval } from '../../src/model/live.ts'
import { event, NOON_MS } from '../store/stored.ts'
import { sampleReportedFinding } from '../support/samples.ts'

const finding = sampleReportedFinding()
const [example] = finding.examples
const blindEntry = (interval: Partial<BlindInterval>): Extract<Incident, { kind: 'blind' }> => ({
  ...{ kind: 'blind', atMs: NOON_MS + 5 },
  interval: {
    ...{ id: 'dmz drops', sensor: 'dmz', interface: 'span0', cause: 'drops', fromMs: NOON_MS },
    ...{ toMs: null, detail: 'The kernel dropped 4 % of the packets.' },
    ...interval,
  },
})

describe('mp_violation', () => {
  test('has who, what and why of the first example', () => {
    const entry = event(finding, { episodes: 2 }, { phase: 'reopen' })
    const [point] = entryPoints({ number: 7, entry }, 'hq')
    expect(point).toEqual({
      measurement: 'mp_violation',
      tags: {
        ...{ site: 'hq', sensor: 'dmz-span', row: 'I-31', verdict: 'escaped' },
        ...{ reason: 'over_exposed', severity: 'critical', confidence: 'confirmed' },
        phase: 'reopen',
      },
      fields: {
        ...{ count: 2, members: 3, alert_id: 'f-7d1c2a90b3e4' },
        ...{ community_id: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=', direction_basis: 'syn' },
        ...{ src_ip: '203.0.113.77', src_port: 51514, src_node: 'external@internet' },
        ...{ dst_ip: '192.0.2.20', dst_port: 1433, dst_node: 'web-dmz-1' },
        message: 'SQL Server on web-dmz-1 answered the Internet',
        evidence_ref: 'office.pcap#17',
        ...{ first_seen: '2026-03-02T10:15:42.118233456Z' },
        ...{ last_seen: '2026-03-02T10:16:30.000000000Z' },
      },
      timeNs: BigInt(NOON_MS) * 1_000_000n + 7n,
    })
  })

  test('has its nanosecond from the number of the entry, or from the place that an audit gave it', () => {
    const timeOf = (number: number, place?: number) => {
      const entry = event({}, {}, place === undefined ? {} : { place })
      return (entryPoints({ number, entry }, 'hq')[0]?.timeNs ?? 0n) - BigInt(NOON_MS) * 1_000_000n
    }
    expect([timeOf(12), timeOf(3_000_012), timeOf(12, 4), timeOf(99, 4)]).toEqual([
      12n,
      12n,
      4n,
      4n,
    ])
  })

  test('without an example it says what it knows, and without a reason that there is none', () => {
    const [point] = entryPoints({ number: 1, entry: event({ reason: null }) }, 'hq')
    expect(point?.tags).toMatchObject({ sensor: 'other', reason: 'none' })
    expect(Object.keys(point?.fields ?? {})).not.toContain('src_ip')
  })

  test('that several sensors saw is of none of them', () => {
    if (example === undefined) throw new Error('the sample has an example')
    const entry = event({ examples: [{ ...example, sensors: ['a', 'b'] }] })
    expect(entryPoints({ number: 1, entry }, 'hq')[0]?.tags['sensor']).toBe('other')
  })
})

describe('mp_blind', () => {
  test('is one point, written again when it ends', () => {
    const lasting = entryPoints({ number: 3, entry: blindEntry({}) }, 'hq')
    const over = entryPoints({ number: 9, entry: blindEntry({ toMs: NOON_MS + 1_500 }) }, 'hq')
    const key = 'mp_blind,cause=drops,iface=span0,sensor=dmz,site=hq'
    const detail = 'detail="The kernel dropped 4 % of the packets."'
    expect(lasting.map(lineOf)).toEqual([`${key} ends_ms=0i,lasts=true,${detail} ${NOON_MS}000000`])
    expect(over.map(lineOf)).toEqual([
      `${key} ends_ms=${NOON_MS + 1_500}i,lasts=false,seconds=1.5,${detail} ${NOON_MS}000000`,
    ])
  })

  test('of the whole monitor is of all interfaces', () => {
    const [point] = entryPoints({ number: 3, entry: blindEntry({ interface: null }) }, 'hq')
    expect(point?.tags['iface']).toBe('all')
  })
})

test('a stored point keeps the nanosecond that it was stored with', () => {
  const point = { measurement: 'mp_gwsim', tags: { node: 'web-1' }, fields: { state: 2 } } as const
  expect(storedPoint({ ...point, number: 5, timeUs: 7, timeNs: 7_003n })).toEqual({
    ...point,
    timeNs: 7_003n,
  })
})
