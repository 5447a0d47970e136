// Whether the payload of the packet at hand is wanted by whoever recognises protocols.

import { PROTOCOL_TCP, PROTOCOL_UDP } from './decode.ts'
import {
  CAPTURED_END,
  Flag,
  FROM_HIGH,
  KEY_KIND,
  PAYLOAD_AT,
  PAYLOAD_BYTES,
  RECOGNISE,
} from './layout.ts'
import { getI32, getNet32, getU8 } from './memory.ts'

// The upper three bits of each of three bytes, e0 e0 e0, and what they are in capital letters.
const UPPER_BITS = -522133504
const UPPER_LETTERS = 0x40404000

/** Whether the slow path still wants what this side says, and anything of it was captured. */
export function isPayloadDue(flags: i32): boolean {
  const fromHigh = getI32(FROM_HIGH) !== 0
  const quiet = fromHigh ? Flag.QuietHigh : Flag.QuietLow
  if ((flags & quiet) !== 0 || getI32(RECOGNISE) === 0) return false
  const protocol = getI32(KEY_KIND) & 0xff
  if (protocol !== PROTOCOL_TCP && protocol !== PROTOCOL_UDP) return false
  const at = getI32(PAYLOAD_AT)
  const bytes = getI32(PAYLOAD_BYTES)
  const captured = getI32(CAPTURED_END) - at
  if (bytes <= 0 || captured <= 0) return false
  const starts = fromHigh ? Flag.StartsHigh : Flag.StartsLow
  if ((flags & starts) === 0) return true
  if (protocol === PROTOCOL_UDP) return bytes > 7 && captured > 7 && isReport(at)
  // Three bytes of 0x40 to 0x5f: capital letters, as every request and status line begins.
  return bytes > 2 && captured > 2 && (getNet32(at) & UPPER_BITS) === UPPER_LETTERS
}

/** RTCP as a compound begins, or a reduced one: version 2, a type from 200 to 207 (RFC 5761, 4). */
function isReport(at: i32): boolean {
  return getU8(at) >> 6 === 2 && (getU8(at + 1) & 0xf8) === 200
}
