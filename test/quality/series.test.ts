import { expect, test } from 'vitest'
import { POINTS_MAX, Series, Timeline } from '../../src/quality/series.ts'

interface Sum {
  sum: number
}
const SUMS = {
  make: (): Sum => ({ sum: 0 }),
  merge: (into: Sum, from: Sum) => {
    into.sum += from.sum
  },
}

function add(series: Series<Sum>, second: number, value = 1): void {
  const point = series.at(second * 1e9)
  if (point !== null) point.sum += value
}

const sums = (series: Series<Sum>) => series.points().map(point => point?.sum ?? null)

test('points are ten seconds long at first, and where nothing was is nothing', () => {
  const series = new Series(new Timeline(), SUMS)
  for (const second of [0, 9.999, 10, 35]) add(series, second)
  expect(sums(series)).toEqual([2, 1, null, 1])
})

test('there are 60 points at the most, and doubling loses nothing', () => {
  const timeline = new Timeline()
  const series = new Series(timeline, SUMS)
  for (let second = 0; second < 5000; second++) add(series, second)
  const points = sums(series)
  expect(timeline.stepNs).toBe(160e9)
  expect(points).toEqual([...Array.from({ length: 31 }, () => 160), 40])
  expect(points.length).toBeLessThanOrEqual(POINTS_MAX)
})

test('all series of a run keep one time line', () => {
  const timeline = new Timeline()
  const [early, late] = [new Series(timeline, SUMS), new Series(timeline, SUMS)]
  add(early, 5)
  add(early, 15)
  add(late, 599)
  expect([sums(early), timeline.stepNs]).toEqual([[1, 1], 10e9])
  add(late, 600)
  expect([sums(early), timeline.stepNs]).toEqual([[2], 20e9])
  expect(sums(late).filter(sum => sum !== null)).toEqual([1, 1])
})

test('neither a time before the epoch nor one in a hundred years does harm', () => {
  const timeline = new Timeline()
  const series = new Series(timeline, SUMS)
  add(series, -5)
  add(series, 0)
  expect(sums(series)).toEqual([2])
  add(series, 3e9)
  expect(sums(series)).toHaveLength(Math.floor(3e18 / timeline.stepNs) + 1)
  expect(timeline.points).toBe(2)
})
