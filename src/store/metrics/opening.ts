// What is in the folder of metrics when it is opened: which files are whole, which have to be set aside, and from
// which number on rows are counted.

import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { UsageError } from '../../model/errors.ts'
import { counted } from '../../model/text.ts'
import { bytesOf } from '../duckdb-file.ts'
import type { Notes } from '../notes.ts'
import { isRefused } from '../system-errors.ts'
import type { Books } from './books.ts'
import { type Listed, listed, markDamaged, removeFile, removeOrphans } from './folder.ts'
import { type Mark, markIn } from './mark.ts'
import type { Reader } from './reader.ts'
import { describe, SCHEMA_VERSION, type Segment } from './segment.ts'

/** No file has as many rows: what is lost with one used fewer numbers. */
const NUMBERS_OF_FILE_MAX = 2 ** 32

export interface Found {
  readonly segments: Segment[]
  /** Files that were set aside, now or earlier, the oldest first. */
  readonly damaged: Listed[]
  /** Empty files that keep the highest name while there is no other. */
  readonly empty: Listed[]
  readonly nextIndex: number
  readonly nextNumber: number
}

interface Opening {
  readonly folder: string
  readonly reader: Reader
  readonly books: Books
  readonly notes: Notes
  readonly isReadOnly: boolean
}

export async function found(opening: Opening): Promise<Found> {
  if (!opening.isReadOnly) removeOrphans(opening.folder)
  const files = listed(opening.folder)
  const segments: Segment[] = []
  const damaged = files.filter(({ isDamaged }) => isDamaged)
  const empty: Listed[] = []
  const fresh: Listed[] = []
  for (const file of files.filter(({ isDamaged }) => !isDamaged)) {
    if (statSync(file.path).size === 0) {
      empty.push(file)
      continue
    }
    const segment = await inspected(opening, file)
    if (segment === 'nothing') continue
    if (segment === 'damaged') fresh.push(file)
    else segments.push(segment)
  }
  const aside = opening.isReadOnly ? [] : fresh.map(setAside(opening))
  const mark = markIn(opening.folder)
  countLost(opening, segments, fresh, mark)
  const all = [...damaged, ...aside].sort((left, right) => left.index - right.index)
  return { segments, empty, damaged: all, ...nextOf(files, segments, mark) }
}

async function inspected(
  { reader, isReadOnly }: Opening,
  { index, path }: Listed,
): Promise<Segment | 'nothing' | 'damaged'> {
  const described = await reader.ask(path, describe).catch(error => {
    if (isRefused(error)) return 'damaged' as const
    throw error
  })
  if (described === 'damaged') return described
  if (described === null) {
    // The process ended while it was made.
    if (!isReadOnly) removeFile(path)
    return 'nothing'
  }
  if (described.schemaVersion > SCHEMA_VERSION)
    throw new UsageError(
      `${path}: a later version of mpwatch wrote this. Use that version, or move the file elsewhere.`,
    )
  return { index, path, ...described, ownRows: 0, bytes: bytesOf(path) }
}

const setAside =
  ({ notes }: Opening) =>
  (file: Listed): Listed => {
    const path = markDamaged(file.path)
    notes.note(
      `${basename(file.path)} is damaged and was set aside as ${basename(path)}; the rest goes on.`,
    )
    return { ...file, path, isDamaged: true }
  }

/** Numbers that lie between two whole files were those of the damaged ones between them. */
function countLost(
  { books, notes }: Opening,
  segments: readonly Segment[],
  damaged: readonly Listed[],
  mark: Mark | null,
): void {
  const written = segments.find(({ index }) => index === mark?.index)
  if (written !== undefined && mark !== null && mark.number > written.lastNumber) {
    const [name, count] = [basename(written.path), mark.number - written.lastNumber]
    books.loseEarlier(count, `the end of ${name} damaged`)
    notes.note(
      `The log of ${name} is damaged: its last ${counted(count, 'row')} could not be read.`,
    )
  }
  const gaps = new Map<Segment | undefined, { count: number; names: string[] }>()
  for (const { index, path } of damaged) {
    const next = segments.find(segment => segment.index > index)
    const previous = segments.filter(segment => segment.index < index).at(-1)
    const end = next?.firstNumber ?? (mark?.index === index ? mark.number + 1 : 0)
    const isKnown = previous !== undefined || index === 1
    const count = isKnown ? Math.max(0, end - (previous?.lastNumber ?? 0) - 1) : 0
    const gap = gaps.get(next) ?? { count: count < NUMBERS_OF_FILE_MAX ? count : 0, names: [] }
    gap.names.push(basename(path))
    gaps.set(next, gap)
  }
  for (const { count, names } of gaps.values()) {
    const list = names.join(', ')
    books.loseEarlier(count, `${list} damaged`)
    const lost = count > 0 ? counted(count, 'row') : 'an unknown number of rows'
    notes.note(`Lost with ${list}: ${lost}.`)
  }
}

/**
 * Names and numbers that no file has had. Where the latest files cannot be read, their numbers are passed over: each
 * of them had fewer than NUMBERS_OF_FILE_MAX.
 */
function nextOf(files: readonly Listed[], segments: readonly Segment[], mark: Mark | null) {
  const latest = segments.at(-1)
  const highest = files.at(-1)?.index ?? 0
  const unread = highest - (latest?.index ?? 0)
  const beyond = (latest?.lastNumber ?? 0) + 1 + unread * NUMBERS_OF_FILE_MAX
  return { nextIndex: highest + 1, nextNumber: Math.max(beyond, (mark?.number ?? 0) + 1) }
}
