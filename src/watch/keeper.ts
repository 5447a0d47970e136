// Work on the store, one piece after the other. What the capture has told is tried until it is kept, and nothing
// overtakes it; what a person asks for is tried once.

import { setTimeout } from 'node:timers/promises'
import { Unavailable } from '../model/desk.ts'
import { isoNanos } from '../model/time.ts'
import { textOf } from '../store/system-errors.ts'

const RETRY_MS = 1_000
/** Acts that wait; more are turned away. */
const ACTS_MAX = 64

/** What fails at present, and since when by the monitor's own clock. */
export interface Trouble {
  readonly sinceMs: number
  readonly reason: string
}

export interface KeeperOptions {
  readonly now: () => number
  readonly retryMs?: number
}

export class Keeper {
  readonly #options: KeeperOptions
  readonly #stopping = new AbortController()
  #last: Promise<unknown> = Promise.resolve()
  /** How to turn away the acts that have not begun. */
  readonly #waiting = new Set<(reason: Error) => void>()
  #trouble: Trouble | null = null

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  get trouble(): Trouble | null {
    return this.#trouble
  }

  /** Runs the work when everything before it is done. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    // Whoever gave the work to do hears of its failure; the next piece does not care.
    this.#last = result.catch(() => undefined)
    return result
  }

  /** As `inTurn`, for people: they do not wait for a store that cannot be written. */
  act<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#trouble !== null) return reject(unavailable(this.#trouble))
      if (this.#waiting.size >= ACTS_MAX)
        return reject(new Unavailable(`${ACTS_MAX} acts are waiting. Try again in a moment.`))
      this.#waiting.add(reject)
      return this.inTurn(async () => {
        // One that is no longer waiting has been turned away, and must not happen after all.
        if (this.#waiting.delete(reject)) await work().then(resolve, reject)
      })
    })
  }

  /** Tries once to write what somebody asked for, who may try again. */
  async once<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw unavailable({ sinceMs: this.#options.now(), reason: textOf(error) })
    }
  }

  /** Tries until it succeeds, once a second, and once more when it is to stop, whose failure is thrown. */
  async insist<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      const isLast = this.#stopping.signal.aborted
      try {
        const result = await work()
        this.#trouble = null
        return result
      } catch (error) {
        this.#fail(textOf(error))
        if (isLast) throw error
        await this.#pause()
      }
    }
  }

  /** From now on nothing is tried twice. */
  stop(): void {
    this.#stopping.abort()
  }

  #fail(reason: string): void {
    this.#trouble = { sinceMs: this.#trouble?.sinceMs ?? this.#options.now(), reason }
    for (const turnAway of this.#waiting) turnAway(unavailable(this.#trouble))
    this.#waiting.clear()
  }

  /** Until the next try, or until it is to stop. */
  async #pause(): Promise<void> {
    const { signal } = this.#stopping
    await setTimeout(this.#options.retryMs ?? RETRY_MS, undefined, { signal }).catch(
      () => undefined,
    )
  }
}

const unavailable = ({ sinceMs, reason }: Trouble): Unavailable =>
  new Unavailable(
    `The store has not been writable since ${isoNanos(Math.floor(sinceMs / 1000), 0)}: ${reason}. ` +
      'Nothing was done. Free space on its disk, or mend it, and try again.',
  )
