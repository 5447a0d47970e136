import { expect, test } from 'vitest'
import type { Placement } from '../../src/model/inventory.ts'
import type { QualityRecord } from '../../src/model/quality.ts'
import { type EveContext, EveWriter } from '../../src/sinks/eve.ts'
import {
  counts,
  icmpQuality,
  ntpQuality,
  rtcpQuality,
  rtpQuality,
  tcpQuality,
} from '../support/measured.ts'
import { OUTSIDER, run } from '../support/samples.ts'
import { complaints } from '../support/schemas.ts'

const context: EveContext = { ...run, sensor: null, hasSeveralSensors: false, policy: null }

function lineOf(record: QualityRecord, changes: Partial<EveContext> = {}) {
  let text = ''
  new EveWriter(line => (text += line), { ...context, ...changes }).quality(record)
  const line = JSON.parse(text)
  expect(complaints('eve', line)).toEqual([])
  return line
}

test('a side of a connection is one line, whole', () => {
  const record = tcpQuality({
    ...counts({ segments: 990, lost: 10, lostBefore: 10, outOfOrder: 1, duplicateAcks: 2 }),
    ...{ retransmissions: { total: 12, fast: 7, timeout: 4, spurious: 1 }, zeroWindows: 3 },
    ...{ keepAlives: 4, handshakeNs: 1_234_567, legNs: 34_567 },
    rtt: { n: 3, min: 0.5, p50: 1.23456, p95: 2, p99: 2, max: 2.0004 },
  })
  expect(lineOf(record)).toEqual({
    timestamp: '2026-03-02T10:15:44.618233+0000',
    event_type: 'quality',
    pcap_cnt: 17,
    pcap_filename: 'office.pcap',
    flow_id: 912_274_551_301,
    community_id: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    ...{ src_ip: '192.0.2.20', src_port: 3471, dest_ip: '10.10.20.11', dest_port: 61_004 },
    proto: 'TCP',
    quality: {
      kind: 'tcp',
      handshake_rtt_us: 1235,
      leg_rtt_us: 35,
      rtt_ms: { n: 3, min: 0.5, p50: 1.235, p95: 2, p99: 2, max: 2 },
      segments: 990,
      retransmissions: { total: 12, fast: 7, timeout: 4, spurious: 1 },
      ...{ out_of_order: 1, duplicate_acks: 2, zero_windows: 3, keep_alives: 4 },
      ...{ capture_gaps: 0, capture_loss_pct: 0, lost: 10, lost_before: 10 },
      ...{ loss_pct: 1, loss_state: 'measured' },
    },
    mp: { schema: 1 },
  })
})

test('what the server sent has the server as its source', () => {
  const line = lineOf(tcpQuality({ from: 'server' }))
  expect([line.src_ip, line.src_port]).toEqual(['10.10.20.11', 61_004])
  expect([line.dest_ip, line.dest_port]).toEqual(['192.0.2.20', 3471])
})

test('an SSRC is written as Wireshark shows it', () => {
  expect(lineOf(rtpQuality()).quality.ssrc).toBe('0x3796CB71')
  expect(lineOf(rtpQuality({ ssrc: 0xff })).quality.ssrc).toBe('0x000000FF')
  expect(lineOf(rtpQuality({ ssrc: 0xdeadbeef | 0 })).quality.ssrc).toBe('0xDEADBEEF')
})

test('a stream says what it lost, and has no jitter where its clock is not known', () => {
  const record = rtpQuality({
    packets: 97,
    expected: 100,
    lost: 3,
    jitterMs: null,
    clockRate: null,
  })
  const { quality } = lineOf({ ...record, clockRateBasis: 'unknown' })
  expect(quality).toMatchObject({ packets: 97, expected: 100, lost: 3, loss_pct: 3 })
  expect(quality).toMatchObject({ jitter_ms: null, clock_rate: null, clock_rate_basis: 'unknown' })
})

test('a report says whom it is about', () => {
  expect(lineOf(rtcpQuality({ cumulativeLost: -2, roundTripMs: 40.12345 })).quality).toEqual({
    ...{ kind: 'rtcp', report: 'receiver', ssrc: '0x000000AB', about: '0x3796CB71' },
    ...{ fraction_lost_pct: 0, cumulative_lost: -2, highest_sequence: 100, jitter_ms: 1 },
    rtt_ms: 40.123,
  })
  expect(lineOf(rtcpQuality({ report: 'sender', about: null })).quality.about).toBeNull()
})

test('a look at the clock has its offset and how far that may be off', () => {
  expect(lineOf(ntpQuality()).quality).toMatchObject({ offset_ms: 12.346, uncertainty_ms: 1 })
  expect(lineOf(ntpQuality({ offsetMs: null, kiss: 'RATE' })).quality.offset_ms).toBeNull()
})

test('an echo has a type where others have ports', () => {
  const line = lineOf(icmpQuality())
  expect(line).toMatchObject({ proto: 'ICMP', icmp_type: 8, icmp_code: 0 })
  expect(line).not.toHaveProperty('src_port')
  expect(line.quality).toMatchObject({ requests: 6, replies: 5, rtt_ms: { n: 5, p50: 1.25 } })
})

test('with a site both ends say who they are, in the direction measured', () => {
  const place = (at: Placement['address']): Placement => ({
    ...OUTSIDER,
    address: at,
    role: at.text,
  })
  const { mp } = lineOf(tcpQuality({ from: 'server' }), { place })
  expect([mp.src.role, mp.dst.role]).toEqual(['10.10.20.11', '192.0.2.20'])
})

test('of several sensors a connection names those that saw it; a single message does not', () => {
  const several = { hasSeveralSensors: true, sensorsOf: () => ['core', 'dmz'] }
  expect(lineOf(tcpQuality(), several).mp.sensors).toEqual(['core', 'dmz'])
  const { transport, protocol, client, server, vlan, first } = ntpQuality().flow
  const flow = { transport, protocol, client, server, vlan, first }
  expect(lineOf(ntpQuality({ flow }), several).mp).toEqual({ schema: 1 })
})

/** Of so many segments seen. */
const states = {
  'nothing sent': [{}, null, 'undetermined'],
  'nothing lost': [{ segments: 1000 }, 0, 'measured'],
  '2 % lost before the sensor': [{ segments: 980, lost: 20, lostBefore: 20 }, 2, 'measured'],
  'more than that': [{ segments: 979, lost: 21, lostBefore: 21 }, 2.1, 'lower_bound'],
  '9 of 10,000 missing here': [{ segments: 9991, captureGaps: 9 }, 0, 'measured'],
  '10 of 10,000 missing here': [{ segments: 9990, captureGaps: 10 }, 0, 'undetermined'],
} as const
for (const [words, [changes, pct, state]] of Object.entries(states)) {
  test(`loss with ${words} is ${state}`, () => {
    const { loss_pct, loss_state } = lineOf(tcpQuality(changes)).quality
    expect([loss_pct, loss_state]).toEqual([pct, state])
  })
}
