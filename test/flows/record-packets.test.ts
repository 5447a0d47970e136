// Which packets make up a record: exactly those that its counts have, and beside them what the counts leave
// out but an analyst wants to see, fragments and ICMP errors.

import { describe, expect, test } from 'vitest'
import { placeOf, RecordPackets, type RecordParts } from '../../src/flows/record-packets.ts'
import type { FlowRecord } from '../../src/model/flow.ts'
import { walk } from '../kernel/walk.ts'
import { type Frame, handshake, IP_AT, icmpAbout, patched, tcp, udp } from '../support/frames.ts'
import { chunksOf, replay } from '../support/kernel.ts'
import { INNER_FLOW, TUNNELS } from '../support/wrapped.ts'

const ALWAYS = { fromNs: Number.NEGATIVE_INFINITY, toNs: Number.POSITIVE_INFINITY }

interface Traced {
  readonly record: FlowRecord
  readonly parts: RecordParts | undefined
}

/** Every record of the frames, and the packets that are said to be its own. */
function traced(frames: readonly Frame[], vlanInKey = false): readonly Traced[] {
  const { records } = replay(frames, { dedup: true, vlanInKey })
  const wanted = records.map(({ first }) => placeOf(first.file, first.frame))
  const reading = new RecordPackets({ ...ALWAYS, vlanInKey, wanted })
  for (const chunk of chunksOf(frames)) reading.read(chunk)
  const found = reading.finish()
  return records.map((record, index) => ({ record, parts: found.get(wanted[index] ?? 0) }))
}

/** Numbers of the frames, from 1. */
const frames = (places: ReadonlySet<number> | undefined): readonly number[] => [...(places ?? [])]

const counts = ({ record: { toServer, toClient } }: Traced): number =>
  toServer.packets + toClient.packets

describe('a random walk through everything a flow table bears:', () => {
  for (const seed of [1, 2, 3])
    test(`every record of seed ${seed} has as many packets as it counts`, () => {
      const all = traced(walk({ seed, steps: 4000, conversations: 60 }).map(({ frame }) => frame))
      expect(all.length).toBeGreaterThan(200)
      expect(all.map(({ parts }) => parts?.packets.size)).toEqual(all.map(counts))
    })

  test('and every packet of a flow is in one record only', () => {
    const steps = walk({ seed: 4, steps: 4000, conversations: 60 })
    const places = traced(steps.map(({ frame }) => frame)).flatMap(({ parts }) =>
      frames(parts?.packets),
    )
    expect(new Set(places).size).toBe(places.length)
    expect(places.length).toBeGreaterThan(2000)
  })
})

test('both directions belong to the record, another connection of the same hosts does not', () => {
  const [one] = traced([...handshake(0, 'a:1000 > b:80'), ...handshake(1, 'a:1001 > b:80')])
  expect(frames(one?.parts?.packets)).toEqual([1, 2, 3])
})

test('ports used anew begin another record', () => {
  const again = [
    ...handshake(0, 'a:1000 > b:80'),
    tcp(1, 'a:1000 > b:80', 'RST', { sequence: 1001 }),
    tcp(2, 'a:1000 > b:80', 'SYN', { sequence: 9000 }),
  ]
  expect(traced(again).map(({ parts }) => frames(parts?.packets))).toEqual([[1, 2, 3, 4], [5]])
})

test('copies that a mirror port makes are no packets of the record', () => {
  const twice = handshake(0, 'a:1000 > b:80').flatMap(frame => [
    frame,
    { ...frame, timeNs: frame.timeNs + 40_000 },
  ])
  expect(frames(traced(twice)[0]?.parts?.packets)).toEqual([1, 3, 5])
})

test('nor are those of IPv6, of which it is known only when the record ends', () => {
  const twice = handshake(0, 'A:1000 > B:80').flatMap(frame => [
    frame,
    { ...frame, timeNs: frame.timeNs + 40_000 },
  ])
  const [one] = traced(twice)
  expect(one?.record.toServer.packets).toBe(2)
  expect(frames(one?.parts?.packets)).toEqual([1, 3, 5])
})

test('the same addresses in another VLAN are another record where VLANs are kept apart', () => {
  const two = [1, 2].map(vlan => tcp(vlan, 'a:1000 > b:80', 'SYN', { vlan, ipId: vlan }))
  expect(traced(two, true).map(({ parts }) => frames(parts?.packets))).toEqual([[1], [2]])
  expect(traced(two).map(({ parts }) => frames(parts?.packets))).toEqual([[1, 2]])
})

describe('a packet that is wrapped belongs to the flow inside:', () => {
  for (const [name, [frame, flow]] of Object.entries(TUNNELS))
    if (flow === INNER_FLOW)
      test(name, () => {
        expect(traced([frame]).map(({ parts }) => frames(parts?.packets))).toEqual([[1]])
      })
})

/** A datagram of 2,000 bytes in three parts, in the order given. */
function inParts(seconds: number, way: string, order: readonly number[]): readonly Frame[] {
  const whole = udp(seconds, way, 1992)
  return order.map(part => {
    const [from, end] = [part * 800, Math.min(2000, part * 800 + 800)]
    const payloadAt = IP_AT + 20
    const bytes = Uint8Array.from([
      ...whole.bytes.subarray(0, payloadAt),
      ...whole.bytes.subarray(payloadAt + from, payloadAt + end),
    ])
    const word = (end < 2000 ? 0x2000 : 0) | (from >> 3)
    const length = 20 + end - from
    const cutOut = { ...whole, bytes, timeNs: whole.timeNs + part }
    const sized = patched(cutOut, IP_AT + 2, length >> 8, length & 0xff)
    return patched(sized, IP_AT + 6, word >> 8, word & 0xff)
  })
}

describe('fragments of a datagram', () => {
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
  ])
    test(`belong to its flow in the order ${order.join(' ')}`, () => {
      const [one] = traced(inParts(0, 'a:1000 > b:2000', order))
      expect(frames(one?.parts?.packets)).toEqual([3])
      expect(frames(one?.parts?.fragments)).toEqual([1, 2])
      expect(one === undefined ? 0 : counts(one)).toBe(1)
    })

  test('belong to no other flow', () => {
    const [, other] = traced([
      ...inParts(0, 'a:1000 > b:2000', [0, 1, 2]),
      udp(1, 'a:1001 > b:2000', 12, { ipId: 8 }),
    ])
    expect(frames(other?.parts?.packets)).toEqual([4])
    expect(frames(other?.parts?.fragments)).toEqual([])
  })

  test('of which the rest never came belong to the flow of the first', () => {
    const [one] = traced([
      ...inParts(0, 'a:1000 > b:2000', [0, 1]),
      ...handshake(40, 'c:1000 > d:80'),
      ...inParts(41, 'a:1000 > b:2000', [2]),
    ])
    expect(frames(one?.parts?.packets)).toEqual([1])
    expect(frames(one?.parts?.fragments)).toEqual([2])
  })
})

test('ICMP errors that quote the flow are evidence, those about another are not', () => {
  const [syn, other] = [tcp(0, 'a:1000 > b:80', 'SYN'), tcp(0, 'a:1001 > b:80', 'SYN')]
  const errors = [syn, other, syn].map((about, second) =>
    icmpAbout(1 + second, 'w > a', [3, 13], about),
  )
  const [one] = traced([syn, other, ...errors])
  expect(frames(one?.parts?.packets)).toEqual([1])
  expect(frames(one?.parts?.errors)).toEqual([3, 5])
})

describe('beyond what can be named', () => {
  const first = placeOf(0, 1)
  const read = (all: readonly Frame[], namedMax: number): RecordParts | undefined => {
    const reading = new RecordPackets({ ...ALWAYS, vlanInKey: false, wanted: [first], namedMax })
    for (const chunk of chunksOf(all)) reading.read(chunk)
    return reading.finish().get(first)
  }
  const three = handshake(0, 'a:1000 > b:80')

  test('packets are counted', () => {
    const parts = read(three, 2)
    expect([frames(parts?.packets), parts?.left]).toEqual([[1, 2], 1])
    expect(read(three, 3)?.left).toBe(0)
  })
})

/** The fragment with another identification, and so of another datagram. */
const ofDatagram = (fragment: Frame, id: number): Frame =>
  patched(fragment, IP_AT + 4, id >> 8, id & 0xff)

const LONG_MS = 60_000

test('the oldest of 16,385 datagrams is forgotten, and its rest is nobody’s', {
  timeout: LONG_MS,
}, () => {
  const [head, rest] = inParts(0, 'a:1000 > b:2000', [0, 1])
  if (head === undefined || rest === undefined) throw new Error('a datagram has two parts')
  const fragmentsOf = (datagrams: number): readonly number[] => {
    const heads = Array.from({ length: datagrams }, (_, id) => ofDatagram(head, id))
    const all = [...heads, ofDatagram(rest, 0)]
    const reading = new RecordPackets({ ...ALWAYS, vlanInKey: false, wanted: [placeOf(0, 1)] })
    for (const chunk of chunksOf(all)) reading.read(chunk)
    return frames(reading.finish().get(placeOf(0, 1))?.fragments)
  }
  expect(fragmentsOf(16_384)).toContain(16_385)
  expect(fragmentsOf(16_385)).not.toContain(16_386)
})
