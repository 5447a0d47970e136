// The one door out of the kernel: what a record says beside who, how much and why it ended.

import { expect, test } from 'vitest'
import { AddressBook } from '../../src/flows/addresses.ts'
import { endsOf, synAckOf } from '../../src/flows/record.ts'
import { run } from '../../src/kernel/kernel.ts'
import { STOP_FLOW, Stop } from '../../src/kernel/layout.ts'
import { getI32 } from '../../src/kernel/memory.ts'
import { begin, load } from '../../src/kernel/session.ts'
import { UNKNOWN_APP } from '../../src/model/app.ts'
import { NO_SIGHTS } from '../../src/model/flow.ts'
import { type Frame, handshake, ip, SECOND_NS, tcp, udp } from '../support/frames.ts'
import { chunksOf, replay } from '../support/kernel.ts'

test('a record of an attempt, as a whole', () => {
  const syn = tcp(1.5, 'a:1000 > b:80', 'SYN', { vlan: 120, sequence: 9, data: 3 })
  expect(replay([udp(0, 'c:1 > d:1'), syn]).records[1]).toEqual({
    ...{ transport: 'tcp', protocol: 6, basis: 'syn', end: 'capture_end', resumed: false },
    client: { address: expect.objectContaining({ text: '10.0.0.1' }), port: 1000 },
    server: { address: expect.objectContaining({ text: '10.0.0.2' }), port: 80 },
    toServer: { packets: 1, bytes: 61 },
    toClient: { packets: 0, bytes: 0 },
    data: { client: true, server: false },
    ...{ firstNs: 1.5 * SECOND_NS, lastNs: 1.5 * SECOND_NS },
    first: { file: 0, frame: 2, offset: 60 },
    ...{ vlan: 120, sensors: NO_SIGHTS, icmpError: null, app: UNKNOWN_APP },
    tcp: {
      ...{ state: 'new', synCount: 1, lastSynNs: 1.5 * SECOND_NS, synAck: null, rst: null },
      syn: { timeNs: 1.5 * SECOND_NS, ttl: 64, window: 8192, ipId: 7 },
      fin: { client: false, server: false },
      acknowledges: { client: false, server: false },
    },
  })
})

test('what is neither TCP, UDP nor ICMP is "other" and has no ports', () => {
  expect(replay([ip(0, 'a > b', 89, new Uint8Array(24))]).records[0]).toMatchObject({
    ...{ transport: 'other', protocol: 89, tcp: null },
    client: { port: 0 },
    server: { port: 0 },
  })
})

test('the place of the first packet does not depend on the chunk it came in', () => {
  const frames = [udp(0, 'a:1 > b:1'), udp(0, 'c:1 > d:1'), udp(0, 'e:1 > f:1')]
  const first = { file: 0, frame: 3, offset: 120 }
  expect(replay(frames).records[2]?.first).toEqual(first)
  expect(replay(frames, { chunkPackets: 1 }).records[2]?.first).toEqual(first)
})

test('the VLAN and the place are those of the packet that began the record', () => {
  const frames = [udp(0, 'a:1 > b:1'), udp(1, 'b:1 > a:1', 12, { vlan: 7 })]
  expect(replay(frames).records[0]).toMatchObject({ vlan: null, first: { frame: 1 } })
})

test('a mid-stream record has no SYN, and no time of one', () => {
  const facts = replay([tcp(0, 'a:1 > b:80', 'ACK')]).records[0]?.tcp
  expect(facts).toMatchObject({ synCount: 0, syn: null, synAck: null, lastSynNs: Number.NaN })
})

/** What is known of the handshake at the moment when the flow is first seen both ways. */
function synAckAtAnswer(frames: readonly Frame[]): ReturnType<typeof synAckOf> | 'unanswered' {
  begin({ seed: 1 })
  for (const chunk of chunksOf(frames)) {
    load(chunk)
    if (run() === Stop.Answered) return synAckOf(getI32(STOP_FLOW))
  }
  return 'unanswered'
}

test('a SYN-ACK is timed from the last SYN before it', () => {
  const retry = tcp(0.05, 'a:1000 > b:80', 'SYN', { sequence: 1000, ttl: 9 })
  const [syn, answer] = handshake(0, 'a:1000 > b:80')
  if (syn === undefined || answer === undefined) throw new Error('a handshake has two packets')
  expect(synAckAtAnswer([syn, retry, answer])).toEqual({ ttl: 64, afterNs: 0.05 * SECOND_NS })
})

test('a SYN-ACK without its SYN, and an answer that is none, have no such time', () => {
  const [, answer] = handshake(0, 'a:1000 > b:80')
  if (answer === undefined) throw new Error('a handshake has two packets')
  expect(synAckAtAnswer([answer, tcp(0.3, 'a:1000 > b:80', 'ACK')])).toEqual({
    ttl: 64,
    afterNs: NaN,
  })
  expect(synAckAtAnswer([udp(0, 'a:1 > b:1'), udp(0.1, 'b:1 > a:1')])).toBeNull()
})

test('an address book gives one object per address, and asks again when a number was given anew', () => {
  const book = new AddressBook()
  expect(book.ipv4(0x0a000001)).toBe(book.ipv4(0x0a000001))
  expect(book.ipv4(-1).text).toBe('255.255.255.255')
  const ends = (way: string) => {
    begin({ seed: 1 })
    for (const chunk of chunksOf([udp(0, way)])) load(chunk)
    run()
    return endsOf(0, book)
  }
  const first = ends('A:1 > B:1')
  expect(first.low.address).toBe(ends('A:1 > B:1').low.address)
  expect(ends('C:1 > D:1').low.address.text).toBe('2001:db8::3')
  expect(first.low.address.text).toBe('2001:db8::1')
})
