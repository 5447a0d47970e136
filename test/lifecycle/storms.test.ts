// More than twenty findings of one cause within five minutes are one storm, and one page.

import { describe, expect, test } from 'vitest'
import { acknowledge, suppress } from '../../src/lifecycle/acts.ts'
import type { FindingEvent } from '../../src/model/lifecycle.ts'
import type { ReportedFinding } from '../../src/model/result.ts'
import { hash, MINUTE_MS, START_MS, Story, told } from './story.ts'

const SOURCE = { source: 'web-dmz-1' }
const many = (
  story: Story,
  from: number,
  count: number,
  changes: Partial<ReportedFinding> = SOURCE,
) =>
  story.tell({
    findings: Array.from({ length: count }, (_, index) =>
      told(`f-${from + index}`, 1, story.captureMs, changes),
    ),
  })
const pages = (events: readonly FindingEvent[]) =>
  events.filter(({ isPage, held }) => isPage && held === null)
const parentOf = (story: Story) => {
  const { storm } = story.stored.get('f-1') ?? {}
  const parent = story.stored.get(storm ?? '')
  if (parent === undefined) throw new Error('there is no storm')
  return parent
}
const severe = (severity: ReportedFinding['severity']) => ({ ...SOURCE, severity })

describe('findings that open at once', () => {
  test('are told one by one up to twenty', () => {
    expect(pages(many(new Story(), 1, 20))).toHaveLength(20)
  })

  test('are one page from the twenty-first on, and all of them are kept', () => {
    const story = new Story()
    const events = many(story, 1, 21)
    const [parent, ...children] = events
    expect(pages(events)).toEqual([parent])
    expect(children).toHaveLength(21)
    for (const { phase, held, stored, isPage } of children) {
      expect([phase, isPage, held]).toEqual([
        ...['open', true],
        { by: 'storm', id: parent?.stored.finding.id },
      ])
      expect(stored.storm).toBe(parent?.stored.finding.id)
    }
    expect(story.lifecycle.violations).toBe(21)
  })

  test('are described by the worst of them, and said to be several', () => {
    const story = new Story()
    many(story, 1, 20, severe('low'))
    many(story, 21, 1, { ...severe('critical'), row: 'I-06', fix: 'Close it.' })
    const { finding } = parentOf(story)
    expect(finding).toMatchObject({
      ...{ severity: 'critical', row: 'I-06', fix: 'Close it.', members: 21 },
      ...{ source: 'web-dmz-1', destination: 'several', service: null, exception: null },
      title: '21 findings opened at once: all from web-dmz-1',
      ...{ packets: 210, bytes: 21_000, frames: [] },
    })
    expect(finding.id).toMatch(/^f-[0-9a-f]{12}$/)
  })

  test('are a storm too where they trickle in: those before it join it silently', () => {
    const story = new Story()
    for (let one = 1; one <= 20; one++) many(story.pass(14_000), one, 1)
    const [parent, ...others] = many(story.pass(14_000), 21, 1)
    expect(Story.lines([...(parent === undefined ? [] : [parent])])[0]).toMatch(
      /^open .* x21 page$/,
    )
    expect(others.filter(({ phase }) => phase === 'update')).toHaveLength(20)
    expect(pages(others)).toEqual([])
    expect(story.lifecycle.violations).toBe(21)
  })

  test('are no storm where they come slowly, or have nothing in common', () => {
    const slow = new Story()
    for (let one = 1; one <= 60; one++) many(slow.pass(15_000), one, 1)
    expect(pages(slow.events)).toHaveLength(60)
    expect(pages(many(new Story(), 1, 60, {}))).toHaveLength(60)
  })

  test.each([
    ['one destination', { destination: 'app-a' }, 'all towards app-a'],
    ['one reason and row', { reason: 'unlisted', row: 'I-01' }, 'all escaped:unlisted of I-01'],
  ])('are a storm by %s', (_, changes, words) => {
    const story = new Story()
    many(story, 1, 21, changes)
    expect(parentOf(story).finding.title).toBe(`21 findings opened at once: ${words}`)
  })

  test('count for no storm where they wake nobody anyway', () => {
    const story = new Story()
    many(story, 1, 100, severe('info'))
    story.act(suppress(quiet(story), story.ground(), hash))
    many(story, 101, 100)
    expect(story.events.filter(({ held }) => held?.by === 'storm')).toEqual([])
  })
})

const quiet = (story: Story) => ({
  ...{ scope: { sources: ['web-dmz-1'] }, reason: 'known and being mended', author: 'ann' },
  ...{ fromMs: null, untilMs: story.atMs + MINUTE_MS },
})

describe('while a storm lasts', () => {
  test('others of its cause join it and wake nobody; it counts them', () => {
    const story = new Story()
    many(story, 1, 21)
    const later = many(story.pass(9 * MINUTE_MS), 22, 79)
    expect(pages(later)).toEqual([])
    expect(later.filter(({ held }) => held?.by === 'storm')).toHaveLength(79)
    expect(parentOf(story).finding.members).toBe(100)
    expect(story.lifecycle.violations).toBe(100)
  })

  test('one that is worse than all before wakes somebody, through it', () => {
    const story = new Story()
    many(story, 1, 21)
    const worse = many(story.pass(1000), 22, 3, severe('critical'))
    expect(pages(worse).map(({ stored }) => stored.finding.id)).toEqual([
      parentOf(story).finding.id,
    ])
    const grown = [told('f-1', 2, story.captureMs, severe('critical'))]
    expect(pages(story.tell({ findings: grown }))).toEqual([])
  })

  test('one of its findings that becomes worse than all of them wakes somebody, through it', () => {
    const story = new Story()
    many(story, 1, 21)
    const findings = [told('f-1', 2, story.pass(1000).captureMs, severe('critical'))]
    const worse = story.tell({ findings })
    expect(pages(worse).map(({ stored }) => stored.finding.id)).toEqual([
      parentOf(story).finding.id,
    ])
    expect(parentOf(story).finding).toMatchObject({ severity: 'critical', members: 21 })
  })

  test('its findings begin no other storm', () => {
    const story = new Story()
    many(story, 1, 21, { ...SOURCE, destination: 'app-a' })
    const another = many(story.pass(1000), 22, 1, { destination: 'app-a' })
    expect(Story.lines(another)).toEqual(['open f-22 x1 page'])
  })

  test('it can be acknowledged like any finding', () => {
    const story = new Story()
    many(story, 1, 21)
    const { id } = parentOf(story).finding
    story.act(acknowledge([id], { author: 'ann', comment: '' }, story.ground([id])))
    expect(pages(many(story.pass(1000), 22, 100))).toEqual([])
    expect(parentOf(story).acknowledgement?.author).toBe('ann')
  })

  test('it closes with the last of its findings, and not before', () => {
    const story = new Story()
    many(story, 1, 21)
    story.pass(9 * MINUTE_MS).tell({ findings: [told('f-7', 2, story.captureMs, SOURCE)] })
    story.wait(2 * MINUTE_MS)
    expect(parentOf(story).state).toBe('open')
    expect(story.lifecycle.violations).toBe(1)
    const last = story.wait(8 * MINUTE_MS).filter(({ phase }) => phase === 'close')
    expect(last.map(({ phase, stored }) => [phase, stored.finding.id])).toEqual([
      ['close', 'f-7'],
      ['close', parentOf(story).finding.id],
    ])
    expect(story.lifecycle.violations).toBe(0)
  })
})

test('another storm of the same cause is told again, since its findings are others', () => {
  const story = new Story()
  many(story, 1, 21)
  story.wait(11 * MINUTE_MS)
  const again = many(story, 31, 21)
  expect(pages(again).map(({ phase }) => phase)).toEqual(['reopen'])
  expect(parentOf(story)).toMatchObject({ episodes: 2, finding: { members: 42 } })
})

test('a storm goes on after a restart, and closes', () => {
  const before = new Story()
  many(before, 1, 21)
  const story = new Story({ stored: before.stored, run: 'w-2' })
  expect(story.lifecycle.violations).toBe(21)
  expect(pages(many(story.pass(1000), 22, 5))).toEqual([])
  story.wait(11 * MINUTE_MS)
  expect(parentOf(story).state).toBe('closed')
  expect([...story.stored.values()].filter(({ state }) => state === 'open')).toEqual([])
  expect(story.captureMs).toBe(START_MS + 11 * MINUTE_MS + 1000)
})
