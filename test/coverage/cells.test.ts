// Flows counted by their verdict: no bound and no order changes what is booked.

import { expect, test } from 'vitest'
import { type Cell, Cells } from '../../src/coverage/cells.ts'
import { sampleFlow, sampleJudged } from '../support/samples.ts'

function booked(fill: (cells: Cells) => void): Cell[] {
  const all: Cell[] = []
  const cells = new Cells(cell => {
    all.push(cell)
  })
  fill(cells)
  cells.fold()
  return all
}

test('flows that share a verdict are booked together', () => {
  const judged = sampleJudged()
  const later = { ...judged, flow: sampleFlow({ lastNs: 9e12 }) }
  const half = { ...judged, flow: sampleFlow({ toClient: { packets: 0, bytes: 0 } }) }
  const [cell, ...others] = booked(cells => {
    for (const one of [later, judged, half]) cells.add(one)
  })
  expect(others).toEqual([])
  expect(cell).toMatchObject({ flows: 3, halves: 1, lastNs: 9e12 })
})

test('beyond 4,096 verdicts, the same flows are booked, some in several parts', () => {
  const kinds = Array.from({ length: 5000 }, () => sampleJudged())
  const all = booked(cells => {
    for (const judged of [...kinds, ...kinds]) cells.add(judged)
  })
  expect(all.reduce((sum, { flows }) => sum + flows, 0)).toBe(10_000)
  expect(new Set(all.map(({ judged }) => judged.verdict)).size).toBe(5000)
})
