// TDS, the protocol of SQL Server and of Sybase: packets behind a header of eight bytes. MS-TDS, 2.2.3.1; the
// login of TDS 4.2 and 5.0 is that of Sybase. Names and passwords of a login are passed over.

import type { AppFacts } from '../model/app.ts'
import { u16 } from './bytes.ts'
import { type Follower, Guess, type Opening, type StreamRecogniser } from './recogniser.ts'
import { Rest } from './rest.ts'

const HEADER_BYTES = 8
const PACKET_BYTES_MAX = 32_767
const [OLD_LOGIN, RESPONSE, LOGIN, PRELOGIN] = [0x02, 0x04, 0x10, 0x12]
const STATUS_MAX = 1
/** Packets are numbered from 1, or not at all. */
const NUMBER_MAX = 1
/** The first option of a pre-login is the version, six bytes long: MS-TDS, 2.2.6.5. */
const [OPTION_BYTES, VERSION_BYTES] = [5, 6]
/** A login begins with its length and the version, least byte first: MS-TDS, 2.2.6.4. */
const LOGIN_BYTES = 8
const [LOGIN_VERSION_MIN, LOGIN_VERSION_MAX] = [0x70, 0x74]
/** Host, user and password: thirty bytes each and how many of them count. */
const [OLD_FIELD_BYTES, OLD_FIELDS] = [31, 3]
const OLD_VERSION_AT = 458
/** SQL batch, RPC, bulk data, transaction manager. */
const REQUESTS: ReadonlySet<number> = new Set([0x01, 0x03, 0x07, 0x0e])
/** All that a client may begin a packet with. */
const CLIENTS: ReadonlySet<number> = new Set([...REQUESTS, OLD_LOGIN, LOGIN, PRELOGIN])
const LATER_STATUS_MAX = 0x1f
const LAST = 1
/** Header, the headers of a transaction, and a statement: MS-TDS, 2.2.6.7. */
const LATER_BYTES_MIN = 32
/** What a server says of a login, then of requests: MS-TDS, 2.2.7; 0xe2 and 0xe5 are Sybase's. */
const TOKENS: ReadonlySet<number> = new Set([
  ...[0xaa, 0xab, 0xad, 0xe2, 0xe3, 0xe5, 0xed, 0xee, 0xfd],
  ...[0x79, 0x81, 0xa9, 0xac, 0xd1, 0xd2, 0xfe, 0xff],
])
/** Behind the pre-login comes TLS, within pre-login packets or bare. */
const [TLS_HANDSHAKE, TLS_DATA] = [0x16, 0x17]
const PACKETS_MAX = 32

export const tds: StreamRecogniser = {
  name: 'tds',
  client: { look: firstRequest },
  server: { look: firstResponse },
  later: 'all',
  follow: () => new TdsFollower(),
}

function firstRequest(opening: Opening): Guess {
  const { bytes, at, end } = opening
  const type = at < end ? (bytes[at] as number) : PRELOGIN
  if (REQUESTS.has(type)) return laterRequest(opening)
  if (type !== PRELOGIN && type !== LOGIN && type !== OLD_LOGIN) return Guess.No
  if (!isHeader(opening)) return Guess.No
  if (type === PRELOGIN) return prelogin(opening)
  return type === LOGIN ? login(opening) : oldLogin(opening)
}

function firstResponse(opening: Opening): Guess {
  const { bytes, at, end } = opening
  if (at < end && bytes[at] !== RESPONSE) return Guess.No
  if (!isHeader(opening)) return Guess.No
  if (end - at <= HEADER_BYTES) return Guess.Unsure
  if (bytes[at + HEADER_BYTES] === 0) return prelogin(opening)
  return TOKENS.has(bytes[at + HEADER_BYTES] as number) ? Guess.Yes : Guess.No
}

/**
 * What a client says once it is logged in, for connections that were picked up later: MS-TDS, 2.2.3.1. The
 * header is weak, so that the packet has to be there as long as it says, and the last one of its message.
 */
function laterRequest({ bytes, at, end }: Opening): Guess {
  const there = end - at
  if (there > 1 && (bytes[at + 1] as number) > LATER_STATUS_MAX) return Guess.No
  if (there > 3 && !isLength(u16(bytes, at + 2))) return Guess.No
  if (there < HEADER_BYTES) return Guess.Unsure
  // Clients leave the process number at zero, and nobody uses the window.
  if (u16(bytes, at + 4) !== 0 || bytes[at + 7] !== 0) return Guess.No
  const length = u16(bytes, at + 2)
  if (((bytes[at + 1] as number) & LAST) === 0 || length < LATER_BYTES_MIN) return Guess.No
  return there < length ? Guess.Unsure : Guess.Yes
}

/** Whether what is there of the header, behind the type, can be that of a first packet. */
function isHeader({ bytes, at, end }: Opening): boolean {
  const there = end - at
  if (there > 1 && (bytes[at + 1] as number) > STATUS_MAX) return false
  if (there > 3 && !isLength(u16(bytes, at + 2))) return false
  if (there > 6 && (bytes[at + 6] as number) > NUMBER_MAX) return false
  return there <= 7 || bytes[at + 7] === 0
}

const isPacket = (bytes: Uint8Array, at: number): boolean =>
  CLIENTS.has(bytes[at] as number) && isLength(u16(bytes, at + 2))

const isLength = (length: number): boolean => length > HEADER_BYTES && length <= PACKET_BYTES_MAX

/** The option of the version, whose content lies behind all options and within the packet. */
function prelogin({ bytes, at, end }: Opening): Guess {
  const option = at + HEADER_BYTES
  if (end - option < OPTION_BYTES) return Guess.Unsure
  const offset = u16(bytes, option + 1)
  const isVersion = bytes[option] === 0 && u16(bytes, option + 3) === VERSION_BYTES
  const isBehind = offset % OPTION_BYTES === 1 && offset > OPTION_BYTES
  const isWithin = offset + VERSION_BYTES <= u16(bytes, at + 2) - HEADER_BYTES
  return isVersion && isBehind && isWithin ? Guess.Yes : Guess.No
}

/** A login fills its packets: one, or several where its length says so. */
function login({ bytes, at, end }: Opening): Guess {
  const body = at + HEADER_BYTES
  if (end - body < LOGIN_BYTES) return Guess.Unsure
  const there = u16(bytes, at + 2) - HEADER_BYTES
  const length = u16Little(bytes, body)
  const isLast = bytes[at + 1] === STATUS_MAX
  if (u16Little(bytes, body + 2) !== 0 || (isLast ? length !== there : length < there))
    return Guess.No
  return isLoginVersion(bytes[body + 7] as number) ? Guess.Yes : Guess.No
}

const isLoginVersion = (version: number): boolean =>
  version >= LOGIN_VERSION_MIN && version <= LOGIN_VERSION_MAX

/** Fields of fixed size, none of which is fuller than it can be. */
function oldLogin({ bytes, at, end }: Opening): Guess {
  const fieldsEnd = at + HEADER_BYTES + OLD_FIELDS * OLD_FIELD_BYTES
  for (let next = at + HEADER_BYTES; next < fieldsEnd; next += OLD_FIELD_BYTES) {
    const countAt = next + OLD_FIELD_BYTES - 1
    if (countAt < end && (bytes[countAt] as number) >= OLD_FIELD_BYTES) return Guess.No
  }
  if (end >= at + HEADER_BYTES && u16(bytes, at + 2) < fieldsEnd - at) return Guess.No
  return end < fieldsEnd ? Guess.Unsure : Guess.Yes
}

const u16Little = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8)

/** Waits for the login, which comes in clear unless both sides agreed on TLS before. */
class TdsFollower implements Follower {
  readonly #rest = new Rest()
  #operation: string | null = null
  #version: string | null = null
  #isLoginClear = false
  #isUpgraded = false
  #packets = 0
  isDone = false

  get facts(): Partial<AppFacts> {
    return {
      ...{ operation: this.#operation, version: this.#version },
      ...{ isLoginClear: this.#isLoginClear, isUpgraded: this.#isUpgraded },
    }
  }

  feed(isClient: boolean, { bytes, at, end }: Opening, isWhole: boolean): number {
    const passed = this.#rest.passOver(isClient, end - at)
    if (passed > 0) return passed
    // What the server says is of no interest.
    if (!isClient) return end - at
    if (at < end && bytes[at] === TLS_DATA) this.isDone = true
    if (end - at < HEADER_BYTES) return isWhole ? end - at : 0
    // What is no packet here will be none further on.
    if (!isPacket(bytes, at)) this.isDone = true
    const packetEnd = at + u16(bytes, at + 2)
    if (this.isDone) return end - at
    if (packetEnd > end && !isWhole) return 0
    this.#take(bytes, at, Math.min(end, packetEnd))
    if (++this.#packets >= PACKETS_MAX || packetEnd <= at + HEADER_BYTES) this.isDone = true
    this.#rest.expect(isClient, Math.max(0, packetEnd - end))
    return Math.max(1, Math.min(end, packetEnd) - at)
  }

  #take(bytes: Uint8Array, at: number, end: number): void {
    const type = bytes[at] as number
    if (type === PRELOGIN) {
      this.#operation ??= 'prelogin'
      this.#isUpgraded = end > at + HEADER_BYTES && bytes[at + HEADER_BYTES] === TLS_HANDSHAKE
      this.isDone = this.#isUpgraded
      return
    }
    this.isDone = true
    if (type !== LOGIN && type !== OLD_LOGIN) return
    this.#operation ??= 'login'
    this.#isLoginClear = true
    this.#version = loginVersion(bytes, at, end)
  }
}

function loginVersion(bytes: Uint8Array, at: number, end: number): string | null {
  const body = at + HEADER_BYTES
  if (bytes[at] === LOGIN) {
    const version = body + LOGIN_BYTES <= end ? (bytes[body + 7] as number) : 0
    return isLoginVersion(version) ? `TDS 7.${version & 0x0f}` : null
  }
  const place = body + OLD_VERSION_AT
  const [major, minor] = place + 2 <= end ? [bytes[place], bytes[place + 1]] : [0, 0]
  return major === 4 || major === 5 ? `TDS ${major}.${minor}` : null
}
