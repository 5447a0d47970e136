// One capture: from its bytes to chunks, with everything that is to be told of it afterwards.

import { createHash, type Hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { CaptureInfo, Chunk, ChunkBuffer, Damage, Instant } from '../model/chunk.ts'
import type { ByteReader } from './file.ts'
import type { Format, RecordReader, Walk } from './format.ts'
import { Window } from './window.ts'

/** Reads after which the event loop gets its turn, for signals and progress: 16 MiB of a file. */
const READS_PER_TURN = 64

/** Large enough to be cheap, small enough to stay in the processor's cache until it is walked over. */
const FILE_READ_BYTES = 256 * 1024

/** Reads of a stream are as large as a pipe, so that several fit behind each other without moving. */
const STREAM_READ_BYTES = 64 * 1024

/** What all captures of a run have in common. */
export interface Run {
  readonly epochSeconds: number
  readonly hash: boolean
  /** Size of a read; null for the one that is best. */
  readonly readBytes: number | null
  /** Called after every read that got something. */
  readonly onRead: () => void
}

export class Capture {
  /** Grows while the capture is read; final when `chunks` has ended. */
  readonly info: { -readonly [Key in keyof CaptureInfo]: CaptureInfo[Key] }
  /** Time of the first packet as its record says it; null for a capture without packets. */
  readonly first: Instant | null
  bytesRead = 0
  readonly bytes: ByteReader
  private readonly format: Format
  private readonly damage: Damage[] = []
  private reads = 0

  constructor(bytes: ByteReader, format: Format, first: Instant | null) {
    this.bytes = bytes
    this.format = format
    this.first = first
    const { name, bytesTotal } = bytes
    const nothing = { packets: 0, sha256: null, first: null, last: null }
    this.info = { name, bytes: bytesTotal ?? 0, ...nothing, damage: this.damage }
  }

  /** The capture's chunks, `file` being its index in the run. Ends at the first damage. */
  async *chunks(buffer: ChunkBuffer, file: number, run: Run): AsyncGenerator<Chunk> {
    const reader = this.format.reader(run.epochSeconds)
    const window = new Window(buffer, run.readBytes ?? this.usualReadBytes)
    const hash = run.hash ? createHash('sha256') : null
    for (;;) {
      const walk = reader.walk(buffer, window.at, window.end)
      window.at = walk.end
      if (walk.packets > 0) yield this.chunk({ walk, reader, window, file, run })
      if (walk.stop === 'corrupt') {
        this.addDamage('corrupt', walk.fault ?? 'this is no record', window)
        break
      }
      if (walk.stop === 'needs_bytes' && (await this.fill(window, hash, run)) === 0) {
        this.addDamageAtEnd(buffer, reader, window)
        break
      }
    }
    if (hash !== null) await this.finishHash(window, hash, run)
  }

  private get usualReadBytes(): number {
    return this.bytes.bytesTotal === null ? STREAM_READ_BYTES : FILE_READ_BYTES
  }

  private chunk({ walk, reader, window, file, run }: Found): Chunk {
    const frame = this.info.packets + 1
    this.info.packets += walk.packets
    this.info.first = reader.times.first
    this.info.last = reader.times.last
    const { epochSeconds } = run
    return {
      packets: walk.packets,
      file,
      frame,
      fileOffset: this.offsetOf(0, window),
      epochSeconds,
    }
  }

  /** Reads on, and gives other work its turn now and then. Returns how many bytes came; 0 at the end. */
  private async fill(window: Window, hash: Hash | null, run: Run): Promise<number> {
    this.reads += 1
    if (this.reads % READS_PER_TURN === 0) await setImmediate()
    const room = window.room()
    const count = await this.bytes.read(room)
    if (count === 0) return 0
    hash?.update(room.subarray(0, count))
    window.end += count
    this.bytesRead += count
    this.info.bytes = this.bytes.bytesTotal ?? this.bytesRead
    run.onRead()
    return count
  }

  /** The hash is of the whole capture, so what follows damage is read as well; streams may never end. */
  private async finishHash(window: Window, hash: Hash, run: Run): Promise<void> {
    const isCutShort = this.damage.some(({ kind }) => kind === 'corrupt')
    if (isCutShort && this.bytes.bytesTotal === null) return
    do window.at = window.end
    while ((await this.fill(window, hash, run)) > 0)
    if (this.bytes.trouble?.kind !== 'corrupt') this.info.sha256 = hash.digest('hex')
  }

  private addDamageAtEnd({ bytes }: ChunkBuffer, reader: RecordReader, window: Window): void {
    const { trouble } = this.bytes
    if (trouble !== null) this.addDamage(trouble.kind, trouble.message, window)
    else if (window.at < window.end)
      this.addDamage('truncated_tail', reader.describeTail(bytes, window.at, window.end), window)
  }

  /** Damage lies at the first packet that is not delivered. */
  private addDamage(kind: Damage['kind'], message: string, window: Window): void {
    const packet = this.info.packets + 1
    const offset = this.offsetOf(window.at, window)
    this.damage.push({ file: this.bytes.name, packet, offset, kind, message })
  }

  /** Where in the file the byte is that stands at `at` in the buffer. */
  private offsetOf(at: number, window: Window): number {
    return this.bytesRead - window.end + at
  }
}

interface Found {
  readonly walk: Walk
  readonly reader: RecordReader
  readonly window: Window
  readonly file: number
  readonly run: Run
}
