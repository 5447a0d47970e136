// Longest-prefix match: one look-up for each prefix length in use, the longest first. The two
// families of addresses never meet.

import type { Address, Prefix } from '../model/address.ts'

interface Level<Value> {
  readonly version: 4 | 6
  readonly length: number
  /** By the leading bits that count, as a string of bytes. */
  readonly values: Map<string, Value>
}

export class PrefixTable<Value> {
  /** The longest prefixes first. */
  readonly #levels: Level<Value>[] = []

  /** A prefix that is added again takes the new value. */
  add({ address, length }: Prefix, value: Value): void {
    this.#levelOf(address.version, length).values.set(leadingBits(address, length), value)
  }

  /** The value of the longest prefix that contains the address. */
  longest(address: Address): Value | undefined {
    for (const { version, length, values } of this.#levels) {
      if (version !== address.version) continue
      const value = values.get(leadingBits(address, length))
      if (value !== undefined) return value
    }
    return undefined
  }

  #levelOf(version: 4 | 6, length: number): Level<Value> {
    const known = this.#levels.find(level => level.version === version && level.length === length)
    if (known !== undefined) return known
    const level = { version, length, values: new Map<string, Value>() }
    this.#levels.push(level)
    this.#levels.sort((one, other) => other.length - one.length)
    return level
  }
}

function leadingBits({ bytes }: Address, length: number): string {
  let text = ''
  for (let bit = 0; bit < length; bit += 8) {
    const kept = length - bit >= 8 ? 0xff : (0xff00 >> (length - bit)) & 0xff
    text += String.fromCharCode((bytes[bit >> 3] ?? 0) & kept)
  }
  return text
}
