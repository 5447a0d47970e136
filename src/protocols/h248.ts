// H.248, also known as Megaco: text (RFC 3525, annex B) or BER (annex A), over TCP with frames of RFC 1006
// around each message or without (annex D.2), and over UDP (annex D.1). Both ends send the same.

import type { AppFacts } from '../model/app.ts'
import { mayBecome } from './bytes.ts'
import {
  type DatagramRecogniser,
  Guess,
  type Opening,
  Sender,
  type StreamRecogniser,
  type Voice,
} from './recogniser.ts'

/** RFC 1006, 6: version, a reserved byte, and the length with this header. */
const FRAME_VERSION = 3
const FRAME_BYTES = 4
const VERSION_MAX = 3
const LENGTH_BYTES_MAX = 4
const TOKENS = ['MEGACO/', '!/']
/** MegacoMessage; its mess [1], which is a Message; and of that version [0] and mId [1]. */
const [SEQUENCE, MESS, VERSION_TAG, MID] = [0x30, 0xa1, 0x80, 0xa1]
const FIRST_BYTES: ReadonlySet<number> = new Set([SEQUENCE, 0x4d, 0x21])

const voice: Voice = { look: opening => messageOf(behindFrame(opening)).guess, read }

export const h248: StreamRecogniser = {
  name: 'h248',
  client: voice,
  server: voice,
  isSymmetric: true,
}

export const h248Datagram: DatagramRecogniser = {
  name: 'h248',
  sender(bytes, at, end) {
    // Most datagrams are something else, and end here.
    if (!FIRST_BYTES.has(bytes[at] as number)) return Sender.Nobody
    return messageOf({ bytes, at, end }).guess === Guess.Yes ? Sender.Either : Sender.Nobody
  },
  read: opening => versionFact(messageOf(opening).version),
}

function read(opening: Opening): Partial<AppFacts> {
  return versionFact(messageOf(behindFrame(opening)).version)
}

const versionFact = (version: number): Partial<AppFacts> => ({ version: `H.248 v${version}` })

interface Message {
  readonly guess: Guess
  /** 0 where there is none yet. */
  readonly version: number
}
const NO: Message = { guess: Guess.No, version: 0 }
const UNSURE: Message = { guess: Guess.Unsure, version: 0 }

/** Behind RFC 1006's header, if one is there. What follows tells H.248 from what else is framed so. */
function behindFrame(opening: Opening): Opening {
  const { bytes, at, end } = opening
  if (at >= end || bytes[at] !== FRAME_VERSION) return opening
  const isFrame = at + 1 >= end || bytes[at + 1] === 0
  return isFrame ? { bytes, at: Math.min(end, at + FRAME_BYTES), end } : opening
}

function messageOf(opening: Opening): Message {
  const { bytes, at, end } = opening
  if (at >= end) return UNSURE
  return bytes[at] === SEQUENCE ? binary(opening) : text(opening)
}

/** `MEGACO/1 [10.0.0.1]:2944` or `!/1 <mg>`: a version, space, and who speaks, by address or by name. */
function text({ bytes, at, end }: Opening): Message {
  const token = TOKENS.find(one => mayBecome(bytes, at, end, one))
  if (token === undefined) return NO
  const digit = at + token.length
  if (digit >= end) return UNSURE
  const version = (bytes[digit] as number) - 0x30
  let name = digit + 1
  while (name < end && isSpace(bytes[name] as number)) name++
  if (!isVersion(version)) return NO
  if (name >= end) return UNSURE
  const isMessage = name > digit + 1 && isName(bytes[name] as number)
  return isMessage ? { guess: Guess.Yes, version } : NO
}

const isVersion = (version: number): boolean => version >= 1 && version <= VERSION_MAX

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d

/** `[` of an address, `<` of a domain name, or a device's name, which begins with a letter or a digit. */
const isName = (byte: number): boolean =>
  byte === 0x5b ||
  byte === 0x3c ||
  (byte >= 0x30 && byte <= 0x39) ||
  ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)

/** The tags that must come, one within the other. */
function binary({ bytes, at, end }: Opening): Message {
  let index = at
  for (const tag of [SEQUENCE, MESS]) {
    if (index < end && bytes[index] !== tag) return NO
    if (index + 1 >= end) return UNSURE
    const lengthBytes = lengthBytesOf(bytes[index + 1] as number)
    if (lengthBytes === 0) return NO
    index += 1 + lengthBytes
  }
  const version = index + 2 < end ? (bytes[index + 2] as number) : 1
  for (const [offset, wanted] of [VERSION_TAG, 1, version, MID].entries())
    if (index + offset < end && bytes[index + offset] !== wanted) return NO
  if (!isVersion(version)) return NO
  return index + 3 < end ? { guess: Guess.Yes, version } : UNSURE
}

/** X.690, 8.1.3: short, indefinite, or so many bytes more. */
const lengthBytesOf = (first: number): number => {
  if (first <= 0x80) return 1
  return first <= 0x80 + LENGTH_BYTES_MAX ? 1 + (first & 0x7f) : 0
}
