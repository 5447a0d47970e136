// Packets within packets: the slow path looks for the inner header of what the kernel handed over, and the
// kernel goes on there.

import { enter, holdFragment, stayOutside } from '../kernel/kernel.ts'
import {
  ADDRESSES_AT,
  CAPTURED_END,
  DATAGRAM,
  HEADER_AT,
  IP_AT,
  KEY_KIND,
  KIND_V6,
  PACKET_END,
  PACKET_TIME,
  PAYLOAD_BYTES_MAX,
  STOP_PACKET,
} from '../kernel/layout.ts'
import { getF64, getI32, memory } from '../kernel/memory.ts'
import { type Fragment, ipv4Fragment, ipv6Fragment } from '../wire/fragment.ts'
import { innerOf } from '../wire/tunnel.ts'
import { Reassembly } from './reassembly.ts'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const IPV4_BYTES_MAX = 60
const IPV6_BYTES = 40
const ADDRESSES_BYTES = 32

const view = new DataView(memory)
const bytes = new Uint8Array(memory)

/** Settles a Stop.Tunnel: in at the wrapped packet, or a flow of the outer header. */
export function unwrap(): void {
  const end = getI32(CAPTURED_END)
  const inner = innerOf(view, getI32(KEY_KIND) & 0xff, getI32(HEADER_AT), end)
  if (inner === undefined) stayOutside()
  else enter(inner.type, inner.at, end, getI32(PACKET_END))
}

export class Fragments {
  readonly #reassembly = new Reassembly()

  /** Datagrams that were given up before they were whole. */
  get dropped(): number {
    return this.#reassembly.dropped
  }

  /** Fragments that contradict what came before. */
  get conflicts(): number {
    return this.#reassembly.conflicts
  }

  /**
   * Settles a Stop.Fragment: the datagram that it completes goes on, any other fragment is held. One that
   * the capture cut short can complete nothing; the first of a datagram then goes on as far as it reaches.
   */
  take(): void {
    const isV6 = (getI32(KEY_KIND) & KIND_V6) !== 0
    const fragment = isV6
      ? ipv6Fragment(view, getI32(HEADER_AT))
      : ipv4Fragment(view, getI32(IP_AT))
    const wireEnd = claimedEnd(isV6)
    const end = Math.min(getI32(CAPTURED_END), wireEnd, fragment.at + PAYLOAD_BYTES_MAX)
    const part = bytes.subarray(fragment.at, Math.max(fragment.at, end))
    const isCut = end < wireEnd
    const isCutFirst = isCut && fragment.offset === 0
    const payload = isCutFirst ? part : this.#join(fragment, part, isCut, isV6)
    const wireBytes = isCutFirst ? wireEnd - fragment.at : (payload?.length ?? 0)
    if (payload === null) holdFragment()
    else enterDatagram(payload, wireBytes, fragment, isV6)
  }

  #join(fragment: Fragment, part: Uint8Array, isCut: boolean, isV6: boolean): Uint8Array | null {
    return this.#reassembly.add({
      key: datagramKey(fragment, isV6),
      offset: fragment.offset,
      isLast: fragment.isLast,
      bytes: part,
      isCut,
      timeNs: getF64(PACKET_TIME + 8 * getI32(STOP_PACKET)),
    })
  }
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

/**
 * Writes the payload into the kernel's memory behind a header that is no fragment's, and goes in there.
 * `wireBytes` is what the payload had on the wire.
 */
function enterDatagram(
  payload: Uint8Array,
  wireBytes: number,
  { protocol }: Fragment,
  isV6: boolean,
): void {
  const header = isV6 ? ipv6Header(wireBytes, protocol) : ipv4Header(wireBytes)
  bytes.set(payload, DATAGRAM + header)
  const end = DATAGRAM + header
  enter(isV6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, DATAGRAM, end + payload.length, end + wireBytes)
}

/** A copy of the completing fragment's header, whole and no fragment any more. */
function ipv4Header(payloadBytes: number): number {
  const at = getI32(IP_AT)
  const header = Math.min((view.getUint8(at) & 0xf) << 2, IPV4_BYTES_MAX)
  bytes.copyWithin(DATAGRAM, at, at + header)
  view.setUint16(DATAGRAM + 2, Math.min(header + payloadBytes, 0xffff))
  view.setUint16(DATAGRAM + 6, 0)
  return header
}

function ipv6Header(payloadBytes: number, protocol: number): number {
  const addresses = getI32(ADDRESSES_AT)
  bytes.copyWithin(DATAGRAM, getI32(IP_AT), getI32(IP_AT) + IPV6_BYTES)
  bytes.copyWithin(DATAGRAM + 8, addresses, addresses + ADDRESSES_BYTES)
  view.setUint16(DATAGRAM + 4, payloadBytes)
  view.setUint8(DATAGRAM + 6, protocol)
  return IPV6_BYTES
}
