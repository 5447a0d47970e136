// What people may do about findings, what of it is refused, and what holds pages back.

import { describe, expect, test } from 'vitest'
import { acknowledge, end, maintain, suppress, unacknowledge } from '../../src/lifecycle/acts.ts'
import { fits } from '../../src/lifecycle/scope.ts'
import type { Quiet } from '../../src/model/desk.ts'
import { UsageError } from '../../src/model/errors.ts'
import type { BlindInterval } from '../../src/model/live.ts'
import { sampleReportedFinding } from '../support/samples.ts'
import { DAY_MS, HOUR_MS, hash, MINUTE_MS, START_MS, Story, told } from './story.ts'

const lines = Story.lines
const SAID = { author: 'ann', comment: 'change 4411' }
const tell = (story: Story, members: number, changes = {}, id = 'f-1') =>
  lines(story.tell({ findings: [told(id, members, story.captureMs, changes)] }))
const ack = (story: Story, id = 'f-1') => story.act(acknowledge([id], SAID, story.ground([id])))
const quiet = (changes: Partial<Quiet> = {}): Quiet => ({
  ...{ scope: { rows: ['I-31'] }, reason: 'the firewall is being replaced', author: 'ann' },
  ...{ fromMs: null, untilMs: START_MS + HOUR_MS, ...changes },
})

describe('an acknowledged finding', () => {
  test('says who acknowledged it, when, and of what', () => {
    const story = new Story()
    tell(story, 3)
    ack(story.pass(1000))
    expect(story.stored.get('f-1')?.acknowledgement).toEqual({
      ...{ author: 'ann', comment: 'change 4411', atMs: START_MS + 1000 },
      ...{ members: 3, severity: 'high' },
    })
    expect(story.entries[0]).toEqual({ kind: 'acknowledge', id: 'f-1', atMs: story.atMs, ...SAID })
  })

  test('is quiet when it comes back after days', () => {
    const story = new Story()
    tell(story, 3)
    ack(story)
    story.wait(3 * DAY_MS, MINUTE_MS)
    expect(tell(story, 4)).toEqual(['reopen f-1 x4 page held by acknowledged'])
    expect(story.stored.get('f-1')?.isPageOwed).toBeUndefined()
  })

  test('speaks again when there are ten times as many, once', () => {
    const story = new Story()
    tell(story, 3)
    ack(story)
    expect([29, 30, 31].map(count => tell(story.pass(1000), count))).toEqual([
      ...[['update f-1 x29'], ['update f-1 x30 page'], []],
    ])
    expect(story.stored.get('f-1')?.acknowledgement).toBeNull()
  })

  test('speaks again when it is more severe', () => {
    const story = new Story()
    tell(story, 3)
    ack(story)
    expect(tell(story, 4, { severity: 'critical' })).toEqual(['update f-1 x4 page'])
  })

  test('speaks again when nobody acknowledges it any more', () => {
    const story = new Story()
    tell(story, 3)
    ack(story)
    story.act(unacknowledge(['f-1'], SAID, story.ground(['f-1'])))
    story.wait(2 * DAY_MS, MINUTE_MS)
    expect(tell(story, 4)).toEqual(['reopen f-1 x4 page'])
  })

  test('stays so after a restart', () => {
    const before = new Story()
    tell(before, 3)
    ack(before)
    const story = new Story({ stored: before.stored, run: 'w-2' })
    expect(tell(story, 1)).toEqual([])
    expect(tell(story.pass(1000), 30)).toEqual(['update f-1 x33 page'])
  })
})

describe('a suppression', () => {
  test('holds pages of what fits until it ends by the own clock, and the finding is kept', () => {
    const story = new Story()
    const { suppression } = story.act(suppress(quiet(), story.ground(), hash))
    expect(tell(story, 1)).toEqual(['open f-1 x1 page held by suppressed'])
    expect(story.events.at(-1)?.held?.id).toBe(suppression.id)
    expect(suppression.id).toMatch(/^s-[0-9a-f]{12}$/)
    expect(tell(story, 1, { row: 'I-01' }, 'f-2')).toEqual(['open f-2 x1 page'])
  })

  test('that is over lets speak what is still there, once', () => {
    const story = new Story()
    story.act(suppress(quiet(), story.ground(), hash))
    tell(story, 1)
    tell(story, 1, {}, 'f-2')
    for (let minutes = 0; minutes < 55; minutes += 5) tell(story.pass(5 * MINUTE_MS), minutes + 2)
    expect(story.stored.get('f-2')?.state).toBe('closed')
    const after = [0, 1, 2].map(() => lines(story.pass(3 * MINUTE_MS).tell()))
    expect(after).toEqual([[], ['update f-1 x52 page'], []])
  })

  test('that was over while nobody ran does the same', () => {
    const before = new Story()
    before.act(suppress(quiet(), before.ground(), hash))
    tell(before, 1)
    const story = new Story({ stored: before.stored, run: 'w-2' })
    expect(lines(story.pass(DAY_MS).tell())).toEqual(['update f-1 x1 page'])
  })

  test('that is ended before its time does the same', () => {
    const story = new Story()
    const { suppression } = story.act(suppress(quiet(), story.ground(), hash))
    tell(story, 1)
    story.act(end(suppression.id, 'bob', story.ground()))
    expect(lines(story.pass(1000).tell())).toEqual(['update f-1 x1 page'])
  })

  test('that is over gives way to another that fits', () => {
    const story = new Story()
    const first = story.act(suppress(quiet(), story.ground(), hash))
    story.act(suppress(quiet({ scope: { ids: ['f-1'] } }), story.ground(), hash))
    tell(story, 1)
    story.act(end(first.suppression.id, 'bob', story.ground()))
    expect(lines(story.pass(1000).tell())).toEqual([])
  })

  test('does not make anybody miss a page that was acknowledged meanwhile, for there is none', () => {
    const story = new Story()
    const { suppression } = story.act(suppress(quiet(), story.ground(), hash))
    tell(story, 1)
    ack(story)
    story.act(end(suppression.id, 'bob', story.ground()))
    expect(lines(story.pass(1000).tell())).toEqual([])
  })
})

test('maintenance holds pages within its window, of everything where no scope is given', () => {
  const story = new Story()
  const fromMs = START_MS + HOUR_MS
  const plan = maintain(
    quiet({ scope: {}, fromMs, untilMs: fromMs + HOUR_MS }),
    story.ground(),
    hash,
  )
  expect(story.act(plan).maintenance.id).toMatch(/^m-[0-9a-f]{12}$/)
  expect(tell(story, 1, {}, 'f-1')).toEqual(['open f-1 x1 page'])
  expect(tell(story.pass(HOUR_MS), 1, {}, 'f-2').at(0)).toBe('open f-2 x1 page held by maintenance')
  const lifted = tell(story.pass(HOUR_MS), 1, {}, 'f-3')
  expect(lifted).toContain('open f-3 x1 page')
})

describe('while its sensor is blind, a finding', () => {
  const blind = (changes: Partial<BlindInterval> = {}): BlindInterval => ({
    ...{ id: 'b-1', sensor: 'dmz-span', interface: 'span0', cause: 'link_down' },
    ...{ fromMs: START_MS, toMs: null, detail: 'no carrier' },
    ...changes,
  })
  const examples = sampleReportedFinding().examples

  test.each(['missing', 'degraded'] as const)(
    'that is %s is held, and told when it sees',
    verdict => {
      const story = new Story()
      story.tell({ blind: [blind()] })
      expect(tell(story, 1, { verdict })).toEqual(['open f-1 x1 page held by blind'])
      story.pass(MINUTE_MS)
      expect(lines(story.tell({ blind: [blind({ toMs: story.captureMs })] }))).toEqual([
        'update f-1 x1 page',
      ])
    },
  )

  test('that was seen to happen is told, and one of another sensor', () => {
    const story = new Story()
    story.tell({ blind: [blind({ sensor: 'core-span' })] })
    expect(tell(story, 1, {}, 'f-1')).toEqual(['open f-1 x1 page'])
    expect(tell(story, 1, { verdict: 'missing', examples }, 'f-2')).toEqual(['open f-2 x1 page'])
  })

  test('is held whoever saw it, where the whole monitor was blind', () => {
    const story = new Story()
    story.tell({ blind: [blind({ interface: null })] })
    const changes = { verdict: 'missing', examples } as const
    expect(tell(story, 1, changes)).toEqual(['open f-1 x1 page held by blind'])
  })
})

describe('a scope', () => {
  const finding = sampleReportedFinding()
  test.each([
    [{}, true],
    [{ ids: ['f-7d1c2a90b3e4'] }, true],
    [{ rows: ['I-31', 'I-01'], severities: ['critical'] }, true],
    [{ rows: ['I-31'], severities: ['low'] }, false],
    [{ nodes: ['web-dmz-1'] }, true],
    [{ sources: ['web-dmz-1'] }, false],
    [{ destinations: ['web-dmz-1'] }, true],
    [{ rows: ['I-3'] }, false],
    [{ rows: ['I-.*'] }, false],
    [{ reasons: ['over_exposed'], verdicts: ['escaped'] }, true],
  ])('%j fits the sample: %s', (scope, isFit) => {
    expect(fits(scope, finding)).toBe(isFit)
  })
})

describe('refused is', () => {
  const story = new Story()
  tell(story, 1)
  const ground = () => story.ground()
  const suppressed = (changes: Partial<Quiet>) => () => suppress(quiet(changes), ground(), hash)
  const maintained = (changes: Partial<Quiet>) => () => maintain(quiet(changes), ground(), hash)
  const cases: Readonly<Record<string, readonly [act: () => unknown, says: RegExp]>> = {
    'a short reason': [suppressed({ reason: 'because  ' }), /7 characters.*at least 10/],
    'a reason that cannot be seen': [suppressed({ reason: '\u200b'.repeat(20) }), /0 characters/],
    'no author': [suppressed({ author: ' ' }), /no name/],
    'a long author': [suppressed({ author: 'a'.repeat(65) }), /1 to 64/],
    'an author with a control character': [suppressed({ author: 'ann\u001b[31m' }), /no name/],
    'an end in the past': [suppressed({ untilMs: START_MS }), /still to come/],
    'an end in 91 days': [suppressed({ untilMs: START_MS + 91 * DAY_MS }), /91 days.*At most 90/],
    'an end that is no number': [suppressed({ untilMs: Number.NaN }), /whole milliseconds/],
    'a suppression without a scope': [suppressed({ scope: {} }), /scope is empty/],
    'a scope with an empty list': [suppressed({ scope: { rows: [] } }), /fits nothing/],
    'a scope with an empty word': [suppressed({ scope: { rows: [''] } }), /0 characters/],
    'a suppression for later': [suppressed({ fromMs: START_MS + 1 }), /begins at once/],
    'maintenance that ends before it begins': [
      maintained({ fromMs: START_MS + 2 * HOUR_MS }),
      /over before it begins/,
    ],
    'maintenance in two years': [
      maintained({ fromMs: START_MS + 730 * DAY_MS, untilMs: START_MS + 731 * DAY_MS }),
      /within 366 days/,
    ],
    'an acknowledgement of what nobody knows': [
      () => acknowledge(['f-1', 'f-2\u001b'], SAID, ground()),
      /called "f-2\\x1b"/,
    ],
    'an acknowledgement of nothing': [() => acknowledge([], SAID, ground()), /0 findings/],
    'a comment without end': [
      () => acknowledge(['f-1'], { ...SAID, comment: 'x'.repeat(2001) }, ground()),
      /At most 2000/,
    ],
    'taking back what nobody acknowledged': [
      () => unacknowledge(['f-1'], SAID, ground()),
      /not acknowledged/,
    ],
    'ending what is not in force': [() => end('s-1', 'ann', ground()), /There are none/],
  }
  for (const [what, [act, says]] of Object.entries(cases))
    test(`${what}, and nothing has happened`, () => {
      const before = JSON.stringify([...story.stored.values()])
      expect(act).toThrow(UsageError)
      expect(act).toThrow(says)
      expect(JSON.stringify([...story.stored.values()])).toBe(before)
    })

  test('the same suppression twice', () => {
    const own = new Story()
    own.act(suppress(quiet(), own.ground(), hash))
    expect(() => suppress(quiet(), own.ground(), hash)).toThrow(/in force already/)
  })
})

test('an act that is planned and not recorded changes nothing', () => {
  const story = new Story()
  tell(story, 3)
  acknowledge(['f-1'], SAID, story.ground(['f-1']))
  suppress(quiet(), story.ground(), hash)
  expect(tell(story, 4, { severity: 'critical' })).toEqual(['update f-1 x4 page'])
})
