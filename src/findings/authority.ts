// On whose word a finding rests: the row or statement with its place in the document, and what it
// allows. A flow that no row lists cites the table in which its row would stand.

import type { Cite, Policy, Row, Statement } from '../model/policy.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { type Hit, isInbound, UNLISTED } from './hit.ts'
import { matchText } from './ports.ts'
import { isGovernedByMode } from './scene.ts'

export interface Authority {
  /** The row or statement that is cited; `unlisted` where a whole table is. */
  readonly row: string
  readonly cite: Cite
  readonly says: string
  /** `file:line` in the rules. */
  readonly where: string
  /** Who may do this, e.g. `admin -> app tcp/22`. */
  readonly expected: string
}

// T-07: the document calls its outgoing table partial.
const OUTGOING = 'T-07'
const SECTION = 'TCP/UDP Ports'
const OUTGOING_SAYS =
  'The outgoing table is only partial, so a flow outside it needs a look and proves no breach.'
const INCOMING_SAYS = 'The table lists no such port for this server.'
const ANY_UNLISTED = 'on ports outside the table'

/**
 * What the policy says about a hit, found by its row; an unknown row cites itself. `service` as in
 * `Finding.service`, null where the cause spans ports.
 */
export function authorityOf(policy: Policy, hit: Hit, service: string | null): Authority {
  if (hit.row === UNLISTED) return ofTable(policy, hit.judged, service)
  const row = policy.rows.find(({ id }) => id === hit.row)
  return { ...statementOf(policy, hit.row), expected: expectedOf(policy, hit, row) }
}

/** What the policy says of a row or statement, found by its id; an unknown one cites itself. */
export function statementOf(policy: Policy, id: string): Omit<Authority, 'expected'> {
  const row = policy.rows.find(one => one.id === id)
  const source: Row | Statement | undefined = row ?? policy.statements.get(id)
  return {
    row: id,
    cite: source?.cite ?? placeOf(null),
    says: source?.says ?? '',
    where: source?.where ?? '',
  }
}

function expectedOf(policy: Policy, { row: id, judged }: Hit, row: Row | undefined): string {
  if (row === undefined && isGovernedByMode(policy, judged)) return expectedByMode(judged)
  // A statement that forbids a direction is kept by the row that allows the other one.
  const allowing = row ?? policy.rows.find(({ reversed }) => reversed === id) ?? wayTo(policy, id)
  if (allowing === undefined) return 'nobody'
  const from = allowing.from.selectors.map(({ text }) => text).join(', ')
  const to = allowing.to.selectors.map(({ text }) => text).join(', ')
  return `${from} -> ${to} ${matchText(allowing.match)}`
}

/** Statements about WebEx speak of what its row allows, those about proxies of the row of SOCKS. */
function wayTo({ rows }: Policy, id: string): Row | undefined {
  if (id === HTTPS_ONLY) return rows.find(one => one.id === 'I-29')
  if (id.startsWith('W-')) return rows.find(({ kind }) => kind === 'webex')
  return PROXIES.includes(id) ? rows.find(one => one.activeWith === 'socks-proxy') : undefined
}

/** Port 80 may be closed where the row of 443 is kept. */
const HTTPS_ONLY = 'I-28.2'
const PROXIES: readonly string[] = ['T-08', 'T-09', 'T-10']

/** A statement about the mode was met: what was seen went the other way. */
const expectedByMode = ({ flow, server }: JudgedFlow): string =>
  server.labels.has('app')
    ? `app -> web tcp/${flow.server.port} only, in reverse mode`
    : `web -> app tcp/${flow.server.port} only, in normal mode`

const ofTable = (policy: Policy, judged: JudgedFlow, service: string | null): Authority =>
  isInbound(judged) ? ofIncoming(policy, judged, service) : ofOutgoing(policy, judged, service)

function ofIncoming(policy: Policy, { server }: JudgedFlow, service: string | null): Authority {
  // The first row of the server's table stands for the table: beside it the missing row would stand.
  const first = policy.rows.find(
    ({ kind, to }) =>
      kind === 'incoming' && to.selectors.some(({ label }) => server.labels.has(label)),
  )
  return {
    row: UNLISTED,
    cite: { ...(first?.cite ?? placeOf('incoming')), row: null },
    says: INCOMING_SAYS,
    where: first?.where ?? '',
    expected: `nobody -> ${server.role} ${service ?? ANY_UNLISTED}`,
  }
}

function ofOutgoing(
  policy: Policy,
  { client, server }: JudgedFlow,
  service: string | null,
): Authority {
  const statement = policy.statements.get(OUTGOING)
  return {
    row: OUTGOING,
    cite: statement?.cite ?? placeOf('outgoing'),
    says: statement?.says ?? OUTGOING_SAYS,
    where: statement?.where ?? '',
    expected: `no row for ${client.role} -> ${server.name} ${service ?? ANY_UNLISTED}`,
  }
}

const placeOf = (table: Cite['table']): Cite => {
  return { section: SECTION, table, server: null, row: null }
}
