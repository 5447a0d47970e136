// Goal: the compiled kernel is made from the sources as they are, keeps out of the kernel's memory but for its
// work, and does what the plain one does, byte for byte.
// Method: the sources are compiled again; then the same packets go through both kernels, as in every test
// that uses replay(), which compares what both leave behind. Here they are many, and of the nasty kinds.

import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { compileKernel } from '../../scripts/compile-kernel.ts'
import { laneOptions } from '../../scripts/fuzz/lane.ts'
import { pick } from '../../scripts/fuzz/mutate.ts'
import { batchOf } from '../../scripts/fuzz/packets.ts'
import { packetSeeds } from '../../scripts/fuzz/seeds.ts'
import { type Kernel, plainKernel } from '../../src/kernel/compiled.ts'
import { COUNTERS, Count } from '../../src/kernel/layout.ts'
import { add } from '../../src/kernel/memory.ts'
import { begin, load } from '../../src/kernel/session.ts'
import { WASM } from '../../src/kernel/wasm.ts'
import { inBoth } from '../support/both-kernels.ts'
import { type Frame, patched, SECOND_NS, tcp, udp } from '../support/frames.ts'
import { chunksOf, fates, replay } from '../support/kernel.ts'
import { type WalkOptions, walk } from './walk.ts'

const LONG_MS = 60_000

describe('the committed module', () => {
  const module = Buffer.from(WASM, 'base64')

  test('is, byte for byte, what the sources compile to', { timeout: LONG_MS }, async () => {
    expect(Buffer.compare(module, (await compileKernel()).wasm), 'due: npm run bless').toBe(0)
  })

  // No data to put into the memory, no globals, and nothing that runs before it is called.
  test('has types, an import, functions, exports and code, and nothing else', () => {
    const names = ['custom', 'type', 'import', 'function', 'table', 'memory', 'global', 'export']
    const sections = sectionsOf(module).map(
      id => [...names, 'start', 'element', 'code', 'data'][id],
    )
    expect(sections).toEqual(['type', 'import', 'function', 'export', 'code'])
  })
})

describe('both kernels leave the same behind', { timeout: LONG_MS }, () => {
  const STEPS = { steps: 15_000, conversations: 700 }
  const BOUNDS = { halfOpenMax: 20, fullMax: 60, addressesMax: 12 }
  const framesOf = (options: WalkOptions) => walk(options).map(({ frame }) => frame)

  test('of walks with eviction, refused addresses and VLANs in the key', () => {
    const frames = framesOf({ seed: 11, ...STEPS })
    expect(replay(frames, BOUNDS).ledger.flows.evicted).toBeGreaterThan(500)
    expect(fates()['unflowed.addresses']).toBeGreaterThan(100)
    replay(framesOf({ seed: 12, ...STEPS }), { vlanInKey: true, chunkPackets: 100 })
  })

  test('of copies that a mirror port makes', () => {
    const frames = withCopies(framesOf({ seed: 13, ...STEPS, isCalm: true }))
    const { ledger } = replay(frames, { dedup: true })
    expect(ledger.reader.seen).toBe(frames.length)
    expect(fates()['duplicate.copy']).toBeGreaterThan(1000)
  })

  test('of what three sensors see of the same', () => {
    const frames = withCopies(framesOf({ seed: 14, ...STEPS, isCalm: true }))
    const seen = frames.map((frame, index) => ({ ...frame, sensor: (index >> 2) % 3 }))
    const { records } = replay(seen, { dedup: true, sensors: 3 })
    expect(fates()['duplicate.copy']).toBeGreaterThan(1000)
    const masks = records.flatMap(({ sensors }) => [sensors.client, sensors.server])
    expect([...new Set(masks)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('of numbers and addresses on both sides of 2^31', () => {
    const { records } = replay(highNumbers())
    expect(records.map(({ end }) => end)).toContain('reused')
  })

  test('of times that jump, stumble and lie', () => {
    const { ledger } = replay(wildTimes())
    expect(ledger.reasons['note.time_wild']).toBeGreaterThan(100)
    expect(ledger.reasons['note.time_backwards']).toBeGreaterThan(100)
  })

  for (let lane = 0; lane < 4; lane++)
    test(`of 10,000 mutated packets of every link layer, the ${lane + 1}. time`, async () => {
      const { isNarrow, ...options } = laneOptions(lane)
      const seeds = await packetSeeds(null)
      const batches = Array.from({ length: 10 }, (_, number) => batchOf(seeds, 31 + lane, number))
      replay(batches.flat(), { ...options, ...(isNarrow ? BOUNDS : {}) })
      expect(Object.keys(fates()).length).toBeGreaterThan(12)
    })
})

test('a kernel that counts a byte too many would be found out', () => {
  const wrong: Kernel = {
    ...plainKernel,
    run() {
      add(COUNTERS + 8 * Count.Bytes, 1)
      return plainKernel.run()
    },
  }
  const work = (kernel: Kernel) => {
    begin({ seed: 1 })
    for (const chunk of chunksOf([udp(0, 'a:1 > b:2')])) load(chunk)
    kernel.run()
  }
  expect(() => inBoth(1, work, [plainKernel, wrong])).toThrow(
    /^The kernels differ.*: counters from/,
  )
  expect(() => inBoth(1, work, [plainKernel, plainKernel])).not.toThrow()
})

/** Half of the frames come twice: as they are, with another TTL, or with a VLAN tag. */
function withCopies(frames: readonly Frame[]): readonly Frame[] {
  const next = seeded(7)
  return frames.flatMap(frame => {
    const isV4 = frame.bytes[12] === 8
    const copy = { ...frame, timeNs: frame.timeNs + (next() % 4) * 1e6 }
    const others = [
      ...[[], [], [copy], [patched(copy, isV4 ? 22 : 21, 9)]],
      [patched(frame, isV4 ? 18 : 40, 0, 0), patched(copy, isV4 ? 18 : 40, 0, 0)],
    ]
    return [frame, ...pick(others, next)]
  })
}

function highNumbers(): readonly Frame[] {
  const next = seeded(3)
  const hosts = [
    '127.255.255.255',
    '128.0.0.0',
    '255.1.2.3',
    '1.2.3.4',
    '2001:db8::ffff',
    'ff0e::1',
  ]
  const edges = [0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff]
  const number = () => pick(edges, next) + (next() % 2)
  return Array.from({ length: 8000 }, (_, index) => {
    const version = next() % 2 === 0 ? hosts.slice(0, 4) : hosts.slice(4)
    const ends = [pick(version, next), pick(version, next)]
    const ports = [pick([80, 32_768, 65_535], next), pick([443, 32_767, 65_535], next)]
    const way = `[${ends[0]}]:${ports[0]} > [${ends[1]}]:${ports[1]}`
    const flags = pick(['SYN', 'SYN+ACK', 'ACK', 'ACK', 'FIN+ACK', 'RST'], next)
    const numbers = { sequence: number() >>> 0, acknowledgement: number() >>> 0 }
    return tcp(index / 100, way, flags, { ...numbers, window: next() & 0xffff, data: next() % 3 })
  })
}

function wildTimes(): readonly Frame[] {
  const next = seeded(4)
  const jumps = [-1, -4000, 3, 35, 700, 4000, 90_000, 700_000, -700_000].map(s => s * SECOND_NS)
  let timeNs = 0
  return Array.from({ length: 8000 }, () => {
    timeNs += next() % 200 === 0 ? pick(jumps, next) : (next() % 1000) * 1e6
    const isAstray = next() % 20 === 0
    const frame = udp(0, `a:${next() % 50} > b:${next() % 3}`)
    return { ...frame, timeNs: isAstray ? timeNs + pick(jumps, next) : timeNs + 0.25 }
  })
}

/** Numbers of a module's sections, in their order. A size is in LEB128: seven bits a byte, low ones first. */
function sectionsOf(module: Uint8Array): readonly number[] {
  const ids: number[] = []
  for (let at = 8; at < module.length; ) {
    ids.push(module[at++] ?? 0)
    let size = 0
    let shift = 0
    let byte = 0x80
    while (byte >= 0x80) {
      byte = module[at++] ?? 0
      size += (byte & 0x7f) << shift
      shift += 7
    }
    at += size
  }
  return ids
}
