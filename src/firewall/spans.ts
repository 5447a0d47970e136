// The whole address space of a site, cut where the inventory may change its mind: between two cuts all
// addresses have the same name, labels and zone. So a set of hosts is a list of ranges, without exceptions.

import { type Address, addressOf, NOT_PUBLIC, type Prefix } from '../model/address.ts'
import type { Placement, Site } from '../model/inventory.ts'
import type { WebexRange } from '../model/policy.ts'
import { Inventory } from '../policy/inventory.ts'

/** Addresses from `first` to `last`, both included. */
export interface AddressRange {
  readonly first: bigint
  readonly last: bigint
  /** What findings call the hosts in it. */
  readonly name: string
}

export interface Span extends AddressRange {
  readonly version: Address['version']
  readonly placement: Placement
}

const VERSIONS = [4, 6] as const
const BYTES = { 4: 4, 6: 16 } as const
const BYTE_BITS = 8n
const BYTE_MASK = 0xffn

/** All addresses of both IP versions, in their order; each is in exactly one span. */
export function spansOf(site: Site, ranges: readonly WebexRange[]): readonly Span[] {
  const inventory = new Inventory(site, ranges)
  const prefixes = prefixesOf(site, ranges)
  return VERSIONS.flatMap(version => {
    const starts = startsOf(version, prefixes)
    return starts.map((first, index): Span => {
      const last = (starts[index + 1] ?? endOf(version)) - 1n
      const placement = inventory.place(addressAt(version, first))
      return { version, first, last, placement, name: placement.name }
    })
  })
}

/** The address with this value, as text. */
export const textAt = (version: Address['version'], value: bigint): string =>
  addressAt(version, value).text

/** `10.20.0.0/16` or a lone address; `10.20.0.5-10.20.0.9` where the range is no prefix. */
export function rangeText(version: Address['version'], range: AddressRange): string {
  const { first, last } = range
  if (first === last) return textAt(version, first)
  return prefixText(version, range) ?? `${textAt(version, first)}-${textAt(version, last)}`
}

/** A prefix such as `10.20.0.0/16`, `10.20.0.1/32` for a lone address; null where the range is none. */
export function prefixText(version: Address['version'], range: AddressRange): string | null {
  const size = range.last - range.first + 1n
  const isAligned = (size & (size - 1n)) === 0n && range.first % size === 0n
  if (!isAligned) return null
  const free = size.toString(2).length - 1
  return `${textAt(version, range.first)}/${BYTES[version] * 8 - free}`
}

/** Everything that the inventory tells addresses apart by. */
const prefixesOf = (site: Site, ranges: readonly WebexRange[]): readonly Prefix[] => [
  ...NOT_PUBLIC,
  ...ranges.map(({ prefix }) => prefix),
  ...site.publicPrefixes,
  ...site.networks.map(({ prefix }) => prefix),
  ...site.nodes.flatMap(({ addresses, nat }) => [...addresses, ...nat].map(asPrefix)),
]

const asPrefix = (address: Address): Prefix => {
  return { address, length: address.bytes.length * 8, text: address.text }
}

/** Where a span begins: at each prefix, behind it, and at the very first address. */
function startsOf(version: Address['version'], prefixes: readonly Prefix[]): readonly bigint[] {
  const starts = new Set([0n])
  for (const { address, length } of prefixes.filter(one => one.address.version === version)) {
    const first = numberOf(address)
    starts.add(first)
    starts.add(first + (1n << BigInt(address.bytes.length * 8 - length)))
  }
  starts.delete(endOf(version))
  return [...starts].sort((one, other) => (one < other ? -1 : 1))
}

/** One behind the last address. */
const endOf = (version: Address['version']): bigint => 1n << (BigInt(BYTES[version]) * BYTE_BITS)

const numberOf = ({ bytes }: Address): bigint =>
  bytes.reduce((value, byte) => (value << BYTE_BITS) | BigInt(byte), 0n)

function addressAt(version: Address['version'], value: bigint): Address {
  const bytes = new Uint8Array(BYTES[version])
  let rest = value
  for (let at = bytes.length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & BYTE_MASK)
    rest >>= BYTE_BITS
  }
  return addressOf(bytes)
}
