// SOCKS: version 4 and 4a, which only their authors' memoranda describe; version 5, RFC 1928; with a name and
// password, RFC 1929. Greetings are so short that the messages after them have to fit too.

import { ipv4, ipv6 } from '../model/address.ts'
import type { AppFacts, AppRequest } from '../model/app.ts'
import { nameOf, u16, u32 } from './bytes.ts'
import { type Follower, Guess, type Opening, type StreamRecogniser } from './recogniser.ts'

const [VERSION_4, VERSION_5] = [4, 5]
const [NO_LOGIN, GSSAPI, PASSWORD, NONE_FITS] = [0x00, 0x01, 0x02, 0xff]
/** RFC 1928, 3: up to 9 is assigned, from 0x80 on private. */
const [ASSIGNED_MAX, PRIVATE_MIN] = [0x09, 0x80]
const [CONNECT, BIND, UDP] = [1, 2, 3]
const METHODS: ReadonlyMap<number, string> = new Map([
  [CONNECT, 'CONNECT'],
  [BIND, 'BIND'],
  [UDP, 'UDP'],
])
const [IPV4, NAME, IPV6] = [1, 3, 4]
const REPLY_MAX = 8
const LOGIN_REPLY_BYTES = 2
/** Version, command, reserved, kind of address, and for a name its length. */
const REQUEST_HEAD_BYTES = 5
/** Version, command or code, port, address. */
const OLD_BYTES = 8
const [GRANTED, OLD_CODE_MAX] = [0x5a, 0x5d]
const TEXT_BYTES_MAX = 255

/** More bytes may tell; and nothing of the kind. */
const [CUT, BROKEN] = [-2, -1]

export const socks: StreamRecogniser = {
  name: 'socks',
  client: {
    look(opening) {
      const { bytes, at, end } = opening
      if (at === end) return Guess.Unsure
      if (bytes[at] === VERSION_4) return guessOf(oldRequestEnd(bytes, at, end))
      return bytes[at] === VERSION_5 ? greeting(opening) : Guess.No
    },
  },
  server: {
    look(opening) {
      const { bytes, at, end } = opening
      if (at === end) return Guess.Unsure
      if (bytes[at] === 0) return oldReply(opening)
      return bytes[at] === VERSION_5 ? choice(opening) : Guess.No
    },
  },
  // Two bytes of it are too few to be met anywhere, and it is over when what was asked for begins.
  needsBeginning: true,
  later: 'all',
  follow: () => new SocksFollower(),
}

const guessOf = (end: number): Guess =>
  end === CUT ? Guess.Unsure : end === BROKEN ? Guess.No : Guess.Yes

/** The methods offered; then a request, or the login that one of them is about. */
function greeting({ bytes, at, end }: Opening): Guess {
  if (end - at < 2) return Guess.Unsure
  const next = at + 2 + (bytes[at + 1] as number)
  if (next === at + 2) return Guess.No
  for (let index = at + 2; index < next && index < end; index++)
    if (!isMethod(bytes[index] as number)) return Guess.No
  if (end <= next) return Guess.Unsure
  if (bytes[next] === 1)
    return isLoginOffered(bytes, at + 2, next) ? login(bytes, next, end) : Guess.No
  return guessOf(requestEnd(bytes, next, end))
}

const isMethod = (method: number): boolean =>
  method <= ASSIGNED_MAX || (method >= PRIVATE_MIN && method < NONE_FITS)

function isLoginOffered(bytes: Uint8Array, at: number, end: number): boolean {
  for (let index = at; index < end; index++)
    if (bytes[index] === PASSWORD || bytes[index] === GSSAPI) return true
  return false
}

/** RFC 1929, 2: a name; RFC 1961, 3: a message of type 1. Lengths stand in the next byte or two. */
function login(bytes: Uint8Array, at: number, end: number): Guess {
  if (end - at < 2) return Guess.Unsure
  return bytes[at + 1] === 0 ? Guess.No : Guess.Yes
}

/** One past the request at `at`; CUT or BROKEN. */
function requestEnd(bytes: Uint8Array, at: number, end: number): number {
  const there = end - at
  if (there > 0 && bytes[at] !== VERSION_5) return BROKEN
  if (there > 1 && !METHODS.has(bytes[at + 1] as number)) return BROKEN
  return addressedEnd(bytes, at, end)
}

/** One past a request or a reply, both of which end with an address and a port. */
function addressedEnd(bytes: Uint8Array, at: number, end: number): number {
  const there = end - at
  if (there > 2 && bytes[at + 2] !== 0) return BROKEN
  const kind = there > 3 ? bytes[at + 3] : IPV4
  if (kind !== IPV4 && kind !== NAME && kind !== IPV6) return BROKEN
  if (there < REQUEST_HEAD_BYTES) return CUT
  if (kind === NAME && bytes[at + 4] === 0) return BROKEN
  const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : 1 + (bytes[at + 4] as number)
  const past = at + 4 + length + 2
  return past > end ? CUT : past
}

/** 05 and a method; then the answer to a login, or a reply. */
function choice({ bytes, at, end }: Opening): Guess {
  if (end - at < 2) return Guess.Unsure
  const method = bytes[at + 1] as number
  // Nothing follows a refusal, and whoever greets like that has to fit as well.
  if (method === NONE_FITS) return Guess.Yes
  if (!isMethod(method)) return Guess.No
  if (end - at === 2) return Guess.Unsure
  const reply = at + 2 + (method === PASSWORD ? LOGIN_REPLY_BYTES : 0)
  if (method !== NO_LOGIN && bytes[at + 2] !== 1) return Guess.No
  if (method !== NO_LOGIN && method !== PASSWORD) return Guess.Unsure
  if (end - reply > 0 && bytes[reply] !== VERSION_5) return Guess.No
  if (end - reply > 1 && (bytes[reply + 1] as number) > REPLY_MAX) return Guess.No
  return guessOf(addressedEnd(bytes, reply, end))
}

/** One past the request of version 4, whose texts end with a zero; CUT or BROKEN. */
function oldRequestEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at > 1 && bytes[at + 1] !== CONNECT && bytes[at + 1] !== BIND) return BROKEN
  if (end - at < OLD_BYTES) return CUT
  const address = u32(bytes, at + 4)
  if (u16(bytes, at + 2) === 0 || address === 0 || address >= 0xe0000000) return BROKEN
  // The rest of 0/8 is nowhere.
  if (address >>> 24 === 0 && !isNameBehind(address)) return BROKEN
  const user = textEnd(bytes, at + OLD_BYTES, end)
  if (user < 0 || !isNameBehind(address)) return user
  const name = textEnd(bytes, user, end)
  return name === user + 1 ? BROKEN : name
}

/** Version 4a: 0.0.0.x says that the client does not know the address. */
const isNameBehind = (address: number): boolean => address < 256

/** One past the zero that ends printable text; CUT or BROKEN. */
function textEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let index = at; index < end; index++) {
    const byte = bytes[index] as number
    if (byte === 0) return index + 1
    if (byte < 0x20 || byte >= 0x7f || index - at >= TEXT_BYTES_MAX) return BROKEN
  }
  return CUT
}

/** Only the most usual one, without port and address, is good for more than a doubt. */
function oldReply({ bytes, at, end }: Opening): Guess {
  const code = end - at > 1 ? (bytes[at + 1] as number) : GRANTED
  if (code < GRANTED || code > OLD_CODE_MAX) return Guess.No
  if (end - at < OLD_BYTES) return Guess.Unsure
  const isEmpty = u16(bytes, at + 2) === 0 && u32(bytes, at + 4) === 0
  return isEmpty ? Guess.Yes : Guess.Unsure
}

/** Joins request and reply, which the two sides say in turn. */
class SocksFollower implements Follower {
  #version: string | null = null
  #request: AppRequest | null = null
  #isLoginClear = false
  #isGreeted = false
  #isChosen = false
  #offersPassword = false
  isDone = false

  get facts(): Partial<AppFacts> {
    return {
      version: this.#version,
      requests: this.#request === null ? [] : [this.#request],
      isLoginClear: this.#isLoginClear,
    }
  }

  feed(isClient: boolean, opening: Opening, isWhole: boolean): number {
    const { at, end } = opening
    const past = isClient ? this.#client(opening) : this.#server(opening)
    if (past > at) return past - at
    if (past === CUT && !isWhole) return 0
    this.isDone = true
    return end - at
  }

  /** One past the message, or CUT or BROKEN. */
  #client(opening: Opening): number {
    const { bytes, at, end } = opening
    if (at === end) return CUT
    if (bytes[at] === VERSION_4) return this.#oldRequest(opening)
    if (!this.#isGreeted) return this.#greeting(opening)
    if (bytes[at] === 1) return this.#login(opening)
    const past = requestEnd(bytes, at, end)
    if (past > 0) this.#request ??= requestOf(bytes, at, past)
    return past
  }

  #greeting({ bytes, at, end }: Opening): number {
    if (bytes[at] !== VERSION_5) return BROKEN
    const past = end - at < 2 ? end + 1 : at + 2 + (bytes[at + 1] as number)
    if (past > end) return CUT
    this.#version = 'SOCKS 5'
    this.#isGreeted = true
    this.#offersPassword = bytes.subarray(at + 2, past).includes(PASSWORD)
    return past
  }

  /** Two texts behind their lengths. They are passed over. */
  #login({ bytes, at, end }: Opening): number {
    if (!this.#offersPassword) return BROKEN
    const user = end - at < 2 ? end : at + 2 + (bytes[at + 1] as number)
    const past = user >= end ? end + 1 : user + 1 + (bytes[user] as number)
    if (past > end) return CUT
    this.#isLoginClear = true
    return past
  }

  #oldRequest({ bytes, at, end }: Opening): number {
    const past = oldRequestEnd(bytes, at, end)
    if (past < 0) return past
    const isNamed = isNameBehind(u32(bytes, at + 4))
    this.#version = isNamed ? 'SOCKS 4a' : 'SOCKS 4'
    this.#request ??= oldRequestOf(bytes, at, past, isNamed)
    return past
  }

  #server({ bytes, at, end }: Opening): number {
    if (end - at < 2) return CUT
    const [first, second] = [bytes[at] as number, bytes[at + 1] as number]
    if (first === 0) return this.#reply(second, at + OLD_BYTES > end ? CUT : at + OLD_BYTES)
    if (first === 1) return at + 2
    if (first !== VERSION_5) return BROKEN
    if (this.#isChosen) return this.#reply(second, addressedEnd(bytes, at, end))
    this.#isChosen = true
    return second === NONE_FITS ? BROKEN : at + 2
  }

  /** The code of a request that waits for one. */
  #reply(status: number, past: number): number {
    if (past < 0 || this.#request === null) return past
    this.#request = { ...this.#request, status }
    this.isDone = true
    return past
  }
}

const asked = (method: number, target: string, port: number): AppRequest => ({
  ...{ target, port, method: METHODS.get(method) ?? null, form: null, path: null, status: null },
  ...{ isCached: false, contentType: null },
})

function requestOf(bytes: Uint8Array, at: number, end: number): AppRequest {
  const port = end - 2
  return asked(bytes[at + 1] as number, targetText(bytes, at, port), u16(bytes, port))
}

function targetText(bytes: Uint8Array, at: number, end: number): string {
  if (bytes[at + 3] === IPV4) return ipv4(u32(bytes, at + 4)).text
  return bytes[at + 3] === IPV6 ? ipv6(bytes.slice(at + 4, end)).text : nameOf(bytes, at + 5, end)
}

/** The name of version 4a is the last of the texts. */
function oldRequestOf(bytes: Uint8Array, at: number, end: number, isNamed: boolean): AppRequest {
  const user = textEnd(bytes, at + OLD_BYTES, end)
  const target = isNamed ? nameOf(bytes, user, end - 1) : ipv4(u32(bytes, at + 4)).text
  return asked(bytes[at + 1] as number, target, u16(bytes, at + 2))
}
