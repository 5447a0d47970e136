// Which roles a row speaks of, and how many rows speak of a role.

import { MEETINGPLACE, ROLES, type Role } from '../../model/inventory.ts'
import type { Peers, Row } from '../../model/policy.ts'
import type { Act } from './behaviour.ts'

/** The address that Application Servers share is told by what it does not do, see score.ts. */
const SHARED: Role = 'app-vip'

/** The roles that the side of a row means; `external` and `webex` are nobody's role. */
export function rolesOf({ selectors }: Peers): ReadonlySet<Role> {
  return new Set(selectors.flatMap(({ label }) => rolesNamed(label)))
}

function rolesNamed(label: string): readonly Role[] {
  if (label === 'meetingplace') return MEETINGPLACE.filter(role => role !== SHARED)
  if (label === 'media') return ['media-audio', 'media-video']
  if (label === 'web-dmz' || label === 'web-int') return ['web']
  return ROLES.filter(role => role === label)
}

/** The side of the row on which the host stands that acts like this, and the other one. */
export const sidesOf = ({ side }: Act, { from, to }: Row): readonly [own: Peers, other: Peers] =>
  side === 'answers' ? [to, from] : [from, to]

/** How many rows name each role, either side counted. */
export function rowsByRole(rows: readonly Row[]): ReadonlyMap<Role, number> {
  const counts = new Map<Role, number>()
  for (const role of rows.flatMap(({ from, to }) => [...rolesOf(from), ...rolesOf(to)]))
    counts.set(role, (counts.get(role) ?? 0) + 1)
  return counts
}
