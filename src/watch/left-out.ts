// Rows that the judging thread could not hand over, as incidents: one a minute at the most, with what has come since.

import type { Incident } from '../model/lifecycle.ts'
import type { Telling } from '../model/live.ts'

const EVERY_MS = 60_000
const WHY = 'The thread that keeps what is seen was too far behind.'

type Counts = Telling['leftOut']
const NONE: Counts = { flows: 0, points: 0 }

export class LeftOut {
  #recorded = NONE
  #latest = NONE
  #atMs = Number.NEGATIVE_INFINITY

  /** What is to be recorded now; counts are of the whole run. */
  since(counts: Counts, atMs: number): readonly Incident[] {
    this.#latest = counts
    return atMs - this.#atMs < EVERY_MS ? [] : this.rest(atMs)
  }

  /** What has not been recorded. */
  rest(atMs: number): readonly Incident[] {
    const incidents = (['flows', 'points'] as const)
      .map(what => ({ what, count: this.#latest[what] - this.#recorded[what] }))
      .filter(({ count }) => count > 0)
      .map(({ what, count }): Incident => ({ kind: 'lost', atMs, what, count, why: WHY }))
    if (incidents.length > 0) this.#atMs = atMs
    this.#recorded = this.#latest
    return incidents
  }
}
