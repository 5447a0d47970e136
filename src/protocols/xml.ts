// XML as it is: a document without a frame around it, of which no more is known than its root element.
// Extensible Markup Language 1.0, 2.1, 2.8 and 3.1.

import type { AppFacts } from '../model/app.ts'
import { hasText, indexOf, mayBecome, textOf } from './bytes.ts'
import { Guess, type Opening, type StreamRecogniser } from './recogniser.ts'

/** The root's start tag ends within so many bytes. */
const LOOK_BYTES_MAX = 4096
const NAME_BYTES_MAX = 128
/** Declaration, comments and instructions before the root. */
const PARTS_MAX = 16
const [LESS, GREATER, SLASH, COLON] = [0x3c, 0x3e, 0x2f, 0x3a]
/** UTF-8's byte order mark, RFC 3629, 6. */
const MARK = '\u00ef\u00bb\u00bf'
const [INSTRUCTION, COMMENT, DOCTYPE] = ['<?', '<!--', '<!DOCTYPE']
const HTML: ReadonlySet<string> = new Set(['html', 'head', 'body'])

// The client's root says what is wanted, the server's only that it answers.
export const xml: StreamRecogniser = {
  name: 'xml',
  client: { look, read },
  server: { look },
  isSymmetric: true,
  needsBeginning: true,
}

function look(opening: Opening): Guess {
  const root = rootOf(opening)
  if (typeof root === 'number') return root
  return HTML.has(nameOf(opening, root).toLowerCase()) ? Guess.No : Guess.Yes
}

function read(opening: Opening): Partial<AppFacts> {
  const root = rootOf(opening)
  return typeof root === 'number' ? {} : { operation: nameOf(opening, root) }
}

/** Where a name stands. */
interface Span {
  readonly at: number
  readonly end: number
}

/** A name without its prefix. */
function nameOf({ bytes }: Opening, { at, end }: Span): string {
  const colon = indexOf(bytes, at, end, COLON)
  return textOf(bytes, colon < 0 ? at : colon + 1, end)
}

/** The root's name; else whether it may yet come. */
function rootOf(opening: Opening): Span | Guess {
  const { bytes, at } = opening
  const end = Math.min(opening.end, at + LOOK_BYTES_MAX)
  let part = mayBecome(bytes, at, end, MARK) ? Math.min(end, at + MARK.length) : at
  for (let parts = 0; parts < PARTS_MAX; parts++) {
    while (part < end && isSpace(bytes[part] as number)) part++
    if (hasText(bytes, part, end, DOCTYPE)) return doctype(bytes, part + DOCTYPE.length, end)
    if (hasText(bytes, part, end, INSTRUCTION)) part = behind(bytes, part, end, '?>')
    else if (hasText(bytes, part, end, COMMENT)) part = behind(bytes, part, end, '-->')
    else if (mayBeProlog(bytes, part, end)) return Guess.Unsure
    else return startTag(bytes, part, end)
  }
  return Guess.Unsure
}

const mayBeProlog = (bytes: Uint8Array, at: number, end: number): boolean =>
  [INSTRUCTION, COMMENT, DOCTYPE].some(text => mayBecome(bytes, at, end, text))

/** Behind the next `close`; the end where it has not come. */
function behind(bytes: Uint8Array, at: number, end: number, close: string): number {
  for (let index = at; index < end; index++)
    if (hasText(bytes, index, end, close)) return index + close.length
  return end
}

/** The document type bears the name of the root. HTML writes the word in any case, XML in capitals. */
function doctype(bytes: Uint8Array, at: number, end: number): Span | Guess {
  let name = at
  while (name < end && isSpace(bytes[name] as number)) name++
  if (name === at && name < end) return Guess.No
  return nameAt(bytes, name, end)
}

/** A start tag as far as its end, or a `>` in a value, which tells it from text that begins with `<`. */
function startTag(bytes: Uint8Array, at: number, end: number): Span | Guess {
  if (bytes[at] !== LESS) return Guess.No
  const name = nameAt(bytes, at + 1, end)
  if (typeof name === 'number') return name
  for (let index = name.end; index < end; index++) {
    const byte = bytes[index] as number
    if (byte === LESS || (byte < 0x20 && !isSpace(byte))) return Guess.No
    if (byte === GREATER) return name
  }
  return Guess.Unsure
}

/** A name and what may follow it. */
function nameAt(bytes: Uint8Array, at: number, end: number): Span | Guess {
  let stop = at
  while (stop < end && isNamePart(bytes[stop] as number, stop > at)) stop++
  if (stop - at > NAME_BYTES_MAX) return Guess.No
  if (stop === end) return Guess.Unsure
  const next = bytes[stop] as number
  const isEnd = isSpace(next) || next === GREATER || next === SLASH || next === 0x5b
  return stop > at && isEnd ? { at, end: stop } : Guess.No
}

/** Letters, `_` and all that is not ASCII; digits, `-`, `.` and `:` not in front. */
function isNamePart(byte: number, isInside: boolean): boolean {
  const letter = byte | 0x20
  if ((letter >= 0x61 && letter <= 0x7a) || byte === 0x5f || byte >= 0x80) return true
  return isInside && ((byte >= 0x30 && byte <= COLON) || byte === 0x2d || byte === 0x2e)
}

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
