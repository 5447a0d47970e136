// Collects everything that is wrong with the files of one start, so that all of it is told at once,
// each with its place, the line and a caret, in the order in which it stands in the files.

import { type Problem, UsageError } from '../model/errors.ts'
import { printable } from './reading.ts'

/** A file's text with the offsets at which its lines begin. */
export interface SourceText {
  /** As the operator gave it. */
  readonly path: string
  readonly text: string
  readonly lineStarts: readonly number[]
}

/** More than this nobody reads; a hostile file could hold a quarter of a million. */
const PROBLEMS_MAX = 200
const EXCERPT_CHARACTERS_MAX = 96

/** A line that may hold a secret where none belongs, by its key or in a URL, is not repeated. */
const MAY_BE_SECRET = /(password|token|secret|key|pass)(_env)?["']?\s*:|:\/\//i

interface Complaint {
  /** A path alone where the file as a whole is at fault. */
  readonly source: SourceText | string
  readonly at: number
  readonly message: string
}

export class Complaints {
  private readonly complaints: Complaint[] = []
  /** Files in the order in which they were opened. */
  private readonly order = new Map<string, number>()

  /** Gives a file its place among the others. */
  opens(path: string): void {
    if (!this.order.has(path)) this.order.set(path, this.order.size)
  }

  /** The whole file: it cannot be read. */
  aboutFile(path: string, message: string): void {
    this.complaints.push({ source: path, at: -1, message })
  }

  /** The character at offset `at` of the file's text. */
  about(source: SourceText, at: number, message: string): void {
    this.complaints.push({ source, at, message })
  }

  get count(): number {
    return this.complaints.length
  }

  /** Sorted by file and place; those of one place in the order in which they came. */
  problems(): Problem[] {
    const sorted = this.complaints.toSorted((left, right) => {
      const files = this.rank(left) - this.rank(right)
      return files === 0 ? left.at - right.at : files
    })
    const shown = sorted.slice(0, PROBLEMS_MAX).map(problemOf)
    const more = sorted.length - shown.length
    return more === 0 ? shown : [...shown, { where: '', message: `… and ${more} more problems` }]
  }

  /** Throws a `UsageError` with all problems; returns where there is none. */
  throwIfAny(): void {
    if (this.complaints.length > 0) throw new UsageError(this.problems())
  }

  private rank(complaint: Complaint): number {
    return this.order.get(pathOf(complaint)) ?? 0
  }
}

export function sourceText(path: string, text: string): SourceText {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
    lineStarts.push(at + 1)
  return { path, text, lineStarts }
}

/** The line that holds the offset, from 1. */
export function lineOf({ lineStarts }: SourceText, at: number): number {
  let low = 0
  let high = lineStarts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((lineStarts[middle] ?? 0) <= at) low = middle
    else high = middle
  }
  return low + 1
}

const pathOf = ({ source }: Complaint): string =>
  typeof source === 'string' ? source : source.path

function problemOf({ source, at, message }: Complaint): Problem {
  if (typeof source === 'string') return { where: source, message }
  const line = lineOf(source, at)
  const start = source.lineStarts[line - 1] ?? 0
  const end = (source.lineStarts[line] ?? source.text.length + 1) - 1
  // Columns count UTF-16 units from 1, as editors do.
  const where = `${source.path}:${line}:${at - start + 1}`
  return start === end || MAY_BE_SECRET.test(source.text.slice(start, end))
    ? { where, message }
    : { where, message, excerpt: excerptOf(source.text, start, at, end) }
}

/** The line with a caret below the place; of a long line, only what stands around it. */
function excerptOf(text: string, start: number, at: number, end: number): string {
  const isLong = end - start > EXCERPT_CHARACTERS_MAX
  const from = isLong ? Math.max(start, at - EXCERPT_CHARACTERS_MAX / 2) : start
  const to = isLong ? Math.min(end, from + EXCERPT_CHARACTERS_MAX) : end
  const before = printable(`${from > start ? '…' : ''}${text.slice(from, at)}`)
  const after = printable(`${text.slice(at, to).replace(/\r$/, '')}${to < end ? '…' : ''}`)
  return `  ${before}${after}\n  ${' '.repeat([...before].length)}^`
}
