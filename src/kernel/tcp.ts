// TCP (RFC 9293): who opened the connection, how it was answered, who acknowledges whom, how it ended.

import { ACROSS_NS } from './duplicates.ts'
import {
  Flag,
  FROM_HIGH,
  HEADER_AT,
  IP_ID,
  NOW,
  TCP_ACK_HIGH,
  TCP_ACK_LOW,
  TCP_ISN,
  TCP_LAST_SYN,
  TCP_RST,
  TCP_RST_TIME,
  TCP_SYN,
  TCP_SYN_ACK,
  TCP_SYN_ACK_TIME,
  TCP_SYN_COUNT,
  TCP_SYN_TIME,
  TCP_WINDOWS,
  TTL,
} from './layout.ts'
import { getF64, getI32, getNet16, getNet32, getU8, setF64, setI32 } from './memory.ts'
import { hasSeveralSensors } from './sights.ts'

const FIN = 1
const SYN = 2
const RST = 4
const ACK = 16
const COUNT_MAX = 0x7fff
const COPY_NS = 5e6

function isSyn(header: i32): boolean {
  return (getU8(header + 13) & (SYN | ACK | RST)) === SYN
}

/** Neither opens a connection nor breaks it off. */
export function isPlain(header: i32): boolean {
  return (getU8(header + 13) & (SYN | RST)) === 0
}

/** Whether this SYN opens a new connection on the ports of the flow that is known. */
export function opensAnew(flags: i32, tcp: i32): boolean {
  const header = getI32(HEADER_AT)
  if (!isSyn(header) || isRenumbered(flags, tcp)) return false
  const sequence = getNet32(header + 4)
  if ((flags & Flag.BySyn) !== 0) {
    const isSameSide = (getI32(FROM_HIGH) !== 0) === ((flags & Flag.ClientHigh) !== 0)
    return isSameSide ? sequence !== getI32(tcp + TCP_ISN) : (flags & Flag.SynAck) !== 0
  }
  if ((flags & Flag.BySynAck) === 0) return true
  // The SYN-ACK overtook its SYN: the server has acknowledged exactly this number.
  const answered = (flags & Flag.ClientHigh) !== 0 ? tcp + TCP_ACK_LOW : tcp + TCP_ACK_HIGH
  return getI32(answered) !== ((sequence + 1) | 0)
}

/**
 * Whether this may be the SYN before once more, behind a firewall that gives connections other numbers: then
 * two sensors see two SYNs of one attempt, and nobody tries again so soon.
 */
function isRenumbered(flags: i32, tcp: i32): boolean {
  if (!hasSeveralSensors() || (flags & Flag.BySyn) === 0) return false
  const isSameSide = (getI32(FROM_HIGH) !== 0) === ((flags & Flag.ClientHigh) !== 0)
  return isSameSide && Math.abs(getF64(NOW) - getF64(tcp + TCP_LAST_SYN)) <= ACROSS_NS
}

/** Takes the segment into the flow's state; the new flags. `flags` are those before it. */
export function tcpSegment(tcp: i32, flags: i32): i32 {
  const header = getI32(HEADER_AT)
  const bits = getU8(header + 13)
  const fromHigh = getI32(FROM_HIGH) !== 0
  if ((bits & (SYN | RST | FIN)) !== 0) flags = handshake(tcp, flags, bits)
  if ((bits & ACK) !== 0) flags = acknowledge(tcp, flags, bits, fromHigh)
  return flags
}

/** State of a new record, before its first segment; of other transports too, which keep other things there. */
export function openTcp(tcp: i32): void {
  setI32(tcp + TCP_ACK_LOW, 0)
  setI32(tcp + TCP_ACK_HIGH, 0)
  setI32(tcp + TCP_SYN_COUNT, 0)
  setI32(tcp + TCP_RST, 0)
  setI32(tcp + TCP_SYN, 0)
  setI32(tcp + TCP_SYN_ACK, 0)
  setI32(tcp + TCP_WINDOWS, 0)
}

/** Forward movement of an acknowledgement number says that the other side is heard. */
function acknowledge(tcp: i32, flags: i32, bits: i32, fromHigh: boolean): i32 {
  const at = fromHigh ? tcp + TCP_ACK_HIGH : tcp + TCP_ACK_LOW
  const number = getNet32(getI32(HEADER_AT) + 8)
  const seen = fromHigh ? Flag.AckHigh : Flag.AckLow
  if ((flags & seen) === 0) {
    setI32(at, number)
    // A client's plain acknowledgement after its SYN answers a SYN-ACK, seen here or not.
    const isClient = ((flags & Flag.ClientHigh) !== 0) === fromHigh
    const completes = (flags & Flag.BySyn) !== 0 && isClient && (bits & (SYN | RST)) === 0
    return flags | seen | (completes ? (fromHigh ? Flag.HeardHigh : Flag.HeardLow) : 0)
  }
  if (((number - getI32(at)) | 0) <= 0 || (bits & RST) !== 0) return flags
  setI32(at, number)
  return flags | (fromHigh ? Flag.HeardHigh : Flag.HeardLow)
}

function handshake(tcp: i32, flags: i32, bits: i32): i32 {
  const fromHigh = getI32(FROM_HIGH) !== 0
  const isAck = (bits & ACK) !== 0
  if ((bits & RST) !== 0) return reset(tcp, flags, fromHigh)
  if ((bits & SYN) !== 0) return isAck ? synAck(tcp, flags, fromHigh) : syn(tcp, flags, fromHigh)
  return flags | (fromHigh ? Flag.FinHigh : Flag.FinLow)
}

function syn(tcp: i32, flags: i32, fromHigh: boolean): i32 {
  const header = getI32(HEADER_AT)
  if ((flags & Flag.BySyn) !== 0) {
    const isSameSide = fromHigh === ((flags & Flag.ClientHigh) !== 0)
    if (isSameSide) repeatSyn(tcp)
    return flags
  }
  setI32(tcp + TCP_ISN, getNet32(header + 4))
  setI32(tcp + TCP_SYN_COUNT, (1 << 16) | getNet16(header + 14))
  setI32(tcp + TCP_SYN, mark())
  setF64(tcp + TCP_SYN_TIME, getF64(NOW))
  setF64(tcp + TCP_LAST_SYN, getF64(NOW))
  return clientIs(fromHigh, flags & ~Flag.BySynAck) | Flag.BySyn
}

function repeatSyn(tcp: i32): void {
  // Nobody tries again within milliseconds: that is the mirror's copy of the same SYN.
  const copyNs = hasSeveralSensors() ? ACROSS_NS : COPY_NS
  if (getF64(NOW) - getF64(tcp + TCP_LAST_SYN) < copyNs) return
  const word = getI32(tcp + TCP_SYN_COUNT)
  if (word >> 16 < COUNT_MAX) setI32(tcp + TCP_SYN_COUNT, word + (1 << 16))
  setF64(tcp + TCP_LAST_SYN, getF64(NOW))
}

function synAck(tcp: i32, flags: i32, fromHigh: boolean): i32 {
  if ((flags & Flag.SynAck) !== 0) return flags
  setI32(tcp + TCP_SYN_ACK, mark())
  setF64(tcp + TCP_SYN_ACK_TIME, getF64(NOW))
  const window = getNet16(getI32(HEADER_AT) + 14)
  setI32(tcp + TCP_WINDOWS, (window << 16) | (getI32(tcp + TCP_WINDOWS) & 0xffff))
  if ((flags & (Flag.BySyn | Flag.BySynAck)) !== 0) return flags | Flag.SynAck
  return clientIs(!fromHigh, flags) | Flag.BySynAck | Flag.SynAck
}

function reset(tcp: i32, flags: i32, fromHigh: boolean): i32 {
  if ((flags & (Flag.RstLow | Flag.RstHigh)) === 0) {
    setI32(tcp + TCP_RST, mark())
    setF64(tcp + TCP_RST_TIME, getF64(NOW))
    const window = getNet16(getI32(HEADER_AT) + 14)
    setI32(tcp + TCP_WINDOWS, (getI32(tcp + TCP_WINDOWS) & -65536) | window)
    return flags | (fromHigh ? Flag.RstHigh : Flag.RstLow)
  }
  return flags
}

function clientIs(high: boolean, flags: i32): i32 {
  return high ? flags | Flag.ClientHigh : flags & ~Flag.ClientHigh
}

function mark(): i32 {
  return (getI32(TTL) << 16) | getI32(IP_ID)
}
