// Address -> placement: which node it is, which roles and zone it has, and how we know (semantics 3.1).
// An exact node address wins, then the longest prefix among networks, WebEx ranges and the organisation's
// own public space; what is declared nowhere is the Internet where public, else unknown-private.

import type { Address, Prefix } from '../model/address.ts'
import { ipv4, ipv4Value, isPublic } from '../model/address.ts'
import {
  MEETINGPLACE,
  type Network,
  type Node,
  type Placement,
  type Role,
  type Site,
  type Zone,
} from '../model/inventory.ts'
import type { Selector, WebexRange } from '../model/policy.ts'

const CACHE_MAX = 65_536

/** What a prefix says of the addresses in it. */
interface Region {
  readonly zone: Zone
  readonly role: Role | null
  readonly basis: Placement['basis']
  readonly webexRange: string | null
}

export class Inventory {
  readonly #nodes = new Map<string, { node: Node; basis: 'node' | 'nat' }>()
  readonly #prefixes = new PrefixTable<Region>()
  readonly #known = new Map<string, Placement>()
  readonly #broadcasts: ReadonlySet<string>

  constructor(site: Site, ranges: readonly WebexRange[]) {
    for (const { id, prefix } of ranges) this.#prefixes.add(prefix, cloud(id))
    for (const prefix of site.publicPrefixes) this.#prefixes.add(prefix, OWN_PUBLIC)
    for (const network of site.networks) this.#prefixes.add(network.prefix, declared(network))
    for (const node of site.nodes) {
      for (const { text } of node.nat) this.#nodes.set(text, { node, basis: 'nat' })
      for (const { text } of node.addresses) this.#nodes.set(text, { node, basis: 'node' })
    }
    this.#broadcasts = new Set(site.networks.flatMap(({ prefix }) => broadcastOf(prefix) ?? []))
  }

  /** Whether the address is the broadcast address of a declared network (RFC 922). */
  isBroadcast(address: Address): boolean {
    return this.#broadcasts.has(address.text)
  }

  /** Where the address stands. The same object for the same address, as long as it is remembered. */
  place(address: Address): Placement {
    const known = this.#known.get(address.text)
    if (known !== undefined) return known
    if (this.#known.size >= CACHE_MAX) this.#known.clear()
    const placement = this.#find(address)
    this.#known.set(address.text, placement)
    return placement
  }

  #find(address: Address): Placement {
    const region = this.#prefixes.longest(address) ?? (isPublic(address) ? INTERNET : PRIVATE)
    const entry = this.#nodes.get(address.text)
    if (entry === undefined) return placement(address, region, null, region.basis)
    const { node, basis } = entry
    const first = node.addresses[0]
    const home = node.zone ?? (first && this.#prefixes.longest(first)?.zone) ?? region.zone
    return placement(address, { ...region, zone: home }, node, basis)
  }
}

/** Whether the host is one that the selector means. */
export function matches({ label, zone }: Selector, placement: Placement): boolean {
  return placement.labels.has(label) && (zone === null || zone === placement.zone)
}

/** By what a finding calls an end: a declared node's name, else role and zone. A closed set. */
export function nameOf({ node, role, zone }: Placement): string {
  return node === null ? `${role}@${zone}` : node.name
}

const INTERNET: Region = { zone: 'internet', role: null, basis: 'public', webexRange: null }
const PRIVATE: Region = { zone: 'unknown-private', role: null, basis: 'private', webexRange: null }
const OWN_PUBLIC: Region = {
  zone: 'unknown-private',
  role: null,
  basis: 'network',
  webexRange: null,
}

const cloud = (id: string): Region => ({
  zone: 'cloud',
  role: null,
  basis: 'webex_range',
  webexRange: id,
})

const declared = ({ zone, role }: Network): Region => ({
  zone,
  role,
  basis: 'network',
  webexRange: null,
})

function placement(
  address: Address,
  region: Region,
  node: Node | null,
  basis: Placement['basis'],
): Placement {
  const roles = node?.roles ?? (region.role === null ? [] : [region.role])
  const labels = labelsOf(roles, region)
  const isMeetingPlace = roles.some(role => MEETINGPLACE.includes(role))
  const role = roles[0] ?? (region.webexRange === null ? [...labels][0] : 'webex') ?? 'unknown'
  const { zone, webexRange } = region
  return { address, node, labels, role, zone, basis, isMeetingPlace, webexRange }
}

/** Declared roles and what they imply. A host of no role is external on the Internet, else unknown. */
function labelsOf(roles: readonly Role[], { zone, webexRange }: Region): Set<string> {
  const labels = new Set<string>(roles)
  for (const role of roles) {
    if (role === 'app-vip') labels.add('app')
    if (role === 'media-audio' || role === 'media-video') labels.add('media')
    if (role === 'web') labels.add(zone === 'dmz' ? 'web-dmz' : 'web-int')
    if (MEETINGPLACE.includes(role)) labels.add('meetingplace')
  }
  if (webexRange !== null) labels.add('webex')
  if (roles.length === 0 && (zone === 'internet' || webexRange !== null)) labels.add('external')
  if (labels.size === 0) labels.add('unknown')
  return labels
}

function broadcastOf({ address, length }: Prefix): string | undefined {
  if (address.version !== 4 || length > 30) return undefined
  return ipv4(ipv4Value(address) | (2 ** (32 - length) - 1)).text
}

/** Longest-prefix match: one look-up for each prefix length in use, the longest first. */
class PrefixTable<Value> {
  readonly #byLength = new Map<number, Map<string, Value>>()
  #lengths: number[] = []

  add(prefix: Prefix, value: Value): void {
    const length = lengthKey(prefix.address, prefix.length)
    const table = this.#byLength.get(length) ?? new Map<string, Value>()
    table.set(masked(prefix.address, prefix.length), value)
    this.#byLength.set(length, table)
    this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a)
  }

  longest(address: Address): Value | undefined {
    for (const key of this.#lengths) {
      if (key >= FAMILY !== (address.version === 6)) continue
      const value = this.#byLength.get(key)?.get(masked(address, key % FAMILY))
      if (value !== undefined) return value
    }
    return undefined
  }
}

/** Lengths of IPv6 prefixes are told from those of IPv4 by an offset above both. */
const FAMILY = 1000

const lengthKey = ({ version }: Address, length: number): number =>
  version === 6 ? FAMILY + length : length

function masked({ bytes }: Address, length: number): string {
  let text = ''
  for (let bit = 0; bit < length; bit += 8) {
    const kept = length - bit >= 8 ? 0xff : (0xff00 >> (length - bit)) & 0xff
    text += String.fromCharCode((bytes[bit >> 3] ?? 0) & kept)
  }
  return text
}
