// The kernel's memory map: what lies where is written down once in layout.ts, and nothing there checks
// that the next thing begins only where the last one ends.

import { expect, test } from 'vitest'
import * as layout from '../../src/kernel/layout.ts'
import { memory } from '../../src/kernel/memory.ts'
import { chunkBuffer } from '../../src/kernel/session.ts'

const PAGE = 4096
const FLOWS = 524_288 + 1_048_576

/** Name, begin, bytes, and what its begin must be a multiple of; in the order of memory. */
const REGIONS: readonly (readonly [string, at: number, bytes: number, alignment: number])[] = [
  ['head-room', 0, 262_144 + 65_536, PAGE],
  ['chunk', layout.CHUNK_DATA, 262_144 + 65_536, PAGE],
  ['packet places', layout.PACKET_AT, 4 * 16_384, 4],
  ['captured bytes', layout.PACKET_CAPTURED, 4 * 16_384, 4],
  ['wire bytes', layout.PACKET_WIRE, 4 * 16_384, 4],
  ['link types', layout.PACKET_LINK, 4 * 16_384, 4],
  ['packet times', layout.PACKET_TIME, 8 * 16_384, 8],
  ['registers', layout.REGISTERS, layout.REGISTER_BYTES, 8],
  ['counters', layout.COUNTERS, 8 * 64, 8],
  ['datagram', layout.DATAGRAM, layout.DATAGRAM_BYTES_MAX, 4],
  ['flow index', layout.INDEX, 4 * 2_097_152, PAGE],
  ['flows', layout.FLOWS, 64 * FLOWS, PAGE],
  ['origins', layout.ORIGINS, 64 * FLOWS, PAGE],
  ['TCP states', layout.TCPS, 64 * FLOWS, PAGE],
  ['addresses', layout.ADDRESSES, 32 * 1_572_864, PAGE],
  ['address index', layout.ADDRESS_INDEX, 4 * 2_097_152, PAGE],
  ['copies', layout.COPIES, 16 * 65_536, PAGE],
  ['proofs of copies', layout.COPY_WORDS, 4 * 65_536, 4],
  ['sources', layout.SOURCES, 32 * 16_384, 4],
]

for (const [index, [name, at, bytes, alignment]] of REGIONS.entries()) {
  const [next, nextAt] = REGIONS[index + 1] ?? ['end of memory', memory.byteLength]
  test(`the ${name} end before the ${next}, and begin on a multiple of ${alignment}`, () => {
    expect(at % alignment).toBe(0)
    expect(at + bytes).toBeLessThanOrEqual(nextAt)
  })
}

test('the table above has the sizes that the kernel works with', () => {
  expect(chunkBuffer).toMatchObject({ packetBytesMax: 262_144, packetsMax: 16_384 })
  expect(layout).toMatchObject({ HALF_OPEN_MAX: 524_288, FULL_FLOWS_MAX: 1_048_576 })
  expect(layout).toMatchObject({ FLOW_BYTES: 64, ORIGIN_BYTES: 64, TCP_BYTES: 64 })
  expect(layout).toMatchObject({ INDEX_SLOTS: 2_097_152, COUNTER_BYTES: 8 * 64 })
  expect(layout).toMatchObject({ ADDRESSES_MAX: 1_572_864, ADDRESS_BYTES: 32 })
  expect(layout.ADDRESS_INDEX_SLOTS).toBe(2_097_152)
})

// 60 bytes of IPv4 header, and what reassembly.ts lets a datagram carry.
test('a datagram has room for the longest header before the longest payload', () => {
  expect(layout.DATAGRAM_BYTES_MAX).toBeGreaterThanOrEqual(60 + 65_535)
})

const F64_REGISTERS = [
  ...['CLOCK', 'NEXT_TICK', 'TICK', 'TICK_BEFORE', 'WILD_TIME', 'FROM', 'TO', 'FILE_OFFSET'],
  'NOW',
]

test('no two registers share a byte, and each is aligned to its size', () => {
  const places = Object.entries(layout)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .filter(([name, at]) => isRegister(name, at))
    .map(([name, at]) => ({ name, at, bytes: widthOf(name) }))
    .sort((one, other) => one.at - other.at)
  expect(places.length).toBeGreaterThan(40)
  for (const [index, { name, at, bytes }] of places.entries()) {
    const next = places[index + 1]?.at ?? layout.REGISTERS + layout.REGISTER_BYTES
    expect([name, at + bytes <= next, at % Math.min(bytes, 8)]).toEqual([name, true, 0])
  }
})

/** Sizes that happen to be the number of a place among the registers. */
const NO_PLACES = ['REGISTERS', 'FULL_FLOWS_MAX', 'ADDRESS_INDEX_SLOTS']

const isRegister = (name: string, at: number): boolean =>
  !NO_PLACES.includes(name) && at >= layout.REGISTERS && at < layout.COUNTERS

function widthOf(name: string): number {
  if (name === 'SCRATCH_ADDRESSES') return 32
  return F64_REGISTERS.includes(name) ? 8 : 4
}

const PLACES: ReadonlyMap<string, unknown> = new Map(Object.entries(layout))

/** Of each record: its fields, the wide ones marked, and its size. */
const RECORDS: Readonly<Record<string, readonly [size: number, fields: readonly string[]]>> = {
  FLOW: [
    layout.FLOW_BYTES,
    [
      ...['LOW', 'HIGH', 'PORTS', 'KIND', 'PACKETS_LOW', 'PACKETS_HIGH', 'BYTES_LOW:8'],
      ...['BYTES_HIGH:8', 'LAST_LOW:8', 'LAST_HIGH:8', 'FLAGS', 'NEXT_FREE'],
    ],
  ],
  ORIGIN: [layout.ORIGIN_BYTES, ['FIRST:8', 'OFFSET:8', 'FRAME', 'FILE', 'VLAN']],
  TCP: [
    layout.TCP_BYTES,
    [
      ...['ACK_LOW', 'ACK_HIGH', 'ISN', 'SYN_COUNT', 'SYN', 'SYN_ACK', 'RST', 'WINDOWS'],
      ...['LAST_SYN:8', 'SYN_ACK_TIME:8', 'RST_TIME:8', 'SYN_TIME:8'],
    ],
  ],
  ADDRESS: [layout.ADDRESS_BYTES, ['USERS', 'NEXT_FREE']],
}

for (const [record, [size, fields]] of Object.entries(RECORDS))
  test(`the fields of a ${record} record lie one after the other and inside it`, () => {
    let free = record === 'ADDRESS' ? 16 : 0
    for (const field of fields) {
      const [name = '', width = '4'] = field.split(':')
      const at = PLACES.get(`${record}_${name}`)
      expect([name, at]).toEqual([name, expect.any(Number)])
      expect(Number(at)).toBeGreaterThanOrEqual(free)
      expect(Number(at) % Number(width)).toBe(0)
      free = Number(at) + Number(width)
    }
    expect(free).toBeLessThanOrEqual(size)
  })

test('no two flags share a bit, and no two codes of a kind are the same', () => {
  const bits = Object.values(layout.Flag)
  expect(bits.reduce((all, bit) => all | bit, 0)).toBe(bits.reduce((sum, bit) => sum + bit, 0))
  for (const codes of [layout.Stop, layout.End, { ...layout.Fate, ...layout.Count }].map(
    Object.values,
  ))
    expect(new Set(codes).size).toBe(codes.length)
})

test('every counter has its place', () => {
  const last = Math.max(...Object.values(layout.Fate), ...Object.values(layout.Count))
  expect(8 * (last + 1)).toBeLessThanOrEqual(layout.COUNTER_BYTES)
})

test('a flow number fits beside its tag in an index entry', () => {
  expect(FLOWS + 1).toBeLessThan(2 ** 21)
  expect(FLOWS).toBeLessThan(layout.INDEX_SLOTS)
})
