// What a running monitor feeds: each InfluxDB and each route of alerts in a loop of its own. None waits for another, and
// what goes wrong in one ends neither the others nor the monitor (faults.md 3.4).

import { setTimeout } from 'node:timers/promises'
import type { Output, OutputState } from '../model/output.ts'

/** Between two looks at whether everything has arrived. */
const LOOK_MS = 50

export interface OutputsOptions {
  /** In the order of the configuration. */
  readonly outputs: readonly Output[]
  /** The number of the latest entry of the store. */
  readonly lastEntry: () => number
  /** An output has ended, or a file of it could not be opened anew. */
  readonly onFault: (error: unknown) => void
}

export class Outputs {
  readonly #options: OutputsOptions
  /** Those that a fault of ours has ended, and with what words. */
  readonly #ended = new Map<Output, string>()

  constructor(options: OutputsOptions) {
    this.#options = options
  }

  /** As they stand, in the order of the configuration. */
  states(): readonly OutputState[] {
    return this.#options.outputs.map(output => {
      const why = this.#ended.get(output)
      const state = output.state()
      return why === undefined ? state : { ...state, state: 'degraded', reason: why }
    })
  }

  /** From now on they are fed. */
  begin(): void {
    for (const output of this.#options.outputs)
      output.run().catch((error: unknown) => {
        const { message } = error instanceof Error ? error : new Error(String(error))
        this.#ended.set(
          output,
          `A fault of mpwatch has ended it (${message}). It goes on where it was when mpwatch is started again.`,
        )
        this.#options.onFault(error)
      })
  }

  /** There is something new in the store. */
  wake(): void {
    for (const output of this.#options.outputs) output.wake()
  }

  /** Opens files anew, for SIGHUP. */
  async reopen(): Promise<void> {
    const all = this.#options.outputs.map(output => output.reopen())
    for (const done of await Promise.allSettled(all))
      if (done.status === 'rejected') this.#options.onFault(done.reason)
  }

  /**
   * Waits until all that are well have sent everything. Nobody waits for what fails.
   * @param isStored Whether all that was told is in the store.
   * @param signal Ends the waiting.
   */
  async drained(isStored: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    if (this.#options.outputs.length === 0) return
    while (!signal.aborted && !((await isStored()) && this.#isDone())) {
      this.wake()
      await setTimeout(LOOK_MS)
    }
  }

  /** Ends them within so many milliseconds; what is not sent stays in the store. */
  async stop(graceMs: number): Promise<void> {
    const all = this.#options.outputs.map(output => output.stop(graceMs))
    for (const done of await Promise.allSettled(all))
      if (done.status === 'rejected') this.#options.onFault(done.reason)
  }

  /** What was recorded a moment ago is in no books yet. */
  #isDone(): boolean {
    const { outputs, lastEntry } = this.#options
    const last = lastEntry()
    return this.states().every(({ state, books }, index) => {
      const hasLooked = (outputs[index]?.looked ?? last) >= last
      return state === 'degraded' || (hasLooked && books.pending === 0)
    })
  }
}
