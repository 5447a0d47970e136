// What a capture says of its own losses: statistics blocks of pcapng.

import { expect, test } from 'vitest'
import { unread } from '../../src/report/result.ts'
import { sampleResult } from '../support/samples.ts'
import { readAll, writeFiles } from './read-all.ts'
import { type TinyBlocks, tinyBlocks } from './tiny-pcapng.ts'

const little = tinyBlocks(true)

const u32 = (value: number, isLittle: boolean): Uint8Array => {
  const bytes = Buffer.alloc(4)
  if (isLittle) bytes.writeUInt32LE(value)
  else bytes.writeUInt32BE(value)
  return bytes
}

const u64 = (value: bigint, isLittle: boolean): Uint8Array => {
  const bytes = Buffer.alloc(8)
  if (isLittle) bytes.writeBigUInt64LE(value)
  else bytes.writeBigUInt64BE(value)
  return bytes
}

/** A statistics block of one interface with these counters by option code. */
function statistics(
  make: TinyBlocks,
  id: number,
  counters: Readonly<Record<number, bigint>>,
  isLittle = true,
): Uint8Array {
  const options = Object.entries(counters).map(([code, value]) =>
    make.option(Number(code), u64(value, isLittle)),
  )
  const time = [u32(0, isLittle), u32(0, isLittle)]
  return make.block(5, Buffer.concat([u32(id, isLittle), ...time, ...options]))
}

async function dropped(...blocks: readonly Uint8Array[]): Promise<number | null | undefined> {
  const [path = ''] = writeFiles({ 'a.pcapng': Buffer.concat(blocks) })
  const { captures } = await readAll([path])
  return captures[0]?.dropped
}

const begin = [little.section(), little.described(), little.described()]

test('a file without statistics says nothing', async () => {
  expect(await dropped(...begin)).toBeNull()
  expect(await dropped(...begin, statistics(little, 0, { 4: 100n }))).toBeNull()
})

test('interface and system drops of all interfaces add up, the last block of each counting', async () => {
  const seen = await dropped(
    ...begin,
    statistics(little, 0, { 4: 100n, 5: 3n }),
    statistics(little, 1, { 7: 20n }),
    statistics(little, 0, { 4: 200n, 5: 5n, 7: 1n }),
  )
  expect(seen).toBe(5 + 1 + 20)
})

test('sections have interfaces of their own, in their own byte order', async () => {
  const big = tinyBlocks(false)
  const seen = await dropped(
    ...begin,
    statistics(little, 0, { 5: 2n }),
    big.section(),
    big.described(),
    statistics(big, 0, { 5: 40n }, false),
  )
  expect(seen).toBe(42)
})

test('a counter that nobody kept is none, and options that are cut end the block', async () => {
  expect(await dropped(...begin, statistics(little, 0, { 5: 0xffff_ffff_ffff_ffffn }))).toBe(0)
  const cut = little.block(
    5,
    Buffer.concat([
      u32(0, true),
      u32(0, true),
      u32(0, true),
      little.option(5, u64(9n, true), 4000),
    ]),
  )
  expect(await dropped(...begin, cut)).toBeNull()
})

test('what the capture lost keeps a run from being whole, with its share', () => {
  const [capture] = sampleResult().provenance.captures
  if (capture === undefined) throw new Error('the sample has a capture')
  const told = (dropped: number | null) =>
    unread([{ ...capture, packets: 997, dropped }], sampleResult().ledger).filter(
      ({ kind }) => kind === 'capture_drops',
    )
  expect(told(null)).toEqual([])
  expect(told(0)).toEqual([])
  expect(told(3)).toEqual([
    {
      ...{ kind: 'capture_drops', subject: 'office.pcap', count: 3, incomplete: true },
      reason: expect.stringMatching(/^3 packets dropped .* 0\.30 % of all/),
    },
  ])
})
