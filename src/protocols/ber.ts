// Basic Encoding Rules: tag, length, value. X.690, 8.1. Tags of one byte and definite lengths, which is what
// SNMP, LDAP and certificates use. Every step reads one header and allocates nothing; a step from a place
// that is not there (CUT, BROKEN) leads nowhere again, so that steps can be chained and asked about once.

/** The header does not end within what is there: more bytes may tell. */
export const CUT = -2
/** This is not BER, or another element than was looked for. */
export const BROKEN = -1

export const [INTEGER, OCTETS, OBJECT_ID, SEQUENCE] = [0x02, 0x04, 0x06, 0x30]

const LENGTH_BYTES_MAX = 4
/** No message is longer; it keeps sums within 31 bits. */
const VALUE_BYTES_MAX = 0x1000000

/** One past the element at `at`, perhaps behind `end`; CUT or BROKEN. */
export function elementEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0) return at
  if (at + 2 > end) return CUT
  const first = bytes[at + 1] as number
  if (first < 0x80) return at + 2 + first
  const count = first & 0x7f
  if (count === 0 || count > LENGTH_BYTES_MAX) return BROKEN
  if (at + 2 + count > end) return CUT
  let length = 0
  for (let index = 0; index < count; index++) {
    length = (length << 8) | (bytes[at + 2 + index] as number)
    if (length < 0 || length > VALUE_BYTES_MAX) return BROKEN
  }
  return at + 2 + count + length
}

/** Where the value of the element at `at` begins, whose header is there. */
export function valueAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1] as number
  return at + 2 + (first < 0x80 ? 0 : first & 0x7f)
}

/** Into an element with this tag; CUT or BROKEN. */
export function enter(bytes: Uint8Array, at: number, end: number, tag: number): number {
  const past = skip(bytes, at, end, tag)
  return past < 0 ? past : valueAt(bytes, at)
}

/** Past an element with this tag; CUT or BROKEN. */
export function skip(bytes: Uint8Array, at: number, end: number, tag: number): number {
  if (at < 0) return at
  if (at >= end) return CUT
  return bytes[at] === tag ? elementEnd(bytes, at, end) : BROKEN
}

/** Past an INTEGER of one to `bytesMax` bytes that is there; CUT or BROKEN. */
export function skipInteger(bytes: Uint8Array, at: number, end: number, bytesMax: number): number {
  const past = skip(bytes, at, end, INTEGER)
  if (past < 0) return past
  const length = past - valueAt(bytes, at)
  if (length < 1 || length > bytesMax) return BROKEN
  return past > end ? CUT : past
}
