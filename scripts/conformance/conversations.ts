// TCP and UDP conversations, summed per pair of end points: the common ground on which mpwatch and an
// independent dissector are compared. Neither side's idea of client and server plays a part.

import { parseAddress } from '../../src/model/address.ts'
import type { Counts } from '../../src/model/flow.ts'

/** Packets and bytes each way, seen from the end that the conversation's name gives first. */
export interface Traffic {
  readonly forth: Counts
  readonly back: Counts
}

export interface End {
  readonly address: string
  readonly port: number
}

export interface Ends {
  readonly transport: string
  readonly from: End
  readonly to: End
}

/** By name: `udp 192.0.2.1:53 <-> [2001:db8::2]:4000`, the ends in the order of their text. */
export type Conversations = Map<string, Traffic>

/** Adds what `from` and `to` said to each other to their conversation. */
export function addTraffic(conversations: Conversations, ends: Ends, traffic: Traffic): void {
  const from = endText(ends.from)
  const to = endText(ends.to)
  const name = nameOf(ends)
  const turned = from === to ? oneWay(traffic) : from <= to ? traffic : swapped(traffic)
  const before = conversations.get(name) ?? { forth: NOTHING, back: NOTHING }
  conversations.set(name, {
    forth: sum(before.forth, turned.forth),
    back: sum(before.back, turned.back),
  })
}

/** The name of the conversation between two ends, whichever of them comes first. */
export function nameOf({ transport, from, to }: Ends): string {
  const [one, other] = [endText(from), endText(to)].sort()
  return `${transport} ${one} <-> ${other}`
}

export const packetsOf = ({ forth, back }: Traffic): number => forth.packets + back.packets

/** Packets and bytes each way: `3/180 -> 2/120 <-`. */
export const trafficText = ({ forth, back }: Traffic): string =>
  `${forth.packets}/${forth.bytes} -> ${back.packets}/${back.bytes} <-`

export const isSameTraffic = (left: Traffic, right: Traffic): boolean =>
  trafficText(left) === trafficText(right)

const swapped = ({ forth, back }: Traffic): Traffic => ({ forth: back, back: forth })

// An end point that talks to itself has no two directions.
const oneWay = ({ forth, back }: Traffic): Traffic => ({ forth: sum(forth, back), back: NOTHING })

const NOTHING: Counts = { packets: 0, bytes: 0 }

const sum = (left: Counts, right: Counts): Counts => ({
  packets: left.packets + right.packets,
  bytes: left.bytes + right.bytes,
})

// Tools differ in how they spell IPv6; parsing gives every address the one spelling of RFC 5952.
export function endText({ address, port }: End): string {
  const text = parseAddress(address)?.text ?? address
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`
}
