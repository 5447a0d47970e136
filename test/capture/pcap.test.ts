import { describe, expect, test } from 'vitest'
import { Epoch } from '../../src/capture/epoch.ts'
import { pcap } from '../../src/capture/pcap.ts'
import { preview } from '../../src/capture/preview.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'
import { type TinyFile, type TinyPacket, tinyPcap } from './tiny-pcap.ts'

/** Walks over a file that lies in the buffer as a whole. */
function walk(packets: readonly TinyPacket[], file: TinyFile = {}, size = {}) {
  const buffer = makeChunkBuffer({ packetBytesMax: 100, headRoomBytes: 0, ...size })
  const bytes = tinyPcap(packets, file)
  buffer.bytes.set(bytes)
  const reader = pcap.reader(new Epoch(1_000))
  const { at, capturedBytes, wireBytes, link, timeNs } = buffer
  return {
    ...reader.walk(buffer, { at: 0, end: bytes.length, isLast: true }),
    reader,
    buffer,
    at,
    capturedBytes,
    wireBytes,
    link,
    timeNs,
  }
}

describe('the four variants of the format', () => {
  const packet = { seconds: 1_002, fraction: 500, data: 'aabbcc', wire: 60 }
  const variants = {
    'little-endian, microseconds': { littleEndian: true, nanos: false, timeNs: 2_000_500_000 },
    'big-endian, microseconds': { littleEndian: false, nanos: false, timeNs: 2_000_500_000 },
    'little-endian, nanoseconds': { littleEndian: true, nanos: true, timeNs: 2_000_000_500 },
    'big-endian, nanoseconds': { littleEndian: false, nanos: true, timeNs: 2_000_000_500 },
  }
  for (const [name, { timeNs, ...file }] of Object.entries(variants))
    test(`${name} are recognised and read alike`, () => {
      expect(pcap.recognises(tinyPcap([], file))).toBe(true)
      const walked = walk([packet], file)
      expect(walked.packets).toBe(1)
      expect([walked.at[0], walked.capturedBytes[0], walked.wireBytes[0]]).toEqual([40, 3, 60])
      expect(walked.link[0]).toBe(1)
      expect(walked.timeNs[0]).toBe(timeNs)
    })
})

describe('relatives of the format', () => {
  const packets = [
    { seconds: 1_002, fraction: 500, data: 'aabbcc', wire: 60 },
    { seconds: 1_003, fraction: 1, data: 'dd' },
  ]
  const relatives: Record<string, { file: TinyFile; at: number; timeNs: number }> = {
    "Kuznetzov's, with 24 bytes of record header": {
      file: { magic: 0xa1b2cd34, recordExtraBytes: 8 },
      at: 48,
      timeNs: 2_000_500_000,
    },
    "Ixia's of software, with 28 bytes of file header": {
      file: { magic: 0x1c0001ab, fileExtraBytes: 4 },
      at: 44,
      timeNs: 2_000_500_000,
    },
    "Ixia's of hardware, which counts nanoseconds": {
      file: { magic: 0x1c0001ac, fileExtraBytes: 4 },
      at: 44,
      timeNs: 2_000_000_500,
    },
    "DG/UX's, which calls itself version 543.0": {
      file: { version: [543, 0] },
      at: 40,
      timeNs: 2_000_500_000,
    },
  }
  for (const [name, { file, at, timeNs }] of Object.entries(relatives))
    for (const littleEndian of [true, false])
      test(`${name}, ${littleEndian ? 'little' : 'big'}-endian`, () => {
        expect(pcap.recognises(tinyPcap([], { ...file, littleEndian }))).toBe(true)
        const walked = walk(packets, { ...file, littleEndian })
        expect(walked).toMatchObject({ packets: 2, stop: 'needs_bytes' })
        expect([walked.at[0], walked.capturedBytes[0], walked.wireBytes[0]]).toEqual([at, 3, 60])
        expect(walked.timeNs[0]).toBe(timeNs)
        expect(walked.buffer.bytes[walked.at[1] ?? 0]).toBe(0xdd)
      })
})

test('other bytes are not recognised, nor are three bytes of a magic', () => {
  expect(pcap.recognises(Buffer.from('0a0d0d0a1c000000', 'hex'))).toBe(false)
  expect(pcap.recognises(Buffer.from('d4c3b2', 'hex'))).toBe(false)
})

describe('lengths of a record', () => {
  const sound = { data: 'aabb' }
  const data = 'aa'.repeat(80)
  const accepted = {
    'a snap length of 0': { file: { snaplen: 0 }, packet: { data }, wire: 80 },
    'a snap length of 2^32-1': { file: { snaplen: 0xffffffff }, packet: { data }, wire: 80 },
    'more captured than the snap length': { file: { snaplen: 40 }, packet: { data }, wire: 80 },
    'more captured than was on the wire': { file: {}, packet: { data, wire: 60 }, wire: 80 },
    'a packet without bytes': { file: {}, packet: { wire: 60 }, wire: 60 },
    'the longest wire length': { file: {}, packet: { data, wire: 0x7fffffff }, wire: 0x7fffffff },
  }
  for (const [name, { file, packet, wire }] of Object.entries(accepted))
    test(`${name} is accepted`, () => {
      const walked = walk([sound, packet, sound], file)
      expect(walked).toMatchObject({ packets: 3, stop: 'needs_bytes' })
      expect(walked.wireBytes[1]).toBe(wire)
    })

  const corrupt = {
    'the record claims 101 captured bytes, and at most 100 can be': { captured: 101 },
    'the record claims 2147483648 captured bytes, and at most 100 can be': { captured: 2 ** 31 },
    'the record claims 4294967295 captured bytes, and at most 100 can be': {
      captured: 2 ** 32 - 1,
    },
    'the record claims 2147483648 bytes on the wire, which no frame has': { wire: 2 ** 31 },
  }
  for (const [fault, packet] of Object.entries(corrupt))
    test(`${fault}: the walk stops before it`, () => {
      expect(walk([sound, packet, sound])).toMatchObject({
        packets: 1,
        end: 42,
        stop: 'corrupt',
        fault: { message: fault, next: null },
      })
    })
})

test('the bits above the link type, which tell of check sequences, are masked', () => {
  expect(walk([{ data: 'aa' }], { link: 0x14000001 }).link[0]).toBe(1)
  expect(walk([{ data: 'aa' }], { link: 276 }).link[0]).toBe(276)
})

test('a fraction of more than a second counts on', () => {
  const { timeNs, reader } = walk([{ seconds: 1_000, fraction: 2_000_001 }])
  expect(timeNs[0]).toBe(2_000_001_000)
  expect(reader.times.first).toEqual({ seconds: 1_002, nanos: 1_000 })
})

test('the largest fraction a record can hold keeps its place in time', () => {
  const { reader } = walk([{ seconds: 1_000, fraction: 0xffffffff }])
  expect(reader.times.last).toEqual({ seconds: 5_294, nanos: 967_295_000 })
})

test('times before the epoch are negative, and the year 2106 is not 1970', () => {
  const { timeNs, reader } = walk([{ seconds: 0 }, { seconds: 0xffffffff, fraction: 999_999 }])
  expect(timeNs[0]).toBe(-1_000_000_000_000)
  expect(timeNs[1]).toBe(4_294_966_295_999_999_000)
  expect(reader.times.first).toEqual({ seconds: 0, nanos: 0 })
  expect(reader.times.last).toEqual({ seconds: 4_294_967_295, nanos: 999_999_000 })
})

test('first and last are the earliest and the latest, in whatever order packets come', () => {
  const at = (seconds: number, fraction: number) => ({ seconds, fraction })
  const { reader } = walk([at(5, 7), at(9, 1), at(5, 6), at(9, 2), at(7, 9)], { nanos: true })
  expect(reader.times.first).toEqual({ seconds: 5, nanos: 6 })
  expect(reader.times.last).toEqual({ seconds: 9, nanos: 2 })
})

test('a full index stops the walk, and the next walk goes on where it stopped', () => {
  const packets = [{ data: '01' }, { data: '02' }, { data: '03' }]
  const { buffer, reader, ...walked } = walk(packets, {}, { packetsMax: 2 })
  expect(walked).toMatchObject({ packets: 2, end: 58, stop: 'index_full' })
  expect(reader.walk(buffer, { at: 58, end: 75, isLast: true })).toMatchObject({
    packets: 1,
    end: 75,
    stop: 'needs_bytes',
  })
  expect(buffer.bytes[buffer.at[0] ?? 0]).toBe(3)
})

describe('the preview', () => {
  const file = tinyPcap([{ seconds: 7, fraction: 1_500_000, data: 'aa' }])

  test('tells the time of the first packet', () => {
    const first = { seconds: 8, nanos: 500_000_000 }
    expect(preview(pcap, file, false)).toEqual({ refusal: null, first, isOpen: false })
  })

  test('tells nothing before the first record is whole', () => {
    for (let length = 0; length < 41; length++)
      expect(preview(pcap, file.subarray(0, length), false)).toEqual({
        refusal: null,
        first: null,
        isOpen: true,
      })
  })

  test('takes no time from a record that can be none', () => {
    expect(preview(pcap, tinyPcap([{ seconds: 7, captured: 300_000 }]), false).first).toBe(null)
  })

  test('refuses versions whose records may be laid out in another way', () => {
    for (const version of [
      [1, 4],
      [2, 5],
      [9, 4],
    ] as const) {
      const refusal = `this is pcap version ${version.join('.')}, and only 2.0 to 2.4 are read`
      const seen = preview(pcap, tinyPcap([{}], { version }), false)
      expect(seen).toEqual({ refusal, first: null, isOpen: false })
    }
  })
})

describe('before version 2.4', () => {
  // `captured` stands first in a record, `wire` second.
  const lengths = { captured: 1500, wire: 3, data: 'aabbcc' }

  test('the lesser length is the captured one, whichever stands first', () => {
    const inOrder = { wire: 1500, data: 'aabbcc' }
    const { packets, capturedBytes, wireBytes } = walk([lengths, inOrder], { version: [2, 3] })
    expect(packets).toBe(2)
    expect([...capturedBytes.subarray(0, 2)]).toEqual([3, 3])
    expect([...wireBytes.subarray(0, 2)]).toEqual([1500, 1500])
  })

  test('in version 2.4 the same record claims more than can be', () => {
    expect(walk([lengths], { version: [2, 4] }).stop).toBe('corrupt')
  })
})
