// Which statements a finding contradicts. Beside its own row these are the row's twin in the other table, and
// the sentences around the tables that the same flow breaks.

import type { Finding } from '../model/finding.ts'
import type { Placement } from '../model/inventory.ts'
import type { Row } from '../model/policy.ts'
import { UNEXPOSED } from './booking.ts'
import { isOutside } from './outside.ts'

/** Verdicts that contradict the row they cite. */
const AGAINST: readonly Finding['verdict'][] = [
  ...(['escaped', 'misdropped', 'missing', 'degraded', 'topology'] as const),
]

/**
 * Advisories that contradict the statement they cite in so many words, and are no more than advisories since
 * nothing shows how much harm it does. Any other leaves its row kept: it says how, and not that it is broken.
 */
const AGAINST_ITSELF: Readonly<Record<string, string>> = {
  cached: 'W-06', // The statement is that nothing is cached.
  stale_ip_path: 'W-07', // The statement is that no address is held on to.
  socks_port_drift: 'T-09', // The statement is which port SOCKS has.
  resync_not_seen: 'F-15', // The statement is that what queued up in a long outage is made up for.
}

/** Statements in other words than a row's, which demand what the row allows: they fall with it. */
const DEMANDS: Readonly<Record<string, string>> = {
  'I-06': 'S-02',
  'I-32': 'S-03',
  'I-12': 'S-09',
}

/** Port 80 may be closed where 443 serves, and who is kept from it was not offered 443 (I-28.2). */
const CLEAR: readonly string[] = ['I-28', 'I-28.1']
const IF_ENCRYPTED = 'I-28.2'
/** Some way on 5003 must be open to each Web Server, whichever. */
const CONTROL = 'S-01'

/** The recommendation of NTP both ways is broken by one way or none (S-11), and not by what is said in it. */
const NOT_AGAINST_TIME: readonly string[] = [
  ...['ntp_control', 'unexpected_source', 'time_unsynchronised', 'time_refused'],
]
const isAgainstTime = ({ row, reason }: Finding): boolean =>
  row === 'S-11' && !NOT_AGAINST_TIME.includes(reason ?? '')

/** What else a finding is held against. */
export interface Known {
  readonly rows: ReadonlyMap<string, Row>
  /** Whether a control connection of the Web Server of this name was seen to get through. */
  isControlled(web: string): boolean
}

/** The ids of what the finding contradicts; none for good news and mere remarks. */
export function breachesOf(finding: Finding, known: Known): readonly string[] {
  const { verdict, reason, row: id, severity } = finding
  if (severity === 'info') return []
  if (verdict === 'advisory')
    return AGAINST_ITSELF[reason ?? ''] === id || isAgainstTime(finding) ? [id] : []
  if (!AGAINST.includes(verdict)) return []
  const row = known.rows.get(id)
  const twin = row?.twin
  const ids = [id, ...(twin == null ? [] : [twin])]
  const kept = verdict === 'misdropped' ? keptBack(finding, ids, known) : []
  const isClear = (verdict === 'misdropped' || verdict === 'degraded') && CLEAR.includes(id)
  return [...ids, ...kept, ...(isClear ? [IF_ENCRYPTED] : []), ...aroundTables(finding, row)]
}

/** What is demanded of a row beside itself, where its flows are kept back. */
function keptBack(
  { examples: [example] }: Finding,
  ids: readonly string[],
  { rows, isControlled }: Known,
): readonly string[] {
  const demanded = ids.flatMap(id => DEMANDS[id] ?? [])
  const isControl = ids.some(id => (rows.get(id)?.mode ?? null) !== null)
  if (!isControl || example === undefined) return demanded
  const { client, server } = example
  const { name } = client.labels.has('web') ? client : server
  return [...demanded, ...(isControlled(name) ? [] : [CONTROL])]
}

function aroundTables(finding: Finding, row: Row | undefined): readonly string[] {
  const [example] = finding.examples
  if (example === undefined) return []
  const isUnexposed = row?.exposure === UNEXPOSED
  if (finding.verdict === 'misdropped') return dropped(example.client, example.server, isUnexposed)
  if (finding.reason !== 'over_exposed' || !isUnexposed) return []
  // Whoever met silence behind the filter was not served, but nor was he kept out.
  const isServed = finding.examples.some(({ outcome }) => outcome.state !== 'unanswered')
  return [...(isServed ? ['T-03'] : []), ...(isOutside(example.client.zone) ? ['T-04'] : [])]
}

function dropped(client: Placement, server: Placement, isUnexposed: boolean): readonly string[] {
  if (!server.isMeetingPlace) return []
  const isInside = client.zone === 'core' && server.zone === 'core'
  return [
    ...(client.isMeetingPlace ? ['T-02'] : client.role === 'unknown' ? [] : ['T-01']),
    ...(isUnexposed && isInside ? ['T-05'] : []),
  ]
}
