// Live packets of one or several interfaces as one source. Each interface has a child of its own, which writes a
// capture to a pipe; what comes is merged by the time of capture.
//
// Children hand on packets up to a second late (tools.ts), so where several interfaces are watched a packet waits
// until those of the others that are older must have come. It waits no longer, and not at all where so much is
// waiting that memory would not do: then the order is given up, and no packet.

import { setImmediate } from 'node:timers/promises'
import type { CaptureInfo, Chunk, ChunkBuffer } from '../../model/chunk.ts'
import { assert, UsageError } from '../../model/errors.ts'
import type { InterfaceState } from '../../model/live.ts'
import { nearest } from '../../model/nearest.ts'
import { quoted } from '../../model/text.ts'
import { Epoch } from '../epoch.ts'
import { Bell } from './bell.ts'
import { Lane } from './lane.ts'
import { interfaceNames } from './link-state.ts'
import type { LiveInterface, LiveOptions, LiveSource } from './options.ts'
import { QuietClock } from './quiet-clock.ts'
import { Supervisor } from './supervisor.ts'
import { DELAY_MS } from './tools.ts'

/** Bytes that wait in this process, of all interfaces together. */
const QUEUE_BYTES_MAX = 48 * 1024 * 1024

/** How often interfaces are looked at, so that what is told of them is right to a second. */
const TICK_MS = 250

/** Beyond what the kernel may keep a packet back, for the way from there to here. */
const WAY_MS = 250

/** Chunks after which pipes, children and timers get their turn. */
const CHUNKS_PER_TURN = 8

/**
 * Watches these interfaces until the signal is given. Throws a UsageError for one that there is not now; one that
 * goes later is blind until it is back. A filter that the child does not accept is a UsageError of the chunks.
 */
export function openLive(interfaces: readonly LiveInterface[], options: LiveOptions): LiveSource {
  if (interfaces.length === 0) throw new UsageError('Name at least one interface to watch.')
  if (options.filter?.includes('\0') === true)
    throw new UsageError('filter: holds a character that no filter has (NUL).')
  const there = interfaceNames()
  for (const [index, { name }] of interfaces.entries()) {
    if (!there.includes(name)) throw unknownInterface(name, there)
    if (interfaces.findIndex(other => other.name === name) < index)
      throw new UsageError(`The interface ${name} is given twice.`)
  }
  return new Live(interfaces, options)
}

class Live implements LiveSource {
  private readonly options: LiveOptions
  private readonly supervisors: readonly Supervisor[]
  private readonly lanes: readonly Lane[]
  private readonly bell = new Bell()
  private readonly quiet = new QuietClock()
  private isTaken = false
  private chunksOfTurn = 0

  constructor(interfaces: readonly LiveInterface[], options: LiveOptions) {
    this.options = options
    const epoch = new Epoch(null)
    const queueBytesMax = Math.floor(QUEUE_BYTES_MAX / interfaces.length)
    const ring = () => this.bell.ring()
    this.supervisors = interfaces.map((one, file) => {
      const lane = new Lane(one, file, epoch)
      return new Supervisor(one, lane, options, queueBytesMax, ring)
    })
    this.lanes = this.supervisors.map(({ lane }) => lane)
  }

  get captures(): CaptureInfo[] {
    return this.lanes.map(({ info }) => info)
  }

  states(): InterfaceState[] {
    return this.supervisors.map(supervisor => supervisor.state())
  }

  async *chunks(buffer: ChunkBuffer): AsyncGenerator<Chunk> {
    assert(!this.isTaken, 'a source is read once')
    this.isTaken = true
    const { signal } = this.options
    const stop = () => {
      for (const supervisor of this.supervisors) supervisor.stop()
      this.bell.ring()
    }
    const timer = setInterval(() => this.tick(), TICK_MS)
    signal.addEventListener('abort', stop)
    try {
      this.tick()
      if (signal.aborted) stop()
      while (!this.supervisors.every(({ isOver }) => isOver)) {
        const chunk = this.next(buffer)
        if (chunk === null) await this.bell.wait(TICK_MS)
        else {
          yield chunk
          if (++this.chunksOfTurn % CHUNKS_PER_TURN === 0) await setImmediate()
        }
      }
    } finally {
      clearInterval(timer)
      signal.removeEventListener('abort', stop)
      for (const supervisor of this.supervisors) supervisor.abandon()
    }
  }

  private tick(): void {
    for (const supervisor of this.supervisors) supervisor.tick()
    this.bell.ring()
  }

  /** The next packets, or that time has passed without any; null where there is nothing to tell yet. */
  private next(buffer: ChunkBuffer): Chunk | null {
    for (const supervisor of this.supervisors) {
      supervisor.fill()
      supervisor.settle()
      if (supervisor.fatal !== null) throw supervisor.fatal
    }
    const now = performance.now()
    const [best, untilNs] = this.first()
    if (best === null) return this.quietChunk(now)
    if (!this.isTurnOf(best, now)) return null
    const file = this.lanes.indexOf(best)
    const isFirstAtUntil = this.lanes.findIndex(({ headNs }) => headNs === untilNs) > file
    const wanted = Number.isFinite(untilNs) ? best.runLength(untilNs, isFirstAtUntil) : best.atHand
    const { arrivedMs } = best
    const chunk = best.take(wanted, buffer)
    this.quiet.packets(buffer.timeNs[chunk.packets - 1] ?? Number.NaN, arrivedMs)
    return chunk
  }

  /** Whose packet at hand is the earliest, and when the next one of another was captured. */
  private first(): [lane: Lane | null, untilNs: number] {
    let best: Lane | null = null
    let untilNs = Number.POSITIVE_INFINITY
    for (const lane of this.lanes) {
      if (lane.atHand === 0) continue
      if (best === null) best = lane
      else if (lane.headNs < best.headNs) {
        untilNs = best.headNs
        best = lane
      } else untilNs = Math.min(untilNs, lane.headNs)
    }
    return [best, untilNs]
  }

  /** Whether nobody can have an earlier packet on the way. */
  private isTurnOf(best: Lane, now: number): boolean {
    const isAwaited = this.lanes.some(lane => lane.isOpen && lane.atHand === 0)
    if (!isAwaited || this.lanes.some(({ isPressed }) => isPressed)) return true
    if (this.options.signal.aborted) return true
    const delayMs = Math.max(...this.supervisors.map(({ tool }) => DELAY_MS[tool]))
    return now - best.arrivedMs >= delayMs + WAY_MS
  }

  private quietChunk(now: number): Chunk | null {
    const quietUntilNs = this.quiet.until(now)
    const [lane] = this.lanes
    if (quietUntilNs === null || lane === undefined) return null
    return { ...lane.empty(), quietUntilNs }
  }
}

function unknownInterface(name: string, there: readonly string[]): UsageError {
  const near = nearest(name, there)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return new UsageError(
    `There is no interface ${quoted(name)}.${hint} Interfaces are: ${there.join(', ')}.`,
  )
}
