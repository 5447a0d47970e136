// Flows, packets and bytes by a key of few values: the state behind every table of totals.

import type { CountedFlows } from '../model/result.ts'

/** Flows, and their packets and wire bytes both ways. */
export interface Counted {
  flows: number
  packets: number
  bytes: number
}

interface Branch<Key> {
  readonly branches: Map<string, Branch<Key>>
  line: (Counted & { readonly key: Key }) | null
}

const branch = <Key>(): Branch<Key> => ({ branches: new Map(), line: null })

/** One line per distinct key. The caller sees to it that keys come from a closed set. */
export class CountTable<Key extends Readonly<Record<string, string>>> {
  readonly #root = branch<Key>()
  readonly #fields: readonly (keyof Key & string)[]

  /** The fields of the key, each a step down the tree. */
  constructor(...fields: readonly (keyof Key & string)[]) {
    this.#fields = fields
  }

  add(key: Key, { flows, packets, bytes }: Counted): void {
    let place = this.#root
    for (const field of this.#fields) place = below(place, key[field] ?? '')
    place.line ??= { key, flows: 0, packets: 0, bytes: 0 }
    place.line.flows += flows
    place.line.packets += packets
    place.line.bytes += bytes
  }

  /** Sorted by the given order of keys. */
  lines(order: (left: Key, right: Key) => number): CountedFlows<Key>[] {
    return linesOf(this.#root)
      .toSorted((left, right) => order(left.key, right.key))
      .map(({ key, flows, packets, bytes }) => ({ ...key, flows, packets, bytes }))
  }
}

function below<Key>({ branches }: Branch<Key>, value: string): Branch<Key> {
  const known = branches.get(value)
  if (known !== undefined) return known
  const made = branch<Key>()
  branches.set(value, made)
  return made
}

const linesOf = <Key>({ branches, line }: Branch<Key>): NonNullable<Branch<Key>['line']>[] => [
  ...(line === null ? [] : [line]),
  ...[...branches.values()].flatMap(linesOf),
]
