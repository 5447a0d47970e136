// The child of the fuzzer: does one job and says on standard output, a line of JSON at a time, what it is
// about to do and what came of it. It writes at once, so that the last line tells where it hung or died.

import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Frame } from '../../test/support/frames.ts'
import { fileOf, fileSeeds, readFault } from './files.ts'
import { type Kept, keptFrames } from './keep.ts'
import { type Fault, faultOf, Lane, type LaneOptions, laneOptions, thrown } from './lane.ts'
import { batchOf } from './packets.ts'
import { packetSeeds } from './seeds.ts'
import { slowest } from './slow.ts'

/** From `first` up to but not including `end`. */
export interface Range {
  readonly seed: number
  readonly first: number
  readonly end: number
  readonly captures: string | null
  /** Batches that one monitor takes before it is closed and the next begins. */
  readonly laneBatches: number
}

export type Job =
  | ({ readonly kind: 'batches' } & Range)
  | ({ readonly kind: 'files' } & Range)
  | { readonly kind: 'frames'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }

/** What the child says. `number` is that of a batch or a file. */
export type Said =
  | { readonly said: 'begin'; readonly number: number }
  | { readonly said: 'fault'; readonly number: number; readonly fault: Fault }
  | { readonly said: 'slowest'; readonly number: number; readonly ms: number }
  | { readonly said: 'done'; readonly packets: number; readonly ms: number }
  | { readonly said: 'memory'; readonly heapBytes: number; readonly residentBytes: number }

/** A batch beyond this is looked at packet by packet; and some others too, whatever they took. */
const BATCH_MS_SUSPECT = 50
const BATCH_MS_MAX = 1000
const FILE_MS_MAX = 1000
const SAMPLE_STEP = 100
const FILES_PER_REPORT = 500
const BATCHES_PER_REPORT = 50

const say = (said: Said): void => void writeSync(1, `${JSON.stringify(said)}\n`)

async function work(job: Job): Promise<void> {
  if (job.kind === 'batches') await batches(job)
  else if (job.kind === 'files') await files(job)
  else if (job.kind === 'frames') frames(keptFrames(readFileSync(job.path, 'utf8')))
  else tell(0, (await readFault(job.path)).fault)
}

async function batches({ seed, first, end, captures, laneBatches }: Range): Promise<void> {
  const seeds = await packetSeeds(captures)
  for (let at = first; at < end; at += laneBatches) {
    const numbers = Array.from(
      { length: Math.min(laneBatches, end - at) },
      (_, index) => at + index,
    )
    const options = laneOptions(Math.floor(at / laneBatches))
    const made = (number: number) => batchOf(seeds, seed, number)
    // Only when the lane is closed: there is one kernel.
    for (const number of oneLane(numbers, made, options)) lookCloser(number, made(number), options)
    tellMemory()
  }
}

type Make = (number: number) => readonly Frame[]

/** Runs the lane to its end or its first fault; the batches that want a closer look. */
function oneLane(numbers: readonly number[], made: Make, options: LaneOptions): readonly number[] {
  const lane = new Lane(options)
  const suspects: number[] = []
  let number = 0
  try {
    for (number of numbers) {
      const ms = oneBatch(number, made(number), lane)
      if (ms === null) return suspects
      if (ms > BATCH_MS_SUSPECT || number % SAMPLE_STEP === 0) suspects.push(number)
      if ((number + 1) % BATCHES_PER_REPORT === 0 && numbers.length > BATCHES_PER_REPORT)
        tellMemory()
    }
    tell(number, lane.finish())
  } catch (error) {
    tell(number, thrown(error))
  }
  return suspects
}

/** What the batch took; null where the books are wrong behind it. */
function oneBatch(number: number, frames: readonly Frame[], lane: Lane): number | null {
  say({ said: 'begin', number })
  const ms = lane.feed(frames)
  say({ said: 'done', packets: frames.length, ms })
  if (ms > BATCH_MS_MAX) tell(number, { kind: 'hang', message: `the batch took ${ms} ms` })
  const fault = lane.check()
  tell(number, fault)
  return fault === null ? ms : null
}

function lookCloser(number: number, made: readonly Frame[], options: LaneOptions): void {
  const { ms, index, isTooSlow } = slowest(made, options)
  say({ said: 'slowest', number, ms })
  if (isTooSlow) tell(number, { kind: 'slow', message: `packet ${index} took ${ms} ms` })
}

async function files({ seed, first, end, captures }: Range): Promise<void> {
  const seeds = fileSeeds(await packetSeeds(captures), captures)
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-fuzz-'))
  const path = join(folder, 'mutated')
  try {
    for (let number = first; number < end; number++) {
      writeFileSync(path, fileOf(seeds, seed, number))
      say({ said: 'begin', number })
      const startMs = performance.now()
      const { fault, packets } = await readFault(path)
      const ms = performance.now() - startMs
      say({ said: 'done', packets, ms })
      tell(number, fault)
      if (ms > FILE_MS_MAX) tell(number, { kind: 'hang', message: `the file took ${ms} ms` })
      if ((number + 1) % FILES_PER_REPORT === 0) tellMemory()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What was kept of a fault, once more: alone it must show the same. */
function frames({ options, frames: kept }: Kept): void {
  const fault = faultOf([kept], options)
  tell(0, fault)
  if (fault !== null) return
  const { ms, index, isTooSlow } = slowest(kept, options)
  if (isTooSlow) tell(0, { kind: 'slow', message: `packet ${index} took ${ms} ms` })
}

function tell(number: number, fault: Fault | null): void {
  if (fault !== null) say({ said: 'fault', number, fault })
}

function tellMemory(): void {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  say({ said: 'memory', heapBytes: heapUsed, residentBytes: rss })
}

if (process.argv[1]?.endsWith('worker.ts')) await work(JSON.parse(process.argv[2] ?? ''))
