// Remarks on a policy and a site that can be used as they are, but may not be what somebody wanted:
// rows that never decide, ranges that overlap, exceptions that ran out, roles that nobody has.

import type { Problem } from '../model/errors.ts'
import { ROLES, type Site } from '../model/inventory.ts'
import type { Exception, Policy, PortMatch, Row, Selector } from '../model/policy.ts'
import { noSuch } from './no-such.ts'
import { LABELS } from './readers.ts'

/**
 * All remarks, those on rows first. `policy.exceptions` should include the site's. `todayIso`
 * (`YYYY-MM-DD` or longer, UTC) is the day by which exceptions are judged; without it none is.
 * Without a site, what needs one is left out.
 */
export function lintPolicy(policy: Policy, site: Site | null, todayIso?: string): Problem[] {
  return [
    ...lintRows(policy.rows),
    ...portOverlaps(policy.rows),
    ...policy.exceptions.flatMap((exception, index) => [
      ...repeated(exception, policy.exceptions.slice(0, index)),
      ...misdirected(exception, policy, site),
      ...(todayIso === undefined ? [] : expired(exception, todayIso.slice(0, 10))),
    ]),
    ...(site === null ? [] : [...undeclaredRoles(policy.rows, site), ...missingSiteName(site)]),
  ]
}

/**
 * Rows that can never decide a flow: no host can be their peer, or another row always comes first.
 */
export function lintRows(rows: readonly Row[]): Problem[] {
  return rows.flatMap((row, index) => {
    const message = unreachable(row) ?? shadowed(row, index, rows)
    return message === undefined ? [] : [{ where: row.where, message }]
  })
}

function unreachable(row: Row): string | undefined {
  const side = [row.from, row.to].find(({ selectors }) => selectors.every(isImpossible))
  const names = side?.selectors.map(({ text }) => text).join(', ')
  return side && `${row.id} can match no flow: no host can be ${names}`
}

/** Some labels hold only in one zone, or only outside it. */
function isImpossible({ label, zone }: Selector): boolean {
  if (zone === null) return false
  if (label === 'external') return zone !== 'internet'
  if (label === 'web-dmz') return zone !== 'dmz'
  return label === 'web-int' && zone === 'dmz'
}

/**
 * A row is shadowed by one that is at least as wide, no less narrow in its ports, and comes first:
 * an incoming row before an outgoing one, else the one that stands first (A-14). Twins and inner
 * rows are the same permission on purpose, and rows of different modes are never in force together.
 */
function shadowed(row: Row, index: number, rows: readonly Row[]): string | undefined {
  const other = rows.find((first, place) => {
    const isFirst = rankOf(first) === rankOf(row) ? place < index : rankOf(first) < rankOf(row)
    return isFirst && !isRelated(first, row) && covers(first, row)
  })
  return (
    other && `${row.id} never decides: ${other.id} has the same ports and peers and comes first`
  )
}

const rankOf = ({ kind }: Row): number =>
  ['incoming', 'outgoing', 'webex', 'statement', 'practice'].indexOf(kind)

const isRelated = (left: Row, right: Row): boolean =>
  [left.twin, left.parent].includes(right.id) ||
  [right.twin, right.parent].includes(left.id) ||
  left.mode?.opener !== right.mode?.opener ||
  left.activeWith !== right.activeWith

const covers = (wide: Row, row: Row): boolean =>
  isSubset(row.match.map(serviceText), wide.match.map(serviceText)) &&
  isSubset(textsOf(row.from), textsOf(wide.from)) &&
  isSubset(textsOf(row.to), textsOf(wide.to))

const textsOf = ({ selectors }: Row['from']): string[] => selectors.map(({ text }) => text)

const isSubset = (some: readonly string[], all: readonly string[]): boolean =>
  some.every(text => all.includes(text))

const serviceText = ({ transport, ports: { first, last } }: PortMatch): string =>
  `${transport}/${first === last ? first : `${first}-${last}`}`

/** Ranges that overlap without being equal (A-14): one remark per row with the wider range. */
function portOverlaps(rows: readonly Row[]): Problem[] {
  return rows.flatMap(row =>
    row.match.filter(isRange).flatMap(match => {
      const inside = rows.filter(other => other.match.some(narrow => narrows(narrow, match)))
      const names = inside.filter(({ id }) => id !== row.id).map(({ id }) => id)
      if (names.length === 0) return []
      const both = `${row.id} ${serviceText(match)} overlaps ${names.join(', ')}`
      const message = `${both}: roles decide, then the narrower range`
      return [{ where: row.where, message }]
    }),
  )
}

const isRange = ({ ports: { first, last } }: PortMatch): boolean => first > 0 && first < last

function narrows(narrow: PortMatch, wide: PortMatch): boolean {
  const { first, last } = narrow.ports
  const isApart = last < wide.ports.first || first > wide.ports.last
  if (narrow.transport !== wide.transport || isApart) return false
  const difference = last - first - (wide.ports.last - wide.ports.first)
  return difference < 0 || (difference === 0 && first > wide.ports.first)
}

function repeated({ id, where }: Exception, before: readonly Exception[]): Problem[] {
  const first = before.find(other => other.id === id)
  return first
    ? [{ where, message: `the exception ${id} is given twice; first in ${first.where}` }]
    : []
}

/** Names of rows and, where a site says who there is, of nodes. */
function misdirected(exception: Exception, policy: Policy, site: Site | null): Problem[] {
  const { row, from, to, where } = exception
  const rows = [...policy.rows.map(({ id }) => id), 'unlisted']
  const unknownRow = rows.includes(row) ? [] : [noSuch('row', row, rows)]
  const ends = site === null ? [] : [from, to]
  const nodes = site?.nodes.map(({ name }) => name) ?? []
  const unknownEnds = ends
    .filter(end => !/[/@]/.test(end) && !nodes.includes(end) && !LABELS.includes(end))
    .map(end => noSuch('node', end, nodes))
  return [...unknownRow, ...unknownEnds].map(message => ({ where, message }))
}

/** An exception holds to the end of its last day. */
function expired({ id, owner, expires, where }: Exception, today: string): Problem[] {
  if (expires >= today) return []
  const duty = `${owner} must renew it or end the traffic`
  return [{ where, message: `the exception ${id} ran out on ${expires}: ${duty}` }]
}

function undeclaredRoles(rows: readonly Row[], site: Site): Problem[] {
  const declared = new Set<string>([
    ...site.nodes.flatMap(({ roles }) => roles),
    ...site.networks.flatMap(({ role }) => role ?? []),
  ])
  return ROLES.filter(role => !declared.has(role)).flatMap(role => {
    const users = rows.filter(row => rolesOf(row).includes(role))
    const [first] = users
    if (first === undefined) return []
    const ids = users.map(({ id }) => id).join(', ')
    const lack = `no node and no network of the site has the role ${role}`
    const message = `${lack}, which is used by ${ids}`
    return [{ where: first.where, message }]
  })
}

const rolesOf = ({ from, to, activeWith }: Row): readonly (string | null)[] => [
  ...[...from.selectors, ...to.selectors].map(({ label }) => label),
  activeWith,
]

function missingSiteName(site: Site): Problem[] {
  if (site.webexSite !== null) return []
  const message = 'not given: put the host name that stands for YOURSITENAME.webex.com here (A-05)'
  return [{ where: 'site.webex_site', message }]
}
