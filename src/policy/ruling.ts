// What the rows say of a client, a server and a service, before anybody looks at what happened: steps 2,
// 4, 5 and 6 of the order of decision (semantics 3.3).

import type { Placement } from '../model/inventory.ts'
import type { ExposureClass, Row } from '../model/policy.ts'
import type { EscapedReason } from '../model/verdict.ts'
import { matches } from './inventory.ts'
import { isPeer, namesPort, type Rulebook, type Service } from './rulebook.ts'
import { WEBEX_USERS } from './scope.ts'

export interface Ruling {
  /** `unexpected` is inside the exposure class, but in no source list: neither named nor forbidden. */
  readonly kind: 'allowed' | 'unexpected' | 'not_allowed'
  readonly reason: EscapedReason | null
  /** The deciding row or statement; `unlisted` where there is none. */
  readonly row: string
  /** The rows that allow it, the most specific first. */
  readonly rows: readonly Row[]
  readonly bound: 'inbound' | 'outbound' | null
}

/** The ruling on a flow of this direction. */
export function rule(
  book: Rulebook,
  client: Placement,
  server: Placement,
  service: Service,
): Ruling {
  const covering = book.covering(service)
  const towards = covering.filter(({ to }) => isPeer(to, server))
  const matching = towards.filter(({ from }) => isPeer(from, client)).sort(bySpecificity(server))
  const allowing = matching.filter(row => !isClosedByMode(row, client, server, book))
  const [best] = allowing
  if (best !== undefined) return allowed(best.id, allowing)
  const [closed] = matching
  if (closed?.mode) return notAllowed('forbidden_by_mode', forbidding(closed))
  return (
    byExposure(book, client, server, towards) ??
    byWebex(book, client, server) ??
    byNothing(client, server, covering)
  )
}

/** Whether the declared direction of 5003 of the flow's Web Server closes the row (I-06.1, I-06.2). */
function isClosedByMode(
  { mode }: Row,
  client: Placement,
  server: Placement,
  book: Rulebook,
): boolean {
  if (mode === null) return false
  const web = mode.opener === 'web' ? client : server
  const declared = book.conditions.gwsim.get(web.node?.name ?? '')
  if (declared === undefined) return false
  return (declared === 'reverse') !== (mode.opener === 'app')
}

/** The statement that closes 5003 to this opener. */
const forbidding = ({ mode }: Row): string => (mode?.opener === 'web' ? 'I-06.2' : 'I-06.1')

/** The server has rows for this port, and none lists the client: the exposure class decides. */
function byExposure(
  book: Rulebook,
  client: Placement,
  server: Placement,
  towards: readonly Row[],
): Ruling | null {
  const own = towards.filter(row => isOwnPort(row)).sort(bySpecificity(server))
  const open = own.filter(row => !row.closed && isInClass(row, client, book.policy.exposures))
  const [welcoming] = open
  if (welcoming !== undefined)
    return { kind: 'unexpected', reason: null, row: welcoming.id, rows: open, bound: null }
  const [first] = own
  return first === undefined ? null : notAllowed('over_exposed', first.id)
}

/** The tables give the port to the host; what other statements and practice permit gives it nothing. */
const isOwnPort = (row: Row): boolean =>
  (row.kind === 'incoming' || row.kind === 'outgoing') && namesPort(row)

/** Whether the client is among those to whom the row's exposure class opens it. */
function isInClass(
  row: Row,
  client: Placement,
  classes: ReadonlyMap<string, ExposureClass>,
): boolean {
  const exposure = row.exposure === null ? undefined : classes.get(row.exposure)
  return exposure?.accepts.some(selector => matches(selector, client)) ?? false
}

/** Users and proxies may meet WebEx on any port, for the document limits none. */
function byWebex(book: Rulebook, client: Placement, server: Placement): Ruling | null {
  const [cloud, host] = server.labels.has('webex') ? [server, client] : [client, server]
  if (!cloud.labels.has('webex') || host.isMeetingPlace) return null
  if (!WEBEX_USERS.some(role => host.labels.has(role))) return null
  const row = book.policy.rows.find(({ kind }) => kind === 'webex')
  return row === undefined
    ? null
    : { kind: 'unexpected', reason: null, row: row.id, rows: [row], bound: null }
}

/** No row of the server: the same port may be allowed the other way round, or nobody speaks of it. */
function byNothing(client: Placement, server: Placement, covering: readonly Row[]): Ruling {
  if (client.isMeetingPlace && server.isMeetingPlace) {
    const back = covering.find(
      row => namesPort(row) && isPeer(row.to, client) && isPeer(row.from, server),
    )
    if (back !== undefined) return notAllowed('wrong_direction', back.reversed ?? back.id)
  }
  const bound = server.isMeetingPlace ? 'inbound' : 'outbound'
  return { kind: 'not_allowed', reason: 'unlisted', row: 'unlisted', rows: [], bound }
}

/**
 * The most specific first: a row for a role the server has itself before one for a wider label,
 * the narrower port range, and an incoming row before its outgoing twin.
 */
function bySpecificity(server: Placement): (a: Row, b: Row) => number {
  const rank = (row: Row) => [
    row.to.selectors.some(({ label }) => server.node?.roles.some(role => role === label)) ? 0 : 1,
    Math.min(...row.match.map(({ ports }) => ports.last - ports.first)),
    KINDS.indexOf(row.kind),
  ]
  return (a, b) => {
    const [left, right] = [rank(a), rank(b)]
    const at = left.findIndex((value, index) => value !== right[index])
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
  }
}

const KINDS: readonly Row['kind'][] = ['incoming', 'outgoing', 'webex', 'statement', 'practice']

const allowed = (row: string, rows: readonly Row[]): Ruling => ({
  kind: 'allowed',
  reason: null,
  row,
  rows,
  bound: null,
})

const notAllowed = (reason: EscapedReason, row: string): Ruling => ({
  kind: 'not_allowed',
  reason,
  row,
  rows: [],
  bound: null,
})
