// Address -> placement: which node it is, which roles and zone it has, and how we know (semantics
// 3.1). An exact node address wins, then the longest prefix among networks, WebEx ranges and the
// organisation's own public space; what is declared nowhere is the Internet where public, else
// unknown-private.

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
import { isLinkScope } from './link-scope.ts'
import { PrefixTable } from './prefix-table.ts'

const PLACEMENTS_MAX = 65_536

/** What a prefix says of the addresses in it. */
interface Region {
  readonly zone: Zone
  readonly role: Role | null
  readonly basis: Placement['basis']
  readonly webexRange: string | null
}

interface Declared {
  readonly node: Node
  readonly basis: 'node' | 'nat'
}

export class Inventory {
  readonly #nodes = new Map<string, Declared>()
  readonly #regions = new PrefixTable<Region>()
  readonly #placements = new Map<Address, Placement>()
  /** Broadcast addresses of the declared networks (RFC 922). */
  readonly #broadcasts: ReadonlySet<string>
  /** Of the site's nodes. */
  readonly names: ReadonlySet<string>

  constructor(site: Site, ranges: readonly WebexRange[]) {
    // The site's own networks come last, so that they win over an equal prefix.
    for (const { id, prefix } of ranges) this.#regions.add(prefix, cloud(id))
    for (const prefix of site.publicPrefixes) this.#regions.add(prefix, OWN_PUBLIC)
    for (const network of site.networks) this.#regions.add(network.prefix, regionOf(network))
    for (const node of site.nodes) {
      for (const { text } of node.nat) this.#nodes.set(text, { node, basis: 'nat' })
      for (const { text } of node.addresses) this.#nodes.set(text, { node, basis: 'node' })
    }
    this.names = new Set(site.nodes.map(({ name }) => name))
    this.#broadcasts = new Set(site.networks.flatMap(({ prefix }) => broadcastOf(prefix) ?? []))
  }

  /**
   * Where the address stands. Remembered by the address object, of which there is one per address.
   */
  place(address: Address): Placement {
    const known = this.#placements.get(address)
    if (known !== undefined) return known
    if (this.#placements.size >= PLACEMENTS_MAX) this.#placements.clear()
    const found = this.#find(address)
    const placement = this.#broadcasts.has(address.text) ? { ...found, isLinkScope: true } : found
    this.#placements.set(address, placement)
    return placement
  }

  /** Id of the WebEx range that holds the address, null where none does; nothing is remembered of it. */
  rangeOf(address: Address): string | null {
    return this.#regionOf(address).webexRange
  }

  #find(address: Address): Placement {
    const region = this.#regionOf(address)
    const declared = this.#nodes.get(address.text)
    if (declared === undefined) return undeclared(address, region)
    const { node, basis } = declared
    // Behind a translation the host stands where its own address does, not where the outside sees
    // it.
    const [home = address] = basis === 'nat' ? node.addresses : []
    const zone = node.zone ?? this.#regionOf(home).zone
    return placement(address, { zone, basis, node, roles: node.roles, webexRange: null })
  }

  #regionOf(address: Address): Region {
    return this.#regions.longest(address) ?? (isPublic(address) ? INTERNET : PRIVATE)
  }
}

/** Whether the host is one that the selector means. */
export function matches({ label, zone }: Selector, placement: Placement): boolean {
  return placement.labels.has(label) && (zone === null || zone === placement.zone)
}

const NOBODYS = { role: null, webexRange: null } as const
const INTERNET: Region = { ...NOBODYS, zone: 'internet', basis: 'public' }
const PRIVATE: Region = { ...NOBODYS, zone: 'unknown-private', basis: 'private' }
const OWN_PUBLIC: Region = { ...NOBODYS, zone: 'unknown-private', basis: 'network' }

const cloud = (webexRange: string): Region => ({
  ...{ zone: 'cloud', role: null, basis: 'webex_range' },
  webexRange,
})

const regionOf = ({ zone, role }: Network): Region => ({
  ...{ zone, role, basis: 'network', webexRange: null },
})

/** A host without a name has the role of its network, if that has one. */
function undeclared(address: Address, { role, ...region }: Region): Placement {
  return placement(address, { ...region, node: null, roles: role === null ? [] : [role] })
}

/** Roles that the WebEx section speaks of besides MeetingPlace itself. */
const WEBEX_USERS: readonly string[] = ['admin', 'enduser-int', 'http-proxy', 'socks-proxy']

type Standing = Pick<Placement, 'zone' | 'basis' | 'node' | 'webexRange'> & {
  readonly roles: readonly Role[]
}

function placement(address: Address, { roles, ...standing }: Standing): Placement {
  const labels = labelsOf(roles, standing.zone, standing.webexRange !== null)
  const [first = 'unknown'] = labels
  const group = `${first}@${standing.zone}`
  const name = standing.node?.name ?? group
  return {
    ...{ ...standing, address, name, group, labels, role: first },
    isMeetingPlace: labels.has('meetingplace'),
    isWebexUser: WEBEX_USERS.some(role => labels.has(role)),
    isLinkScope: isLinkScope(address),
  }
}

/**
 * Declared roles, and after them what they imply. A host without any is named for where it stands.
 */
function labelsOf(roles: readonly Role[], zone: Zone, isWebex: boolean): Set<string> {
  const labels = new Set<string>(roles)
  for (const role of roles) {
    if (role === 'app-vip') labels.add('app')
    if (role === 'media-audio' || role === 'media-video') labels.add('media')
    if (role === 'web') labels.add(zone === 'dmz' ? 'web-dmz' : 'web-int')
    if (MEETINGPLACE.includes(role)) labels.add('meetingplace')
  }
  if (isWebex) labels.add('webex')
  // WebEx meets a Web Server in the DMZ as anybody on the Internet does.
  if (roles.length === 0 && (isWebex || zone === 'internet')) labels.add('external')
  if (labels.size === 0) labels.add('unknown')
  return labels
}

function broadcastOf({ address, length }: Prefix): string | undefined {
  if (address.version !== 4 || length > 30) return undefined
  return ipv4(ipv4Value(address) | (2 ** (32 - length) - 1)).text
}
