// Capture files of stories: the header byte by byte, and what independent readers make of them.

import { describe, expect, test } from 'vitest'
import type { Packet } from '../../fixtures/scenario/pcap.ts'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { hasTshark, parsed, tshark } from './oracles.ts'

const EPOCH_SECONDS = 1_772_446_500 // 2026-03-02 10:15:00 UTC

const packet = (timeNs: number, text: string): Packet => {
  const bytes = Buffer.from(text)
  return { timeNs, bytes, wire: bytes.length, from: 'a', to: 'b' }
}

const PACKETS = [packet(0, 'first'), packet(1_000_002_999, 'second one')]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe.each([
  ['micro', 'little', 'd4c3b2a1' + '02000400' + '0000000000000000' + '00000400' + '01000000'],
  ['micro', 'big', 'a1b2c3d4' + '00020004' + '0000000000000000' + '00040000' + '00000001'],
  ['nano', 'little', '4d3cb2a1' + '02000400' + '0000000000000000' + '00000400' + '01000000'],
  ['nano', 'big', 'a1b23c4d' + '00020004' + '0000000000000000' + '00040000' + '00000001'],
] as const)('%s seconds, %s end first', (precision, byteOrder, header) => {
  const file = pcapOf(PACKETS, { epochSeconds: EPOCH_SECONDS, precision, byteOrder })

  test('the file begins with its header', () => {
    expect(hex(file.subarray(0, 24))).toBe(header)
  })

  test.runIf(hasTshark)('tshark reads times and lengths', () => {
    const fraction = precision === 'micro' ? '000002000' : '000002999'
    expect(tshark(file, { fields: ['frame.time_epoch', 'frame.len'] })).toEqual([
      '1772446500.000000000 5',
      `1772446501.${fraction} 10`,
    ])
  })
})

test.each(['little', 'big'] as const)('pcap-parser reads %s-endian files', async byteOrder => {
  const read = await parsed(pcapOf(PACKETS, { epochSeconds: EPOCH_SECONDS, byteOrder }))
  expect(read.map(({ data }) => data.toString())).toEqual(['first', 'second one'])
  expect(read.map(({ header }) => header.timestampSeconds)).toEqual([1_772_446_500, 1_772_446_501])
  expect(read.map(({ header }) => header.timestampMicroseconds)).toEqual([0, 2])
  expect(read.map(({ header }) => header.originalLength)).toEqual([5, 10])
})

test('a snap length cuts the bytes and keeps the length on the wire', async () => {
  const file = pcapOf(PACKETS, { epochSeconds: EPOCH_SECONDS, snaplen: 6 })
  const read = await parsed(file)
  expect(read.map(({ data }) => data.toString())).toEqual(['first', 'second'])
  expect(read.map(({ header }) => header.originalLength)).toEqual([5, 10])
})

test('the link type is the one asked for', () => {
  const file = pcapOf([], { epochSeconds: 0, linkType: 113 })
  expect(hex(file.subarray(20))).toBe('71000000')
})
