// Goal: several captures come out as one stream by time, each in its own order, whatever the buffers.
// Method: the expected order of small captures is written out; for large ones, a seeded mixture is compared
// with a plain sort.

import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { openSource } from '../../src/capture/source.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { readAll, writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

/** A capture of packets at these seconds; each packet's byte is the capture's letter. */
const capture = (letter: string, ...seconds: number[]) =>
  tinyPcap(seconds.map(each => ({ seconds: each, data: Buffer.from(letter).toString('hex') })))

/** Letters and seconds of the packets in the order in which they come. */
async function order(files: Record<string, Uint8Array>, options = {}) {
  const { packets } = await readAll(writeFiles(files), options)
  return packets
    .map(({ data, epochSeconds, timeNs }) => {
      return `${Buffer.from(data, 'hex')}${epochSeconds + timeNs / 1e9}`
    })
    .join(' ')
}

describe('packets come by time', () => {
  const cases: Record<string, [files: Record<string, Uint8Array>, order: string]> = {
    'of captures one after the other': [
      { a: capture('a', 1, 2), b: capture('b', 3, 4) },
      'a1 a2 b3 b4',
    ],
    'of captures within each other': [
      { a: capture('a', 1, 9), b: capture('b', 4, 5) },
      'a1 b4 b5 a9',
    ],
    'of captures in turns': [
      { a: capture('a', 1, 3, 5), b: capture('b', 2, 4, 6) },
      'a1 b2 a3 b4 a5 b6',
    ],
    'of captures that touch': [
      { a: capture('a', 1, 2, 2), b: capture('b', 2, 2, 3) },
      'a1 a2 a2 b2 b2 b3',
    ],
    'of three captures, named in another order': [
      { z: capture('z', 1, 6), a: capture('a', 2, 5), m: capture('m', 3, 4) },
      'z1 a2 m3 m4 a5 z6',
    ],
    'of captures that begin at once, by name': [
      { b: capture('b', 1, 2), a: capture('a', 1, 2) },
      'a1 b1 a2 b2',
    ],
    'of the others where one has none': [
      { a: capture('a', 1, 3), b: capture('b'), c: capture('c', 2) },
      'a1 c2 a3',
    ],
    'but never change places within a capture': [
      { a: capture('a', 5, 1, 7), b: capture('b', 6, 2, 3) },
      'a5 a1 b6 b2 b3 a7',
    ],
  }
  for (const [name, [files, expected]] of Object.entries(cases))
    test(name, async () => {
      expect(await order(files)).toBe(expected)
      expect(await order(files, { readBytes: 1 })).toBe(expected)
      const small = { packetBytesMax: 20, headRoomBytes: 40, dataBytes: 8, packetsMax: 2 }
      expect(await order(files, { buffer: makeChunkBuffer(small) })).toBe(expected)
    })
})

test('frames, offsets and bytes are those of the capture that a packet is from', async () => {
  const { packets, captures } = await readAll(
    writeFiles({ a: capture('a', 1, 3, 5), b: capture('b', 2, 4) }),
  )
  expect(packets.map(({ file, frame, offset, data }) => [file, frame, offset, data])).toEqual([
    [0, 1, 40, '61'],
    [1, 1, 40, '62'],
    [0, 2, 57, '61'],
    [1, 2, 57, '62'],
    [0, 3, 74, '61'],
  ])
  expect(captures.map(({ packets }) => packets)).toEqual([3, 2])
})

test('captures that do not overlap are read without being copied', async () => {
  const buffer = makeChunkBuffer()
  const paths = writeFiles({ a: capture('a', 1, 2), b: capture('b', 3, 4) })
  const places: number[] = []
  for await (const { packets } of openSource(paths).chunks(buffer))
    places.push(...buffer.at.subarray(0, packets))
  const first = buffer.dataAt + 24 + 16
  expect(places).toEqual([first, first + 17, first, first + 17])
})

test('a mixture of seven captures comes out as a stable sort by time has it', async () => {
  const next = seeded(20_261_122)
  const files: Record<string, Uint8Array> = {}
  const all: { file: number; number: number; time: number }[] = []
  for (let file = 0; file < 7; file++) {
    let time = 1000 + file
    const packets = Array.from({ length: 1500 }, (_, number) => {
      time += next() % (number % 100 === 0 ? 2000 : 3)
      all.push({ file, number, time })
      const data = Buffer.of(file, number >> 8, number & 0xff).toString('hex')
      return { seconds: Math.floor(time / 10), fraction: (time % 10) * 100_000, data }
    })
    files[`capture-${file}`] = tinyPcap(packets)
  }
  // Equals come in the order of the captures, and that is the order of their first packets, then of names.
  const firsts = all.filter(({ number }) => number === 0).sort(byTimeAndFile)
  const rank = new Map(firsts.map(({ file }, place) => [file, place]))
  const rankOf = ({ file }: { file: number }) => rank.get(file) ?? Number.NaN
  const expected = all
    .sort((left, right) => left.time - right.time || rankOf(left) - rankOf(right))
    .map(({ file, number }) => Buffer.of(file, number >> 8, number & 0xff).toString('hex'))
  const paths = writeFiles(files)
  for (const options of [{}, { readBytes: 700 }, { buffer: makeChunkBuffer({ packetsMax: 3 }) }]) {
    const { packets } = await readAll(paths, options)
    expect(packets.map(({ data }) => data)).toEqual(expected)
  }
})

const byTimeAndFile = (
  left: { time: number; file: number },
  right: { time: number; file: number },
): number => left.time - right.time || left.file - right.file
