// Which packets are slow: a batch is given to fresh monitors packet by packet.

import type { Frame } from '../../test/support/frames.ts'
import { Lane, type LaneOptions } from './lane.ts'

/** No packet takes longer (faults.md F29), on a machine that does the yardstick in its time. */
const PACKET_MS_MAX = 5
/** So close that no tick falls among them: what a tick brings to an end is work of the packets before. */
const STEP_NS = 1000
// The least of several runs is the packet's own time; the rest is the machine's, which may be at other work for long.
const RUNS = 4
const RUNS_MAX = 40

/** Bytes that the yardstick lays out and sums, and what that took where the limit was set. */
const YARDSTICK_BYTES = 1 << 20
const YARDSTICK_MS = 3

export interface Slowest {
  readonly ms: number
  /** Of the packet in its batch. */
  readonly index: number
  readonly isTooSlow: boolean
}

/** The slowest packet of the batch. One that seems too slow is tried further times beside the yardstick. */
export function slowest(frames: readonly Frame[], options: LaneOptions): Slowest {
  const close = frames.map((frame, index) => ({ ...frame, timeNs: STEP_NS * index }))
  const least = frames.map(() => Number.POSITIVE_INFINITY)
  let yardstickMs = Number.POSITIVE_INFINITY
  let ms = 0
  let isTooSlow = false
  for (let run = 0; run < RUNS || (isTooSlow && run < RUNS_MAX); run++) {
    for (const [index, took] of ownTimes(close, options).entries())
      least[index] = Math.min(least[index] ?? took, took)
    yardstickMs = Math.min(yardstickMs, timeOfYardstick())
    ms = Math.max(0, ...least)
    isTooSlow = ms > PACKET_MS_MAX * Math.max(1, yardstickMs / YARDSTICK_MS)
  }
  return { ms, index: least.indexOf(ms), isTooSlow }
}

function ownTimes(frames: readonly Frame[], options: LaneOptions): readonly number[] {
  const lane = new Lane(options)
  return frames.map(frame => lane.feed([frame]))
}

function timeOfYardstick(): number {
  const startMs = performance.now()
  const bytes = new Uint8Array(YARDSTICK_BYTES)
  for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at - 1] ?? 0) + at
  return performance.now() - startMs
}
