// NTP: a header of 48 bytes, perhaps followed by extensions and a MAC. RFC 5905, 7.3; control messages,
// RFC 9327; private ones, which only the reference implementation's ntp_request.h describes.

import type { NtpTime, TimeMessage } from '../model/time-message.ts'
import { u16, u32 } from './bytes.ts'
import { type DatagramRecogniser, type Opening, Sender } from './recogniser.ts'

const HEADER_BYTES = 48
const VERSION_MAX = 4
const [CLIENT, CONTROL, PRIVATE] = [3, 6, 7]
/** 16 says that the sender's own clock is not set. */
const STRATUM_MAX = 16
/** Powers of two, in seconds: programs are known to poll from every 1/128 s to every 36 hours. */
const [POLL_MIN, POLL_MAX] = [-7, 17]
const PRECISION_MIN = -32
/** What clients send that say nothing of their clocks: draft-ietf-ntp-data-minimization. */
const PRECISION_NONE = 0x20
const [POLL_AT, PRECISION_AT, DELAY_AT, DISPERSION_AT, REFERENCE_AT] = [2, 3, 4, 8, 12]
const [ORIGIN_AT, RECEIVE_AT, TRANSMIT_AT] = [24, 32, 40]
/** Delay and dispersion are seconds with 16 bits behind the point (RFC 5905, 6). */
const MS_PER_UNIT = 1000 / 65_536

const CONTROL_HEADER_BYTES = 12
const CONTROL_DATA_BYTES_MAX = 468
/** Key, SHA-1 sum, and what fills it up. */
const CONTROL_MAC_BYTES_MAX = 28
const PRIVATE_HEADER_BYTES = 8
const PRIVATE_CODE_MAX = 45
/** Of the reference implementation there were an old and a new one. */
const [IMPLEMENTATION_MIN, IMPLEMENTATION_MAX] = [2, 3]

const modeOf = (bytes: Uint8Array, at: number): number => (bytes[at] as number) & 0b111
const versionOf = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) >> 3) & 0b111

export const ntp: DatagramRecogniser = {
  name: 'ntp',
  later: 'all',

  sender(bytes, at, end) {
    if (end - at < PRIVATE_HEADER_BYTES) return Sender.Nobody
    const version = versionOf(bytes, at)
    if (version === 0 || version > VERSION_MAX) return Sender.Nobody
    const mode = modeOf(bytes, at)
    if (mode === CONTROL) return controlSender(bytes, at, end)
    if (mode === PRIVATE) return privateSender(bytes, at, end)
    return mode === 0 ? Sender.Nobody : timeSender(bytes, at, end)
  },

  read({ bytes, at }) {
    const mode = modeOf(bytes, at)
    const operation = mode === CONTROL ? 'control' : mode === PRIVATE ? 'private' : 'time'
    return { version: `v${versionOf(bytes, at)}`, operation }
  },

  tell(opening, _, listener) {
    const mode = modeOf(opening.bytes, opening.at)
    if (mode !== CONTROL && mode !== PRIVATE) listener.timed?.(messageOf(opening))
  },
}

/** The fields of a message that timeSender() knows. */
function messageOf({ bytes, at }: Opening): TimeMessage {
  return {
    mode: modeOf(bytes, at),
    leap: ((bytes[at] as number) >> 6) as TimeMessage['leap'],
    stratum: bytes[at + 1] as number,
    poll: i8(bytes, at + POLL_AT),
    precision: i8(bytes, at + PRECISION_AT),
    rootDelayMs: (u32(bytes, at + DELAY_AT) | 0) * MS_PER_UNIT,
    rootDispersionMs: u32(bytes, at + DISPERSION_AT) * MS_PER_UNIT,
    reference: u32(bytes, at + REFERENCE_AT),
    origin: timeAt(bytes, at + ORIGIN_AT),
    receive: timeAt(bytes, at + RECEIVE_AT),
    transmit: timeAt(bytes, at + TRANSMIT_AT),
  }
}

const timeAt = (bytes: Uint8Array, at: number): NtpTime => ({
  seconds: u32(bytes, at),
  fraction: u32(bytes, at + 4),
})

/** Modes 1 and 2 are those of peers. */
function timeSender(bytes: Uint8Array, at: number, end: number): Sender {
  if (end - at < HEADER_BYTES || (bytes[at + 1] as number) > STRATUM_MAX) return Sender.Nobody
  const poll = i8(bytes, at + POLL_AT)
  if (poll < POLL_MIN || poll > POLL_MAX) return Sender.Nobody
  if (!isClock(bytes, at)) return Sender.Nobody
  // Seconds stand in the upper half. A clock that is minutes away from its source is no clock.
  const delay = i8(bytes, at + DELAY_AT)
  if ((delay !== 0 && delay !== -1) || bytes[at + DISPERSION_AT] !== 0) return Sender.Nobody
  const mode = modeOf(bytes, at)
  if (mode < CLIENT) return Sender.Either
  return mode === CLIENT ? Sender.Client : Sender.Server
}

/** Ticks shorter than a second; else a client that says nothing of its clock (RFC 4330, 5). */
function isClock(bytes: Uint8Array, at: number): boolean {
  const precision = i8(bytes, at + PRECISION_AT)
  if (precision < 0) return precision >= PRECISION_MIN
  if (modeOf(bytes, at) !== CLIENT || (precision !== 0 && precision !== PRECISION_NONE))
    return false
  return u32(bytes, at + DELAY_AT) === 0 && u32(bytes, at + DISPERSION_AT) === 0
}

/** RFC 9327, 2: the leap bits are 0, a request has no status, and the data has the length that is told. */
function controlSender(bytes: Uint8Array, at: number, end: number): Sender {
  if ((bytes[at] as number) >> 6 !== 0 || end - at < CONTROL_HEADER_BYTES) return Sender.Nobody
  const count = u16(bytes, at + 10)
  const dataEnd = at + CONTROL_HEADER_BYTES + count
  if (count > CONTROL_DATA_BYTES_MAX || dataEnd > end) return Sender.Nobody
  if (end - dataEnd > CONTROL_MAC_BYTES_MAX + 3) return Sender.Nobody
  const kind = bytes[at + 1] as number
  const code = kind & 0x1f
  if (code === 0 || (code > 12 && code !== 31)) return Sender.Nobody
  if ((kind & 0x80) !== 0) return Sender.Server
  const isRequest = (kind & 0x60) === 0 && u16(bytes, at + 4) === 0
  return isRequest ? Sender.Client : Sender.Nobody
}

/** So many items of such a size, in an answer exactly and in a request at most. */
function privateSender(bytes: Uint8Array, at: number, end: number): Sender {
  const implementation = bytes[at + 2] as number
  if (implementation < IMPLEMENTATION_MIN || implementation > IMPLEMENTATION_MAX)
    return Sender.Nobody
  if ((bytes[at + 3] as number) > PRIVATE_CODE_MAX) return Sender.Nobody
  const errorAndCount = u16(bytes, at + 4)
  const itemBytes = u16(bytes, at + 6)
  if (itemBytes > 0xfff) return Sender.Nobody
  const itemsEnd = at + PRIVATE_HEADER_BYTES + (errorAndCount & 0xfff) * itemBytes
  if ((bytes[at] as number) >= 0x80) return itemsEnd === end ? Sender.Server : Sender.Nobody
  return errorAndCount <= 0xfff && itemsEnd <= end ? Sender.Client : Sender.Nobody
}

const i8 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 24) >> 24
