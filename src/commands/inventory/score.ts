// From what hosts do to which role each of them may have.

import { isPublic } from '../../model/address.ts'
import type { Role } from '../../model/inventory.ts'
import type { Peers, Row } from '../../model/policy.ts'
import { byText } from '../../model/text.ts'
import type { Act, Behaviour, Sure } from './behaviour.ts'
import { rolesOf, rowsByRole, sidesOf } from './roles.ts'

/** No single act settles a role. */
const ACT_MAX = 0.9
const SURE: Readonly<Record<Sure, number>> = { signature: 1, opaque: 0.6, port: 0.3 }
/** What a host answers says more than what it uses, since anybody may use a service. */
const SIDE: Readonly<Record<Act['side'], number>> = { answers: 1, uses: 0.5 }
/** Who the client is was guessed. */
const UNDIRECTED = 0.5
/** How well a peer of whom nothing is known fits any row. */
const STRANGER = 0.5
const ROUNDS = 3
/** Below this an act is no evidence worth telling. */
const WEIGHT_MIN = 0.02

export interface Evidence {
  readonly act: Act
  /** Rows of the act that speak of the role. */
  readonly rows: readonly Row[]
  readonly weight: number
}

export interface Suggestion {
  readonly role: Role
  /** 0 to 1. */
  readonly score: number
  /** The weightiest first. */
  readonly evidence: readonly Evidence[]
  /** Share of the role's rows that were seen: it settles equal scores. */
  readonly coverage: number
}

export interface Judged {
  readonly host: Behaviour
  /** The likeliest first. */
  readonly suggestions: readonly Suggestion[]
}

type Beliefs = ReadonlyMap<string, ReadonlyMap<Role, number>>

/**
 * The roles that each host may have, by its acts. An act (services of the same rows, answered or used) weighs
 *
 *     weight = 0.9 x sure x side x directed x fit / max(1, sum of the fits of all roles that its rows name)
 *
 * - `sure`: 1 where the protocol was recognised as the row expects, 0.6 for a vendor protocol that nothing
 *   contradicts, 0.3 for the port alone
 * - `side`: 1 for what is answered, 0.5 for what is used
 * - `directed`: 0.5 where nothing but who spoke first tells the client
 * - `fit` of a role: how well a peer fits the other end of the best of the rows, 0 to 1. It is the score of
 *   the peer in a role that the row names there by the peer's best score, 1 for the Internet where the row
 *   names `external`, 0.5 for a peer without any score
 *
 * and the score of a role is 1 - product of (1 - weight) over its acts: evidence adds up and never reaches 1.
 * Peers have their scores from the round before; in the first of three every fit is 1. Of equal scores the
 * role comes first of whose rows a larger share was seen.
 *
 * A host that answers as an Application Server and opens nothing itself, beside one that does, may be the
 * address that they share: it gets app-vip with that score, and half of it for app.
 */
export function judged(hosts: ReadonlyMap<string, Behaviour>, rows: readonly Row[]): Judged[] {
  const totals = rowsByRole(rows)
  let beliefs: Beliefs | null = null
  let all: Judged[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const known = beliefs
    all = [...hosts.values()].map(host => ({
      host,
      suggestions: suggestionsOf(host, totals, known),
    }))
    beliefs = new Map(all.map(({ host, suggestions }) => [host.name, beliefIn(suggestions)]))
  }
  const isShareable = all.some(one => isApp(one) && one.host.isClient)
  return all.map(one => (isShareable && isApp(one) && !one.host.isClient ? withShared(one) : one))
}

/** Scores by the best of them, so that every host with any evidence has a role that it fits. */
function beliefIn(suggestions: readonly Suggestion[]): ReadonlyMap<Role, number> {
  const best = suggestions[0]?.score ?? 1
  return new Map(suggestions.map(({ role, score }) => [role, score / best]))
}

function suggestionsOf(
  host: Behaviour,
  totals: ReadonlyMap<Role, number>,
  beliefs: Beliefs | null,
): Suggestion[] {
  const evidence = new Map<Role, Evidence[]>()
  for (const act of host.acts.values())
    for (const [role, one] of weighed(act, beliefs))
      if (one.weight >= WEIGHT_MIN) evidence.set(role, [...(evidence.get(role) ?? []), one])
  return [...evidence]
    .map(([role, list]) => suggestionOf(role, list, totals.get(role) ?? 1))
    .sort(likeliestFirst)
}

function suggestionOf(role: Role, list: readonly Evidence[], rowsOfRole: number): Suggestion {
  const doubt = list.reduce((product, { weight }) => product * (1 - weight), 1)
  const seen = new Set(list.flatMap(({ act, rows }) => rows.map(({ id }) => `${act.side} ${id}`)))
  return {
    role,
    score: 1 - doubt,
    evidence: list.toSorted((one, other) => other.weight - one.weight),
    coverage: seen.size / rowsOfRole,
  }
}

/** Scores that differ by less are equal. */
const EQUAL = 1e-9

const likeliestFirst = (one: Suggestion, other: Suggestion): number =>
  (Math.abs(other.score - one.score) > EQUAL ? other.score - one.score : 0) ||
  other.coverage - one.coverage ||
  byText(one.role, other.role)

/** What the act says of each role that its rows name. */
function weighed(act: Act, beliefs: Beliefs | null): ReadonlyMap<Role, Evidence> {
  const fits = new Map<Role, { fit: number; rows: Row[] }>()
  for (const row of act.rows) {
    const [own, other] = sidesOf(act, row)
    const fit = beliefs === null ? 1 : fitOf(other, act, beliefs)
    for (const role of rolesOf(own)) {
      const known = fits.get(role) ?? { fit: 0, rows: [] }
      known.fit = Math.max(known.fit, fit)
      known.rows.push(row)
      fits.set(role, known)
    }
  }
  const sum = [...fits.values()].reduce((total, { fit }) => total + fit, 0)
  const strength = ACT_MAX * SURE[act.sure] * SIDE[act.side] * (act.isDirected ? 1 : UNDIRECTED)
  return new Map(
    [...fits].map(([role, { fit, rows }]) => [
      role,
      { act, rows, weight: (strength * fit) / Math.max(1, sum) },
    ]),
  )
}

/** How well the best of the act's peers fits this end of a row. */
function fitOf(peers: Peers, act: Act, beliefs: Beliefs): number {
  const roles = rolesOf(peers)
  const isForAll = peers.selectors.some(({ label }) => label === 'external')
  let best = 0
  for (const [name, address] of act.peers) {
    const belief = beliefs.get(name)
    if (isForAll && isPublic(address)) best = 1
    else if (belief === undefined || belief.size === 0) best = Math.max(best, STRANGER)
    else for (const role of roles) best = Math.max(best, belief.get(role) ?? 0)
  }
  return best
}

const isApp = ({ suggestions: [best] }: Judged): boolean => best?.role === 'app'

function withShared(one: Judged): Judged {
  const { host, suggestions } = one
  const [best, ...others] = suggestions
  if (best === undefined) return one
  const asApp = { ...best, score: best.score / 2 }
  const shared: Suggestion = { ...best, role: 'app-vip' }
  return { host, suggestions: [shared, ...[asApp, ...others].sort(likeliestFirst)] }
}
