// Windows of what stands: on whole multiples of Unix time, and only where something was heard.

import { expect, test } from 'vitest'
import { HeardWindows } from '../../src/model/heard-windows.ts'

const S = 1e9

/** Windows of ten seconds in a run whose epoch is that Unix time; `10-20` in Unix seconds as each ends. */
function windows(epochSeconds: number) {
  const told: string[] = []
  const all = new HeardWindows({
    ...{ seconds: 10, epochSeconds: () => epochSeconds },
    begin: () => void told.push('begin'),
    end: ({ fromNs, toNs }) =>
      void told.push(`${epochSeconds + fromNs / S}-${epochSeconds + toNs / S}`),
  })
  return { all, told }
}

test('lie on whole tens of Unix seconds, wherever the run began', () => {
  const { all, told } = windows(1_772_445_603)
  for (const second of [1, 2, 6, 7, 8, 17]) all.tick(second * S)
  all.finish(20.5 * S)
  expect(told).toEqual([
    ...['begin', '1772445600-1772445610', 'begin', '1772445610-1772445620'],
    ...['begin', '1772445620-1772445623.5'],
  ])
})

test('begin with the second that the first tick ends', () => {
  const { all, told } = windows(0)
  all.tick(10 * S)
  expect(told).toEqual(['begin', '0-10', 'begin'])
})

test('without a packet are left out, as told by the next packet or by the quiet', () => {
  const [loud, quiet] = [windows(0), windows(0)]
  for (const { all } of [loud, quiet]) all.tick(3 * S)
  for (let second = 4; second < 57; second++) quiet.all.quiet(second * S)
  expect(quiet.told).toEqual(['begin', '0-10'])
  for (const { all } of [loud, quiet]) {
    all.tick(57 * S)
    all.finish(58 * S)
  }
  expect(loud.told).toEqual(['begin', '0-10', 'begin', '50-58'])
  expect(quiet.told).toEqual(loud.told)
})

test('go back with a clock that is set back', () => {
  const { all, told } = windows(0)
  all.tick(35 * S)
  all.tick(12 * S)
  all.finish(13 * S)
  expect(told).toEqual(['begin', '30-40', 'begin', '10-13'])
})

test('of a run of less than a second are none', () => {
  const { all, told } = windows(0)
  all.finish(0.5 * S)
  expect(told).toEqual([])
})
