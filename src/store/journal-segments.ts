// The files of the journal: `00000001.log` and so on, read in order. A line of a later file that begins with a number
// takes the place of what an earlier one has from that number on: after a failed sync the same entries are written
// again in a new file, and nobody can say what became of them in the old one.

import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { grouped } from '../model/text.ts'
import { type Line, pieces } from './journal-lines.ts'

const NAME = /^(\d{8})\.log$/
const HEAD_BYTES = 64 * 1024

export interface Segment {
  readonly number: number
  readonly path: string
  bytes: number
  /** Number of its first whole line; null where it has none. */
  head: number | null
}

/** A whole line of the journal and how many bytes it takes there. */
export interface StoredLine extends Line {
  readonly bytes: number
}

/** What is wrong with a journal, found while it was read. */
export interface Defects {
  /** Tells a place: file, offset, bytes. */
  damaged(note: string): void
  /** So many numbers are missing. */
  missing(count: number, note: string): void
}

export const segmentName = (number: number): string => `${String(number).padStart(8, '0')}.log`

/** The number with which these files begin. */
export const headIn = (segments: readonly Segment[]): number =>
  segments.find(({ head }) => head !== null)?.head ?? Number.POSITIVE_INFINITY

/** The files of the folder, the oldest first. */
export function listSegments(folder: string): Segment[] {
  return readdirSync(folder)
    .flatMap(name => (NAME.test(name) ? [name] : []))
    .toSorted()
    .map(name => {
      const path = join(folder, name)
      return {
        ...{ number: Number.parseInt(name, 10), path, bytes: statSync(path).size },
        head: headOf(path),
      }
    })
}

function headOf(path: string): number | null {
  for (const bytes of [beginning(path), readFileSync(path)])
    for (const { line } of pieces(bytes)) if (line !== null) return line.seq
  return null
}

function beginning(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(HEAD_BYTES)
    return bytes.subarray(0, readSync(file, bytes, 0, HEAD_BYTES, 0))
  } finally {
    closeSync(file)
  }
}

/**
 * Reads segments in order and says what is wrong with them. Numbers are looked at from segment to segment, so one
 * reader must be given all that follow the first.
 */
export class SegmentReader {
  readonly #defects: Defects
  /** The number that the next line should have; null before the first. */
  #next: number | null

  constructor(defects: Defects, next: number | null) {
    this.#defects = defects
    this.#next = next
  }

  /** The lines of the segment that are in force: `before` is the head of the next one. */
  *read(segment: Segment, bytes: Buffer, before: number): Generator<StoredLine> {
    for (const { at, end, line } of pieces(bytes)) {
      if (line === null) this.#tellDamage(segment, at, end)
      else if (line.seq < before && !this.#isRepeated(line.seq)) {
        this.#tellGap(segment, line.seq, at)
        yield { ...line, bytes: end - at }
      }
    }
  }

  #isRepeated(seq: number): boolean {
    return this.#next !== null && seq < this.#next
  }

  #tellDamage(segment: Segment, at: number, end: number): void {
    this.#defects.damaged(
      `journal/${segmentName(segment.number)}: ${grouped(end - at)} bytes at byte ${at} are no entry any more, and were passed over.`,
    )
  }

  #tellGap(segment: Segment, seq: number, at: number): void {
    const expected = this.#next ?? seq
    if (seq > expected)
      this.#defects.missing(
        seq - expected,
        `journal/${segmentName(segment.number)}: entries ${expected} to ${seq - 1} are missing before byte ${at}.`,
      )
    this.#next = seq + 1
  }
}
