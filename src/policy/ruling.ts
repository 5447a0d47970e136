// What the rows say of a client, a server and a service, before anybody looks at what happened:
// steps 2, 4, 5 and 6 of the order of decision (semantics 3.3).

import type { GwsimMode, Placement } from '../model/inventory.ts'
import type { ExposureClass, Row } from '../model/policy.ts'
import type { EscapedReason } from '../model/verdict.ts'
import { matches } from './inventory.ts'
import { isPeer, namesPort, type Rulebook, type Service } from './rulebook.ts'

export interface Ruling {
  /**
   * `unexpected` is inside the exposure class, but in no source list: neither named nor forbidden.
   */
  readonly kind: 'allowed' | 'unexpected' | 'not_allowed'
  readonly reason: EscapedReason | null
  /** The deciding row or statement; `unlisted` where there is none. */
  readonly row: string
  /** The rows that allow it, the most specific first. */
  readonly rows: readonly Row[]
  readonly bound: 'inbound' | 'outbound' | null
}

/** The ruling on a flow of this direction; `learned` is the mode of its Web Server where none is declared. */
export function rule(
  book: Rulebook,
  client: Placement,
  server: Placement,
  service: Service,
  learned: GwsimMode | null = null,
): Ruling {
  const covering = book.covering(service)
  const towards = covering.filter(({ to }) => isPeer(to, server)).sort(bySpecificity(server))
  return (
    byList(book, client, server, towards, learned) ??
    byExposure(book, client, towards) ??
    byWebex(book, client, server) ??
    byNothing(client, server, covering)
  )
}

/** A row lists both ends. It may be that the mode in use closes it all the same. */
function byList(
  { policy, conditions }: Rulebook,
  client: Placement,
  server: Placement,
  towards: readonly Row[],
  learned: GwsimMode | null,
): Ruling | null {
  const listing = towards.filter(row => isListed(row, client, policy.exposures))
  const open = listing.filter(row => !isClosedByMode(row, client, server, conditions, learned))
  const [best] = open
  if (best !== undefined) return passing('allowed', best.id, open)
  const [closed] = listing
  if (closed === undefined) return null
  return notAllowed('forbidden_by_mode', closed.mode?.opener === 'web' ? 'I-06.2' : 'I-06.1')
}

/** The rows in force whose lists name both ends, on whatever port: what the first may open to the second. */
export function rowsBetween(
  { policy, rows, conditions }: Rulebook,
  client: Placement,
  server: Placement,
): readonly Row[] {
  return rows.filter(
    row =>
      isPeer(row.to, server) &&
      isListed(row, client, policy.exposures) &&
      !isClosedByMode(row, client, server, conditions, null),
  )
}

/**
 * Whether the row's source list names the client. A list that we only inferred cannot let a
 * MeetingPlace server in where the exposure class keeps it out: X0 holds in the core alone (T-04).
 */
export function isListed(row: Row, client: Placement, classes: Classes): boolean {
  if (!isPeer(row.from, client)) return false
  const isOurReading = row.exposure !== null && row.from.basis === 'inferred'
  return !isOurReading || !client.isMeetingPlace || isInClass(row, client, classes)
}

/**
 * Whether the direction of 5003 of the flow's Web Server closes the row (I-06.1, I-06.2). What the site
 * declares beats what a capture has shown.
 */
function isClosedByMode(
  row: Row,
  client: Placement,
  server: Placement,
  conditions: Rulebook['conditions'],
  learned: GwsimMode | null,
): boolean {
  return isClosedAt(row, row.mode?.opener === 'web' ? client : server, conditions, learned)
}

/** Whether the direction of 5003 of this Web Server, declared or else learned, closes the row. */
export function isClosedAt(
  { mode }: Row,
  web: Placement,
  { gwsim }: Rulebook['conditions'],
  learned: GwsimMode | null = null,
): boolean {
  if (mode === null) return false
  const direction = gwsim.get(web.node?.name ?? '') ?? learned
  return direction !== null && (direction === 'reverse') !== (mode.opener === 'app')
}

/** The server has rows for this port, and none lists the client: the exposure class decides. */
function byExposure(
  { policy }: Rulebook,
  client: Placement,
  towards: readonly Row[],
): Ruling | null {
  const own = towards.filter(row => isOwnPort(row))
  const open = own.filter(row => !row.closed && isInClass(row, client, policy.exposures))
  const [welcoming] = open
  if (welcoming !== undefined) return passing('unexpected', welcoming.id, open)
  const [first] = own
  return first === undefined ? null : notAllowed('over_exposed', first.id)
}

/**
 * The tables give the port to the host; what other statements and practice permit gives it nothing.
 */
const isOwnPort = (row: Row): boolean =>
  (row.kind === 'incoming' || row.kind === 'outgoing') && namesPort(row)

type Classes = ReadonlyMap<string, ExposureClass>

/** Whether the client is among those to whom the row's exposure class opens it. */
function isInClass({ exposure }: Row, client: Placement, classes: Classes): boolean {
  const accepts = exposure === null ? undefined : classes.get(exposure)?.accepts
  return accepts?.some(selector => matches(selector, client)) ?? false
}

/**
 * Users and proxies may meet WebEx on any port, for the document limits none; but not in the core
 * (A-06).
 */
function byWebex({ policy }: Rulebook, client: Placement, server: Placement): Ruling | null {
  const isOutward = server.labels.has('webex')
  if (!isOutward && !client.labels.has('webex')) return null
  if (!isOutward && server.zone === 'core') return null
  const host = isOutward ? client : server
  if (host.isMeetingPlace || !host.isWebexUser) return null
  const row = policy.rows.find(({ kind }) => kind === 'webex')
  return row === undefined ? null : passing('unexpected', row.id, [row])
}

/**
 * No row of the server: the same port may be allowed the other way round, or nobody speaks of it.
 */
function byNothing(client: Placement, server: Placement, covering: readonly Row[]): Ruling {
  if (client.isMeetingPlace && server.isMeetingPlace) {
    const back = covering.find(
      row => namesPort(row) && isPeer(row.to, client) && isPeer(row.from, server),
    )
    if (back !== undefined) return notAllowed('wrong_direction', back.reversed ?? back.id)
  }
  return unlisted(server.isMeetingPlace ? 'inbound' : 'outbound')
}

/**
 * The most specific first: a row for a role the server has itself before one for a wider
 * label, the narrower port range, and an incoming row before its outgoing twin.
 */
function bySpecificity({ node, role }: Placement): (one: Row, other: Row) => number {
  const roles: readonly string[] = node?.roles ?? [role]
  const isOwnRole = ({ to }: Row) => to.selectors.some(({ label }) => roles.includes(label))
  const width = ({ match }: Row) => Math.min(...match.map(({ ports }) => ports.last - ports.first))
  return (one, other) =>
    Number(isOwnRole(other)) - Number(isOwnRole(one)) ||
    width(one) - width(other) ||
    KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind)
}

const KINDS: readonly Row['kind'][] = ['incoming', 'outgoing', 'webex', 'statement', 'practice']

const passing = (kind: 'allowed' | 'unexpected', row: string, rows: readonly Row[]): Ruling => ({
  ...{ kind, row, rows },
  ...{ reason: null, bound: null },
})

const notAllowed = (reason: EscapedReason, row: string): Ruling => ({
  ...{ kind: 'not_allowed', reason, row },
  ...{ rows: [], bound: null },
})

/** Nobody speaks of it; `bound` says whether it came to MeetingPlace or left it. */
export const unlisted = (bound: 'inbound' | 'outbound'): Ruling => ({
  ...notAllowed('unlisted', 'unlisted'),
  bound,
})
