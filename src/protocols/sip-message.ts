// A SIP message: a start line, header lines, an empty line, a body. RFC 3261, 7.

import { hasLength, hasText, indexOf, lengthsOf, mayBecome, textOf } from './bytes.ts'
import type { Opening } from './recogniser.ts'

/** Longer messages are read as far as this. */
export const MESSAGE_BYTES_MAX = 16_384
export const SIP_VERSION = 'SIP/2.0'
const LINE_BYTES_MAX = 4096
const METHOD_BYTES_MAX = 32
const SCHEME_BYTES_MAX = 16
const HEADER_NAME_BYTES_MAX = 32
/** Whatever fills a text of the wire may have been cut off. */
const TEXT_CHARACTERS_MAX = 255
const STATUS_LINE = `${SIP_VERSION} `
const [TAB, LF, CR, SPACE, COLON] = [0x09, 0x0a, 0x0d, 0x20, 0x3a]

export const Start = { No: 0, Unsure: 1, Request: 2, Response: 3 } as const
export type Start = (typeof Start)[keyof typeof Start]

/** What kind of message begins here. RFC 3261, 7.1 and 7.2. */
export function startOf(opening: Opening): Start {
  const { bytes, at, end } = opening
  if (!mayBecome(bytes, at, end, STATUS_LINE)) return requestOf(opening)
  if (end - at < STATUS_LINE.length + 3) return Start.Unsure
  return statusOf(opening) > 0 ? Start.Response : Start.No
}

/** `INVITE sip:bob@example.com SIP/2.0`: a word in capitals, a URI with its scheme, the version. */
function requestOf({ bytes, at, end }: Opening): Start {
  const methodEnd = behindCapitals(bytes, at, end)
  if (methodEnd === end) return end - at <= METHOD_BYTES_MAX ? Start.Unsure : Start.No
  const isMethod = methodEnd > at && methodEnd - at <= METHOD_BYTES_MAX
  if (!isMethod || bytes[methodEnd] !== SPACE) return Start.No
  const schemeEnd = behindScheme(bytes, methodEnd + 1, end)
  if (schemeEnd === end) return Start.Unsure
  if (schemeEnd === methodEnd + 1 || bytes[schemeEnd] !== COLON) return Start.No
  const newline = indexOf(bytes, schemeEnd, Math.min(end, at + LINE_BYTES_MAX), LF)
  if (newline < 0) return end - at < LINE_BYTES_MAX ? Start.Unsure : Start.No
  const version = trimmed(bytes, schemeEnd, newline) - SIP_VERSION.length
  const isSip = version > schemeEnd + 1 && bytes[version - 1] === SPACE
  return isSip && hasText(bytes, version, newline, SIP_VERSION) ? Start.Request : Start.No
}

function behindCapitals(bytes: Uint8Array, at: number, end: number): number {
  const stop = Math.min(end, at + METHOD_BYTES_MAX + 1)
  let index = at
  while (index < stop && isCapital(bytes[index] as number)) index++
  return index
}

function behindScheme(bytes: Uint8Array, at: number, end: number): number {
  const stop = Math.min(end, at + SCHEME_BYTES_MAX)
  let index = at
  while (index < stop && isSchemePart(bytes[index] as number)) index++
  return index
}

export const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a

/** RFC 3986, 3.1: letters, digits, `+`, `-` and `.`. */
const isSchemePart = (byte: number): boolean =>
  isCapital(byte & ~0x20) ||
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2b ||
  byte === 0x2d ||
  byte === 0x2e

/** End without the carriage return in front of it. */
const trimmed = (bytes: Uint8Array, at: number, end: number): number =>
  end > at && bytes[end - 1] === CR ? end - 1 : end

/** From 100 to 699; 0 for all else. */
function statusOf({ bytes, at }: Opening): number {
  const text = textOf(bytes, at + STATUS_LINE.length, at + STATUS_LINE.length + 3)
  return /^[1-6]\d\d$/.test(text) ? Number(text) : 0
}

/** Where something stands. */
interface Span {
  readonly at: number
  readonly end: number
}

type Header =
  | 'call-id'
  | 'cseq'
  | 'content-length'
  | 'content-type'
  | 'to'
  | 'user-agent'
  | 'server'

/** Headers that matter, also by their compact forms (RFC 3261, 7.3.3). */
const HEADERS: ReadonlyMap<string, Header> = new Map([
  ...(['call-id', 'cseq', 'content-length', 'content-type'] as const).map(
    name => [name, name] as const,
  ),
  ...(['to', 'user-agent', 'server'] as const).map(name => [name, name] as const),
  ...([
    ['i', 'call-id'],
    ['l', 'content-length'],
    ['c', 'content-type'],
    ['t', 'to'],
  ] as const),
])

const HEADER_LENGTHS = lengthsOf(HEADERS.keys())

export interface Head {
  readonly headers: ReadonlyMap<Header, Span>
  /** Behind the empty line; -1 where that has not come. */
  readonly bodyAt: number
}

/** The headers behind a start line, of which the first of a name stands. */
export function headOf({ bytes, at, end }: Opening): Head {
  const headers = new Map<Header, Span>()
  const stop = Math.min(end, at + MESSAGE_BYTES_MAX)
  let line = indexOf(bytes, at, stop, LF) + 1
  while (line > 0 && line < stop) {
    const newline = indexOf(bytes, line, stop, LF)
    if (newline >= 0 && trimmed(bytes, line, newline) === line)
      return { headers, bodyAt: newline + 1 }
    const fieldEnd = newline < 0 ? stop : behindFolds(bytes, newline, stop)
    addHeader(headers, bytes, { at: line, end: fieldEnd })
    line = fieldEnd + 1
  }
  return { headers, bodyAt: -1 }
}

/** A line that begins with space goes on with the one before it (RFC 3261, 7.3.1). */
function behindFolds(bytes: Uint8Array, newline: number, end: number): number {
  let stop = newline
  while (stop + 1 < end && (bytes[stop + 1] === SPACE || bytes[stop + 1] === TAB)) {
    const next = indexOf(bytes, stop + 1, end, LF)
    stop = next < 0 ? end : next
  }
  return stop
}

function addHeader(headers: Map<Header, Span>, bytes: Uint8Array, { at, end }: Span): void {
  const colon = indexOf(bytes, at, Math.min(end, at + HEADER_NAME_BYTES_MAX), COLON)
  if (colon < 0) return
  // Space may stand before the colon (RFC 3261, 7.3.1).
  const isBare = colon === at || !isSpace(bytes[colon - 1] as number)
  if (isBare && !hasLength(HEADER_LENGTHS, colon - at)) return
  const name = HEADERS.get(unfolded(bytes, { at, end: colon }).toLowerCase())
  if (name !== undefined && !headers.has(name)) headers.set(name, { at: colon + 1, end })
}

/** A value on one line, without space around it. */
function unfolded(bytes: Uint8Array, { at, end }: Span): string {
  let start = at
  while (start < end && isSpace(bytes[start] as number)) start++
  return textOf(bytes, start, end)
    .replaceAll(/(\\x0[9ad]| )+/g, ' ')
    .trimEnd()
}

const isSpace = (byte: number): boolean =>
  byte === SPACE || byte === TAB || byte === CR || byte === LF

export interface Message {
  readonly isRequest: boolean
  /** Of a response: what it answers. */
  readonly method: string | null
  /** Host of the request's URI; of a response, that of the To header, which the request had too. */
  readonly target: string | null
  readonly status: number | null
  /** The same for a request, its repetitions and its answers; 0 where there is none, and for ACK. */
  readonly id: number
  readonly software: string | null
}

/** What a message says, given that startOf() knows it. */
export function messageOf(opening: Opening, { headers }: Head): Message {
  const { bytes } = opening
  const text = (name: Header): string => {
    const span = headers.get(name)
    return span === undefined ? '' : unfolded(bytes, span)
  }
  const isRequest = startOf(opening) === Start.Request
  const sequence = sequenceOf(text('cseq'))
  const software = text('server') || text('user-agent')
  return {
    isRequest,
    method: isRequest ? methodOf(opening) : (sequence?.method ?? null),
    target: isRequest ? requestHost(opening) : hostOf(addressOf(text('to'))),
    status: isRequest ? null : statusOf(opening),
    id: idOf(bytes, headers.get('call-id'), sequence),
    software: software === '' ? null : software,
  }
}

const methodOf = ({ bytes, at, end }: Opening): string =>
  textOf(bytes, at, behindCapitals(bytes, at, end))

function requestHost({ bytes, at, end }: Opening): string | null {
  const uri = behindCapitals(bytes, at, end) + 1
  const newline = indexOf(bytes, uri, end, LF)
  return hostOf(textOf(bytes, uri, trimmed(bytes, uri, newline) - SIP_VERSION.length - 1))
}

/** The URI of `"Bob" <sip:bob@example.com>;tag=1`, which may stand without its brackets (RFC 3261, 20.10). */
const addressOf = (value: string): string =>
  /<([^>]*)>/.exec(value.replace(/^"(?:[^"\\]|\\.)*"/, ''))?.[1] ?? value

/**
 * Host of a SIP URI (RFC 3261, 19.1.1). Who is called there is personal, and so are telephone numbers that
 * stand in the host's place.
 */
function hostOf(uri: string): string | null {
  if (uri.length > TEXT_CHARACTERS_MAX) return null
  const host = /^sips?:(?:.*@)?([A-Z0-9.-]+|\[[A-F0-9.:]+\])(?:[:;?]|$)/i.exec(uri)?.[1]
  return host === undefined || /^[\d-]+$/.test(host) ? null : host.toLowerCase()
}

interface Sequence {
  readonly number: number
  readonly method: string
}

/** RFC 3261, 20.16. */
function sequenceOf(value: string): Sequence | null {
  const [, number, method] = /^(\d{1,10}) ([A-Z]{1,32})$/.exec(value) ?? []
  return number === undefined || method === undefined ? null : { number: Number(number), method }
}

/** What id of Message says, without the rest. */
export function messageId({ bytes }: Opening, { headers }: Head): number {
  const span = headers.get('cseq')
  const sequence = span === undefined ? null : sequenceOf(unfolded(bytes, span))
  return idOf(bytes, headers.get('call-id'), sequence)
}

/** FNV-1a over Call-ID and CSeq. Nobody answers ACK (RFC 3261, 17.1.1.3), so that it has no number. */
function idOf(bytes: Uint8Array, callId: Span | undefined, sequence: Sequence | null): number {
  if (callId === undefined || sequence === null || sequence.method === 'ACK') return 0
  let hash = 0x811c9dc5
  for (let index = callId.at; index < callId.end; index++) {
    const byte = bytes[index] as number
    if (!isSpace(byte)) hash = Math.imul(hash ^ byte, 0x01000193)
  }
  for (const letter of `${sequence.number} ${sequence.method}`)
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return hash === 0 ? 1 : hash
}

/** Content-Length (RFC 3261, 20.14); null where it is missing or no number. */
export function contentLength({ bytes }: Opening, { headers }: Head): number | null {
  const span = headers.get('content-length')
  const text = span === undefined ? '' : unfolded(bytes, span)
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

/** The body as far as it is there, if it may describe media; a part of it may do so too (RFC 2046, 5.1). */
export function mediaBody(opening: Opening, head: Head): Opening | null {
  const { bytes, at, end } = opening
  const span = head.headers.get('content-type')
  if (head.bodyAt < 0 || span === undefined) return null
  if (!/application\/sdp|multipart\//i.test(unfolded(bytes, span))) return null
  const length = contentLength(opening, head) ?? MESSAGE_BYTES_MAX
  const stop = Math.min(end, head.bodyAt + length, at + MESSAGE_BYTES_MAX)
  return { bytes, at: head.bodyAt, end: stop }
}
