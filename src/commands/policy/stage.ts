// The site on which a policy's tests play. Everybody is there: each role has two hosts in each zone, so
// that a label finds a host to stand for it, and both ends of a flow can have the same label.

import { lastOf } from '../../config/readers.ts'
import { quoted, type Reading } from '../../config/reading.ts'
import { type Address, ipv4 } from '../../model/address.ts'
import type { GwsimMode, Network, Node, Role, Site, Zone } from '../../model/inventory.ts'
import { ROLES } from '../../model/inventory.ts'
import type { Selector, WebexRange } from '../../model/policy.ts'
import { Inventory, matches } from '../../policy/inventory.ts'

/** The client sits on seat 1, the server on seat 2. */
export type Seat = 1 | 2

const ZONES: readonly Zone[] = ['core', 'dmz', 'admin-net', 'user-net']

/** Where a label is at home that does not say so itself; all others are at home in the core. */
const HOMES: ReadonlyMap<string, Zone> = new Map([
  ['web-dmz', 'dmz'],
  ['admin', 'admin-net'],
  ['enduser-int', 'user-net'],
  ['phone', 'user-net'],
])

/** Who stands for a label that is no role. */
const STAND_INS: ReadonlyMap<string, Role> = new Map([
  ['media', 'media-audio'],
  ['web-dmz', 'web'],
  ['web-int', 'web'],
  ['meetingplace', 'app'],
])

/** The site, with the given side opening 5003 for every Web Server; null where nobody said. */
export function stageOf(mode: GwsimMode | null): Site {
  const nodes = ZONES.flatMap(zone =>
    ROLES.flatMap(role => [node(role, zone, 1), node(role, zone, 2)]),
  )
  const webs = nodes.filter(({ roles }) => roles.includes('web'))
  return {
    name: 'stage',
    webexSite: 'stage.webex.com',
    externalUsers: true,
    networks: ZONES.map(network),
    nodes,
    publicPrefixes: [],
    modes: {
      gwsim: new Map(mode === null ? [] : webs.map(({ name }) => [name, mode])),
      ...{ socks: null, https: true },
    },
    sensors: [],
    hash: '',
  }
}

/** The host of the stage that the selector means, or why there can be none. */
export function hostOf(
  selector: Selector,
  seat: Seat,
  stage: Site,
  ranges: readonly WebexRange[],
): Reading<Address> {
  const address = addressOf(selector, seat, ranges)
  const isThere = matches(selector, new Inventory(stage, ranges).place(address))
  return isThere ? { value: address } : { wrong: `no host can be ${quoted(selector.text)}` }
}

function addressOf({ label, zone }: Selector, seat: Seat, ranges: readonly WebexRange[]): Address {
  const home = zone === null ? (HOMES.get(label) ?? 'core') : ZONES.find(known => known === zone)
  const role = STAND_INS.get(label) ?? ROLES.find(known => known === label)
  if (role !== undefined) return seatOf(role, home, seat)
  if (label === 'unknown') return ipv4(zone === null ? UNDECLARED + seat : networkOf(home) + seat)
  const [range] = ranges
  if (label === 'webex' && range !== undefined)
    return seat === 1 ? range.prefix.address : lastOf(range.prefix)
  return ipv4(INTERNET + seat)
}

/** 203.0.113.0, which is reserved for examples (RFC 5737) and public. */
const INTERNET = 0xcb_00_71_00
/** 172.31.0.0: private, and in no network of the stage. */
const UNDECLARED = 0xac_1f_00_00

const NETWORK = 10 << 24
const ZONE_BITS = 16
const ROLE_BITS = 8

/** 10.1.0.0/16 for the first zone. The zones of others have none, and get 10.0.0.0, where nobody is. */
const networkOf = (zone: Zone | undefined): number =>
  zone === undefined ? NETWORK : NETWORK | ((ZONES.indexOf(zone) + 1) << ZONE_BITS)

/** Roles begin at .1 in the third part; in .0 are the hosts that nobody declared. */
const seatOf = (role: Role, zone: Zone | undefined, seat: Seat): Address =>
  ipv4(networkOf(zone) | ((ROLES.indexOf(role) + 1) << ROLE_BITS) | seat)

const network = (zone: Zone): Network => ({
  prefix: { address: ipv4(networkOf(zone)), length: 16, text: `${ipv4(networkOf(zone)).text}/16` },
  zone,
  role: null,
})

const node = (role: Role, zone: Zone, seat: Seat): Node => ({
  name: `${role}-${zone}-${seat}`,
  roles: [role],
  addresses: [seatOf(role, zone, seat)],
  ...{ nat: [], macs: [], site: 'stage', zone: null, dynamicPorts: null },
})
