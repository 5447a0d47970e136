// faults.md F24, F25 and G10: a damaged file is read up to the damage, and on behind it.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { inBlocks, readAll, writeFiles } from './read-all.ts'
import { type TinyPacket, tinyPcap } from './tiny-pcap.ts'
import { tinyBlocks } from './tiny-pcapng.ts'

const SECONDS = 1_772_446_500
const MICROS = BigInt(SECONDS) * 1_000_000n
const blocks = tinyBlocks()

/** Packets whose first byte counts them and whose rest is no record of anything. */
const dataOf = (number: number) => `${number.toString(16).padStart(4, '0')}${'5aa5'.repeat(30)}`
const packet = (number: number): TinyPacket => ({ seconds: SECONDS + number, data: dataOf(number) })
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)

async function read(bytes: Uint8Array, options = {}) {
  const [path = ''] = writeFiles({ damaged: bytes })
  const { packets, captures } = await readAll([path], options)
  const [capture] = captures
  return {
    data: packets.map(({ data }) => data),
    places: capture?.damage.map(({ packet, offset, kind }) => `${packet}@${offset} ${kind}`),
    skipped: capture?.damage.map(({ skippedBytes }) => skippedBytes),
    messages: capture?.damage.map(({ message }) => message),
    sha256: capture?.sha256,
  }
}

/** The file with some bytes replaced, from `at` on. */
function changed(file: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = Uint8Array.from(file)
  copy.set(bytes, at)
  return copy
}

/** Classic pcap of 78-byte records, the first at byte 24. */
const RECORD_BYTES = 16 + 62
const recordAt = (number: number) => 24 + number * RECORD_BYTES
const classic = tinyPcap(numbers(1000).map(packet))

/** pcapng of 96-byte blocks, the first at byte 48. */
const BLOCK_BYTES = 96
const blockAt = (number: number) => 48 + number * BLOCK_BYTES
const modern = Buffer.concat([
  blocks.section(),
  blocks.described(),
  ...numbers(1000).map(number =>
    blocks.enhanced({ time: MICROS + BigInt(number), data: dataOf(number) }),
  ),
])

const without = (...lost: number[]) =>
  numbers(1000)
    .filter(number => !lost.includes(number))
    .map(dataOf)

describe('classic pcap goes on at the next record', () => {
  const damaged: Record<string, { file: Uint8Array; data: string[]; place: string }> = {
    'behind a captured length that is too large': {
      file: changed(classic, recordAt(500) + 8, 0xff, 0xff, 0xff, 0x7f),
      data: without(500),
      place: `501@${recordAt(500)} corrupt`,
    },
    'behind a captured length that could be, but is more than there was': {
      file: changed(classic, recordAt(500) + 8, 0x00, 0x30),
      data: without(500),
      place: `501@${recordAt(500)} corrupt`,
    },
    'behind a record header of noise': {
      file: changed(classic, recordAt(500), ...numbers(16).map(n => (n * 97 + 31) & 0xff)),
      data: without(500),
      place: `501@${recordAt(500)} corrupt`,
    },
    'behind a first record that is damaged': {
      file: changed(classic, recordAt(0) + 8, 0xff, 0xff, 0xff, 0xff),
      data: without(0),
      place: '1@24 corrupt',
    },
    'behind bytes that do not belong there': {
      file: Buffer.concat([
        classic.subarray(0, recordAt(3)),
        Buffer.from('not a record of any kind, but a line of text'),
        classic.subarray(recordAt(3)),
      ]),
      data: without(),
      place: `4@${recordAt(3)} corrupt`,
    },
    'behind a hole full of zeros': {
      file: changed(classic, recordAt(100), ...Array<number>(RECORD_BYTES * 5).fill(0)),
      data: without(100, 101, 102, 103, 104),
      place: `101@${recordAt(100)} corrupt`,
    },
    'behind a length in the last but one record': {
      file: changed(classic, recordAt(998) + 8, 0xff, 0xff),
      data: without(998),
      place: `999@${recordAt(998)} corrupt`,
    },
  }
  for (const [name, { file, data, place }] of Object.entries(damaged))
    test(name, async () => {
      for (const readBytes of [61, 4096, 1_000_000]) {
        const seen = await read(file, { readBytes })
        expect(seen.data).toEqual(data)
        expect(seen.places).toEqual([place])
      }
    })

  test('behind a length that is too small, having taken its packet for shorter than it was', async () => {
    const seen = await read(changed(classic, recordAt(500) + 8, 30))
    expect(seen.data).toEqual(
      numbers(1000).map(number => (number === 500 ? dataOf(500).slice(0, 60) : dataOf(number))),
    )
    expect(seen.places).toEqual([`502@${recordAt(500) + 46} corrupt`])
    expect(seen.skipped).toEqual([32])
  })
})

describe('pcapng goes on at the next block', () => {
  const damaged: Record<string, { file: Uint8Array; lost: number[]; place: string }> = {
    'behind a length that is too large': {
      file: changed(modern, blockAt(500) + 4, 0xff, 0xff, 0xff, 0x7f),
      lost: [500],
      place: `501@${blockAt(500)} corrupt`,
    },
    'behind a length that leads into the middle of another block': {
      file: changed(modern, blockAt(500) + 4, 0xf0, 0x01),
      lost: [500],
      place: `501@${blockAt(500)} corrupt`,
    },
    'behind a length at its end': {
      file: changed(modern, blockAt(501) - 4, 0),
      lost: [500],
      place: `501@${blockAt(500)} corrupt`,
    },
    'behind a captured length': {
      file: changed(modern, blockAt(500) + 20, 0xff),
      lost: [500],
      place: `501@${blockAt(500)} corrupt`,
    },
    'behind an interface that is not described': {
      file: changed(modern, blockAt(500) + 8, 9),
      lost: [500],
      place: `501@${blockAt(500)} corrupt`,
    },
    'behind noise': {
      file: changed(modern, blockAt(500), ...numbers(200).map(n => (n * 97 + 31) & 0xff)),
      lost: [500, 501, 502],
      place: `501@${blockAt(500)} corrupt`,
    },
    'behind an interface description whose length is wrong, by what it says of the link': {
      file: changed(modern, 28 + 4, 0x44),
      lost: [],
      place: '1@28 corrupt',
    },
    'behind a section header whose length is wrong, by its byte order': {
      file: changed(modern, 4, 0x44),
      lost: [],
      place: '1@0 corrupt',
    },
  }
  for (const [name, { file, lost, place }] of Object.entries(damaged))
    test(name, async () => {
      for (const readBytes of [61, 4096, 1_000_000]) {
        const seen = await read(file, { readBytes })
        expect(seen.data).toEqual(without(...lost))
        expect(seen.places).toEqual([place])
      }
    })

  test('behind a long block of which nothing is taken, where its length at the end is wrong', async () => {
    const file = Buffer.concat([
      modern.subarray(0, blockAt(2)),
      blocks.block(4, new Uint8Array(200_000), { tail: 8 }),
      modern.subarray(blockAt(2)),
    ])
    const seen = await read(file)
    expect(seen.data).toEqual(without())
    expect(seen.places).toEqual([`3@${blockAt(2) + 200_008} corrupt`])
  })
})

test('the damage says where reading went on, and how much was passed over', async () => {
  const { messages, skipped } = await read(changed(classic, recordAt(3) + 8, 0xff, 0xff, 0xff))
  expect(messages).toEqual([
    'the record claims 16777215 captured bytes, and at most 262144 can be; reading went on at byte 336',
  ])
  expect(skipped).toEqual([78])
})

describe('a record is looked for within 1 MiB', () => {
  const noise = (bytes: number) => Buffer.alloc(bytes, 0xa5)
  const with_ = (bytes: number) =>
    Buffer.concat([classic.subarray(0, recordAt(3)), noise(bytes), classic.subarray(recordAt(3))])

  test('and found at its end', async () => {
    const { data, skipped } = await read(with_(1024 * 1024))
    expect(data).toEqual(without())
    expect(skipped).toEqual([1024 * 1024])
  })

  test('and no further: then the rest is not read, which is told, and the hash is of all of it', async () => {
    const file = with_(1024 * 1024 + 1)
    const { data, messages, skipped, sha256 } = await read(file)
    expect(data).toEqual([0, 1, 2].map(dataOf))
    expect(messages).toEqual([
      'the record claims 2779096485 captured bytes, and at most 262144 can be; no record was found behind it, and the rest was not read',
    ])
    expect(skipped).toEqual([null])
    expect(sha256).toBe(createHash('sha256').update(file).digest('hex'))
  })

  test('on standard input, whose rest may never end, without a hash then', async () => {
    async function* endless() {
      yield classic
      for (;;) yield noise(65_536)
    }
    const { packets, captures } = await readAll(['-'], { stdin: endless() })
    expect(packets).toHaveLength(1000)
    expect(captures).toMatchObject([{ sha256: null, damage: [{ kind: 'corrupt', packet: 1001 }] }])
  })
})

test('damage in one capture leaves the others alone', async () => {
  const paths = writeFiles({
    'bad.pcap': changed(classic, 24 + 8, 0xff, 0xff, 0xff, 0xff),
    'good.pcap': tinyPcap([{ seconds: SECONDS + 2000, data: 'aa' }]),
  })
  const { packets, captures } = await readAll(paths)
  expect(packets).toHaveLength(1000)
  expect(captures.map(({ packets, damage }) => [packets, damage.length])).toEqual([
    [999, 1],
    [1, 0],
  ])
})

test('of damage everywhere, a thousand places are listed and the rest is counted', async () => {
  const broken = blocks.enhanced({ id: 7, data: 'aa' })
  const good = blocks.enhanced({ time: MICROS, data: 'bb' })
  const { data, messages, skipped } = await read(
    Buffer.concat([
      blocks.section(),
      blocks.described(),
      ...numbers(3000).flatMap(() => [broken, good]),
    ]),
  )
  expect(data).toHaveLength(3000)
  expect(messages).toHaveLength(1001)
  expect(messages?.[1000]).toBe(
    'and 2,000 more damaged places, the last at byte 215976: the packet is of interface 7, and the section describes 1; reading went on at byte 216012',
  )
  expect(skipped?.[1000]).toBe(2000 * 36)
})

describe('what is odd is no damage', () => {
  const sound = { seconds: SECONDS, data: 'aabbccdd' }
  const odd: Record<string, TinyPacket[]> = {
    'times that jump by years and back': [
      { ...sound, seconds: 0 },
      { ...sound, seconds: 0xffffffff },
      sound,
      { ...sound, seconds: 5 },
      sound,
    ],
    'more captured than there was on the wire, in every record': [
      { ...sound, wire: 2 },
      { ...sound, wire: 1 },
      { ...sound, wire: 3 },
    ],
    'packets of which nothing was captured': [{ ...sound, data: '', wire: 60 }, sound],
    'an empty packet at the very beginning of time': [{ seconds: 0 }, sound],
    'fractions of more than a second': [
      { ...sound, fraction: 4_000_000 },
      { ...sound, fraction: 0xffffffff },
    ],
  }
  for (const [name, packets] of Object.entries(odd))
    test(name, async () => {
      const { data, places } = await read(tinyPcap(packets), { readBytes: 5 })
      expect(data).toEqual(packets.map(each => each.data ?? ''))
      expect(places).toEqual([])
    })
})

test('however a damaged file is cut into reads, the same packets and places come out', async () => {
  const files = [
    changed(classic, recordAt(20) + 8, 0xff, 0xff, 0xff, 0xff),
    changed(classic, recordAt(20) + 8, 30),
    changed(modern, blockAt(20) + 4, 0x10),
  ].map(file => file.subarray(0, 6000))
  for (const file of files) {
    const whole = await read(file)
    expect(whole.places?.length).toBeGreaterThan(0)
    for (const readBytes of [1, 2, 3, 13, 100, 1000])
      expect(await read(file, { readBytes })).toEqual(whole)
    const fromStream = await readAll(['-'], { stdin: inBlocks(file, 9) })
    expect(fromStream.packets.map(({ data }) => data)).toEqual(whole.data)
  }
})
