// What the lifecycle keeps in memory has its bounds, and nothing is lost beyond them.

import { expect, test } from 'vitest'
import { MINUTE_MS, Story, told } from './story.ts'

const findings = (story: Story, from: number, count: number, members = 1) =>
  Array.from({ length: count }, (_, index) => told(`f-${from + index}`, members, story.captureMs))

test('records that were used longest ago are let go, told first where they have changed', () => {
  const story = new Story({ max: { records: 10, states: 1000 } })
  story.tell({ findings: findings(story, 1, 10) })
  story.tell({ findings: findings(story, 1, 10, 2) })
  const events = story.tell({ findings: findings(story, 11, 3) })
  expect(Story.lines(events)).toEqual([
    ...['open f-11 x1 page', 'open f-12 x1 page', 'open f-13 x1 page'],
    ...['update f-1 x2', 'update f-2 x2', 'update f-3 x2'],
  ])
  expect(story.lifecycle.missing(['f-1', 'f-3', 'f-4'])).toEqual(['f-1', 'f-3'])
})

test('of too many findings the closed ones are followed no further first, then others; none is lost', () => {
  const story = new Story({ max: { records: 1000, states: 80 } })
  story.tell({ findings: findings(story, 1, 40) })
  story.wait(11 * MINUTE_MS, MINUTE_MS)
  story.tell({ findings: findings(story, 41, 40) })
  expect(story.lifecycle.forgotten).toBe(0)
  story.tell({ findings: findings(story, 81, 1) })
  expect(story.lifecycle.forgotten).toBe(11)
  expect(story.lifecycle.violations).toBe(41)
  const events = story.pass(1000).tell({ findings: findings(story, 100, 100) })
  expect(events).toHaveLength(100)
  expect(story.lifecycle.violations).toBe(141)
  const all = [...story.stored.values()]
  expect(all.filter(({ state }) => state === 'open')).toHaveLength(141)

  // Those that were forgotten are looked up, closed or open.
  expect(Story.lines(story.tell({ findings: findings(story, 1, 1, 2) }))).toEqual([
    'reopen f-1 x2 page',
  ])
  expect(Story.lines(story.tell({ findings: findings(story, 41, 1, 10) }))).toEqual([
    'update f-41 x10',
  ])
  expect(story.lifecycle.violations).toBe(142)
})
