import { expect, test } from 'vitest'
import {
  duration,
  isoMicros,
  isoNanos,
  nanosBetween,
  readable,
  readableIso,
} from '../../src/model/time.ts'

const EPOCH = 1_772_446_500 // 2026-03-02T10:15:00Z

const moments: [meaning: string, epochSeconds: number, ns: number, text: string][] = [
  ['the start of Unix time', 0, 0, '1970-01-01T00:00:00.000000000Z'],
  ['a time after the epoch', EPOCH, 42_118_233_456, '2026-03-02T10:15:42.118233456Z'],
  ['one nanosecond before the epoch', EPOCH, -1, '2026-03-02T10:14:59.999999999Z'],
  ['a whole second before the epoch', EPOCH, -1_000_000_000, '2026-03-02T10:14:59.000000000Z'],
  ['before the start of Unix time', 0, -1, '1969-12-31T23:59:59.999999999Z'],
  ['the last second of 32 bits', 4_294_967_295, 5, '2106-02-07T06:28:15.000000005Z'],
  ['one more than 32 bits hold', 4_294_967_295, 1e9, '2106-02-07T06:28:16.000000000Z'],
  ['a leap day', 1_709_164_800, 0, '2024-02-29T00:00:00.000000000Z'],
  ['the last exact nanosecond of a run', 0, 2 ** 53 - 1, '1970-04-15T05:59:59.254740991Z'],
  ['a time beyond four-digit years', 2 ** 53, 0, '9999-12-31T23:59:59.000000000Z'],
  ['a time before them', -(2 ** 53), 0, '0000-01-01T00:00:00.000000000Z'],
]
for (const [meaning, epochSeconds, ns, text] of moments) {
  test(`${meaning} is ${text}`, () => {
    expect(isoNanos(epochSeconds, ns)).toBe(text)
  })
}

test('times of different days do not get mixed up', () => {
  const times = [EPOCH, EPOCH + 86_400, EPOCH].map(seconds => isoNanos(seconds, 0).slice(0, 10))
  expect(times).toEqual(['2026-03-02', '2026-03-03', '2026-03-02'])
})

test('EVE times have microseconds, cut, and a numeric zone', () => {
  expect(isoMicros(EPOCH, 42_118_233_999)).toBe('2026-03-02T10:15:42.118233+0000')
})

test('readable times have milliseconds, cut, and a Z', () => {
  expect(readable(EPOCH, 42_999_999_999)).toBe('2026-03-02 10:15:42.999Z')
})

test('an ISO time becomes readable without being parsed', () => {
  expect(readableIso('2026-03-02T10:15:42.118233456Z')).toBe('2026-03-02 10:15:42.118Z')
})

const lengths: [ns: number, text: string][] = [
  [0, '0.000 s'],
  [59_999_999_999, '59.999 s'],
  [125_000_000_000, '2 min 5 s'],
  [7_260_000_000_000, '2 h 1 min'],
  [93_600_000_000_000, '1 d 2 h'],
]
for (const [ns, text] of lengths) {
  test(`${ns} ns last ${text}`, () => {
    expect(duration(ns)).toBe(text)
  })
}

test('the time between two moments is exact across a second', () => {
  const first = '2026-03-02T10:15:42.999999999Z'
  expect(nanosBetween(first, '2026-03-02T10:15:43.000000001Z')).toBe(2)
})
