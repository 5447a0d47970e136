// One try to deliver after the other, with what is known of how they went: back-off, time-outs, whether the receiver
// is well.

import type { Notice } from '../model/alert.ts'
import { ofMs, readable } from '../model/time.ts'
import { DeliveryError, type Transport } from './transport.ts'

/** A mail takes longest: greeting, TLS, login and data are a step each. */
export const TRY_MS_MAX = 30_000
const BACK_OFF_MS = 1_000
const BACK_OFF_MS_MAX = 60_000
/** However long a receiver asks to be left alone, it is asked again after an hour. */
const RETRY_AFTER_MS_MAX = 3_600_000
/** One that fails once is no news. */
const FAILURES_TOLD_AT = 2

/** The monitor's own clock. */
export interface RouteClock {
  now(): number
  /** Kept after so many milliseconds, or as soon as the signal aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export interface DeliveryOptions {
  readonly transport: Transport
  readonly clock: RouteClock
  /** From 0 to 1. */
  readonly random: () => number
  /** Told once when the receiver begins to fail, and once when it is back. */
  readonly onState: (state: 'degraded' | 'recovered', reason: string) => void
  /** An earlier process has told that it fails, and nobody that it is back; false unless told. */
  readonly wasDegraded?: boolean
}

export class Delivery {
  readonly #options: DeliveryOptions
  #failures = 0
  #isDegraded = false
  #isOwed: boolean
  #message = ''
  /** Since when each try has failed; null where the last one did not. */
  failingSinceMs: number | null = null
  /** No try is made before. */
  pausedUntilMs = Number.NEGATIVE_INFINITY
  /** Tries that failed. */
  retries = 0
  /** When something was delivered last. */
  lastMs: number | null = null

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#isOwed = options.wasDegraded ?? false
  }

  /** Null while the receiver is well. */
  get reason(): string | null {
    if (!this.#isDegraded) return null
    if (this.failingSinceMs === null) return `${this.#message} The others have what is told.`
    const since = readable(...ofMs(this.failingSinceMs))
    return `${this.#message} It has failed since ${since}; what is to be told waits in the store.`
  }

  /** Whether it was delivered; what the `stop` signal ends counts as no failure. */
  async attempt(notice: Notice, stop: AbortSignal): Promise<boolean> {
    const over = new AbortController()
    const end = (): void => over.abort()
    stop.addEventListener('abort', end, { once: true })
    if (stop.aborted) end()
    try {
      const { transport } = this.#options
      await Promise.race([transport.deliver(notice, over.signal), this.#tooLong(over.signal)])
      this.#succeed()
      return true
    } catch (error) {
      if (!stop.aborted) this.#fail(error)
      return false
    } finally {
      stop.removeEventListener('abort', end)
      over.abort()
    }
  }

  /** A transport that does not heed its signal holds nobody up. */
  async #tooLong(signal: AbortSignal): Promise<never> {
    await this.#options.clock.sleep(TRY_MS_MAX, signal)
    const { where } = this.#options.transport
    throw new DeliveryError(`${where}: no answer within ${TRY_MS_MAX / 1_000} s`)
  }

  #succeed(): void {
    const { clock, transport } = this.#options
    this.lastMs = clock.now()
    this.#failures = 0
    this.failingSinceMs = null
    this.pausedUntilMs = Number.NEGATIVE_INFINITY
    const missed = transport.missed?.() ?? null
    if (missed !== null) {
      this.#degrade(`${missed}.`)
      return
    }
    if (!this.#isDegraded && !this.#isOwed) return
    this.#isDegraded = false
    this.#isOwed = false
    this.#options.onState('recovered', `${transport.where} takes notices again.`)
  }

  #degrade(message: string): void {
    this.#message = message
    if (this.#isDegraded) return
    this.#isDegraded = true
    this.#options.onState('degraded', message)
  }

  #fail(error: unknown): void {
    const nowMs = this.#options.clock.now()
    this.retries += 1
    this.#failures += 1
    this.failingSinceMs ??= nowMs
    this.pausedUntilMs = nowMs + this.#pauseMs(error)
    const message = `${messageOf(error)}.`
    if (this.#failures >= FAILURES_TOLD_AT) this.#degrade(message)
    else this.#message = message
  }

  #pauseMs(error: unknown): number {
    const longest = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** (this.#failures - 1))
    const pauseMs = longest * (0.5 + this.#options.random() / 2)
    const askedMs = error instanceof DeliveryError ? (error.retryAfterMs ?? 0) : 0
    return Math.max(pauseMs, Math.min(askedMs, RETRY_AFTER_MS_MAX))
  }
}

/** What is no DeliveryError may hold anything, and only its kind is told. */
const messageOf = (error: unknown): string =>
  error instanceof DeliveryError
    ? error.message
    : `it could not be delivered (${error instanceof Error ? error.name : 'unknown error'})`
