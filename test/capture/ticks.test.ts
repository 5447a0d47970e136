// The times of pcapng. Expected values are worked out with exact integers, by hand or by bc(1).

import { describe, expect, test } from 'vitest'
import { isCountable, Ticks } from '../../src/capture/ticks.ts'

/** 2026-03-02T10:15:00.123456789Z. */
const SECONDS = 1_772_446_500
const TWO_TO_THE = (exponent: number) => 0x80 | exponent

function read(resolution: number, ticks: bigint) {
  const clock = new Ticks(resolution)
  clock.convert(Number(ticks >> 32n), Number(ticks & 0xffffffffn))
  return { seconds: clock.seconds, nanos: clock.nanos }
}

describe('a count of ticks is read to the nanosecond', () => {
  const cases: Record<string, [resolution: number, ticks: bigint, nanos: number]> = {
    'in seconds': [0, 1_772_446_500n, 0],
    'in milliseconds': [3, 1_772_446_500_123n, 123_000_000],
    'in microseconds': [6, 1_772_446_500_123_456n, 123_456_000],
    'in nanoseconds': [9, 1_772_446_500_123_456_789n, 123_456_789],
    'in 2^-10 seconds': [TWO_TO_THE(10), 1_814_985_216_127n, 124_023_437],
    'in 2^-32 seconds': [TWO_TO_THE(32), (1_772_446_500n << 32n) + 530_242_871n, 123_456_788],
  }
  for (const [name, [resolution, ticks, nanos]] of Object.entries(cases))
    test(name, () => {
      expect(read(resolution, ticks)).toEqual({ seconds: SECONDS, nanos })
    })
})

describe('what is finer than a nanosecond is cut off', () => {
  const cases: Record<string, [resolution: number, ticks: bigint, seconds: number, nanos: number]> =
    {
      'in picoseconds': [12, 7_123_456_789_999n, 7, 123_456_789],
      'in 10^-19 seconds': [19, 18_446_744_073_709_551_615n, 1, 844_674_407],
      'in 2^-40 seconds': [TWO_TO_THE(40), (5n << 40n) + 1_099_511_627_775n, 5, 999_999_999],
      'in 2^-63 seconds': [TWO_TO_THE(63), 18_446_744_073_709_551_615n, 1, 999_999_999],
    }
  for (const [name, [resolution, ticks, seconds, nanos]] of Object.entries(cases))
    test(name, () => {
      expect(read(resolution, ticks)).toEqual({ seconds, nanos })
    })
})

test('the last nanosecond of a second belongs to it, wherever the high half changes', () => {
  const clock = new Ticks(9)
  const ends: number[][] = []
  for (const ticks of [4_294_967_295n, 4_294_967_296n, 4_999_999_999n, 5_000_000_000n]) {
    clock.convert(Number(ticks >> 32n), Number(ticks & 0xffffffffn))
    ends.push([clock.seconds, clock.nanos])
  }
  expect(ends).toEqual([
    [4, 294_967_295],
    [4, 294_967_296],
    [4, 999_999_999],
    [5, 0],
  ])
})

test('every resolution of a nanosecond or coarser gives back the seconds and nanoseconds put in', () => {
  for (let exponent = 0; exponent <= 9; exponent++) {
    const perSecond = 10n ** BigInt(exponent)
    const nanos = 1_000_000_000 / Number(perSecond)
    const ticks = 1_772_446_500n * perSecond + (perSecond - 1n)
    expect(read(exponent, ticks)).toEqual({ seconds: SECONDS, nanos: 1_000_000_000 - nanos })
  }
})

test('10^-19 and 2^-63 are the finest that 64 bits can count', () => {
  expect([19, 20, 127].map(isCountable)).toEqual([true, false, false])
  expect([63, 64, 127].map(each => isCountable(TWO_TO_THE(each)))).toEqual([true, false, false])
})
