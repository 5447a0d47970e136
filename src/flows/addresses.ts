// Kernel address -> Address, with one object per address as long as it fits in a bounded cache: most
// packets come from few hosts, and everything behind this looks addresses up by their text.

import { addressAt } from '../kernel/addresses.ts'
import { memory } from '../kernel/memory.ts'
import { type Address, ipv4, ipv6 } from '../model/address.ts'

const CACHE_MAX = 65_536

export class AddressBook {
  readonly #known = new Map<number, Address>()

  /** An IPv4 address by its 32 bits. */
  ipv4(value: number): Address {
    const known = this.#known.get(value)
    if (known !== undefined) return known
    if (this.#known.size >= CACHE_MAX) this.#known.clear()
    const address = ipv4(value)
    this.#known.set(value, address)
    return address
  }

  /** An IPv6 address by its number in the kernel, valid while a flow uses it. */
  ipv6(id: number): Address {
    return ipv6(new Uint8Array(memory, addressAt(id), 16))
  }
}
