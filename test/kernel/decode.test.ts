// What becomes of each kind of frame. Every fate is reached by a frame made by hand, and no place where
// a frame can be cut off makes anything but a counted fate.

import { describe, expect, test } from 'vitest'
import { join, u16, zeros } from '../../fixtures/scenario/bytes.ts'
import { ETHER, PROTOCOL } from '../../fixtures/scenario/packet.ts'
import { FATE_NAMES } from '../../src/kernel/layout.ts'
import { openEquations } from '../../src/model/ledger.ts'
import {
  cut,
  type Frame,
  IP_AT,
  icmp,
  icmpAbout,
  ip,
  patched,
  tcp,
  udp,
} from '../support/frames.ts'
import { fateOf, fates, line, replay } from '../support/kernel.ts'

const SYN = tcp(0, 'a:1000 > b:80', 'SYN')
const LONG_SYN = tcp(0, 'a:1000 > b:80', 'SYN', { data: 40 })
const SYN_6 = tcp(0, 'A:1000 > B:80', 'SYN')
const QUERY = udp(0, 'a:1000 > b:53')
const IPV4_AT = IP_AT
const TRANSPORT_AT = IP_AT + 20
const VLAN = 0x8100
const PROVIDER_VLAN = 0x88a8

/** An Ethernet frame: tags, type, payload. */
const ethernet = (type: number, payload: Uint8Array, tags: readonly number[] = []): Frame => ({
  timeNs: 0,
  bytes: join(zeros(12), ...tags.map(tag => [...u16(tag), 0, 5]), u16(type), payload),
})
/** LLC, then what a SNAP header says: whose protocol numbers, and which of them. */
const snap = (header: readonly number[], payload: Uint8Array): Frame =>
  ethernet(8 + payload.length, join([0xaa, 0xaa, 3], header, payload))
const tagged = (tags: readonly number[]): Frame =>
  ethernet(ETHER.IPV4, SYN.bytes.subarray(IP_AT), tags)

/** An IPv6 packet whose first next-header is `first`, before a chain of headers and payload. */
const ipv6 = (first: number, rest: readonly number[]): Frame =>
  ip(0, 'A > B', first, Uint8Array.from(rest))
const TCP_HEADER = [...SYN_6.bytes.subarray(IP_AT + 40, IP_AT + 60)]
/** Destination options of eight bytes that lead to `next`. */
const options = (next: number): readonly number[] => [next, 0, 1, 4, 0, 0, 0, 0]
const fragment = (next: number, offset: number): readonly number[] => [
  ...[next, 0, ...u16(offset << 3), 0, 0, 0, 1],
]
const chain = (count: number): Frame =>
  ipv6(60, [
    ...Array(count - 1)
      .fill(options(60))
      .flat(),
    ...options(6),
    ...TCP_HEADER,
  ])

const ENCRYPTED: Frame = { timeNs: 0, link: 105, bytes: join([0x08, 0x41], zeros(60)) }

const FATES: Readonly<Record<string, readonly [Frame, fate: string]>> = {
  'a SYN': [SYN, 'in_flow'],
  'a SYN in IPv6': [SYN_6, 'in_flow'],
  'a datagram': [QUERY, 'in_flow'],
  'an echo request': [icmp(0, 'a > b', 8), 'in_flow'],
  'ESP, which has no ports': [ip(0, 'a > b', 50, zeros(8)), 'in_flow'],
  'IP in LLC': [ethernet(46, join([6, 6, 3], SYN.bytes.subarray(IP_AT))), 'in_flow'],
  'IP in SNAP': [snap([0, 0, 0, 8, 0], SYN.bytes.subarray(IP_AT)), 'in_flow'],
  'seven bytes': [cut(SYN, 7), 'truncated.link'],
  'half a VLAN tag': [cut(tagged([VLAN]), 16), 'truncated.link'],
  'half a SNAP header': [cut(snap([0, 0, 0, 8, 0], zeros(38)), 20), 'truncated.link'],
  'half an LLC header': [cut(ethernet(46, zeros(46)), 16), 'truncated.link'],
  'an IPv4 header cut off': [cut(SYN, IPV4_AT + 19), 'truncated.ipv4'],
  'IPv4 options cut off': [cut(patched(SYN, IPV4_AT, 0x4f), 60), 'truncated.ipv4'],
  'an IPv6 header cut off': [cut(SYN_6, IP_AT + 39), 'truncated.ipv6'],
  'an IPv6 extension cut off': [cut(chain(1), IP_AT + 47), 'truncated.ipv6'],
  'a TCP header cut off': [cut(SYN, TRANSPORT_AT + 19), 'truncated.transport'],
  'TCP options cut off': [
    cut(patched(LONG_SYN, TRANSPORT_AT + 12, 0xf0), 60),
    'truncated.transport',
  ],
  'TCP options beyond the IP packet': [
    patched(SYN, TRANSPORT_AT + 12, 0xf0),
    'malformed.transport',
  ],
  'a UDP header cut off': [cut(QUERY, TRANSPORT_AT + 7), 'truncated.transport'],
  'an ICMP header cut off': [cut(icmp(0, 'a > b', 8), TRANSPORT_AT + 3), 'truncated.transport'],
  'an ICMPv6 header cut off': [cut(icmp(0, 'A > B', 128), IP_AT + 43), 'truncated.transport'],
  'version 5 in an IPv4 frame': [patched(SYN, IPV4_AT, 0x55), 'malformed.ipv4'],
  'an IPv4 header of 16 bytes': [patched(SYN, IPV4_AT, 0x44), 'malformed.ipv4'],
  'an IPv4 packet shorter than its header': [patched(SYN, IPV4_AT + 2, 0, 19), 'malformed.ipv4'],
  'version 4 in an IPv6 frame': [patched(SYN_6, IP_AT, 0x40), 'malformed.ipv6'],
  'a TCP header of 16 bytes': [patched(SYN, TRANSPORT_AT + 12, 0x40), 'malformed.transport'],
  'a link type of Bluetooth': [{ ...SYN, link: 201 }, 'unsupported.link'],
  'a radio frame that is encrypted': [ENCRYPTED, 'unsupported.encrypted'],
  'an ethertype that nobody knows': [ethernet(0x4321, zeros(46)), 'unsupported.ethertype'],
  ARP: [ethernet(ETHER.ARP, zeros(46)), 'no_flow.arp'],
  'reverse ARP': [ethernet(0x8035, zeros(46)), 'no_flow.arp'],
  LLDP: [ethernet(0x88cc, zeros(46)), 'no_flow.link_control'],
  'spanning tree': [ethernet(38, join([0x42, 0x42, 3], zeros(43))), 'no_flow.link_control'],
  'Cisco discovery in SNAP': [snap([0, 0, 0x0c, 0x20, 0], zeros(38)), 'no_flow.link_control'],
  'an ICMP error': [icmpAbout(0, 'b > a', [3, 13], SYN), 'no_flow.icmp_error'],
  'an ICMPv6 error': [icmpAbout(0, 'B > A', [1, 1], SYN_6), 'no_flow.icmp_error'],
  'a neighbour solicitation': [icmp(0, 'A > B', 135), 'no_flow.neighbour_discovery'],
  'a multicast listener report': [icmp(0, 'A > B', 143), 'no_flow.neighbour_discovery'],
  IGMP: [ip(0, 'a > b', PROTOCOL.IGMP, zeros(8)), 'no_flow.igmp'],
  'a later IPv4 fragment': [patched(SYN, IPV4_AT + 6, 0x20, 1), 'no_flow.fragment'],
  'a later IPv6 fragment': [ipv6(44, [...fragment(6, 1), ...TCP_HEADER]), 'no_flow.fragment'],
}

describe('the fate of', () => {
  for (const [what, [frame, fate]] of Object.entries(FATES))
    test(`${what} is ${fate}`, () => {
      expect(fateOf(frame)).toBe(fate)
    })

  test('a packet outside the time asked for is filtered', () => {
    replay([tcp(1, 'a:1 > b:80', 'SYN'), SYN], { fromNs: 0, toNs: 0.5e9 })
    expect(fates()).toEqual({ filtered: 1, in_flow: 1 })
  })

  test('an IPv6 packet for whose addresses there is no room is unflowed', () => {
    replay([SYN_6, tcp(0, 'A:1000 > C:80', 'SYN')], { addressesMax: 2 })
    expect(fates()).toEqual({ in_flow: 1, 'unflowed.addresses': 1 })
  })

  test('every fate there is has been shown here', () => {
    const shown = Object.values(FATES).map(([, fate]) => fate)
    const all = new Set([...shown, 'filtered', 'unflowed.addresses', 'duplicate.copy'])
    expect([...all].sort()).toEqual([...FATE_NAMES].sort())
  })
})

describe('tags', () => {
  for (let count = 1; count <= 8; count++)
    test(`${count} in a row are passed over`, () => {
      const tags = Array.from({ length: count }, (_, index) => (index === 0 ? PROVIDER_VLAN : VLAN))
      expect(fateOf(tagged(tags))).toBe('in_flow')
    })

  test('nine in a row are too many', () => {
    expect(fateOf(tagged(Array(9).fill(VLAN)))).toBe('unsupported.ethertype')
  })

  test('the outermost one names the VLAN of the record', () => {
    expect(replay([tcp(0, 'a:1 > b:80', 'SYN', { vlan: 120 })]).records[0]?.vlan).toBe(120)
    expect(replay([SYN]).records[0]?.vlan).toBeNull()
  })

  test('two VLANs are one flow, or two where the VLAN is part of the key', () => {
    const frames = [udp(0, 'a:1 > b:2', 9, { vlan: 5 }), udp(0, 'a:1 > b:2', 9, { vlan: 6 })]
    expect(replay(frames).records).toHaveLength(1)
    expect(replay(frames, { vlanInKey: true }).records).toHaveLength(2)
  })
})

describe('IPv6 extension headers', () => {
  for (const count of [1, 2, 8, 30])
    test(`${count} are passed over`, () => {
      expect(replay([chain(count)]).records.map(line)).toEqual([
        'tcp 2001:db8::1:1000 > 2001:db8::2:80 syn 1/0 capture_end',
      ])
    })

  test('a fragment header is passed over where the packet is whole', () => {
    expect(fateOf(ipv6(44, [...fragment(6, 0), ...TCP_HEADER]))).toBe('in_flow')
  })

  test('one that is longer than the packet leads nowhere', () => {
    expect(fateOf(ipv6(60, [6, 255, 0, 0, 0, 0, 0, 0, ...TCP_HEADER]))).toBe('truncated.ipv6')
  })
})

describe('the length in the IP header', () => {
  const DATA = tcp(0, 'a:1000 > b:80', 'ACK', { data: 5 })
  const dataOf = (frame: Frame) => replay([frame]).records[0]?.data.client

  test('tells payload from the padding of a short frame', () => {
    expect(dataOf(tcp(0, 'a:1000 > b:80', 'ACK'))).toBe(false)
    expect(dataOf(DATA)).toBe(true)
  })

  test('is replaced by the frame where segmentation offload left it zero', () => {
    expect(dataOf(patched(DATA, IPV4_AT + 2, 0, 0))).toBe(true)
    expect(fateOf(patched(SYN_6, IP_AT + 4, 0, 0))).toBe('in_flow')
  })

  test('is counted and ignored where it is beyond the frame', () => {
    const { ledger } = replay([patched(DATA, IPV4_AT + 2, 0xff, 0xff)])
    // The sum over the header no longer fits the length in it.
    expect(ledger.reasons).toEqual({ 'note.checksum_ipv4': 1, 'note.length_beyond_frame': 1 })
    expect(ledger.flows.in_flow).toBe(1)
  })

  test('counts within a frame that claims to have been longer than any memory', () => {
    const huge = { ...DATA, wire: 0x7fffffff }
    expect(replay([huge]).ledger.reasons).toEqual({})
    expect(dataOf(patched(huge, IPV4_AT + 2, 0, 0))).toBe(true)
  })

  // Bytes behind the end of the packet are whatever the sender of the frame likes; no host reads them.
  test('hides what lies behind it: a header that begins there is no header', () => {
    const empty = patched(ip(0, 'a > b', PROTOCOL.UDP, zeros(0)), TRANSPORT_AT, 0, 53, 0, 99)
    expect(fateOf(empty)).toBe('malformed.transport')
  })
})

describe('a payload that the snap length cut off', () => {
  const long = (seconds: number, sequence: number) =>
    cut(tcp(seconds, 'a:1000 > b:80', 'SYN', { sequence, data: 100 }), 60)

  test('is remarked, and the packet counts with its length on the wire', () => {
    const { records, ledger } = replay([long(0, 1)])
    expect(ledger.reasons).toEqual({ 'note.snapped': 1 })
    expect(records[0]?.toServer).toEqual({ packets: 1, bytes: 154 })
  })

  test('is remarked once, also where an older record must be closed first', () => {
    expect(replay([long(0, 1), long(1, 2)]).ledger.reasons).toEqual({ 'note.snapped': 2 })
  })
})

// Goal: no cut makes the kernel read beyond its packet, and every cut is counted once.
// Method: frames of each kind, cut at every length, one after the other in one run.
for (const [what, [frame]] of Object.entries(FATES))
  test(`${what}, cut off anywhere, is in exactly one place of the ledger`, () => {
    const cuts = Array.from({ length: frame.bytes.length + 1 }, (_, length) => cut(frame, length))
    const { ledger } = replay(cuts)
    expect(openEquations(ledger)).toEqual([])
    expect(ledger.reader.seen).toBe(frame.bytes.length + 1)
  })

test('what an earlier packet left in the buffer does not fill up a cut one', () => {
  replay([SYN, cut(SYN, TRANSPORT_AT + 13)], { chunkPackets: 1 })
  expect(fates()).toEqual({ in_flow: 1, 'truncated.transport': 1 })
})
