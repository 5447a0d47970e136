// The packet of a stop as watchers see it: ARP, a new source, a packet of a watched flow. Valid until the kernel
// goes on.

import { flowAt } from '../kernel/flows.ts'
import {
  CAPTURED_END,
  FILE,
  FILE_OFFSET,
  FLOW_FLAGS,
  Flag,
  FRAME,
  FROM_HIGH,
  HEADER_AT,
  IP_AT,
  NEXT_AT,
  NOW,
  PACKET_AT,
  PACKET_TIME,
  PAYLOAD_BYTES,
  STOP_FLOW,
  STOP_PACKET,
  TTL,
  VLAN,
} from '../kernel/layout.ts'
import { getF64, getI32, getNet16, getNet32, getU8, memory, setI32 } from '../kernel/memory.ts'
import { type Address, ipv4Value } from '../model/address.ts'
import type { Endpoint, PacketRef } from '../model/flow.ts'
import type { ArpSighting, SourceSighting, WatchedPacket } from '../model/sighting.ts'
import { arpOf, macOf } from '../wire/arp.ts'
import type { AddressBook } from './addresses.ts'
import { type Ends, transportOf } from './record.ts'

const view = new DataView(memory)

/** The ARP packet of the stop at hand; null where it says nothing of an IPv4 address on Ethernet. */
export function arpSighting(book: AddressBook): ArpSighting | null {
  const arp = arpOf(view, getI32(NEXT_AT), getI32(CAPTURED_END))
  if (arp === null) return null
  const { operation, senderMac, sender, target } = arp
  const known = (address: Address) => book.ipv4(ipv4Value(address) | 0)
  return {
    ...framed(),
    operation,
    sender: { address: known(sender), mac: senderMac },
    target: known(target),
  }
}

/** The packet of the Stop.Source at hand. */
export function sourceSighting(book: AddressBook): SourceSighting {
  const at = getI32(PACKET_AT + 4 * getI32(STOP_PACKET))
  return {
    ...framed(),
    address: book.ipv4(getNet32(getI32(IP_AT) + 12)),
    mac: macOf(view, at + 6),
    nextHopMac: macOf(view, at),
    ttl: getI32(TTL),
  }
}

function framed() {
  const vlan = getI32(VLAN)
  return {
    timeNs: getF64(PACKET_TIME + 8 * getI32(STOP_PACKET)),
    vlan: vlan === 0 ? null : vlan - 1,
    packet: packetAtHand(),
  }
}

/** The packet of the stop at hand. */
export function packetAtHand(): PacketRef {
  const index = getI32(STOP_PACKET)
  return {
    file: getI32(FILE),
    frame: getI32(FRAME) + index,
    offset: getF64(FILE_OFFSET) + getI32(PACKET_AT + 4 * index),
  }
}

/** Reads the packet at hand when asked, so that a packet costs nothing that nobody looks at. */
class WatchedView implements WatchedPacket {
  #ends: Ends
  readonly #tcp = new TcpView()

  constructor(ends: Ends) {
    this.#ends = ends
  }

  of(ends: Ends): WatchedPacket {
    this.#ends = ends
    return this
  }

  get flow(): number {
    return getI32(STOP_FLOW)
  }

  get transport() {
    return transportOf(this.#ends.protocol)
  }

  get low(): Endpoint {
    return this.#ends.low
  }

  get high(): Endpoint {
    return this.#ends.high
  }

  get isFromHigh(): boolean {
    return getI32(FROM_HIGH) !== 0
  }

  get timeNs(): number {
    return getF64(NOW)
  }

  get ttl(): number {
    return getI32(TTL)
  }

  get payloadBytes(): number {
    return Math.max(0, getI32(PAYLOAD_BYTES))
  }

  get tcp(): WatchedPacket['tcp'] {
    return this.#ends.protocol === 6 ? this.#tcp : null
  }

  get packet(): PacketRef {
    return packetAtHand()
  }
}

/** RFC 9293, 3.1. */
class TcpView {
  get flags(): number {
    return getU8(getI32(HEADER_AT) + 13)
  }

  get sequence(): number {
    return getNet32(getI32(HEADER_AT) + 4) >>> 0
  }

  get acknowledgement(): number {
    return getNet32(getI32(HEADER_AT) + 8) >>> 0
  }

  get window(): number {
    return getNet16(getI32(HEADER_AT) + 14)
  }
}

const WATCHED_MAX = 65_536
const EITHER = Flag.Watched | Flag.WatchedSoon

/** The flows whose packets watchers see. */
export class WatchedFlows {
  readonly #ends = new Map<number, Ends>()
  #view: WatchedView | null = null
  /** Flows that would have been watched, had there been room. */
  unwatched = 0

  /**
   * The kernel hands over each packet of the flow, where there is room: from now on, or where not `atOnce` once
   * the flow has lived for a second.
   */
  watch(flow: number, ends: Ends, atOnce: boolean): void {
    if (this.#ends.size >= WATCHED_MAX) {
      this.unwatched++
      return
    }
    this.#ends.set(flow, ends)
    const at = flowAt(flow) + FLOW_FLAGS
    setI32(at, getI32(at) | (atOnce ? Flag.Watched : Flag.WatchedSoon))
  }

  /** Whether the packets of the flow are handed over, or will be. */
  isWatched(flow: number): boolean {
    return (getI32(flowAt(flow) + FLOW_FLAGS) & EITHER) !== 0
  }

  /** The packet of the stop at hand; null where its flow is not watched, and will not be. */
  packet(): WatchedPacket | null {
    const flow = getI32(STOP_FLOW)
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & EITHER) === 0) return null
    const ends = this.#ends.get(flow)
    if (ends === undefined) return null
    this.#view ??= new WatchedView(ends)
    return this.#view.of(ends)
  }

  /** The flow is over. To be said before the kernel gives its record back. */
  forget(flow: number): void {
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & EITHER) !== 0) this.#ends.delete(flow)
  }
}
