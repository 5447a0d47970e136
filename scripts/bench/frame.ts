// Writes one frame: Ethernet II, 802.1Q, IPv4 (RFC 791) or IPv6 (RFC 8200), TCP (RFC 9293) or UDP
// (RFC 768). Every checksum is right. Written for speed: nothing is allocated per frame.

import type { Packet, Talk, TcpFields } from './packet.ts'
import { SYN } from './packet.ts'

/** The memory that frames are written into. */
export interface Page {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** No frame is longer: Ethernet with a tag, 1500 bytes of IP. */
export const FRAME_BYTES_MAX = 1518

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const ETHERTYPE_VLAN = 0x8100
const TCP = 6
const UDP = 17
const UDP_HEADER_BYTES = 8
const WINDOW = 0x2000
const TTL_TO_SERVER = 126
const TTL_TO_CLIENT = 63

/** Writes the packet's frame at `at`; gives the end of the frame. */
export function writeFrame(page: Page, at: number, packet: Packet): number {
  const { tcp, payload } = packet
  const headerBytes = tcp === null ? UDP_HEADER_BYTES : tcpHeaderBytes(tcp)
  const segmentBytes = headerBytes + payload.length
  const transportAt = writeNetwork(page, writeLink(page, at, packet), packet, segmentBytes)
  if (tcp === null) writeUdp(page, transportAt, packet, segmentBytes)
  else writeTcp(page, transportAt, packet, tcp, headerBytes)
  writePayload(page, transportAt + headerBytes, packet)
  writeChecksum(page, transportAt, packet, headerBytes)
  return transportAt + segmentBytes
}

const tcpHeaderBytes = ({ flags }: TcpFields): number => ((flags & SYN) !== 0 ? 40 : 32)

function writeLink({ bytes, view }: Page, at: number, { talk, toServer }: Packet): number {
  copy(bytes, at, (toServer ? talk.server : talk.client).mac)
  copy(bytes, at + 6, (toServer ? talk.client : talk.server).mac)
  const typeAt = talk.vlan === 0 ? at + 12 : at + 16
  if (talk.vlan !== 0) view.setUint32(at + 12, (ETHERTYPE_VLAN << 16) | talk.vlan)
  view.setUint16(typeAt, talk.version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6)
  return typeAt + 2
}

function writeNetwork(page: Page, at: number, packet: Packet, segmentBytes: number): number {
  return packet.talk.version === 4
    ? writeIpv4(page, at, packet, segmentBytes)
    : writeIpv6(page, at, packet, segmentBytes)
}

function writeIpv4(
  { bytes, view }: Page,
  at: number,
  packet: Packet,
  segmentBytes: number,
): number {
  const { talk, toServer } = packet
  view.setUint32(at, 0x45000000 | (20 + segmentBytes))
  // The identification follows the clock: it differs from packet to packet without state.
  view.setUint32(at + 4, (((packet.at / 1000) & 0xffff) << 16) | 0x4000)
  view.setUint32(at + 8, (ttlOf(toServer) << 24) | (protocolOf(talk) << 16))
  copy(bytes, at + 12, (toServer ? talk.client : talk.server).ipv4)
  copy(bytes, at + 16, (toServer ? talk.server : talk.client).ipv4)
  view.setUint16(at + 10, complement(sumOf(view, at, at + 20)))
  return at + 20
}

function writeIpv6(
  { bytes, view }: Page,
  at: number,
  packet: Packet,
  segmentBytes: number,
): number {
  const { talk, toServer } = packet
  view.setUint32(at, 0x60000000)
  view.setUint32(at + 4, (segmentBytes << 16) | (protocolOf(talk) << 8) | ttlOf(toServer))
  copy(bytes, at + 8, (toServer ? talk.client : talk.server).ipv6)
  copy(bytes, at + 24, (toServer ? talk.server : talk.client).ipv6)
  return at + 40
}

function writePorts({ view }: Page, at: number, { talk, toServer }: Packet): void {
  view.setUint16(at, toServer ? talk.clientPort : talk.serverPort)
  view.setUint16(at + 2, toServer ? talk.serverPort : talk.clientPort)
}

function writeUdp(page: Page, at: number, packet: Packet, segmentBytes: number): void {
  writePorts(page, at, packet)
  page.view.setUint32(at + 4, segmentBytes << 16)
}

function writeTcp(page: Page, at: number, packet: Packet, tcp: TcpFields, headerBytes: number) {
  const { view } = page
  writePorts(page, at, packet)
  view.setInt32(at + 4, tcp.seq)
  view.setInt32(at + 8, tcp.ack)
  view.setUint32(at + 12, (headerBytes << 26) | (tcp.flags << 16) | WINDOW)
  view.setUint32(at + 16, 0)
  const stampMs = (packet.at / 1_000_000) | 0
  if ((tcp.flags & SYN) !== 0) writeSynOptions(view, at + 20, packet.talk, stampMs)
  else writeStamps(view, at + 20, 0x0101080a, stampMs)
}

/** Maximum segment size, selective acknowledgement, timestamps, window scale 7. */
function writeSynOptions(view: DataView, at: number, { version }: Talk, stampMs: number): void {
  view.setUint32(at, 0x02040000 | (version === 4 ? 1460 : 1440))
  writeStamps(view, at + 4, 0x0402080a, stampMs)
  view.setUint32(at + 16, 0x01030307)
}

function writeStamps(view: DataView, at: number, lead: number, stampMs: number): void {
  view.setUint32(at, lead)
  view.setUint32(at + 4, 1000 + stampMs)
  view.setUint32(at + 8, 999 + stampMs)
}

function writePayload({ bytes, view }: Page, at: number, { payload }: Packet): void {
  const { head, pattern, length } = payload
  for (let index = 0; index < head.length; index++) view.setUint16(at + 2 * index, head[index] ?? 0)
  if (length > 2 * head.length)
    pattern.bytes.copy(bytes, at + 2 * head.length, 2 * head.length, length)
}

/**
 * The transport checksum over pseudo-header, header and head word by word, over the pattern by its
 * sums.
 */
function writeChecksum({ view }: Page, at: number, { talk, payload }: Packet, headerBytes: number) {
  const headBytes = 2 * payload.head.length
  const addressesAt = talk.version === 4 ? at - 8 : at - 32
  const { sums } = payload.pattern
  const sum =
    sumOf(view, addressesAt, at) +
    protocolOf(talk) +
    headerBytes +
    payload.length +
    sumOf(view, at, at + headerBytes + headBytes) +
    (sums[payload.length] ?? 0) -
    (sums[headBytes] ?? 0)
  const checksum = complement(sum)
  if (talk.transport === 'tcp') view.setUint16(at + 16, checksum)
  else view.setUint16(at + 6, checksum === 0 ? 0xffff : checksum)
}

const ttlOf = (toServer: boolean): number => (toServer ? TTL_TO_SERVER : TTL_TO_CLIENT)
const protocolOf = ({ transport }: Talk): number => (transport === 'tcp' ? TCP : UDP)

function sumOf(view: DataView, at: number, end: number): number {
  let sum = 0
  for (let word = at; word < end; word += 2) sum += view.getUint16(word)
  return sum
}

function complement(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16)
  return ~((once & 0xffff) + (once >>> 16)) & 0xffff
}

/** A loop, since the call of `TypedArray.set` costs more than the few bytes of an address. */
function copy(target: Uint8Array, at: number, source: Uint8Array): void {
  for (let index = 0; index < source.length; index++) target[at + index] = source[index] ?? 0
}
