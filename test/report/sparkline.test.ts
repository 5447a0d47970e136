import { expect, test } from 'vitest'
import { painter } from '../../src/report/layout.ts'
import { type SparkPoint, sparkline } from '../../src/report/sparkline.ts'

const plain = painter(false)
const points = (...values: readonly (number | null)[]): SparkPoint[] =>
  values.map(value => ({ value, isUnreliable: false }))
const drawn = (values: readonly SparkPoint[], room = 60, top = 8) =>
  sparkline(values, room, { top, limit: null }, plain)

test('values are blocks from nothing to the top', () => {
  expect(drawn(points(0, 1, 2, 3, 4, 5, 6, 7, 8))).toBe('▁▂▃▄▅▆▇██')
})

test('where nothing was measured is a dot, and what the capture lacks is hatched', () => {
  expect(drawn([...points(0, null, 8), { value: 8, isUnreliable: true }])).toBe('▁·█▨')
})

test('of one point there is nothing to draw', () => {
  expect([drawn(points(3)), drawn([])]).toEqual(['', ''])
})

test('all zeros are flat', () => {
  expect(drawn(points(0, 0), 60, 0)).toBe('▁▁')
})

test('where room is short the highest of neighbours is shown, and no hatch is lost', () => {
  expect(drawn(points(0, 8, 0, 0, null, 1, null), 4)).toBe('█▁▂·')
  const hatched = [...points(8, 0), { value: 0, isUnreliable: true }, ...points(0)]
  expect(drawn(hatched, 2)).toBe('█▨')
})

test('what is above the limit is coloured; equality is not', () => {
  const line = sparkline(points(1, 5, 6), 60, { top: 8, limit: 5 }, painter(true))
  expect(line).toBe('▂▆\u001b[33m▇\u001b[0m')
})
