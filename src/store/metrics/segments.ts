// The files of metrics, one after the other: the last is written, whole files go at the other end. What goes is
// counted as expired where its time had come, and as lost where it had not.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { counted } from '../../model/text.ts'
import { bytesOf } from '../duckdb-file.ts'
import type { Notes } from '../notes.ts'
import { Turns } from '../turns.ts'
import type { Books } from './books.ts'
import { FLOWS, type NumberedRow, TABLES } from './columns.ts'
import { isDamage, messageOf } from './faults.ts'
import { emptyFile, type Listed, markDamaged, pathOf, removeFile } from './folder.ts'
import type { Followers } from './followers.ts'
import { Marker } from './mark.ts'
import { type Found, found } from './opening.ts'
import { countAfterIn } from './queries.ts'
import { Reader } from './reader.ts'
import { extentOf, SCHEMA_VERSION, type Segment, tablesOf } from './segment.ts'
import { Writer } from './writer.ts'

const DAY_MS = 86_400_000
/** Room that one batch of rows and a checkpoint may take before sizes are looked at again. */
const HEADROOM_BYTES_MAX = 4 * 1024 * 1024

export interface SegmentsOptions {
  readonly folder: string
  readonly bytesMax: number
  readonly daysMax: number
  readonly segmentBytes: number
  readonly isReadOnly: boolean
  readonly books: Books
  readonly followers: Followers
  readonly notes: Notes
  /** The monitor's own clock. */
  readonly now: () => number
}

type Work<T> = (connection: DuckDBConnection) => Promise<T>

export class Segments {
  private readonly options: SegmentsOptions
  private readonly reader: Reader
  private readonly segments: Segment[]
  private readonly damaged: Listed[]
  private readonly empty: Listed[]
  private nextIndex: number
  private nextNumber: number
  /** Writes the last of the segments; null while nothing was written to it by this process. */
  private writer: Writer | null = null
  private readonly marker: Marker
  /** One file is read at a time, and none is closed while it is read. */
  private readonly reads = new Turns()

  private constructor(options: SegmentsOptions, reader: Reader, files: Found) {
    this.options = options
    this.reader = reader
    this.marker = new Marker(options.folder)
    this.segments = files.segments
    this.damaged = files.damaged
    this.empty = files.empty
    this.nextIndex = files.nextIndex
    this.nextNumber = files.nextNumber
  }

  static async open(options: SegmentsOptions): Promise<Segments> {
    const reader = await Reader.open(options.folder)
    try {
      return new Segments(options, reader, await found({ ...options, reader }))
    } catch (error) {
      reader.close()
      throw error
    }
  }

  /** A number that no row has had. */
  takeNumber(): number {
    return this.nextNumber++
  }

  get lastNumber(): number {
    return this.nextNumber - 1
  }

  /** The oldest first. */
  get all(): readonly Segment[] {
    return [...this.segments]
  }

  bytes(): number {
    const ofSegments = this.segments.reduce((total, { bytes }) => total + bytes, 0)
    return this.damaged.reduce((total, { path }) => total + bytesOf(path), ofSegments)
  }

  /**
   * What the file says; null where it is gone by now, or had to be set aside for what it said. `exclusively` is to
   * do what changes the list of files.
   */
  async ask<T>(segment: Segment, work: Work<T>, exclusively: Turns): Promise<T | null> {
    const isHere = () => this.segments.includes(segment)
    try {
      return await this.reads.take(async () => {
        if (!isHere()) return null
        return this.writer !== null && segment === this.segments.at(-1)
          ? await work(this.writer.reading)
          : await this.reader.ask(segment.path, work)
      })
    } catch (error) {
      if (!isHere()) return null
      if (!isDamage(error)) throw error
      await exclusively.take(() => this.setAside(segment, messageOf(error)))
      return null
    }
  }

  /** Writes all of the rows or none; throws where there is no room for them, or the file fails. */
  async write(rows: readonly NumberedRow[]): Promise<void> {
    const [first, last] = [rows.at(0), rows.at(-1)]
    if (first === undefined || last === undefined) return
    const segment = await this.current(first.number)
    try {
      await this.writer?.write(rows)
    } catch (error) {
      // It may have been kept all the same: a transaction counts once its log is on the disk.
      if (!(await this.isKept(segment, last))) throw error
    }
    segment.rows += rows.length
    segment.ownRows += rows.length
    segment.lastNumber = last.number
    for (const row of rows) widen(segment, row)
    segment.bytes = bytesOf(segment.path)
    this.marker.write({ index: segment.index, number: segment.lastNumber })
    this.options.books.store(rows.length)
    this.options.followers.stored(rows.filter(({ table }) => table !== FLOWS).length)
    await this.retain()
  }

  private async isKept(segment: Segment, row: NumberedRow): Promise<boolean> {
    try {
      return (await this.writer?.has(row)) ?? false
    } catch {
      // The database has given itself up; opened anew, it says what is in its file.
      await this.closeWriter()
    }
    try {
      this.writer = await Writer.open(segment.path)
      return await this.writer.has(row)
    } catch (error) {
      if (isDamage(error)) await this.setAside(segment, messageOf(error))
      else await this.closeWriter()
      return false
    }
  }

  /** The segment that rows go to: the last, as long as its day lasts and it has room. */
  private async current(firstNumber: number): Promise<Segment> {
    const last = this.segments.at(-1)
    if (last !== undefined && !this.isDone(last)) {
      if (this.writer === null) await this.resume(last)
      if (this.writer !== null) return last
    }
    await this.closeWriter()
    return await this.begin(firstNumber)
  }

  private isDone({ isSealed, schemaVersion, madeMs, bytes, rows }: Segment): boolean {
    if (isSealed || schemaVersion !== SCHEMA_VERSION) return true
    const dayOf = (ms: number) => Math.floor(ms / DAY_MS)
    return (
      rows > 0 &&
      (bytes >= this.options.segmentBytes || dayOf(madeMs) !== dayOf(this.options.now()))
    )
  }

  private async resume(segment: Segment): Promise<void> {
    try {
      this.writer = await this.reads.take(() => Writer.open(segment.path))
    } catch (error) {
      if (!isDamage(error)) throw error
      await this.setAside(segment, messageOf(error))
    }
  }

  private async begin(firstNumber: number): Promise<Segment> {
    const [index, madeMs] = [this.nextIndex, this.options.now()]
    const path = pathOf(this.options.folder, index)
    this.writer = await Writer.create(path, madeMs, firstNumber)
    this.nextIndex = index + 1
    const segment = {
      ...{ index, path, madeMs, firstNumber, lastNumber: firstNumber - 1 },
      ...{ schemaVersion: SCHEMA_VERSION, rows: 0, ownRows: 0, firstUs: null, lastUs: null },
      ...{ bytes: bytesOf(path), isSealed: false },
    }
    this.segments.push(segment)
    for (const { path: emptied } of this.empty.splice(0)) removeFile(emptied)
    return segment
  }

  /** Closes what is being written, when nobody reads in it any more; it is sealed where its time is over. */
  private async closeWriter(): Promise<void> {
    const [writer, segment] = [this.writer, this.segments.at(-1)]
    if (writer === null) return
    await this.reads.take(async () => {
      this.writer = null
      if (segment !== undefined && this.isDone(segment)) {
        // Without its seal it is looked through at the next start, and nothing is lost.
        segment.isSealed = true
        await writer.seal(segment).catch(() => {})
      }
      writer.close()
      if (segment !== undefined && existsSync(segment.path)) segment.bytes = bytesOf(segment.path)
    })
  }

  /** Sets aside the file that is being written; whether there was one. */
  async abandon(why: string): Promise<boolean> {
    const last = this.segments.at(-1)
    if (last === undefined || last.isSealed) return false
    await this.setAside(last, why)
    return true
  }

  private async setAside(segment: Segment, why: string): Promise<void> {
    const at = this.segments.indexOf(segment)
    if (at < 0) return
    if (at === this.segments.length - 1) await this.closeWriter()
    this.segments.splice(at, 1)
    const { books, notes, isReadOnly } = this.options
    const name = basename(segment.path)
    books.loseFile(segment, `${name} damaged`)
    const fate = isReadOnly ? 'was passed over' : `was set aside as ${name}.damaged`
    notes.note(`${name} is damaged (${why}) and ${fate}, with ${counted(segment.rows, 'row')}.`)
    if (isReadOnly) return
    const path = markDamaged(segment.path)
    if (existsSync(path)) this.damaged.push({ index: segment.index, path, isDamaged: true })
  }

  /** Removes whole files at the old end: those whose last row is too old, and those that are too many. */
  async retain(): Promise<void> {
    const { now, daysMax, bytesMax } = this.options
    const tooOldMs = now() - daysMax * DAY_MS
    // The next file begins when the one before it ends.
    while ((this.segments[1]?.madeMs ?? Number.POSITIVE_INFINITY) < tooOldMs)
      await this.expireOldest()
    const headroom = Math.min(bytesMax / 4, HEADROOM_BYTES_MAX)
    while (this.bytes() + headroom > bytesMax) if (!(await this.expireOldest())) break
  }

  private async expireOldest(): Promise<boolean> {
    if (this.discardDamaged()) return true
    const [oldest] = this.segments
    if (oldest === undefined || this.segments.length === 1) return false
    await this.leave(oldest)
    this.options.books.expire(oldest.rows)
    return true
  }

  /** Removes the oldest file, and tells whoever has not yet come through it. */
  private async leave(oldest: Segment): Promise<void> {
    const remove = () => {
      this.segments.shift()
      this.discard(oldest)
    }
    const { followers } = this.options
    if (!followers.areBehind(oldest)) return remove()
    // What cannot be counted is found missing by whoever follows, when it comes there.
    const countAfter = (number: number) =>
      this.reader.ask(oldest.path, file => countAfterIn(file, number)).catch(() => 0)
    await this.reads.take(() => followers.leave(oldest, countAfter, remove))
  }

  /** Removes the oldest of the files that were set aside, if it is older than any other. */
  private discardDamaged(): boolean {
    const [damaged, oldest] = [this.damaged[0], this.segments[0]]
    if (damaged === undefined || damaged.index > (oldest?.index ?? damaged.index)) return false
    this.damaged.shift()
    this.discard(damaged)
    return true
  }

  /** Gives up the oldest file before its time, at last the one that is written; whether it freed anything. */
  async sacrifice(why: string): Promise<boolean> {
    if (this.discardDamaged()) return true
    const oldest = this.segments[0]
    if (oldest === undefined || (this.segments.length === 1 && oldest.rows === 0)) return false
    if (this.segments.length === 1) await this.closeWriter()
    await this.leave(oldest)
    this.options.books.loseFile(oldest, why)
    return true
  }

  /** The last file leaves its name behind, so that after a sudden end its numbers are not used again. */
  private discard({ index, path }: Pick<Listed, 'index' | 'path'>): void {
    if (index + 1 === this.nextIndex && existsSync(path)) {
      emptyFile(path)
      this.empty.push({ index, path, isDamaged: false })
    } else removeFile(path)
  }

  /** Removes what was stored of an audit; how many rows that were. */
  async removeRun(run: string): Promise<number> {
    let removed = 0
    await this.closeWriter()
    for (const segment of this.all) {
      const work: Work<number> = connection => removeFrom(connection, segment, run)
      try {
        removed += await this.reads.take(() => this.reader.change(segment.path, work))
      } catch (error) {
        if (!isDamage(error)) throw error
        await this.setAside(segment, messageOf(error))
      }
    }
    return removed
  }

  async close(): Promise<void> {
    await this.closeWriter()
    this.marker.close()
    this.reader.close()
  }
}

function widen(segment: Segment, row: NumberedRow): void {
  const [first, last] =
    row.table === FLOWS ? [row.flow.firstUs, row.flow.lastUs] : [row.point.timeUs, row.point.timeUs]
  segment.firstUs = Math.min(segment.firstUs ?? first, first)
  segment.lastUs = Math.max(segment.lastUs ?? last, last)
}

async function removeFrom(
  connection: DuckDBConnection,
  segment: Segment,
  run: string,
): Promise<number> {
  const tables = await tablesOf(connection)
  let removed = 0
  await connection.run('begin')
  for (const table of TABLES.filter(name => tables.has(name))) {
    const result = await connection.run(`delete from ${table} where run = ?`, [run])
    removed += result.rowsChanged
  }
  if (removed > 0) {
    const [rows, , firstUs, lastUs] = await extentOf(connection, tables)
    Object.assign(segment, { rows: rows ?? 0, firstUs: firstUs ?? null, lastUs: lastUs ?? null })
    segment.ownRows = Math.min(segment.ownRows, segment.rows)
    // Sealed, it keeps its last number, though the row is gone that had it.
    await connection.run('delete from summary')
    await connection.run('insert into summary values (?, ?, ?, ?)', [
      ...[segment.rows, segment.lastNumber, segment.firstUs, segment.lastUs],
    ])
    segment.isSealed = true
  }
  await connection.run('commit')
  await connection.run('checkpoint')
  segment.bytes = bytesOf(segment.path)
  return removed
}
