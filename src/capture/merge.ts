// Several captures as one stream of packets, by time: at every moment the capture whose next packet is the
// earliest goes on, and among equals the first in order. Within a capture packets keep their order.
//
// A capture that is alone for a while is read straight into the run's buffer. Only where captures overlap in
// time does each read into a buffer of its own, and its packets are copied, in runs as long as the merge
// allows. So a chunk holds packets of one capture, and the kernel need not know.

import { setTimeout } from 'node:timers/promises'
import type { Chunk, ChunkBuffer } from '../model/chunk.ts'
import { type Capture, POLL_MS, type Run } from './capture.ts'
import { bufferLike } from './slots.ts'

/** How long a file that may grow, and does not, holds up the others. */
const HOLD_MS = 1000

/** Packets of a capture's own buffer: several reads of small ones. */
const OWN_PACKETS_MAX = 2048

interface Lane {
  readonly capture: Capture
  /** Index of the capture in the run; the order of equals. */
  readonly file: number
  /** When its next packet was captured. */
  headNs: number
  /** Since when its file has not grown, by the computer's clock; null while it is read. */
  dryMs: number | null
}

export class Merge {
  private readonly buffer: ChunkBuffer
  private readonly run: Run
  /** Not begun, in the order of their first packets. */
  private readonly waiting: Lane[]
  /** Begun, and in need of being read on before anybody's packet can be the next. */
  private readonly hungry: Lane[]
  /** Begun, with packets at hand, in the order of these. */
  private readonly ready: Lane[] = []
  /** How many have begun and are not over. */
  private running: number
  /** Who reads into the run's buffer. */
  private main: Lane | null = null
  private readonly own = new Map<Lane, ChunkBuffer>()
  private readonly spare: ChunkBuffer[] = []

  /** `captures` in the order of their first packets; those that do not tell theirs begin at once. */
  constructor(captures: readonly Capture[], buffer: ChunkBuffer, run: Run) {
    const lanes = captures.map((capture, file) => {
      const { first } = capture
      const headNs = first === null ? Number.NaN : run.epoch.since(first.seconds, first.nanos)
      return { capture, file, headNs, dryMs: null }
    })
    this.waiting = lanes.filter(({ capture }) => capture.first !== null)
    this.hungry = lanes.filter(({ capture }) => capture.first === null)
    this.running = this.hungry.length
    this.buffer = buffer
    this.run = run
  }

  /** The next packets, which lie in the run's buffer then; null where a capture must be read on first. */
  take(): Chunk | null {
    if (this.hungry.length > 0 && !this.hungry.every(isGivenUp)) return null
    const [best, second] = this.ready
    const [next] = this.waiting
    if (best === undefined || (next !== undefined && isBefore(next, best))) return null
    const rival =
      second === undefined || (next !== undefined && isBefore(next, second)) ? next : second
    const packets =
      rival === undefined
        ? best.capture.filled - best.capture.next
        : best.capture.runLength(rival.headNs, best.file < rival.file)
    const chunk = best.capture.take(packets, this.buffer, best.file)
    this.ready.shift()
    this.line(best)
    return chunk
  }

  /** Reads on; false when every capture is over. */
  async fill(): Promise<boolean> {
    if (this.hungry.every(({ dryMs }) => dryMs !== null)) this.begin()
    for (const lane of this.hungry.splice(0)) await this.read(lane)
    const isHeldUp = this.ready.length === 0 || !this.hungry.every(isGivenUp)
    if (this.hungry.length > 0 && isHeldUp) await setTimeout(POLL_MS)
    return this.hungry.length + this.ready.length + this.waiting.length > 0
  }

  /** The next capture joins, if it is its turn. */
  private begin(): void {
    const [next] = this.waiting
    const [first] = this.ready
    if (next === undefined || (first !== undefined && !isBefore(next, first))) return
    this.waiting.shift()
    this.hungry.push(next)
    this.running += 1
  }

  /** Puts a capture that has begun where it belongs. */
  private line(lane: Lane): void {
    if (lane.capture.next === lane.capture.filled) {
      this.hungry.push(lane)
      return
    }
    lane.headNs = lane.capture.headNs
    let [low, high] = [0, this.ready.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.ready[middle]
      if (other !== undefined && isBefore(other, lane)) low = middle + 1
      else high = middle
    }
    this.ready.splice(low, 0, lane)
  }

  private async read(lane: Lane): Promise<void> {
    this.place(lane)
    const state = await lane.capture.more()
    lane.dryMs = state === 'dry' ? (lane.dryMs ?? performance.now()) : null
    if (state !== 'over') {
      this.line(lane)
      return
    }
    await lane.capture.finish()
    this.running -= 1
    if (this.main === lane) this.main = null
    this.release(lane)
  }

  /** Who is alone reads into the run's buffer, who is not into one of its own. */
  private place(lane: Lane): void {
    if (this.running > 1) {
      if (this.main !== null) this.moveOut(this.main)
      this.main = null
      if (!this.own.has(lane)) this.moveOut(lane)
    } else if (this.main !== lane) {
      lane.capture.moveTo(this.buffer, this.run, true)
      this.main = lane
      this.release(lane)
    }
  }

  private moveOut(lane: Lane): void {
    const buffer = this.spare.pop() ?? bufferLike(this.buffer, OWN_PACKETS_MAX)
    this.own.set(lane, buffer)
    lane.capture.moveTo(buffer, this.run, false)
  }

  private release(lane: Lane): void {
    const buffer = this.own.get(lane)
    if (buffer === undefined) return
    this.own.delete(lane)
    this.spare.push(buffer)
  }
}

const isBefore = (left: Lane, right: Lane): boolean =>
  left.headNs < right.headNs || (left.headNs === right.headNs && left.file < right.file)

/** The others need not wait for a file that has not grown for a while. */
const isGivenUp = ({ dryMs }: Lane): boolean =>
  dryMs !== null && performance.now() - dryMs >= HOLD_MS
