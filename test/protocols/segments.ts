// One conversation over TCP in every way in which the network may deliver it: in pieces of any size, twice,
// out of order, with its beginning lost.

import { bytesOf } from '../../fixtures/scenario/bytes.ts'
import { ETHER, ethernetFrame, FLAG, tcpPacket, udpPacket } from '../../fixtures/scenario/packet.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import { ipv4 } from '../../src/model/address.ts'
import type { Frame } from '../support/frames.ts'

type Side = 'client' | 'server'

export interface Segment {
  readonly side: Side
  /** Which utterance of the conversation it is a part of. */
  readonly line: number
  /** Bytes of this side and of the other one that went before. */
  readonly sequence: number
  readonly acknowledged: number
  readonly bytes: Uint8Array
}

/** Sequence numbers that pass their end in the middle of a conversation. */
const FIRST = { client: 0xffff_fff0, server: 0xffff_ff00 }
const CLIENT = ipv4(0x0a000001)
const SERVER = ipv4(0x0a000002)
export const SERVER_PORT = 7
const PACKET_NS = 1_000_000
const HANDSHAKE_PACKETS = 3
const MACS = { source: '02:00:00:00:00:01', target: '02:00:00:00:00:02', vlan: null }

/** The conversation in segments of at most so many bytes, which end where an utterance does. */
export function segmentsOf(talk: readonly Line[], bytesMax: number): readonly Segment[] {
  const said = { client: 0, server: 0 }
  return talk.flatMap((words, line) => {
    const side: Side = 'client' in words ? 'client' : 'server'
    const whole = bytesOf('client' in words ? words.client : words.server)
    const acknowledged = said[side === 'client' ? 'server' : 'client']
    const first = said[side]
    said[side] += whole.length
    return Array.from({ length: Math.ceil(whole.length / bytesMax) }, (_, index) => {
      const bytes = whole.subarray(index * bytesMax, (index + 1) * bytesMax)
      return { side, line, sequence: first + index * bytesMax, acknowledged, bytes }
    })
  })
}

/** Every segment is sent again at once. */
export const repeated = (segments: readonly Segment[]): readonly Segment[] =>
  segments.flatMap(segment => [segment, segment])

/** The first and the second of an utterance change places, the third and the fourth, and so on. */
export function swapped(segments: readonly Segment[]): readonly Segment[] {
  const all = [...segments]
  for (let at = 0; at + 1 < all.length; at++) {
    const [one, other] = [all[at], all[at + 1]]
    if (one === undefined || other === undefined || one.line !== other.line) continue
    all[at] = other
    all[++at] = one
  }
  return all
}

/** Handshake and segments as frames, from this client port. */
export function framesOf(clientPort: number, segments: readonly Segment[]): readonly Frame[] {
  const opening: readonly [Side, number][] = [
    ['client', FLAG.SYN],
    ['server', FLAG.SYN | FLAG.ACK],
    ['client', FLAG.ACK],
  ]
  const nothing = { sequence: 0, acknowledged: 0, bytes: new Uint8Array(0) }
  return [
    ...opening.map(([side, flags], index) =>
      frameOf(clientPort, { ...nothing, side, line: 0 }, flags, index),
    ),
    ...segments.map((segment, index) =>
      frameOf(clientPort, segment, FLAG.ACK, HANDSHAKE_PACKETS + index),
    ),
  ]
}

function frameOf(clientPort: number, segment: Segment, flags: number, index: number): Frame {
  const { side, sequence, acknowledged, bytes } = segment
  const isClient = side === 'client'
  const other = isClient ? 'server' : 'client'
  const isSyn = (flags & FLAG.SYN) !== 0
  const header = {
    ...(isClient ? { source: CLIENT, target: SERVER } : { source: SERVER, target: CLIENT }),
    ...{ ttl: 64, id: index & 0xffff },
  }
  const packet = tcpPacket(header, {
    sourcePort: isClient ? clientPort : SERVER_PORT,
    targetPort: isClient ? SERVER_PORT : clientPort,
    sequence: (FIRST[side] + sequence + (isSyn ? 0 : 1)) >>> 0,
    acknowledgement: (flags & FLAG.ACK) === 0 ? 0 : (FIRST[other] + acknowledged + 1) >>> 0,
    flags,
    window: 8192,
    payload: bytes,
  })
  return { timeNs: index * PACKET_NS, bytes: ethernetFrame(MACS, ETHER.IPV4, packet) }
}

const UDP_PORT = 5353

/** A datagram between the same two. */
export function udpFrame(index: number, side: Side, payload: Uint8Array, clientPort = 1): Frame {
  const [source, target] = side === 'client' ? [CLIENT, SERVER] : [SERVER, CLIENT]
  const [sourcePort, targetPort] =
    side === 'client' ? [clientPort, UDP_PORT] : [UDP_PORT, clientPort]
  const packet = udpPacket(
    { source, target, ttl: 64, id: index },
    { sourcePort, targetPort, payload },
  )
  return { timeNs: index * PACKET_NS, bytes: ethernetFrame(MACS, ETHER.IPV4, packet) }
}
