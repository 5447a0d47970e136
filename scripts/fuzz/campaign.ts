// A campaign: so many mutated packets and files from a seed, in children that are watched, and what came of
// it. Each fault is made as small as it can be and kept in a folder.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Frame } from '../../test/support/frames.ts'
import { runWatched } from './child.ts'
import { fileOf, fileSeeds } from './files.ts'
import { keptText } from './keep.ts'
import { type Fault, laneOptions } from './lane.ts'
import { BATCH_PACKETS, batchOf } from './packets.ts'
import { packetSeeds } from './seeds.ts'
import { shrink } from './shrink.ts'
import type { Job, Said } from './worker.ts'

export interface Plan {
  readonly packets: number
  readonly files: number
  readonly seed: number
  /** A folder of real captures to start from too, or null. */
  readonly captures: string | null
  /** Where faults are kept. */
  readonly folder: string
}

export interface FoundFault extends Fault {
  /** `packets` or `files`, and the number of the batch or file in it. */
  readonly stream: Stream
  readonly number: number
  /** Where its input is kept; null for what no input alone shows. */
  readonly path: string | null
}

export interface StreamFigures {
  /** Packets or files that went through, and packets within them. */
  items: number
  packets: number
  busyMs: number
  /** The slowest batch or file. */
  worstMs: number
  worstNumber: number
  /** The slowest packet of the batches that were looked at packet by packet. */
  packetMs: number
  lookedAt: number
  /** Growth since the first reports, most of all later ones; bytes. */
  heapGrowth: number
  residentGrowth: number
  readonly faults: FoundFault[]
}

/** `endless` is the packets once more, all of them through one monitor that is never closed. */
export type Stream = 'packets' | 'endless' | 'files'

const SILENCE_MS_MAX = 20_000
const REPLAY_SILENCE_MS_MAX = 10_000
const FAULTS_MAX = 10
const TRIES_MAX = 80
const MEBIBYTE = 1024 * 1024
/** G1 of faults.md: no growth of more than 16 MiB. The allocator's own slack comes on top in the process. */
const HEAP_GROWTH_MAX = 16 * MEBIBYTE
const RESIDENT_GROWTH_MAX = 64 * MEBIBYTE
/** Reports of memory, one for 50 batches, until every table and cache has been filled once. */
const WARM_UP = 4
const LANE_BATCHES = 50

/** Runs one stream to its end, or until it has shown ten faults. */
export async function campaign(stream: Stream, plan: Plan): Promise<StreamFigures> {
  const figures = newFigures()
  const end = stream === 'files' ? plan.files : Math.ceil(plan.packets / BATCH_PACKETS)
  const laneBatches = stream === 'endless' ? end : LANE_BATCHES
  // Caches of a monitor that lives on fill up and are emptied in turn: its halves are compared.
  const warmUp = stream === 'endless' ? Math.ceil(end / LANE_BATCHES / 2) : WARM_UP
  const kind = stream === 'files' ? 'files' : 'batches'
  let first = 0
  while (first < end && figures.faults.length < FAULTS_MAX) {
    const { seed, captures } = plan
    const listener = new Listener(figures, warmUp)
    const job: Job = { kind, seed, first, end, captures, laneBatches }
    const ended = await runWatched(job, SILENCE_MS_MAX, said => listener.hear(said))
    const faults = [...listener.faults, ...listener.growth()]
    if (ended.cause !== null)
      faults.push([listener.number, { kind: ended.cause, message: ended.message }])
    for (const [number, fault] of faults.slice(0, FAULTS_MAX))
      figures.faults.push(await kept(stream, number, fault, plan))
    first = ended.cause === null ? end : listener.number + 1
  }
  return figures
}

const newFigures = (): StreamFigures => ({
  ...{ items: 0, packets: 0, busyMs: 0, worstMs: 0, worstNumber: 0, packetMs: 0, lookedAt: 0 },
  ...{ heapGrowth: 0, residentGrowth: 0, faults: [] },
})

/** Takes down what one child says. */
class Listener {
  readonly faults: [number: number, fault: Fault][] = []
  number = 0
  readonly #figures: StreamFigures
  readonly #warmUp: number
  #reports = 0
  #base = { heapBytes: 0, residentBytes: 0 }

  constructor(figures: StreamFigures, warmUp: number) {
    this.#figures = figures
    this.#warmUp = warmUp
  }

  hear(said: Said): void {
    const figures = this.#figures
    if (said.said === 'begin') this.number = said.number
    else if (said.said === 'fault') this.faults.push([said.number, said.fault])
    else if (said.said === 'memory') this.#memory(said.heapBytes, said.residentBytes)
    else if (said.said === 'slowest') {
      figures.lookedAt += 1
      figures.packetMs = Math.max(figures.packetMs, said.ms)
    } else this.#done(said.packets, said.ms)
  }

  growth(): [number: number, fault: Fault][] {
    const { heapGrowth, residentGrowth } = this.#figures
    if (heapGrowth <= HEAP_GROWTH_MAX && residentGrowth <= RESIDENT_GROWTH_MAX) return []
    const message = `heap ${heapGrowth} bytes, process ${residentGrowth} bytes`
    return [[this.number, { kind: 'growth', message }]]
  }

  #done(packets: number, ms: number): void {
    const figures = this.#figures
    figures.items += 1
    figures.packets += packets
    figures.busyMs += ms
    if (ms <= figures.worstMs) return
    figures.worstMs = ms
    figures.worstNumber = this.number
  }

  #memory(heapBytes: number, residentBytes: number): void {
    const figures = this.#figures
    this.#reports += 1
    if (this.#reports <= this.#warmUp) {
      const base = this.#base
      this.#base = {
        heapBytes: Math.max(base.heapBytes, heapBytes),
        residentBytes: Math.max(base.residentBytes, residentBytes),
      }
      return
    }
    const { heapBytes: heap, residentBytes: resident } = this.#base
    figures.heapGrowth = Math.max(figures.heapGrowth, heapBytes - heap)
    figures.residentGrowth = Math.max(figures.residentGrowth, residentBytes - resident)
  }
}

/** Keeps the input of a fault, as small as it shows the fault still. */
async function kept(stream: Stream, number: number, fault: Fault, plan: Plan): Promise<FoundFault> {
  const found = { ...fault, stream, number }
  if (fault.kind === 'growth') return { ...found, path: null }
  mkdirSync(plan.folder, { recursive: true })
  const name = join(plan.folder, `${fault.kind}-${stream}-${plan.seed}-${number}`)
  const path = stream === 'files' ? `${name}.bin` : `${name}.json`
  if (stream === 'files') {
    const seeds = fileSeeds(await packetSeeds(plan.captures), plan.captures)
    writeFileSync(path, fileOf(seeds, plan.seed, number))
  } else await keepFrames(stream, number, fault, plan, path)
  return { ...found, path }
}

/** The batch alone, or all of its lane up to it where the batch alone does no harm. */
async function keepFrames(
  stream: Stream,
  number: number,
  fault: Fault,
  { seed, captures }: Plan,
  path: string,
): Promise<void> {
  const seeds = await packetSeeds(captures)
  const lane = stream === 'endless' ? 0 : Math.floor(number / LANE_BATCHES)
  const options = laneOptions(lane)
  const isFaulty = async (frames: readonly Frame[]): Promise<boolean> => {
    writeFileSync(path, keptText({ options, frames }))
    return (await replayed(path)) === fault.kind
  }
  const alone = batchOf(seeds, seed, number)
  // Of a monitor that lives on, the latest batches: all of them are too many to try again and again.
  const before = stream === 'endless' ? Math.min(number, LANE_BATCHES) : number % LANE_BATCHES
  const since = Array.from({ length: before + 1 }, (_, index) =>
    batchOf(seeds, seed, number - before + index),
  )
  const start = (await isFaulty(alone)) ? alone : since.flat()
  const frames = await shrink(start, isFaulty, TRIES_MAX)
  writeFileSync(path, keptText({ options, frames }))
}

/** The kind of fault that the kept input shows, null for none. */
export async function replayed(path: string): Promise<Fault['kind'] | null> {
  let seen: Fault['kind'] | null = null
  const kind = path.endsWith('.json') ? 'frames' : 'file'
  const { cause } = await runWatched({ kind, path }, REPLAY_SILENCE_MS_MAX, said => {
    if (said.said === 'fault') seen ??= said.fault.kind
  })
  return cause ?? seen
}
