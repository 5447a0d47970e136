// Findings in the course of time: semantics 3.5, ux.md "Alert pipeline".

import { describe, expect, test } from 'vitest'
import type { StoredFinding } from '../../src/model/lifecycle.ts'
import { sampleReportedFinding } from '../support/samples.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, START_MS, Story, type StoryOptions, told } from './story.ts'

const lines = Story.lines
const opened = (options: StoryOptions = {}) => {
  const story = new Story(options)
  story.tell({ findings: [told('f-1', 1, story.captureMs)] })
  return story
}
const tell = (story: Story, members: number, changes = {}) =>
  lines(story.tell({ findings: [told('f-1', members, story.captureMs, changes)] }))

describe('a finding opens', () => {
  test('at first sight, and wakes somebody', () => {
    const story = new Story()
    expect(tell(story, 1)).toEqual(['open f-1 x1 page'])
    expect(story.stored.get('f-1')).toMatchObject({
      ...{
        state: 'open',
        firstOpenedMs: START_MS,
        openedMs: START_MS,
        closedMs: null,
        episodes: 1,
      },
    })
  })

  test('without waking anybody where its severity is info', () => {
    expect(tell(new Story(), 1, { severity: 'info' })).toEqual(['open f-1 x1'])
  })

  test('without waking anybody where it is only possible, and wakes when it is more', () => {
    const story = new Story()
    expect(tell(story, 1, { confidence: 'possible' })).toEqual(['open f-1 x1'])
    expect(tell(story.pass(1000), 2, { confidence: 'probable' })).toEqual(['update f-1 x2 page'])
  })
})

describe('an open finding is told again', () => {
  test('when its members cross 10, 100 and 1,000, and not between', () => {
    const story = opened()
    const told = [2, 9, 10, 11, 99, 1234, 9999].map(count => tell(story.pass(1000), count))
    expect(told).toEqual([[], [], ['update f-1 x10'], [], [], ['update f-1 x1234'], []])
  })

  test('after 15 minutes of capture time if it grew, with what it has come to', () => {
    const story = opened()
    const events: string[] = []
    for (let count = 2; count <= 8; count++) {
      events.push(...tell(story.pass(5 * MINUTE_MS), count))
    }
    expect(events).toEqual(['update f-1 x4', 'update f-1 x7'])
  })

  test('when it becomes more severe, and wakes somebody', () => {
    const story = opened()
    expect(tell(story.pass(1000), 2, { severity: 'critical' })).toEqual(['update f-1 x2 page'])
    expect(tell(story.pass(1000), 3, { severity: 'critical' })).toEqual([])
  })

  test('and keeps its worst severity while it is open, so that a restart does not wake anybody', () => {
    const story = opened()
    tell(story.pass(1000), 2, { severity: 'critical' })
    expect(tell(story.pass(1000), 3, { severity: 'low' })).toEqual([])
    expect(tell(story.pass(1000), 4, { severity: 'critical' })).toEqual([])
  })
})

describe('a finding closes', () => {
  test('when 10 minutes of capture time brought no member, and wakes nobody', () => {
    const story = opened()
    expect(lines(story.wait(10 * MINUTE_MS - 1000))).toEqual([])
    expect(lines(story.wait(1000))).toEqual(['close f-1 x1'])
    expect(story.stored.get('f-1')).toMatchObject({
      ...{ state: 'closed', closedMs: START_MS + 10 * MINUTE_MS },
    })
  })

  test('with the members that were not told before', () => {
    const story = opened()
    tell(story.pass(1000), 7)
    expect(lines(story.wait(11 * MINUTE_MS))).toEqual(['close f-1 x7'])
  })

  test('not while its flow goes on that was told of before its end', () => {
    const story = new Story()
    tell(story, 1, { isEarly: true })
    expect(lines(story.wait(30 * MINUTE_MS))).toEqual([])
    tell(story, 1)
    expect(lines(story.wait(11 * MINUTE_MS))).toEqual(['close f-1 x1'])
  })

  test('where something is missing, when a whole window more did not tell it again', () => {
    const story = new Story()
    tell(story, 1, { verdict: 'missing' })
    tell(story.pass(15 * MINUTE_MS), 2, { verdict: 'missing' })
    expect(lines(story.wait(24 * MINUTE_MS))).toEqual([])
    expect(lines(story.wait(MINUTE_MS))).toEqual(['close f-1 x2'])
  })

  test('at once when it is none any more, and keeps its history', () => {
    const story = new Story()
    tell(story, 1, { isEarly: true })
    story.pass(5000)
    expect(lines(story.tell({ gone: ['f-1'] }))).toEqual(['close f-1 x1'])
    expect(lines(story.tell({ gone: ['f-1', 'f-unheard-of'] }))).toEqual([])
    expect(tell(story.pass(1000), 1)).toEqual(['reopen f-1 x1'])
  })

  test('not where it is told in the same breath', () => {
    const story = opened()
    const findings = [told('f-1', 2, story.pass(1000).captureMs)]
    expect(lines(story.tell({ findings, gone: ['f-1'] }))).toEqual([])
  })
})

describe('a member of a finding that has closed', () => {
  test('opens it again within a day, and wakes nobody', () => {
    const story = opened()
    story.wait(10 * MINUTE_MS)
    story.wait(DAY_MS - MINUTE_MS, MINUTE_MS)
    expect(tell(story, 2)).toEqual(['reopen f-1 x2'])
    expect(story.stored.get('f-1')).toMatchObject({
      ...{ state: 'open', episodes: 2, firstOpenedMs: START_MS, closedMs: null },
    })
  })

  test('wakes somebody within a day too where it is more severe than before', () => {
    const story = opened()
    story.wait(10 * MINUTE_MS)
    expect(tell(story, 2, { severity: 'critical' })).toEqual(['reopen f-1 x2 page'])
  })

  test('opens it again after more than a day, and wakes somebody', () => {
    const story = opened()
    story.wait(10 * MINUTE_MS)
    story.wait(DAY_MS + MINUTE_MS, MINUTE_MS)
    expect(tell(story, 2)).toEqual(['reopen f-1 x2 page'])
    expect(story.lookedUp).toEqual(['f-1', 'f-1'])
    expect(story.stored.get('f-1')).toMatchObject({ episodes: 2, firstOpenedMs: START_MS })
  })

  test('is awaited: being told again without one opens nothing', () => {
    const story = opened()
    const same = told('f-1', 1, story.captureMs)
    story.wait(10 * MINUTE_MS)
    expect(lines(story.tell({ findings: [same] }))).toEqual([])
  })

  test('wakes somebody after a restart too, where that took more than a day', () => {
    const before = opened()
    before.wait(10 * MINUTE_MS)
    const backAfter = (ms: number) => {
      const story = new Story({ stored: before.stored, run: 'w-2' })
      story.pass(10 * MINUTE_MS + ms).tell()
      return tell(story, 1)
    }
    expect(backAfter(DAY_MS - HOUR_MS)).toEqual(['reopen f-1 x2'])
    expect(backAfter(DAY_MS + HOUR_MS)).toEqual(['reopen f-1 x2 page'])
  })
})

describe('members, packets and bytes', () => {
  test('of one set of rules replace each other, of several they add up', () => {
    const story = opened()
    tell(story.pass(1000), 5)
    story.tell({ findings: [told('f-1', 3, story.captureMs)], generation: 2 })
    story.tell({ findings: [told('f-1', 4, story.captureMs)], generation: 3 })
    story.flush()
    expect(story.stored.get('f-1')?.finding).toMatchObject({
      members: 12,
      packets: 120,
      bytes: 12000,
    })
  })

  test('that were told early count once, though the rules changed before their flow ended', () => {
    const story = new Story()
    tell(story, 1, { isEarly: true })
    const later = () => [told('f-1', 1, story.pass(1000).captureMs)]
    story.tell({ findings: later(), generation: 2 })
    story.flush()
    expect(story.stored.get('f-1')?.finding.members).toBe(1)
    // Once it is closed, what comes is another one.
    tell(story.pass(1000), 2, { isEarly: true })
    story.tell({ gone: ['f-1'] })
    expect(lines(story.tell({ findings: later(), generation: 3 }))).toEqual(['reopen f-1 x4'])
  })

  test('of an earlier run, and of audits, are kept, however often the monitor is started', () => {
    const before = opened()
    const first = before.stored.get('f-1')
    if (first === undefined) throw new Error('nothing was stored')
    const audit = { members: 100, packets: 200, bytes: 300 }
    const counted = { ...first.counted, 'a-1': audit }
    let stored = new Map<string, StoredFinding>([['f-1', { ...first, counted }]])
    for (let run = 2; run <= 50; run++) {
      const story = new Story({ stored, run: `w-${run}` })
      tell(story, 2)
      story.flush()
      stored = story.stored
    }
    const last = stored.get('f-1')
    expect(last?.finding).toMatchObject({ members: 199, packets: 1190, bytes: 99_300 })
    expect(last?.counted).toEqual({
      ...{ 'a-1': audit, watch: { members: 97, packets: 970, bytes: 97_000 } },
      'watch:w-50:1': { members: 2, packets: 20, bytes: 2000 },
    })
  })

  test('are not counted twice by a monitor that goes on where it was killed', () => {
    const before = opened()
    tell(before.pass(1000), 10)
    const story = new Story({ stored: before.stored })
    tell(story, 12)
    story.flush()
    expect(story.stored.get('f-1')?.finding.members).toBe(12)
  })
})

test('a finding keeps its first and last packet, and its first five examples by time', () => {
  const story = new Story()
  const tellThem = (seconds: readonly number[], changes = {}) =>
    story.tell({
      findings: [
        told('f-1', seconds.length, START_MS, {
          examples: seconds.map(exampleAt),
          ...{ first: at(Math.min(...seconds)), last: at(Math.max(...seconds)) },
          ...changes,
        }),
      ],
      generation: story.events.length + 1,
    })
  tellThem([30, 31, 32])
  tellThem([3, 4, 5, 30], { severity: 'critical' })
  const { finding } = story.stored.get('f-1') ?? {}
  expect(finding?.examples.map(({ first }) => first)).toEqual([3, 4, 5, 30, 31].map(at))
  expect([finding?.first, finding?.last]).toEqual([at(3), at(32)])
})

const at = (second: number): string => new Date(START_MS + second * 1000).toISOString()

function exampleAt(second: number) {
  const [example] = sampleReportedFinding().examples
  if (example === undefined) throw new Error('the sample has no example')
  return { ...example, first: at(second), packet: { ...example.packet, frame: second } }
}
