// One capture being read: its bytes become packets in an index, and what is to be told of it afterwards is
// gathered. Behind damage reading goes on where a record is found again (faults.md F24, F25).

import { setImmediate, setTimeout } from 'node:timers/promises'
import type { CaptureInfo, Chunk, ChunkBuffer, Damage, Instant } from '../model/chunk.ts'
import { assert } from '../model/errors.ts'
import { DamageList } from './damage-list.ts'
import type { Epoch } from './epoch.ts'
import type { ByteReader } from './file.ts'
import type { Fault, Format, RecordReader, Walk } from './format.ts'
import { HashedBytes } from './hashed.ts'
import { copyIndex, copyRun } from './slots.ts'
import { laterBy } from './time-span.ts'
import { Window } from './window.ts'

/** Reads after which the event loop gets its turn, for signals and progress: 16 MiB of a file. */
const READS_PER_TURN = 64

/** Large enough to be cheap, small enough to stay in the processor's cache until it is walked over. */
const FILE_READ_BYTES = 256 * 1024

/**
 * Reads of a stream are as large as a pipe, so that several fit behind each other without moving. Captures
 * that are merged read as little at a time, because there may be many of them.
 */
const SMALL_READ_BYTES = 64 * 1024

/** How often a file that may grow is looked at again. */
export const POLL_MS = 200

/** How far behind damage a record is looked for. */
const SEARCH_BYTES_MAX = 1024 * 1024

/** What all captures of a run have in common. */
export interface Run {
  readonly epoch: Epoch
  /** Size of a read; null for the one that is best. */
  readonly readBytes: number | null
  /** Called after every read that got something. */
  readonly onRead: () => void
}

/** A capture, or a folder of them, and whose it is. */
export interface Taken {
  readonly path: string
  /** Index of the sensor among those of the run. */
  readonly sensor: number
  /** What is added to its times, since its clock was wrong. */
  readonly clockMs: number
}

/** What a capture is made of: its bytes as they lie on the disk, and the same unpacked. */
export interface Opened {
  readonly raw: ByteReader
  readonly bytes: ByteReader
  readonly format: Format
  /** Time of the first packet by its sensor's clock; null where its beginning does not tell it. */
  readonly first: Instant | null
  readonly taken: Pick<Taken, 'sensor' | 'clockMs'>
}

/** Packets are at hand; none for now, but the file may grow; none any more. */
export type State = 'packets' | 'dry' | 'over'

export class Capture {
  /** Grows while the capture is read; final when it is over. */
  readonly info: { -readonly [Key in keyof CaptureInfo]: CaptureInfo[Key] }
  readonly first: Instant | null
  readonly raw: ByteReader
  /** Packets at hand: slots `[next, filled)` of the index. */
  next = 0
  filled = 0
  private readonly bytes: ByteReader
  private readonly format: Format
  private readonly clockMs: number
  private readonly damage = new DamageList()
  private reading: Reading | null = null
  private stop: Walk = { packets: 0, end: 0, stop: 'index_full', fault: null }
  private isLast = false
  /** Damage was met since packets were last handed on. */
  private isBehindDamage = false
  private isClosed = false
  private reads = 0

  constructor({ raw, bytes, format, first, taken: { sensor, clockMs } }: Opened) {
    this.raw = raw
    this.bytes = bytes
    this.format = format
    this.clockMs = clockMs
    this.first = first && this.setRight(first)
    const { name, bytesTotal } = raw
    const nothing = { packets: 0, dropped: null, sha256: null, first: null, last: null }
    this.info = { name, sensor, bytes: bytesTotal ?? 0, ...nothing, damage: this.damage.list }
  }

  /** Packets of which nobody knows when they were captured. */
  get untimed(): number {
    return this.reading?.reader.untimed ?? 0
  }

  /** When the packet at hand was captured. */
  get headNs(): number {
    return this.reading?.buffer.timeNs[this.next] ?? Number.NaN
  }

  /** From now on the capture is read into this buffer. What is in memory already goes with it. */
  moveTo(buffer: ChunkBuffer, run: Run, isAlone: boolean): void {
    const { reading } = this
    const isLarge = isAlone && this.bytes.bytesTotal !== null
    const window = new Window(
      buffer,
      run.readBytes ?? (isLarge ? FILE_READ_BYTES : SMALL_READ_BYTES),
    )
    const reader = reading?.reader ?? this.format.reader(run.epoch)
    this.reading = { buffer, window, reader, run }
    if (reading !== null) this.moveIndex(reading, this.reading)
  }

  /** Indexes the next packets. What was at hand before is gone. */
  async more(): Promise<State> {
    const reading = this.taken()
    this.next = this.filled = 0
    do {
      const { stop, fault } = this.stop
      if (stop === 'corrupt' && fault !== null) {
        if (!(await this.goOnBehind(fault, reading))) return 'over'
      } else if (stop === 'needs_bytes' && (await this.fill(reading)) === 0) {
        if (this.bytes.mayGrow) return 'dry'
        if (this.isLast) return this.atEnd(reading)
        // Once more, now that the reader knows that nothing follows.
        this.isLast = true
      }
      this.walk(reading)
    } while (this.filled === 0)
    return 'packets'
  }

  /** How many packets come before the others do: up to `untilNs`, and at that very moment where it is its turn. */
  runLength(untilNs: number, isFirstAtUntil: boolean): number {
    const { timeNs } = this.taken().buffer
    let slot = this.next
    for (; slot < this.filled; slot++) {
      const time = timeNs[slot] ?? Number.NaN
      if (time > untilNs || (time === untilNs && !isFirstAtUntil)) break
    }
    return slot - this.next
  }

  /** Hands on the next packets, up to `wanted` of them, which lie in `buffer` then. */
  take(wanted: number, buffer: ChunkBuffer, file: number): Chunk {
    const reading = this.taken()
    const isInPlace = reading.buffer === buffer && this.next === 0
    const { packets, movedBy } = isInPlace
      ? { packets: wanted, movedBy: 0 }
      : copyRun(reading.buffer, { next: this.next, packets: wanted }, buffer)
    const frame = this.info.packets + 1
    this.next += packets
    this.info.packets += packets
    const { isBehindDamage, info } = this
    this.isBehindDamage = false
    const fileOffset = this.offsetOf(0, reading.window) - movedBy
    const epochSeconds = reading.run.epoch.seconds
    return { packets, file, sensor: info.sensor, isBehindDamage, frame, fileOffset, epochSeconds }
  }

  /** Computes the hash, which takes reading on to the end. */
  async finish(): Promise<void> {
    if (this.bytes !== this.raw) await this.bytes.close()
    // What follows damage on standard input may never end.
    const isCutShort = this.stop.stop === 'corrupt' || this.bytes.trouble?.kind === 'corrupt'
    const isEndless = this.raw.bytesTotal === null && isCutShort
    if (this.raw instanceof HashedBytes && !isEndless) this.info.sha256 = await this.raw.digest()
    await this.close()
  }

  /** Closes the capture if it is not closed yet. */
  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    if (this.bytes !== this.raw) await this.bytes.close()
    await this.raw.close()
  }

  private taken(): Reading {
    assert(this.reading !== null, 'a capture that is read has a buffer')
    return this.reading
  }

  private walk({ buffer, window, reader }: Reading): void {
    const { isLast } = this
    this.stop = reader.walk(buffer, { at: window.at, end: window.end, isLast })
    assert(this.stop.stop !== 'refused', 'a refused capture is not read')
    window.at = this.stop.end
    this.filled = this.stop.packets
    if (this.clockMs !== 0) this.setClock(buffer)
    const { first, last } = reader.times
    this.info.dropped = reader.dropped
    this.info.first = first && this.setRight(first)
    this.info.last = last && this.setRight(last)
  }

  /** Everything behind the reader sees the times as a clock that was right would have given them. */
  private setClock({ timeNs }: ChunkBuffer): void {
    const byNs = this.clockMs * 1e6
    for (let slot = 0; slot < this.filled; slot++) timeNs[slot] = (timeNs[slot] ?? 0) + byNs
  }

  private setRight(instant: Instant): Instant {
    return this.clockMs === 0 ? instant : laterBy(this.clockMs, instant)
  }

  /** Reads on, and gives other work its turn now and then. Returns how many bytes came; 0 at the end. */
  private async fill({ window, run }: Reading): Promise<number> {
    this.reads += 1
    if (this.reads % READS_PER_TURN === 0) await setImmediate()
    const count = await this.bytes.read(window.room())
    if (count === 0) return 0
    window.end += count
    this.info.bytes = this.raw.bytesTotal ?? this.raw.bytesRead
    run.onRead()
    return count
  }

  /** Finds the next record and notes the damage before it; whether there is one. */
  private async goOnBehind({ message, next }: Fault, reading: Reading): Promise<boolean> {
    const { window } = reading
    const offset = this.offsetOf(window.at, window)
    if (next !== null) window.at = next
    const isFound = next !== null || (await this.search(reading))
    const at = this.offsetOf(window.at, window)
    if (isFound) this.addDamage(`${message}; reading went on at byte ${at}`, offset, at - offset)
    else
      this.addDamage(`${message}; no record was found behind it, and the rest was not read`, offset)
    return isFound
  }

  private async search(reading: Reading): Promise<boolean> {
    const { buffer, window, reader } = reading
    const limit = this.offsetOf(window.at, window) + SEARCH_BYTES_MAX
    window.at += 1
    while (this.offsetOf(window.at, window) <= limit) {
      const { isLast } = this
      const found = reader.search(buffer, { at: window.at, end: window.end, isLast })
      window.at = found.at
      if (found.isFound) return this.offsetOf(found.at, window) <= limit
      if (isLast) return false
      if ((await this.fill(reading)) > 0) continue
      if (this.bytes.mayGrow) await setTimeout(POLL_MS)
      else this.isLast = true
    }
    return false
  }

  private atEnd({ buffer, reader, window }: Reading): State {
    const { trouble } = this.bytes
    const offset = this.offsetOf(window.at, window)
    if (trouble !== null) this.addDamage(trouble.message, offset, null, trouble.kind)
    else if (window.at < window.end) {
      const tail = reader.describeTail(buffer.bytes, window.at, window.end)
      this.addDamage(tail, offset, null, 'truncated_tail')
    }
    return 'over'
  }

  /** Damage lies at the first packet that is not delivered. */
  private addDamage(
    message: string,
    offset: number,
    skippedBytes: number | null = null,
    kind: Damage['kind'] = 'corrupt',
  ): void {
    const packet = this.info.packets + 1
    this.isBehindDamage = true
    this.damage.add({ file: this.raw.name, packet, offset, kind, message, skippedBytes })
  }

  private moveIndex(from: Reading, to: Reading): void {
    const start = this.next < this.filled ? (from.buffer.at[this.next] ?? 0) : from.window.at
    const movedBy = to.window.takeOver(from.window, start)
    const packets = this.filled - this.next
    copyIndex(from.buffer, { next: this.next, packets }, to.buffer, movedBy)
    this.next = 0
    this.filled = packets
  }

  /** Where in the content that byte is that stands at `at` in the buffer. */
  private offsetOf(at: number, window: Window): number {
    return this.bytes.bytesRead - window.end + at
  }
}

interface Reading {
  readonly buffer: ChunkBuffer
  readonly window: Window
  readonly reader: RecordReader
  readonly run: Run
}
