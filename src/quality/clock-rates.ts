// What SDP has announced of media: where they will be received, and how fast the clock of a payload type is
// there (a=rtpmap, RFC 8866, 6.6). Bounded; the oldest is forgotten.

import { type Address, addressOf } from '../model/address.ts'
import { Recent } from '../model/recent.ts'

/** Places that are remembered, and payload types of places. */
const PLACES_MAX = 65_536
const RATES_MAX = 65_536

interface Place {
  readonly address: Address
  readonly port: number
}

export class ClockRates {
  readonly #places = new Recent<string, true>(PLACES_MAX)
  readonly #rates = new Recent<string, number>(RATES_MAX)

  /** Media will be received at this address and port. */
  announce(address: Uint8Array, port: number): void {
    this.#places.set(placeOf({ address: addressOf(address), port }), true)
  }

  /** Media of this payload type will be received there by a clock of so many ticks a second. */
  learn(address: Uint8Array, port: number, payloadType: number, rate: number): void {
    const place = placeOf({ address: addressOf(address), port })
    this.#rates.set(`${place} ${payloadType}`, rate)
  }

  isAnnounced(receiver: Place): boolean {
    return this.#places.get(placeOf(receiver)) === true
  }

  /**
   * Ticks a second of what goes from one place to the other; null where nobody has said so. The receiver's
   * word counts; the sender's stands in for it, since an answer keeps the numbers of the offer (RFC 3264, 6.1).
   */
  rateOf(sender: Place, receiver: Place, payloadType: number): number | null {
    const of = (place: Place) => this.#rates.get(`${placeOf(place)} ${payloadType}`)
    return of(receiver) ?? of(sender) ?? null
  }
}

const placeOf = ({ address, port }: Place): string => `${address.text} ${port}`
