// One story as two sensors see it, one on either side of a firewall: what passes is seen by both, first by the
// sensor on the side of its sender, and by the other a little later and one router further on.

import { sortByTime } from '../../fixtures/scenario/edit.ts'
import type { Packet } from '../../fixtures/scenario/pcap.ts'

export interface TwoSides {
  readonly outside: readonly Packet[]
  readonly inside: readonly Packet[]
}

export interface Firewall {
  /** Whether the host of this name stands inside. */
  readonly isInside: (host: string) => boolean
  /** Whether the firewall lets the packet pass. */
  readonly passes: (packet: Packet) => boolean
  readonly apartNs?: number
}

const APART_NS = 300_000

/** The frames of the story are IPv4 without VLAN tags. */
export function twoSides(
  packets: readonly Packet[],
  { isInside, passes, apartNs = APART_NS }: Firewall,
): TwoSides {
  const outside: Packet[] = []
  const inside: Packet[] = []
  for (const packet of packets) {
    const [here, there] = isInside(packet.from) ? [inside, outside] : [outside, inside]
    here.push(packet)
    if (isInside(packet.from) === isInside(packet.to) || !passes(packet)) continue
    there.push({ ...packet, bytes: routed(packet.bytes), timeNs: packet.timeNs + apartNs })
  }
  return { outside: sortByTime(outside), inside: sortByTime(inside) }
}

const TTL_AT = 22
const CHECKSUM_AT = 24

/** One router further on: a TTL one lower, and a header checksum that fits (RFC 1624). */
function routed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  view.setUint8(TTL_AT, view.getUint8(TTL_AT) - 1)
  const sum = view.getUint16(CHECKSUM_AT) + 0x100
  view.setUint16(CHECKSUM_AT, (sum & 0xffff) + (sum >>> 16))
  return copy
}
