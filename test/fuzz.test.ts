// Goal: a share of what `npm run fuzz` does, small enough for every run; and proof that the fuzzer would see
// a fault. faults.md F29, G1.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { campaign, type Plan, replayed } from '../scripts/fuzz/campaign.ts'
import { runWatched } from '../scripts/fuzz/child.ts'
import { keptText } from '../scripts/fuzz/keep.ts'
import { faultOf, Lane, laneOptions } from '../scripts/fuzz/lane.ts'
import { batchOf } from '../scripts/fuzz/packets.ts'
import { packetSeeds } from '../scripts/fuzz/seeds.ts'
import { shrink } from '../scripts/fuzz/shrink.ts'
import { slowest } from '../scripts/fuzz/slow.ts'
import { COUNTERS, Count, Fate } from '../src/kernel/layout.ts'
import { add } from '../src/kernel/memory.ts'
import { begin } from '../src/kernel/session.ts'
import { handshake } from './support/frames.ts'
import { fates, replay } from './support/kernel.ts'

const LONG_MS = 120_000
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-fuzz-test-'))
const PLAN: Plan = { packets: 60_000, files: 500, seed: 29, captures: null, folder }

afterAll(() => rmSync(folder, { recursive: true }))

describe('no crash, no hang, no growth and nothing uncounted', { timeout: LONG_MS }, () => {
  test('in 60,000 mutated packets of seed 29', async () => {
    const { faults, packets } = await campaign('packets', PLAN)
    expect(faults).toEqual([])
    expect(packets).toBe(60_000)
  })

  test('in 500 mutated files of seed 29', async () => {
    const { faults, items, packets } = await campaign('files', PLAN)
    expect(faults).toEqual([])
    expect(items).toBe(500)
    // Most files still hold packets, or the changes would only try the first bytes.
    expect(packets).toBeGreaterThan(5000)
  })
})

test('mutated packets get to every kind of fate', async () => {
  const seeds = await packetSeeds(null)
  const frames = Array.from({ length: 10 }, (_, number) => batchOf(seeds, 29, number)).flat()
  replay(frames, { dedup: true })
  const names = Object.keys(fates())
  for (const name of ['in_flow', 'no_flow.icmp_error', 'unsupported.link'])
    expect(names).toContain(name)
  for (const kind of ['malformed.', 'truncated.', 'duplicate.'])
    expect(names.filter(name => name.startsWith(kind)).length, kind).toBeGreaterThan(0)
})

test('a batch depends on seed and number alone', async () => {
  const seeds = await packetSeeds(null)
  expect(batchOf(seeds, 1, 5)).toEqual(batchOf(seeds, 1, 5))
  expect(batchOf(seeds, 1, 5)).not.toEqual(batchOf(seeds, 2, 5))
  expect(batchOf(seeds, 1, 5)).not.toEqual(batchOf(seeds, 1, 6))
})

describe('the books of a lane', () => {
  const frames = handshake(0, 'a:1 > b:80')

  test('show packets that are gone', () => {
    const lane = new Lane(laneOptions(0))
    lane.feed(frames)
    begin({ seed: 1 })
    expect(lane.finish()).toEqual({ kind: 'uncounted', message: 'packets given and seen: 3 and 0' })
  })

  test('show a packet that is counted twice', () => {
    const lane = new Lane(laneOptions(0))
    lane.feed(frames)
    add(COUNTERS + 8 * Count.Seen, 1)
    add(COUNTERS + 8 * Fate.NoFlowArp, 1)
    expect(lane.check()).toEqual({ kind: 'uncounted', message: '3 packets given, 4 seen' })
  })

  test('show a ledger that does not close', () => {
    const lane = new Lane(laneOptions(0))
    lane.feed(frames)
    add(COUNTERS + 8 * Fate.NoFlowArp, 1)
    expect(lane.check()).toEqual({ kind: 'ledger', message: 'L2 seen 3 is not 4' })
  })

  test('tell what was thrown', () => {
    const broken = [
      {
        timeNs: 0,
        bytes: new Uint8Array(60),
        get link(): number {
          throw new Error('no link')
        },
      },
    ]
    expect(faultOf([broken], laneOptions(0))?.kind).toBe('throw')
  })
})

test('a packet that takes its time is found, and nothing where none does', () => {
  class Slow extends Uint8Array {
    override get length(): number {
      const startMs = performance.now()
      while (performance.now() - startMs < 20);
      return super.length
    }
  }
  const [one, two, ...others] = handshake(0, 'a:1 > b:80')
  if (one === undefined || two === undefined) throw new Error('a handshake has three packets')
  const frames = [one, { ...two, bytes: new Slow(two.bytes) }, ...others]
  expect(slowest(frames, laneOptions(0))).toMatchObject({ index: 1, isTooSlow: true })
  expect(slowest([one, two, ...others], laneOptions(0)).isTooSlow).toBe(false)
})

describe('the watch over a child', { timeout: LONG_MS }, () => {
  const job = { kind: 'file', path: '' } as const
  const program = (text: string): string => {
    const path = join(folder, `program-${text.length}.ts`)
    writeFileSync(path, text)
    return path
  }

  test('ends one that loops for ever', async () => {
    const { cause } = await runWatched(job, 3000, () => {}, program('for (;;) {}'))
    expect(cause).toBe('hang')
  })

  test('tells one that died from one that is done', async () => {
    const died = await runWatched(job, 9000, () => {}, program("throw new Error('no way')"))
    expect(died).toEqual({ cause: 'died', message: expect.stringContaining('no way') })
    const done = await runWatched(job, 9000, () => {}, program('process.exitCode = 0'))
    expect(done.cause).toBeNull()
  })
})

describe('what is kept of a fault', { timeout: LONG_MS }, () => {
  test('is as little as shows it', async () => {
    const numbers = Array.from({ length: 1000 }, (_, number) => number)
    const isFaulty = async (fewer: readonly number[]) => fewer.includes(17) && fewer.includes(801)
    expect(await shrink(numbers, isFaulty, 200)).toEqual([17, 801])
  })

  test('shows no fault when there is none', async () => {
    const frames = batchOf(await packetSeeds(null), 29, 0).slice(0, 50)
    const path = join(folder, 'kept.json')
    writeFileSync(path, keptText({ options: laneOptions(0), frames }))
    expect(await replayed(path)).toBeNull()
  })
})
