// The moment at which a record closes: one object, filled anew for each, since there are very many.

import type { Closing } from './compliance.ts'
import type { AddressBook } from './flows/addresses.ts'
import { heardNow } from './flows/heard.ts'
import { CLOCK, TICK } from './kernel/layout.ts'
import { getF64 } from './kernel/memory.ts'

type Filled = { -readonly [Key in keyof Closing]: Closing[Key] }

export class ClosingMoment {
  readonly #closing: Filled

  constructor(addresses: AddressBook) {
    this.#closing = {
      ...{ nowNs: 0, tickNs: 0, epochSeconds: 0, flow: 0, isFinal: false },
      heardNow: wanted => heardNow(wanted, addresses),
    }
  }

  get now(): Closing {
    return this.#closing
  }

  /** A record of the flow closes; `isFinal` where no other one will. */
  fill(flow: number, isFinal: boolean, epochSeconds: number): void {
    const closing = this.#closing
    closing.flow = flow
    closing.isFinal = isFinal
    closing.nowNs = getF64(CLOCK)
    closing.tickNs = getF64(TICK)
    closing.epochSeconds = epochSeconds
  }
}
