// Where what hosts do and what the site file says of them do not agree.

import { MEETINGPLACE, type Node, type Role, type Site } from '../../model/inventory.ts'
import { byText } from '../../model/text.ts'
import type { Judged, Suggestion } from './score.ts'

/** From this score on a role is likely. */
export const LIKELY_MIN = 0.5

export interface Conflict {
  readonly kind: 'other_role' | 'shared_address' | 'undeclared' | 'never_seen'
  /** A node's name, or an address. */
  readonly host: string
  readonly message: string
}

/** Sorted by host; what is declared and not seen comes last. */
export function conflicts(hosts: readonly Judged[], site: Site): readonly Conflict[] {
  const nodes = new Map(site.nodes.map(node => [node.name, node] as const))
  const behaving = hosts
    .flatMap(one => conflictOf(one, one.host.isDeclared ? nodes.get(one.host.name) : undefined))
    .toSorted((one, other) => byText(one.host, other.host))
  const seen = new Set(hosts.map(({ host }) => host.name))
  return [...behaving, ...site.nodes.filter(({ name }) => !seen.has(name)).map(neverSeen)]
}

function conflictOf({ host, suggestions }: Judged, node: Node | undefined): Conflict[] {
  const [best] = suggestions
  if (best === undefined || best.score < LIKELY_MIN) return []
  if (node?.roles.includes(best.role)) return []
  if (best.role === 'app-vip') return [shared(host.name, node)]
  if (node === undefined)
    return MEETINGPLACE.includes(best.role) ? [undeclared(host.name, best)] : []
  if (bestDeclared(node, suggestions) >= best.score / 2) return []
  return [
    {
      ...{ kind: 'other_role', host: host.name },
      message: `declared ${node.roles.join(', ')}, behaves as ${best.role} (${scoreText(best)})`,
    },
  ]
}

/** An Application Server does for a shared address what it does for its own. */
function bestDeclared({ roles }: Node, suggestions: readonly Suggestion[]): number {
  const meant: readonly Role[] = roles.includes('app-vip') ? [...roles, 'app'] : roles
  return Math.max(
    0,
    ...suggestions.filter(({ role }) => meant.includes(role)).map(one => one.score),
  )
}

const shared = (host: string, node: Node | undefined): Conflict => ({
  ...{ kind: 'shared_address', host },
  message:
    `${node === undefined ? 'not declared' : `declared ${node.roles.join(', ')}`}, answers as an Application ` +
    'Server and opens no connection: perhaps the address that they share (app-vip)',
})

const undeclared = (host: string, best: Suggestion): Conflict => ({
  ...{ kind: 'undeclared', host },
  message: `not declared, behaves as ${best.role} (${scoreText(best)})`,
})

const neverSeen = ({ name, roles }: Node): Conflict => ({
  ...{ kind: 'never_seen', host: name },
  message: `declared ${roles.join(', ')}, in no TCP or UDP flow of these captures`,
})

export const scoreText = ({ score }: Suggestion): string => score.toFixed(2)
