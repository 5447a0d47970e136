// Captures played as if they were happening: read from files, and handed on when their time has come, by the
// monotonic clock.

import { setTimeout } from 'node:timers/promises'
import type { CaptureInfo, Chunk, ChunkBuffer } from '../../model/chunk.ts'
import type { InterfaceState } from '../../model/live.ts'
import type { Taken } from '../capture.ts'
import { bufferLike, copyRun } from '../slots.ts'
import { type OpenedSource, openSource } from '../source.ts'
import type { LiveSource } from './options.ts'
import { QuietClock } from './quiet-clock.ts'

export interface ReplayOptions {
  /** Names of the sensors, by the index that captures have. */
  readonly sensors: readonly string[]
  /** Ends the chunks before the captures end. */
  readonly signal: AbortSignal
}

/** Packets at hand before their time has come. */
const OWN_PACKETS_MAX = 4096

/** How long packets may wait for those that follow them, so that they go together. */
const STEP_MS = 50
/** How often time is told while no packet is due. */
const WAIT_MS = 500

/**
 * Reads the captures as `openSource` does, with its errors, at `speed` seconds of capture time in one; 0 for as
 * fast as can be, in which case no time passes but that of packets.
 */
export function openReplay(
  captures: readonly (string | Taken)[],
  speed: number,
  options: ReplayOptions,
): LiveSource {
  return new Replay(openSource(captures, { hash: false }), speed === 0 ? Infinity : speed, options)
}

interface Count {
  delivered: number
  lastMs: number | null
}

class Replay implements LiveSource {
  private readonly source: OpenedSource
  private readonly speed: number
  private readonly options: ReplayOptions
  private readonly counts: readonly Count[]
  private readonly quiet = new QuietClock()
  /** When the first packet was handed on, by the monotonic clock, and when it was captured. */
  private startMs = Number.NaN
  private startNs = 0

  constructor(source: OpenedSource, speed: number, options: ReplayOptions) {
    this.source = source
    this.speed = speed
    this.options = options
    this.counts = options.sensors.map(() => ({ delivered: 0, lastMs: null }))
  }

  get captures(): readonly CaptureInfo[] {
    return this.source.captures
  }

  states(): InterfaceState[] {
    return this.options.sensors.map((sensor, index) => {
      const { delivered, lastMs } = this.counts[index] ?? { delivered: 0, lastMs: null }
      return {
        ...{ name: sensor, sensor, tool: 'replay', state: 'watching' },
        ...{ received: delivered, delivered, kernelDropped: 0, helperDropped: 0 },
        ...{ interfaceDropped: 0, restarts: 0, isTimedOnArrival: false, lastMs },
      }
    })
  }

  async *chunks(buffer: ChunkBuffer): AsyncGenerator<Chunk> {
    const { signal } = this.options
    const own = bufferLike(buffer, OWN_PACKETS_MAX)
    for await (const chunk of this.source.chunks(own)) {
      let next = 0
      while (next < chunk.packets && !signal.aborted) {
        const due = this.dueCount(own, next, chunk.packets)
        if (due > 0) {
          const part = this.part(chunk, own, { next, packets: due }, buffer)
          next += part.packets
          yield part
          continue
        }
        const quietUntilNs = this.quiet.until(performance.now(), this.speed)
        if (quietUntilNs !== null)
          yield { ...chunk, packets: 0, isBehindDamage: false, quietUntilNs }
        await this.pause(own.timeNs[next] ?? 0)
      }
      if (signal.aborted) return
    }
  }

  /** How many packets from `next` on have their time behind them, or very nearly. */
  private dueCount({ timeNs }: ChunkBuffer, next: number, filled: number): number {
    if (this.speed === Infinity) return filled - next
    const now = performance.now()
    if (Number.isNaN(this.startMs)) {
      this.startMs = now
      this.startNs = timeNs[next] ?? 0
    }
    const untilNs = this.startNs + (now + STEP_MS - this.startMs) * this.speed * 1e6
    let slot = next
    while (slot < filled && (timeNs[slot] ?? 0) <= untilNs) slot += 1
    return slot - next
  }

  private part(
    chunk: Chunk,
    own: ChunkBuffer,
    slots: { readonly next: number; readonly packets: number },
    buffer: ChunkBuffer,
  ): Chunk {
    const { packets, movedBy } = copyRun(own, slots, buffer)
    const lastNs = buffer.timeNs[packets - 1] ?? Number.NaN
    const count = this.counts[chunk.sensor]
    if (count !== undefined) {
      count.delivered += packets
      count.lastMs = chunk.epochSeconds * 1000 + lastNs / 1e6
    }
    if (this.speed !== Infinity) this.quiet.packets(lastNs, performance.now())
    return {
      ...chunk,
      packets,
      isBehindDamage: chunk.isBehindDamage && slots.next === 0,
      frame: chunk.frame + slots.next,
      fileOffset: chunk.fileOffset - movedBy,
    }
  }

  /** Until the next packet is due, and no longer than time may go untold. */
  private async pause(timeNs: number): Promise<void> {
    const atMs = this.startMs + (timeNs - this.startNs) / 1e6 / this.speed
    const ms = Math.min(WAIT_MS, Math.max(1, atMs - performance.now()))
    await setTimeout(ms, undefined, { signal: this.options.signal }).catch(() => undefined)
  }
}
