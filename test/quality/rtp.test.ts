// Goal: of a stream of media, what was lost is told to the packet, and jitter as RFC 3550's formula has it.
// Method: streams are sent along ways that lose, double and delay packets by a seed that the name shows; the
// story knows what was sent and what came, and computes the jitter in doubles.

import { describe, expect, test } from 'vitest'
import { bytesOf } from '../../fixtures/scenario/bytes.ts'
import { sdp, sipInvite } from '../../fixtures/scenario/payloads.ts'
import type { RtpQuality } from '../../src/model/quality.ts'
import type { Frame } from '../support/frames.ts'
import { type ReplayOptions, replay } from '../support/kernel.ts'
import {
  type Arrival,
  bursts,
  chance,
  cross,
  datagram,
  film,
  framesOf,
  jitterOf,
  type MediaPacket,
  spread,
  talk,
  truthOf,
  type Way,
} from './media-story.ts'

const JITTER_ERROR_MS = 0.1

const streamsOf = (frames: readonly Frame[], options: ReplayOptions = {}): readonly RtpQuality[] =>
  replay(frames, { measure: true, ...options }).quality.flatMap(record =>
    record.kind === 'rtp' ? record : [],
  )

function only(frames: readonly Frame[], options: ReplayOptions = {}): RtpQuality {
  const streams = streamsOf(frames, options)
  const [stream] = streams
  if (stream === undefined || streams.length > 1) throw new Error(`${streams.length} streams`)
  return stream
}

const countsOf = ({ packets, expected, lost, duplicates }: RtpQuality) => ({
  ...{ packets, expected, lost, duplicates },
})

function expectJitter(stream: RtpQuality, { mean, max }: { mean: number; max: number }): void {
  expect(Math.abs((stream.jitterMs?.mean ?? Number.NaN) - mean)).toBeLessThan(JITTER_ERROR_MS)
  expect(Math.abs((stream.jitterMs?.max ?? Number.NaN) - max)).toBeLessThan(JITTER_ERROR_MS)
}

const byTime = (frames: readonly Frame[]): readonly Frame[] =>
  frames.toSorted((one, other) => one.timeNs - other.timeNs)

const WAYS: readonly (readonly [what: string, way: Way])[] = [
  ['nothing happens to', {}],
  ...[0.001, 0.01, 0.05, 0.1, 0.2].map(
    share => [`loses ${100 * share} % of`, { isLost: chance(11, share) }] as const,
  ),
  ['loses up to 60 in a row of', { isLost: bursts(12, 150, 60) }],
  ['loses 2,500 in a row of', { isLost: place => place >= 300 && place < 2800 }],
  ['delays by up to 61 ms, so that some overtake others,', { delayNs: spread(13, 1e6, 61e6) }],
  [
    'delays by up to 900 ms, so that some come 45 places late,',
    { delayNs: spread(14, 1e6, 900e6), isLost: chance(15, 0.05) },
  ],
  ['doubles 10 % of', { isDoubled: chance(16, 0.1) }],
  ['doubles each of', { isDoubled: () => true }],
  [
    'loses 5 %, doubles 10 % and delays by up to 30 ms each of',
    { isLost: chance(17, 0.05), isDoubled: chance(18, 0.1), delayNs: spread(19, 1e6, 31e6) },
  ],
]

describe('a way that', () => {
  for (const [what, way] of WAYS)
    test(`${what} the packets of a voice is measured exactly`, () => {
      const arrivals = cross(talk({ packets: 4000 }), way)
      const stream = only(framesOf(arrivals))
      expect(countsOf(stream)).toEqual(truthOf(arrivals))
      expectJitter(stream, jitterOf(arrivals))
      expect([stream.payloadType, stream.clockRate, stream.clockRateBasis]).toEqual([
        ...[0, 8000, 'static'],
      ])
      expect([stream.restarts, stream.payloadTypeChanges]).toEqual([0, 0])
    })
})

describe('packets that come late', () => {
  test('are counted, and copies of them are not', () => {
    const [one, two, three, ...rest] = cross(talk({ packets: 100 }))
    const swapped = [one, three, two, two, ...rest].map((arrival, index) => {
      if (arrival === undefined) throw new Error('a voice has a hundred packets')
      return { ...arrival, timeNs: 1e9 + index * 2e7 }
    })
    const stream = only(framesOf(swapped))
    expect([stream.outOfOrder, stream.duplicates, stream.lost]).toEqual([1, 1, 0])
  })

  test('are no loss where the very first one is overtaken', () => {
    const [one, two, three, ...rest] = cross(talk({ packets: 100 })).map(({ packet }) => packet)
    const order = [three, two, one, ...rest].flatMap(packet => packet ?? [])
    const arrivals = order.map((packet, index) => ({ packet, timeNs: 1e9 + index * 2e7 }))
    expect(countsOf(only(framesOf(arrivals)))).toEqual(truthOf(arrivals))
  })

  test('change no loss, in whatever order up to 60 of them come', () => {
    const lossy = cross(talk({ packets: 3000 }), { isLost: chance(21, 0.03) })
    const delays = spread(22, 0, 60 * 2e7)
    const order = lossy
      .map((arrival, index) => ({ arrival, at: arrival.timeNs + delays(index) }))
      .toSorted((one, other) => one.at - other.at)
    const arrivals = order.map(({ arrival: { packet } }, index) => ({
      ...{ packet, timeNs: 1e9 + index * 2e7 },
    }))
    const { lost, duplicates } = only(framesOf(arrivals))
    expect({ lost, duplicates }).toEqual({ lost: truthOf(lossy).lost, duplicates: 0 })
  })
})

describe('of the latest numbers it is known which came:', () => {
  /** Packet 200 comes as many places later, and perhaps in time as well. */
  const later = (places: number, isCopy: boolean): readonly Arrival[] => {
    const voice = talk({ packets: 500 })
    const late = voice[200]
    if (late === undefined) throw new Error('a voice has five hundred packets')
    const rest = isCopy ? voice : voice.filter(packet => packet !== late)
    const order = rest.toSpliced(rest.indexOf(voice[201 + places] ?? late), 0, late)
    return order.map((packet, index) => ({ packet, timeNs: 1e9 + index * 2e7 }))
  }
  for (const places of [1, 5, 31, 32, 33, 62, 63, 64, 98]) {
    test(`one that comes ${places} places late is not lost`, () => {
      const stream = only(framesOf(later(places, false)))
      expect([stream.lost, stream.outOfOrder, stream.duplicates]).toEqual([0, 1, 0])
    })

    test(`a copy that comes ${places} places late is a copy`, () => {
      const stream = only(framesOf(later(places, true)))
      expect([stream.lost, stream.outOfOrder, stream.duplicates]).toEqual([0, 0, 1])
    })
  }

  for (const gap of [31, 32, 40, 57])
    test(`a copy from before a gap of ${gap} is a copy, and one from within it is none`, () => {
      const voice = talk({ packets: 500 })
      const end = 201 + gap
      const places = [...voice.keys()].filter(place => place <= 200 || place >= end)
      const order = places.toSpliced(places.indexOf(end + 2), 0, 199, end - 3, 200)
      const arrivals = order.flatMap((place, index) => {
        const packet = voice[place]
        return packet === undefined ? [] : { packet, timeNs: 1e9 + index * 2e7 }
      })
      const stream = only(framesOf(arrivals))
      expect(countsOf(stream)).toEqual(truthOf(arrivals))
      expect([stream.duplicates, stream.outOfOrder, stream.lost]).toEqual([2, 1, gap - 1])
    })

  test('also where some between are lost', () => {
    const arrivals = later(45, true).filter(({ packet: { place } }) => place % 20 !== 3)
    expect(countsOf(only(framesOf(arrivals)))).toEqual(truthOf(arrivals))
  })
})

describe('numbers that', () => {
  const lossy: Way = { isLost: chance(31, 0.02), delayNs: spread(32, 1e6, 25e6) }

  test('wrap, and timestamps that do, go on', () => {
    const voice = talk({ packets: 4000, sequence: 64_000, timestamp: 2 ** 32 - 100_000 })
    const arrivals = cross(voice, lossy)
    const stream = only(framesOf(arrivals))
    expect(countsOf(stream)).toEqual(truthOf(arrivals))
    expectJitter(stream, jitterOf(arrivals))
    expect(stream.restarts).toBe(0)
  })

  test('begin with the last one before a wrap, which comes second, count all', () => {
    const order = [1, 0, 2, 3, 4, 5].map(place => talk({ packets: 6, sequence: 65_535 })[place])
    const arrivals = order.flatMap((packet, index) =>
      packet === undefined ? [] : { packet, timeNs: 1e9 + index * 2e7 },
    )
    expect(countsOf(only(framesOf(arrivals)))).toEqual(truthOf(arrivals))
  })

  test('wrap more than once go on', () => {
    const voice = talk({ packets: 140_000, packetMs: 1, sequence: 65_000 })
    const arrivals = cross(voice, { isLost: place => place % 60 !== 0 })
    expect(countsOf(only(framesOf(arrivals)))).toEqual(truthOf(arrivals))
  })

  test('begin anew are no loss, and each beginning counts for itself', () => {
    const before = cross(talk({ packets: 1000 }), lossy)
    const after = cross(talk({ packets: 1000, sequence: 40_000, startNs: 30e9 }), lossy)
    const stream = only(framesOf([...before, ...after]))
    const [one, other] = [truthOf(before), truthOf(after)]
    expect(countsOf(stream)).toEqual({
      packets: one.packets + other.packets,
      expected: one.expected + other.expected,
      lost: one.lost + other.lost,
      duplicates: 0,
    })
    expect(stream.restarts).toBe(1)
  })

  test('stray once are a packet and no loss', () => {
    const voice = talk({ packets: 100 })
    const strayed = voice.map(packet =>
      packet.place === 50 ? { ...packet, sequence: 30_000 } : packet,
    )
    const { packets, lost, restarts } = only(framesOf(cross(strayed)))
    expect({ packets, lost, restarts }).toEqual({ packets: 100, lost: 1, restarts: 0 })
  })
})

describe('sources', () => {
  test('that follow one another in a flow are told apart, and the change is no loss', () => {
    const first = cross(talk({ packets: 500, sequence: 100 }), { isLost: chance(41, 0.04) })
    const second = cross(talk({ packets: 500, sequence: 50_000, startNs: 20e9 }), {
      isLost: chance(42, 0.02),
    })
    const frames = [...framesOf(first, 0xaaaaaaaa), ...framesOf(second, 0xbbbbbbbb)]
    const streams = streamsOf(frames)
    expect(streams.map(({ ssrc }) => ssrc)).toEqual([0xaaaaaaaa, 0xbbbbbbbb])
    expect(streams.map(countsOf)).toEqual([truthOf(first), truthOf(second)])
  })

  test('that speak at the same time are told apart', () => {
    const voices = [1, 2, 3, 4, 5, 6, 7, 8].map(number =>
      cross(talk({ packets: 300, sequence: 1000 * number, startNs: 1e9 + number * 1e5 }), {
        isLost: chance(50 + number, 0.01 * number),
      }),
    )
    const frames = byTime(voices.flatMap((voice, index) => framesOf(voice, 100 + index)))
    const streams = streamsOf(frames)
    expect(streams.map(({ ssrc }) => ssrc)).toEqual([100, 101, 102, 103, 104, 105, 106, 107])
    expect(streams.map(countsOf)).toEqual(voices.map(truthOf))
  })

  test('of both sides are told with who sends', () => {
    const there = cross(talk({ packets: 200 }), { isLost: chance(61, 0.1) })
    const back = cross(talk({ packets: 200, startNs: 1e9 + 5e6 }))
    const frames = [...framesOf(there, 1), ...framesOf(back, 2, 'b:20000 > a:16400')]
    const streams = streamsOf(byTime(frames))
    expect(streams.map(({ from, ssrc }) => [from, ssrc])).toEqual([
      ...[
        ['client', 1],
        ['server', 2],
      ],
    ])
    expect(streams.map(countsOf)).toEqual([truthOf(there), truthOf(back)])
  })

  test('in IPv6 are measured too', () => {
    const arrivals = cross(talk({ packets: 200 }), { isLost: chance(62, 0.1) })
    expect(countsOf(only(framesOf(arrivals, 9, 'A:16400 > B:20000')))).toEqual(truthOf(arrivals))
  })
})

describe('payload types:', () => {
  const change = (packets: readonly MediaPacket[], from: number, payloadType: number) =>
    packets.map(packet => (packet.place < from ? packet : { ...packet, payloadType }))

  test('another one of the same clock changes no jitter', () => {
    const arrivals = cross(change(talk({ packets: 1000 }), 400, 8), {
      delayNs: spread(71, 1e6, 9e6),
    })
    const stream = only(framesOf(arrivals))
    expectJitter(stream, jitterOf(arrivals))
    expect([stream.payloadType, stream.payloadTypeChanges, stream.lost]).toEqual([8, 1, 0])
  })

  test('keys that are pressed are in the counts and not in the jitter', () => {
    const random = spread(72, 1e6, 9e6)
    const keys = talk({ packets: 2000 }).map(packet => {
      const [start, into] = [packet.place - (packet.place % 100), packet.place % 100]
      if (into >= 12) return packet
      // Twelve packets of an event, all with the timestamp of its beginning. RFC 4733, 2.5.1.
      const timestamp = 5000 + start * 160
      return { ...packet, payloadType: 101, payloadBytes: 4, timestamp, isAside: true }
    })
    const arrivals = cross(keys, { isLost: chance(73, 0.03), delayNs: random })
    const stream = only(framesOf(arrivals))
    expect(countsOf(stream)).toEqual(truthOf(arrivals))
    expectJitter(stream, jitterOf(arrivals))
    expect([stream.payloadType, stream.payloadTypeChanges]).toEqual([0, 0])
  })

  test('silence, with comfort noise before it, is no loss and no jitter', () => {
    const spoken = talk({ packets: 3000 }).filter(({ place }) => place % 100 < 61)
    const voice = spoken.map((packet, place) => {
      const isNoise = packet.place % 100 === 60
      const changed = isNoise ? { payloadType: 13, payloadBytes: 1 } : {}
      return { ...packet, ...changed, place, sequence: 1000 + place }
    })
    const arrivals = cross(voice, { isLost: chance(74, 0.02), delayNs: spread(75, 1e6, 9e6) })
    const stream = only(framesOf(arrivals))
    expect(countsOf(stream)).toEqual(truthOf(arrivals))
    expectJitter(stream, jitterOf(arrivals))
    expect([stream.payloadType, stream.payloadTypeChanges]).toEqual([0, 0])
  })

  test('video, several packets to a timestamp', () => {
    const arrivals = cross(film(900, 76), {
      isLost: chance(77, 0.01),
      delayNs: spread(78, 1e6, 4e6),
    })
    const stream = only(framesOf(arrivals))
    expect(countsOf(stream)).toEqual(truthOf(arrivals))
    expectJitter(stream, jitterOf(arrivals, 90_000))
    expect([stream.clockRate, stream.clockRateBasis]).toEqual([90_000, 'static'])
  })

  // RFC 3551, 6, tables 4 and 5, written down from the document.
  const STATIC: Readonly<Record<number, number>> = {
    ...{ 0: 8000, 3: 8000, 4: 8000, 5: 8000, 6: 16_000, 7: 8000, 8: 8000, 9: 8000, 10: 44_100 },
    ...{ 11: 44_100, 12: 8000, 13: 8000, 14: 90_000, 15: 8000, 16: 11_025, 17: 22_050, 18: 8000 },
    ...{ 25: 90_000, 26: 90_000, 28: 90_000, 31: 90_000, 32: 90_000, 33: 90_000, 34: 90_000 },
  }
  test('the static ones have the clocks of RFC 3551', () => {
    const clocks = Object.keys(STATIC).map(type => {
      const [payloadType, clockRate] = [Number(type), STATIC[Number(type)] ?? 0]
      const stream = only(framesOf(cross(talk({ packets: 8, payloadType, clockRate }))))
      return [type, stream.clockRate, stream.clockRateBasis]
    })
    expect(clocks).toEqual(Object.entries(STATIC).map(([type, rate]) => [type, rate, 'static']))
  })
})

describe('a clock that is', () => {
  const delayed: Way = { delayNs: spread(81, 1e6, 11e6) }
  const announced = (rate: number): readonly Frame[] => {
    const body = `${sdp('10.0.0.2', 20_000)}a=rtpmap:96 x/${rate}\r\n`
    const payload = bytesOf(sipInvite({ body }))
    return [{ ...datagram('a:5060 > c:5060', payload), timeNs: 5e8 }]
  }

  test("announced is SDP's, from the fifth packet on", () => {
    const arrivals = cross(talk({ packets: 500, payloadType: 96, clockRate: 16_000 }), delayed)
    const stream = only([...announced(16_000), ...framesOf(arrivals)], { recognise: true })
    expect([stream.clockRate, stream.clockRateBasis]).toEqual([16_000, 'sdp'])
    expect(stream.announced).toBe(true)
    expectJitter(stream, jitterOf(arrivals.slice(4), 16_000))
  })

  test('announced as none that can be is inferred', () => {
    const arrivals = cross(talk({ packets: 500, payloadType: 96, clockRate: 16_000 }), delayed)
    const stream = only([...announced(3), ...framesOf(arrivals)], { recognise: true })
    expect([stream.clockRate, stream.clockRateBasis]).toEqual([16_000, 'inferred'])
  })

  for (const rate of [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 90_000])
    test(`not announced is inferred, and is ${rate}`, () => {
      const arrivals = cross(talk({ packets: 1500, payloadType: 97, clockRate: rate }), delayed)
      const stream = only(framesOf(arrivals))
      expect([stream.clockRate, stream.clockRateBasis]).toEqual([rate, 'inferred'])
      expectJitter(stream, jitterOf(arrivals, rate))
    })

  test('not the one of its payload type is inferred, and gives the jitter from then on', () => {
    const arrivals = cross(talk({ packets: 1500, payloadType: 9, clockRate: 16_000 }), delayed)
    const stream = only(framesOf(arrivals))
    expect([stream.clockRate, stream.clockRateBasis]).toEqual([16_000, 'inferred'])
    expectJitter(stream, jitterOf(arrivals, 16_000))
  })

  test('not the one that was announced is inferred', () => {
    const arrivals = cross(talk({ packets: 500, payloadType: 96, clockRate: 16_000 }), delayed)
    const stream = only([...announced(48_000), ...framesOf(arrivals)], { recognise: true })
    expect([stream.clockRate, stream.clockRateBasis]).toEqual([16_000, 'inferred'])
  })

  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
    test(`not announced is told right where packets come up to 50 ms late, seed ${seed}`, () => {
      const rate = seed % 2 === 0 ? 48_000 : 44_100
      const voice = talk({ packets: 400, payloadType: 97, clockRate: rate })
      const stream = only(framesOf(cross(voice, { delayNs: spread(seed, 1e6, 51e6) })))
      expect([stream.clockRate, stream.clockRateBasis]).toEqual([rate, 'inferred'])
    })

  test('not announced is not told from a start at twice the pace', () => {
    const voice = talk({ packets: 400, payloadType: 97, clockRate: 8000 })
    const hurried = cross(voice, { delayNs: place => Math.max(0, 12 - place) * 1e7 })
    const { clockRate, clockRateBasis } = only(framesOf(hurried))
    expect([clockRate, clockRateBasis]).toEqual([8000, 'inferred'])
  })

  test('none of those that there are is unknown, and so is the jitter', () => {
    const arrivals = cross(talk({ packets: 500, payloadType: 97, clockRate: 65_000 }), delayed)
    const { clockRate, clockRateBasis, jitterMs, lost } = only(framesOf(arrivals))
    expect({ clockRate, clockRateBasis, jitterMs, lost }).toEqual({
      ...{ clockRate: null, clockRateBasis: 'unknown', jitterMs: null, lost: 0 },
    })
  })
})

describe('a record', () => {
  test('that ends while the stream goes on leaves nothing out', () => {
    const arrivals = cross(talk({ packets: 2400, packetMs: 1000 }), {
      ...{ isLost: chance(91, 0.05), delayNs: spread(92, 1e6, 2.5e9) },
    })
    const streams = streamsOf(framesOf(arrivals))
    const truth = truthOf(arrivals)
    const sum = (of: (stream: RtpQuality) => number) =>
      streams.reduce((total, stream) => total + of(stream), 0)
    expect(streams).toHaveLength(2)
    expect(sum(({ packets }) => packets)).toBe(truth.packets)
    // None is overtaken at the very turn, as the next test has it.
    expect(sum(({ lost }) => lost) - truth.lost).toBe(0)
  })

  test('that begins with a late packet misses none of those before it', () => {
    const voice = talk({ packets: 2400, packetMs: 1000 })
    const turn = voice.findIndex(({ sentNs }) => sentNs > 1802e9)
    const late = voice[turn - 6]
    if (late === undefined) throw new Error('half an hour is in the middle of the story')
    const order = voice.filter(packet => packet !== late).toSpliced(turn + 1, 0, late)
    const arrivals = order.map((packet, index) => ({ packet, timeNs: 1e9 + index * 1e9 }))
    const streams = streamsOf(framesOf(arrivals))
    expect(streams.map(({ lost }) => lost)).toEqual([1, 0])
    expect(streams.map(({ outOfOrder }) => outOfOrder)).toEqual([0, 1])
  })

  test('is the same however the packets are cut into chunks', () => {
    const way = { isLost: chance(93, 0.05), isDoubled: chance(94, 0.05) }
    const arrivals = cross(talk({ packets: 300, payloadType: 98, clockRate: 48_000 }), way)
    const said = (chunkPackets: number) =>
      JSON.stringify(streamsOf(framesOf(arrivals), { chunkPackets }))
    expect([1, 7, 100].map(said)).toEqual(Array(3).fill(said(10_000)))
  })

  test('says nothing of a source that was not certain', () => {
    expect(streamsOf(framesOf(cross(talk({ packets: 3 }))))).toEqual([])
    expect(streamsOf(framesOf(cross(talk({ packets: 4 }))))).toHaveLength(1)
  })
})

describe('pitfall 9: numbers of media that can be trusted', () => {
  const points = (stream: RtpQuality): number => (100 * stream.lost) / stream.expected
  const stories: readonly (readonly [what: string, parts: readonly (readonly Arrival[])[]])[] = [
    ['known loss', [cross(talk({ packets: 5000 }), { isLost: chance(101, 0.013) })]],
    [
      'reordering',
      [
        cross(talk({ packets: 5000 }), {
          isLost: chance(102, 0.013),
          delayNs: spread(103, 0, 3e8),
        }),
      ],
    ],
    ['a wrap', [cross(talk({ packets: 5000, sequence: 65_000 }), { isLost: chance(104, 0.013) })]],
    [
      'a change of SSRC',
      [
        cross(talk({ packets: 2500 }), { isLost: chance(105, 0.013) }),
        cross(talk({ packets: 2500, sequence: 9, startNs: 60e9 }), { isLost: chance(106, 0.013) }),
      ],
    ],
    [
      'copies, which never make loss negative',
      [cross(talk({ packets: 5000 }), { isLost: chance(107, 0.013), isDoubled: chance(108, 0.5) })],
    ],
  ]
  for (const [what, parts] of stories)
    test(`${what}: loss to within 0.05 points`, () => {
      const frames = parts.flatMap((arrivals, index) => framesOf(arrivals, 500 + index))
      const streams = streamsOf(frames)
      expect(streams).toHaveLength(parts.length)
      for (const [index, stream] of streams.entries()) {
        const truth = truthOf(parts[index] ?? [])
        expect(truth.lost).toBeGreaterThan(10)
        expect(Math.abs(points(stream) - (100 * truth.lost) / truth.expected)).toBeLessThan(0.05)
      }
    })
})
