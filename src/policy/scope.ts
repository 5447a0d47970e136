// Which flows are judged at all (semantics 3.3, Scope): those with a MeetingPlace role at one end,
// and those between WebEx and a declared user, proxy or MeetingPlace host, by address or by name.
// Link-scope housekeeping is only counted: the document speaks of firewalls, and such packets cross none.

import type { FlowRecord } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'

/** Why the flow is not judged, or null where it is; `hasErrand` as of errand.ts: it names WebEx. */
export function outOfScope(
  flow: FlowRecord,
  client: Placement,
  server: Placement,
  hasErrand: boolean,
): string | null {
  const isSites =
    hasErrand || client.isMeetingPlace || server.isMeetingPlace || isWebex(client, server)
  if (!isSites) return 'other_traffic'
  const kind = housekeeping(flow, client, server)
  return kind === null ? null : `link_scope:${kind}`
}

function isWebex(client: Placement, server: Placement): boolean {
  if (server.webexRange !== null) return client.isWebexUser
  return client.webexRange !== null && server.isWebexUser
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

/**
 * The kind of link housekeeping, null for a flow between hosts. A port alone makes no housekeeping:
 * from port 68, anybody could reach anything unseen.
 */
function housekeeping(flow: FlowRecord, client: Placement, server: Placement): string | null {
  if (flow.protocol === IGMP) return 'igmp'
  const message = flow.transport === 'icmp6' ? LINK_ICMP6.get(flow.client.port) : undefined
  if (message !== undefined) return message
  return client.isLinkScope || server.isLinkScope ? (linkService(flow) ?? 'other') : null
}

function linkService({ transport, client, server }: FlowRecord): string | undefined {
  if (transport !== 'udp') return undefined
  return LINK_SERVICES.get(server.port) ?? LINK_SERVICES.get(client.port)
}
