// What is remembered of a connection between MeetingPlace servers while its packets go by: plain numbers,
// changed in place, since every packet passes here. TCP as in RFC 9293.

import type { Placement } from '../../model/inventory.ts'
import type { Connection, WatchedPacket } from '../../model/sighting.ts'
import { advanced, aheadOf } from './sequence.ts'

export const FLAG = { FIN: 1, SYN: 2, RST: 4, ACK: 16 } as const

/** Nothing was seen that would tell the number. */
const UNKNOWN = -1

/** Somebody with a name, and when he was last heard on any connection; -Infinity for never. */
export interface Host {
  readonly name: string
  heardNs: number
}

/** One end of a connection. */
export interface Side {
  readonly placement: Placement
  readonly host: Host
  /** One past the last byte that it has sent. */
  next: number
  /** How much of it the other end has acknowledged. */
  acknowledged: number
  /** Of its packets so far, resets left out. */
  ttlMin: number
  ttlMax: number
  largestBytes: number
  hasFinished: boolean
}

/** Which requirements a connection concerns. */
export type Link = 'web' | 'nodes' | 'other'

export interface Followed {
  readonly connection: Connection
  readonly client: Side
  readonly server: Side
  readonly link: Link
  /** Null until the first packet tells. */
  isClientHigh: boolean | null
  lastNs: number
  /** What `Listening` said at the last packet. */
  listenedNs: number
  /** One end talks in vain after a long silence, so nothing else is to be read from its tries. */
  isUnheeded: boolean
}

/** What one packet did, filled anew for each. */
export interface Step {
  from: Side
  to: Side
  /** Since the packet before, on the clock and in what the sensor has listened. */
  idleNs: number
  listenedNs: number
  /** Payload that was not sent before. */
  newBytes: number
  /** Payload that was sent before. */
  isRepeated: boolean
  /** Bytes of the sender that were not acknowledged before this packet. */
  outstandingBefore: number
}

export function follow(
  connection: Connection,
  hosts: readonly [client: Host, server: Host],
): Followed {
  const { client, server, timeNs } = connection
  return {
    connection,
    client: side(client, hosts[0]),
    server: side(server, hosts[1]),
    link: linkOf(client, server),
    isClientHigh: null,
    lastNs: timeNs,
    listenedNs: 0,
    isUnheeded: false,
  }
}

/** Written out, since spreading takes five times as long. */
const side = (placement: Placement, host: Host): Side => ({
  placement,
  host,
  next: UNKNOWN,
  acknowledged: UNKNOWN,
  largestBytes: 0,
  hasFinished: false,
  ttlMin: Number.POSITIVE_INFINITY,
  ttlMax: Number.NEGATIVE_INFINITY,
})

/** An Application Server itself, and not the address that two of them share. */
export const isAppNode = ({ node }: Placement): boolean => node?.roles.includes('app') ?? false

/** An Application Server, by whichever of its addresses. */
export const isApp = (placement: Placement): boolean =>
  placement.labels.has('app') || placement.labels.has('app-vip')

function linkOf(client: Placement, server: Placement): Link {
  if (isAppNode(client) && isAppNode(server)) return client.name === server.name ? 'other' : 'nodes'
  const isWebLink = (one: Placement, other: Placement) => one.labels.has('web') && isApp(other)
  return isWebLink(client, server) || isWebLink(server, client) ? 'web' : 'other'
}

/** Whether the two are the same connection, seen again after a rest. */
export const isSame = (one: Connection, other: Connection): boolean =>
  one.clientPort === other.clientPort &&
  one.serverPort === other.serverPort &&
  one.transport === other.transport &&
  one.client.address.text === other.client.address.text &&
  one.server.address.text === other.server.address.text

export const emptyStep = ({ client, server }: Followed): Step => ({
  ...{ from: client, to: server, idleNs: 0, listenedNs: 0 },
  ...{ newBytes: 0, isRepeated: false, outstandingBefore: 0 },
})

/** Takes the packet in, and says in `step` what it did. */
export function take(followed: Followed, packet: WatchedPacket, step: Step, totalNs: number): void {
  followed.isClientHigh ??= isClientHigh(followed.connection, packet)
  const isFromClient = packet.isFromHigh === followed.isClientHigh
  const from = isFromClient ? followed.client : followed.server
  const to = isFromClient ? followed.server : followed.client
  step.from = from
  step.to = to
  step.idleNs = packet.timeNs - followed.lastNs
  step.listenedNs = totalNs - followed.listenedNs
  step.newBytes = packet.payloadBytes
  step.isRepeated = false
  step.outstandingBefore = outstanding(from)
  followed.lastNs = Math.max(followed.lastNs, packet.timeNs)
  followed.listenedNs = totalNs
  // A reset may come from anybody in this name.
  const isReset = packet.tcp !== null && (packet.tcp.flags & FLAG.RST) !== 0
  if (!isReset) from.host.heardNs = Math.max(from.host.heardNs, packet.timeNs)
  if (packet.tcp !== null) takeSegment(packet, packet.tcp, step)
}

function isClientHigh({ client, clientPort }: Connection, { high }: WatchedPacket): boolean {
  return high.port === clientPort && high.address.text === client.address.text
}

/** Nobody has listened for a while: numbers are taken up anew, and silence counts from here. */
export function loseTrack(followed: Followed, totalNs: number): void {
  followed.listenedNs = totalNs
  for (const side of [followed.client, followed.server]) side.next = side.acknowledged = UNKNOWN
}

/** Bytes that were sent and not acknowledged yet, a FIN counted as one; 0 where it is not known. */
export function outstanding({ next, acknowledged }: Side): number {
  if (next === UNKNOWN || acknowledged === UNKNOWN) return 0
  return Math.max(0, aheadOf(next, acknowledged))
}

function takeSegment(
  packet: WatchedPacket,
  tcp: NonNullable<WatchedPacket['tcp']>,
  step: Step,
): void {
  const { from, to } = step
  if ((tcp.flags & FLAG.RST) !== 0) return
  from.ttlMin = Math.min(from.ttlMin, packet.ttl)
  from.ttlMax = Math.max(from.ttlMax, packet.ttl)
  if ((tcp.flags & FLAG.SYN) !== 0) from.next = from.acknowledged = advanced(tcp.sequence, 1)
  else sent(packet, tcp.sequence, tcp.flags, step)
  if ((tcp.flags & FLAG.ACK) !== 0) acknowledge(to, tcp.acknowledgement)
}

function sent(packet: WatchedPacket, sequence: number, flags: number, step: Step): void {
  const { from } = step
  const { payloadBytes } = packet
  const isFin = (flags & FLAG.FIN) !== 0
  if (isFin) from.hasFinished = true
  from.largestBytes = Math.max(from.largestBytes, payloadBytes)
  if (from.next === UNKNOWN) from.next = sequence
  const end = advanced(sequence, payloadBytes + (isFin ? 1 : 0))
  const fresh = aheadOf(end, from.next)
  step.newBytes = Math.min(payloadBytes, Math.max(0, fresh))
  // One byte before the next is a keep-alive (RFC 9293, 3.8.4) and no data sent again.
  step.isRepeated = fresh <= 0 && payloadBytes > 1
  if (fresh > 0) from.next = end
}

/** What is acknowledged was sent, whether it was seen or not. */
function acknowledge(to: Side, acknowledgement: number): void {
  if (to.acknowledged === UNKNOWN || aheadOf(acknowledgement, to.acknowledged) > 0)
    to.acknowledged = acknowledgement
  if (to.next === UNKNOWN || aheadOf(to.acknowledged, to.next) > 0) to.next = to.acknowledged
}
