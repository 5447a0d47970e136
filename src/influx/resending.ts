// Sends points once more that somebody has read of a store, in the order in which they come: with the reactions of the
// exporter (faults.md 3.4), and without a cursor, since whoever asked looks on. What was sent before overwrites itself.

import type { Clock } from './clock.ts'
import { Delivery } from './delivery.ts'
import { Health } from './health.ts'
import { Portion, parcelOf } from './parcel.ts'
import { Sender } from './sender.ts'
import type { InfluxPoint, InfluxWriter } from './writer.ts'

export interface ResendingOptions {
  readonly writer: InfluxWriter
  readonly clock: Clock
  /** From 0 to 1; spreads tries. */
  readonly random: () => number
  readonly mayCreate: boolean
  /** The point as it may be written, so that series stay within their bound. */
  readonly admit: (point: InfluxPoint) => InfluxPoint
}

export class Resending {
  /** Taken by the server, refused for good, and older than it keeps anything. */
  readonly books = { acked: 0, refused: 0, tooOld: 0 }
  /** What the server said of the first that it refused. */
  refusal: string | null = null
  /** What fails, and what would help; null where nothing does. */
  trouble: string | null = null
  /** Nothing goes on until somebody mends it. */
  isHeld = false
  readonly #options: ResendingOptions
  readonly #portion = new Portion()
  readonly #delivery: Delivery
  readonly #stopping = new AbortController()

  constructor(options: ResendingOptions) {
    this.#options = options
    const { writer, clock, random, mayCreate } = options
    const health = new Health((state, reason) => {
      this.trouble = state === 'degraded' ? reason : null
    })
    const onHeld = () => {
      this.isHeld = true
      this.stop()
    }
    const shared = { clock, health, onHeld, signal: this.#stopping.signal }
    const deadLetters = {
      write: async (letters: readonly { readonly text: string }[]) => {
        this.refusal ??= letters[0]?.text ?? null
      },
    }
    this.#delivery = new Delivery({
      ...{ ...shared, where: writer.where, portion: this.#portion, deadLetters },
      sender: new Sender({ ...shared, writer, random, mayCreate }),
    })
  }

  /** Whether all of them have arrived, or never will; false where it was stopped. */
  async send(points: readonly InfluxPoint[]): Promise<boolean> {
    let parcels = points.map((point, index) => parcelOf(index, this.#options.admit(point)))
    while (parcels.length > 0 && !this.#stopping.signal.aborted) {
      const portion = this.#portion.first(parcels)
      const delivered = await this.#delivery.deliver('points', portion)
      // Too many at a time, or it was stopped.
      if (delivered === null) continue
      const { refused, tooOld } = delivered
      this.books.acked += portion.length - refused - tooOld
      this.books.refused += refused
      this.books.tooOld += tooOld
      parcels = parcels.slice(portion.length)
    }
    return parcels.length === 0
  }

  /** Begins nothing further. */
  stop(): void {
    this.#stopping.abort()
  }
}
