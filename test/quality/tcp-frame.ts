// Frames of a connection between 10.0.0.1:1000 and 10.0.0.2:80 as a sensor with a short snap length keeps
// them: headers with every option, lengths of the whole packet. Numbers count from each side's own beginning.

import { join, u16, u32, zeros } from '../../fixtures/scenario/bytes.ts'
import { ETHER, ethernetFrame, FLAG, ipPacket, PROTOCOL } from '../../fixtures/scenario/packet.ts'
import { cut, type Frame } from '../support/frames.ts'
import { address } from '../support/samples.ts'

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

const CLIENT = address('10.0.0.1')
const SERVER = address('10.0.0.2')
const MACS = { source: '02:00:00:00:00:01', target: '02:00:00:00:00:02', vlan: null }
/** Near the wrap, so that numbers of long stories pass it. */
const BASES = { client: 0xfffe_0000, server: 0x7fff_f000 }
const WINDOW = 8192
const NOP = 1
const SACK = 5
const TIMESTAMPS = 8

export function frameOf(atMs: number, segment: Segment): Frame {
  const { isFromClient, flags, bytes, id } = segment
  const [mine, other] = isFromClient ? [BASES.client, BASES.server] : [BASES.server, BASES.client]
  const bits = flags
    .split('+')
    .reduce((sum, name) => sum | (FLAG[name as keyof typeof FLAG] ?? 0), 0)
  const options = optionsOf(segment, other)
  const header = join(
    [...u16(isFromClient ? 1000 : 80), ...u16(isFromClient ? 80 : 1000)],
    [...u32(wrapped(mine + segment.sequence))],
    [...u32(bits & FLAG.ACK ? wrapped(other + segment.acknowledgement) : 0)],
    [((20 + options.length) / 4) << 4, bits, ...u16(segment.window ?? WINDOW), 0, 0, 0, 0],
    options,
  )
  const [source, target] = isFromClient ? [CLIENT, SERVER] : [SERVER, CLIENT]
  const packet = ipPacket({ source, target, ttl: 64, id }, PROTOCOL.TCP, join(header, zeros(bytes)))
  const frame = { timeNs: Math.round(atMs * 1e6), bytes: ethernetFrame(MACS, ETHER.IPV4, packet) }
  return cut(frame, frame.bytes.length - bytes)
}

function optionsOf({ stamps, blocks }: Segment, other: number): Uint8Array {
  const told = stamps === null ? [] : [NOP, NOP, TIMESTAMPS, 10, ...stamps.flatMap(u32Of)]
  if (blocks.length === 0) return Uint8Array.from(told)
  const numbers = blocks.flat().flatMap(number => u32Of(wrapped(other + number)))
  return Uint8Array.from([...told, NOP, NOP, SACK, 2 + 8 * blocks.length, ...numbers])
}

const u32Of = (value: number): number[] => [...u32(value)]
const wrapped = (value: number): number => value >>> 0
