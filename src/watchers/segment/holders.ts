// With which cards a shared address was heard lately: how many hold it, for its time series. Two at once are told
// as a finding by ownership.ts, which remembers who was the last.

import type { Span } from '../../model/quality.ts'

/** Cards that are remembered of an address; the one that was heard longest ago is forgotten. */
const CARDS_MAX = 8

export class Holders {
  readonly #isSame: (one: string, other: string) => boolean
  /** When each card was last heard with the address, the latest at the end. */
  readonly #heardNs = new Map<string, number>()

  /** `isSame` tells whether two cards belong to one server. */
  constructor(isSame: (one: string, other: string) => boolean) {
    this.#isSame = isSame
  }

  heard(mac: string, timeNs: number): void {
    this.#heardNs.delete(mac)
    this.#heardNs.set(mac, timeNs)
    const [oldest] = this.#heardNs.keys()
    if (this.#heardNs.size > CARDS_MAX && oldest !== undefined) this.#heardNs.delete(oldest)
  }

  /** How many had it: those heard with it since then, and `holder`, who had it before; cards of one server are one. */
  countSince({ fromNs }: Span, holder: string | null): number {
    const heard = [...this.#heardNs].filter(([, ns]) => ns >= fromNs).map(([mac]) => mac)
    const all = holder === null ? heard : [holder, ...heard]
    return all.filter((mac, index) => all.findIndex(one => this.#isSame(one, mac)) === index).length
  }
}
