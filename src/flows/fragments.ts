// Fragments of datagrams, between the kernel and reassembly: whole datagrams go on in the kernel as one
// packet each, with the bytes of the frame that completed them. The frames before it are `no_flow.fragment`;
// a frame that still goes on later, since its datagram never became whole or has a second reading, is taken
// back from there, so that every frame counts once.

import { isTunnelPort } from '../kernel/decode.ts'
import { enter, setAside } from '../kernel/kernel.ts'
import { beginLate, frameAtHand, type HeldFrame } from '../kernel/late.ts'
import {
  ADDRESSES_AT,
  CAPTURED_END,
  CLOCK,
  DATAGRAM,
  Fate,
  HEADER_AT,
  IP_AT,
  KEY_KIND,
  KIND_V6,
  PACKET_END,
  PAYLOAD_BYTES_MAX,
  TICK,
} from '../kernel/layout.ts'
import { getF64, getI32, memory } from '../kernel/memory.ts'
import { type Fragment, ipv4Fragment, ipv6Fragment } from '../wire/fragment.ts'
import { Reassembly } from './reassembly.ts'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const IPV6_BYTES = 40
const ADDRESSES_BYTES = 32
const IP_BYTES_MAX = 65_535
const TCP = 6
const UDP = 17
const ICMPS = [1, 58]
const TCP_BYTES = 20
const UDP_BYTES = 8
const PORTS_BYTES = 4
/** Behind a tunnel's headers and those of the packet in it. */
const WRAPPED_BYTES = 80

const view = new DataView(memory)
const bytes = new Uint8Array(memory)

/** A frame that waits, and the header of the datagram that it began or belongs to. */
interface Waiting extends HeldFrame {
  /** A copy of the IP header, no fragment's any more. */
  readonly header: Uint8Array
  readonly protocol: number
}

export class Fragments {
  readonly #reassembly = new Reassembly<Waiting>(isOtherFlow)
  #endLate: (() => void) | null = null

  /** What happened to fragments, by the name of the remark. */
  get notes(): Readonly<Record<string, number>> {
    return {
      'note.datagram_dropped': this.#reassembly.dropped,
      'note.fragment_conflict': this.#reassembly.conflicts,
      'note.fragment_overlap_ipv6': this.#reassembly.spoilt,
    }
  }

  /**
   * Settles a Stop.Fragment: the datagram that it completes goes on, any other fragment is held. One that
   * the capture cut short can complete nothing; the first of a datagram then goes on as far as it reaches.
   * Whether the kernel is between two packets now, so that late ones may go in (see beginNext).
   */
  take(): boolean {
    const { fragment, isV6 } = fragmentAtHand()
    const wireEnd = claimedEnd(isV6)
    const end = Math.min(getI32(CAPTURED_END), wireEnd, fragment.at + PAYLOAD_BYTES_MAX)
    const part = bytes.subarray(fragment.at, Math.max(fragment.at, end))
    const header = headerOf(fragment.protocol, isV6)
    const isCut = end < wireEnd
    const isCutFirst = isCut && fragment.offset === 0
    const payload = isCutFirst ? part : this.#join(fragment, { part, header, isCut, isV6 })
    if (payload === null) setAside(Fate.NoFlowFragment)
    else enterDatagram(header, payload, isCutFirst ? wireEnd - fragment.at : payload.length)
    return payload === null && this.#endLate === null
  }

  /** A second of capture time is over: what has waited for too long goes on as it is, see beginNext(). */
  expire(): void {
    this.#reassembly.expire(getF64(TICK))
  }

  /** The capture is over; whether a frame that waited goes on. A late packet may begin another datagram. */
  giveUpAll(): boolean {
    return this.#reassembly.giveUpAll()
  }

  /**
   * Ends the last late packet and lets the next one in: run() then goes through it alone. False when there
   * is none, and the packet at hand can go on.
   */
  beginNext(): boolean {
    this.#endLate?.()
    this.#endLate = null
    const late = this.#reassembly.nextLate()
    if (late === undefined) return false
    const { frame, payload } = late
    this.#endLate = beginLate(frame)
    const whole = withWholePorts(frame.protocol, payload)
    enterDatagram(frame.header, whole, whole.length)
    return true
  }

  #join(fragment: Fragment, { part, header, isCut, isV6 }: Joined): Uint8Array | null {
    return this.#reassembly.add({
      key: datagramKey(fragment, isV6),
      offset: fragment.offset,
      isLast: fragment.isLast,
      bytes: part,
      isCut,
      isStrict: isV6,
      bytesMax: isV6 ? IP_BYTES_MAX : IP_BYTES_MAX - header.length,
      timeNs: getF64(CLOCK),
      frame: { ...frameAtHand(), header, protocol: fragment.protocol },
    })
  }
}

interface Joined {
  readonly part: Uint8Array
  readonly header: Uint8Array
  readonly isCut: boolean
  readonly isV6: boolean
}

/** Names the datagram to which the fragment of a Stop.Fragment belongs. */
export function datagramAtHand(): string {
  const { fragment, isV6 } = fragmentAtHand()
  return datagramKey(fragment, isV6)
}

function fragmentAtHand(): { readonly fragment: Fragment; readonly isV6: boolean } {
  const isV6 = (getI32(KEY_KIND) & KIND_V6) !== 0
  const fragment = isV6 ? ipv6Fragment(view, getI32(HEADER_AT)) : ipv4Fragment(view, getI32(IP_AT))
  return { fragment, isV6 }
}

/** Where the IP header says that this packet ends; the frame may have ended sooner. */
function claimedEnd(isV6: boolean): number {
  const at = getI32(IP_AT)
  if (isV6) return at + IPV6_BYTES + view.getUint16(at + 4)
  const total = view.getUint16(at + 2)
  return total === 0 ? getI32(PACKET_END) : at + total
}

/** Addresses, identification and protocol; the bytes of addresses as characters, cheap and unambiguous. */
function datagramKey({ id, protocol }: Fragment, isV6: boolean): string {
  const at = isV6 ? getI32(ADDRESSES_AT) : getI32(IP_AT) + 12
  const addresses = bytes.subarray(at, at + (isV6 ? ADDRESSES_BYTES : 8))
  return `${String.fromCharCode(...addresses)} ${id} ${protocol}`
}

/** A copy of the IP header of the fragment at hand, as the whole datagram would have had it. */
function headerOf(protocol: number, isV6: boolean): Uint8Array {
  const at = getI32(IP_AT)
  if (!isV6) {
    const header = bytes.slice(at, at + ((view.getUint8(at) & 0xf) << 2))
    header.fill(0, 6, 8)
    return header
  }
  const header = bytes.slice(at, at + IPV6_BYTES)
  const addresses = getI32(ADDRESSES_AT)
  header.set(bytes.subarray(addresses, addresses + ADDRESSES_BYTES), 8)
  header[6] = protocol
  return header
}

/** Readings that differ further in than the flow key lies are one flow all the same. */
function isOtherFlow({ protocol }: Waiting, one: Uint8Array, other: Uint8Array): boolean {
  const end = Math.max(keyBytes(protocol, one), keyBytes(protocol, other))
  return one.subarray(0, end).some((byte, at) => byte !== other[at])
}

function keyBytes(protocol: number, payload: Uint8Array): number {
  const targetPort = ((payload[2] ?? 0) << 8) | (payload[3] ?? 0)
  const hasPlainKey = protocol === TCP || ICMPS.includes(protocol)
  return hasPlainKey || (protocol === UDP && !isTunnelPort(targetPort))
    ? PORTS_BYTES
    : WRAPPED_BYTES
}

/**
 * A beginning too short for its transport header but long enough for the ports, as an evader makes it: what
 * is missing counts as zero.
 */
function withWholePorts(protocol: number, payload: Uint8Array): Uint8Array {
  const needed = protocol === TCP ? TCP_BYTES : protocol === UDP ? UDP_BYTES : 0
  if (payload.length < PORTS_BYTES || payload.length >= needed) return payload
  const whole = new Uint8Array(needed)
  whole.set(payload)
  if (protocol === TCP) whole[12] = (TCP_BYTES >> 2) << 4
  return whole
}

/** Writes a datagram into the kernel's memory and goes in there; `wireBytes` is what its payload had. */
function enterDatagram(header: Uint8Array, payload: Uint8Array, wireBytes: number): void {
  const at = DATAGRAM + header.length
  // The payload first: it may itself lie in a datagram that was put together before.
  bytes.set(payload, at)
  bytes.set(header, DATAGRAM)
  const isV6 = (header[0] ?? 0) >> 4 === 6
  if (isV6) view.setUint16(DATAGRAM + 4, Math.min(wireBytes, IP_BYTES_MAX))
  else finishIpv4(header.length, wireBytes)
  enter(isV6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, DATAGRAM, at + payload.length, at + wireBytes)
}

/** Length and checksum; the latter must be right, since the kernel counts those that are not. */
function finishIpv4(headerBytes: number, payloadBytes: number): void {
  view.setUint16(DATAGRAM + 2, Math.min(headerBytes + payloadBytes, IP_BYTES_MAX))
  view.setUint16(DATAGRAM + 10, 0)
  let sum = 0
  for (let at = 0; at < headerBytes; at += 2) sum += view.getUint16(DATAGRAM + at)
  const folded = (sum & 0xffff) + (sum >>> 16)
  view.setUint16(DATAGRAM + 10, ~((folded & 0xffff) + (folded >>> 16)) & 0xffff)
}
