// faults.md F28: captures packed with gzip, told by their content and not by their name.

import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { inBlocks, readAll, temporaryFolder, writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'
import { tinyBlocks } from './tiny-pcapng.ts'

const MEBIBYTE = 1024 * 1024
const at = (seconds: number, data = 'aa') => ({ seconds, data })
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function read(bytes: Uint8Array, options = {}) {
  const [path = ''] = writeFiles({ capture: bytes })
  const { packets, captures } = await readAll([path], options)
  return { packets, capture: captures[0] }
}

describe('a packed capture', () => {
  const plain = tinyPcap([at(7, '010203'), at(8, '04'), at(9, '05')])
  const packed = gzipSync(plain)

  test('is read like the same capture plain, offsets being those of its content', async () => {
    const seen = await read(packed)
    expect(seen.packets).toEqual((await read(plain)).packets)
    expect(seen.packets.map(({ offset }) => offset)).toEqual([40, 59, 76])
  })

  test('has the size and the hash of the file as it lies there', async () => {
    const { capture } = await read(packed)
    expect(capture).toMatchObject({ bytes: packed.length, sha256: sha256(packed), damage: [] })
  })

  test('may be pcapng', async () => {
    const blocks = tinyBlocks(false)
    const file = [blocks.section(), blocks.described(), blocks.enhanced({ data: 'aabb' })]
    const { packets } = await read(gzipSync(Buffer.concat(file)))
    expect(packets.map(({ data }) => data)).toEqual(['aabb'])
  })

  test('may come through standard input, in blocks of any size', async () => {
    for (const blockBytes of [1, 5, 1000]) {
      const { packets, captures } = await readAll(['-'], { stdin: inBlocks(packed, blockBytes) })
      expect(packets.map(({ data }) => data)).toEqual(['010203', '04', '05'])
      expect(captures).toMatchObject([{ bytes: packed.length, sha256: sha256(packed) }])
    }
  })

  test('may consist of several members, cut anywhere', async () => {
    const members = [plain.subarray(0, 10), plain.subarray(10, 50), plain.subarray(50)]
    const { packets, capture } = await read(Buffer.concat(members.map(part => gzipSync(part))))
    expect(packets.map(({ data }) => data)).toEqual(['010203', '04', '05'])
    expect(capture?.damage).toEqual([])
  })

  test('takes its place in time among others', async () => {
    const paths = writeFiles({ a: gzipSync(tinyPcap([at(2), at(4)])), b: tinyPcap([at(1), at(3)]) })
    const { packets } = await readAll(paths)
    expect(packets.map(({ file, timeNs }) => [file, timeNs / 1e9])).toEqual([
      [0, 0],
      [1, 1],
      [0, 2],
      [1, 3],
    ])
  })
})

describe('a packed capture that is damaged', () => {
  const many = tinyPcap(Array.from({ length: 20_000 }, (_, number) => at(number, '5aa5'.repeat(9))))
  const packed = gzipSync(many, { level: 1 })

  test('by being cut short gives what is left, and says so', async () => {
    const { packets, capture } = await read(packed.subarray(0, packed.length >> 1))
    expect(packets.length).toBeGreaterThan(8000)
    expect(capture?.damage).toMatchObject([
      { kind: 'truncated_tail', message: 'the packed file is cut short' },
    ])
  })

  test('within gives what comes before, but for the last 64 KiB, and the hash of all of it', async () => {
    const damaged = Uint8Array.from(packed).fill(0xff, packed.length >> 1, (packed.length >> 1) + 9)
    const { packets, capture } = await read(damaged)
    expect(packets.length).toBeGreaterThan(8000)
    expect(capture?.sha256).toBe(sha256(damaged))
    expect(capture?.damage).toMatchObject([{ kind: 'corrupt' }])
    expect(capture?.damage[0]?.message).toMatch(/^what is packed is damaged \(Z_\w+\); the rest/)
  })

  test('in its content is read on behind the damage like a plain one', async () => {
    const content = Uint8Array.from(many)
    content.set([0xff, 0xff, 0xff, 0xff], 24 + 34 * 10 + 8)
    const { packets, capture } = await read(gzipSync(content))
    expect(packets).toHaveLength(19_999)
    expect(capture?.damage).toMatchObject([{ packet: 11, offset: 24 + 34 * 10, skippedBytes: 34 }])
  })
})

describe('a bomb', () => {
  test('is given up after 64 MiB, when it has unpacked to more than a thousand times its size', async () => {
    const blocks = tinyBlocks()
    const passedOver = blocks.block(4, new Uint8Array(16 * MEBIBYTE - 12))
    const head = Buffer.concat([blocks.section(), blocks.described()])
    const member = gzipSync(passedOver)
    const path = join(temporaryFolder(), 'bomb')
    const file = openSync(path, 'w')
    writeSync(file, gzipSync(head))
    for (let members = 0; members < 640; members++) writeSync(file, member)
    closeSync(file)

    const buffer = makeChunkBuffer()
    let residentMax = 0
    const source = openSource([path], {
      onProgress: () => {
        residentMax = Math.max(residentMax, process.memoryUsage().rss)
      },
    })
    const before = process.memoryUsage().rss
    let packets = 0
    for await (const chunk of source.chunks(buffer)) packets += chunk.packets
    expect(packets).toBe(0)
    expect(source.captures[0]?.damage).toMatchObject([
      {
        kind: 'corrupt',
        message:
          'it unpacks to more than 1000 times its size, which no capture does; reading ended there',
      },
    ])
    expect((residentMax - before) / MEBIBYTE).toBeLessThan(64)
  })

  test('is no capture that packs well', async () => {
    const zeros = tinyPcap(Array.from({ length: 900 }, () => at(1, '00'.repeat(100_000))))
    const packed = gzipSync(zeros)
    const [path = ''] = writeFiles({ capture: packed })
    const source = openSource([path])
    let packets = 0
    for await (const chunk of source.chunks(makeChunkBuffer())) packets += chunk.packets
    expect(zeros.length / packed.length).toBeGreaterThan(900)
    expect(packets).toBe(900)
    expect(source.captures[0]?.damage).toEqual([])
  })
})
