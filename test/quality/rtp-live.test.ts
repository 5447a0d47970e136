// What is told of streams while they are measured, what SDP tells of their clocks, and what hostile datagrams
// can do: take room up to a bound, and no more.

import { describe, expect, test } from 'vitest'
import { join, u16, u32 } from '../../fixtures/scenario/bytes.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import { STREAMS_USED } from '../../src/kernel/layout.ts'
import { getI32 } from '../../src/kernel/memory.ts'
import { Monitor } from '../../src/monitor.ts'
import { announce } from '../../src/protocols/sdp.ts'
import { liveStream } from '../../src/quality/streams.ts'
import { within } from '../protocols/watched.ts'
import type { Frame } from '../support/frames.ts'
import { chunksOf, NO_PORTS, replay } from '../support/kernel.ts'
import { chance, cross, datagram, framesOf, jitterOf, talk, truthOf } from './media-story.ts'

/** A monitor through which these frames have gone, and which has not finished. */
function monitorAfter(frames: readonly Frame[]): Monitor {
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const options = { seed: 1, measure: true, ports: NO_PORTS, compliance: null, ...range }
  const monitor = new Monitor(options)
  for (const chunk of chunksOf(frames)) for (const _ of monitor.read(chunk));
  return monitor
}

describe('a stream that is being measured', () => {
  const arrivals = cross(talk({ packets: 200 }), { isLost: chance(1, 0.1) })

  test('is told by its number, as far as it has come', () => {
    monitorAfter(framesOf(arrivals, 0xfedcba98))
    const { packets, expected, lost, duplicates } = truthOf(arrivals)
    expect(liveStream(1)).toMatchObject({
      ...{ flow: 0, isHigh: false, ssrc: 0xfedcba98, payloadType: 0 },
      ...{ packets, expected, lost, duplicates, lastNs: arrivals.at(-1)?.timeNs },
    })
    expect(liveStream(1)?.jitterMs).toBeLessThanOrEqual(jitterOf(arrivals).max + 0.1)
  })

  test('is not told before it is certain', () => {
    monitorAfter(framesOf(arrivals.slice(0, 3)))
    expect(liveStream(1)).toBeNull()
    monitorAfter(framesOf(arrivals.slice(0, 4)))
    expect(liveStream(1)?.packets).toBe(4)
  })

  test('is not told once its flow is over', () => {
    const monitor = monitorAfter(framesOf(arrivals))
    for (const _ of monitor.finish());
    expect(liveStream(1)).toBeNull()
  })

  test('has a number that a later stream may get, and then says which flow it is of', () => {
    const later = talk({ packets: 20, startNs: 200e9 })
    monitorAfter([...framesOf(arrivals, 5), ...framesOf(cross(later), 6, 'b:2 > a:1')])
    expect(liveStream(1)).toMatchObject({ isHigh: true, ssrc: 6, packets: 20 })
    expect(getI32(STREAMS_USED)).toBe(1)
  })
})

describe('SDP tells the clocks', () => {
  const heard = (...lines: readonly string[]): readonly string[] => {
    const clocks: string[] = []
    announce(within(lines.map(line => `${line}\r\n`).join('')), {
      ...{ wantsName: () => true, answered() {}, dataChannel() {}, media() {} },
      clockRate: (address, port, type, rate) =>
        clocks.push(`${address.join('.')}:${port} ${type} ${rate}`),
    })
    return clocks
  }
  const SESSION = ['v=0', 'c=IN IP4 10.1.1.1', 't=0 0']

  test('of each medium, where it is received', () => {
    const audio = ['m=audio 5004 RTP/AVP 96 101', 'a=rtpmap:96 opus/48000/2']
    const events = 'a=rtpmap:101 telephone-event/8000'
    const video = ['m=video 5006 RTP/AVP 96', 'c=IN IP4 10.1.1.2', 'a=rtpmap:96 H264/90000']
    expect(heard(...SESSION, ...audio, events, ...video)).toEqual([
      ...['10.1.1.1:5004 96 48000', '10.1.1.1:5004 101 8000', '10.1.1.2:5006 96 90000'],
    ])
  })

  test('on each port of a medium with several', () => {
    const lines = ['m=video 5004/2 RTP/AVP 96', 'a=rtpmap:96 H264/90000']
    expect(heard(...SESSION, ...lines)).toEqual([
      ...['10.1.1.1:5004 96 90000', '10.1.1.1:5006 96 90000'],
    ])
  })

  for (const map of [
    ...['a=rtpmap:128 x/8000', 'a=rtpmap:96 x/0', 'a=rtpmap:96 x/999', 'a=rtpmap:96 x/1000001'],
    ...['a=rtpmap:96 x/99999999999', 'a=rtpmap:96 x', 'a=rtpmap:96 /8000', 'a=rtpmap: x/8000'],
  ])
    test(`but not where that cannot be: ${map}`, () => {
      expect(heard(...SESSION, 'm=audio 5004 RTP/AVP 96', map)).toEqual([])
    })

  test('but not of a medium that is refused, and not before there is one', () => {
    const map = 'a=rtpmap:96 x/8000'
    expect(heard(...SESSION, map, 'm=audio 0 RTP/AVP 96', map)).toEqual([])
  })
})

describe('hostile datagrams', () => {
  const strange = (seed: number, flows: number, packets: number): readonly Frame[] => {
    const random = seeded(seed)
    return Array.from({ length: packets }, (_, index) => {
      const bytes = Uint8Array.from({ length: random() % 40 }, () => random() & 0xff)
      // Version 2, so that most of them are looked at.
      if (bytes[0] !== undefined) bytes[0] = (bytes[0] & 0x3f) | 0x80
      const frame = datagram(`a:${1 + (random() % flows)} > b:9`, bytes)
      return { ...frame, timeNs: index * 1e7 }
    })
  }

  test('are no streams, and take eight records of a side at the most', () => {
    expect(replay(strange(1, 3, 5000), { measure: true }).quality).toEqual([])
    expect(getI32(STREAMS_USED)).toBe(3 * 8)
  })

  test('give back what they took when their flows end', () => {
    const frames = strange(2, 40, 400).map((frame, index) => ({ ...frame, timeNs: index * 1e9 }))
    expect(replay(frames, { measure: true }).quality).toEqual([])
    expect(getI32(STREAMS_USED)).toBeLessThan(100)
  })

  test('of one source whose numbers and timestamps are random keep all counts in order', () => {
    const random = seeded(3)
    const start = framesOf(cross(talk({ packets: 10 })), 7)
    const wild = Array.from({ length: 3000 }, (_, index) => {
      const type = 96 * (random() % 2) + (random() % 30)
      const bytes = join([0x80, type], u16(random() & 0xffff), u32(random()), u32(7), [1, 2, 3, 4])
      return { ...datagram('a:16400 > b:20000', bytes), timeNs: 2e9 + index * 1e6 }
    })
    const [stream] = replay([...start, ...wild], { measure: true }).quality
    if (stream?.kind !== 'rtp') expect.fail('ten packets in a row are a stream')
    const { packets, expected, lost, duplicates } = stream
    expect(packets).toBe(3010)
    expect(lost).toBeGreaterThanOrEqual(0)
    expect(expected - lost).toBe(packets - duplicates)
  })

  test('that are cut off anywhere are read no further than they go', () => {
    const whole = framesOf(cross(talk({ packets: 4 })))
    for (let length = 42; length < 70; length++) {
      const cut = whole.map(frame => ({
        ...{ ...frame, bytes: frame.bytes.subarray(0, length), wire: frame.bytes.length },
      }))
      expect(replay(cut, { measure: true }).quality).toHaveLength(length < 54 ? 0 : 1)
    }
  })

  test('that say the same again and again are no stream', () => {
    const [one] = framesOf(cross(talk({ packets: 1 })))
    if (one === undefined) expect.fail('a voice has a packet')
    const again = Array.from({ length: 50 }, (_, index) => ({ ...one, timeNs: index * 2e7 }))
    expect(replay(again, { measure: true }).quality).toEqual([])
  })
})
