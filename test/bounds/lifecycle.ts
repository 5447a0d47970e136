// Bounds of what is kept of findings, and of what people may say about them.

import { expect } from 'vitest'
import { acknowledge, suppress } from '../../src/lifecycle/acts.ts'
import { Keeper } from '../../src/watch/keeper.ts'
import { hash, MINUTE_MS, Story, told } from '../lifecycle/story.ts'
import { type BoundCase, numbersTo } from './case.ts'

const SAID = { author: 'ann', comment: '' }
const quiet = (story: Story, rows: readonly string[]) => ({
  ...{ scope: { rows }, reason: 'known to everybody', author: 'ann' },
  ...{ fromMs: null, untilMs: story.atMs + MINUTE_MS },
})
const findings = (story: Story, count: number, members = 1, changes = {}) =>
  numbersTo(count).map(number => told(`f-${number}`, members, story.captureMs, changes))

export const LIFECYCLE_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'records of findings at hand': (max = 0) => {
    const story = new Story()
    story.tell({ findings: findings(story, max) })
    expect(story.tell({ findings: findings(story, max, 2) })).toEqual([])
    const one = [told('f-one-more', 1, story.captureMs)]
    expect(Story.lines(story.tell({ findings: one }))).toEqual([
      ...['open f-one-more x1 page', 'update f-0 x2'],
    ])
  },

  'findings of one cause that open within five minutes': (max = 0) => {
    const pages = (count: number) => {
      const story = new Story()
      const events = story.tell({ findings: findings(story, count, 1, { source: 'app-a' }) })
      return events.filter(({ isPage, held }) => isPage && held === null).length
    }
    expect(pages(max)).toBe(max)
    expect(pages(max + 1)).toBe(1)
  },

  'suppressions and windows of maintenance in force': (max = 0) => {
    const story = new Story()
    for (const number of numbersTo(max))
      story.act(suppress(quiet(story, [`${number}`]), story.ground(), hash))
    expect(() => suppress(quiet(story, ['more']), story.ground(), hash)).toThrow(/are in force/)
  },

  'words of a member of a scope, characters of a word': (words = 0, characters = 0) => {
    const story = new Story()
    const plan = (rows: readonly string[]) => () =>
      suppress(quiet(story, rows), story.ground(), hash)
    const many = numbersTo(words).map(String)
    expect(plan(many)).not.toThrow()
    expect(plan([...many, 'more'])).toThrow(/At most/)
    expect(plan(['x'.repeat(characters)])).not.toThrow()
    expect(plan(['x'.repeat(characters + 1)])).toThrow(/Each has 1 to/)
  },

  'findings of one act': (max = 0) => {
    const story = new Story()
    story.tell({ findings: findings(story, max + 1) })
    const ids = [...story.stored.keys()]
    expect(() => acknowledge(ids.slice(1), SAID, story.ground(ids))).not.toThrow()
    expect(() => acknowledge(ids, SAID, story.ground(ids))).toThrow(/Name 1 to/)
  },

  'acts that wait for the store': async (max = 0) => {
    const keeper = new Keeper({ now: () => 0 })
    const nothing = () => Promise.resolve()
    const waiting = numbersTo(max).map(() => keeper.act(nothing))
    await expect(keeper.act(nothing)).rejects.toThrow(`${max} acts are waiting`)
    await Promise.all(waiting)
    await keeper.act(nothing)
  },
}
