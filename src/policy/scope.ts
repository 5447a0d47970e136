// Which flows are judged at all (semantics 3.3, Scope): those with a MeetingPlace role at one end,
// and those between WebEx and a declared user, proxy or MeetingPlace host. Link-scope housekeeping
// is only counted: the document speaks of firewalls, and such packets cross none.

import { type Address, contains, isLinkLocal, isMulticast, parsePrefix } from '../model/address.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'

/** Roles that the WebEx section speaks of besides MeetingPlace itself. */
const WEBEX_USERS: readonly string[] = ['admin', 'enduser-int', 'http-proxy', 'socks-proxy']

interface Broadcasts {
  isBroadcast(address: Address): boolean
}

/** Why the flow is not judged, or null where it is. */
export function outOfScope(
  flow: FlowRecord,
  client: Placement,
  server: Placement,
  inventory: Broadcasts,
): string | null {
  const isSites = client.isMeetingPlace || server.isMeetingPlace || isWebex(client, server)
  if (!isSites) return 'other_traffic'
  const kind = housekeeping(flow, inventory)
  return kind === null ? null : `link_scope:${kind}`
}

/**
 * Whether the host is a user or a proxy, so that its traffic with WebEx is the document's concern.
 */
export const isWebexUser = ({ labels }: Placement): boolean =>
  WEBEX_USERS.some(role => labels.has(role))

function isWebex(client: Placement, server: Placement): boolean {
  if (server.labels.has('webex')) return isWebexUser(client)
  return client.labels.has('webex') && isWebexUser(server)
}

const IGMP = 2

/**
 * ICMPv6 messages that no router forwards: listeners (RFC 2710, 3810) and neighbours (RFC 4861).
 */
const LINK_ICMP6: ReadonlyMap<number, string> = new Map([
  ...[130, 131, 132, 143].map(type => [type, 'mld'] as const),
  ...[133, 134, 135, 136, 137].map(type => [type, 'nd'] as const),
])

/** Services that speak to a whole link, by UDP port. */
const LINK_SERVICES: ReadonlyMap<number, string> = new Map([
  [67, 'dhcp'],
  [68, 'dhcp'],
  [137, 'netbios'],
  [138, 'netbios'],
  [546, 'dhcp'],
  [547, 'dhcp'],
  [1900, 'ssdp'],
  [5353, 'mdns'],
  [5355, 'llmnr'],
])

/** Groups of one link, and those of SSDP, which has wider ones too. */
const LOCAL_GROUPS = [
  ...['224.0.0.0/24', '239.255.255.250/32'],
  ...['ff01::/16', 'ff02::/16', 'ff05::c/128'],
].flatMap(text => parsePrefix(text) ?? [])

/**
 * The kind of link housekeeping, null for a flow between hosts. A port alone makes no housekeeping:
 * from port 68, anybody could reach anything unseen.
 */
function housekeeping(flow: FlowRecord, inventory: Broadcasts): string | null {
  const { client, server } = flow
  if (flow.protocol === IGMP) return 'igmp'
  const message = flow.transport === 'icmp6' ? LINK_ICMP6.get(client.port) : undefined
  if (message !== undefined) return message
  const isLocal = [client, server].some(
    ({ address }) => isLinkScope(address) || inventory.isBroadcast(address),
  )
  return isLocal ? (linkService(flow) ?? 'other') : null
}

function linkService({ transport, client, server }: FlowRecord): string | undefined {
  if (transport !== 'udp') return undefined
  return LINK_SERVICES.get(server.port) ?? LINK_SERVICES.get(client.port)
}

function isLinkScope(address: Address): boolean {
  if (address.text === '255.255.255.255' || isLinkLocal(address)) return true
  return isMulticast(address) && LOCAL_GROUPS.some(prefix => contains(prefix, address))
}
