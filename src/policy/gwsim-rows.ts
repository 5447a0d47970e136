// mp_gwsim: which side opens tcp/5003 for each Web Server, at once when that changes and once a minute, and how
// often each side was answered or stopped in the minute. A Web Server that nobody tried has none.

import { HeardWindows } from '../model/heard-windows.ts'
import type { GwsimMode } from '../model/inventory.ts'
import { GWSIM_STATES, type GwsimState } from '../model/mode.ts'
import type { MeasurementRow, Span } from '../model/quality.ts'

const WINDOW_SECONDS = 60

type Counts = Record<GwsimMode, number>

/** What is told of a Web Server. */
interface Told {
  state: GwsimState
  /** The state with which the minute began. */
  stateBefore: GwsimState
  completed: Counts
  blocked: Counts
}

export class GwsimRows {
  readonly #measure: (row: MeasurementRow) => void
  readonly #windows: HeardWindows
  readonly #webs = new Map<string, Told>()
  #fromNs = Number.NEGATIVE_INFINITY

  constructor(measure: (row: MeasurementRow) => void, epochSeconds: () => number) {
    this.#measure = measure
    this.#windows = new HeardWindows({
      ...{ seconds: WINDOW_SECONDS, epochSeconds },
      begin: fromNs => this.#begin(fromNs),
      end: window => this.#end(window),
    })
  }

  /** Goes on with the states that were told. */
  inherit(former: GwsimRows): void {
    for (const [web, { state }] of former.#webs) this.#webs.set(web, newTold(state))
  }

  /** A connection to or from the Web Server was seen to open. */
  completed(web: string, direction: GwsimMode): void {
    this.#of(web).completed[direction] += 1
  }

  /** An attempt was stopped, by a filter or by the host itself. */
  blocked(web: string, direction: GwsimMode): void {
    this.#of(web).blocked[direction] += 1
  }

  /** How the Web Server stands now. */
  stands(web: string, state: GwsimState, timeNs: number): void {
    const told = this.#of(web)
    if (told.state === state) return
    told.state = state
    // Two points of one moment must not say different things.
    if (timeNs === this.#fromNs) told.stateBefore = state
    this.#measure(rowOf(web, timeNs, stateFields(state)))
  }

  tick(nowNs: number): void {
    this.#windows.tick(nowNs)
  }

  quiet(nowNs: number): void {
    this.#windows.quiet(nowNs)
  }

  finish(nowNs: number): void {
    this.#windows.finish(nowNs)
  }

  #begin(fromNs: number): void {
    this.#fromNs = fromNs
    for (const told of this.#webs.values()) told.stateBefore = told.state
  }

  #end({ fromNs }: Span): void {
    for (const [web, { stateBefore, completed, blocked }] of this.#webs) {
      const fields = {
        ...stateFields(stateBefore),
        ...{ completed_in: completed.reverse, completed_out: completed.normal },
        ...{ blocked_in: blocked.reverse, blocked_out: blocked.normal },
      }
      this.#measure(rowOf(web, fromNs, fields))
      for (const counts of [completed, blocked]) counts.normal = counts.reverse = 0
    }
  }

  #of(web: string): Told {
    const told = this.#webs.get(web) ?? newTold('unknown')
    this.#webs.set(web, told)
    return told
  }
}

const newTold = (state: GwsimState): Told => ({
  ...{ state, stateBefore: state },
  completed: { normal: 0, reverse: 0 },
  blocked: { normal: 0, reverse: 0 },
})

const stateFields = (state: GwsimState) => ({
  state: GWSIM_STATES.indexOf(state),
  state_name: state,
})

const rowOf = (node: string, timeNs: number, fields: MeasurementRow['fields']): MeasurementRow => ({
  ...{ measurement: 'mp_gwsim', tags: { node }, fields, timeNs },
})
