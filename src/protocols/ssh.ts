// SSH: both sides begin with a line that names version and software. RFC 4253, 4.2.

import { hasText, indexOf, mayBecome, textOf } from './bytes.ts'
import { Guess, type Opening, type StreamRecogniser, type Voice } from './recogniser.ts'

const LINE_BYTES_MAX = 255
const [LF, CR, HYPHEN] = [0x0a, 0x0d, 0x2d]

const voice = (side: 'clientSoftware' | 'serverSoftware'): Voice => ({
  look: banner,

  read({ bytes, at, end }, isWhole) {
    const newline = indexOf(bytes, at, Math.min(end, at + LINE_BYTES_MAX), LF)
    if (newline < 0 && !isWhole && end - at < LINE_BYTES_MAX) return undefined
    const lineEnd = newline < 0 ? Math.min(end, at + LINE_BYTES_MAX) : newline
    const stop = bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd
    const hyphen = indexOf(bytes, at + 4, stop, HYPHEN)
    if (hyphen < 0) return {}
    return { version: textOf(bytes, at, hyphen), [side]: textOf(bytes, hyphen + 1, stop) }
  },
})

export const ssh: StreamRecogniser = {
  name: 'ssh',
  client: voice('clientSoftware'),
  server: voice('serverSoftware'),
  isSymmetric: true,
}

/** `SSH-2.0-`, or `SSH-1.` with anything (RFC 4253, 5). */
function banner({ bytes, at, end }: Opening): Guess {
  if (!mayBecome(bytes, at, end, 'SSH-')) return Guess.No
  if (end - at < 7) return Guess.Unsure
  return hasText(bytes, at, end, 'SSH-2.') || hasText(bytes, at, end, 'SSH-1.')
    ? Guess.Yes
    : Guess.No
}
