// Suggestions as a table, as JSON, and as lines for a site file.

import { isPublic } from '../../model/address.ts'
import { ROLES, type Role, type Site } from '../../model/inventory.ts'
import { byText, counted } from '../../model/text.ts'
import { hanging } from '../../report/layout.ts'
import { type Column, table } from '../policy/table.ts'
import { HOSTS_MAX } from './behaviour.ts'
import { type Conflict, conflicts, LIKELY_MIN, scoreText } from './conflicts.ts'
import type { Observed } from './observed.ts'
import type { Judged, Suggestion } from './score.ts'
import { evidenceText } from './words.ts'

/** Below this a role is not told, and the host is only counted. */
const POSSIBLE_MIN = 0.4
const EVIDENCE_SHOWN_MAX = 3
const SCORE_DIGITS = 3

const COLUMNS: readonly Column[] = [
  { heading: 'host', wraps: false },
  { heading: 'declared', wraps: false },
  { heading: 'role', wraps: false },
  { heading: 'score', wraps: false },
  { heading: 'because it', wraps: true },
]

/** The table for `width` columns, conflicts below it, ended by a newline. */
export function suggestionTable(seen: Observed, site: Site | null, width: number): string {
  const shown = seen.hosts.filter(isShown).toSorted(byRole)
  const heading =
    shown.length === 0
      ? 'No host does anything that a row of the policy lists.'
      : 'Likely roles of hosts, by what they do. A suggestion changes no verdict: the site file does.'
  const columns = COLUMNS.filter(one => site !== null || one.heading !== 'declared')
  const rows = shown.map(one => cellsOf(one, site))
  const blocks = [
    hanging('', heading, width),
    shown.length === 0 ? [] : table(columns, rows, width),
    remarks(seen, shown.length, width),
    site === null ? [] : conflictLines(conflicts(seen.hosts, site), width),
  ]
  return `${blocks
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

/** Whoever is merely possible and on the Internet is on the Internet. */
function isShown({ host, suggestions: [best] }: Judged): boolean {
  if (best === undefined || best.score < POSSIBLE_MIN) return false
  return host.isDeclared || best.score >= LIKELY_MIN || !isPublic(host.address)
}

/** MeetingPlace first, as the roles are listed; in a role the likeliest first. */
function byRole(one: Judged, other: Judged): number {
  const [mine, yours] = [one.suggestions[0], other.suggestions[0]]
  return (
    rankOf(mine) - rankOf(yours) ||
    (yours?.score ?? 0) - (mine?.score ?? 0) ||
    byText(one.host.name, other.host.name)
  )
}

const rankOf = (best: Suggestion | undefined): number =>
  best === undefined ? ROLES.length : ROLES.indexOf(best.role)

function cellsOf({ host, suggestions }: Judged, site: Site | null): string[] {
  const [best] = suggestions
  const because = best?.evidence.slice(0, EVIDENCE_SHOWN_MAX).map(evidenceText).join('; ') ?? ''
  const declared = site === null ? [] : [declaredText(host.name, site)]
  return [
    host.name,
    ...declared,
    best?.role ?? '',
    best === undefined ? '' : scoreText(best),
    because,
  ]
}

const rolesDeclared = (name: string, { nodes }: Site): readonly Role[] =>
  nodes.find(node => node.name === name)?.roles ?? []

const declaredText = (name: string, site: Site): string =>
  rolesDeclared(name, site).join('+') || '-'

function remarks({ hosts, leftOut }: Observed, shown: number, width: number): string[] {
  const others = hosts.length - shown
  const lines = [
    ...(others > 0 ? [`${counted(others, 'host')} beside these did too little to tell.`] : []),
    ...(leftOut > 0
      ? [`${counted(leftOut, 'host')} beyond the first ${HOSTS_MAX} were left out.`]
      : []),
  ]
  return lines.flatMap(line => hanging('', line, width))
}

function conflictLines(list: readonly Conflict[], width: number): string[] {
  if (list.length === 0) return ['The site file agrees with what was seen.']
  return [
    'At odds with the site file',
    ...list.flatMap(({ host, message }) => hanging('  - ', `${host}: ${message}.`, width)),
  ]
}

/** Everything, for programs; lists are sorted, so that equal captures give equal bytes. */
export function suggestionObject(seen: Observed, site: Site | null) {
  return {
    schema: 'mpwatch/suggest/1',
    captures: seen.captures.map(({ name, packets }) => ({ name, packets })),
    hosts: seen.hosts.toSorted(byRole).map(one => hostObject(one, site)),
    left_out: seen.leftOut,
    conflicts: site === null ? null : conflicts(seen.hosts, site),
  }
}

const hostObject = ({ host, suggestions }: Judged, site: Site | null) => ({
  ...{ host: host.name, address: host.address.text },
  declared: site === null ? null : rolesDeclared(host.name, site),
  suggestions: suggestions.map(({ role, score, evidence }) => ({
    ...{ role, score: Number(score.toFixed(SCORE_DIGITS)) },
    evidence: evidence.map(one => ({
      says: evidenceText(one),
      rows: [...new Set(one.rows.map(({ id }) => id))],
      weight: Number(one.weight.toFixed(SCORE_DIGITS)),
    })),
  })),
})

/** Where a host stands cannot be seen in traffic. */
const NETWORKS_TOO = '# Declare under networks in which zone these addresses lie, too.'

/** People have networks with a role; a line for each of their computers would be wrong tomorrow. */
const OF_PEOPLE: readonly Role[] = ['admin', 'enduser-int', 'phone']

/** Lines to paste below `nodes:`, for hosts that are not declared; what is merely possible is commented out. */
export function suggestionYaml({ hosts }: Observed): string {
  const lines = hosts
    .filter(one => isShown(one) && !one.host.isDeclared)
    .toSorted(byRole)
    .flatMap(one => nodeLines(one))
  if (lines.length === 0) return '# No host that is not declared has a likely role.\n'
  return [NETWORKS_TOO, 'nodes:', ...lines].map(line => `${line}\n`).join('')
}

function nodeLines({ host: { address }, suggestions: [best] }: Judged): string[] {
  if (best === undefined || OF_PEOPLE.includes(best.role)) return []
  const isLikely = best.score >= LIKELY_MIN
  const name = `${best.role}-${address.text.replaceAll(/[.:]+/g, '-')}`
  const entry = `- {name: ${name}, role: ${best.role}, address: "${address.text}"}`
  const [why] = best.evidence.map(evidenceText)
  return [`  # ${scoreText(best)}: ${why}`, `  ${isLikely ? '' : '# '}${entry}`]
}
