// DNS messages, RFC 1035, 4: whether bytes are one, and what it asks and answers. Names are walked within
// bounds: at most 255 bytes, pointers only backwards and at most 16 of them.

import type { NameAnswer } from '../model/app.ts'
import { BROKEN, CUT } from './ber.ts'
import { textOf, u16, u32 } from './bytes.ts'

export const HEADER_BYTES = 12
/** Behind the count of questions. */
export const COUNTS_AT = 6
const [LABEL_BYTES_MAX, NAME_BYTES_MAX] = [63, 255]
const POINTER = 0xc0
const JUMPS_MAX = 16
const ADDRESSES_MAX = 16
/** Answers beyond these are not looked at; a message of 512 bytes holds half as many. */
const RECORDS_READ_MAX = 64
/** Type, class, time to live and length behind the name of a record; the first two in a question. */
const [QUESTION_FIXED_BYTES, RECORD_FIXED_BYTES] = [4, 10]

// Octets 2 and 3 of the header.
export const RESPONSE = 0x80
const [OPCODE, TRUNCATED] = [0x78, 0x02]
const [RECURSION_AVAILABLE, ZERO, CODE] = [0x80, 0x40, 0x0f]
const [QUERY, NOTIFY, UPDATE] = [0 << 3, 4 << 3, 5 << 3]

const [A, CNAME, AAAA] = [1, 5, 28]
const INTERNET = 1
const TYPES: Readonly<Record<number, string>> = {
  ...{ [A]: 'A', 2: 'NS', [CNAME]: 'CNAME', 6: 'SOA', 12: 'PTR', 15: 'MX', 16: 'TXT' },
  ...{ [AAAA]: 'AAAA', 33: 'SRV', 35: 'NAPTR', 43: 'DS', 48: 'DNSKEY', 64: 'SVCB', 65: 'HTTPS' },
  ...{ 251: 'IXFR', 252: 'AXFR', 255: 'ANY', 257: 'CAA' },
}

/** Whether the first half of the header, which is there, can be one. Most of what is not DNS ends here. */
export function isStart(bytes: Uint8Array, at: number): boolean {
  // Nobody asks two questions at once.
  if (bytes[at + 4] !== 0 || (bytes[at + 5] as number) > 1) return false
  const opcode = (bytes[at + 2] as number) & OPCODE
  if (opcode !== QUERY && opcode !== NOTIFY && opcode !== UPDATE) return false
  return ((bytes[at + 3] as number) & ZERO) === 0
}

/** Whether the fields of the header can stand together. It is there in full. */
export function isHeader(bytes: Uint8Array, at: number): boolean {
  if (!isStart(bytes, at)) return false
  const high = bytes[at + 2] as number
  const low = bytes[at + 3] as number
  const opcode = high & OPCODE
  if ((high & RESPONSE) !== 0) return bytes[at + 5] === 1 || isRefusal(bytes, at)
  if (bytes[at + 5] === 0 || (high & TRUNCATED) !== 0) return false
  if ((low & (RECURSION_AVAILABLE | CODE)) !== 0) return false
  return opcode === UPDATE || isAsking(bytes, at, opcode)
}

/** A server that cannot or will not answer may leave the question out. */
const isRefusal = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at + 3] as number) & CODE) !== 0 && u32(bytes, at + 6) === 0 && u16(bytes, at + 10) <= 1

/** RFC 1995 and 1996: a query may show one record of what is known; EDNS and signatures are additional. */
const isAsking = (bytes: Uint8Array, at: number, opcode: number): boolean =>
  u16(bytes, at + 6) <= (opcode === NOTIFY ? 1 : 0) &&
  u16(bytes, at + 8) <= 1 &&
  u16(bytes, at + 10) <= 4

/** One past the question behind the header at `at`; CUT or BROKEN. */
export function questionEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at + 5] === 0) return at + HEADER_BYTES
  const name = at + HEADER_BYTES
  const fixed = nameEnd(bytes, name, end, false)
  if (fixed < 0) return fixed
  if (fixed + QUESTION_FIXED_BYTES > end) return CUT
  const type = u16(bytes, fixed)
  if (!isType(type) || !isClass(u16(bytes, fixed + 2))) return BROKEN
  return isNetbios(bytes, name, type) ? BROKEN : fixed + QUESTION_FIXED_BYTES
}

/** RFC 6895, 3.1: what is assigned. */
const isType = (type: number): boolean =>
  (type > 0 && type < 129) || (type > 248 && type < 264) || type === 32_768 || type === 32_769

/** Internet, Chaos, Hesiod, none, any. */
const isClass = (value: number): boolean =>
  value === INTERNET || value === 3 || value === 4 || value === 254 || value === 255

/** RFC 1002, 4.2.1: NetBIOS borrows the form; its names are 32 letters from A to P. */
function isNetbios(bytes: Uint8Array, at: number, type: number): boolean {
  if (bytes[at] !== 32 || (type !== 32 && type !== 33)) return false
  for (let index = at + 1; index <= at + 32; index++)
    if ((bytes[index] as number) < 0x41 || (bytes[index] as number) > 0x50) return false
  return true
}

/**
 * Whether all records lie in the message and nothing lies behind them. It may have been cut off by the
 * capture, and then it is right as far as it goes.
 */
export function isFilled(bytes: Uint8Array, at: number, recordsAt: number, end: number): boolean {
  let index = recordsAt
  let count = u16(bytes, at + 6) + u16(bytes, at + 8) + u16(bytes, at + 10)
  for (; count > 0 && index >= 0 && index < end; count--) index = recordEnd(bytes, index, end)
  return index === CUT || index >= end
}

/** One past the record, perhaps behind `end`; CUT or BROKEN. */
function recordEnd(bytes: Uint8Array, at: number, end: number): number {
  const fixed = nameEnd(bytes, at, end, true)
  if (fixed < 0) return fixed
  if (fixed + RECORD_FIXED_BYTES > end) return CUT
  return fixed + RECORD_FIXED_BYTES + u16(bytes, fixed + 8)
}

/** One past the name as it stands there; CUT or BROKEN. A pointer ends it. */
function nameEnd(bytes: Uint8Array, at: number, end: number, mayPoint: boolean): number {
  let index = at
  while (index < end) {
    const length = bytes[index] as number
    if (length === 0) return index + 1
    if (length >= POINTER && mayPoint) return index + 2 > end ? CUT : index + 2
    if (length > LABEL_BYTES_MAX) return BROKEN
    if (index + 1 + length - at >= NAME_BYTES_MAX) return BROKEN
    for (let letter = index + 1; letter <= index + length && letter < end; letter++)
      if (isControl(bytes[letter] as number)) return BROKEN
    index += 1 + length
  }
  return CUT
}

const isControl = (byte: number): boolean => byte < 0x20 || byte === 0x7f

export interface Question {
  /** Lower case, `.` for the root. */
  readonly name: string
  /** `A`, or `TYPE99` (RFC 3597, 5). */
  readonly type: string
  /** Of a response. */
  readonly code: number | null
}

/** The question of a message that has one; undefined where it was left out. */
export function questionOf(bytes: Uint8Array, at: number, end: number): Question | undefined {
  const fixed = questionEnd(bytes, at, end) - QUESTION_FIXED_BYTES
  const name =
    bytes[at + 5] === 0 || fixed < at ? undefined : nameAt(bytes, at, at + HEADER_BYTES, end)
  if (name === undefined) return undefined
  const type = u16(bytes, fixed)
  const isResponse = ((bytes[at + 2] as number) & RESPONSE) !== 0
  const code = isResponse ? (bytes[at + 3] as number) & CODE : null
  return { name, type: TYPES[type] ?? `TYPE${type}`, code }
}

/** What a response says; undefined for one that left out the question. */
export function answerOf(bytes: Uint8Array, at: number, end: number): NameAnswer | undefined {
  const question = questionOf(bytes, at, end)
  if (question === undefined || question.code === null) return undefined
  const { name, code } = question
  const found = addressesOf(name, recordsOf(bytes, at, end))
  const addresses = found.flatMap(({ address }) => address ?? [])
  const ttlSeconds = found.length === 0 ? 0 : Math.min(...found.map(one => one.ttlSeconds))
  return { name, code, addresses, ttlSeconds }
}

/** Those of the name, and of the names that it is an alias of; an alias is told before it is needed. */
function addressesOf(name: string, records: readonly AddressRecord[]): readonly AddressRecord[] {
  const aliases = new Set([name])
  const found: AddressRecord[] = []
  for (const record of records) {
    if (!aliases.has(record.owner)) continue
    if (record.alias !== undefined) aliases.add(record.alias)
    else if (found.length < ADDRESSES_MAX) found.push(record)
  }
  return found
}

/** The addresses and aliases of the answer section. */
function recordsOf(bytes: Uint8Array, at: number, end: number): readonly AddressRecord[] {
  const records: AddressRecord[] = []
  let record = questionEnd(bytes, at, end)
  const count = Math.min(u16(bytes, at + 6), RECORDS_READ_MAX)
  for (let index = 0; index < count; index++) {
    const next = recordEnd(bytes, record, end)
    if (next < 0 || next > end) break
    const told = recordOf(bytes, at, record, next)
    if (told !== undefined) records.push(told)
    record = next
  }
  return records
}

/** Either an address of its owner or a name that the owner is an alias of. */
interface AddressRecord {
  readonly owner: string
  readonly ttlSeconds: number
  readonly address?: Uint8Array
  readonly alias?: string
}

/** A record of an address or an alias that ends at `end`. */
function recordOf(
  bytes: Uint8Array,
  message: number,
  at: number,
  end: number,
): AddressRecord | undefined {
  const fixed = nameEnd(bytes, at, end, true)
  const type = u16(bytes, fixed)
  const data = fixed + RECORD_FIXED_BYTES
  const isAddress = (type === A && end - data === 4) || (type === AAAA && end - data === 16)
  if (u16(bytes, fixed + 2) !== INTERNET || (!isAddress && type !== CNAME)) return undefined
  const owner = nameAt(bytes, message, at, end)
  const ttlSeconds = ttlOf(u32(bytes, fixed + 4))
  if (owner === undefined) return undefined
  if (isAddress) return { owner, ttlSeconds, address: bytes.slice(data, end) }
  const alias = nameAt(bytes, message, data, end)
  return alias === undefined ? undefined : { owner, ttlSeconds, alias }
}

/** RFC 2181, 8: with the highest bit set it is as good as none. */
const ttlOf = (value: number): number => (value > 0x7fffffff ? 0 : value)

/**
 * What each byte of a label becomes: lower case, visible. A dot within a label is none between labels:
 * nobody shall pass for another name with it. The table makes every name some times cheaper.
 */
const LETTERS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte === 0x2e ? '\\x2e' : textOf(Uint8Array.of(byte), 0, 1).toLowerCase(),
)

/** The name at `at` of the message, lower case; undefined where it is broken. */
function nameAt(bytes: Uint8Array, message: number, at: number, end: number): string | undefined {
  let name = ''
  let index = at
  let total = 0
  let jumps = 0
  while (index < end) {
    const length = bytes[index] as number
    if (length === 0) return name === '' ? '.' : name
    if (length >= POINTER) {
      const target = index + 1 < end ? message + (u16(bytes, index) & 0x3fff) : end
      if (target >= index || ++jumps > JUMPS_MAX) return undefined
      index = target
      continue
    }
    const labelEnd = index + 1 + length
    total += 1 + length
    if (length > LABEL_BYTES_MAX || total >= NAME_BYTES_MAX || labelEnd > end) return undefined
    if (name !== '') name += '.'
    for (index++; index < labelEnd; index++) name += LETTERS[bytes[index] as number]
  }
  return undefined
}
