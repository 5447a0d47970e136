// The packets of one interface on their way from its children to the run: bytes become an index in a buffer of
// its own, from which they are copied in runs as long as the order of times allows.

import type { CaptureInfo, Chunk, ChunkBuffer } from '../../model/chunk.ts'
import { DamageList } from '../damage-list.ts'
import type { Epoch } from '../epoch.ts'
import { type RecordReader, viewOf } from '../format.ts'
import { pcap } from '../pcap.ts'
import { isPcap } from '../pcap-header.ts'
import { copyRun, indexed } from '../slots.ts'
import { compareInstants } from '../time-span.ts'
import { Window } from '../window.ts'
import type { Intake } from './intake.ts'
import type { LiveInterface } from './options.ts'

/** Packets at hand of an interface; what it has beside them waits as bytes. */
const OWN_PACKETS_MAX = 4096

const READ_BYTES = 64 * 1024
const MAGIC_BYTES = 4

const PACKET_BYTES_MAX = 262_144
const HEAD_ROOM_BYTES = PACKET_BYTES_MAX + 4096

interface Stream {
  readonly intake: Intake
  readonly reader: RecordReader
  readonly window: Window
  isLast: boolean
}

export class Lane {
  readonly info: { -readonly [Key in keyof CaptureInfo]: CaptureInfo[Key] }
  /** Packets indexed of the present child. */
  walked = 0
  /** What the stream has instead of packets; null while it is whole. */
  fault: string | null = null
  /** When the latest of the packets at hand came here, by the monotonic clock. */
  arrivedMs = Number.NaN
  /** When the latest packet indexed was captured, in nanoseconds since the epoch of the run; NaN before any. */
  lastNs = Number.NaN
  /** Packets at hand are slots `[next, filled)` of the buffer. */
  private next = 0
  private filled = 0
  private isBehindGap = false
  private readonly file: number
  private readonly epoch: Epoch
  private readonly buffer = ownBuffer()
  private readonly damage = new DamageList()
  private stream: Stream | null = null
  /** Bytes of earlier children. */
  private bytesBefore = 0
  /** Of all bytes that have come, which lies at the bottom of the buffer. */
  private baseAt = 0

  constructor({ name, sensor }: LiveInterface, file: number, epoch: Epoch) {
    this.file = file
    this.epoch = epoch
    const nothing = { bytes: 0, packets: 0, dropped: null, sha256: null, first: null, last: null }
    this.info = { name, sensor, ...nothing, damage: this.damage.list }
  }

  get atHand(): number {
    return this.filled - this.next
  }

  /** When the packet at hand was captured, in nanoseconds since the epoch of the run. */
  get headNs(): number {
    return this.buffer.timeNs[this.next] ?? Number.NaN
  }

  /** Packets may still come. */
  get isOpen(): boolean {
    return this.stream !== null
  }

  get isPressed(): boolean {
    return this.stream?.intake.isPressed === true
  }

  /** A new child's stream begins; the one before must be over and nothing of it at hand. */
  begin(intake: Intake): void {
    this.stream = {
      intake,
      reader: pcap.reader(this.epoch),
      window: new Window(this.buffer, READ_BYTES),
      isLast: false,
    }
    this.walked = 0
    this.fault = null
  }

  /** Between the packets before and those that follow some may be missing. */
  markGap(): void {
    this.isBehindGap = true
  }

  /** When the latest packet was captured, in Unix milliseconds; null before any. */
  get lastMs(): number | null {
    return Number.isNaN(this.lastNs) ? null : this.epoch.seconds * 1000 + this.lastNs / 1e6
  }

  /** Sees to it that packets are at hand, if there are any; how many were indexed. */
  fill(): number {
    if (this.atHand > 0 || this.stream === null) return 0
    this.next = this.filled = 0
    const { stream } = this
    while (this.filled === 0 && this.stream !== null) {
      if (!this.walk(stream) || this.filled > 0) break
      if (this.read(stream)) continue
      if (!stream.intake.isDrained) break
      if (stream.isLast) this.end(stream)
      stream.isLast = true
    }
    return this.filled
  }

  /** How many packets come before the others do: up to `untilNs`, and at that very moment where it is its turn. */
  runLength(untilNs: number, isFirstAtUntil: boolean): number {
    const { timeNs } = this.buffer
    let slot = this.next
    for (; slot < this.filled; slot++) {
      const time = timeNs[slot] ?? Number.NaN
      if (time > untilNs || (time === untilNs && !isFirstAtUntil)) break
    }
    return slot - this.next
  }

  /** Hands on the next packets, up to `wanted` of them, which lie in `buffer` then. */
  take(wanted: number, buffer: ChunkBuffer): Chunk {
    const { packets, movedBy } = copyRun(this.buffer, { next: this.next, packets: wanted }, buffer)
    const chunk = this.chunk(packets, movedBy)
    this.next += packets
    this.info.packets += packets
    return chunk
  }

  /** A chunk that holds no packets, to tell the time. */
  empty(): Chunk {
    return this.chunk(0, 0)
  }

  /** Gives up what is at hand: how many packets that were. */
  drop(): number {
    const { atHand } = this
    this.next = this.filled
    return atHand
  }

  /** Takes nothing more of the present stream. */
  giveUp(): void {
    if (this.stream !== null) this.end(this.stream)
  }

  private chunk(packets: number, movedBy: number): Chunk {
    const { file, info, isBehindGap } = this
    if (packets > 0) this.isBehindGap = false
    return {
      ...{ packets, file, sensor: info.sensor, frame: info.packets + 1 },
      isBehindDamage: packets > 0 && isBehindGap,
      fileOffset: this.baseAt - movedBy,
      epochSeconds: this.epoch.seconds,
    }
  }

  private read({ intake, window }: Stream): boolean {
    const { count, arrivedMs } = intake.read(window.room())
    window.end += count
    if (count > 0) this.arrivedMs = arrivedMs
    this.baseAt = this.bytesBefore + intake.bytesRead - window.end
    this.info.bytes += count
    return count > 0
  }

  /** Indexes what is in memory; false where that is no capture. */
  private walk(stream: Stream): boolean {
    const { window, reader, isLast } = stream
    const { at, end } = window
    if (reader.times.first === null && end - at < MAGIC_BYTES && this.walked === 0) return true
    if (this.isForeign(stream)) return this.break(stream, 'it does not begin as a capture does')
    const walk = reader.walk(this.buffer, { at, end, isLast })
    window.at = walk.end
    this.filled = walk.packets
    this.walked += walk.packets
    if (walk.packets > 0) this.lastNs = this.buffer.timeNs[walk.packets - 1] ?? Number.NaN
    this.note(reader)
    if (walk.fault === null) return true
    return this.break(stream, walk.fault.message)
  }

  private isForeign({ intake, window }: Stream): boolean {
    const isBeginning = intake.bytesRead === window.end - window.at
    return isBeginning && !isPcap(viewOf(this.buffer.bytes.subarray(window.at, window.end)))
  }

  private note({ times: { first, last } }: RecordReader): void {
    const { info } = this
    info.first ??= first
    if (last !== null && (info.last === null || compareInstants(last, info.last) > 0))
      info.last = last
  }

  private break(stream: Stream, message: string): boolean {
    const offset = this.baseAt + stream.window.at
    const { name: file, packets } = this.info
    const packet = packets + this.atHand + 1
    this.damage.add({ file, packet, offset, kind: 'corrupt', message, skippedBytes: null })
    this.fault = message
    stream.intake.discard()
    this.end(stream)
    return false
  }

  private end({ intake }: Stream): void {
    this.bytesBefore += intake.bytesRead
    this.stream = null
  }
}

function ownBuffer(): ChunkBuffer {
  const bytes = new Uint8Array(HEAD_ROOM_BYTES + 4 * READ_BYTES)
  const own = { bytes, dataAt: HEAD_ROOM_BYTES, packetBytesMax: PACKET_BYTES_MAX }
  return indexed(own, OWN_PACKETS_MAX)
}
