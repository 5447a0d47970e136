// Java RMI's wire protocol, JRMP: the hello of the client and the acknowledgement of the server. Java Remote
// Method Invocation Specification, 10.2.

import { hasText, mayBecome, u16, u32 } from './bytes.ts'
import { Guess, type Opening, type StreamRecogniser } from './recogniser.ts'

const HELLO_BYTES = 7
const VERSION_MAX = 2
/** One connection for many calls, for one call, or shared. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0x4b, 'stream'],
  [0x4c, 'single'],
  [0x4d, 'multiplex'],
])
const [ACKNOWLEDGED, NOT_SUPPORTED, RETURN] = [0x4e, 0x4f, 0x51]
/** What a stream of serialized objects begins with: Java Object Serialization Specification, 6.4.2. */
const OBJECTS = '\xac\xed\0\x05'
const HOST_BYTES_MAX = 255

export const rmi: StreamRecogniser = {
  name: 'rmi',
  client: {
    look: hello,
    read: ({ bytes, at }) => ({
      version: `JRMP ${u16(bytes, at + 4)}`,
      operation: PROTOCOLS.get(bytes[at + 6] as number) ?? null,
    }),
  },
  server: { look: answer },
}

function hello({ bytes, at, end }: Opening): Guess {
  if (!mayBecome(bytes, at, end, 'JRMI')) return Guess.No
  if (end - at < HELLO_BYTES) return Guess.Unsure
  const version = u16(bytes, at + 4)
  const isKnown = version >= 1 && version <= VERSION_MAX && PROTOCOLS.has(bytes[at + 6] as number)
  return isKnown ? Guess.Yes : Guess.No
}

/** The caller's host and port; or that it cannot be; or at once what a single call returned. */
function answer({ bytes, at, end }: Opening): Guess {
  if (at === end) return Guess.Unsure
  const first = bytes[at]
  if (first === NOT_SUPPORTED) return end - at === 1 ? Guess.Unsure : Guess.No
  if (first === ACKNOWLEDGED) return acknowledgement({ bytes, at: at + 1, end })
  if (first !== RETURN || !mayBecome(bytes, at + 1, end, OBJECTS)) return Guess.No
  return hasText(bytes, at + 1, end, OBJECTS) ? Guess.Yes : Guess.Unsure
}

function acknowledgement({ bytes, at, end }: Opening): Guess {
  if (end - at < 2) return Guess.Unsure
  const hostEnd = at + 2 + u16(bytes, at)
  if (hostEnd === at + 2 || hostEnd > at + 2 + HOST_BYTES_MAX) return Guess.No
  for (let index = at + 2; index < hostEnd && index < end; index++)
    if (!isHostLetter(bytes[index] as number)) return Guess.No
  if (end < hostEnd + 4) return Guess.Unsure
  return u32(bytes, hostEnd) <= 0xffff ? Guess.Yes : Guess.No
}

/** Letters, digits, and what addresses of either family are written with. */
function isHostLetter(byte: number): boolean {
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
  return (
    isLetter || (byte >= 0x2d && byte <= 0x3a && byte !== 0x2f) || byte === 0x5f || byte === 0x25
  )
}
