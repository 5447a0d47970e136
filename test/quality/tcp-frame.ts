// Frames of a connection between 10.0.0.1:1000 and 10.0.0.2:80 as a sensor with a short snap length keeps
// them: headers with every option, lengths of the whole packet. Numbers count from each side's own beginning.

import { checksum, u32 } from '../../fixtures/scenario/bytes.ts'
import { ETHER, FLAG, PROTOCOL } from '../../fixtures/scenario/packet.ts'
import type { Frame } from '../support/frames.ts'

export interface Segment {
  readonly isFromClient: boolean
  readonly flags: string
  readonly sequence: number
  readonly acknowledgement: number
  readonly bytes: number
  readonly id: number
  /** RFC 7323: own and echoed. */
  readonly stamps: readonly [own: number, echo: number] | null
  /** RFC 2018: from and to, one past the last. */
  readonly blocks: readonly (readonly [from: number, to: number])[]
  readonly window?: number
  /** Milliseconds of the stories' clocks, in place of `stamps`. */
  readonly stampMs?: number
  readonly echoMs?: number
}

const WINDOW = 8192
/** Near the wrap, so that numbers of long stories pass it. */
const BASES = { client: 0xfffe_0000, server: 0x7fff_f000 }
const ETHERNET_BYTES = 14
const IP_BYTES = 20
const TCP_BYTES = 20
const NOP = 1
const SACK = 5
const TIMESTAMPS = 8

export function frameOf(atMs: number, segment: Segment): Frame {
  const [mine, other] = segment.isFromClient
    ? [BASES.client, BASES.server]
    : [BASES.server, BASES.client]
  const options = optionsOf(segment, other)
  const headers = ETHERNET_BYTES + IP_BYTES + TCP_BYTES + options.length
  const bytes = new Uint8Array(headers)
  const view = new DataView(bytes.buffer)
  view.setUint16(12, ETHER.IPV4)
  putIp(view, segment, headers - ETHERNET_BYTES + segment.bytes)
  putTcp(view, segment, mine, other)
  bytes[ETHERNET_BYTES + IP_BYTES + 12] = ((TCP_BYTES + options.length) / 4) << 4
  bytes.set(options, ETHERNET_BYTES + IP_BYTES + TCP_BYTES)
  return { timeNs: Math.round(atMs * 1e6), bytes, wire: headers + segment.bytes }
}

/** RFC 791, 3.1. */
function putIp(view: DataView, { isFromClient, id }: Segment, bytes: number): void {
  const at = ETHERNET_BYTES
  view.setUint16(at, 0x4500)
  view.setUint16(at + 2, bytes)
  view.setUint16(at + 4, id)
  view.setUint16(at + 8, (64 << 8) | PROTOCOL.TCP)
  view.setUint32(at + 12, isFromClient ? 0x0a00_0001 : 0x0a00_0002)
  view.setUint32(at + 16, isFromClient ? 0x0a00_0002 : 0x0a00_0001)
  view.setUint16(at + 10, checksum(new Uint8Array(view.buffer, at, IP_BYTES)))
}

/** RFC 9293, 3.1; the checksum stays zero, since nobody here reads it. */
function putTcp(view: DataView, segment: Segment, mine: number, other: number): void {
  const at = ETHERNET_BYTES + IP_BYTES
  const names = segment.flags.split('+')
  const bits = names.reduce((sum, name) => sum | (FLAG[name as keyof typeof FLAG] ?? 0), 0)
  view.setUint16(at, segment.isFromClient ? 1000 : 80)
  view.setUint16(at + 2, segment.isFromClient ? 80 : 1000)
  view.setUint32(at + 4, wrapped(mine + segment.sequence))
  if (bits & FLAG.ACK) view.setUint32(at + 8, wrapped(other + segment.acknowledgement))
  view.setUint8(at + 13, bits)
  view.setUint16(at + 14, segment.window ?? WINDOW)
}

function optionsOf({ stamps, blocks }: Segment, other: number): Uint8Array {
  const told = stamps === null ? [] : [NOP, NOP, TIMESTAMPS, 10, ...stamps.flatMap(u32Of)]
  if (blocks.length === 0) return Uint8Array.from(told)
  const numbers = blocks.flat().flatMap(number => u32Of(wrapped(other + number)))
  return Uint8Array.from([...told, NOP, NOP, SACK, 2 + 8 * blocks.length, ...numbers])
}

const u32Of = (value: number): number[] => [...u32(value)]
const wrapped = (value: number): number => value >>> 0
