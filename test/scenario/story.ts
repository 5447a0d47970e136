// A stage of three hosts, and stories as sentences: when (in milliseconds), from whom to whom, and what.
// Who sent a packet is not always whom it names as its source.

import type { Packet } from '../../fixtures/scenario/pcap.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import { assert } from '../../src/model/errors.ts'

export const START = '2026-03-02T10:15:00Z'
export const IP_AT = 14
const TRANSPORT_AT = IP_AT + 20
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK']

/** Hosts without VLAN and with IPv4, so that a header is always at the same place. */
export function stage(seed = 7) {
  const net = scenario({ start: START, seed })
  const web = net.host('web', { ip: '192.0.2.20', ttl: 128 })
  const app = net.host('app', { ip: '10.10.20.11' })
  const wall = net.host('wall', { ip: '192.0.2.1', ttl: 255 })
  return { net, web, app, wall }
}

/** `1000.6 app>web SYN+ACK`, one for each packet. */
export const story = (net: Scenario): readonly string[] =>
  net.packets().map(packet => `${packet.timeNs / 1e6} ${packet.from}>${packet.to} ${what(packet)}`)

/** The packet of that number, from 0; the story must have it. */
export function packetOf(net: Scenario, index: number): Packet {
  const packet = net.packets()[index]
  assert(packet !== undefined, `the story has more than ${index} packets`)
  return packet
}

export const u16 = ({ bytes }: Packet, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

export const ttl = ({ bytes }: Packet): number | undefined => bytes[IP_AT + 8]
export const ipId = (packet: Packet): number => u16(packet, IP_AT + 4)
export const windowOf = (packet: Packet): number => u16(packet, TRANSPORT_AT + 14)
export const sequence = ({ bytes }: Packet): string =>
  Buffer.from(bytes.subarray(TRANSPORT_AT + 4, TRANSPORT_AT + 8)).toString('hex')

export function tcpPayloadBytes(packet: Packet): number {
  const headerBytes = ((packet.bytes[TRANSPORT_AT + 12] ?? 0) >> 4) * 4
  return u16(packet, IP_AT + 2) - 20 - headerBytes
}

function what(packet: Packet): string {
  const { bytes } = packet
  const protocol = bytes[IP_AT + 9]
  if (protocol === 17) return `udp ${u16(packet, TRANSPORT_AT)}>${u16(packet, TRANSPORT_AT + 2)}`
  if (protocol === 1) return `icmp ${bytes[TRANSPORT_AT]}/${bytes[TRANSPORT_AT + 1]}`
  return FLAGS.filter((_, bit) => (bytes[TRANSPORT_AT + 13] ?? 0) & (1 << bit)).join('+')
}
