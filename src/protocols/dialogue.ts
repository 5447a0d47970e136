// What SMTP and FTP share: the server speaks first, its lines begin with three digits (RFC 5321, 4.2;
// RFC 959, 4.2), and those of the client with a verb in letters of either case.

import { indexOf, textOf } from './bytes.ts'
import { Guess, type Opening } from './recogniser.ts'

/** RFC 5321, 4.5.3.1: no command and no reply is longer. RFC 959 names no bound. */
const LINE_BYTES_MAX = 512
/** A client that has not shown its colours in so many lines will not be asked further. */
const LINES_MAX = 8
const VERB_BYTES_MAX = 8
const CODE_BYTES = 3
const [LF, CR, SPACE, HYPHEN] = [0x0a, 0x0d, 0x20, 0x2d]

/** Cuts what one side says into lines. No line is held longer than it may be. */
export class LineReader {
  /** The line's beginning has been handed over already; what is left of it is passed over. */
  #isInside = false

  /** Hands over line after line without their ends; how many bytes are done with. */
  read({ bytes, at, end }: Opening, isWhole: boolean, take: (line: Opening) => void): number {
    let from = at
    while (from < end) {
      const newline = indexOf(bytes, from, end, LF)
      const mayGrow = !isWhole && !this.#isInside && end - from < LINE_BYTES_MAX
      if (newline < 0 && mayGrow) break
      if (!this.#isInside) take({ bytes, at: from, end: stopOf(bytes, from, end, newline) })
      this.#isInside = newline < 0
      from = newline < 0 ? end : newline + 1
    }
    return from - at
  }
}

/** End of the text of a line that begins at `at`; `newline` is negative where its end has not come. */
function stopOf(bytes: Uint8Array, at: number, end: number, newline: number): number {
  const stop = newline < 0 ? end : newline
  const isReturn = newline > at && bytes[newline - 1] === CR
  return Math.min(isReturn ? stop - 1 : stop, at + LINE_BYTES_MAX)
}

/** The first line as far as it counts; undefined while it may grow. */
function firstLine({ bytes, at, end }: Opening): Opening | undefined {
  const newline = indexOf(bytes, at, Math.min(end, at + LINE_BYTES_MAX), LF)
  if (newline < 0 && end - at < LINE_BYTES_MAX) return undefined
  return { bytes, at, end: stopOf(bytes, at, end, newline) }
}

/** What tells a server of one kind from one of the other kind: their names for themselves. */
export interface Names {
  readonly own: string
  readonly other: string
}

/** Whether a server begins like this. A greeting that names neither protocol leaves it to the client to tell. */
export function greeting(opening: Opening, { own, other }: Names): Guess {
  const { bytes, at, end } = opening
  if (!mayBeReply(bytes, at, end)) return Guess.No
  const line = firstLine(opening)
  if (line === undefined || codeOf(line) !== 220) return Guess.Unsure
  // A host may be called ftp.example.com whatever it serves, so a leading host name does not count.
  const text = replyText(line)
    .replace(/^[^ ]*\.[^ ]*( |$)/, '')
    .toUpperCase()
  const isOwn = text.includes(own)
  if (isOwn === text.includes(other)) return Guess.Unsure
  return isOwn ? Guess.Yes : Guess.No
}

/** Three digits, the first from 1 to 5, and a space, a hyphen or the line's end. */
function mayBeReply(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = Math.min(end, at + CODE_BYTES)
  for (let index = at; index < stop; index++) {
    const digit = (bytes[index] as number) - 0x30
    if (digit < (index === at ? 1 : 0) || digit > (index === at ? 5 : 9)) return false
  }
  if (end - at <= CODE_BYTES) return true
  const next = bytes[at + CODE_BYTES]
  return next === SPACE || next === HYPHEN || next === CR || next === LF
}

/** The number at the beginning of a reply, 0 where there is none. */
export function codeOf({ bytes, at, end }: Opening): number {
  if (end - at < CODE_BYTES || !mayBeReply(bytes, at, end)) return 0
  return Number(textOf(bytes, at, at + CODE_BYTES))
}

/** Whether more lines of the same reply follow (RFC 959, 4.2; RFC 5321, 4.2.1). */
export const isContinued = ({ bytes, at, end }: Opening): boolean =>
  end - at > CODE_BYTES && bytes[at + CODE_BYTES] === HYPHEN

export const replyText = ({ bytes, at, end }: Opening): string =>
  textOf(bytes, Math.min(end, at + CODE_BYTES + 1), end).trim()

export interface Command {
  /** In capitals; empty where the line begins with something else. */
  readonly verb: string
  /** What follows the verb, with the space between them. */
  readonly rest: string
}

export function commandOf({ bytes, at, end }: Opening): Command {
  const stop = verbEnd(bytes, at, end)
  return { verb: textOf(bytes, at, stop).toUpperCase(), rest: textOf(bytes, stop, end) }
}

/** What must follow a verb to make it certain; null where both protocols know it. */
export type Verbs = ReadonlyMap<string, RegExp | null>

/** Whether a client begins like this: its first verb must be known, and the first telling line tells. */
export function commands(opening: Opening, verbs: Verbs): Guess {
  const { bytes, end } = opening
  if (!mayBeVerb(opening, verbs)) return Guess.No
  let at = opening.at
  for (let lines = 0; lines < LINES_MAX && at < end; lines++) {
    const line = firstLine({ bytes, at, end })
    if (line === undefined) return Guess.Unsure
    const { verb, rest } = commandOf(line)
    const telling = verbs.get(verb) ?? null
    if (telling?.test(rest) === true) return Guess.Yes
    const newline = indexOf(bytes, line.end, end, LF)
    if (newline < 0) return Guess.Unsure
    at = newline + 1
  }
  return Guess.Unsure
}

function mayBeVerb({ bytes, at, end }: Opening, verbs: Verbs): boolean {
  const stop = verbEnd(bytes, at, end)
  if (stop === end) return end - at <= VERB_BYTES_MAX
  return verbs.has(textOf(bytes, at, stop).toUpperCase())
}

/** End of a run of letters. */
function verbEnd(bytes: Uint8Array, at: number, end: number): number {
  let index = at
  for (; index < end && index - at <= VERB_BYTES_MAX; index++) {
    const letter = (bytes[index] as number) | 0x20
    if (letter < 0x61 || letter > 0x7a) break
  }
  return index
}
