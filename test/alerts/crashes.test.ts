// Goal: nothing is lost and nobody is told twice, whenever the monitor ends, whatever fails.
// Method: random stories of pages, people, receivers that fail and crashes, from fixed seeds; a crash takes everything
// but what was recorded, at times between a delivery and its record. What was told is held against the story.
// MPWATCH_ALERT_STORIES says how many (20 unless told).

import { describe, expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { DeliveryError } from '../../src/alerts/transport.ts'
import { NOTICE_FINDINGS_MAX, type Notice } from '../../src/model/alert.ts'
import type { RouteConfig } from '../../src/model/watch-config.ts'
import { CONFIG, HOUR_MS, MINUTE_MS, SECOND_MS, Stage } from './stage.ts'

const STORIES = Number(process.env['MPWATCH_ALERT_STORIES'] ?? 20)
const STEPS = 120
const SEVERITIES = ['critical', 'high', 'medium'] as const
const CRASH = new Error('killed')

interface Taken {
  readonly notice: Notice
  readonly atMs: number
}

class Story {
  readonly stage: Stage
  readonly taken: Taken[] = []
  /** Ids whose pages must come. */
  readonly owed = new Set<string>()
  /** Ids that somebody suppressed. */
  readonly suppressed = new Set<string>()
  crashes = 0
  readonly #draw: () => number
  #count = 0

  constructor(seed: number, config: Partial<RouteConfig>) {
    this.#draw = seeded(seed)
    this.stage = new Stage(config)
    this.#listen()
  }

  async run(): Promise<void> {
    await this.stage.begin()
    for (let step = 0; step < STEPS; step++) await this.#step()
    this.stage.receiver.mood = 'takes'
    this.stage.held.clear()
    await this.#crash()
    for (let minute = 0; minute < 120; minute++) {
      await this.stage.passes(MINUTE_MS)
      if (this.stage.recordFailure !== null) await this.#crash()
    }
  }

  async #step(): Promise<void> {
    const { stage } = this
    const choice = this.#draw() % 10
    if (choice < 4) await this.#page()
    else if (choice === 4) stage.receiver.mood = new DeliveryError('no')
    else if (choice < 7) stage.receiver.mood = 'takes'
    else if (choice === 7) await this.#crash()
    else if (choice === 8) this.#hold()
    await stage.passes((this.#draw() % 200) * SECOND_MS)
    if (stage.recordFailure !== null) await this.#crash()
  }

  async #page(): Promise<void> {
    const id = `f-${++this.#count}`
    const severity = SEVERITIES[this.#draw() % SEVERITIES.length] ?? 'high'
    this.owed.add(id)
    await this.stage.happens(this.stage.page(id, { severity, row: `I-${this.#draw() % 4}` }))
  }

  /** What is suppressed now and then comes later, since everything stays open. */
  #hold(): void {
    const { held } = this.stage
    const id = `f-${this.#count}`
    if (held.size > 0) {
      held.clear()
      return
    }
    held.set(id, { by: 'suppressed', id: 's-1' })
    this.suppressed.add(id)
  }

  async #crash(): Promise<void> {
    this.crashes += 1
    // Half of the crashes lose the cursors, too.
    if (this.#draw() % 2 === 0) this.stage.store.cursors.clear()
    this.stage.recordFailure = CRASH
    const stopped = this.stage.route.stop(0)
    await this.stage.passes(2 * SECOND_MS)
    await stopped
    this.stage.recordFailure = null
    // Pages come also before the route is back.
    if (this.#draw() % 2 === 0) await this.#page()
    await this.stage.again()
  }

  /** At times what was delivered cannot be recorded before the crash. */
  #listen(): void {
    const { receiver, clock } = this.stage
    const deliver = receiver.deliver.bind(receiver)
    receiver.deliver = async (notice, signal) => {
      const said = await deliver(notice, signal)
      this.taken.push({ notice, atMs: clock.now() })
      // What was taken cannot be recorded before the crash that comes next.
      const end = this.#draw() % 8
      if (end < 2) this.stage.recordFailure = CRASH
      if (end === 2) throw new DeliveryError('it was taken, and nobody heard so')
      return said
    }
  }
}

const idsOf = ({ notice }: Taken): readonly string[] =>
  'findings' in notice ? notice.findings.map(({ finding }) => finding.id) : []

/** Each notice once, as a receiver that drops repeats would have them. */
const distinct = (taken: readonly Taken[]): readonly Taken[] => [
  ...new Map(taken.toReversed().map(one => [one.notice.id, one])).values(),
]

describe.each(Array.from({ length: STORIES }, (_, at) => at + 1))('In story %i', seed => {
  test('all is told, and nothing twice', async () => {
    const story = new Story(seed, { repeatS: 4 * 3_600, perMinuteMax: 1_000 })
    await story.run()
    const { taken, owed, stage } = story
    expect(new Set(taken.flatMap(idsOf))).toEqual(owed)
    const told = distinct(taken)
    // The same id has the same number, and the same findings.
    for (const { notice } of taken) {
      const first = told.find(one => one.notice.id === notice.id)
      expect(first?.notice.seq).toBe(notice.seq)
    }
    expect(new Set(told.map(({ notice }) => notice.seq)).size).toBe(told.length)
    // What was suppressed after a try of which nobody knows how it ended may come again.
    for (const id of [...owed].filter(one => !story.suppressed.has(one))) {
      const times = told
        .filter(one => idsOf(one).includes(id))
        .map(({ atMs }) => atMs)
        .toSorted((a, b) => a - b)
      for (const [at, atMs] of times.entries())
        if (at > 0) expect(atMs - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(4 * HOUR_MS)
    }
    expect(stage.route.state().books).toMatchObject({ pending: 0, deadLettered: 0, expired: 0 })
    expect(story.crashes).toBeGreaterThan(1)
  })
})

test('Events are told in their order, and each once, whatever crashes', async () => {
  for (const seed of [101, 102, 103]) {
    const story = new Story(seed, { tells: 'events', perMinuteMax: 1_000 })
    await story.run()
    const told = distinct(story.taken).toSorted((one, other) => one.notice.seq - other.notice.seq)
    expect(told.map(({ notice }) => notice.seq)).toEqual(told.map((_, at) => at + 1))
    expect(told.flatMap(idsOf)).toEqual([...story.owed])
  }
})

test('Ten thousand findings are a handful of notices, with each of them in the journal', async () => {
  const stage = await Stage.open({ repeatS: null })
  const ids = Array.from({ length: 10_000 }, (_, at) => `f-${at}`)
  await stage.happens(
    ...ids.map((id, at) => stage.page(id, { row: `I-${at % 500}`, severity: 'medium' })),
  )
  await stage.passes(2 * MINUTE_MS)
  expect(stage.receiver.taken.length).toBeLessThanOrEqual(2 * CONFIG.perMinuteMax)
  const told = stage.notes
    .filter(({ outcome }) => outcome === 'delivered')
    .flatMap(note => note.told)
  expect(new Set(told.map(({ id }) => id))).toEqual(new Set(ids))
  expect(told).toHaveLength(ids.length)
  for (const notice of stage.receiver.taken)
    expect('findings' in notice ? notice.findings.length : 0).toBeLessThanOrEqual(
      NOTICE_FINDINGS_MAX,
    )
  expect(stage.route.state().books).toMatchObject({ enqueued: 10_000, acked: 10_000 })
})
