// What a route wants to hear of, and what is told together: ux.md "Alert pipeline".

import { SEVERITIES, type Severity, worse } from '../model/finding.ts'
import type { ReportedFinding } from '../model/result.ts'
import type { RouteFilter } from '../model/watch-config.ts'

/** What blind intervals and outputs that fail count as. */
export const TROUBLE_SEVERITY: Severity = 'high'

export const isSevere = ({ severity }: RouteFilter, one: Severity): boolean =>
  worse(one, severity) === one

/** Whether each member of the filter that is given fits. */
export function fitsRoute(filter: RouteFilter, finding: ReportedFinding, site: string): boolean {
  const { rows, verdicts, roles, nodes, sites } = filter
  return (
    isSevere(filter, finding.severity) &&
    (rows?.includes(finding.row) ?? true) &&
    (verdicts?.includes(finding.verdict) ?? true) &&
    (roles === null || rolesOf(finding).some(role => roles.includes(role))) &&
    (nodes === null || [finding.source, finding.destination].some(name => nodes.includes(name))) &&
    (sites?.includes(site) ?? true)
  )
}

/** Row and the roles of both ends: what is told together. */
export interface Group {
  readonly row: string
  readonly source: string
  readonly destination: string
}

export function groupOf(finding: ReportedFinding): Group {
  const [source = '', destination = ''] = rolesOf(finding)
  return { row: finding.row, source, destination }
}

/** Names the group in the journal. */
export const keyOf = ({ row, source, destination }: Group): string =>
  `${row} ${source} -> ${destination}`

/** What blind intervals and outputs are called where ids of findings may stand, too: those have no space. */
export const nameOf = (kind: 'blind' | 'output', id: string): string => `${kind} ${id}`

export const isName = (id: string): boolean => id.includes(' ')

/** Of the first example; where there is none, of the name `role@zone`, or the node's name itself. */
function rolesOf({ source, destination, examples }: ReportedFinding): readonly string[] {
  const [example] = examples
  if (example !== undefined) return [example.source.role, example.destination.role]
  return [source, destination].map(name => name.split('@')[0] ?? name)
}

/** The worst first; of the same severity in the order in which they came. */
export const byWorst = (one: Severity, other: Severity): number =>
  SEVERITIES.indexOf(one) - SEVERITIES.indexOf(other)
