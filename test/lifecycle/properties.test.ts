// Goal: whatever is told, and whenever the monitor is killed, what was reported stays reported, nobody is woken twice
// for it, and what comes next is the same.
// Method: random stories of six findings, steps of time and jumps; the store is what was recorded.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FindingEvent } from '../../src/model/lifecycle.ts'
import type { ToldFinding } from '../../src/model/live.ts'
import { sampleReportedFinding } from '../support/samples.ts'
import { HOUR_MS, MINUTE_MS, START_MS, Story, told } from './story.ts'

const IDS = ['f-1', 'f-2', 'f-3', 'f-4', 'f-5', 'f-6'] as const
const SEVERITIES = ['info', 'low', 'medium', 'critical'] as const
const RUNS = 60

/** One telling: how long after the one before, what grew by how much, and what is none any more. */
const PASSING = fc.integer({ min: 1000, max: 20 * MINUTE_MS })
const JUMPING = fc.oneof(PASSING, fc.constantFrom(-3 * HOUR_MS, 30 * HOUR_MS, 26 * MINUTE_MS))
const step = fc.record({
  passMs: JUMPING,
  grown: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom(...IDS),
      by: fc.integer({ min: 1, max: 50 }),
      severity: fc.constantFrom(...SEVERITIES),
      isEarly: fc.boolean(),
    }),
    { selector: ({ id }) => id, maxLength: IDS.length },
  ),
  gone: fc.subarray([...IDS], { maxLength: 1 }),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never
const steps = fc.array(step, { minLength: 1, maxLength: 15 })
/** A restart cannot tell a jump before it from time that has passed. */
const unjumped = fc.array(
  fc.tuple(step, PASSING).map(([one, passMs]) => ({ ...one, passMs })),
  { minLength: 1, maxLength: 15 },
)

/** Counts of a run, as the judging thread has them. */
class Run {
  readonly #members = new Map<string, number>()

  findings({ grown }: Step, captureMs: number): readonly ToldFinding[] {
    return grown.map(({ id, by, severity, isEarly }) => {
      const members = (this.#members.get(id) ?? 0) + by
      this.#members.set(id, members)
      return told(id, members, captureMs, { severity, isEarly })
    })
  }
}

const play = (story: Story, run: Run, all: readonly Step[]): readonly FindingEvent[] =>
  all.flatMap(one => {
    story.pass(one.passMs)
    return story.tell({ findings: run.findings(one, story.captureMs), gone: one.gone })
  })

const inWords = ({ phase, stored, isPage, held }: FindingEvent): string => {
  const { finding, state, episodes } = stored
  return `${finding.id} ${phase} ${state} x${finding.members} ${finding.severity} #${episodes} ${isPage} ${held?.by}`
}

describe('whatever is told', () => {
  test('an episode begins, goes on and ends in this order, and never lasts for less than no time', () => {
    fc.assert(
      fc.property(steps, all => {
        const story = new Story()
        play(story, new Run(), all)
        for (const id of IDS) {
          const own = story.events.filter(({ stored }) => stored.finding.id === id)
          let isOpen = false
          for (const { phase, stored } of own) {
            expect(['open', 'reopen'].includes(phase)).toBe(!isOpen)
            isOpen = phase !== 'close'
            expect(stored.state).toBe(isOpen ? 'open' : 'closed')
            expect(stored.openedMs).toBeGreaterThanOrEqual(stored.firstOpenedMs)
            expect(stored.closedMs ?? stored.openedMs).toBeGreaterThanOrEqual(stored.openedMs)
          }
          expect(own.filter(({ phase }) => phase === 'open').length).toBeLessThanOrEqual(1)
        }
        const open = [...story.stored.values()].filter(
          ({ state, finding }) => state === 'open' && finding.severity !== 'info',
        )
        expect(story.lifecycle.violations).toBe(open.length)
      }),
      { numRuns: RUNS },
    )
  })

  test('the order of findings within a telling makes no difference', () => {
    fc.assert(
      fc.property(steps, all => {
        const reversed = all.map(one => ({ ...one, grown: one.grown.toReversed() }))
        const one = play(new Story(), new Run(), all).map(inWords)
        const other = play(new Story(), new Run(), reversed).map(inWords)
        expect(other.toSorted()).toEqual(one.toSorted())
      }),
      { numRuns: RUNS },
    )
  })

  test('a memory of two records gives the same events as one that holds all, beside early updates', () => {
    fc.assert(
      fc.property(steps, all => {
        const large = new Story()
        const small = new Story({ max: { records: 2, states: 1000 } })
        play(large, new Run(), all)
        play(small, new Run(), all)
        large.flush()
        small.flush()
        const but = (story: Story) =>
          story.events.filter(one => one.phase !== 'update').map(inWords)
        expect(but(small)).toEqual(but(large))
        for (const [id, { finding, state }] of large.stored)
          expect(small.stored.get(id)).toMatchObject({ state, finding })
      }),
      { numRuns: RUNS },
    )
  })
})

describe('wherever the monitor is killed', () => {
  test('it goes on as if it had not been, once it was quiet for a while', () => {
    fc.assert(
      fc.property(unjumped, steps, (before, after) => {
        const going = new Story()
        const run = new Run()
        play(going, run, before)
        going.flush()
        const again = new Story({ stored: going.stored })
        again.captureMs = going.captureMs
        again.atMs = going.atMs
        again.tell()
        const known = going.events.length
        for (const story of [going, again]) story.wait(61 * MINUTE_MS, 30 * MINUTE_MS)
        const counted = new Run()
        const other = new Run()
        for (const one of before) {
          counted.findings(one, START_MS)
          other.findings(one, START_MS)
        }
        play(going, counted, after)
        play(again, other, after)
        const later = (events: readonly FindingEvent[]) => events.map(inWords).toSorted()
        expect(later(again.events)).toEqual(later(going.events.slice(known)))
      }),
      { numRuns: RUNS },
    )
  })

  test('without a word, what was reported is there, and nobody is woken twice for what is open', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const killed = new Story()
        play(killed, new Run(), before)
        const reported = new Map(killed.stored)
        const story = new Story({ stored: reported, run: 'w-2' })
        story.captureMs = killed.captureMs
        story.atMs = killed.atMs
        play(story, new Run(), after)
        for (const [id, { finding }] of reported)
          expect(story.stored.get(id)?.finding.members).toBeGreaterThanOrEqual(finding.members)
        for (const [id, { state, finding }] of reported) {
          const [first] = story.events.filter(({ stored }) => stored.finding.id === id)
          if (state !== 'open' || first === undefined) continue
          expect(first.phase).not.toBe('open')
          if (first.stored.finding.severity === finding.severity) expect(first.isPage).toBe(false)
        }
      }),
      { numRuns: RUNS },
    )
  })
})

test('names from the wire are data, whatever they look like', () => {
  const story = new Story()
  for (const id of ['__proto__', 'constructor', 'toString'])
    story.tell({
      findings: [{ ...told('f', 1, START_MS), finding: sampleReportedFinding({ id }) }],
    })
  expect([...story.stored.keys()]).toEqual(['__proto__', 'constructor', 'toString'])
  expect(story.lifecycle.violations).toBe(3)
})
