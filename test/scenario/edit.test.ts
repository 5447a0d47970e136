// What can be done to a list of packets, on packets that are no more than a name and a time.

import { expect, test } from 'vitest'
import {
  cutFirst,
  doubled,
  merge,
  only,
  sortByTime,
  stripDirection,
} from '../../fixtures/scenario/edit.ts'
import type { Packet } from '../../fixtures/scenario/pcap.ts'

const packet = (from: string, timeNs: number): Packet => ({
  timeNs,
  bytes: Uint8Array.of(1, 2, 3),
  wire: 3,
  from,
  to: 'server',
})

const said = (packets: readonly Packet[]): string =>
  packets.map(({ from, timeNs }) => `${from}${timeNs}`).join(' ')

const PACKETS = [packet('a', 10), packet('b', 20), packet('a', 30)]

test('the first packets can be cut off', () => {
  expect(said(cutFirst(PACKETS, 2))).toBe('a30')
})

test('a direction can be stripped', () => {
  expect(said(stripDirection(PACKETS, ({ from }) => from === 'a'))).toBe('b20')
})

test('only some packets can be kept', () => {
  expect(said(only(PACKETS, ({ from }) => from === 'a'))).toBe('a10 a30')
})

test('every packet can be doubled, the copies a little later', () => {
  expect(said(doubled(PACKETS, 15))).toBe('a10 b20 a25 a30 b35 a45')
})

test('captures are merged in order of time', () => {
  expect(said(merge(PACKETS, [packet('c', 5), packet('c', 25)]))).toBe('c5 a10 b20 c25 a30')
})

test('packets of one moment keep their order', () => {
  expect(said(sortByTime([packet('a', 2), packet('b', 1), packet('c', 2)]))).toBe('b1 a2 c2')
})
