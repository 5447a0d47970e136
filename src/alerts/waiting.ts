// What waits to be told by a route: numbers of entries with the little that decides when, in the order of the journal.
// What they say is read from the store when it is told. There are at most ITEMS_MAX; the rest stays in the store.

import { type Severity, worse } from '../model/finding.ts'
import type { FindingPhase } from '../model/lifecycle.ts'

const ITEMS_MAX = 10_000
const GROUPS_MAX = 1_024

/** An entry of the journal that is to be told. */
export interface Item {
  readonly number: number
  readonly kind: 'finding' | 'blind' | 'output'
  /** Of the finding or the blind interval; the name of the output. */
  readonly id: string
  /** Key of what is told together. */
  readonly group: string
  readonly severity: Severity
  readonly phase: FindingPhase
  readonly captureMs: number
  readonly atMs: number
}

export interface WaitingGroup {
  readonly key: string
  /** Never empty; in the order of the journal. */
  readonly items: readonly Item[]
  readonly worst: Severity
}

export class Waiting {
  readonly #items = new Map<number, Item>()
  readonly #groups = new Map<string, { items: Item[]; worst: Severity }>()

  get count(): number {
    return this.#items.size
  }

  /** How many more entries may be read; `owed` are findings that wait for what holds them to end. */
  room(owed: number): number {
    const room = Math.min(ITEMS_MAX - this.#items.size - owed, GROUPS_MAX - this.#groups.size)
    return Math.max(0, room)
  }

  /** The number of the first; null where nothing waits. */
  get first(): number | null {
    for (const number of this.#items.keys()) return number
    return null
  }

  add(item: Item): void {
    this.#items.set(item.number, item)
    const group = this.#groups.get(item.group)
    if (group === undefined) this.#groups.set(item.group, { items: [item], worst: item.severity })
    else {
      group.items.push(item)
      group.worst = worse(group.worst, item.severity)
    }
  }

  remove(items: readonly Item[]): void {
    const gone = new Set(items.map(({ number }) => number))
    for (const number of gone) this.#items.delete(number)
    for (const key of new Set(items.map(({ group }) => group))) this.#leave(key, gone)
  }

  /** Those of the numbers that wait. */
  of(numbers: readonly number[]): readonly Item[] {
    return numbers.flatMap(number => this.#items.get(number) ?? [])
  }

  /** In the order of the journal. */
  *items(): Generator<Item> {
    yield* this.#items.values()
  }

  *groups(): Generator<WaitingGroup> {
    for (const [key, { items, worst }] of this.#groups) yield { key, items, worst }
  }

  has(group: string): boolean {
    return this.#groups.has(group)
  }

  #leave(key: string, gone: ReadonlySet<number>): void {
    const left = this.#groups.get(key)?.items.filter(({ number }) => !gone.has(number)) ?? []
    this.#groups.delete(key)
    if (left.length === 0) return
    const worst = left.map(({ severity }) => severity).reduce(worse)
    this.#groups.set(key, { items: left, worst })
  }
}
