// The monitor's own clock, while the one on the wall does what it likes (faults.md F11).

import { describe, expect, test } from 'vitest'
import { type ClockMark, TrustedClock } from '../../src/lifecycle/trusted-clock.ts'

const SECOND_MS = 1000
const HOUR_MS = 3600 * SECOND_MS
const DAY_MS = 24 * HOUR_MS
/** 2026-03-02T10:00:00Z. */
const START_MS = 1_772_445_600_000

/** A computer: its wall clock can be set and may run too fast, its monotonic one can not be touched. */
class Computer {
  wallMs = START_MS
  monotonicMs = 17
  readonly clock: TrustedClock
  readonly jumps: number[] = []
  readonly told: number[] = []
  #mark: ClockMark

  constructor(mark: ClockMark | null = null, wallMs = START_MS) {
    this.wallMs = wallMs
    this.clock = new TrustedClock(
      () => ({ wallMs: this.wallMs, monotonicMs: this.monotonicMs }),
      mark,
    )
    this.#mark = this.clock.mark()
  }

  /** Seconds pass, each with a look; the wall clock gains so many milliseconds in each. */
  pass(ms: number, gainMs = 0): this {
    for (let passed = 0; passed < ms; passed += SECOND_MS) {
      this.wallMs += SECOND_MS + gainMs
      this.monotonicMs += SECOND_MS
      this.told.push(this.clock.now())
      this.#look()
    }
    return this
  }

  set(byMs: number): this {
    this.wallMs += byMs
    return this
  }

  /** The monitor ends, and begins again after that time by the wall clock. */
  restart(wallMsLater: number): Computer {
    const next = new Computer(this.#mark, this.wallMs + wallMsLater)
    next.#look()
    return next
  }

  #look(): void {
    const jump = this.clock.look()
    if (jump !== null) this.jumps.push(Math.round(jump.byMs))
    this.told.push(this.clock.now())
    this.#mark = this.clock.mark()
  }
}

const JUMPS = [HOUR_MS, -HOUR_MS, 3652 * DAY_MS, -3652 * DAY_MS]

describe.each(JUMPS)('a wall clock that jumps by %d ms', byMs => {
  test('moves nothing and is told of once', () => {
    const computer = new Computer()
      .pass(10 * SECOND_MS)
      .set(byMs)
      .pass(10 * SECOND_MS)
    expect(computer.clock.now()).toBe(START_MS + 20 * SECOND_MS)
    expect(computer.jumps).toEqual([byMs])
  })

  test('moves nothing after a restart either', () => {
    const before = new Computer()
      .pass(10 * SECOND_MS)
      .set(byMs)
      .pass(10 * SECOND_MS)
    const computer = before.restart(60 * SECOND_MS).pass(10 * SECOND_MS)
    expect(computer.clock.now()).toBe(START_MS + 90 * SECOND_MS)
    expect(computer.jumps).toEqual([])
  })
})

test.each([-HOUR_MS, 3652 * DAY_MS, -3652 * DAY_MS])(
  'a wall clock that was moved by %d ms while nobody ran moves nothing, and is told of',
  byMs => {
    const computer = new Computer()
      .pass(10 * SECOND_MS)
      .restart(byMs)
      .pass(10 * SECOND_MS)
    expect(computer.clock.now()).toBe(START_MS + 20 * SECOND_MS)
    expect(computer.jumps).toEqual([byMs])
  },
)

test('time in which the monitor stood still counts, up to 30 days', () => {
  const before = new Computer().pass(10 * SECOND_MS)
  expect(before.restart(30 * DAY_MS).clock.now()).toBe(START_MS + 10 * SECOND_MS + 30 * DAY_MS)
  expect(before.restart(31 * DAY_MS).clock.now()).toBe(START_MS + 10 * SECOND_MS)
})

test.each([
  ['fast', 0.1],
  ['slow', -0.1],
])('a wall clock that is %s by 100 millionths is followed for weeks', (_, gainMs) => {
  const computer = new Computer().pass(21 * DAY_MS, gainMs)
  expect(Math.abs(computer.clock.now() - computer.wallMs)).toBeLessThan(1000)
  expect(computer.jumps).toEqual([])
})

test('a step of 1.5 s is followed slowly, without a jump and never backwards', () => {
  const computer = new Computer()
    .pass(10 * SECOND_MS)
    .set(-1500)
    .pass(60 * SECOND_MS)
  expect(computer.jumps).toEqual([])
  expect(Math.abs(computer.clock.now() - computer.wallMs)).toBeLessThan(2)
  expect(computer.told.every((ms, at) => ms >= (computer.told[at - 1] ?? 0))).toBe(true)
})

test('a jump in many small steps is told of too, and moves next to nothing', () => {
  const computer = new Computer().pass(3600 * SECOND_MS, 1900)
  expect(computer.jumps.length).toBeGreaterThan(0)
  expect(computer.clock.now() - START_MS).toBeLessThanOrEqual(3600 * SECOND_MS * 1.1)
  expect(computer.jumps.reduce((sum, byMs) => sum + byMs, 0)).toBeGreaterThan(1.6 * HOUR_MS)
})

test('daylight saving time is no jump, for the clock tells Unix time', () => {
  // 2026-03-29T00:59:50Z: an hour is skipped in Berlin ten seconds later.
  const computer = new Computer(null, Date.parse('2026-03-29T00:59:50Z')).pass(20 * SECOND_MS)
  expect(computer.jumps).toEqual([])
  expect(computer.clock.now()).toBe(Date.parse('2026-03-29T01:00:10Z'))
})

test('a monotonic clock that stands still, or goes back, moves nothing', () => {
  const computer = new Computer().pass(10 * SECOND_MS)
  computer.monotonicMs -= 5 * SECOND_MS
  expect(computer.clock.now()).toBe(START_MS + 10 * SECOND_MS)
  computer.clock.look()
  expect(computer.clock.now()).toBe(START_MS + 10 * SECOND_MS)
})

describe('a clock that nobody can set, between two runs', () => {
  const after = (wallMs: number, sinceMarkMs: number) => {
    const clock = new TrustedClock(
      () => ({ wallMs: START_MS + wallMs, monotonicMs: 3 }),
      { atMs: START_MS, wallMs: START_MS },
      sinceMarkMs,
    )
    return { passedMs: clock.now() - START_MS, byMs: clock.look()?.byMs ?? 0 }
  }
  const cases: Record<string, readonly [wallMs: number, passedMs: number, jumpMs: number]> = {
    'forwards by what could be a pause': [HOUR_MS + SECOND_MS, SECOND_MS, HOUR_MS],
    backwards: [SECOND_MS - HOUR_MS, SECOND_MS, -HOUR_MS],
    'by ten years': [3650 * DAY_MS, SECOND_MS, 3650 * DAY_MS - SECOND_MS],
    'not at all in forty days': [40 * DAY_MS, 40 * DAY_MS, 0],
    'by drift alone': [10 * DAY_MS + 40 * SECOND_MS, 10 * DAY_MS, 0],
  }
  for (const [name, [wallMs, passedMs, byMs]] of Object.entries(cases))
    test(`tells how long it was when the wall clock jumped ${name}`, () => {
      expect(after(wallMs, passedMs)).toEqual({ passedMs, byMs })
    })
})
