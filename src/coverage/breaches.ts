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
}

/** The recommendation of NTP both ways is broken by one way or none (S-11), and by no mode of NTP itself. */
const isAgainstTime = ({ row, reason }: Finding): boolean =>
  row === 'S-11' && reason !== 'ntp_control' && reason !== 'unexpected_source'

/** The ids of what the finding contradicts; none for good news and mere remarks. */
export function breachesOf(finding: Finding, rows: ReadonlyMap<string, Row>): readonly string[] {
  const { verdict, reason, row: id, severity } = finding
  if (severity === 'info') return []
  if (verdict === 'advisory')
    return AGAINST_ITSELF[reason ?? ''] === id || isAgainstTime(finding) ? [id] : []
  if (!AGAINST.includes(verdict)) return []
  const row = rows.get(id)
  const twin = row?.twin
  return [id, ...(twin == null ? [] : [twin]), ...aroundTables(finding, row)]
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
