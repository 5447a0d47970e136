// Bounds of the report of quality: as many hosts, streams and clocks as it can remember, and some more.

import { expect } from 'vitest'
import { begin } from '../../src/kernel/session.ts'
import { Measuring } from '../../src/measuring.ts'
import { ipv4 } from '../../src/model/address.ts'
import type { Placement } from '../../src/model/inventory.ts'
import type { Link } from '../../src/model/sighting.ts'
import { PlacedMeasures } from '../../src/placed-measures.ts'
import { QualityBook } from '../../src/quality/book.ts'
import type { Watchers } from '../../src/watchers/index.ts'
import { counts, ntpQuality, PHONE, rtcpQuality, rtpQuality } from '../support/measured.ts'
import { address, sampleFlow, udpFlow } from '../support/samples.ts'
import { type BoundCase, numbersTo } from './case.ts'

const MORE = 9
const SERVER = { address: address('10.10.20.11'), port: 443 }
const clientOf = (number: number) => ({ address: ipv4(0x0b000000 + number), port: 4000 })

export const REPORT_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'connections of which each round trip is told, for reports alone': (all = 0, reports = 0) => {
    begin({ seed: 1, measure: true })
    const measuring = new Measuring([], () => expect.fail('no flow is looked up'))
    const unmeasured = () => measuring.notes['note.flow_unmeasured']
    const track = (flow: number, isForReports: boolean) => {
      const orientation = { clientHigh: false, basis: 'syn' } as const
      const ends = { protocol: 6, low: clientOf(flow), high: SERVER, orientation }
      measuring.track(flow, ends, orientation, isForReports)
    }
    for (const flow of numbersTo(reports)) track(flow, true)
    expect(unmeasured()).toBe(0)
    track(reports, true)
    track(0, true)
    expect(unmeasured()).toBe(1)
    for (const flow of numbersTo(all - reports)) track(1 + reports + flow, false)
    expect(unmeasured()).toBe(1)
    track(1 + all, false)
    expect(unmeasured()).toBe(2)
  },

  'links of measured flows, of the same two addresses, ways in reports': (
    links = 0,
    ports = 0,
    ways = 0,
  ) => {
    const told: Link[] = []
    const watchers = { sent: (link: Link) => void told.push(link) } as unknown as Watchers
    const place = { isMeetingPlace: true } as unknown as Placement
    const span = { fromNs: 0, toNs: 1e9 }
    // An address is one object for as long as somebody uses it.
    const clients = numbersTo(Math.max(links, ways) + MORE).map(clientOf)
    const begun = () => {
      const measures = new PlacedMeasures(() => place, watchers)
      return (number: number, port: number): Link | undefined => {
        const client = clients[number] ?? clientOf(number)
        const flow = sampleFlow({ client, server: { ...SERVER, port } })
        measures.sent(flow, 'client', counts({ segments: 1 }), span)
        return told.at(-1)
      }
    }
    const byPort = begun()
    for (const port of numbersTo(ports)) byPort(0, port)
    expect(byPort(0, ports - 1)).toBe(told[ports - 1])
    expect(byPort(0, ports)).not.toBe(byPort(0, ports))
    const byHost = begun()
    const first = byHost(0, 80)
    for (const number of numbersTo(links)) byHost(number, 80)
    expect(byHost(0, 80)).toBe(first)
    byHost(links, 80)
    expect(byHost(0, 80)).not.toBe(first)

    const book = new QualityBook(null)
    for (const client of clients.slice(0, ways + MORE))
      book.sent(sampleFlow({ client, server: SERVER }), 'client', counts({}), span)
    expect(book.sizes.ways).toBe(MORE)
  },

  'pairs of hosts in the report of quality': (max = 0) => {
    const book = new QualityBook(null)
    for (const number of numbersTo(max + MORE)) {
      const flow = sampleFlow({ client: clientOf(number), server: SERVER })
      book.sent(flow, 'client', counts({ segments: 1 }), { fromNs: 0, toNs: 1e9 })
      book.roundTrip(flow, { method: 'syn', leg: 'total', ns: 1e6, timeNs: 0 })
    }
    const { pairs_seen: seen, connections_left_out: leftOut, capture } = book.report(1, 0)
    expect([seen, leftOut, capture.segments]).toEqual([max, MORE, max + MORE])
    expect(book.sizes.pairs).toBe(max)
  },

  'points of its curves, of one curve': (max = 0, each = 0) => {
    const book = new QualityBook(null)
    for (const pair of numbersTo(Math.ceil(max / each) + 1)) {
      const flow = sampleFlow({ client: clientOf(pair), server: SERVER })
      for (const point of numbersTo(each))
        book.roundTrip(flow, { method: 'syn', leg: 'total', ns: 1e6, timeNs: point * 10e9 })
    }
    expect(book.sizes.points).toBe(max)
    const curves = book.report(max, 0).pairs.map(pair => pair.round_trip)
    expect(new Set(curves.map(({ n }) => n))).toEqual(new Set([each]))
    expect(Math.max(...curves.map(one => one.p95_series.length))).toBe(each)
    const points = curves.flatMap(one => one.p95_series.filter(point => point !== null))
    expect(points).toHaveLength(max)

    const flow = sampleFlow({ client: clientOf(0), server: SERVER })
    book.roundTrip(flow, { method: 'syn', leg: 'total', ns: 1e6, timeNs: each * 10e9 })
    expect(book.report(1, 0).series.step_s).toBe(20)
    expect(book.report(max, 0).pairs[0]?.round_trip.p95_series.length).toBeLessThanOrEqual(each)
  },

  'its media streams, reports of their receivers': (max = 0, reports = 0) => {
    const book = new QualityBook(null)
    for (const ssrc of numbersTo(max + MORE))
      book.measured(rtpQuality({ ssrc, lost: ssrc % 100, expected: 100 }))
    const { streams, streams_seen: seen } = book.report(max, 0)
    expect(seen.count).toBe(max + MORE)
    expect(book.sizes.streams).toBe(max / 2 + MORE)
    expect(streams.slice(0, max / 100).map(({ lost }) => lost)).toEqual(
      numbersTo(max / 100).map(() => 99),
    )

    const reported = new QualityBook(null)
    reported.measured(rtcpQuality({ about: 1 }))
    for (const about of numbersTo(reports)) reported.measured(rtcpQuality({ about: about + 2 }))
    for (const ssrc of [1, reports + 1]) reported.measured(rtpQuality({ ssrc }))
    const known = reported.report(2, 0).streams.map(({ ssrc, reported: by }) => [ssrc, by !== null])
    expect(Object.fromEntries(known)).toEqual({
      '0x00000001': false,
      [`0x0000${(reports + 1).toString(16).toUpperCase()}`]: true,
    })
  },

  'pairs of hosts whose clocks it tells': (max = 0) => {
    const book = new QualityBook(null)
    for (const number of numbersTo(max + MORE)) {
      const server = { address: address(PHONE), port: 123 }
      book.measured(ntpQuality({ flow: udpFlow({ client: clientOf(number), server }) }))
    }
    expect(book.report(2 * max, 0).clocks).toHaveLength(max)
  },
}
