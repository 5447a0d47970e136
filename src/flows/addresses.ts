// Kernel address -> Address, with one object per address as long as it fits in a bounded cache: most
// packets come from few hosts, and everything behind this looks addresses up by their text.

import { addressAt } from '../kernel/addresses.ts'
import { getI32, memory } from '../kernel/memory.ts'
import { type Address, ipv4, ipv6 } from '../model/address.ts'

const CACHE_MAX = 65_536
const IPV6_BYTES = 16
const memoryBytes = new Uint8Array(memory)

export class AddressBook {
  readonly #known = new Map<number, Address>()
  /** By a hash of their bytes; of two that share one, the later stays. */
  readonly #hashed = new Map<number, Address>()

  /** An IPv4 address by its 32 bits. */
  ipv4(value: number): Address {
    const known = this.#known.get(value)
    if (known !== undefined) return known
    if (this.#known.size >= CACHE_MAX) this.#known.clear()
    const address = ipv4(value)
    this.#known.set(value, address)
    return address
  }

  /**
   * An IPv6 address by its number in the kernel, valid while a flow uses it. Numbers are given anew, so what
   * is remembered goes by the bytes.
   */
  ipv6(id: number): Address {
    const at = addressAt(id)
    const hash = hashAt(at)
    const known = this.#hashed.get(hash)
    if (known !== undefined && isAt(known.bytes, at)) return known
    if (this.#hashed.size >= CACHE_MAX) this.#hashed.clear()
    const address = ipv6(memoryBytes.subarray(at, at + IPV6_BYTES))
    this.#hashed.set(hash, address)
    return address
  }
}

function hashAt(at: number): number {
  let hash = 0
  for (let word = 0; word < IPV6_BYTES; word += 4)
    hash = Math.imul((hash ^ getI32(at + word)) + (hash >>> 15), 0x9e3779b1)
  return (hash ^ (hash >>> 16)) >> 2
}

function isAt(bytes: Uint8Array, at: number): boolean {
  for (let byte = 0; byte < IPV6_BYTES; byte++)
    if (bytes[byte] !== memoryBytes[at + byte]) return false
  return true
}
