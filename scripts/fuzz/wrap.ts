// Headers around headers: every link layer and tunnel that is read, and some that are not, nested at will.
// Formats as in src/kernel/link.ts and src/wire/tunnel.ts.

import { join, u16, u32, zeros } from '../../fixtures/scenario/bytes.ts'
import type { Random } from '../../fixtures/scenario/random.ts'
import { pick } from './mutate.ts'

/** A frame and the LINKTYPE that says how it begins. */
export interface Linked {
  readonly link: number
  readonly bytes: Uint8Array
}

type Around = (packet: Uint8Array, next: Random) => Uint8Array

const ENDS_4 = [10, 10, 20, 11, 10, 10, 20, 21]
const ENDS_6 = join(u32(0x20010db8), zeros(11), [1], u32(0x20010db8), zeros(11), [2])
const MACS = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
const VXLAN_PORT = 4789
const GENEVE_PORT = 6081
/** Inner packets longer than this are cut, so that nesting stays within a datagram. */
const INNER_BYTES_MAX = 2000

const typeOf = (packet: Uint8Array): number => ((packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800)
const protocolOf = (packet: Uint8Array): number => ((packet[0] ?? 0) >> 4 === 6 ? 41 : 4)

/** An Ethernet frame around an IP packet. */
const ethernet = (packet: Uint8Array): Uint8Array => join(MACS, u16(typeOf(packet)), packet)

/** An IPv4 packet; `fragment` is the word of flags and offset. */
const ipv4 = (protocol: number, payload: Uint8Array, id = 0, fragment = 0): Uint8Array =>
  join(
    [0x45, 0, ...u16(20 + payload.length), ...u16(id), ...u16(fragment), 64, protocol, 0, 0],
    ENDS_4,
    payload,
  )

const ipv6 = (protocol: number, payload: Uint8Array): Uint8Array =>
  join([0x60, 0, 0, 0, ...u16(payload.length), protocol, 64], ENDS_6, payload)

const udp = (port: number, payload: Uint8Array): Uint8Array =>
  join(u16(40_000), u16(port), u16(8 + payload.length), [0, 0], payload)

const gre = (type: number, payload: Uint8Array): Uint8Array => join([0, 0], u16(type), payload)

const bridgedGre = (type: number, header: readonly number[], packet: Uint8Array): Uint8Array =>
  ipv4(47, join([0x10, 0], u16(type), u32(1), header, ethernet(packet)))

/** Up to seven extension headers of 8 bytes: hop by hop, routing, destination options. */
const extended: Around = (packet, next) => {
  let [protocol, payload] = [protocolOf(packet), packet]
  for (let count = next() % 8; count > 0; count--) {
    payload = join([protocol, 0, 1, 4, 0, 0, 0, 0], payload)
    protocol = pick([0, 43, 60], next)
  }
  return ipv6(protocol, payload)
}

const withOptions: Around = (packet, next) => {
  const words = 1 + (next() % 10)
  const whole = ipv4(protocolOf(packet), join(zeros(4 * words).fill(1), packet))
  whole[0] = 0x45 + words
  return whole
}

const quoted: Around = (packet, next) =>
  typeOf(packet) === 0x0800
    ? ipv4(1, join([pick([3, 4, 5, 11, 12], next), next() % 16, 0, 0, 0, 0, 0, 0], packet))
    : ipv6(58, join([1 + (next() % 4), next() % 8, 0, 0, 0, 0, 0, 0], packet))

/** IP packets around IP packets. */
const TUNNELS: readonly Around[] = [
  packet => ipv4(protocolOf(packet), packet),
  packet => ipv6(protocolOf(packet), packet),
  packet => ipv4(47, gre(typeOf(packet), packet)),
  packet => ipv4(47, join([0xb0, 0], u16(typeOf(packet)), zeros(12), packet)),
  packet => ipv4(47, join([0x30, 1, 0x88, 0x0b], zeros(8), [0xff, 3, 0, 0x21], packet)),
  packet => ipv4(47, gre(0x6558, ethernet(packet))),
  packet => ipv4(47, gre(0x88be, ethernet(packet))),
  packet => bridgedGre(0x88be, [0x10, 1, 0, 0, 0, 0, 0, 0], packet),
  packet => bridgedGre(0x22eb, [0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], packet),
  packet => ipv4(17, udp(VXLAN_PORT, join([8, 0, 0, 0, 0, 0, 7, 0], ethernet(packet)))),
  packet => ipv6(17, udp(VXLAN_PORT, join([8, 0, 0, 0, 0, 0, 7, 0], ethernet(packet)))),
  packet => ipv4(17, udp(GENEVE_PORT, join([1, 0], u16(typeOf(packet)), zeros(8), packet))),
  ...[extended, withOptions, quoted],
]

/** A whole IP packet within up to ten others: two more than are followed. */
export function nested(packet: Uint8Array, next: Random): Uint8Array {
  let whole = packet.subarray(0, INNER_BYTES_MAX)
  for (let depth = next() % 11; depth > 0; depth--) whole = pick(TUNNELS, next)(whole, next)
  return whole
}

const label = (number: number, isBottom: boolean): readonly number[] =>
  u32((number << 12) | (Number(isBottom) << 8) | 64)

const tags: Around = (packet, next) => {
  const count = 1 + (next() % 10)
  const each = Array.from({ length: count }, () => [...u16(pick([0x8100, 0x88a8], next)), 0, 9])
  return join(MACS, each.flat(), u16(typeOf(packet)), packet)
}

const labels: Around = (packet, next) => {
  const above = Array.from({ length: next() % 18 }, () => label(next() & 0xff, false)).flat()
  return join(MACS, [0x88, 0x47], above, label(16, true), packet)
}

const bridgedLabels: Around = packet =>
  join(MACS, [0x88, 0x47], label(16, true), zeros(4), ethernet(packet))

const pppProtocol = (packet: Uint8Array): readonly number[] => [
  0,
  typeOf(packet) === 0x0800 ? 0x21 : 0x57,
]

const pppoe: Around = packet =>
  join(MACS, [0x88, 0x64, 0x11, 0, 0, 9], u16(packet.length + 2), pppProtocol(packet), packet)

const snap: Around = packet =>
  join(MACS, u16(packet.length + 8), [0xaa, 0xaa, 3, 0, 0, 0], u16(typeOf(packet)), packet)

const cooked: Around = packet => join([0, 0, 0, 1, 0, 6, ...zeros(8)], u16(typeOf(packet)), packet)

const cooked2: Around = packet => join(u16(typeOf(packet)), zeros(18), packet)

const radio: Around = packet =>
  join([8, 2, 0, 0], zeros(20), [0xaa, 0xaa, 3, 0, 0, 0], u16(typeOf(packet)), packet)

const nflog: Around = packet => join([2, 0, 0, 0], [4 + packet.length, 0, 9, 0], packet)

/** LINKTYPE and what it puts in front of an IP packet. */
const LINKS: readonly (readonly [link: number, around: Around])[] = [
  ...[ethernet, ethernet, ethernet, tags, labels, bridgedLabels, pppoe, snap].map(
    around => [1, around] as const,
  ),
  [0, packet => join([typeOf(packet) === 0x0800 ? 2 : 30, 0, 0, 0], packet)],
  [108, packet => join([0, 0, 0, typeOf(packet) === 0x0800 ? 2 : 30], packet)],
  [9, packet => join([0xff, 3], pppProtocol(packet), packet)],
  ...[12, 14, 101, 228, 229].map(link => [link, (packet: Uint8Array) => packet] as const),
  [113, cooked],
  [276, cooked2],
  [105, radio],
  [127, (packet, next) => join([0, 0, 8, 0, 0, 0, 0, 0], radio(packet, next))],
  [239, nflog],
]

/** The IP packet in a frame of any link layer. */
export function linked(packet: Uint8Array, next: Random): Linked {
  const [link, around] = pick(LINKS, next)
  return { link, bytes: around(packet, next) }
}

/** The IPv4 packet in two to five fragments, which may overlap, in any order. */
export function fragmented(packet: Uint8Array, next: Random): readonly Uint8Array[] {
  const id = next() & 0xffff
  const [protocol, payload] = [protocolOf(packet), packet.subarray(0, INNER_BYTES_MAX)]
  const step = 8 * Math.ceil(payload.length / (8 * (1 + (next() % 4))))
  const parts: Uint8Array[] = []
  for (let at = 0; at < payload.length; at += step) {
    const overlap = next() % 4 === 0 ? 8 : 0
    const more = at + step < payload.length ? 0x2000 : 0
    const part = payload.subarray(at, at + step + overlap)
    parts.push(ipv4(protocol, part, id, more | (at >> 3)))
  }
  return next() % 2 === 0 ? parts : parts.reverse()
}
