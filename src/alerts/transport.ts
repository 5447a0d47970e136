// What a route needs of whatever brings its notices to a receiver: one try, and how it failed. Nothing here retries.

import type { Notice } from '../model/alert.ts'

export interface Transport {
  /** Where it goes, without any secret. */
  readonly where: string
  /**
   * Kept when the receiver has it, as far as its protocol can say so. One notice at a time.
   * @returns What the receiver answered, or what can be known where its protocol has no answers; safe to show.
   * @throws DeliveryError where it has not, within the time that the signal leaves.
   */
  deliver(notice: Notice, signal: AbortSignal): Promise<string>
  /** Whom the last notice that was delivered did not reach all the same: clauses without a full stop; null for nobody. */
  missed?(): string | null
  /** Looks whether it would work, and sends nothing to anybody who reads it; one sentence on what is wrong, or null. */
  check(signal: AbortSignal): Promise<string | null>
  /** Opens its file anew, where it has one. */
  reopen(): Promise<void>
  close(): Promise<void>
}

export class DeliveryError extends Error {
  /** As the receiver asked for; null where it did not. */
  readonly retryAfterMs: number | null

  /** @param message What failed and what would help: clauses without a full stop, without any secret, safe to log. */
  constructor(message: string, retryAfterMs: number | null = null) {
    super(message)
    this.name = 'DeliveryError'
    this.retryAfterMs = retryAfterMs
  }
}
