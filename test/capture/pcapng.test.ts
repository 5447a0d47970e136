// pcapng as it should be: faults.md F12 and F26. What is damaged is in damage.test.ts.

import { describe, expect, test } from 'vitest'
import { readAll, writeFiles } from './read-all.ts'
import { tinyBlocks } from './tiny-pcapng.ts'

const little = tinyBlocks(true)
const big = tinyBlocks(false)
const AT = 1_772_446_500n
const MICROS = AT * 1_000_000n

/** Reads a file of these blocks; every packet as `time link captured/wire data`, damage and notes. */
async function read(...blocks: readonly Uint8Array[]) {
  const [path = ''] = writeFiles({ 'a.pcapng': Buffer.concat(blocks) })
  const { packets, captures, notes } = await readAll([path])
  const epoch = packets[0]?.epochSeconds ?? 0
  return {
    epoch,
    packets: packets.map(({ timeNs, link, wire, data }) => [timeNs, link, wire, data]),
    frames: packets.map(({ frame, offset }) => [frame, offset]),
    damage: captures[0]?.damage.map(({ message }) => message),
    first: captures[0]?.first,
    notes: notes.map(note => note.replace(path, 'a.pcapng')),
  }
}

describe('a section of either byte order', () => {
  for (const [name, make] of Object.entries({ little, big }))
    test(`${name}-endian: enhanced packets with all their fields`, async () => {
      const seen = await read(
        make.section(),
        make.described({ link: 113 }),
        make.enhanced({ time: MICROS + 5n, data: 'aabbcc', wire: 60 }),
        make.enhanced({ time: MICROS + 6n, data: 'dddddddd' }),
      )
      expect(seen).toEqual({
        epoch: 1_772_446_500,
        packets: [
          [5_000, 113, 60, 'aabbcc'],
          [6_000, 113, 4, 'dddddddd'],
        ],
        frames: [
          [1, 28 + 20 + 28],
          [2, 28 + 20 + 36 + 28],
        ],
        damage: [],
        first: { seconds: 1_772_446_500, nanos: 5_000 },
        notes: [],
      })
    })
})

test('sections follow each other, each with a byte order and interfaces of its own', async () => {
  const { packets, damage } = await read(
    little.section({ bytes: 56n }),
    little.described({ link: 1 }),
    little.enhanced({ time: MICROS, data: '01' }),
    big.section({ version: [1, 2] }),
    big.described({ link: 101 }),
    big.enhanced({ time: MICROS, data: '02' }),
    little.section(),
    little.described({ link: 276 }),
    little.enhanced({ time: MICROS, data: '03' }),
  )
  expect(packets.map(([, link, , data]) => [link, data])).toEqual([
    [1, '01'],
    [101, '02'],
    [276, '03'],
  ])
  expect(damage).toEqual([])
})

test('interfaces of one section differ in link type, and may be described between packets', async () => {
  const { packets } = await read(
    little.section(),
    little.described({ link: 1, snaplen: 64 }),
    little.described({ link: 113, snaplen: 9000 }),
    little.enhanced({ id: 1, time: MICROS, data: '01' }),
    little.enhanced({ id: 0, time: MICROS, data: '00' }),
    little.described({ link: 101 }),
    little.enhanced({ id: 2, time: MICROS, data: '02' }),
  )
  expect(packets.map(([, link, , data]) => [link, data])).toEqual([
    [113, '01'],
    [1, '00'],
    [101, '02'],
  ])
})

test('the obsolete packet block is read, its interface number having 16 bits', async () => {
  for (const make of [little, big]) {
    const { packets } = await read(
      make.section(),
      make.described({ link: 1 }),
      make.described({ link: 9 }),
      make.old({ id: 1, time: MICROS, data: 'aabb', wire: 99 }),
    )
    expect(packets).toEqual([[0, 9, 99, 'aabb']])
  }
})

describe('times', () => {
  const { resolution, offset } = little
  const cases: Record<
    string,
    [options: Uint8Array, ticks: bigint, first: { seconds: number; nanos: number }]
  > = {
    'in nanoseconds': [
      resolution(9),
      AT * 1_000_000_000n + 123_456_789n,
      { seconds: 1_772_446_500, nanos: 123_456_789 },
    ],
    'in halves of a second': [resolution(0x81), 15n, { seconds: 7, nanos: 500_000_000 }],
    'in 2^-63 seconds': [resolution(0xbf), 1n << 62n, { seconds: 0, nanos: 500_000_000 }],
    'after an offset': [
      Buffer.concat([resolution(6), offset(1_772_446_500n)]),
      7n,
      { seconds: 1_772_446_500, nanos: 7_000 },
    ],
    'before 1970': [offset(-10n), 3_000_001n, { seconds: -7, nanos: 1_000 }],
    'in the year 2106 and after': [
      resolution(6),
      5_000_000_000_000_000n,
      { seconds: 5_000_000_000, nanos: 0 },
    ],
    'of zero': [resolution(9), 0n, { seconds: 0, nanos: 0 }],
    'as far away as can be': [
      Buffer.concat([resolution(0), offset(9_223_372_036_854_775_807n)]),
      0xffffffffffffffffn,
      { seconds: 27_670_116_110_564_327_000, nanos: 0 },
    ],
  }
  for (const [name, [options, ticks, first]] of Object.entries(cases))
    test(name, async () => {
      const seen = await read(
        little.section(),
        little.described({ options }),
        little.enhanced({ time: ticks, data: '00' }),
      )
      expect(seen.first).toEqual(first)
      expect(seen.damage).toEqual([])
    })

  test('of two interfaces, each by its own resolution, are nanoseconds since one epoch', async () => {
    const { packets } = await read(
      little.section(),
      little.described(),
      little.described({ options: resolution(9) }),
      little.enhanced({ id: 0, time: MICROS + 1n, data: '00' }),
      little.enhanced({ id: 1, time: AT * 1_000_000_000n + 1_001n, data: '01' }),
    )
    expect(packets.map(([time]) => time)).toEqual([1_000, 1_001])
  })
})

describe('simple packets', () => {
  test('are of the first interface, as late as the packet before, and counted', async () => {
    const { packets, notes } = await read(
      little.section(),
      little.described({ link: 113, snaplen: 3 }),
      little.simple({ data: 'aabbcc', wire: 60 }),
      little.enhanced({ time: MICROS, data: '01' }),
      little.enhanced({ time: MICROS + 9n, data: '02' }),
      little.simple({ data: 'dd' }),
    )
    expect(packets).toEqual([
      [0, 113, 60, 'aabbcc'],
      [0, 113, 1, '01'],
      [9_000, 113, 1, '02'],
      [9_000, 113, 1, 'dd'],
    ])
    expect(notes).toEqual([
      'a.pcapng: 2 packets without a time; each is taken to be as late as the one before.',
    ])
  })

  test('alone make a capture without times', async () => {
    const { packets, first } = await read(
      little.section(),
      little.described(),
      little.simple({ data: 'aabb' }),
    )
    expect(packets).toEqual([[0, 1, 2, 'aabb']])
    expect(first).toBe(null)
  })
})

describe('blocks that hold no packets are passed over', () => {
  const types = {
    'name resolution': 4,
    'interface statistics': 5,
    'a journal entry': 9,
    'decryption secrets': 10,
    'custom, to be copied': 0xbad,
    'custom, not to be copied': 0x40000bad,
    'of a type that nobody knows': 0x7777,
  }
  const sizes = { empty: 0, short: 40, 'longer than a read': 300_000, 'of 16 MiB': 16_777_204 }
  for (const [name, type] of Object.entries(types))
    for (const [size, bytes] of Object.entries(sizes))
      test(`${name}, ${size}`, async () => {
        const { packets, frames, damage } = await read(
          little.section(),
          little.described(),
          little.block(type, new Uint8Array(bytes).fill(0xab)),
          little.enhanced({ time: MICROS, data: '01' }),
        )
        expect(packets).toEqual([[0, 1, 1, '01']])
        expect(frames).toEqual([[1, 48 + bytes + 12 + 28]])
        expect(damage).toEqual([])
      })
})

test('options of any block are no part of the packet', async () => {
  const comment = little.option(1, Buffer.from('a comment'))
  const end = little.option(0, new Uint8Array(0))
  const options = Buffer.concat([comment, end])
  const { packets, damage } = await read(
    little.section({ options }),
    little.described({ options }),
    little.enhanced({ time: MICROS, data: 'aabb', options }),
  )
  expect(packets).toEqual([[0, 1, 2, 'aabb']])
  expect(damage).toEqual([])
})

test('a section header of one mebibyte is read, and a packet with 64 KiB of options', async () => {
  const { packets, damage } = await read(
    little.section({ options: new Uint8Array(1_048_576 - 28) }),
    little.described({
      options: Buffer.concat(Array(1000).fill(little.option(2, little.resolution(9)))),
    }),
    little.enhanced({ time: MICROS, data: 'aabb', options: new Uint8Array(65_536) }),
  )
  expect(packets).toEqual([[0, 1, 2, 'aabb']])
  expect(damage).toEqual([])
})

test('a section may describe 65,536 interfaces', async () => {
  const described = Array<Uint8Array>(65_535).fill(little.described({ link: 1 }))
  const { packets, damage } = await read(
    little.section(),
    ...described,
    little.described({ link: 113 }),
    little.enhanced({ id: 65_535, time: MICROS, data: '01' }),
  )
  expect(packets).toEqual([[0, 113, 1, '01']])
  expect(damage).toEqual([])
})

test('a file with nothing but a section header is a capture without packets', async () => {
  expect(await read(big.section())).toMatchObject({ packets: [], damage: [], first: null })
})

test('a packet that claims less on the wire than was captured had at least that', async () => {
  const { packets } = await read(
    little.section(),
    little.described({ snaplen: 2 }),
    little.enhanced({ time: MICROS, data: 'aabbcc', wire: 1 }),
  )
  expect(packets).toEqual([[0, 1, 3, 'aabbcc']])
})

test('a first packet without a time settles the epoch, which no later packet moves', async () => {
  const blocks = [little.section(), little.described(), little.simple({ data: '00' })]
  const late = little.block(4, new Uint8Array(3 * 1024 * 1024))
  const { epoch, packets } = await read(...blocks, late, little.enhanced({ time: MICROS }))
  expect(epoch).toBe(0)
  expect(packets.map(([time]) => time)).toEqual([0, 1_772_446_500e9])
})
