// What an exporter has read of the store behind its cursor and not yet sent, and the books of it (ledger L6). Only what
// was read together is at hand: everything else waits in the store.

import type { OutputBooks } from '../model/output.ts'
import type { Delivered } from './delivery.ts'
import type { Parcel, Portion } from './parcel.ts'

export interface Source {
  /** What comes behind that number, the oldest first. */
  read(number: number, limit: number): Promise<readonly Parcel[]>
  /** Keeps how far it has come. */
  advance(number: number): Promise<void>
}

export class Stream {
  readonly #source: Source
  /** The last that is done with, and the last that was read. */
  #done = 0
  #read = 0
  #parcels: readonly Parcel[] = []
  /** What follows them, read while they are sent; null where nobody has begun to. */
  #ahead: Promise<readonly Parcel[]> | null = null
  #books = { enqueued: 0, acked: 0, pending: 0, deadLettered: 0, expired: 0 }
  /** What the store had to give up ends with this number. */
  #goneThrough = 0

  constructor(source: Source) {
    this.#source = source
  }

  get done(): number {
    return this.#done
  }

  get books(): OutputBooks {
    return this.#books
  }

  /** Takes up where an earlier process has left off. */
  begin(cursor: number): void {
    ;[this.#done, this.#read] = [cursor, cursor]
  }

  /** So many more are in the store. */
  enqueue(count: number): void {
    this.#books.enqueued += count
    this.#books.pending += count
  }

  /** So many that were not sent had to go from the store; of what is at hand, those up to that number. */
  expire(count: number, through: number): void {
    this.#books.expired += count
    this.#books.pending -= count
    this.#goneThrough = Math.max(this.#goneThrough, through)
  }

  /** What is to be sent next, without taking it away; nothing where there is no more. */
  async next(portion: Portion): Promise<readonly Parcel[]> {
    const limit = portion.points
    if (this.#parcels.length === 0 && this.#ahead !== null) this.#take(await this.#ahead, limit)
    if (this.#parcels.length === 0) await this.#fill(limit)
    return portion.first(this.#parcels)
  }

  #take(parcels: readonly Parcel[], limit: number): void {
    this.#parcels = parcels
    this.#read = parcels.at(-1)?.number ?? this.#read
    this.#ahead = parcels.length < limit ? null : this.#source.read(this.#read, limit)
    // Whoever takes it is told that it failed.
    this.#ahead?.catch(() => {})
  }

  async #fill(limit: number): Promise<void> {
    const { enqueued } = this.#books
    this.#take(await this.#source.read(this.#read, limit), limit)
    const { pending } = this.#books
    // What was counted and is not there has gone with a file that was damaged, or with an audit that was replaced.
    if (this.#parcels.length === 0 && enqueued === this.#books.enqueued && pending > 0)
      this.expire(pending, 0)
  }

  /** The first parcels are done with. */
  async settle(parcels: readonly Parcel[], { refused, tooOld }: Delivered): Promise<void> {
    // The store has given up some of them while they were under way: they have arrived all the same.
    const revived = parcels.filter(({ number }) => number <= this.#goneThrough).length
    this.#books.expired += tooOld - revived
    this.#books.pending += revived - parcels.length
    this.#books.acked += parcels.length - refused - tooOld
    this.#books.deadLettered += refused
    this.#parcels = this.#parcels.slice(parcels.length)
    this.#done = parcels.at(-1)?.number ?? this.#done
    await this.#source.advance(this.#done)
  }
}

export const sumOf = (left: OutputBooks, right: OutputBooks): OutputBooks => ({
  enqueued: left.enqueued + right.enqueued,
  acked: left.acked + right.acked,
  pending: left.pending + right.pending,
  deadLettered: left.deadLettered + right.deadLettered,
  expired: left.expired + right.expired,
})
