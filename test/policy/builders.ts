// Sites, placements and flow records for tests of single files, from short sentences.

import { type Address, parseAddress, parsePrefix } from '../../src/model/address.ts'
import { UNKNOWN_APP } from '../../src/model/app.ts'
import type { FlowRecord, Segment, TcpFacts } from '../../src/model/flow.ts'
import type { Network, Node, Placement, Role, Site, Zone } from '../../src/model/inventory.ts'
import type { WebexRange } from '../../src/model/policy.ts'
import { Inventory } from '../../src/policy/inventory.ts'

export function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

export function prefixOf(text: string) {
  const prefix = parsePrefix(text)
  if (prefix === undefined) throw new Error(`${text} is no prefix`)
  return prefix
}

/** `10.10.50.0/24 admin-net admin`: prefix, zone, and a role where its hosts have one. */
export function network(text: string): Network {
  const [prefix = '', zone = '', role = null] = text.split(' ')
  return { prefix: prefixOf(prefix), zone: zone as Zone, role: role as Role | null }
}

/** `app-a app,media-audio 10.10.20.11,10.10.20.12`: name, roles, addresses. */
export function node(text: string, more: Partial<Node> = {}): Node {
  const [name = '', roles = '', addresses = ''] = text.split(' ')
  return {
    ...{ name, site: 'hq', nat: [], macs: [], zone: null, dynamicPorts: null },
    roles: roles.split(',').filter((role): role is Role => role !== ''),
    addresses: addresses.split(',').map(addressOf),
    ...more,
  }
}

export function site(more: Partial<Site> = {}): Site {
  return {
    ...{ name: 'hq', webexSite: null, externalUsers: true, hash: 'sha256:00' },
    ...{ networks: [], nodes: [], publicPrefixes: [], sensors: [] },
    modes: { gwsim: new Map(), socks: null, https: true },
    ...more,
  }
}

export const webexRange = (id: string, prefix: string): WebexRange => {
  return { id, prefix: prefixOf(prefix), first: '', last: '' }
}

const ZONES: Readonly<Record<string, string>> = {
  ...{ core: '10.1.0.0/16', dmz: '10.2.0.0/16', 'admin-net': '10.3.0.0/16' },
  ...{ 'user-net': '10.4.0.0/16' },
}

/**
 * A host of these roles in the zone: `web@dmz`, `media-audio,media-video@core`. Without a role it
 * is a stranger there; `external` and `webex` are what they always are.
 */
export function host(text: string, name = text): Placement {
  const [roles = '', zone = 'core'] = text.split('@')
  const networks = Object.entries(ZONES).map(([key, prefix]) => network(`${prefix} ${key}`))
  const strangers: Readonly<Record<string, string>> = {
    external: '203.0.113.9',
    webex: '64.68.96.7',
  }
  const home = ZONES[zone]?.replace('0.0/16', '0.9') ?? '172.16.0.9'
  const stranger = strangers[roles] ?? (roles === 'unknown' ? home : undefined)
  const nodes = stranger === undefined ? [node(`${name} ${roles} ${home}`)] : []
  const inventory = new Inventory(site({ networks, nodes }), [webexRange('W-08', '64.68.96.0/19')])
  return inventory.place(addressOf(stranger ?? home))
}

export const segment = (timeMs: number, ttl = 64): Segment => {
  return { timeNs: timeMs * 1e6, ttl, window: 8192, ipId: 1 }
}

const NEITHER = { client: false, server: false }

/** A SYN at 0 and nothing else, unless told. */
export function tcp(more: Partial<TcpFacts> = {}): TcpFacts {
  return {
    ...{ state: 'new', synCount: 1, syn: segment(0), lastSynNs: 0, synAck: null, rst: null },
    ...{ fin: NEITHER, acknowledges: NEITHER },
    ...more,
  }
}

const PROTOCOLS = { tcp: 6, udp: 17, icmp: 1, icmp6: 58, other: 47 } as const

/** `10.1.0.9:50000 -> 10.2.0.9:22 tcp`, one packet from the client, unless told. */
export function flow(text: string, more: Partial<FlowRecord> = {}): FlowRecord {
  const [client = '', , server = '', transport = 'tcp'] = text.split(' ')
  const kind = transport as FlowRecord['transport']
  return {
    ...{ transport: kind, protocol: PROTOCOLS[kind], client: endpoint(client) },
    ...{ server: endpoint(server), basis: 'syn', end: 'closed', resumed: false },
    ...{ toServer: { packets: 1, bytes: 60 }, toClient: { packets: 0, bytes: 0 }, data: NEITHER },
    ...{ firstNs: 0, lastNs: 0, first: { file: 0, frame: 1, offset: 24 }, vlan: null },
    sensors: { client: 0, server: 0 },
    tcp: kind === 'tcp' ? tcp() : null,
    icmpError: null,
    app: UNKNOWN_APP,
    ...more,
  }
}

/** The port stands after the last colon, so that IPv6 needs no brackets. */
function endpoint(text: string) {
  const at = text.lastIndexOf(':')
  return { address: addressOf(text.slice(0, at)), port: Number(text.slice(at + 1)) }
}
