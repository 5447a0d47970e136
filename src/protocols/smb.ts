// SMB: messages behind the length that NetBIOS puts before them (RFC 1002, 4.3; MS-SMB2, 2.1), perhaps after
// NetBIOS has opened a session. MS-CIFS, 2.2.3.1 and MS-SMB2, 2.2.1.

import { mayBecome, u16 } from './bytes.ts'
import { Guess, type Opening, type StreamRecogniser } from './recogniser.ts'

const FRAME_BYTES = 4
const [SESSION_MESSAGE, SESSION_REQUEST, SESSION_ACCEPTED] = [0x00, 0x81, 0x82]
/** Two names of 34 bytes. */
const SESSION_REQUEST_BYTES = 68
const [OLD_HEADER_BYTES, HEADER_BYTES] = [32, 64]
/** Where in the message it stands who sent it. */
const [OLD_FLAGS_AT, FLAGS_AT] = [9, 16]
const [OLD_IS_ANSWER, IS_ANSWER] = [0x80, 0x01]
const MESSAGE_BYTES_MAX = 0x1ffff
/** MS-SMB2, 2.2.4: structure and mode stand before it. */
const DIALECT_AT = HEADER_BYTES + 4
const DIALECTS: ReadonlyMap<number, string> = new Map([
  [0x0202, 'SMB 2.0.2'],
  [0x0210, 'SMB 2.1'],
  [0x0300, 'SMB 3.0'],
  [0x0302, 'SMB 3.0.2'],
  [0x0311, 'SMB 3.1.1'],
])

export const smb: StreamRecogniser = {
  name: 'smb',
  client: {
    look: opening => message(behindSession(opening, SESSION_REQUEST), false),
    // What the client offers first says little: new ones offer SMB 1 too.
    read: () => ({}),
  },
  server: {
    look: opening => message(behindSession(opening, SESSION_ACCEPTED), true),
    read: (opening, isWhole) => version(behindSession(opening, SESSION_ACCEPTED), isWhole),
  },
}

/** Without the message that opens a session, where there is one; empty while it is not there in full. */
function behindSession({ bytes, at, end }: Opening, type: number): Opening {
  const isSession = at < end && bytes[at] === type
  if (!isSession) return { bytes, at, end }
  const length = type === SESSION_REQUEST ? SESSION_REQUEST_BYTES : 0
  const known = [type, 0, 0, length]
  const isRight = known.every((byte, index) => at + index >= end || bytes[at + index] === byte)
  // Left as it is, it is no message.
  return isRight ? { bytes, at: Math.min(end, at + FRAME_BYTES + length), end } : { bytes, at, end }
}

function message({ bytes, at, end }: Opening, isAnswer: boolean): Guess {
  if (at < end && bytes[at] !== SESSION_MESSAGE) return Guess.No
  if (end - at < FRAME_BYTES + 1) return Guess.Unsure
  const length = ((bytes[at + 1] as number) << 16) | u16(bytes, at + 2)
  const mark = at + FRAME_BYTES
  const isOld = bytes[mark] === 0xff
  if (!isOld && bytes[mark] !== 0xfe) return Guess.No
  if (!mayBecome(bytes, mark + 1, end, 'SMB')) return Guess.No
  if (length < (isOld ? OLD_HEADER_BYTES : HEADER_BYTES) || length > MESSAGE_BYTES_MAX)
    return Guess.No
  const flags = mark + (isOld ? OLD_FLAGS_AT : FLAGS_AT)
  if (flags >= end) return Guess.Unsure
  const bit = isOld ? OLD_IS_ANSWER : IS_ANSWER
  return (((bytes[flags] as number) & bit) !== 0) === isAnswer ? Guess.Yes : Guess.No
}

/** The dialect that the server chose. The wildcard 0x02ff says that there is another round. */
function version({ bytes, at, end }: Opening, isWhole: boolean): { version: string } | undefined {
  if (bytes[at + FRAME_BYTES] === 0xff) return { version: 'SMB 1' }
  const dialect = at + FRAME_BYTES + DIALECT_AT
  if (dialect + 2 > end) return isWhole ? { version: 'SMB 2' } : undefined
  const number = (bytes[dialect] as number) | ((bytes[dialect + 1] as number) << 8)
  const isNegotiation = u16(bytes, at + FRAME_BYTES + 12) === 0
  return { version: (isNegotiation ? DIALECTS.get(number) : undefined) ?? 'SMB 2' }
}
