// The books of a route, in entries that it must tell: semantics of `OutputBooks`. What nobody has to hear of any more
// when it could be told, since somebody has acknowledged it, leaves the books.

import type { OutputBooks } from '../model/output.ts'
import type { Letter } from './compose.ts'
import { nameOf } from './filter.ts'
import type { Shipment } from './shipments.ts'

export class Tally {
  #enqueued = 0
  #acked = 0
  #deadLettered = 0
  #expired = 0
  /** Entries of findings that are owed, by their ids. */
  readonly #owed = new Map<string, number>()

  books(waiting: number): OutputBooks {
    let pending = waiting
    for (const count of this.#owed.values()) pending += count
    return {
      ...{ enqueued: this.#enqueued, acked: this.#acked, pending },
      ...{ deadLettered: this.#deadLettered, expired: this.#expired },
    }
  }

  enqueue(entries: number): void {
    this.#enqueued += entries
  }

  /** Takes up what an earlier run owes. */
  owe(id: string): void {
    this.#enqueued += 1
    this.#owed.set(id, 1)
  }

  /** It has closed, or somebody knows of it. */
  drop(id: string): void {
    this.#enqueued -= this.#owed.get(id) ?? 0
    this.#owed.delete(id)
  }

  /** What became of a shipment; its items wait no more. */
  settle({ items, ids }: Shipment, letter: Letter, isDead: boolean): void {
    const told = new Set(letter.told.map(({ id }) => id))
    const held = new Set(letter.held.map(({ id }) => id))
    const gone = new Set(letter.gone)
    const settle = (id: string, count: number): void => {
      if (told.has(id)) this.#tell(count, isDead)
      else if (gone.has(id)) this.#expired += count
      else this.#enqueued -= count
    }
    for (const { kind, id } of items)
      if (held.has(id)) this.#owed.set(id, (this.#owed.get(id) ?? 0) + 1)
      else settle(kind === 'finding' ? id : nameOf(kind, id), 1)
    for (const id of new Set([...ids, ...items.map(({ id }) => id)])) {
      const count = this.#owed.get(id)
      if (count === undefined || held.has(id)) continue
      this.#owed.delete(id)
      settle(id, count)
    }
  }

  #tell(count: number, isDead: boolean): void {
    if (isDead) this.#deadLettered += count
    else this.#acked += count
  }
}
