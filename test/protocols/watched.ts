// How recognisers are asked in tests: with bytes that lie between others, cut off at every length, and
// watched, so that a look at what is none of theirs shows.

import { describe, expect, test } from 'vitest'
import { type Bytes, bytesOf, join } from '../../fixtures/scenario/bytes.ts'
import * as text from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import type { AppFacts } from '../../src/model/app.ts'
import {
  Guess,
  type Listener,
  type Opening,
  type StreamRecogniser,
  type Voice,
} from '../../src/protocols/recogniser.ts'

export type Side = 'client' | 'server'

const GUESSES = ['no', 'unsure', 'yes'] as const
export type Word = (typeof GUESSES)[number]

const MARGIN_BYTES = 64
const DENSE_BYTES = 600
const SPARSE_BYTES = 41
/** Spaces, digits, line ends and commands of Telnet: all of them would mean something if they were read. */
const FILLERS = [0x20, 0x35, 0x0a, 0xff]

export function within(value: Bytes, filler = 0x20): Opening {
  const own = bytesOf(value)
  const bytes = new Uint8Array(own.length + 2 * MARGIN_BYTES).fill(filler)
  bytes.set(own, MARGIN_BYTES)
  return { bytes, at: MARGIN_BYTES, end: MARGIN_BYTES + own.length }
}

const wordOf = (voice: Voice, opening: Opening): Word => GUESSES[voice.look(opening)] ?? 'no'

/** What is said of each beginning of the bytes, without repetitions: `unsure yes`. Few of the long ones. */
function course(voice: Voice, value: Bytes, filler = 0x20): string {
  const { bytes, at, end } = within(value, filler)
  const words: Word[] = []
  for (let length = 0; length <= end - at; length += length < DENSE_BYTES ? 1 : SPARSE_BYTES) {
    const word = wordOf(voice, { bytes, at, end: at + length })
    if (word !== words.at(-1)) words.push(word)
  }
  const last = wordOf(voice, { bytes, at, end })
  return (last === words.at(-1) ? words : [...words, last]).join(' ')
}

/** An opening that counts how often it is read, and where it should not have been. */
export function watched(value: Bytes): Opening & { reads: number; outside: number } {
  const opening = within(value)
  const tally = { reads: 0, outside: 0, ...opening }
  tally.bytes = new Proxy(opening.bytes, {
    get(target, key) {
      if (key === 'subarray') return (from: number, to: number) => cutOut(from, to)
      const index = Number(key)
      tally.reads++
      if (!(index >= opening.at && index < opening.end)) tally.outside++
      return target[index]
    },
  })
  const cutOut = (from: number, to: number): Uint8Array => {
    tally.reads += to - from
    if (from < opening.at || to > opening.end) tally.outside++
    return opening.bytes.subarray(from, to)
  }
  return tally
}

type Samples = Readonly<Record<string, Bytes>>

/** What the two sides of a protocol may begin with, and what is said of it in the end. */
export interface Expectations {
  readonly yes: Readonly<Record<Side, Samples>>
  readonly unsure?: Partial<Readonly<Record<Side, Samples>>>
  readonly no?: Partial<Readonly<Record<Side, Samples>>>
  /** What is said of other protocols that are written in plain text; no, unless told. */
  readonly text?: Word
  /** Where longer text is not one after all. */
  readonly textBytesMax?: number
}

const SIDES: readonly Side[] = ['client', 'server']

/** What all recognisers of streams must do. */
export function describeOpenings(recogniser: StreamRecogniser, expected: Expectations): void {
  const { name } = recogniser
  for (const side of SIDES)
    describe(`${name}: a ${side} that begins with`, () => {
      const voice = recogniser[side]
      for (const word of GUESSES)
        for (const [title, sample] of Object.entries(expected[word]?.[side] ?? {}))
          describeSample(voice, word, title, sample)
      for (const [title, sample] of Object.entries(OTHERS[side]))
        if (title !== name)
          test(`the ${side}'s opening of ${title} is not one`, () => {
            const isText = bytesOf(sample).every(
              byte => byte >= 0x20 || byte === 0x0d || byte === 0x0a,
            )
            const isLong = bytesOf(sample).length >= (expected.textBytesMax ?? Infinity)
            const word = isText && !isLong ? (expected.text ?? 'no') : 'no'
            expect(course(voice, sample).split(' ').at(-1)).toBe(word)
          })
      // Method: 40 changes of one byte in each true sample, from seed 5.
      test('something damaged is decided once and for good', () => {
        const random = seeded(5)
        for (const sample of Object.values(expected.yes[side]))
          for (let round = 0; round < 40; round++)
            expect(course(voice, damaged(bytesOf(sample), random))).toMatch(/^unsure( yes| no)?$/)
      })
      test('64 KB of one byte is soon done with', () => {
        for (let byte = 0; byte < 256; byte++) {
          const opening = watched(new Uint8Array(65_536).fill(byte))
          expect(voice.look(opening)).not.toBe(Guess.Yes)
          expect(opening.reads).toBeLessThan(20_000)
        }
      })
    })
}

/** With another byte at one of the first places. */
function damaged(sample: Uint8Array, random: () => number): Uint8Array {
  const bytes = sample.slice(0, 200)
  bytes[random() % Math.min(bytes.length, 48)] = random() & 0xff
  return bytes
}

/** Undecided at first, then decided for good, and by the bytes alone. */
function describeSample(voice: Voice, word: Word, title: string, sample: Bytes): void {
  test(`${title} is ${word === 'unsure' ? 'left open' : word === 'yes' ? 'one' : 'not one'}`, () => {
    const whole = word === 'unsure' ? 'unsure' : `unsure ${word}`
    for (const filler of FILLERS) expect(course(voice, sample, filler)).toBe(whole)
    const { bytes, at, end } = watched(sample)
    const opening = watched(sample)
    for (let stop = at; stop <= end; stop++) voice.look({ bytes, at, end: stop })
    voice.look(opening)
    expect(opening.outside).toBe(0)
  })
}

/** Openings of other protocols, by their names. */
const OTHERS: Readonly<Record<Side, Samples>> = {
  client: {
    http: text.httpRequest('/x'),
    'http proxy request': text.httpRequest('http://www.example.com/'),
    ssh: text.sshBanner(),
    smtp: text.smtpHello(),
    ftp: text.ftpUser(),
    sip: text.sipInvite(),
    h248: text.h248Audit(),
    xml: text.xmlControl(),
    tls: binary.tlsClientHello(),
    ldap: binary.ldapBind(),
    telnet: binary.telnetAnswer(),
    rtmp: binary.rtmpHello(),
    tds: binary.tdsPrelogin(),
    socks: binary.socksGreeting(),
    rmi: binary.rmiHello(),
    snmp: binary.snmpGet(),
    'X.224 connection of RDP': join([3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]),
    rtsp: 'OPTIONS rtsp://10.1.1.1/live RTSP/1.0\r\nCSeq: 1\r\n\r\n',
    syslog: '<34>1 2026-03-02T10:15:00Z app-a su - ID47 - failed\n',
  },
  server: {
    http: text.httpResponse(),
    ssh: text.sshBanner(),
    smtp: text.smtpGreeting(),
    ftp: text.ftpGreeting(),
    sip: text.sipOk(),
    tls: binary.tlsServerHello(),
    ldap: binary.ldapBindResponse(),
    telnet: binary.telnetOffer(),
    rtmp: binary.rtmpAnswer(),
    tds: binary.tdsPreloginAnswer(),
    socks: join(binary.socksGreetingAnswer(), binary.socksConnectAnswer()),
    rmi: binary.rmiAnswer(),
    'X.224 confirmation of RDP': join(
      [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0],
      [2, 0, 8, 0, 2, 0, 0, 0],
    ),
  },
}

/** What one side says, and then what the other says. */
export type Talk = readonly Partial<Record<Side, Bytes>>[]

export interface Followed {
  readonly facts: Partial<AppFacts>
  /** What other flows would be told, one line each. */
  readonly heard: readonly string[]
  readonly isDone: boolean
  /** Most bytes of one side that waited for more. */
  readonly heldBytes: number
  /** How often a byte was looked at. */
  readonly reads: number
}

/** A whole conversation as a follower hears it, in pieces of so many bytes. */
export function followed(
  recogniser: StreamRecogniser,
  talk: Talk,
  pieceBytes = 65_536,
  heldMax = 16_384,
): Followed {
  const heard: string[] = []
  const follower = recogniser.follow?.(listenerOf(heard))
  const held = { client: new Uint8Array(0), server: new Uint8Array(0) }
  let [heldBytes, reads] = [0, 0]
  for (const { side, piece } of pieces(talk, pieceBytes)) {
    if (follower === undefined || follower.isDone) break
    let rest = join(held[side], piece)
    for (let done = 1; done > 0 && rest.length > 0; rest = rest.slice(done)) {
      const opening = watched(rest)
      done = follower.feed(side === 'client', opening, rest.length >= heldMax)
      expect(opening.outside).toBe(0)
      reads += opening.reads
    }
    held[side] = new Uint8Array(rest)
    heldBytes = Math.max(heldBytes, rest.length)
  }
  const { facts = {}, isDone = false } = follower ?? {}
  return { facts, heard, isDone, heldBytes, reads }
}

function* pieces(talk: Talk, pieceBytes: number): Generator<{ side: Side; piece: Uint8Array }> {
  for (const turn of talk)
    for (const side of SIDES) {
      const whole = bytesOf(turn[side] ?? '')
      for (let at = 0; at < whole.length; at += pieceBytes)
        yield { side, piece: whole.subarray(at, at + pieceBytes) }
    }
}

function listenerOf(heard: string[]): Listener {
  return {
    wantsName: () => true,
    answered: ({ name }) => heard.push(`answered ${name}`),
    dataChannel: (side, address, port) =>
      heard.push(`${side} ${address?.join('.') ?? '-'} ${port}`),
    media: (address, port) => heard.push(`media ${address.join('.')} ${port}`),
  }
}

export const mediaOf = (tell: (listener: Listener) => void): readonly string[] => {
  const heard: string[] = []
  tell(listenerOf(heard))
  return heard
}
