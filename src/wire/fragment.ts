// A fragment of an IP datagram: to which datagram it belongs and which part of it it is. IPv4: RFC 791,
// 3.2; IPv6: RFC 8200, 4.5.

export interface Fragment {
  /** Where this part begins in the datagram's payload, bytes. */
  readonly offset: number
  readonly isLast: boolean
  readonly id: number
  /** What the datagram carries. */
  readonly protocol: number
  /** Where the fragment's payload begins in the view. */
  readonly at: number
}

const FRAGMENT_HEADER_BYTES = 8

/** The IPv4 fragment whose IP header, known to be whole, is at `at`. */
export function ipv4Fragment(view: DataView, at: number): Fragment {
  const word = view.getUint16(at + 6)
  return {
    offset: (word & 0x1fff) << 3,
    isLast: (word & 0x2000) === 0,
    id: view.getUint16(at + 4),
    protocol: view.getUint8(at + 9),
    at: at + ((view.getUint8(at) & 0xf) << 2),
  }
}

/** The IPv6 fragment whose fragment header, known to be whole, is at `at`. */
export function ipv6Fragment(view: DataView, at: number): Fragment {
  const word = view.getUint16(at + 2)
  return {
    offset: word & 0xfff8,
    isLast: (word & 1) === 0,
    id: view.getUint32(at + 4),
    protocol: view.getUint8(at),
    at: at + FRAGMENT_HEADER_BYTES,
  }
}
