// How the round trips of each flow are spread, for many flows at once: bins of histogram.ts in one slab of
// typed arrays, since objects cost ten times as much and live as long as their flows.

import { type Distribution, NO_VALUES } from '../model/quality.ts'

/** How much wider than its lower end a bin is, before bins are joined. */
const LOG_WIDTH = Math.log(1.005)
const MS = 1e6

// A block is a header and sixteen bins of 16 bytes each. What only the first block of a flow has comes first.
const BLOCK_WORDS = 80
const BINS = 16
/** Bins of one side of a flow: beyond them, bins are joined in pairs. */
const BINS_MAX = 64
const [N, MIN, MAX] = [0, 1, 2] // f64
const [USED, JOINED, NEXT] = [6, 7, 8] // i32: bins in use, how often they were joined, next block + 1
const BIN_KEYS = 16 // i32
const BIN_COUNTS = 32 // i32
const BIN_SUMS = 24 // f64

const BLOCKS_FIRST = 1024
const BLOCKS_MAX = 131_072

// The bins of one side while they are put in order, and one more: no objects, for this is done as records end.
const keys = new Int32Array(BINS_MAX + 1)
const counts = new Float64Array(BINS_MAX + 1)
const sums = new Float64Array(BINS_MAX + 1)

export class FlowRoundTrips {
  readonly #blocksMax: number
  /** The first block of each side of a flow, by twice the flow's number, and one more for the high side. */
  readonly #first = new Map<number, number>()
  #words = new Int32Array(BLOCKS_FIRST * BLOCK_WORDS)
  #floats = new Float64Array(this.#words.buffer)
  #used = 0
  /** First free block + 1, 0 for none. */
  #free = 0
  /** Round trips that found no room. */
  refused = 0

  /** `blocksMax` is a bound below the built-in one, for tests. */
  constructor(blocksMax: number = BLOCKS_MAX) {
    this.#blocksMax = blocksMax
  }

  /** A round trip of one side of a flow, in nanoseconds; what is below zero is none. */
  add(flow: number, isHigh: boolean, ns: number): void {
    if (!(ns >= 0)) return
    const side = 2 * flow + (isHigh ? 1 : 0)
    const block = this.#first.get(side) ?? this.#begin(side)
    if (block < 0) {
      this.refused++
      return
    }
    const at = block * (BLOCK_WORDS / 2)
    this.#floats[at + N] = (this.#floats[at + N] ?? 0) + 1
    this.#floats[at + MIN] = Math.min(this.#floats[at + MIN] ?? 0, ns)
    this.#floats[at + MAX] = Math.max(this.#floats[at + MAX] ?? 0, ns)
    const key = Math.floor(Math.log(Math.max(ns, 1)) / LOG_WIDTH)
    this.#put(block, key >> this.#word(block, JOINED), ns)
  }

  /** In milliseconds; quantiles are of the nearest rank. */
  distribution(flow: number, isHigh: boolean): Distribution {
    const block = this.#first.get(2 * flow + (isHigh ? 1 : 0))
    if (block === undefined) return NO_VALUES
    const at = block * (BLOCK_WORDS / 2)
    const n = this.#floats[at + N] ?? 0
    const bins = this.#load(block)
    return {
      n,
      min: (this.#floats[at + MIN] ?? 0) / MS,
      p50: quantileOf(bins, Math.ceil(0.5 * n)) / MS,
      p95: quantileOf(bins, Math.ceil(0.95 * n)) / MS,
      p99: quantileOf(bins, Math.ceil(0.99 * n)) / MS,
      max: (this.#floats[at + MAX] ?? 0) / MS,
    }
  }

  /** Nothing of the flow is kept any longer. */
  delete(flow: number): void {
    for (const side of [2 * flow, 2 * flow + 1]) {
      const block = this.#first.get(side)
      if (block === undefined) continue
      this.#first.delete(side)
      this.#release(block)
    }
  }

  #begin(side: number): number {
    const block = this.#take()
    if (block < 0) return -1
    this.#floats[block * (BLOCK_WORDS / 2) + MIN] = Number.POSITIVE_INFINITY
    this.#first.set(side, block)
    return block
  }

  /** An empty block; -1 where there is no room. */
  #take(): number {
    const free = this.#free - 1
    if (free >= 0) {
      this.#free = this.#word(free, NEXT)
      this.#words.fill(0, free * BLOCK_WORDS, (free + 1) * BLOCK_WORDS)
      return free
    }
    if (this.#used >= this.#blocksMax) return -1
    if (this.#used * BLOCK_WORDS === this.#words.length) this.#grow()
    return this.#used++
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length)
    words.set(this.#words)
    this.#words = words
    this.#floats = new Float64Array(words.buffer)
  }

  /** Gives back a block and those behind it. */
  #release(block: number): void {
    for (let at = block; at >= 0; ) {
      const next = this.#word(at, NEXT) - 1
      this.#words[at * BLOCK_WORDS + NEXT] = this.#free
      this.#free = at + 1
      at = next
    }
  }

  /** Into the bin of the key, a new one where there is none, with fewer bins where there is no room. */
  #put(first: number, key: number, ns: number): void {
    let [block, last] = [first, first]
    for (; block >= 0; block = this.#word(block, NEXT) - 1) {
      if (this.#addTo(block, key, ns)) return
      last = block
    }
    if (this.#word(last, USED) < BINS) {
      this.#append(last, key, 1, ns)
      return
    }
    const further = this.#lengthOf(first) < BINS_MAX ? this.#take() : -1
    if (further >= 0) {
      this.#words[last * BLOCK_WORDS + NEXT] = further + 1
      this.#append(further, key, 1, ns)
      return
    }
    this.#join(first, key, ns)
  }

  #addTo(block: number, key: number, ns: number): boolean {
    const used = this.#word(block, USED)
    const words = block * BLOCK_WORDS
    for (let index = 0; index < used; index++) {
      if (this.#words[words + BIN_KEYS + index] !== key) continue
      const countAt = words + BIN_COUNTS + index
      const sumAt = words / 2 + BIN_SUMS + index
      this.#words[countAt] = (this.#words[countAt] ?? 0) + 1
      this.#floats[sumAt] = (this.#floats[sumAt] ?? 0) + ns
      return true
    }
    return false
  }

  #append(block: number, key: number, count: number, sum: number): void {
    const index = this.#word(block, USED)
    const words = block * BLOCK_WORDS
    this.#words[words + BIN_KEYS + index] = key
    this.#words[words + BIN_COUNTS + index] = count
    this.#floats[words / 2 + BIN_SUMS + index] = sum
    this.#words[words + USED] = index + 1
  }

  /** Joins bins in pairs until they and one more need no further block. */
  #join(first: number, key: number, ns: number): void {
    const room = this.#lengthOf(first)
    let bins = ordered(this.#load(first), key, ns)
    let joined = this.#word(first, JOINED)
    do {
      bins = inPairs(bins)
      joined++
    } while (bins > room)
    for (let block = first; block >= 0; block = this.#word(block, NEXT) - 1)
      this.#words[block * BLOCK_WORDS + USED] = 0
    this.#words[first * BLOCK_WORDS + JOINED] = joined
    let block = first
    for (let bin = 0; bin < bins; bin++) {
      if (this.#word(block, USED) === BINS) block = this.#word(block, NEXT) - 1
      this.#append(block, keys[bin] ?? 0, counts[bin] ?? 0, sums[bin] ?? 0)
    }
  }

  /** Bins that the blocks of a side have room for. */
  #lengthOf(first: number): number {
    let room = 0
    for (let block = first; block >= 0; block = this.#word(block, NEXT) - 1) room += BINS
    return room
  }

  /** Puts the bins of a side in order by their values; how many there are. */
  #load(first: number): number {
    let bins = 0
    for (let block = first; block >= 0; block = this.#word(block, NEXT) - 1) {
      const words = block * BLOCK_WORDS
      for (let index = 0; index < this.#word(block, USED); index++) {
        const [key, count] = [words + BIN_KEYS + index, words + BIN_COUNTS + index]
        const sum = this.#floats[words / 2 + BIN_SUMS + index] ?? 0
        bins = ordered(bins, this.#words[key] ?? 0, sum, this.#words[count] ?? 0)
      }
    }
    return bins
  }

  #word(block: number, at: number): number {
    return this.#words[block * BLOCK_WORDS + at] ?? 0
  }
}

/** Puts one more bin where it belongs among so many; how many there are then. */
function ordered(bins: number, key: number, sum: number, count = 1): number {
  let at = bins
  for (; at > 0 && (keys[at - 1] ?? 0) > key; at--) {
    keys[at] = keys[at - 1] ?? 0
    counts[at] = counts[at - 1] ?? 0
    sums[at] = sums[at - 1] ?? 0
  }
  keys[at] = key
  counts[at] = count
  sums[at] = sum
  return bins + 1
}

/** Makes each of so many bins twice as wide; how many there are then. */
function inPairs(bins: number): number {
  let last = -1
  for (let bin = 0; bin < bins; bin++) {
    const key = (keys[bin] ?? 0) >> 1
    const [count, sum] = [counts[bin] ?? 0, sums[bin] ?? 0]
    const isSame = last >= 0 && keys[last] === key
    if (!isSame) last++
    keys[last] = key
    counts[last] = isSame ? (counts[last] ?? 0) + count : count
    sums[last] = isSame ? (sums[last] ?? 0) + sum : sum
  }
  return last + 1
}

/** The mean of the bin in which the value of that rank lies, nanoseconds. */
function quantileOf(bins: number, rank: number): number {
  let passed = 0
  for (let bin = 0; bin < bins; bin++) {
    passed += counts[bin] ?? 0
    if (passed >= rank) return (sums[bin] ?? 0) / (counts[bin] ?? 1)
  }
  return 0
}
