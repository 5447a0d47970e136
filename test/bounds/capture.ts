// Bounds of reading captures: what is damage, what is put off, what is given up.

import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { readAll, writeFiles } from '../capture/read-all.ts'
import { type TinyPacket, tinyPcap } from '../capture/tiny-pcap.ts'
import { tinyBlocks } from '../capture/tiny-pcapng.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const CAPTURE_BOUNDS: Readonly<Record<string, BoundCase>> = {
  packet: async (max = 0) => {
    const long = (bytes: number): TinyPacket => ({ data: '00'.repeat(bytes) })
    expect(await read(tinyPcap([long(max)]))).toMatchObject({ packets: 1, damage: [] })
    expect(await read(tinyPcap([long(max + 4)]))).toMatchObject({
      ...{ packets: 0, damage: [{ kind: 'corrupt' }] },
    })
  },

  'packets of a chunk': async (max = 0) => {
    const [path = ''] = writeFiles({ many: tinyPcap(numbersTo(max + 1).map(() => ({}))) })
    const chunks: number[] = []
    const source = openSource([path], { readBytes: 1024 * 1024 })
    const buffer = makeChunkBuffer({ dataBytes: 1024 * 1024 })
    for await (const { packets } of source.chunks(buffer)) chunks.push(packets)
    expect(chunks).toEqual([max, 1])
  },

  'packets of an overlapping capture in memory': async (max = 0) => {
    const at = (seconds: number): TinyPacket => ({ seconds })
    // The other one begins and is read straight into the run's buffer; the crowd is read beside it.
    const crowd = tinyPcap([...numbersTo(max + 1).map(() => at(2)), at(9)])
    const paths = writeFiles({ other: tinyPcap([at(1), at(5)]), crowd })
    const chunks: number[] = []
    for await (const { file, packets } of openSource(paths).chunks(makeChunkBuffer()))
      if (file === 1) chunks.push(packets)
    expect(chunks).toEqual([max, 1, 1])
  },

  'bytes searched behind damage': async (max = 0) => {
    const behind = (bytes: number): Uint8Array =>
      Buffer.concat([HEAD, Buffer.alloc(bytes, 0xff), TAIL])
    expect((await read(behind(max))).packets).toBe(3)
    expect(await read(behind(max + 4))).toMatchObject({
      ...{ packets: 1, damage: [{ skippedBytes: null }] },
    })
  },

  'damaged places listed': async (max = 0) => {
    const unknown = BLOCKS.enhanced({ id: 7, data: '00' })
    const { damage } = await read(Buffer.concat([HEAD, ...numbersTo(max + 2).map(() => unknown)]))
    expect(damage).toHaveLength(max + 1)
    expect(damage.at(-1)?.message).toMatch(/^and 2 more damaged places, /)
  },

  'interfaces of a section': async (max = 0) => {
    const described = numbersTo(max - 1).map(() => BLOCKS.described())
    const full = Buffer.concat([HEAD, ...described])
    expect((await read(full)).damage).toEqual([])
    const { damage } = await read(Buffer.concat([full, BLOCKS.described(), TAIL]))
    expect(damage.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the section desc/),
    ])
  },

  'blocks: section, interface, other': async (section = 0, description = 0, other = 0) => {
    const body = (bytes: number): Uint8Array => new Uint8Array(bytes - BLOCK_FRAME_BYTES)
    const tooLong: readonly (readonly [block: Uint8Array, bytesMax: number])[] = [
      [BLOCKS.section({ options: new Uint8Array(section) }), section],
      [BLOCKS.block(INTERFACE, body(description + 4)), description],
      [BLOCKS.block(NAMES, body(other + 4)), other],
    ]
    for (const [block, bytesMax] of tooLong) {
      const { damage } = await read(Buffer.concat([HEAD, block]))
      expect(damage[0]?.message).toContain(`at most ${bytesMax}`)
    }
  },

  'content of a packed capture': async (ratio = 0, freeBytes = 0) => {
    const passedOver = gzipSync(BLOCKS.block(NAMES, new Uint8Array(LARGE - BLOCK_FRAME_BYTES)))
    const bomb = (bytes: number): Uint8Array =>
      Buffer.concat([gzipSync(HEAD), ...numbersTo(bytes / LARGE).map(() => passedOver)])
    expect(LARGE / passedOver.length).toBeGreaterThan(ratio)
    expect((await read(bomb(freeBytes - LARGE))).damage).toEqual([])
    expect((await read(bomb(freeBytes + 2 * LARGE))).damage).toMatchObject([{ kind: 'corrupt' }])
  },

  'beginning of a capture looked at': async (bytes = 0, packedBytes = 0) => {
    const lead = (count: number): Uint8Array => {
      const block = BLOCKS.block(NAMES, new Uint8Array(65_536 - BLOCK_FRAME_BYTES))
      const blocks = numbersTo(count / 65_536).map(() => block)
      return Buffer.concat([HEAD.subarray(0, HEAD_PACKET_AT), ...blocks, packetAt(1)])
    }
    const second = tinyPcap([{ seconds: 2, data: '5aa5' }])
    const order = async (first: Uint8Array): Promise<readonly (string | undefined)[]> => {
      const paths = writeFiles({ first, second })
      const { captures } = await readAll(paths)
      return captures.map(({ name }) => name.split('/').at(-1))
    }
    expect(await order(lead(bytes / 2))).toEqual(['first', 'second'])
    expect(await order(lead(2 * bytes))).toEqual(['second', 'first'])
    expect(await order(gzipSync(lead(packedBytes / 2)))).toEqual(['first', 'second'])
    expect(await order(gzipSync(lead(2 * packedBytes)))).toEqual(['second', 'first'])
  },
}

const INTERFACE = 1
const NAMES = 4
/** Type, both lengths. */
const BLOCK_FRAME_BYTES = 12
const LARGE = 16 * 1024 * 1024
const BLOCKS = tinyBlocks()

const packetAt = (seconds: number): Uint8Array =>
  BLOCKS.enhanced({ time: BigInt(seconds) * 1_000_000n, data: '5aa5'.repeat(30) })

/** A section, an interface and a packet; then two packets that a search finds. */
const HEAD_PACKET_AT = 48
const HEAD = Buffer.concat([BLOCKS.section(), BLOCKS.described(), packetAt(1)])
const TAIL = Buffer.concat([packetAt(2), packetAt(3)])

async function read(bytes: Uint8Array) {
  const [path = ''] = writeFiles({ capture: bytes })
  const { packets, captures } = await readAll([path], { hash: false })
  return { packets: packets.length, damage: captures[0]?.damage ?? [] }
}
