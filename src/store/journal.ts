// The journal: everything that must never be lost, one line each, on the disk before anybody is told. It is only
// ever added to; what the history database holds can be made of it again.

import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { grouped } from '../model/text.ts'
import { syncFolder } from './folder.ts'
import { jsonOf, LINE_BYTES_MAX, pieces, readLine, writeLine } from './journal-lines.ts'
import {
  type Defects,
  headIn,
  listSegments,
  type Segment,
  SegmentReader,
  type StoredLine,
  segmentName,
} from './journal-segments.ts'
import { codeOf, isNoSpace } from './system-errors.ts'

const FILE_MODE = 0o600
const TRIES_MAX = 64
/** Entries that wait to be written; whoever has more must wait for them. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024
/** An entry with its number and its checksum is a line. */
const ENTRY_BYTES_MAX = LINE_BYTES_MAX - 64
/** One write: what waits beyond is written next. */
const WRITE_BYTES = 4 * 1024 * 1024

export interface JournalOptions {
  readonly segmentBytes: number
  /** Frees space on a full disk; false where there is nothing left to give up. */
  readonly makeRoom: () => Promise<boolean>
  /** Makes what was written last. */
  readonly sync?: (file: FileHandle) => Promise<void>
}

interface ReadOptions {
  readonly isWhole?: boolean
  readonly isStopped?: () => boolean
}

/** Where an entry was written: the number of its line, and how long that is. */
interface Place {
  readonly seq: number
  readonly bytes: number
}

interface Waiting {
  readonly texts: readonly Buffer[]
  readonly bytes: number
  keep(places: readonly Place[]): void
  refuse(error: unknown): void
}

export class Journal {
  readonly #folder: string
  readonly #options: JournalOptions
  readonly #segments: Segment[]
  readonly #sync: (file: FileHandle) => Promise<void>
  #file: FileHandle | null = null
  /** The last file is not trusted: what comes next begins another. */
  #mustBegin = false
  #next = 1
  #last = 0
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #writing: Promise<void> | null = null

  private constructor(folder: string, options: JournalOptions, segments: Segment[]) {
    this.#folder = folder
    this.#options = options
    this.#segments = segments
    this.#sync = options.sync ?? (file => file.datasync())
  }

  /** Opens or makes the folder; the end of the last file that is no whole line is cut. */
  static async open(folder: string, options: JournalOptions, defects: Defects): Promise<Journal> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const segments = listSegments(folder)
    const last = segments.at(-1)
    if (last !== undefined) await cutTail(last, defects)
    return new Journal(folder, options, segments)
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The oldest file and the number with which the next one begins; null while there is only one. */
  get oldest(): { readonly segment: Segment; readonly before: number } | null {
    const [segment, next] = this.#segments
    return segment === undefined || next === undefined
      ? null
      : { segment, before: headIn(this.#segments.slice(1)) }
  }

  get segmentCount(): number {
    return this.#segments.length
  }

  /** The number of the last entry that was read or written. */
  get last(): number {
    return this.#last
  }

  /** Numbers up to this one have been given, whatever the files say. */
  skipTo(next: number): void {
    this.#next = Math.max(this.#next, next)
  }

  /**
   * Reads the entries whose number is greater, the oldest first, together with the rest of the file in which they
   * begin, which is checked on the way; or, if `isWhole`, with everything before. Ends early when it is stopped.
   */
  async *read(
    after: number,
    defects: Defects,
    { isWhole = false, isStopped = () => false }: ReadOptions = {},
  ): AsyncGenerator<StoredLine> {
    const from = isWhole ? 0 : this.#indexOf(after + 1)
    const segments = this.#segments.slice(from)
    const reader = new SegmentReader(defects, segments[0]?.number === 1 ? 1 : null)
    for (const [index, segment] of segments.entries()) {
      if (isStopped()) return
      const before = headIn(segments.slice(index + 1))
      for (const line of reader.read(segment, await contentOf(segment), before)) {
        this.#last = Math.max(this.#last, line.seq)
        if (line.seq > after) yield line
      }
      this.skipTo(this.#last + 1)
      await nextTurn()
    }
  }

  /** The lines of one file that are in force. */
  async linesOf(segment: Segment, before: number): Promise<readonly StoredLine[]> {
    return [...new SegmentReader(UNTOLD, null).read(segment, await contentOf(segment), before)]
  }

  /**
   * Writes the values, one line each, and syncs them; callers that wait at the same time share a sync. Gives their
   * places. Rejects where they could not be written; then they are in no file.
   */
  append(values: readonly unknown[]): Promise<readonly Place[]> {
    if (values.length === 0) return Promise.resolve([])
    const texts = values.map(jsonOf)
    const bytes = texts.reduce((sum, text) => sum + text.length, 0)
    const long = texts.find(({ length }) => length > ENTRY_BYTES_MAX)
    if (long !== undefined)
      return Promise.reject(new Error(`an entry has ${grouped(long.length)} bytes`))
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > WAITING_BYTES_MAX)
      return Promise.reject(new Error('too many entries wait to be written'))
    this.#waitingBytes += bytes
    return new Promise((keep, refuse) => {
      this.#waiting.push({ texts, bytes, keep, refuse })
      this.#writing ??= this.#writeWaiting()
    })
  }

  /** Removes the oldest file; its entries must be elsewhere. */
  async removeOldest(): Promise<void> {
    const [oldest] = this.#segments
    if (oldest === undefined || this.#segments.length < 2) return
    await unlink(oldest.path)
    this.#segments.shift()
    syncFolder(this.#folder)
  }

  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    await this.#file?.close()
    this.#file = null
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup()
      const first = this.#next
      const lines = group
        .flatMap(({ texts }) => texts)
        .map((text, index) => writeLine(first + index, text))
      try {
        await this.#write(Buffer.concat(lines), first)
        this.#last = first + lines.length - 1
        this.#next = this.#last + 1
        let at = 0
        for (const { texts, keep } of group)
          keep(texts.map(() => ({ seq: first + at, bytes: lines[at++]?.length ?? 0 })))
      } catch (error) {
        for (const { refuse } of group) refuse(error)
      }
    }
    this.#writing = null
  }

  #takeGroup(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      if (count > 0 && bytes + waiting.bytes > WRITE_BYTES) break
      bytes += waiting.bytes
      count += 1
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  /** Writes the bytes whole and synced, in this file or the next, or leaves nothing of them. */
  async #write(bytes: Buffer, first: number): Promise<void> {
    let hasSyncFailed = false
    for (let tries = 1; ; tries++) {
      const sync = { hasFailed: false }
      try {
        const segment = await this.#segmentFor(bytes.length)
        await this.#writeTo(segment, bytes, sync)
        segment.bytes += bytes.length
        segment.head ??= first
        return
      } catch (error) {
        await this.#leaveNothing(sync.hasFailed)
        const mayRetry = isNoSpace(error) ? await this.#options.makeRoom() : !hasSyncFailed
        hasSyncFailed ||= !isNoSpace(error)
        if (!mayRetry || tries === TRIES_MAX) throw error
      }
    }
  }

  async #writeTo(segment: Segment, bytes: Buffer, sync: { hasFailed: boolean }): Promise<void> {
    const file = this.#file
    if (file === null) throw new Error('the journal is closed')
    for (let at = 0; at < bytes.length; )
      at += (await file.write(bytes, at, bytes.length - at, segment.bytes + at)).bytesWritten
    // Until it is kept, nobody knows what is on the disk, and after it failed nobody will.
    sync.hasFailed = true
    await this.#sync(file)
    sync.hasFailed = false
  }

  /** Takes back what was written in part. A file that could not be synced is not trusted again. */
  async #leaveNothing(isUnsure: boolean): Promise<void> {
    const last = this.#segments.at(-1)
    if (this.#file === null || last === undefined) return
    const wasCut = await this.#file.truncate(last.bytes).then(
      () => true,
      () => false,
    )
    if (wasCut && !isUnsure) return
    await this.#file.close().catch(() => undefined)
    this.#file = null
    this.#mustBegin = true
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    const last = this.#segments.at(-1)
    const isFull =
      last === undefined || (last.bytes > 0 && last.bytes + bytes > this.#options.segmentBytes)
    if (!isFull && !this.#mustBegin) {
      this.#file ??= await open(last.path, constants.O_WRONLY)
      return last
    }
    return await this.#begin((last?.number ?? 0) + 1)
  }

  async #begin(number: number): Promise<Segment> {
    const path = join(this.#folder, segmentName(number))
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC
    const file = await open(path, flags, FILE_MODE)
    await this.#file?.close()
    this.#file = file
    syncFolder(this.#folder)
    const segment: Segment = { number, path, bytes: 0, head: null }
    this.#segments.push(segment)
    this.#mustBegin = false
    return segment
  }

  /** The file in which that number is, if anywhere. */
  #indexOf(seq: number): number {
    const index = this.#segments.findLastIndex(({ head }) => head !== null && head <= seq)
    return Math.max(0, index)
  }
}

const UNTOLD: Defects = { damaged: () => undefined, missing: () => undefined }

/** What is known to be whole; behind it somebody may just be writing. A file that was removed has nothing. */
async function contentOf({ path, bytes }: Segment): Promise<Buffer> {
  try {
    return (await readFile(path)).subarray(0, bytes)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

/** Cuts what is behind the last whole line, where that is no whole line itself. */
async function cutTail(segment: Segment, defects: Defects): Promise<void> {
  const bytes = await contentOf(segment)
  let end = 0
  let lacksFeed = false
  for (const piece of pieces(bytes)) {
    // A line that lacks nothing but its line feed, or whose line feed has changed, is whole.
    const isWhole = piece.line !== null || (!piece.isEnded && isAllButFeed(bytes, piece.at))
    if (!isWhole) continue
    end = piece.end
    lacksFeed = !piece.isEnded
  }
  if (end === bytes.length && !lacksFeed) return
  const file = await open(segment.path, 'r+')
  try {
    await file.truncate(end)
    if (lacksFeed) await endWithFeed(file, bytes, end)
    await file.sync()
    segment.bytes = (await file.stat()).size
  } finally {
    await file.close()
  }
  const tail = bytes.subarray(end)
  if (tail.length === 0) return
  defects.damaged(
    `journal/${segmentName(segment.number)}: its last ${grouped(tail.length)} bytes, from byte ${end}, were no whole entry, and were cut off.`,
  )
  const lost = [...pieces(tail)].filter(({ isEnded }) => isEnded).length
  if (lost > 0) defects.missing(lost, 'Entries were damaged at the end of the journal.')
}

const isAllButFeed = (bytes: Buffer, at: number): boolean =>
  readLine(bytes.subarray(at, bytes.length - 1)) !== null

async function endWithFeed(file: FileHandle, bytes: Buffer, end: number): Promise<void> {
  const last = bytes.lastIndexOf(0x0a, end - 1) + 1
  const at = readLine(bytes.subarray(last, end)) === null ? end - 1 : end
  await file.write(Buffer.from('\n'), 0, 1, at)
}
