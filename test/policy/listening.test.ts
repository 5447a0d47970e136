// When a sensor was listening: that it did not see something says something only then.

import { expect, test } from 'vitest'
import { Listening } from '../../src/policy/listening.ts'

const SECOND = 1e9

/** Whether a moment in the middle of this second is covered by a sensor that was heard in those. */
function covers(second: number, ...heard: readonly (number | 'damage')[]): boolean {
  const listening = new Listening()
  for (const each of heard) each === 'damage' ? listening.interrupt() : listening.heard(each)
  return listening.covers((second + 0.5) * SECOND, (second + 0.6) * SECOND)
}

test('a moment is covered by packets before and after it', () => {
  expect(covers(5, 4, 6)).toBe(true)
  expect(covers(5, 0, 10)).toBe(true)
  expect(covers(5, 4, 5, 6)).toBe(true)
})

test('a moment is not covered before the first packet, after the last, or in its very second', () => {
  expect(covers(3, 4, 6)).toBe(false)
  expect(covers(7, 4, 6)).toBe(false)
  expect(covers(5, 4, 5)).toBe(false)
  expect(covers(5, 5, 6)).toBe(false)
  expect(covers(5)).toBe(false)
})

test('a moment is not covered in a silence of more than ten seconds', () => {
  expect(covers(5, 0, 11)).toBe(false)
  expect(covers(13, 0, 11, 14)).toBe(true)
})

test('a moment is not covered where packets are lost, and is covered around that', () => {
  expect(covers(5, 4, 'damage', 6)).toBe(false)
  expect(covers(5, 4, 5, 'damage', 5, 6)).toBe(false)
  expect(covers(3, 2, 4, 'damage', 6)).toBe(true)
  expect(covers(8, 4, 'damage', 6, 9)).toBe(true)
})

test('a clock that is set back covers nothing twice', () => {
  expect(covers(5, 8, 4, 6)).toBe(true)
  expect(covers(7, 8, 4, 6)).toBe(false)
})

test('an answer that takes longer has to be waited for longer', () => {
  const listening = new Listening()
  for (const second of [4, 6]) listening.heard(second)
  expect(listening.covers(5.5 * SECOND, 5.9 * SECOND)).toBe(true)
  expect(listening.covers(5.5 * SECOND, 6.1 * SECOND)).toBe(false)
})
