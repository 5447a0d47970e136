// Which packets are slow: a batch is given to fresh monitors packet by packet.

import type { Frame } from '../../test/support/frames.ts'
import { Lane, type LaneOptions } from './lane.ts'

/** No packet takes longer (faults.md F29). */
const PACKET_MS_MAX = 5
/** So close that no tick falls among them: what a tick brings to an end is work of the packets before. */
const STEP_NS = 1000
// The least of several runs is the packet's own time; the rest is the machine's.
const RUNS = 4

export interface Slowest {
  readonly ms: number
  /** Of the packet in its batch. */
  readonly index: number
  readonly isTooSlow: boolean
}

/** The slowest packet of the batch. */
export function slowest(frames: readonly Frame[], options: LaneOptions): Slowest {
  const close = frames.map((frame, index) => ({ ...frame, timeNs: STEP_NS * index }))
  const runs = Array.from({ length: RUNS }, () => ownTimes(close, options))
  const least = frames.map((_, index) => Math.min(...runs.map(times => times[index] ?? 0)))
  const ms = Math.max(0, ...least)
  return { ms, index: least.indexOf(ms), isTooSlow: ms > PACKET_MS_MAX }
}

function ownTimes(frames: readonly Frame[], options: LaneOptions): readonly number[] {
  const lane = new Lane(options)
  return frames.map(frame => lane.feed([frame]))
}
