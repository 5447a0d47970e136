// RTCP through the whole monitor: what reports say, and the round trips that they leave at the sensor.

import { describe, expect, test } from 'vitest'
import { join } from '../../fixtures/scenario/bytes.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'
import type { RtcpQuality } from '../../src/model/quality.ts'
import type { Frame } from '../support/frames.ts'
import { measuredOf, monitorOf } from './records.ts'
import {
  type Block,
  extendedReport,
  lastTimes,
  middle,
  ntpOf,
  packet,
  receiverReport,
  receiverTime,
  reportingCall,
  senderReport,
  voiceMetrics,
} from './rtcp-story.ts'

const ERROR_MS_MAX = 1

const reportsOf = (frames: readonly Frame[], chunkPackets?: number): readonly RtcpQuality[] =>
  measuredOf(frames, chunkPackets).filter(record => record.kind === 'rtcp')

/** One end, `a`, sends from 5001 to 6001 of the other, `b`, and is answered there. */
function between(tell: (send: Send, net: Scenario, ends: readonly [Host, Host]) => void) {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const ends = [net.host('a', { ip: '10.1.1.1' }), net.host('b', { ip: '10.1.1.2' })] as const
  const send: Send = (who, seconds, request) => {
    const [there, back] = who === 'a' ? ends : ([ends[1], ends[0]] as const)
    const [clientPort, port] = who === 'a' ? [5001, 6001] : [6001, 5001]
    net.at(seconds).udpOneWay(there, back, port, { clientPort, request })
  }
  tell(send, net, ends)
  return reportsOf(net.packets())
}
type Send = (who: 'a' | 'b', seconds: number, request: Uint8Array) => void

const [A, B] = [0xaaaa0001, 0xbbbb0002]
const block = (about: number, more: Partial<Block> = {}): Block => ({ about, ...more })

describe('a report says', () => {
  test('of a source what its receiver counted', () => {
    const [report] = between(send => {
      const counted = { fraction: 64, lost: 12, highest: 0x00012345, jitter: 160 }
      send('a', 1, receiverReport(A, block(B, counted)))
    })
    expect(report).toMatchObject({
      ...{ kind: 'rtcp', report: 'receiver', from: 'client', ssrc: A, about: B },
      ...{ fractionLostPct: 25, cumulativeLost: 12, highestSequence: 0x12345 },
      // Nobody has seen the stream, so its clock is not known.
      ...{ jitterMs: null, roundTripMs: null, timeNs: 1e9 },
    })
    expect(report?.flow.client).toMatchObject({ port: 5001 })
  })

  test.each([
    [0, 0],
    [1, 1],
    [0x7fffff, 8_388_607],
    [0xffffff, -1],
    [0x800000, -8_388_608],
  ])('a cumulative loss of %s as %i', (lost, expected) => {
    const [report] = between(send => send('a', 1, receiverReport(A, block(B, { lost }))))
    expect(report?.cumulativeLost).toBe(expected)
  })

  test('of each source for itself, and of none that its sender is alive', () => {
    const reports = between(send => {
      send('a', 1, senderReport(A, [7, 7], 50, block(B), block(3)))
      send('b', 2, senderReport(B, [8, 8], 51))
      send('b', 3, receiverReport(B))
    })
    expect(reports.map(({ report, about, sentPackets }) => [report, about, sentPackets])).toEqual([
      ['sender', B, 50],
      ['sender', 3, 50],
      ['sender', null, 51],
      ['receiver', null, null],
    ])
  })

  test('all that stands in one datagram', () => {
    const all = join(receiverReport(A, block(B)), packet(202, 0, new Uint8Array()))
    const reports = between(send =>
      send('a', 1, join(all, extendedReport(A, voiceMetrics(B, 128)), receiverReport(9, block(B)))),
    )
    expect(
      reports.map(({ report, ssrc, fractionLostPct }) => [report, ssrc, fractionLostPct]),
    ).toEqual([
      ['receiver', A, 0],
      ['extended', A, 50],
      ['receiver', 9, 0],
    ])
  })
})

describe('the round trip to who reports', () => {
  const seeds = Array.from({ length: 25 }, (_, seed) => seed + 1)
  test.each(seeds)('is true to 1 ms, drawn from seed %i', seed => {
    const { net, trips } = reportingCall(seed)
    const measured = reportsOf(net.packets()).filter(({ roundTripMs }) => roundTripMs !== null)
    expect(trips.length).toBeGreaterThan(8)
    expect(measured.map(({ ssrc }) => ssrc)).toEqual(trips.map(({ ssrc }) => ssrc))
    for (const [index, { roundTripMs }] of measured.entries())
      expect(Math.abs((roundTripMs ?? 0) - (trips[index]?.ms ?? 0))).toBeLessThan(ERROR_MS_MAX)
  })

  test('does not depend on how the input is cut', () => {
    const packets = reportingCall(3).net.packets()
    expect(reportsOf(packets, 1)).toEqual(reportsOf(packets))
  })

  const ntp = ntpOf(77.25, 1000)
  const answer = (more: Partial<Block>): Uint8Array =>
    receiverReport(B, block(A, { lsr: middle(ntp), ...more }))
  const tripOf = (reports: readonly RtcpQuality[]) => reports.map(({ roundTripMs }) => roundTripMs)

  test('leaves out the time between the two reports', () => {
    const reports = between(send => {
      send('a', 1, senderReport(A, ntp, 50))
      send('b', 3.08, answer({ dlsr: 2 * 65_536 }))
    })
    expect(reports[1]?.roundTripMs).toBeCloseTo(80, 3)
  })

  test.each<[string, (send: Send) => void]>([
    ['the report that is answered did not pass here', send => send('b', 3, answer({}))],
    [
      'none is answered',
      send => {
        send('a', 1, senderReport(A, [0x10000, 0], 50))
        send('b', 3, receiverReport(B, block(A)))
      },
    ],
    [
      'the answer came before it could',
      send => {
        send('a', 1, senderReport(A, ntp, 50))
        send('b', 3, answer({ dlsr: 2.5 * 65_536 }))
      },
    ],
    [
      'it took longer than a minute',
      send => {
        send('a', 1, senderReport(A, ntp, 50))
        for (const at of [30, 59]) send('b', at, receiverReport(B))
        send('b', 61.5, answer({}))
      },
    ],
    [
      'another source sent it',
      send => {
        send('a', 1, senderReport(7, ntp, 50))
        send('b', 3, answer({}))
      },
    ],
  ])('is not told where %s', (_, tell) => {
    expect(tripOf(between(tell)).every(ms => ms === null)).toBe(true)
  })

  test('counts from the first copy of a report', () => {
    const reports = between(send => {
      for (const at of [1, 1.04]) send('a', at, senderReport(A, ntp, 50))
      send('b', 1.1, answer({ dlsr: 0 }))
    })
    expect(reports.at(-1)?.roundTripMs).toBeCloseTo(100, 3)
  })

  test('is had of who only receives, by extended reports', () => {
    const reports = between(send => {
      send('a', 1, extendedReport(A, receiverTime(ntp)))
      const times = { about: A, lrr: middle(ntp), dlrr: 65_536 }
      send('b', 2.25, extendedReport(B, lastTimes(times)))
    })
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatchObject({ report: 'extended', from: 'server', ssrc: B, about: A })
    expect(reports[0]?.roundTripMs).toBeCloseTo(250, 3)
  })
})

describe('the jitter that a receiver reports', () => {
  const reported = (payloadType: number, at: number) => {
    const net = scenario({ start: '2026-03-02T10:00:00Z' })
    const [a, b] = [net.host('a', { ip: '10.1.1.1' }), net.host('b', { ip: '10.1.1.2' })]
    net.at(1).rtp(a, b, { sourcePort: 5000, port: 6000, packets: 100, ssrc: A, payloadType })
    const request = receiverReport(B, block(A, { jitter: 320 }))
    net.at(at).udpOneWay(b, a, 5001, { clientPort: 6001, request })
    return reportsOf(net.packets()).map(({ jitterMs }) => jitterMs)
  }

  test.each([
    [0, 40],
    [9, 40],
    [8, 40],
  ])('of payload type %i is told by the clock of the stream that it is about', (type, ms) => {
    expect(reported(type, 2)).toEqual([ms])
  })

  test('is not told before there is such a stream', () => {
    expect(reported(0, 0.9)).toEqual([null])
  })
})

describe('reports on the ports of RTP (RFC 5761)', () => {
  const muxed = (before: number) => {
    const net = scenario({ start: '2026-03-02T10:00:00Z' })
    const ends = [net.host('a', { ip: '10.1.1.1' }), net.host('b', { ip: '10.1.1.2' })] as const
    net.at(1).rtp(ends[0], ends[1], { sourcePort: 5000, port: 6000, packets: 100, ssrc: A })
    net.at(1).rtp(ends[1], ends[0], { sourcePort: 6000, port: 5000, packets: 100, ssrc: B })
    const request = senderReport(A, [1, 1], 9, block(B))
    net.at(before).udpOneWay(ends[0], ends[1], 6000, { clientPort: 5000, request })
    return monitorOf(net.packets())
  }

  test.each([1.01, 1.05, 1.5, 2.97, 4])('are heard %f s into the story', at => {
    const { records } = muxed(at)
    expect(records.filter(({ kind }) => kind === 'rtcp')).toMatchObject([{ ssrc: A, about: B }])
  })
})

describe('hostile reports', () => {
  test('more packets and blocks than anybody needs are not read further', () => {
    const many = Array.from({ length: 31 }, (_, index) => block(index + 1))
    const parts = Array.from({ length: 5 }, (_, index) =>
      receiverReport(index + 1, ...many.slice(0, 10)),
    )
    const small = Array.from({ length: 40 }, (_, index) => receiverReport(index + 1))
    const long = between(send =>
      send('a', 1, join(receiverReport(A, ...many), ...parts.slice(0, 2))),
    )
    expect(long).toHaveLength(31 + 20)
    expect(between(send => send('a', 1, join(...parts, ...small.slice(0, 3))))).toHaveLength(53)
    expect(between(send => send('a', 1, join(...small)))).toHaveLength(32)
  })

  test('a length of an extended block beyond the packet ends it', () => {
    const bad = Uint8Array.from([7, 0, 0, 200, 0, 0, 0, 1])
    expect(between(send => send('a', 1, extendedReport(A, voiceMetrics(B, 1), bad)))).toHaveLength(
      1,
    )
  })
})
