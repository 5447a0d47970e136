// ARP for IPv4 over Ethernet (RFC 826): who asks or answers, and for which address.

import { type Address, addressOf } from '../model/address.ts'

const BYTES = 28
const HARDWARE_ETHERNET = 1
const PROTOCOL_IPV4 = 0x0800
const OPERATIONS: Readonly<Record<number, 'request' | 'reply'>> = { 1: 'request', 2: 'reply' }

export interface Arp {
  readonly operation: 'request' | 'reply'
  readonly senderMac: string
  readonly sender: Address
  readonly target: Address
}

/** The packet at `at`, whose captured bytes end at `end`; null where it is cut short or about anything else. */
export function arpOf(view: DataView, at: number, end: number): Arp | null {
  if (at + BYTES > end) return null
  const isIpv4OverEthernet =
    view.getUint16(at) === HARDWARE_ETHERNET &&
    view.getUint16(at + 2) === PROTOCOL_IPV4 &&
    view.getUint16(at + 4) === 0x0604
  const operation = OPERATIONS[view.getUint16(at + 6)]
  if (!isIpv4OverEthernet || operation === undefined) return null
  return {
    operation,
    senderMac: macOf(view, at + 8),
    sender: ipv4At(view, at + 14),
    target: ipv4At(view, at + 24),
  }
}

/** Lower case, colons: `02:00:00:00:00:11`. */
export function macOf(view: DataView, at: number): string {
  let text = ''
  for (let byte = 0; byte < 6; byte++)
    text += `${byte === 0 ? '' : ':'}${view
      .getUint8(at + byte)
      .toString(16)
      .padStart(2, '0')}`
  return text
}

const ipv4At = (view: DataView, at: number): Address =>
  addressOf(new Uint8Array(view.buffer, at, 4))
