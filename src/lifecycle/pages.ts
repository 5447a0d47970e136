// Who is woken by the events of a step, and who would be if nothing held it: people's words, blindness, storms.

import type { StoredFinding } from '../model/lifecycle.ts'
import type { Course, Draft } from './course.ts'
import { WATCHED } from './grown.ts'
import type { Holds } from './holds.ts'
import { hasRisen, mayPage, opened, reopened, withDebt } from './life.ts'
import { type Storms, stormOf, type Weather } from './storms.ts'

export class Pages {
  readonly #course: Course
  readonly #holds: Holds
  readonly #storms: Storms

  constructor(course: Course, holds: Holds, storms: Storms) {
    this.#course = course
    this.#holds = holds
    this.#storms = storms
  }

  /** Weighs every page of this step. */
  weigh(atMs: number): void {
    for (const id of this.#course.drafted) this.#weighOne(id, atMs)
  }

  /** What held its page may be over: it is told if it is still there, and nothing else holds it. */
  release(id: string, atMs: number): void {
    const stored = this.#course.records.record(id)
    if (stored === undefined) return
    if (stored.state === 'closed') this.#course.owed.delete(id)
    else if (this.#holds.on(stored, atMs) === null)
      this.#course.note('update', stored, { isPage: true, isNew: true })
  }

  #weighOne(id: string, atMs: number): void {
    const draft = this.#course.draft(id)
    if (draft === undefined || !draft.isPage) return
    draft.held = this.#holds.on(draft.stored, atMs)
    this.#owe(id, draft)
    if (draft.held !== null || this.#storms.isOpen(id)) return
    const { storm } = draft.stored
    if (storm !== null && this.#storms.isOpen(storm)) this.#worsen(storm, draft, atMs)
    else if (draft.isNew) this.#gather(draft.stored, atMs)
  }

  /** What is acknowledged, or part of a storm, has been told. */
  #owe(id: string, { held, stored }: Draft): void {
    const isOwed = held !== null && held.by !== 'acknowledged'
    if (isOwed !== (stored.isPageOwed === true)) this.#course.amend(withDebt(stored, isOwed))
    if (isOwed) this.#course.owed.add(id)
    else this.#course.owed.delete(id)
  }

  /** A storm speaks again only where one of its findings is worse than all before. */
  #worsen(storm: string, draft: Draft, atMs: number): void {
    draft.held = { by: 'storm', id: storm }
    const parent = this.#course.records.record(storm)
    const { finding } = draft.stored
    if (parent === undefined || !hasRisen(parent.finding, finding)) return
    const { severity, confidence } = finding
    const risen = { ...parent, finding: { ...parent.finding, severity, confidence } }
    this.#course.grow(parent, risen, false)
    this.#weighOne(storm, atMs)
  }

  #gather(stored: StoredFinding, atMs: number): void {
    const weather = this.#storms.add(stored.finding, this.#course.steady.passedMs)
    if (weather === null) return
    const { id } = weather.cause
    const { records } = this.#course
    const ids = weather.isNew ? weather.findings : [stored.finding.id]
    const children = ids.flatMap(child => records.record(child) ?? []).filter(isOpen)
    for (const { finding } of children) this.#storms.join(id, finding.id)
    this.#raise(weather, children)
    for (const child of children) this.#calm(id, child)
    this.#weighOne(id, atMs)
  }

  /** Opens the storm, or lets it grow. Another storm of the same cause is other findings, and is told anew. */
  #raise({ cause }: Weather, children: readonly StoredFinding[]): void {
    const { records, steady } = this.#course
    const captureMs = steady.lastMs ?? children[0]?.lastMs ?? 0
    const before = records.record(cause.id)
    const finding = stormOf(cause, before?.finding ?? null, children)
    const { members, packets, bytes } = finding
    const lastMs = [...children, ...(before === undefined ? [] : [before])].reduce(
      (latest, one) => Math.max(latest, one.lastMs),
      Number.NEGATIVE_INFINITY,
    )
    const now = { finding, lastMs, counted: { [WATCHED]: { members, packets, bytes } } }
    const turn = { isPage: mayPage(finding) }
    if (before === undefined) this.#course.note('open', opened(now, captureMs), turn)
    else if (isOpen(before)) this.#course.grow(before, { ...before, ...now }, false)
    else this.#course.note('reopen', reopened(before, now, captureMs, null), turn)
  }

  #calm(storm: string, child: StoredFinding): void {
    const draft = this.#course.draft(child.finding.id)
    if (draft === undefined) this.#course.note('update', { ...child, storm })
    else {
      this.#course.amend({ ...draft.stored, storm })
      if (draft.isPage) draft.held = { by: 'storm', id: storm }
    }
  }
}

const isOpen = ({ state }: StoredFinding): boolean => state === 'open'
