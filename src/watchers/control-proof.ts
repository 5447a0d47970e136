// What was tried and stopped, as it should be: ports that the tables expose to nobody (T-04), and 61004,
// which is never opened towards a Web Server (S-10).

import type { Zone } from '../model/inventory.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import type { Watch, Watcher } from './watcher.ts'

const CLOSED_TO_ALL = 'X0'
const OUTSIDE: readonly Zone[] = ['dmz', 'user-net', 'internet']

export class ControlProof implements Watcher {
  readonly #watch: Watch
  /** Rows that stand for ports exposed to nobody. */
  readonly #closed: ReadonlySet<string>
  /** Latest 61004 the right way, and whether it went the wrong way as well. */
  #rightNs: number | null = null
  #isWrong = false

  constructor(watch: Watch) {
    this.#watch = watch
    const closed = watch.policy.rows.filter(({ exposure }) => exposure === CLOSED_TO_ALL)
    this.#closed = new Set(closed.map(({ id }) => id))
  }

  ended({ flow, client, verdict }: JudgedFlow): void {
    const { kind, row, outcome, confidence } = verdict
    if (row === 'S-10') this.#isWrong = true
    if (row === 'I-12' && outcome.state === 'answered' && kind !== 'escaped')
      this.#rightNs = Math.max(this.#rightNs ?? flow.lastNs, flow.lastNs)
    // The host's own refusal, or silence that may be anything, proves no filter.
    const isProof = outcome.state === 'blocked' && confidence !== 'possible'
    if (kind !== 'rejected' || !isProof || row === null || !this.#closed.has(row)) return
    if (OUTSIDE.includes(client.zone)) this.#watch.kept('T-04', flow.lastNs)
  }

  finish(): void {
    if (this.#isWrong) return
    if (this.#rightNs !== null) this.#watch.kept('S-10', this.#rightNs)
    else this.#watch.blind('S-10', 'No connection on 61004 was seen in either direction.')
  }
}
