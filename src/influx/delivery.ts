// Brings a batch to its end: taken by the server, or, where it refuses single points of it, those in the dead letters; but
// for what is older than it keeps anything. faults.md 3.4.

import { type Bisecting, bisect, type Refused } from './bisect.ts'
import type { Clock } from './clock.ts'
import type { DeadLetter, DeadLetters } from './dead-letters.ts'
import type { Health } from './health.ts'
import type { Parcel, Portion } from './parcel.ts'
import { HOLD_MS } from './reaction.ts'
import type { Sender } from './sender.ts'
import { Ageing, saysTooOld } from './too-old.ts'
import type { Answer } from './writer.ts'

export interface DeliveryOptions {
  readonly sender: Sender
  /** Where the server is, for people. */
  readonly where: string
  readonly portion: Portion
  readonly deadLetters: Pick<DeadLetters, 'write'>
  readonly health: Health
  readonly clock: Clock
  /** Aborted when nothing further is to be begun. */
  readonly signal: AbortSignal
  /** Told when nothing is sent any more until somebody mends something. */
  readonly onHeld: () => void
}

type Refusals = readonly Refused<Parcel>[]

/** How many of a batch were not taken; all others were. */
export interface Delivered {
  /** Refused for good, and kept. */
  readonly refused: number
  /** Older than the database keeps anything. */
  readonly tooOld: number
}

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #ageing: Ageing
  /** Those of the batch that is under way. */
  readonly #tooOld = new Set<Parcel>()
  /** The last that was taken. */
  #proven: Parcel | null = null

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#ageing = new Ageing(options)
  }

  /** Null where they are to be sent anew, since they were too many at a time or it was stopped. */
  async deliver(of: DeadLetter['of'], parcels: readonly Parcel[]): Promise<Delivered | null> {
    this.#tooOld.clear()
    const refused = await this.#refusedOf(parcels)
    if (refused === null) return null
    const tooOld = this.#tooOld.size
    const isKept = refused.length === 0 || (await this.#bury(of, refused))
    return isKept ? { refused: refused.length, tooOld } : null
  }

  async #refusedOf(parcels: readonly Parcel[]): Promise<Refusals | null> {
    const lines = parcels.filter(({ line }) => line !== null)
    const empty = parcels.filter(({ line }) => line === null)
    const nothing = empty.map(item => ({ item, text: 'nothing of it can be written' }))
    if (lines.length === 0) return nothing
    const answer = await this.#send(lines)
    if (answer === null) return null
    const sent = this.#young(lines)
    const { portion } = this.#options
    if (answer.status === 413 && sent.length > 1) {
      portion.halve(sent)
      return null
    }
    if (answer.status === 413) portion.restore()
    if (answer.status === 204) portion.proved(sent)
    const refused = answer.status === 204 ? [] : await this.#isolated(sent, answer)
    return refused === null ? null : [...nothing, ...refused]
  }

  async #send(parcels: readonly Parcel[]): Promise<Answer | null> {
    const answer = await this.#ageing.send(this.#young(parcels), old => {
      for (const parcel of old) this.#tooOld.add(parcel)
    })
    if (answer?.status === 204) this.#proven = this.#young(parcels).at(-1) ?? this.#proven
    return answer
  }

  #young(parcels: readonly Parcel[]): readonly Parcel[] {
    return parcels.filter(parcel => !this.#tooOld.has(parcel))
  }

  async #isolated(lines: readonly Parcel[], answer: Answer): Promise<Refusals | null> {
    const { health, where } = this.#options
    const refused = await bisect(lines, answer, {
      send: parcels => this.#send(parcels),
      hold: this.#holdPoisoned,
    })
    health.isPoisoned = false
    if (refused === null) return null
    if (refused.length < lines.length) health.worked(where)
    // Alone it may be refused for its age, where it was refused with others for something else.
    for (const { item, text } of refused)
      if (saysTooOld({ status: 400, text })) this.#tooOld.add(item)
    const dead = refused.filter(({ item }) => !this.#tooOld.has(item))
    if (answer.status === 413 || dead.length < lines.length || this.#tooOld.size > 0) return dead
    return (await this.#isTaking(answer)) ? dead : null
  }

  /**
   * Whether the server takes again what it has taken before, so that what it refuses is at fault and not the server.
   * Waits where it does not, or has never taken anything.
   */
  async #isTaking(answer: Answer): Promise<boolean> {
    const { health, sender } = this.#options
    const again = this.#proven === null ? answer : await sender.send([this.#proven.point])
    if (again === null) return false
    if (again.status === 204 || saysTooOld(again)) return true
    await this.#holdPoisoned(again.text, true)
    health.isPoisoned = false
    return false
  }

  readonly #holdPoisoned: Bisecting<Parcel>['hold'] = async (text, isEverything) => {
    const { health, where, signal } = this.#options
    health.isPoisoned = true
    const what = isEverything ? 'nearly every point' : 'many points'
    await this.#hold(
      `poisoned: ${where} refuses ${what} (${text}). Look at its limits, and whether its measurements have fields of other types.`,
    )
    return !signal.aborted
  }

  /** Whether they are on the disk; waits until that can be. */
  async #bury(of: DeadLetter['of'], refused: Refusals): Promise<boolean> {
    const { clock, deadLetters, health, signal, where } = this.#options
    let isHeld = false
    const time = new Date(clock.now()).toISOString()
    const letters = refused.map(({ item: { number, point, line }, text }) => ({
      ...{ of, number, measurement: point.measurement, line, text, time },
    }))
    while (!signal.aborted)
      try {
        await deadLetters.write(letters)
        if (isHeld) health.worked(where)
        return true
      } catch (error) {
        isHeld = true
        const why = error instanceof Error ? error.message : String(error)
        await this.#hold(
          `Points that are refused cannot be kept: ${why}. Free space on that disk, or mend its permissions.`,
        )
      }
    return false
  }

  async #hold(why: string): Promise<void> {
    const { clock, health, onHeld, signal } = this.#options
    const nowMs = clock.now()
    health.failed({ why, fromMs: nowMs, untilMs: nowMs + HOLD_MS, isHeld: true })
    onHeld()
    await clock.sleep(HOLD_MS, signal)
  }
}
