// How far a flow concerns MeetingPlace, and what its placement means for what silence says.

import type { FlowRecord } from './model/flow.ts'
import type { Placement, Sensor, Site, Zone } from './model/inventory.ts'
import type { Rulebook } from './policy/rulebook.ts'

/** Whether MeetingPlace servers are at both ends of a flow, at one, or at none. */
export type Concern = 'inside' | 'outside' | 'none'

/** Whether the packets of a flow are wanted: all of them, or those from its second second on. */
export type Interest = 'none' | 'soon' | 'at_once'

export const concernOf = (one: Placement, other: Placement): Concern => {
  if (one.isMeetingPlace && other.isMeetingPlace) return 'inside'
  return one.isMeetingPlace || other.isMeetingPlace ? 'outside' : 'none'
}

/** Who is where, and who sees it: where that is the same, names of placements mean the same. */
export const placesOf = (
  { nodes, networks, publicPrefixes }: Site,
  { conditions, policy }: Rulebook,
): string =>
  JSON.stringify([nodes, networks, publicPrefixes, conditions.sensors, policy.webex.ranges])

/** Pairs whose silence may have to be explained: with MeetingPlace, or with WebEx. */
export const isOfInterest = ({ isMeetingPlace, webexRange }: Placement): boolean =>
  isMeetingPlace || webexRange !== null

/** One side only, though the other must have spoken: it was acknowledged, or it was answered. */
export function isHalfSeen({ tcp, toServer, toClient }: FlowRecord): boolean {
  if (tcp === null || (toServer.packets > 0 && toClient.packets > 0)) return false
  return tcp.acknowledges.client || tcp.acknowledges.server || tcp.synAck !== null
}

/** Zones whose segments the sensors mirror together; null where none is declared. */
export const seenBy = (sensors: readonly Sensor[]): readonly Zone[] | null =>
  sensors.length === 0 ? null : [...new Set(sensors.flatMap(({ sees }) => sees))]
