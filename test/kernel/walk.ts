// A random walk through everything that a flow table must bear: conversations of every kind that begin,
// fall silent, come back, end and use their ports anew, while the clock creeps, jumps and stumbles.

import { type Random, seeded } from '../../fixtures/scenario/random.ts'
import { type Frame, icmp, SECOND_NS, tcp, udp } from '../support/frames.ts'
import type { PlainPacket } from './plain-table.ts'

export interface Step {
  readonly frame: Frame
  readonly plain: PlainPacket
}

interface Conversation {
  readonly protocol: PlainPacket['protocol']
  readonly isV6: boolean
  readonly client: string
  readonly server: string
  /** Sequence number of the present SYN; raised when the ports are used anew. */
  start: number
}

/** Odds out of 100 of each TCP segment: the client's SYN, one that opens anew, the server's SYN-ACK ... */
const SEGMENTS: readonly (readonly [odds: number, flags: PlainPacket['flags'], isAnew?: true])[] = [
  [14, 'SYN'],
  [5, 'SYN', true],
  [15, 'SYN+ACK'],
  [46, 'ACK'],
  [14, 'FIN+ACK'],
  [6, 'RST'],
]

export interface WalkOptions {
  readonly seed: number
  readonly steps: number
  readonly conversations: number
  /** Never a longer pause than a few seconds. */
  readonly isCalm?: boolean
}

export function walk({ seed, steps, conversations, isCalm = false }: WalkOptions): readonly Step[] {
  const random = seeded(seed)
  const cast = Array.from({ length: conversations }, (_, index) => conversationOf(index))
  let now = 0
  return Array.from({ length: steps }, () => {
    now += isCalm ? random() % 3000 : pause(random)
    const stumble = random() % 10 === 0 ? random() % 1500 : 0
    // Whole milliseconds: sums of doubles would differ in their last digit.
    const milliseconds = Math.max(0, now - stumble)
    return stepOf(pick(cast, random), milliseconds, random)
  })
}

/** Milliseconds: mostly a moment, at times a minute, rarely the better part of an hour. */
function pause(random: Random): number {
  const dice = random() % 1000
  if (dice < 970) return random() % 300
  return dice < 998 ? random() % 40_000 : random() % 3_500_000
}

/** A third UDP, four in nine TCP, the rest pings; every other one in IPv6. */
function conversationOf(index: number): Conversation {
  const kind = index % 9
  const protocol = kind < 3 ? 'udp' : kind < 7 ? 'tcp' : 'icmp'
  const isV6 = index % 2 === 1
  const hosts = isV6 ? 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' : 'abcdefghijklmnopqrstuvwxyz'
  const pair = [hosts[index % 26], hosts[(index + 1 + (index % 7)) % 26]]
  const [client = 'a', server = 'b'] = index % 4 < 2 ? pair : pair.reverse()
  if (protocol === 'icmp') return { protocol, isV6, client, server, start: 0 }
  const ports = [1000 + index, index % 5 === 0 ? 80 : 5000 + index]
  return {
    ...{ protocol, isV6, start: 1000 },
    ...{ client: `${client}:${ports[0]}`, server: `${server}:${ports[1]}` },
  }
}

function stepOf(talk: Conversation, milliseconds: number, random: Random): Step {
  const isForward = random() % 2 === 0
  if (talk.protocol === 'tcp') return segment(talk, milliseconds, isForward, random)
  const way = wayOf(talk, isForward)
  const seconds = milliseconds / 1000
  const frame =
    talk.protocol === 'udp'
      ? udp(seconds, way, random() % 100)
      : icmp(seconds, way, (isForward ? [8, 128] : [0, 129])[talk.isV6 ? 1 : 0] ?? 0)
  return step(talk, milliseconds, isForward, { frame, flags: '' })
}

function segment(
  talk: Conversation,
  milliseconds: number,
  isEither: boolean,
  random: Random,
): Step {
  const [, flags = 'ACK', isAnew] = drawn(random, talk.isV6)
  if (isAnew) talk.start += 1000
  const isForward = flags === 'SYN' || (flags !== 'SYN+ACK' && isEither)
  const sequence = flags === 'SYN' ? talk.start : 1
  const more = { sequence, acknowledgement: isForward ? 1 : talk.start + 1, data: random() % 50 }
  const frame = tcp(milliseconds / 1000, wayOf(talk, isForward), flags, more)
  return step(talk, milliseconds, isForward, { frame, flags })
}

/** In IPv6 nobody opens: what happens when ports are used anew there is told in hostile.test.ts. */
function drawn(random: Random, isV6: boolean): (typeof SEGMENTS)[number] {
  let dice = random() % 100
  for (const kind of SEGMENTS) {
    dice -= kind[0]
    if (dice < 0) return isV6 && kind[1] === 'SYN' ? [0, 'ACK'] : kind
  }
  return [0, 'ACK']
}

function step(
  { protocol, client, server, start }: Conversation,
  milliseconds: number,
  isForward: boolean,
  { frame, flags }: { readonly frame: Frame; readonly flags: PlainPacket['flags'] },
): Step {
  const [source, target] = isForward ? [client, server] : [server, client]
  const timeNs = Math.round((milliseconds / 1000) * SECOND_NS)
  const bytes = frame.bytes.length
  return { frame, plain: { timeNs, protocol, source, target, bytes, flags, start } }
}

const wayOf = ({ client, server }: Conversation, isForward: boolean): string =>
  isForward ? `${client} > ${server}` : `${server} > ${client}`

function pick(cast: readonly Conversation[], random: Random): Conversation {
  // Cubed, so that some talk all the time and some come back after hours.
  const part = random() / 2 ** 32
  const talk = cast[Math.floor(part ** 3 * cast.length)]
  if (talk === undefined) throw new Error('the cast is empty')
  return talk
}
