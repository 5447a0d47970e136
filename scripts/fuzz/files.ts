// Mutated capture files: classic pcap and pcapng in their variants, plain and packed, read by the real reader
// into a judging monitor.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type Random, seeded } from '../../fixtures/scenario/random.ts'
import { openSource } from '../../src/capture/source.ts'
import { InputError } from '../../src/model/errors.ts'
import { openEquations } from '../../src/model/ledger.ts'
import { run } from '../../src/pipeline.ts'
import { tinyPcap } from '../../test/capture/tiny-pcap.ts'
import { tinyBlocks } from '../../test/capture/tiny-pcapng.ts'
import { type Fault, judgingMonitor, laneOptions, thrown } from './lane.ts'
import { mutated, pick, spliced } from './mutate.ts'
import { captureFiles, type Seeds } from './seeds.ts'
import type { Linked } from './wrap.ts'

const SECONDS = 1_772_446_500
const PACKETS = 40
const CAPTURE_BYTES_MAX = 64 * 1024
/** A few real captures are as good as all: what is changed is the format around the packets. */
const CAPTURES_MAX = 120

/** Whole files to start from; `captures` as in packetSeeds(). */
export function fileSeeds({ frames }: Seeds, captures: string | null): readonly Uint8Array[] {
  const some = frames.filter((_, index) => index % Math.ceil(frames.length / PACKETS) === 0)
  const classic = some.map(({ bytes }, index) => ({ seconds: SECONDS + index, data: hex(bytes) }))
  const plain = [
    tinyPcap(classic),
    tinyPcap(classic, { littleEndian: false, nanos: true, link: 101 }),
    tinyPcap(classic, { magic: 0xa1b2cd34, recordExtraBytes: 8 }),
    tinyPcap(classic, { version: [2, 2], link: 276 }),
    modern(some, true),
    modern(some, false),
    Buffer.concat([modern(some, true), modern(some, false)]),
  ]
  const real = captures === null ? [] : captureFiles(captures, CAPTURE_BYTES_MAX)
  const few = real.filter((_, index) => index % Math.ceil(real.length / CAPTURES_MAX) === 0)
  return [...plain, ...plain.map(file => gzipSync(file)), ...few.map(path => readFileSync(path))]
}

function modern(frames: readonly Linked[], littleEndian: boolean): Uint8Array {
  const { section, described, enhanced, simple, old, block, resolution, offset } =
    tinyBlocks(littleEndian)
  const time = BigInt(SECONDS) * 1_000_000_000n
  return Buffer.concat([
    section(),
    described({ options: resolution(9) }),
    described({ link: 113, options: Buffer.concat([resolution(0x8a), offset(-5n)]) }),
    ...frames.flatMap(({ bytes }, index) => [
      enhanced({ time: time + BigInt(index), data: hex(bytes) }),
      index % 5 === 0 ? block(4, Buffer.alloc(index & ~3, 7)) : Buffer.alloc(0),
      index % 2 === 0 ? simple({ data: hex(bytes) }) : old({ id: 1, data: hex(bytes) }),
    ]),
  ])
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** File `number` of the stream that `seed` names. */
export function fileOf(seeds: readonly Uint8Array[], seed: number, number: number): Uint8Array {
  const next = seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0xc2b2ae35))
  const file = pick(seeds, next)
  const whole = next() % 10 === 0 ? spliced(file, pick(seeds, next), next) : file
  const changed = mutated(whole, 1 + (next() % 6), next)
  return next() % 12 === 0 ? gzipSync(changed) : next() % 8 === 0 ? early(whole, next) : changed
}

/** The first bytes say how all others are read, and are hit too seldom by chance. */
const early = (file: Uint8Array, next: Random): Uint8Array =>
  Buffer.concat([mutated(file.subarray(0, 64), 2, next), file.subarray(64)])

/** Reads the file as an audit does; the fault it shows, if any, and the packets in it. */
export async function readFault(path: string): Promise<{ fault: Fault | null; packets: number }> {
  let given = 0
  try {
    const monitor = judgingMonitor(laneOptions(0))
    const source = openSource([path], { hash: false })
    await run(source, monitor, [])
    given = source.captures.reduce((sum, { packets }) => sum + packets, 0)
    const ledger = monitor.ledger()
    const open = openEquations(ledger)
    if (open.length > 0)
      return { fault: { kind: 'ledger', message: open.join('; ') }, packets: given }
    if (ledger.reader.seen === given) return { fault: null, packets: given }
    const message = `${given} packets read, ${ledger.reader.seen} seen`
    return { fault: { kind: 'uncounted', message }, packets: given }
  } catch (error) {
    return { fault: error instanceof InputError ? null : thrown(error), packets: given }
  }
}
