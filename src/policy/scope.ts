// Which flows are judged at all (semantics 3.3, Scope): those with a MeetingPlace role at one end, and those
// between WebEx and a declared user, proxy or MeetingPlace host. Link-scope housekeeping is only counted:
// the document speaks of firewalls, and such packets cross none.

import { type Address, contains, isLinkLocal, isMulticast, parsePrefix } from '../model/address.ts'
import type { Endpoint, FlowRecord } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'

/** Roles that the WebEx section speaks of besides MeetingPlace itself. */
export const WEBEX_USERS: readonly string[] = ['admin', 'enduser-int', 'http-proxy', 'socks-proxy']

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

function isWebex(client: Placement, server: Placement): boolean {
  const isUser = ({ labels }: Placement) => WEBEX_USERS.some(role => labels.has(role))
  if (server.labels.has('webex')) return isUser(client)
  return client.labels.has('webex') && isUser(server)
}

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

const LOCAL_GROUPS = ['224.0.0.0/24', '239.255.255.250/32', 'ff01::/16', 'ff02::/16'].flatMap(
  text => parsePrefix(text) ?? [],
)

/** The kind of link housekeeping, null for a flow between hosts. A renewed DHCP lease is unicast. */
function housekeeping(flow: FlowRecord, inventory: Broadcasts): string | null {
  const { client, server } = flow
  const isLocal = [client, server].some(
    ({ address }) => isLinkScope(address) || inventory.isBroadcast(address),
  )
  const service = flow.transport === 'udp' ? linkService(client, server) : undefined
  if (isLocal) return service ?? 'other'
  return service === 'dhcp' ? service : null
}

const linkService = (client: Endpoint, server: Endpoint): string | undefined =>
  LINK_SERVICES.get(server.port) ?? LINK_SERVICES.get(client.port)

function isLinkScope(address: Address): boolean {
  if (address.text === '255.255.255.255' || isLinkLocal(address)) return true
  return isMulticast(address) && LOCAL_GROUPS.some(prefix => contains(prefix, address))
}
