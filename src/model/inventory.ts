// The site: who is who and where. Declared by the operator, the only authority on roles and zones.

import type { Address, Prefix } from './address.ts'

/** Roles that a site file may give to a host. */
export const ROLES = [
  ...['app', 'app-vip', 'media-audio', 'media-video', 'web', 'lcs-gw', 'sametime-gw'],
  ...[
    'cucm',
    'exchange',
    'smtp',
    'dns',
    'ntp',
    'sql',
    'socks-proxy',
    'http-proxy',
    'lcs',
    'sametime',
  ],
  ...['admin', 'enduser-int', 'phone', 'router', 'sensor'],
] as const satisfies readonly string[]
export type Role = (typeof ROLES)[number]

/** The roles whose hosts are Cisco Unified MeetingPlace itself. */
export const MEETINGPLACE: readonly Role[] = [
  ...(['app', 'app-vip', 'media-audio', 'media-video'] as const),
  ...(['web', 'lcs-gw', 'sametime-gw'] as const),
]

export const ZONES = [
  'core',
  'dmz',
  'admin-net',
  'user-net',
  'internet',
  'cloud',
  'unknown-private',
] as const
export type Zone = (typeof ZONES)[number]

export type GwsimMode = 'normal' | 'reverse'

export interface Node {
  readonly name: string
  readonly roles: readonly Role[]
  readonly addresses: readonly Address[]
  /** The same host as seen from the other side of an address translation. */
  readonly nat: readonly Address[]
  /** Several for teamed interfaces. Lower case, colons. */
  readonly macs: readonly string[]
  readonly site: string
  /** Where set, wins over the zone of the network the address lies in. */
  readonly zone: Zone | null
  /** Inclusive port ranges from which this host's client ports come; null for the default. */
  readonly dynamicPorts: readonly PortRange[] | null
}

export interface Network {
  readonly prefix: Prefix
  readonly zone: Zone
  readonly role: Role | null
}

export interface Sensor {
  readonly name: string
  /** Zones whose segments the sensor mirrors. */
  readonly sees: readonly Zone[]
  /** What its times lack, in milliseconds: added as its captures are read. */
  readonly clockMs: number
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

export interface Site {
  readonly name: string
  /** The organisation's host name at WebEx: what YOURSITENAME stands for. */
  readonly webexSite: string | null
  readonly externalUsers: boolean
  readonly networks: readonly Network[]
  readonly nodes: readonly Node[]
  /** Public address space of the organisation itself; an undeclared address in it is not the Internet. */
  readonly publicPrefixes: readonly Prefix[]
  readonly modes: {
    /** By node name of the Web Server; absent = learned. */
    readonly gwsim: ReadonlyMap<string, GwsimMode>
    readonly socks: { readonly proxy: Address; readonly port: number } | null
    /** Whether the Web Servers are configured for HTTPS. */
    readonly https: boolean
  }
  readonly sensors: readonly Sensor[]
  /** `sha256:` and hex, of the file's bytes. */
  readonly hash: string
}

/** Where an address stands, and how we know. */
export interface Placement {
  readonly address: Address
  /** By what findings call it: a declared node's name, else its group. A closed set. */
  readonly name: string
  /** Role and zone, `web@dmz`. */
  readonly group: string
  readonly node: Node | null
  /** Declared roles and what they imply: `web` in zone `dmz` is `web-dmz` too (see policy/inventory.ts). */
  readonly labels: ReadonlySet<string>
  /** The label by which people call it: the first declared role, else external, webex, unknown. */
  readonly role: string
  readonly zone: Zone
  readonly basis: 'node' | 'nat' | 'network' | 'webex_range' | 'public' | 'private'
  readonly isMeetingPlace: boolean
  /** A user or a proxy, whose traffic with WebEx is the document's concern. */
  readonly isWebexUser: boolean
  /** The address stands for a whole link, or never leaves it. */
  readonly isLinkScope: boolean
  /** Id of the WebEx range (W-08 to W-16) that holds the address. */
  readonly webexRange: string | null
}
