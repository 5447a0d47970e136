// Goal: however a capture is cut up by reads, or cut off at its end, the same whole packets come out.

import { describe, expect, test } from 'vitest'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { inBlocks, readAll, writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

const FILE = tinyPcap([
  { seconds: 100, fraction: 1, data: '01'.repeat(60) },
  { seconds: 100, fraction: 2, data: '', wire: 60 },
  { seconds: 100, fraction: 3, data: '03'.repeat(7) },
  { seconds: 101, fraction: 4, data: '04'.repeat(90), wire: 1500 },
])
const common = { file: 0, epochSeconds: 100, link: 1 }
const PACKETS = [
  { ...common, frame: 1, offset: 40, timeNs: 1_000, wire: 60, data: '01'.repeat(60) },
  { ...common, frame: 2, offset: 116, timeNs: 2_000, wire: 60, data: '' },
  { ...common, frame: 3, offset: 132, timeNs: 3_000, wire: 7, data: '03'.repeat(7) },
  { ...common, frame: 4, offset: 155, timeNs: 1_000_004_000, wire: 1500, data: '04'.repeat(90) },
]

describe('reads of any size give the same packets', () => {
  const buffers = {
    'a roomy buffer': () => makeChunkBuffer(),
    'a buffer hardly larger than a record': () =>
      makeChunkBuffer({ packetBytesMax: 90, headRoomBytes: 106, dataBytes: 8 }),
    'a buffer without head-room': () =>
      makeChunkBuffer({ packetBytesMax: 90, headRoomBytes: 0, dataBytes: 106 }),
    'an index of one packet': () => makeChunkBuffer({ packetsMax: 1 }),
  }
  for (const [name, buffer] of Object.entries(buffers))
    for (const readBytes of [1, 2, 3, 7, 16, 24, 40, 41, 100, 245, 4096])
      test(`${name}, ${readBytes} bytes a read`, async () => {
        const [path = ''] = writeFiles({ 'a.pcap': FILE })
        const fromFile = await readAll([path], { buffer: buffer(), readBytes })
        expect(fromFile.packets).toEqual(PACKETS)
        const stdin = inBlocks(FILE, readBytes)
        const fromStream = await readAll(['-'], { buffer: buffer(), stdin })
        expect(fromStream.packets).toEqual(PACKETS)
        expect([...fromFile.captures, ...fromStream.captures].flatMap(each => each.damage)).toEqual(
          [],
        )
      })
})

describe('a file cut off anywhere gives its whole packets and says where it was cut', () => {
  const ENDS = [24, 100, 116, 139, 245]
  const wholeBefore = (length: number) => ENDS.filter(end => end <= length).length - 1

  for (let length = 4; length <= FILE.length; length++)
    test(`after ${length} of ${FILE.length} bytes`, async () => {
      const [path = ''] = writeFiles({ 'cut.pcap': FILE.subarray(0, length) })
      const whole = Math.max(0, wholeBefore(length))
      for (const readBytes of [5, 4096]) {
        const { packets, captures } = await readAll([path], { readBytes })
        expect(packets).toEqual(PACKETS.slice(0, whole))
        const places = captures[0]?.damage.map(({ kind, packet, offset }) => ({
          kind,
          packet,
          offset,
        }))
        const offset = length < 24 ? 0 : ENDS[whole]
        const cut = [{ kind: 'truncated_tail', packet: whole + 1, offset }]
        expect(places).toEqual(ENDS.includes(length) ? [] : cut)
      }
    })
})

describe('the message says what was cut', () => {
  const cuts = {
    10: 'the file header is cut short: 10 of 24 bytes are there',
    25: 'a record header is cut short: 1 of 16 bytes are there',
    40: 'a packet is cut short: 0 of 60 bytes are there',
    244: 'a packet is cut short: 89 of 90 bytes are there',
  }
  for (const [length, message] of Object.entries(cuts))
    test(message, async () => {
      const [path = ''] = writeFiles({ 'cut.pcap': FILE.subarray(0, Number(length)) })
      const { captures } = await readAll([path])
      expect(captures[0]?.damage).toMatchObject([{ file: path, message }])
    })
})
