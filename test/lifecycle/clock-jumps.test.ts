// The capture clock jumps (faults.md F11, F12): no finding closes as if it had been quiet, none stays open for years,
// and nothing lasts for less than no time.

import { describe, expect, test } from 'vitest'
import { suppress } from '../../src/lifecycle/acts.ts'
import type { StoredFinding } from '../../src/model/lifecycle.ts'
import { DAY_MS, HOUR_MS, hash, MINUTE_MS, Story, told } from './story.ts'

const YEARS_MS = 3652 * DAY_MS
const JUMPS = [
  ['+2 h', 2 * HOUR_MS],
  ['-2 h', -2 * HOUR_MS],
  ['+10 y', YEARS_MS],
  ['-10 y', -YEARS_MS],
] as const
const open = (story: Story) =>
  [...story.stored.values()]
    .filter(({ state }) => state === 'open')
    .map(({ finding }) => finding.id)

function lengths({ finding, firstOpenedMs, openedMs, closedMs, lastMs }: StoredFinding) {
  return [
    ...[openedMs - firstOpenedMs, (closedMs ?? openedMs) - openedMs],
    ...[Date.parse(finding.last) - Date.parse(finding.first)],
    ...(closedMs === null ? [] : [closedMs - firstOpenedMs]),
    lastMs === Number.NEGATIVE_INFINITY ? -1 : 0,
  ]
}
const noneNegative = (story: Story) => {
  for (const stored of story.events.map(event => event.stored))
    for (const ms of lengths(stored)) expect(ms).toBeGreaterThanOrEqual(0)
}

describe.each(JUMPS)('when the capture clock jumps by %s', (_, byMs) => {
  const jumped = () => {
    const story = new Story()
    story.tell({ findings: [told('f-1', 1, story.captureMs), told('f-2', 1, story.captureMs)] })
    story.wait(5 * MINUTE_MS)
    story.captureMs += byMs
    story.tell()
    return story
  }

  test('nothing closes at once, and silence goes on where it was', () => {
    const story = jumped()
    expect(open(story)).toEqual(['f-1', 'f-2'])
    story.wait(5 * MINUTE_MS - 2000)
    expect(open(story)).toEqual(['f-1', 'f-2'])
    story.wait(2000)
    expect(open(story)).toEqual([])
    noneNegative(story)
  })

  test('and back, a member opens its finding again, and nothing lasts for less than no time', () => {
    const story = jumped()
    story.tell({ findings: [told('f-1', 2, story.captureMs)] })
    story.wait(11 * MINUTE_MS)
    story.captureMs -= byMs
    story.tell({ findings: [told('f-1', 3, story.captureMs)] })
    expect(Story.lines(story.events).at(-1)).toBe('reopen f-1 x3')
    story.wait(11 * MINUTE_MS)
    expect(open(story)).toEqual([])
    noneNegative(story)
  })

  test('a day by the capture clock is a day that has passed', () => {
    const story = jumped()
    story.wait(10 * MINUTE_MS)
    story.wait(25 * HOUR_MS, MINUTE_MS)
    story.tell({ findings: [told('f-1', 2, story.captureMs)] })
    expect(Story.lines(story.events).at(-1)).toBe('reopen f-1 x2 page')
  })

  test('no suppression ends, for that goes by the own clock', () => {
    const story = new Story()
    story.tell()
    const quiet = {
      ...{ scope: { rows: ['I-31'] }, reason: 'known to everybody', author: 'ann' },
      ...{ fromMs: null, untilMs: story.atMs + HOUR_MS },
    }
    story.act(suppress(quiet, story.ground(), hash))
    story.captureMs += byMs
    story.tell({ findings: [told('f-1', 1, story.captureMs)] })
    expect(Story.lines(story.events)).toEqual(['open f-1 x1 page held by suppressed'])
  })
})
