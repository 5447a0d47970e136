// TLS and SSL: a handshake record that begins with a hello, RFC 8446 and 5246; the hello of SSL 2.0 (RFC 5246,
// E.2), which old clients send so that every server understands; an alert in place of the server's hello.

import type { AppFacts } from '../model/app.ts'
import { u16 } from './bytes.ts'
import { issuerOf } from './certificate.ts'
import { Guess, type Opening, type StreamRecogniser } from './recogniser.ts'
import { clientHelloFacts, serverHelloFacts, versionText } from './tls-hello.ts'

const [ALERT, HANDSHAKE, DATA] = [21, 22, 23]
const [CLIENT_HELLO, SERVER_HELLO, CERTIFICATE] = [1, 2, 11]
const RECORD_HEADER_BYTES = 5
const MESSAGE_HEADER_BYTES = 4
/** RFC 5246, 6.2.1: what a record in clear may hold. */
const RECORD_BYTES_MAX = 16_384
/** Version, random, and the least that follows. */
const HELLO_BYTES_MIN = 38
/** Keys that resist quantum computers take some kilobytes each; nothing takes this much. */
const HELLO_BYTES_MAX = 131_071
const ALERT_BYTES = 2
const [SEALED_ALERT_BYTES_MIN, SEALED_ALERT_BYTES_MAX] = [18, 64]
/** RFC 5246, 6.2.3. */
const SEALED_BYTES_MAX = RECORD_BYTES_MAX + 2048
/** Length, type and the fields of fixed size of an SSL 2.0 hello. */
const [OLD_CLIENT_BYTES, OLD_SERVER_BYTES] = [11, 13]
const OLD_SERVER_HELLO = 4
const VERSION_2 = 2
/** Draft versions of TLS 1.3 said 0x7f and the draft's number. */
const DRAFT = 0x7f

export const tls: StreamRecogniser = {
  name: 'tls',
  client: {
    look(opening) {
      const first = opening.at < opening.end ? (opening.bytes[opening.at] as number) : HANDSHAKE
      if (first >= 0x80) return oldClientHello(opening)
      return first === HANDSHAKE ? hello(opening, CLIENT_HELLO) : laterRecord(opening)
    },
    read: clientFacts,
  },
  server: {
    look(opening) {
      const first = opening.at < opening.end ? (opening.bytes[opening.at] as number) : HANDSHAKE
      if (first >= 0x80) return oldServerHello(opening)
      return first === HANDSHAKE ? hello(opening, SERVER_HELLO) : laterRecord(opening)
    },
    read: serverFacts,
  },
}

/** A record that begins with this message. */
function hello(opening: Opening, type: number): Guess {
  const { bytes, at, end } = opening
  if (!isRecord(opening, HANDSHAKE)) return Guess.No
  if (end - at < RECORD_HEADER_BYTES + 1) return Guess.Unsure
  const length = u16(bytes, at + 3)
  if (length === 0 || length > RECORD_BYTES_MAX) return Guess.No
  if (bytes[at + RECORD_HEADER_BYTES] !== type) return Guess.No
  // The message's own header goes on in the next record, as only TLS would do.
  if (length < MESSAGE_HEADER_BYTES + 2) return Guess.Yes
  if (end - at < RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES + 2) return Guess.Unsure
  const messageBytes = u24(bytes, at + 6)
  if (messageBytes < HELLO_BYTES_MIN || messageBytes > HELLO_BYTES_MAX) return Guess.No
  const isDraft = type === SERVER_HELLO && bytes[at + 9] === DRAFT
  return isDraft || isVersion3(bytes, at + 9) ? Guess.Yes : Guess.No
}

/** An alert in place of a hello, or what passes later, for connections that were picked up then. */
function laterRecord(opening: Opening): Guess {
  const { bytes, at, end } = opening
  const type = bytes[at] as number
  if (type !== DATA && type !== ALERT) return Guess.No
  if (!isRecord(opening, type)) return Guess.No
  if (end - at < RECORD_HEADER_BYTES + ALERT_BYTES) return Guess.Unsure
  const length = u16(bytes, at + 3)
  if (type === DATA) return length > 0 && length <= SEALED_BYTES_MAX ? Guess.Yes : Guess.No
  // Level 1 or 2 and a description; sealed, it is longer by what the cipher adds.
  const level = bytes[at + RECORD_HEADER_BYTES]
  const isClear = length === ALERT_BYTES && (level === 1 || level === 2)
  return isClear || (length >= SEALED_ALERT_BYTES_MIN && length <= SEALED_ALERT_BYTES_MAX)
    ? Guess.Yes
    : Guess.No
}

/** Whether what is there of type and version is right. */
function isRecord({ bytes, at, end }: Opening, type: number): boolean {
  if (end - at >= 1 && bytes[at] !== type) return false
  if (end - at >= 2 && bytes[at + 1] !== 3) return false
  return end - at < 3 || isVersion3(bytes, at + 1)
}

const isVersion3 = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 3 && (bytes[at + 1] as number) <= 4

/** Suites of three bytes, and lengths that add up. */
function oldClientHello({ bytes, at, end }: Opening): Guess {
  if (end - at >= 3 && bytes[at + 2] !== CLIENT_HELLO) return Guess.No
  if (end - at >= 5 && !isVersion3(bytes, at + 3) && u16(bytes, at + 3) !== VERSION_2)
    return Guess.No
  if (end - at < OLD_CLIENT_BYTES) return Guess.Unsure
  const [suites, session, challenge] = [u16(bytes, at + 5), u16(bytes, at + 7), u16(bytes, at + 9)]
  if (suites === 0 || suites % 3 !== 0 || (session !== 0 && session !== 16)) return Guess.No
  if (challenge < 16 || challenge > 32) return Guess.No
  return oldLength(bytes, at) === OLD_CLIENT_BYTES - 2 + suites + session + challenge
    ? Guess.Yes
    : Guess.No
}

function oldServerHello({ bytes, at, end }: Opening): Guess {
  if (end - at >= 3 && bytes[at + 2] !== OLD_SERVER_HELLO) return Guess.No
  if (end - at < OLD_SERVER_BYTES) return Guess.Unsure
  if (u16(bytes, at + 5) !== VERSION_2) return Guess.No
  const parts = u16(bytes, at + 7) + u16(bytes, at + 9) + u16(bytes, at + 11)
  return oldLength(bytes, at) === OLD_SERVER_BYTES - 2 + parts ? Guess.Yes : Guess.No
}

const oldLength = (bytes: Uint8Array, at: number): number => u16(bytes, at) & 0x7fff

function clientFacts(opening: Opening, isWhole: boolean): Partial<AppFacts> | undefined {
  const { bytes, at } = opening
  if ((bytes[at] as number) >= 0x80) return { version: versionText(u16(bytes, at + 3)) }
  if (bytes[at] !== HANDSHAKE) return {}
  const { messages, isOver } = handshake(opening)
  const end = messageEnd(messages, 0)
  if (end > messages.length && !isWhole && !isOver) return undefined
  return clientHelloFacts(messages.subarray(MESSAGE_HEADER_BYTES, end))
}

function serverFacts(opening: Opening, isWhole: boolean): Partial<AppFacts> | undefined {
  const { bytes, at, end } = opening
  if ((bytes[at] as number) >= 0x80) {
    const issuer = issuerOf(bytes, at + OLD_SERVER_BYTES, end)
    return issuer === undefined && !isWhole ? undefined : oldServerFacts(issuer)
  }
  if (bytes[at] !== HANDSHAKE) return {}
  const { messages, isOver } = handshake(opening)
  const helloEnd = messageEnd(messages, 0)
  const isAll = isWhole || isOver
  if (helloEnd > messages.length && !isAll) return undefined
  const facts = serverHelloFacts(messages.subarray(MESSAGE_HEADER_BYTES, helloEnd))
  // From here on TLS 1.3 is encrypted.
  if (facts.version === 'TLS 1.3') return facts
  const issuer = certificateIssuer(messages, helloEnd)
  if (issuer === undefined && !isAll) return undefined
  return { ...facts, issuer: issuer ?? null }
}

const oldServerFacts = (issuer: string | null | undefined): Partial<AppFacts> => ({
  version: versionText(VERSION_2),
  issuer: issuer ?? null,
})

/** RFC 5246, 7.4.2: the first certificate of the list is the server's own. */
function certificateIssuer(messages: Uint8Array, at: number): string | null | undefined {
  if (at >= messages.length) return undefined
  if (messages[at] !== CERTIFICATE) return null
  const first = at + MESSAGE_HEADER_BYTES + 3
  if (first + 3 > messages.length) return undefined
  const end = Math.min(messages.length, messageEnd(messages, at), first + 3 + u24(messages, first))
  return issuerOf(messages, first + 3, end)
}

interface Handshake {
  readonly messages: Uint8Array
  /** Something else follows: no more messages will come in clear. */
  readonly isOver: boolean
}

/** The messages without the records around them: they may share records and span them. */
function handshake({ bytes, at, end }: Opening): Handshake {
  const joined = new Uint8Array(end - at)
  let filled = 0
  let record = at
  while (record + RECORD_HEADER_BYTES <= end && bytes[record] === HANDSHAKE) {
    const body = record + RECORD_HEADER_BYTES
    record = body + u16(bytes, record + 3)
    joined.set(bytes.subarray(body, Math.min(end, record)), filled)
    filled += Math.min(end, record) - body
  }
  return {
    messages: joined.subarray(0, filled),
    isOver: record < end && bytes[record] !== HANDSHAKE,
  }
}

/** One past the message at `at`, perhaps behind what is there. */
const messageEnd = (messages: Uint8Array, at: number): number =>
  at + MESSAGE_HEADER_BYTES > messages.length
    ? at + MESSAGE_HEADER_BYTES + 1
    : at + MESSAGE_HEADER_BYTES + u24(messages, at + 1)

const u24 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 16) | u16(bytes, at + 1)
