// A monitor's day as a test tells it: what is told when, and what comes of it. It keeps what a store would keep, and
// looks up in there what the lifecycle asks for.

import { createHash } from 'node:crypto'
import type { Ground, Plan } from '../../src/lifecycle/acts.ts'
import { Lifecycle, type LifecycleOptions } from '../../src/lifecycle/lifecycle.ts'
import type { Entry, FindingEvent, StoredFinding } from '../../src/model/lifecycle.ts'
import type { BlindInterval, ToldFinding } from '../../src/model/live.ts'
import type { ReportedFinding } from '../../src/model/result.ts'
import { isViolation } from '../../src/report/conclusion.ts'
import { sampleReportedFinding } from '../support/samples.ts'

/** 2026-03-02T10:00:00Z. */
export const START_MS = 1_772_445_600_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A finding with so many members of this run, the last of them at that moment. */
export function told(
  id: string,
  members: number,
  lastMs: number,
  changes: Partial<ReportedFinding> & { readonly isEarly?: boolean } = {},
): ToldFinding {
  const { isEarly = false, ...rest } = changes
  const last = new Date(lastMs).toISOString()
  const counts = { members, packets: members * 10, bytes: members * 1000 }
  const own = {
    source: `source-of-${id}`,
    destination: `destination-of-${id}`,
    reason: `why-${id}`,
  }
  const finding = sampleReportedFinding({
    ...{ id, severity: 'high', first: last, last, examples: [] },
    ...own,
    ...counts,
    ...rest,
  })
  return { finding, lastMs, isEarly }
}

export interface StoryOptions extends Partial<Pick<LifecycleOptions, 'run' | 'max'>> {
  readonly stored?: ReadonlyMap<string, StoredFinding>
}

interface Step {
  readonly findings?: readonly ToldFinding[]
  readonly gone?: readonly string[]
  readonly blind?: readonly BlindInterval[]
  readonly generation?: number
}

export class Story {
  readonly stored: Map<string, StoredFinding>
  readonly events: FindingEvent[] = []
  readonly entries: Entry[] = []
  readonly lifecycle: Lifecycle
  readonly lookedUp: string[] = []
  captureMs = START_MS
  atMs = START_MS

  constructor({ stored = new Map(), run = 'w-1', max }: StoryOptions = {}) {
    this.stored = new Map(stored)
    const standing = { active: [...stored.values()], suppressions: [], maintenances: [] }
    const options = { run, hash, isViolation, ...(max === undefined ? {} : { max }) }
    this.lifecycle = new Lifecycle(standing, options)
  }

  /** Both clocks go on. */
  pass(ms: number): this {
    this.captureMs += ms
    this.atMs += ms
    return this
  }

  /** Tells, and gives what came of it. */
  tell({
    findings = [],
    gone = [],
    blind = [],
    generation = 1,
  }: Step = {}): readonly FindingEvent[] {
    const now = { captureMs: this.captureMs, atMs: this.atMs }
    const news = { findings, gone, blind, generation, now }
    const needed = this.lifecycle.needs(news)
    this.lookedUp.push(...needed)
    return this.#record(this.lifecycle.take(news, this.#find(needed)))
  }

  flush(): readonly FindingEvent[] {
    return this.#record(this.lifecycle.flush({ captureMs: this.captureMs, atMs: this.atMs }))
  }

  /** Time passes second by second in capture time, or in longer steps. */
  wait(ms: number, stepMs = 1000): readonly FindingEvent[] {
    const events: FindingEvent[] = []
    for (let passed = 0; passed < ms; passed += stepMs)
      events.push(...this.pass(Math.min(stepMs, ms - passed)).tell())
    return events
  }

  ground(ids: readonly string[] = []): Ground {
    const known = this.#find(this.lifecycle.missing(ids))
    return { lifecycle: this.lifecycle, known, atMs: this.atMs }
  }

  act<Planned extends Plan>(plan: Planned): Planned {
    this.entries.push(...plan.entries)
    this.#record(plan.entries.filter(entry => entry.kind === 'finding'))
    plan.apply()
    return plan
  }

  /** One line each, for people: `open f-1 x3 page`. */
  static lines(events: readonly FindingEvent[]): readonly string[] {
    return events.map(({ phase, stored, isPage, held }) => {
      const by = held === null ? '' : ` held by ${held.by}`
      const { id, members } = stored.finding
      return `${phase} ${id} x${members}${isPage ? ' page' : ''}${by}`
    })
  }

  #find(ids: readonly string[]): readonly StoredFinding[] {
    return ids.flatMap(id => this.stored.get(id) ?? [])
  }

  #record(events: readonly FindingEvent[]): readonly FindingEvent[] {
    for (const event of events) this.stored.set(event.stored.finding.id, event.stored)
    this.events.push(...events)
    return events
  }
}
