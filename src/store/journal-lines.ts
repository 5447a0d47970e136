// The lines of the journal: `SEQ CRC JSON` and a line feed. The number has sixteen digits and grows by one from line
// to line, so that a gap tells how many are missing; the CRC-32 covers both the number and the JSON.

import { crc32 } from 'node:zlib'
import { inertJson } from '../model/text.ts'

/** A line that is longer is refused when it is written, and damage when it is read. */
export const LINE_BYTES_MAX = 1024 * 1024

const SEQ_DIGITS = 16
const CRC_DIGITS = 8
const CRC_AT = SEQ_DIGITS + 1
const JSON_AT = CRC_AT + CRC_DIGITS + 1
const LINE_FEED = 0x0a
const DIGITS = /^\d{16} [0-9a-f]{8} $/

export interface Line {
  readonly seq: number
  readonly json: string
}

/** What stands between two line feeds: a line, or bytes that are none. */
export interface Piece {
  /** Offset in the bytes, and one past its line feed, or past the end where it has none. */
  readonly at: number
  readonly end: number
  readonly isEnded: boolean
  readonly line: Line | null
}

/** The value as the JSON of a line: without line feeds, and inert on a terminal. */
export const jsonOf = (value: unknown): Buffer => Buffer.from(inertJson(JSON.stringify(value)))

export function writeLine(seq: number, json: Buffer): Buffer {
  const number = String(seq).padStart(SEQ_DIGITS, '0')
  const crc = crc32(json, crc32(number)).toString(16).padStart(CRC_DIGITS, '0')
  return Buffer.concat([Buffer.from(`${number} ${crc} `), json, Buffer.of(LINE_FEED)])
}

/** All pieces of the bytes from there on, in order. */
export function* pieces(bytes: Buffer, from = 0): Generator<Piece> {
  for (let at = from; at < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, at)
    const end = feed < 0 ? bytes.length : feed + 1
    yield { at, end, isEnded: feed >= 0, line: readLine(bytes.subarray(at, feed < 0 ? end : feed)) }
    at = end
  }
}

/** The line, without its line feed; null where the bytes are none, or have changed since they were written. */
export function readLine(bytes: Buffer): Line | null {
  if (bytes.length <= JSON_AT || bytes.length > LINE_BYTES_MAX) return null
  const head = bytes.toString('latin1', 0, JSON_AT)
  if (!DIGITS.test(head)) return null
  const json = bytes.subarray(JSON_AT)
  const crc = crc32(json, crc32(bytes.subarray(0, SEQ_DIGITS)))
  if (crc !== Number.parseInt(head.slice(CRC_AT, CRC_AT + CRC_DIGITS), 16)) return null
  return { seq: Number(head.slice(0, SEQ_DIGITS)), json: json.toString('utf8') }
}
