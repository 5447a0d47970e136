// Time that passes while nobody sends, live and in a replay, and intervals under a wall clock that jumps.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { Blindness } from '../../../src/capture/live/blindness.ts'
import { openReplay } from '../../../src/capture/live/replay.ts'
import type { Chunk } from '../../../src/model/chunk.ts'
import type { BlindInterval } from '../../../src/model/live.ts'
import { makeChunkBuffer } from '../../support/chunk-buffer.ts'
import { writeFiles } from '../read-all.ts'
import { tinyPcap } from '../tiny-pcap.ts'
import { canWatch, Namespace, wait } from './namespace.ts'

const BEHIND_MS = 2000
/** How late packets come, and how often time is told. */
const LATE_MS_MAX = 2500

test.runIf(canWatch)('time goes on while an interface is quiet', { timeout: 30_000 }, async () => {
  const space = new Namespace()
  try {
    space.pair('out0', 'tap0')
    const watcher = space.watch({ interfaces: ['tap0'] })
    await watcher.watching()
    await wait(3000)
    expect(watcher.all('quiet')).toEqual([])
    await space.send('out0', 5)
    await watcher.until('quiet', () => watcher.all('quiet').length >= 4)
    const quiet = watcher.all('quiet')
    for (const [index, { atMs, untilMs }] of quiet.entries()) {
      expect(untilMs).toBeLessThanOrEqual(atMs - BEHIND_MS)
      expect(untilMs).toBeGreaterThan(atMs - BEHIND_MS - LATE_MS_MAX)
      expect(untilMs).toBeGreaterThan(quiet[index - 1]?.untilMs ?? 0)
    }
  } finally {
    await space.remove()
  }
})

describe('a replay', () => {
  test('as fast as can be hands on every packet and no time', async () => {
    const { chunks, states } = await replayed([1, 2, 4000], 0)
    expect(chunks.map(({ packets }) => packets)).toEqual([3])
    expect(chunks.some(chunk => 'quietUntilNs' in chunk)).toBe(false)
    expect(states).toMatchObject([
      { tool: 'replay', name: 'tap', received: 3, delivered: 3, lastMs: 4_000_000 },
    ])
  })

  test('keeps the distances of packets, and tells time in long ones', async () => {
    const startMs = performance.now()
    const { chunks, tookMs } = await replayed([100, 110, 180], 20)
    expect(chunks.filter(({ packets }) => packets > 0).map(({ frame }) => frame)).toEqual([1, 2, 3])
    // 80 seconds at twenty times their speed, and what is due within 50 ms goes along.
    expect(tookMs.at(-1)).toBeGreaterThanOrEqual(startMs + 3900)
    const quiet = chunks.flatMap(({ quietUntilNs }) => quietUntilNs ?? [])
    expect(quiet.length).toBeGreaterThan(0)
    for (const untilNs of quiet) expect(untilNs).toBeLessThan(80e9)
  })

  test('ends when it is told to', async () => {
    const end = new AbortController()
    const [path = ''] = writeFiles({ a: pcapAt([1, 100_000]) })
    const source = openReplay([path], 1, { sensors: ['tap'], signal: end.signal })
    let packets = 0
    for await (const chunk of source.chunks(makeChunkBuffer())) {
      packets += chunk.packets
      end.abort()
    }
    expect(packets).toBe(1)
  })
})

describe('a blind interval', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  for (const jumpMs of [-3_600_000, 3_600_000, -315_360_000_000, 315_360_000_000])
    test(`lasts as long as it does while the wall clock jumps by ${jumpMs} ms`, async () => {
      vi.useFakeTimers({ toFake: ['Date'] })
      const told: BlindInterval[] = []
      const blindness = new Blindness('tap0', 'tap', interval => told.push(interval))
      blindness.begin({ cause: 'silent', detail: 'No packets.', sinceMs: performance.now() })
      vi.setSystemTime(Date.now() + jumpMs)
      blindness.end('silent')
      const [begun, ended] = told
      expect(ended).toMatchObject({ id: begun?.id, fromMs: begun?.fromMs })
      const lastedMs = (ended?.toMs ?? 0) - (begun?.fromMs ?? 0)
      expect(lastedMs).toBeGreaterThanOrEqual(0)
      expect(lastedMs).toBeLessThan(60_000)
    })
})

async function replayed(seconds: readonly number[], speed: number) {
  const [path = ''] = writeFiles({ a: pcapAt(seconds) })
  const { signal } = new AbortController()
  const source = openReplay([path], speed, { sensors: ['tap'], signal })
  const chunks: Chunk[] = []
  const tookMs: number[] = []
  for await (const chunk of source.chunks(makeChunkBuffer())) {
    chunks.push(chunk)
    tookMs.push(performance.now())
  }
  return { chunks, tookMs, states: source.states() }
}

const pcapAt = (seconds: readonly number[]): Uint8Array =>
  tinyPcap(seconds.map(one => ({ seconds: one, data: '00'.repeat(60) })))
