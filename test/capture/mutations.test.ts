// Goal: no file crashes or holds up the reader, and however it is cut into reads, it gives the same packets.
// Method: captures of every format are changed at a few places, from a fixed seed; each is read in two ways.
// faults.md F29.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Random, seeded } from '../../fixtures/scenario/random.ts'
import { InputError } from '../../src/model/errors.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { readAll, temporaryFolder } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'
import { tinyBlocks } from './tiny-pcapng.ts'

const FILES = 1500
const FILE_MS_MAX = 1000
const SECONDS = 1_772_446_500
const buffer = makeChunkBuffer()

const numbers = Array.from({ length: 40 }, (_, number) => number)
const data = (number: number) => Buffer.alloc(number * 3, number).toString('hex')
const classic = numbers.map(number => ({ seconds: SECONDS + number, data: data(number) }))

function modern(littleEndian: boolean): Uint8Array {
  const { section, described, enhanced, simple, old, block, resolution } = tinyBlocks(littleEndian)
  const time = BigInt(SECONDS) * 1_000_000_000n
  return Buffer.concat([
    section(),
    described({ options: resolution(9) }),
    described({ link: 113 }),
    ...numbers.flatMap(number => [
      enhanced({ time: time + BigInt(number), data: data(number) }),
      block(4, Buffer.alloc(number & ~3, 7)),
      number % 2 === 0 ? simple({ data: data(number) }) : old({ id: 1, data: data(number) }),
    ]),
  ])
}

const plain = [
  tinyPcap(classic),
  tinyPcap(classic, { littleEndian: false, nanos: true, link: 113 }),
  tinyPcap(classic, { magic: 0xa1b2cd34, recordExtraBytes: 8 }),
  modern(true),
  modern(false),
  Buffer.concat([modern(true), modern(false)]),
]
const seeds = [...plain, ...plain.map(file => gzipSync(file))]

/** One byte set, one bit turned, or some bytes cut off, put in or taken out. */
function mutated(file: Uint8Array, next: Random): Uint8Array {
  const at = next() % file.length
  const some = next() % 40
  const kinds = [
    () => file.with(at, next() & 0xff),
    () => file.with(at, (file[at] ?? 0) ^ (1 << (next() % 8))),
    () => file.with(at, [0x00, 0x7f, 0x80, 0xff][next() % 4] ?? 0),
    () => file.subarray(0, at + 1),
    () => Buffer.concat([file.subarray(0, at), Buffer.alloc(some, next()), file.subarray(at)]),
    () => Buffer.concat([file.subarray(0, at), file.subarray(at + some)]),
  ]
  const changed = kinds[next() % kinds.length]?.() ?? file
  return changed.length === 0 ? file : changed
}

async function outcome(path: string, readBytes: number): Promise<unknown> {
  try {
    const { packets, captures, notes } = await readAll([path], { buffer, readBytes })
    return { packets, captures, notes }
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
}

test(`${FILES} mutated files`, async () => {
  const next = seeded(20_261_122)
  const path = join(temporaryFolder(), 'mutated')
  const slow: number[] = []
  let read = 0
  for (let number = 0; number < FILES; number++) {
    let file = Uint8Array.from(seeds[next() % seeds.length] ?? [])
    for (let changes = 1 + (next() % 5); changes > 0; changes--)
      file = Uint8Array.from(mutated(file, next))
    writeFileSync(path, file)
    const startMs = performance.now()
    const whole = await outcome(path, 1_000_000)
    if (performance.now() - startMs > FILE_MS_MAX) slow.push(number)
    expect(await outcome(path, 1 + (next() % 500)), `file ${number}`).toEqual(whole)
    if (typeof whole !== 'string') read += 1
  }
  expect(slow).toEqual([])
  expect(read).toBeGreaterThan(FILES / 2)
}, 60_000)
