// Bounds of what is kept of RTCP, and of media while it goes on.

import { expect } from 'vitest'
import { join } from '../../fixtures/scenario/bytes.ts'
import { run } from '../../src/kernel/kernel.ts'
import { Stop } from '../../src/kernel/layout.ts'
import { begin, load } from '../../src/kernel/session.ts'
import { ipv4 } from '../../src/model/address.ts'
import type { Placement } from '../../src/model/inventory.ts'
import type {
  MeasuredFlow,
  MeasurementRow,
  MediaStream,
  RtcpQuality,
} from '../../src/model/quality.ts'
import type { RtcpReport } from '../../src/model/rtcp.ts'
import { reportsOf } from '../../src/protocols/rtcp-reports.ts'
import { announce } from '../../src/protocols/sdp.ts'
import { LiveStreams } from '../../src/quality/live-streams.ts'
import { RtcpBook } from '../../src/quality/rtcp.ts'
import { Controls } from '../../src/watchers/quality/controls.ts'
import { Lanes } from '../../src/watchers/quality/lanes.ts'
import { MediaRows } from '../../src/watchers/quality/media-rows.ts'
import { within } from '../protocols/watched.ts'
import { cross, framesOf, talk } from '../quality/media-story.ts'
import { receiverReport } from '../quality/rtcp-story.ts'
import { chunksOf } from '../support/kernel.ts'
import { placed } from '../watchers/placed.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const MEDIA_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'packets of an RTCP datagram, blocks in them': (packets = 0, blocks = 0) => {
    const read = (bytes: Uint8Array) => reportsOf({ bytes, at: 0, end: bytes.length })
    const empty = numbersTo(packets + 1).map(ssrc => receiverReport(ssrc))
    expect(read(join(...empty))).toHaveLength(packets)
    const full = numbersTo(5).map(ssrc =>
      receiverReport(ssrc, ...numbersTo(31).map(about => ({ about }))),
    )
    const all = read(join(...full)).flatMap(report => report.blocks)
    expect(all).toHaveLength(blocks)
  },

  'records of RTCP': (max = 0, seconds = 0) => {
    const book = new RtcpBook()
    const at = (timeNs: number) => ({ flow: FLOW, from: 'client', timeNs }) as const
    const made = (timeNs: number, count: number) =>
      numbersTo(count).flatMap(() => book.take(at(timeNs), [report(1)], () => null).records).length
    expect([made(5e9, max + 3), book.unread]).toEqual([max, 3])
    expect([made((5 + seconds) * 1e9, 7), book.unread]).toEqual([7, 3])
  },

  'reports whose answers are awaited, flows whose ways are known': (sent = 0, ways = 0) => {
    const trips = (others: number): number => {
      const book = new RtcpBook()
      const take = (timeNs: number, one: RtcpReport) =>
        book.take({ flow: FLOW, from: 'server', timeNs }, [one], () => null).trips.length
      take(1e9, report(7, { ntpMiddle: 99 }))
      for (const number of numbersTo(others)) take(2e9, report(8, { ntpMiddle: 100 + number }))
      return take(3e9, report(9, { blocks: [block(7, 99)] }))
    }
    expect([trips(sent / 2 - 1), trips(sent)]).toEqual([1, 0])

    const legs = (others: number): number => {
      const book = new RtcpBook()
      const answered = (port: number, from: 'client' | 'server') => {
        const flow = { ...FLOW, server: { ...FLOW.server, port } }
        book.take({ flow, from, timeNs: 1e9 }, [report(7, { ntpMiddle: 99 })], () => null)
        const packet = { flow, from, timeNs: 2e9 }
        return book.take(packet, [report(9, { blocks: [block(7, 99)] })], () => null).trips.length
      }
      answered(1, 'client')
      for (const number of numbersTo(others)) answered(2 + number, 'client')
      return answered(1, 'server')
    }
    // The way to this side, and both together.
    expect([legs(ways / 2 - 1), legs(ways)]).toEqual([2, 1])
  },

  'streams of media known by their sources, those of one place': (max = 0, ways = 0) => {
    // Numbers that fall into one place: multiples of what undoes the spreading.
    const sources = numbersTo(ways + 1).map(number => Math.imul(1 + number, UNSPREAD) >>> 0)
    begin({ seed: 1, measure: true })
    for (const chunk of chunksOf(sources.flatMap(ssrc => framesOf(VOICE, ssrc)))) {
      load(chunk)
      while (run() !== Stop.ChunkEnd);
    }
    const known = (count: number) => {
      const streams = new LiveStreams()
      for (const number of numbersTo(count)) streams.note(1 + number)
      return sources.map(ssrc => streams.rateOf(0, ssrc))
    }
    expect(max % ways).toBe(0)
    expect(known(ways)).toEqual([8000, 8000, null])
    expect(known(ways + 1)).toEqual([null, 8000, 8000])
  },

  'directions that a description tells of media': (max = 0) => {
    const told: number[] = []
    const lines = numbersTo(max + 9).map(number => `m=audio ${5000 + 2 * number} RTP/AVP 0\r\n`)
    const directed = (_address: Uint8Array, port: number) => void told.push(port)
    const rest = { wantsName: () => true, answered() {}, dataChannel() {}, media() {} }
    announce(within(`v=0\r\nc=IN IP4 10.1.1.1\r\n${lines.join('')}`), { ...rest, directed })
    expect(told).toHaveLength(max)
  },

  'lanes of media, sources of each': (lanes = 0, sources = 0, restSeconds = 0) => {
    const all = new Lanes()
    const began = (port: number, ssrc = 1, lastNs = 1e9) =>
      all.streamed(stream(port, ssrc, lastNs), PHONE, BLADE)
    for (const port of numbersTo(lanes)) expect(began(port)).not.toBeNull()
    expect([began(lanes), all.missed]).toEqual([null, 1])
    for (const ssrc of numbersTo(sources + 5)) began(3, 2 + ssrc)
    expect(began(3)?.tracks).toHaveLength(sources)
    all.tick((1 + restSeconds) * 1e9)
    expect([...all.all()]).toHaveLength(lanes)
    all.tick((2 + restSeconds) * 1e9)
    expect([...all.all()]).toHaveLength(0)
  },

  'lanes whose reports are known, places whose directions': (reports = 0, places = 0) => {
    const reporting = (others: number) => {
      const controls = new Controls()
      for (const number of numbersTo(others + 1)) controls.reported(rtcp(2 * number))
      return controls.isReporting(end(PHONE, 0), end(BLADE, 16_400), 1e9)
    }
    expect([reporting(reports / 2 - 1), reporting(reports)]).toEqual([true, false])

    const lane = new Lanes().streamed(stream(0), PHONE, BLADE)
    const isHeld = (others: number) => {
      const controls = new Controls()
      const direct = (address: string, port: number, direction: 'inactive' | 'sendrecv') =>
        controls.directed({ address, port, direction, timeNs: 0 })
      // Of this port it is known that it is not on hold, as long as it is known.
      direct('10.30.0.7', 0, 'sendrecv')
      for (const number of numbersTo(others)) direct('10.30.0.7', 1 + number, 'inactive')
      return lane !== null && controls.isHeld(lane)
    }
    expect([isHeld(places / 2 - 1), isHeld(places)]).toEqual([false, true])
  },

  'hosts with media on hold, ports of each': (hosts = 0, ports = 0) => {
    const lane = new Lanes().streamed(stream(9), PHONE, BLADE)
    if (lane === null) throw new Error('there is room for one')
    const held = (others: number) => {
      const controls = new Controls()
      const direct = (address: string, port: number, direction: 'inactive' | 'sendrecv') =>
        controls.directed({ address, port, direction, timeNs: 0 })
      direct('10.30.0.7', 1, 'inactive')
      for (const number of numbersTo(others)) direct(ipv4(number).text, 1, 'inactive')
      return controls.isHeld(lane)
    }
    expect([held(hosts / 2 - 1), held(hosts)]).toEqual([true, false])

    const controls = new Controls()
    const direct = (port: number, direction: 'inactive' | 'sendrecv') =>
      controls.directed({ address: '10.30.0.7', port, direction, timeNs: 0 })
    for (const port of numbersTo(ports + 1)) direct(100 + port, 'inactive')
    for (const port of numbersTo(ports)) direct(100 + port, 'sendrecv')
    // The one beyond was not remembered, so nothing is left.
    expect(controls.isHeld(lane)).toBe(false)
  },

  'receivers whose reports are compared': (max = 0) => {
    const compared = (others: number) => {
      const rows: MeasurementRow[] = []
      const all = new MediaRows(
        row => void rows.push(row),
        new Lanes(),
        () => [],
      )
      const take = (ssrc: number, highestSequence: number) =>
        all.reported({ ...rtcp(1), ssrc, highestSequence }, end(PHONE, 1), end(BLADE, 16_400))
      take(0, 100)
      for (const number of numbersTo(others)) take(1 + number, 100)
      take(0, 200)
      all.tick(1e9)
      all.finish(2e9)
      return rows.length
    }
    expect([compared(max / 2 - 1), compared(max)]).toEqual([1, 0])
  },
}

const VOICE = cross(talk({ packets: 20 }))
const UNSPREAD = 0x0e8b2f51
const [PHONE, BLADE] = [placed('10.30.0.7'), placed('10.10.20.31')]

const end = (placement: Placement, port: number) => ({
  placement,
  endpoint: { address: placement.address, port },
})

const FLOW: MeasuredFlow = {
  ...{ transport: 'udp', protocol: 17, vlan: null, first: { file: 0, frame: 1, offset: 0 } },
  client: { address: PHONE.address, port: 5001 },
  server: { address: BLADE.address, port: 16_401 },
}

const report = (ssrc: number, more: Partial<RtcpReport> = {}): RtcpReport => ({
  ...{ kind: 'receiver', ssrc, ntpMiddle: null, sentPackets: null },
  ...{ blocks: [], times: [], losses: [], ...more },
})

const block = (about: number, lastReport: number) => ({
  ...{ about, fractionLost: 0, cumulativeLost: 0, highestSequence: 0, jitter: 0 },
  ...{ lastReport, delay: 0 },
})

const rtcp = (port: number): RtcpQuality => ({
  ...{ kind: 'rtcp', report: 'receiver', from: 'client', timeNs: 1e9, ssrc: 1, about: 2 },
  ...{ fractionLostPct: 0, cumulativeLost: 0, highestSequence: 0, jitterMs: null },
  roundTripMs: null,
  flow: { ...FLOW, client: { address: PHONE.address, port } },
})

function stream(port: number, ssrc = 1, lastNs = 1e9): MediaStream {
  const flow = { ...FLOW, client: { address: PHONE.address, port } }
  const counts = { packets: 9, expected: 9, lost: 0, duplicates: 0, outOfOrder: 0 }
  const state = { payloadType: 0, clockRate: 8000, jitterMs: 0, isNoise: false }
  return { flow, from: 'client', ssrc, now: () => ({ ...counts, ...state, firstNs: 0, lastNs }) }
}
