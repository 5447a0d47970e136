// Goal: each kind of segment is counted as what it is.
// Method: a connection of a few segments, written down by hand; expectations by the RFCs.

import { describe, expect, test } from 'vitest'
import { SAMPLE_COUNT } from '../../src/kernel/layout.ts'
import {
  SAMPLE_BYTES,
  SAMPLE_EXTRA,
  SAMPLE_HIGH,
  SAMPLE_KIND,
  SAMPLE_VALUE,
  SAMPLES,
  Sample,
} from '../../src/kernel/measured-layout.ts'
import { getF64, getI32 } from '../../src/kernel/memory.ts'
import type { Frame } from '../support/frames.ts'
import { replay } from '../support/kernel.ts'
import { measured, tcpOf } from './measured.ts'
import { frameOf, type Segment } from './tcp-frame.ts'

type More = Partial<Omit<Segment, 'isFromClient' | 'flags'>> & { readonly window?: number }

let nextId = 1

function of(isFromClient: boolean, ms: number, flags: string, more: More): Frame {
  const rest = { sequence: 0, acknowledgement: 0, bytes: 0, stamps: null, blocks: [] }
  return frameOf(ms, { ...rest, id: nextId++, ...more, isFromClient, flags })
}

const client = (ms: number, more: More = {}, flags = 'ACK') => of(true, ms, flags, more)
const server = (ms: number, more: More = {}, flags = 'ACK') => of(false, ms, flags, more)

/** Server 10 ms away from the sensor, client 4 ms. */
const OPENING = [
  client(0, { sequence: -1 }, 'SYN'),
  server(10, { sequence: -1 }, 'SYN+ACK'),
  client(14),
]

/** Samples that were left, `kind high milliseconds extra`. */
function samplesOf(frames: readonly Frame[]): readonly string[] {
  replay(frames, { measure: true })
  return Array.from({ length: getI32(SAMPLE_COUNT) }, (_, index) => {
    const at = SAMPLES + index * SAMPLE_BYTES
    const value = getF64(at + SAMPLE_VALUE)
    const kind = getI32(at + SAMPLE_KIND)
    const shown = kind === Sample.Stuck ? value : value / 1e6
    return `${kind} ${getI32(at + SAMPLE_HIGH)} ${shown} ${getI32(at + SAMPLE_EXTRA)}`
  })
}

describe('a handshake', () => {
  const syn = [
    `${Sample.SynServer} 0 10 0`,
    `${Sample.SynClient} 1 4 0`,
    `${Sample.SynTotal} 0 14 0`,
  ]

  test('gives its halves and the whole', () => {
    expect(samplesOf(OPENING)).toEqual(syn)
    expect(tcpOf(OPENING)).toMatchObject({ handshakeNs: 14e6, legNs: 10e6 })
  })

  const ambiguous: Readonly<Record<string, readonly Frame[]>> = {
    'with two SYNs': [client(-3000, { sequence: -1 }, 'SYN'), ...OPENING],
    'with two SYN-ACKs': [
      ...OPENING.slice(0, 2),
      server(12, { sequence: -1 }, 'SYN+ACK'),
      client(14),
    ],
    'whose acknowledgement carries data': [...OPENING.slice(0, 2), client(14, { bytes: 10 })],
    'without SYN-ACK': [OPENING[0] as Frame, client(14)],
    'without SYN': OPENING.slice(1),
  }
  for (const [name, frames] of Object.entries(ambiguous))
    test(`${name} gives none (RFC 6298, 3)`, () => {
      const late = frames.map(frame => ({ ...frame, timeNs: frame.timeNs + 5e9 }))
      expect(samplesOf(late)).toEqual([])
      expect(measured(late).every(one => one.kind !== 'tcp' || one.handshakeNs === null)).toBe(true)
    })
})

describe('counted as', () => {
  const sent = (at: number, ms: number) => client(ms, { sequence: at, bytes: 100 })
  const cases: Readonly<Record<string, readonly [readonly Frame[], object]>> = {
    'a keep-alive without data': [
      [sent(0, 20), server(30, { acknowledgement: 100 }), client(5000, { sequence: 99 })],
      { segments: 1, keepAlives: 1, duplicateAcks: 0 },
    ],
    'a keep-alive with a byte of rubbish': [
      [sent(0, 20), server(30, { acknowledgement: 100 }), client(5000, { sequence: 99, bytes: 1 })],
      { segments: 1, keepAlives: 1, retransmissions: { total: 0 } },
    ],
    'a byte that is sent again': [
      [client(20, { bytes: 1 }), client(400, { bytes: 1 })],
      { segments: 2, keepAlives: 0, retransmissions: { total: 1, timeout: 1 }, lost: 1 },
    ],
    'a time-out': [
      [sent(0, 20), sent(0, 320)],
      { segments: 2, retransmissions: { total: 1, fast: 0, timeout: 1, spurious: 0 }, lost: 1 },
    ],
    'a fast retransmission': [
      [
        ...[0, 100, 200, 300].map(at => sent(at, 20)),
        ...[40, 41, 42].map(ms => server(ms)),
        sent(0, 46),
      ],
      { segments: 5, retransmissions: { total: 1, fast: 1, timeout: 0 }, lost: 1, lostBefore: 0 },
    ],
    'a spurious one': [
      [sent(0, 20), server(30, { acknowledgement: 100 }), sent(0, 320)],
      { segments: 2, retransmissions: { total: 1, spurious: 1 }, lost: 0 },
    ],
    'one that came twice, as the receiver says later': [
      [sent(0, 20), sent(0, 320), server(330, { acknowledgement: 100, blocks: [[0, 100]] })],
      { retransmissions: { total: 1, timeout: 0, spurious: 1 }, lost: 0 },
    ],
    'a spurious one that the receiver tells of too': [
      [
        ...[sent(0, 20), server(30, { acknowledgement: 100 }), sent(0, 320)],
        server(330, { acknowledgement: 100, blocks: [[0, 100]] }),
      ],
      { retransmissions: { total: 1, spurious: 1 }, lost: 0 },
    ],
    'lost before the sensor': [
      [sent(0, 20), sent(200, 20.1), server(30, { acknowledgement: 100 }), sent(100, 300)],
      { segments: 3, retransmissions: { total: 1 }, lost: 1, lostBefore: 1, outOfOrder: 0 },
    ],
    'out of order': [
      [sent(0, 20), sent(200, 20.1), sent(100, 20.2)],
      { segments: 3, retransmissions: { total: 0 }, lost: 0, outOfOrder: 1 },
    ],
    'a gap of the capture': [
      [sent(0, 20), sent(200, 20.1), server(30, { acknowledgement: 300 }), sent(300, 60)],
      { segments: 3, lost: 0, captureGaps: 1, outOfOrder: 0 },
    ],
    'two gaps of the capture, one at the very end': [
      [sent(0, 20), sent(200, 20.1), server(30, { acknowledgement: 3000 })],
      { segments: 2, captureGaps: 1 + Math.ceil(2700 / 536) },
    ],
    'nothing, where the capture has only confused data and acknowledgement': [
      [sent(0, 20), server(30, { acknowledgement: 200 }), sent(100, 30.5), sent(200, 60)],
      { segments: 3, captureGaps: 0, lost: 0, outOfOrder: 0, retransmissions: { total: 0 } },
    ],
    'a FIN that is sent again': [
      [client(20, {}, 'FIN+ACK'), client(220, {}, 'FIN+ACK')],
      { segments: 2, keepAlives: 0, retransmissions: { total: 1 }, lost: 1 },
    ],
  }
  for (const [name, [frames, expected]] of Object.entries(cases))
    test(name, () => {
      expect(tcpOf([...OPENING, ...frames])).toMatchObject(expected)
    })

  test('duplicate acknowledgements and closed windows are those of who sent them', () => {
    const data = [0, 100, 200].map(at => sent(at, 20))
    const frames = [...OPENING, ...data, server(30), server(31), server(40, { window: 0 })]
    expect(tcpOf(frames)).toMatchObject({ duplicateAcks: 0, zeroWindows: 0 })
    const greeted = [...frames, server(50, { bytes: 9, acknowledgement: 300 })]
    expect(tcpOf(greeted, 'server')).toMatchObject({ duplicateAcks: 2, zeroWindows: 1 })
  })

  test('a byte into a closed window is no loss, whether it is taken or not', () => {
    const closed = server(30, { acknowledgement: 100, window: 0 })
    const push = (ms: number) => client(ms, { sequence: 100, bytes: 1 })
    const frames = [...OPENING, sent(0, 20), closed, push(500), push(1000), push(2000)]
    const quiet = { segments: 1, retransmissions: { total: 0 }, captureGaps: 0, lost: 0 }
    expect(tcpOf(frames)).toMatchObject(quiet)
    const taken = server(2010, { acknowledgement: 101, window: 100 })
    expect(tcpOf([...frames, taken])).toMatchObject(quiet)
  })

  test('numbers that somebody makes up disturb no later count', () => {
    const wild = client(40, { sequence: 900_000_000, bytes: 100 })
    const later = Array.from({ length: 20 }, (_, index) => sent(100 + 100 * index, 50 + index))
    expect(tcpOf([...OPENING, sent(0, 20), wild, ...later])).toMatchObject({
      ...{ segments: 22, lost: 0, retransmissions: { total: 0 } },
    })
  })
})

describe('met in the middle', () => {
  const sent = (at: number, ms: number) => client(ms, { sequence: at, bytes: 100 })

  test('the first segment counts, and what follows it is no gap', () => {
    const frames = [sent(700, 0), sent(800, 1), server(9, { acknowledgement: 900 })]
    expect(tcpOf(frames)).toMatchObject({ segments: 2, captureGaps: 0, handshakeNs: null })
  })

  test('a gap behind the first segment shows', () => {
    const frames = [sent(700, 0), sent(900, 1), server(9, { acknowledgement: 1000 }), server(99)]
    expect(tcpOf(frames)).toMatchObject({ segments: 2, captureGaps: 1 })
  })

  test('what was acknowledged before the capture began is no gap', () => {
    const frames = [server(0, { acknowledgement: 500 }), sent(700, 1), sent(800, 2)]
    // Who was heard first stands as the client, since nothing tells better.
    expect(tcpOf(frames, 'server')).toMatchObject({ segments: 2, captureGaps: 0, lost: 0 })
  })

  test('of a side that is not heard nothing is told', () => {
    const frames = [0, 1, 2, 3].map(step => server(step, { acknowledgement: 1000 * step }))
    expect(measured(frames)).toEqual([])
  })
})

describe('round trips by sequence and acknowledgement', () => {
  const sent = (at: number, ms: number, stamp = ms) =>
    client(ms, { sequence: at, bytes: 100, stamps: [1000 + stamp, 0] })
  const acked = (number: number, ms: number, echo = 0) =>
    server(ms, { acknowledgement: number, stamps: [5000, 1000 + echo] })
  const handshake = 3
  const left = (...frames: readonly Frame[]) => samplesOf([...OPENING, ...frames]).slice(handshake)

  test('the second of two segments that are acknowledged at once', () => {
    expect(left(sent(0, 20), sent(100, 21), acked(200, 31))).toEqual([
      `${Sample.SequenceAck} 0 10 0`,
    ])
  })

  test('a single one may have waited', () => {
    expect(left(sent(0, 20), acked(100, 230))).toEqual([])
  })

  test('of three, the acknowledgement between may not have been captured', () => {
    expect(left(sent(0, 20), sent(100, 21), sent(200, 22), acked(300, 231))).toEqual([])
  })

  test('what was sent again is not timed (Karn)', () => {
    const again = left(sent(0, 20), sent(100, 21), sent(100, 500, 500), acked(200, 510, 20))
    expect(again).toEqual([])
  })

  test('unless its timestamp tells it from the first one', () => {
    const lost = [sent(0, 20), sent(100, 21), sent(200, 22), acked(0, 31), acked(0, 32)]
    const again = [...lost, sent(0, 40), acked(300, 50, 40)]
    expect(left(...again)).toEqual([`${Sample.TimestampOption} 0 10 0`])
    // The first one's timestamp: that had come after all.
    expect(left(...lost, sent(0, 40), acked(300, 50, 20))).toEqual([])
  })
})

test('a segment that does not get through is told from the third time on, with the largest that did', () => {
  const small = client(20, { bytes: 100 })
  const big = (ms: number) => client(ms, { sequence: 100, bytes: 1400 })
  const passed = server(30, { acknowledgement: 100 })
  const frames = [...OPENING, small, passed, ...[40, 340, 940, 2140].map(big)]
  // 20 bytes of IP and 20 of TCP around each.
  const expected = `${Sample.Stuck} 0 1440 140`
  expect(samplesOf(frames).slice(3)).toEqual([expected, expected])
})
