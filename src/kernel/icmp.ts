// ICMP (RFC 792) and ICMPv6 (RFC 4443): which side of an exchange is the client.

import { tcpAt } from './flows.ts'
import { CAPTURED_END, Flag, FROM_HIGH, HEADER_AT, NOW, PACKET_END } from './layout.ts'
import {
  ECHO_NEXT,
  ECHO_NUMBERS,
  ECHO_TIMES,
  ECHO_WAITING,
  ECHOES_MAX,
  Sample,
} from './measured-layout.ts'
import { getF64, getI32, getNet32, getU8, min32, setF64, setI32 } from './memory.ts'
import { leaveSample } from './samples.ts'

const ICMP = 1
const ICMP6 = 58
const ECHO = 8
const ECHO_REPLY = 0
const ECHO_6 = 128
const ECHO_REPLY_6 = 129
/** As far as id and sequence number. */
const ECHO_BYTES = 8

export function isIcmp(protocol: i32): boolean {
  return protocol === ICMP || protocol === ICMP6
}

/** The type says who asks: requests come from the client, replies from the server. */
export function icmpDirection(flags: i32): i32 {
  const type = getU8(getI32(HEADER_AT))
  const isReply =
    type === 0 ||
    type === 14 ||
    type === 16 ||
    type === 18 ||
    type === 129 ||
    type === 140 ||
    type === 9
  const isRequest =
    type === 8 ||
    type === 13 ||
    type === 15 ||
    type === 17 ||
    type === 128 ||
    type === 139 ||
    type === 10
  if (isReply) return (flags ^ Flag.ClientHigh) | Flag.ByRequest
  return isRequest ? flags | Flag.ByRequest : flags
}

/**
 * Holds replies against the requests that they answer: the round trip of an echo. The flow keeps its latest
 * four requests where TCP keeps its state, which openTcp() has cleared.
 */
export function measureEcho(flow: i32): void {
  const header = getI32(HEADER_AT)
  const type = getU8(header)
  const isRequest = type === ECHO || type === ECHO_6
  if (!isRequest && type !== ECHO_REPLY && type !== ECHO_REPLY_6) return
  if (header + ECHO_BYTES > min32(getI32(CAPTURED_END), getI32(PACKET_END))) return
  const echoes = tcpAt(flow)
  const slot = waitingFor(echoes, getNet32(header + 4))
  // Asked twice with one number: which one is answered, nobody can tell.
  if (slot >= 0) setI32(echoes + ECHO_WAITING, getI32(echoes + ECHO_WAITING) & ~(1 << slot))
  else if (isRequest) ask(echoes, getNet32(header + 4))
  if (slot < 0 || isRequest) return
  const ns = getF64(NOW) - getF64(echoes + ECHO_TIMES + 8 * slot)
  if (ns >= 0) leaveSample(flow, Sample.Echo, 1 - getI32(FROM_HIGH), ns, 0)
}

/** The request that waits for a reply with that id and sequence number, -1 for none. */
function waitingFor(echoes: i32, number: i32): i32 {
  const waiting = getI32(echoes + ECHO_WAITING)
  for (let slot: i32 = 0; slot < ECHOES_MAX; slot++) {
    const isWaiting = (waiting & (1 << slot)) !== 0
    if (isWaiting && getI32(echoes + ECHO_NUMBERS + 4 * slot) === number) return slot
  }
  return -1
}

/** Takes the place of the oldest. */
function ask(echoes: i32, number: i32): void {
  const slot = getI32(echoes + ECHO_NEXT)
  setI32(echoes + ECHO_NEXT, (slot + 1) & (ECHOES_MAX - 1))
  setI32(echoes + ECHO_NUMBERS + 4 * slot, number)
  setF64(echoes + ECHO_TIMES + 8 * slot, getF64(NOW))
  setI32(echoes + ECHO_WAITING, getI32(echoes + ECHO_WAITING) | (1 << slot))
}
