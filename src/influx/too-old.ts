// What a database does not keep: points older than its retention policy. They are no poison: it would have thrown them away
// for their age in any case. Which they are is found by time, since how many were dropped is not true (faults.md M4, M7).

import type { Clock } from './clock.ts'
import type { Health } from './health.ts'
import type { Parcel } from './parcel.ts'
import type { Sender } from './sender.ts'
import type { Answer } from './writer.ts'

/** Of version 1: "partial write: points beyond retention policy dropped=1"; of version 2 also "outside retention policy". */
const TOO_OLD = 'retention policy'
/** Who makes the database keep more has it sent again after so long. */
const REMEMBERED_MS = 60_000
/** Time goes on while a batch is sent, and its oldest points may become too old meanwhile. */
const ROUNDS_MAX = 3

export interface AgeingOptions {
  readonly sender: Pick<Sender, 'send'>
  /** Where the server is, for people. */
  readonly where: string
  readonly health: Pick<Health, 'worked'>
  readonly clock: Pick<Clock, 'now'>
}

/** Whether a server refuses a point, or some of several, for their age alone. */
export const saysTooOld = ({ status, text }: Pick<Answer, 'status' | 'text'>): boolean =>
  (status === 400 || status === 422) && text.toLowerCase().includes(TOO_OLD)

export class Ageing {
  readonly #options: AgeingOptions
  /** Whatever is not younger is too old; null where nothing is known. */
  #cutNs: bigint | null = null
  #foundMs = 0

  constructor(options: AgeingOptions) {
    this.#options = options
  }

  /**
   * What the server says of those that are young enough, at 14 further requests for each time that it finds some too old:
   * these are told and not sent again. Null where it was stopped.
   */
  async send(
    parcels: readonly Parcel[],
    onTooOld: (parcels: readonly Parcel[]) => void,
  ): Promise<Answer | null> {
    let young = this.#young(parcels, onTooOld)
    for (let round = 1; ; round++) {
      if (young.length === 0) return NOTHING_LEFT
      const answer = await this.#ask(young)
      if (answer === null || !saysTooOld(answer) || round > ROUNDS_MAX) return answer
      const cutNs = await this.#cutOf(young)
      if (cutNs === null) return null
      if (cutNs === undefined) return answer
      this.#remember(cutNs)
      young = this.#young(young, onTooOld)
    }
  }

  #ask(parcels: readonly Parcel[]): Promise<Answer | null> {
    return this.#options.sender.send(parcels.map(({ point }) => point))
  }

  /** The time of the newest that is refused alone; undefined where none is, null where it was stopped. */
  async #cutOf(parcels: readonly Parcel[]): Promise<bigint | undefined | null> {
    const times = parcels.toSorted((left, right) => (timeOf(left) < timeOf(right) ? -1 : 1))
    let [low, high] = [0, times.length]
    // The newest first: of a capture from long ago nothing is kept.
    for (let at = high - 1; low < high; at = (low + high) >> 1) {
      const answer = await this.#ask(times.slice(at, at + 1))
      if (answer === null) return null
      if (saysTooOld(answer)) low = at + 1
      else high = at
    }
    const newest = times[low - 1]
    return newest === undefined ? undefined : timeOf(newest)
  }

  #remember(cutNs: bigint): void {
    const { clock, health, where } = this.#options
    this.#cutNs = cutNs
    this.#foundMs = clock.now()
    // It has done with them what it is there for.
    health.worked(where)
  }

  #young(
    parcels: readonly Parcel[],
    onTooOld: (parcels: readonly Parcel[]) => void,
  ): readonly Parcel[] {
    if (this.#options.clock.now() - this.#foundMs >= REMEMBERED_MS) this.#cutNs = null
    const cutNs = this.#cutNs
    if (cutNs === null) return parcels
    onTooOld(parcels.filter(parcel => timeOf(parcel) <= cutNs))
    return parcels.filter(parcel => timeOf(parcel) > cutNs)
  }
}

const timeOf = ({ point }: Parcel): bigint => point.timeNs

const NOTHING_LEFT: Answer = { status: 204, text: '', retryAfterMs: null }
