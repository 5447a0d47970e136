// Longest-prefix match against its plain twin: a look at every prefix.

import { expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import {
  type Address,
  contains,
  ipv4,
  ipv4Value,
  ipv6,
  type Prefix,
} from '../../src/model/address.ts'
import { PrefixTable } from '../../src/policy/prefix-table.ts'
import { addressOf, prefixOf } from './builders.ts'

function tableOf(...texts: readonly string[]): PrefixTable<string> {
  const table = new PrefixTable<string>()
  for (const text of texts) table.add(prefixOf(text), text)
  return table
}

test('the longest of several prefixes wins, in whatever order they were added', () => {
  const table = tableOf('10.1.2.0/24', '0.0.0.0/0', '10.1.2.3/32', '10.0.0.0/8')
  expect(table.longest(addressOf('10.1.2.3'))).toBe('10.1.2.3/32')
  expect(table.longest(addressOf('10.1.2.4'))).toBe('10.1.2.0/24')
  expect(table.longest(addressOf('10.9.9.9'))).toBe('10.0.0.0/8')
  expect(table.longest(addressOf('11.0.0.0'))).toBe('0.0.0.0/0')
})

test('an address that no prefix holds has no value', () => {
  expect(tableOf('10.0.0.0/8').longest(addressOf('11.0.0.0'))).toBeUndefined()
})

test('the families never meet', () => {
  const table = tableOf('::/0', '10.0.0.0/8')
  expect(table.longest(addressOf('11.0.0.0'))).toBeUndefined()
  expect(table.longest(addressOf('a00::'))).toBe('::/0')
})

test('a prefix that is added again takes the new value', () => {
  const table = tableOf('10.0.0.0/8')
  table.add(prefixOf('10.0.0.0/8'), 'again')
  expect(table.longest(addressOf('10.1.1.1'))).toBe('again')
})

// Method: random prefixes of few leading values, so that many of them lie in one another; seed 11.
test('any address gets the value of the longest prefix that contains it', () => {
  const random = seeded(11)
  const prefixes = Array.from({ length: 300 }, () => randomPrefix(random))
  const table = new PrefixTable<string>()
  for (const prefix of prefixes) table.add(prefix, prefix.text)
  for (let round = 0; round < 3000; round++) {
    const address = randomAddress(random)
    const longest = prefixes
      .filter(prefix => contains(prefix, address))
      .reduce<Prefix | undefined>(
        (best, prefix) => (prefix.length > (best?.length ?? -1) ? prefix : best),
        undefined,
      )
    expect(table.longest(address)).toBe(longest?.text)
  }
})

const FEW = 3

function randomAddress(random: () => number): Address {
  if (random() % 2 === 0)
    return ipv4(((random() % FEW) << 24) | ((random() % FEW) << 12) | (random() % FEW))
  return ipv6(Uint8Array.from({ length: 16 }, () => random() % FEW))
}

function randomPrefix(random: () => number): Prefix {
  const address = randomAddress(random)
  const length = random() % (address.bytes.length * 8 + 1)
  const kept = address.bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - index * 8))
    return byte & (0xff00 >> bits)
  })
  const base = address.version === 4 ? ipv4(ipv4Value({ ...address, bytes: kept })) : ipv6(kept)
  return { address: base, length, text: `${base.text}/${length}` }
}
