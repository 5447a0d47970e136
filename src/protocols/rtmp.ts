// RTMP: both sides begin with a version byte and 1536 bytes of time, version and chance, and then echo the
// other's. Adobe's Real-Time Messaging Protocol 1.0, 5.2. Chunks follow (5.3.1).

import { u32 } from './bytes.ts'
import { Guess, type Opening, type StreamRecogniser, type Voice } from './recogniser.ts'

const VERSION = 3
const SOFTWARE_AT = 5
/** C0, time and version of C1. */
const HEAD_BYTES = 9
/** So much of the chance is looked at, and so many different bytes there must be in it. */
const RANDOM_BYTES = 64
const DIFFERENT_MIN = 16
/** C0, C1 and C2, or S0, S1 and S2. */
const HANDSHAKE_BYTES = 1 + 2 * 1536
/** A basic header of one byte and the longest message header (5.3.1.1, 5.3.1.2.1). */
const CHUNK_HEADER_BYTES = 12
const MESSAGE_BYTES_MAX = 65_536

const voice: Voice = { look }

export const rtmp: StreamRecogniser = {
  name: 'rtmp',
  client: voice,
  server: voice,
  isSymmetric: true,
}

/**
 * A version that the document or Flash Player writes, and chance behind it, is certain. Other software writes
 * other versions and some fills up with zeros: there the first chunk behind the handshake tells.
 */
function look(opening: Opening): Guess {
  const { bytes, at, end } = opening
  if (at < end && bytes[at] !== VERSION) return Guess.No
  if (end - at < HEAD_BYTES) return Guess.Unsure
  const software = u32(bytes, at + SOFTWARE_AT)
  if (!isSoftware(software)) return Guess.No
  if (end - at < HEAD_BYTES + RANDOM_BYTES) return Guess.Unsure
  if ((software === 0 || isFlash(software)) && looksRandom(bytes, at + HEAD_BYTES)) return Guess.Yes
  return firstChunk(opening)
}

const major = (software: number): number => software >>> 24
const minor = (software: number): number => (software >>> 16) & 0xff

/** Four small numbers: 03.05.01.01 of a media server, 0d.0e.0a.0d of nginx; or four zeros, as 5.2.3 has it. */
const isSoftware = (software: number): boolean =>
  software === 0 || (isMajor(major(software)) && minor(software) <= 0x0f)
const isMajor = (byte: number): boolean => byte === 0x80 || (byte >= 1 && byte <= 0x20)

/** 09.00.7c.02 and 80.00.07.02: Flash Player, and whoever says that he is one. */
const isFlash = (software: number): boolean => {
  const last = software & 0xff
  return major(software) >= 7 && minor(software) === 0 && last >= 1 && last <= 4
}

function looksRandom(bytes: Uint8Array, at: number): boolean {
  const different = new Set<number>()
  for (let index = 0; index < RANDOM_BYTES; index++) different.add(bytes[at + index] as number)
  return different.size >= DIFFERENT_MIN
}

/** The first chunk has a whole header: its type is 0, and no media stream has been made yet. */
function firstChunk({ bytes, at, end }: Opening): Guess {
  const chunk = at + HANDSHAKE_BYTES
  if (end - chunk < CHUNK_HEADER_BYTES) return Guess.Unsure
  const basic = bytes[chunk] as number
  const length = u32(bytes, chunk + 3) & 0xff_ffff
  const type = bytes[chunk + 7] as number
  const isFirst = basic >= 2 && basic <= 0x3f && u32(bytes, chunk + 8) === 0
  const isMessage = length > 0 && length <= MESSAGE_BYTES_MAX && MESSAGE_TYPES.has(type)
  return isFirst && isMessage ? Guess.Yes : Guess.No
}

/** Control messages (5.4), and commands in AMF 3 and AMF 0 (7.1.1). */
const MESSAGE_TYPES: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 17, 20])
