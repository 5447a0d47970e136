// When each address of the site was last heard: in closed records, and by one look a second in open flows.

import type { Address } from './model/address.ts'

/** A look at the flows that are open. */
export interface Look {
  /** The second of capture time; one look serves all that is asked in it. */
  readonly tickNs: number
  readonly heardNow: (addresses: readonly Address[]) => Map<string, number>
}

export class LastHeard {
  readonly #addresses: readonly Address[]
  /** By text, in nanoseconds since the run's epoch. */
  readonly #closed: Map<string, number>
  #open: { readonly tickNs: number; readonly heard: Map<string, number> } | null = null
  /** Where open flows can be looked at; null before the first record has closed. */
  look: Look | null = null

  constructor(addresses: readonly Address[]) {
    this.#addresses = addresses
    this.#closed = new Map(addresses.map(({ text }) => [text, Number.NEGATIVE_INFINITY]))
  }

  /** Takes up what an earlier one knows of the same addresses. */
  succeed(former: LastHeard): void {
    this.look = former.look
    for (const text of this.#closed.keys())
      this.#closed.set(text, former.#closed.get(text) ?? Number.NEGATIVE_INFINITY)
  }

  /** A record is closing in which the address was last heard then. */
  heard({ text }: Address, ns: number): void {
    if (ns > (this.#closed.get(text) ?? Number.POSITIVE_INFINITY)) this.#closed.set(text, ns)
  }

  /** Never, for an address that is none of the site's. */
  of({ text }: Address): number {
    const closed = this.#closed.get(text)
    if (this.look === null || closed === undefined) return Number.NEGATIVE_INFINITY
    const { tickNs, heardNow } = this.look
    if (this.#open?.tickNs !== tickNs) this.#open = { tickNs, heard: heardNow(this.#addresses) }
    return Math.max(this.#open.heard.get(text) ?? Number.NEGATIVE_INFINITY, closed)
  }
}
