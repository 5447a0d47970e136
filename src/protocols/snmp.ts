// SNMP: version 1 (RFC 1157, 4), 2c (RFC 1901, 3) and 3 (RFC 3412, 6), with the operations of RFC 3416, 3. The
// community is a password in clear; it is passed over, never read.

import { enter, INTEGER, OBJECT_ID, OCTETS, SEQUENCE, skip, skipInteger, valueAt } from './ber.ts'
import { type DatagramRecogniser, Sender } from './recogniser.ts'

const [VERSION_1, VERSION_2C, VERSION_3] = [0, 1, 3]
/** Some agents write request ids as unsigned numbers of 32 bits, which take five bytes. */
const INTEGER_BYTES_MAX = 5
const COMMUNITY_BYTES_MAX = 255
const MESSAGE_BYTES_MIN = 16
const [FIRST_PDU, LAST_PDU] = [0xa0, 0xa8]
const [RESPONSE, TRAP_V1, REPORT] = [0xa2, 0xa4, 0xa8]
/** The sender of a message with this flag waits for an answer: RFC 3412, 6.4. */
const REPORTABLE = 0x04
/** By tag, from the first on. */
const OPERATIONS = [
  ...['get', 'getnext', 'response', 'set', 'trap', 'getbulk', 'inform', 'trap2', 'report'],
]
const VERSIONS: ReadonlyMap<number, string> = new Map([
  [VERSION_1, 'v1'],
  [VERSION_2C, 'v2c'],
  [VERSION_3, 'v3'],
])

export const snmp: DatagramRecogniser = {
  name: 'snmp',

  sender(bytes, at, end) {
    if (end - at < MESSAGE_BYTES_MIN || bytes[at] !== SEQUENCE) return Sender.Nobody
    const data = dataAt(bytes, at, end)
    if (data < 0) return Sender.Nobody
    const tag = bytes[data] as number
    if (tag === OCTETS) return isReportable(bytes, at, end) ? Sender.Client : Sender.Either
    return tag === RESPONSE || tag === REPORT ? Sender.Server : Sender.Client
  },

  id(bytes, at, end) {
    const number = numberAt(bytes, at, end)
    if (number < 0) return 0
    let id = 0
    for (let index = valueAt(bytes, number); index < skip(bytes, number, end, INTEGER); index++)
      id = (id << 8) | (bytes[index] as number)
    return id === 0 ? 1 : id >>> 0
  },

  read({ bytes, at, end }) {
    const version = versionOf(bytes, versionAt(bytes, at, end), end)
    const tag = bytes[dataAt(bytes, at, end)] as number
    return {
      version: VERSIONS.get(version) ?? null,
      operation: OPERATIONS[tag - FIRST_PDU] ?? null,
      isLoginClear: version !== VERSION_3,
    }
  },
}

const versionAt = (bytes: Uint8Array, at: number, end: number): number =>
  enter(bytes, at, end, SEQUENCE)

/** The one byte of the version; -1 where it is none that exists. */
function versionOf(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0 || at + 3 > end || bytes[at] !== INTEGER || bytes[at + 1] !== 1) return -1
  const version = bytes[at + 2] as number
  return version <= VERSION_2C || version === VERSION_3 ? version : -1
}

/**
 * Where the operation is, or in version 3 the encrypted data that hides it; negative where this is no
 * message. The message may have been cut by the capture, but nothing may follow it.
 */
function dataAt(bytes: Uint8Array, at: number, end: number): number {
  const messageEnd = skip(bytes, at, end, SEQUENCE)
  if (messageEnd < end) return -1
  const version = versionAt(bytes, at, end)
  const number = versionOf(bytes, version, end)
  if (number < 0) return -1
  if (number === VERSION_3) return secureDataAt(bytes, version + 3, end, messageEnd)
  const operation = skip(bytes, version + 3, end, OCTETS)
  if (operation - version > COMMUNITY_BYTES_MAX) return -1
  return isOperation(bytes, operation, end, messageEnd, number) ? operation : -1
}

/** Whether an operation of this version is here, and ends with the message. */
function isOperation(
  bytes: Uint8Array,
  at: number,
  end: number,
  messageEnd: number,
  version: number,
): boolean {
  if (at < 0 || at >= end) return false
  const tag = bytes[at] as number
  if (!isOfVersion(tag, version)) return false
  const first = enter(bytes, at, end, tag)
  if (skip(bytes, at, end, tag) !== messageEnd) return false
  if (tag === TRAP_V1) return skip(bytes, first, end, OBJECT_ID) > 0
  const status = skipInteger(bytes, first, end, INTEGER_BYTES_MAX)
  const index = skipInteger(bytes, status, end, INTEGER_BYTES_MAX)
  return skip(bytes, skipInteger(bytes, index, end, INTEGER_BYTES_MAX), end, SEQUENCE) > 0
}

/** Version 1 ends with its trap, which the others do without. */
function isOfVersion(tag: number, version: number): boolean {
  if (tag < FIRST_PDU || tag > LAST_PDU) return false
  return version === VERSION_1 ? tag <= TRAP_V1 : tag !== TRAP_V1
}

/** RFC 3412, 6: header, security parameters, then a scoped operation in clear or encrypted. */
function secureDataAt(bytes: Uint8Array, at: number, end: number, messageEnd: number): number {
  if (flagsOf(bytes, at, end) < 0) return -1
  const scoped = skip(bytes, skip(bytes, at, end, SEQUENCE), end, OCTETS)
  if (scoped < 0 || scoped >= end) return -1
  if (skip(bytes, scoped, end, OCTETS) === messageEnd) return scoped
  if (skip(bytes, scoped, end, SEQUENCE) !== messageEnd) return -1
  const engine = enter(bytes, scoped, end, SEQUENCE)
  const operation = skip(bytes, skip(bytes, engine, end, OCTETS), end, OCTETS)
  return isOperation(bytes, operation, end, messageEnd, VERSION_3) ? operation : -1
}

/** Id, greatest size, flags, security model; negative where the header is not like that. */
function flagsOf(bytes: Uint8Array, at: number, end: number): number {
  const size = skipInteger(bytes, enter(bytes, at, end, SEQUENCE), end, INTEGER_BYTES_MAX)
  const flags = skipInteger(bytes, size, end, INTEGER_BYTES_MAX)
  if (flags < 0 || flags + 3 > end || bytes[flags] !== OCTETS || bytes[flags + 1] !== 1) return -1
  const isModel = skipInteger(bytes, flags + 3, end, INTEGER_BYTES_MAX) > 0
  return isModel ? (bytes[flags + 2] as number) : -1
}

const isReportable = (bytes: Uint8Array, at: number, end: number): boolean =>
  (flagsOf(bytes, versionAt(bytes, at, end) + 3, end) & REPORTABLE) !== 0

/** Where the request id is, or the message id of version 3. Traps of version 1 have none. */
function numberAt(bytes: Uint8Array, at: number, end: number): number {
  const version = versionAt(bytes, at, end)
  if (versionOf(bytes, version, end) === VERSION_3) return enter(bytes, version + 3, end, SEQUENCE)
  const data = dataAt(bytes, at, end)
  return data < 0 || bytes[data] === TRAP_V1 ? -1 : valueAt(bytes, data)
}
