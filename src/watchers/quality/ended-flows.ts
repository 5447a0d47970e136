// The latest records of a pair that have ended: what a finding shows as its examples.

import type { JudgedFlow } from '../../model/verdict.ts'

/** As many as an observation may have. */
const FLOWS_MAX = 5

export class EndedFlows {
  #latest: JudgedFlow[] = []
  /** Of all that were ever added. */
  count = 0

  add(judged: JudgedFlow): void {
    this.count += 1
    this.#latest.push(judged)
    if (this.#latest.length > FLOWS_MAX) this.#latest.shift()
  }

  /** Those that went on after `ns`, without the first so many of all, by when they began. */
  after(count: number, ns: number): readonly JudgedFlow[] {
    const firstCount = this.count - this.#latest.length
    return this.#latest
      .filter(({ flow }, index) => firstCount + index >= count && flow.lastNs >= ns)
      .sort((one, other) => one.flow.firstNs - other.flow.firstNs)
  }
}
