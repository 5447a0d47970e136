// Flows, packets and bytes by a key of few values: the state behind every table of totals.

import type { FlowRecord } from '../model/flow.ts'
import type { CountedFlows } from '../model/result.ts'

type Counted<Key> = { key: Key; flows: number; packets: number; bytes: number }

/** One line per distinct key. The caller sees to it that keys come from a closed set. */
export class CountTable<Key extends Readonly<Record<string, string>>> {
  readonly #lines = new Map<string, Counted<Key>>()

  add(key: Key, { toServer, toClient }: FlowRecord): void {
    const line = this.#lineOf(key)
    line.flows++
    line.packets += toServer.packets + toClient.packets
    line.bytes += toServer.bytes + toClient.bytes
  }

  /** Sorted by the given order of keys. */
  lines(order: (left: Key, right: Key) => number): CountedFlows<Key>[] {
    return [...this.#lines.values()]
      .toSorted((left, right) => order(left.key, right.key))
      .map(({ key, flows, packets, bytes }) => ({ ...key, flows, packets, bytes }))
  }

  #lineOf(key: Key): Counted<Key> {
    const text = Object.values(key).join('\n')
    const known = this.#lines.get(text)
    if (known !== undefined) return known
    const line = { key, flows: 0, packets: 0, bytes: 0 }
    this.#lines.set(text, line)
    return line
  }
}
