// Who issued a certificate: its walk from the outside in, and no further. RFC 5280, 4.1 and 4.1.2.4.

import { visible } from '../model/text.ts'
import { CUT, elementEnd, enter, INTEGER, OBJECT_ID, SEQUENCE, skip, valueAt } from './ber.ts'
import { shortened, u16 } from './bytes.ts'

const SET = 0x31
/** Stands before the serial number, except in certificates of version 1. */
const VERSION = 0xa0
const NAME_PARTS_MAX = 32
const NAME_BYTES_MAX = 256
/** 2.5.4.x, the attributes of X.520. */
const ATTRIBUTE = [OBJECT_ID, 3, 0x55, 0x04] as const
const [COMMON_NAME, ORGANISATION] = [3, 10]
const [UTF8, BMP] = [0x0c, 0x1e]

/**
 * The common name of the issuer, or else its organisation; null where it has neither, undefined where the
 * bytes end before it.
 */
export function issuerOf(bytes: Uint8Array, at: number, end: number): string | null | undefined {
  const name = issuerAt(bytes, at, end)
  const nameEnd = skip(bytes, name, end, SEQUENCE)
  if (nameEnd === CUT || nameEnd > end) return undefined
  if (nameEnd < 0) return null
  let found: string | null = null
  let part = valueAt(bytes, name)
  for (let parts = 0; parts < NAME_PARTS_MAX && part >= 0 && part < nameEnd; parts++) {
    const attribute = enter(bytes, enter(bytes, part, nameEnd, SET), nameEnd, SEQUENCE)
    const kind = attributeKind(bytes, attribute, nameEnd)
    if (kind === COMMON_NAME) return textAt(bytes, attribute + 5, nameEnd)
    if (kind === ORGANISATION) found ??= textAt(bytes, attribute + 5, nameEnd)
    part = skip(bytes, part, nameEnd, SET)
  }
  return found
}

/** Certificate, what was signed, then version, serial number and algorithm. */
function issuerAt(bytes: Uint8Array, at: number, end: number): number {
  const inside = enter(bytes, enter(bytes, at, end, SEQUENCE), end, SEQUENCE)
  const isFirst = inside >= 0 && inside < end && bytes[inside] !== VERSION
  const serial = isFirst ? inside : skip(bytes, inside, end, VERSION)
  return skip(bytes, skip(bytes, serial, end, INTEGER), end, SEQUENCE)
}

/** The last number of 2.5.4.x; -1 for all other kinds. */
function attributeKind(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0 || at + ATTRIBUTE.length + 1 > end) return -1
  const isKnown = ATTRIBUTE.every((byte, index) => bytes[at + index] === byte)
  return isKnown ? (bytes[at + ATTRIBUTE.length] as number) : -1
}

function textAt(bytes: Uint8Array, at: number, end: number): string | null {
  const past = elementEnd(bytes, at, end)
  if (past < 0 || past > end) return null
  const start = valueAt(bytes, at)
  const text = decoded(bytes, start, Math.min(past, start + NAME_BYTES_MAX), bytes[at] as number)
  return text === '' ? null : shortened(visible(text))
}

function decoded(bytes: Uint8Array, at: number, end: number, tag: number): string {
  if (tag === UTF8) return new TextDecoder().decode(bytes.subarray(at, end))
  const width = tag === BMP ? 2 : 1
  let text = ''
  for (let index = at; index + width <= end; index += width)
    text += String.fromCharCode(width === 2 ? u16(bytes, index) : (bytes[index] as number))
  return text
}
