// Who talks in the benchmark captures: the address plan that the generator and the site file share.
// Documentation addresses (RFC 5737, RFC 3849) stand for the DMZ and the Internet.

import { assert } from '../../src/model/errors.ts'
import type { Role, Zone } from '../../src/model/inventory.ts'

export interface BenchNetwork {
  readonly ipv4: readonly [number, number, number, number]
  readonly ipv4Length: number
  /** Third group of 2001:db8:N::/64. */
  readonly subnet: number
  readonly vlan: number
  /** Null for the Internet, which no site file declares. */
  readonly zone: Zone | null
  /** Where set, the hosts are known by their network and are not declared one by one. */
  readonly role: Role | null
}

export const NETWORKS = {
  core: network([10, 10, 20, 0], 24, 0x20, 'core'),
  services: network([10, 10, 30, 0], 24, 0x30, 'core'),
  dmz: network([192, 0, 2, 0], 24, 0xc0, 'dmz'),
  admins: network([10, 10, 99, 0], 24, 0x99, 'admin-net', 'admin'),
  users: network([10, 20, 0, 0], 16, 0x1020, 'user-net', 'enduser-int'),
  phones: network([10, 30, 0, 0], 16, 0x1030, 'user-net', 'phone'),
  internet: network([203, 0, 113, 0], 24, 0xffff, null),
} as const

interface Group {
  readonly role: Role | null
  readonly network: keyof typeof NETWORKS
  readonly first: number
  readonly count: number
}

const GROUPS = {
  app: { role: 'app', network: 'core', first: 11, count: 2 },
  audio: { role: 'media-audio', network: 'core', first: 31, count: 4 },
  video: { role: 'media-video', network: 'core', first: 41, count: 2 },
  webInside: { role: 'web', network: 'core', first: 51, count: 3 },
  webDmz: { role: 'web', network: 'dmz', first: 20, count: 2 },
  cucm: { role: 'cucm', network: 'services', first: 11, count: 3 },
  exchange: { role: 'exchange', network: 'services', first: 21, count: 1 },
  dns: { role: 'dns', network: 'services', first: 31, count: 4 },
  ntp: { role: 'ntp', network: 'services', first: 41, count: 2 },
  sql: { role: 'sql', network: 'services', first: 51, count: 1 },
  admin: { role: null, network: 'admins', first: 10, count: 20 },
  user: { role: null, network: 'users', first: 256, count: 2000 },
  phone: { role: null, network: 'phones', first: 256, count: 2000 },
  external: { role: null, network: 'internet', first: 1, count: 250 },
} as const satisfies Readonly<Record<string, Group>>

export type GroupName = keyof typeof GROUPS
export type Hosts = readonly [Host, ...Host[]]

export interface Host {
  readonly name: string
  /** Dense, from 0: for tables by host. */
  readonly id: number
  /** Declared by name in the site file; null where the network speaks for it. */
  readonly role: Role | null
  readonly mac: Uint8Array
  readonly ipv4: Uint8Array
  readonly ipv6: Uint8Array
  /** VLAN id of the host's network, and whether this host's traffic is tagged with it. */
  readonly vlan: number
  readonly isTagged: boolean
  /** The family in which this host opens its conversations. */
  readonly version: 4 | 6
}

/** Every host by group. A fifth of them is tagged, a seventh speaks IPv6. */
export function makeHosts(): Readonly<Record<GroupName, Hosts>> {
  let id = 0
  const all = Object.entries(GROUPS).map(([group, plan]) => {
    const hosts = Array.from({ length: plan.count }, (_, i) => makeHost(group, plan, i, id++))
    return [group, hosts]
  })
  return Object.fromEntries(all)
}

function makeHost(group: string, plan: Group, index: number, id: number): Host {
  const { ipv4, subnet, vlan } = NETWORKS[plan.network]
  const number = plan.first + index
  return {
    name: `${kebab(group)}-${index + 1}`,
    id,
    role: plan.role,
    mac: Uint8Array.from([0x02, 0, 0, 0, id >> 8, id]),
    ipv4: Uint8Array.from([ipv4[0], ipv4[1], ipv4[2] + (number >> 8), number]),
    ipv6: ipv6Of(subnet, number),
    vlan,
    isTagged: id % 5 === 1,
    version: id % 7 === 3 ? 6 : 4,
  }
}

function ipv6Of(subnet: number, number: number): Uint8Array {
  const bytes = Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, subnet >> 8, subnet, ...Array(10).fill(0)])
  bytes.set([number >> 8, number], 14)
  return bytes
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

function network(
  ipv4: BenchNetwork['ipv4'],
  ipv4Length: number,
  subnet: number,
  zone: Zone | null,
  role: Role | null = null,
): BenchNetwork {
  return { ipv4, ipv4Length, subnet, vlan: ipv4[2] + 100, zone, role }
}

const EPHEMERAL = { first: 32768, count: 28232 }
const MEDIA = { first: 16384, count: 8192 }

/**
 * Client ports, handed out so that no host ever uses one twice: every conversation is a flow of its
 * own.
 */
export class Ports {
  private readonly ephemeralUsed = new Map<number, number>()
  private readonly mediaUsed = new Map<number, number>()

  ephemeral(host: Host): number {
    return EPHEMERAL.first + take(this.ephemeralUsed, host.id, EPHEMERAL.count)
  }

  /** An even port of the RTP range (RFC 3550, 11). */
  media(host: Host): number {
    return MEDIA.first + 2 * take(this.mediaUsed, host.id, MEDIA.count)
  }
}

function take(used: Map<number, number>, id: number, limit: number): number {
  const count = used.get(id) ?? 0
  assert(count < limit, 'a host has client ports left: the scale is within its maximum')
  used.set(id, count + 1)
  return count
}
