// HTTP/1: a request line or a status line, header lines, an empty line. RFC 9112. Also what proxies are
// asked (absolute form, CONNECT: RFC 9112, 3.2), what caches say of themselves (RFC 9111, 5) and RTMP
// tunnelled in requests, and when servers say they made a response (RFC 9110, 6.6.1).

import type { AppFacts, AppRequest } from '../model/app.ts'
import { hasLength, hasText, indexOf, lengthsOf, mayBecome, textOf } from './bytes.ts'
import { httpDate } from './http-date.ts'
import {
  type Follower,
  Guess,
  type Listener,
  type Opening,
  type StreamRecogniser,
} from './recogniser.ts'

const LINE_BYTES_MAX = 4096
const HEADER_BYTES_MAX = 8192
const HEADERS_MAX = 64
const METHOD_BYTES_MAX = 20
const REQUESTS_MAX = 8
/** A server says the same over and over, and two exchanges tell; a proxy is asked for something new each time. */
const [MESSAGES_MAX, PROXY_MESSAGES_MAX] = [4, 16]
const [LF, SPACE, COLON, SLASH, QUERY, HASH] = [0x0a, 0x20, 0x3a, 0x2f, 0x3f, 0x23]
const VERSION_BYTES = 8
/** The client will ask again, with its login (RFC 9110, 15.5.2 and 15.5.8). */
const LOGIN_WANTED: ReadonlySet<number> = new Set([401, 407])

export const http: StreamRecogniser = {
  name: 'http',
  client: { look: request },
  server: { look: status },
  later: 'starts',
  follow: listener => new HttpFollower(listener),
}

/** `GET /index.html HTTP/1.1` and its line's end. */
function request({ bytes, at, end }: Opening): Guess {
  const methodEnd = tokenEnd(bytes, at, end)
  if (methodEnd === end) return end - at <= METHOD_BYTES_MAX ? Guess.Unsure : Guess.No
  if (methodEnd === at || methodEnd - at > METHOD_BYTES_MAX || bytes[methodEnd] !== SPACE)
    return Guess.No
  const lineEnd = indexOf(bytes, methodEnd, Math.min(end, at + LINE_BYTES_MAX), LF)
  if (lineEnd < 0) return end - at < LINE_BYTES_MAX ? Guess.Unsure : Guess.No
  const version = withoutReturn(bytes, lineEnd) - VERSION_BYTES
  const isHttp = version > methodEnd + 2 && hasText(bytes, version, lineEnd, 'HTTP/1.')
  return isHttp && bytes[version - 1] === SPACE ? Guess.Yes : Guess.No
}

/** `HTTP/1.1 200`. */
function status({ bytes, at, end }: Opening): Guess {
  if (!mayBecome(bytes, at, end, 'HTTP/1.')) return Guess.No
  if (end - at < VERSION_BYTES + 4) return Guess.Unsure
  const isStatus =
    bytes[at + VERSION_BYTES] === SPACE && statusAt(bytes, at + VERSION_BYTES + 1) > 0
  return isStatus ? Guess.Yes : Guess.No
}

/** Three digits; 0 where they are none. */
function statusAt(bytes: Uint8Array, at: number): number {
  let status = 0
  for (let index = at; index < at + 3; index++) {
    const digit = (bytes[index] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return 0
    status = 10 * status + digit
  }
  return status
}

/** End of a run of capital letters, hyphens and underscores. */
function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  let index = at
  for (; index < end && index - at <= METHOD_BYTES_MAX; index++) {
    const byte = bytes[index] as number
    if ((byte < 0x41 || byte > 0x5a) && byte !== 0x2d && byte !== 0x5f) break
  }
  return index
}

const withoutReturn = (bytes: Uint8Array, lineEnd: number): number =>
  bytes[lineEnd - 1] === 0x0d ? lineEnd - 1 : lineEnd

/** Keeps the first few distinct requests; answers come in the order of the requests. */
class HttpFollower implements Follower {
  readonly #listener: Listener
  readonly #requests: AppRequest[] = []
  #version: string | null = null
  #server: string | null = null
  #isLoginClear = false
  #isRtmpt = false
  #messages = 0
  #messagesMax = MESSAGES_MAX
  /** When the one request passed that waits for its answer; NaN where none does, or several do. */
  #askedNs = Number.NaN
  #waiting = 0

  constructor(listener: Listener) {
    this.#listener = listener
  }

  get isDone(): boolean {
    return this.#messages >= this.#messagesMax
  }

  get facts(): Partial<AppFacts> {
    return {
      ...{ version: this.#version, serverSoftware: this.#server, requests: [...this.#requests] },
      ...{ isLoginClear: this.#isLoginClear, isRtmpt: this.#isRtmpt },
    }
  }

  feed(isClient: boolean, opening: Opening, isWhole: boolean): number {
    const { bytes, at, end } = opening
    const headEnd = headerEnd(opening)
    if (headEnd < 0 && !isWhole && end - at < HEADER_BYTES_MAX) return 0
    const head = { bytes, at, end: headEnd < 0 ? end : headEnd }
    this.#messages++
    if (isClient && request(head) === Guess.Yes) this.#request(head)
    else if (!isClient && status(head) === Guess.Yes) this.#answer(head)
    return end - at
  }

  #request(head: Opening): void {
    const { bytes, at, end } = head
    this.#waiting++
    this.#askedNs = this.#waiting === 1 ? (this.#listener.nowNs?.() ?? Number.NaN) : Number.NaN
    const headers = headersOf(head, OF_REQUESTS)
    const methodEnd = tokenEnd(bytes, at, end)
    const lineEnd = indexOf(bytes, methodEnd, end, LF)
    const version = withoutReturn(bytes, lineEnd) - VERSION_BYTES
    this.#version = textOf(bytes, version, version + VERSION_BYTES)
    this.#isLoginClear ||= headers.has('authorization') || headers.has('proxy-authorization')
    const method = textOf(bytes, at, methodEnd)
    const asked = targetOf(bytes, methodEnd + 1, version - 1, headers.get('host') ?? null)
    this.#isRtmpt ||= method === 'POST' && isRtmptPath(asked.path)
    if (asked.form !== 'origin') this.#messagesMax = PROXY_MESSAGES_MAX
    const known = this.#requests.some(
      one => one.target === asked.target && one.form === asked.form && one.status === null,
    )
    if (known || this.#requests.length >= REQUESTS_MAX) return
    const { target, port, form, path } = asked
    const answer = { status: null, isCached: false, contentType: null }
    this.#requests.push({ target, port, method, form, path, ...answer })
  }

  #answer(head: Opening): void {
    const headers = headersOf(head, OF_ANSWERS)
    this.#server ??= headers.get('server') ?? null
    const code = statusAt(head.bytes, head.at + VERSION_BYTES + 1)
    // 100 Continue and its kin are not the answer yet.
    if (code < 200 && code !== 101) return
    if (!isCached(headers)) this.#date(headers.get('date'))
    this.#waiting = Math.max(0, this.#waiting - 1)
    this.#askedNs = Number.NaN
    if (LOGIN_WANTED.has(code)) this.#messagesMax = PROXY_MESSAGES_MAX
    const index = this.#requests.findIndex(one => one.status === null)
    const waiting = this.#requests[index]
    if (waiting === undefined) return
    this.#requests[index] = {
      ...waiting,
      status: code,
      isCached: isCached(headers),
      contentType: mediaType(headers.get('content-type')),
    }
  }

  /** What was asked for before this answer is known, so that its Date lies between the two. */
  #date(text: string | undefined): void {
    const askedNs = this.#askedNs
    const unixSeconds = text === undefined || Number.isNaN(askedNs) ? null : httpDate(text)
    if (unixSeconds !== null) this.#listener.dated?.({ unixSeconds, askedNs })
  }
}

/** Behind the empty line, or -1 where it has not come. */
function headerEnd({ bytes, at, end }: Opening): number {
  let line = at
  for (let lines = 0; lines <= HEADERS_MAX + 1; lines++) {
    const lineEnd = indexOf(bytes, line, end, LF)
    if (lineEnd < 0) return -1
    if (withoutReturn(bytes, lineEnd) === line) return lineEnd + 1
    line = lineEnd + 1
  }
  return line
}

/** The headers that matter, by name in lower case; the first of a name stands. */
const OF_REQUESTS: ReadonlySet<string> = new Set(['host', 'authorization', 'proxy-authorization'])
const OF_ANSWERS: ReadonlySet<string> = new Set([
  ...['server', 'age', 'x-cache', 'warning', 'content-type', 'date'],
])
const LENGTHS = new Map([OF_REQUESTS, OF_ANSWERS].map(names => [names, lengthsOf(names)]))
/** What was said in these is nobody's business but the two hosts'. */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization'])

function headersOf(
  { bytes, at, end }: Opening,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const lengths = LENGTHS.get(wanted) ?? 0
  const headers = new Map<string, string>()
  let line = indexOf(bytes, at, end, LF) + 1
  for (let lines = 0; line > 0 && line < end && lines < HEADERS_MAX; lines++) {
    const newline = indexOf(bytes, line, end, LF)
    const lineEnd = newline < 0 ? end : withoutReturn(bytes, newline)
    const colon = indexOf(bytes, line, lineEnd, COLON)
    if (colon > line && hasLength(lengths, colon - line)) {
      const name = textOf(bytes, line, colon).toLowerCase()
      if (wanted.has(name) && !headers.has(name))
        headers.set(name, SECRET.has(name) ? '' : textOf(bytes, colon + 1, lineEnd).trim())
    }
    line = newline + 1
  }
  return headers
}

type Asked = Pick<AppRequest, 'target' | 'port' | 'form' | 'path'>

/** RFC 9112, 3.2: origin, absolute, authority and asterisk form. */
function targetOf(bytes: Uint8Array, at: number, end: number, host: string | null): Asked {
  const text = textOf(bytes, at, end)
  if (text === '*') return { ...hostOf(host), form: 'asterisk', path: null }
  if (bytes[at] === SLASH) return { ...hostOf(host), form: 'origin', path: pathOf(bytes, at, end) }
  const scheme = text.indexOf('://')
  if (scheme < 0) return { ...hostOf(text), form: 'authority', path: null }
  const authority = at + scheme + 3
  const authorityEnd = endOfAuthority(bytes, authority, end)
  const named = hostOf(textOf(bytes, authority, authorityEnd))
  // Where there is no host, a login may have been cut in two, and the rest of it is no path.
  if (named.target === null) return { ...named, form: 'absolute', path: null }
  const isSlash = bytes[authorityEnd] === SLASH && authorityEnd < end
  return { ...named, form: 'absolute', path: isSlash ? pathOf(bytes, authorityEnd, end) : '/' }
}

/** RFC 3986, 3.2: it ends with the first slash, question mark or number sign. */
function endOfAuthority(bytes: Uint8Array, at: number, end: number): number {
  let index = at
  while (index < end && bytes[index] !== SLASH && bytes[index] !== QUERY && bytes[index] !== HASH)
    index++
  return index
}

function pathOf(bytes: Uint8Array, at: number, end: number): string {
  const query = indexOf(bytes, at, end, QUERY)
  return textOf(bytes, at, query < 0 ? end : query)
}

/** `name:port`, without what may stand before an @. */
function hostOf(text: string | null): Pick<AppRequest, 'target' | 'port'> {
  if (text === null || text === '') return { target: null, port: null }
  const host = text.slice(text.lastIndexOf('@') + 1)
  const colon = host.lastIndexOf(':')
  const port = colon < 0 || host.endsWith(']') ? Number.NaN : Number(host.slice(colon + 1))
  const isPort = Number.isInteger(port) && port > 0 && port < 65_536
  const name = (isPort ? host.slice(0, colon) : host).toLowerCase()
  // A name has no colon: this is something else, perhaps a login.
  if (!name.startsWith('[') && name.includes(':')) return { target: null, port: null }
  return { target: name.endsWith('.') ? name.slice(0, -1) : name, port: isPort ? port : null }
}

function isCached(headers: ReadonlyMap<string, string>): boolean {
  const isHit = headers.get('x-cache')?.toUpperCase().includes('HIT') ?? false
  const isStale = headers.get('warning')?.startsWith('110') ?? false
  return isHit || isStale || Number(headers.get('age') ?? 0) > 0
}

function mediaType(text: string | undefined): string | null {
  const [type = ''] = (text ?? '').split(';')
  return type.trim() === '' ? null : type.trim().toLowerCase()
}

/** Adobe's RTMPT: POST to /open/1, /fcs/ident2, then /send and /idle with a session. */
const isRtmptPath = (path: string | null): boolean =>
  path !== null &&
  ['/open/1', '/fcs/ident', '/send/', '/idle/'].some(start => path.startsWith(start))
