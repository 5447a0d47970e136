// One LDAP message: its number and its operation. RFC 4511, 4.1.1 and 4.2 to 4.12.

import {
  BROKEN,
  CUT,
  elementEnd,
  enter,
  OCTETS,
  SEQUENCE,
  skip,
  skipInteger,
  valueAt,
} from './ber.ts'

const ID_BYTES_MAX = 4
const ENUMERATED = 0x0a

export const BIND = 0x60
export const EXTENDED = 0x77
export const EXTENDED_RESPONSE = 0x78

/** What clients ask, by tag. */
const REQUESTS: ReadonlyMap<number, string> = new Map([
  [BIND, 'bind'],
  [0x42, 'unbind'],
  [0x63, 'search'],
  [0x66, 'modify'],
  [0x68, 'add'],
  [0x4a, 'delete'],
  [0x6c, 'rename'],
  [0x6e, 'compare'],
  [0x50, 'abandon'],
  [EXTENDED, 'extended'],
])

/** The operation's name, or null where clients have no such. */
export const requestName = (tag: number): string | null => REQUESTS.get(tag) ?? null

export const isRequest = (tag: number): boolean => REQUESTS.has(tag)

/** Responses, entries of a search, references, and what comes in between (4.13). */
export const isAnswer = (tag: number): boolean =>
  tag === 0x61 || tag === 0x64 || tag === 0x65 || tag === 0x67 || tag === 0x69 || isRareAnswer(tag)

const isRareAnswer = (tag: number): boolean =>
  tag === 0x6b || tag === 0x6d || tag === 0x6f || tag === 0x73 || tag === 0x78 || tag === 0x79

/**
 * Where the operation is in the message at `at`, once enough of it is there to know it; CUT or BROKEN. The
 * operation ends within the message, and begins with what it must begin with.
 */
export function operationAt(bytes: Uint8Array, at: number, end: number): number {
  const messageEnd = skip(bytes, at, end, SEQUENCE)
  if (messageEnd < 0) return messageEnd
  const found = operationWithin(bytes, at, Math.min(end, messageEnd), messageEnd)
  // Nothing can follow that would make a message of it.
  return found === CUT && end >= messageEnd ? BROKEN : found
}

function operationWithin(bytes: Uint8Array, at: number, end: number, messageEnd: number): number {
  const operation = skipInteger(bytes, enter(bytes, at, end, SEQUENCE), end, ID_BYTES_MAX)
  const operationEnd = elementEnd(bytes, operation, end)
  if (operationEnd < 0) return operationEnd
  if (operationEnd > messageEnd) return BROKEN
  return opens(bytes, operation, Math.min(end, operationEnd), operationEnd)
}

/** The operation itself where its content begins as this kind does. */
function opens(bytes: Uint8Array, at: number, end: number, operationEnd: number): number {
  const tag = bytes[at] as number
  const first = firstTag(tag)
  if (first === ANYTHING) return at
  if (first === NOTHING) return operationEnd === valueAt(bytes, at) ? at : BROKEN
  const value = valueAt(bytes, at)
  const past = first === 0x02 ? skipInteger(bytes, value, end, 1) : skip(bytes, value, end, first)
  if (past > operationEnd || (past === CUT && end === operationEnd)) return BROKEN
  return past < 0 ? past : at
}

const [ANYTHING, NOTHING] = [-1, 0]

function firstTag(tag: number): number {
  if (tag === BIND) return 0x02
  if (tag === 0x42) return NOTHING
  if (tag === EXTENDED) return 0x80
  if (tag === 0x4a || tag === 0x50 || tag === 0x79) return ANYTHING
  if (tag === 0x64 || tag === 0x73 || isRequest(tag)) return OCTETS
  return ENUMERATED
}
