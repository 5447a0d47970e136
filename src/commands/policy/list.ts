// mpwatch policy list: the rows that are in force, as a table or as JSON.

import { loadPolicy } from '../../config/policy.ts'
import { matchText } from '../../findings/ports.ts'
import type { Policy, Row, Statement } from '../../model/policy.ts'
import { inertJson } from '../../model/text.ts'
import { citation } from '../../model/words.ts'
import { hanging, padded } from '../../report/layout.ts'
import { ruleFiles } from '../rules.ts'
import { type Column, table } from './table.ts'

export interface ListOptions {
  readonly rules: string
  readonly all?: boolean
  readonly json?: boolean
}

/** The policy as text for `width` columns, ended by a newline. */
export function list({ rules, all = false, json = false }: ListOptions, width: number): string {
  const { policy } = loadPolicy(ruleFiles(rules))
  if (json) return `${inertJson(JSON.stringify(asObject(policy, all), null, 2))}\n`
  const lines = [
    ...heading(policy, all, width),
    '',
    ...table(COLUMNS, policy.rows.map(cellsOf), width),
    ...(all ? ['', ...statementLines(policy, width), '', ...classLines(policy, width)] : []),
  ]
  return `${lines.join('\n')}\n`
}

const COLUMNS: readonly Column[] = [
  { heading: 'row', wraps: false },
  { heading: 'services', wraps: true },
  { heading: 'from', wraps: true },
  { heading: 'to', wraps: true },
  { heading: 'class', wraps: false },
  { heading: 'obligation', wraps: false },
  { heading: 'basis', wraps: false },
  { heading: 'where', wraps: false },
]

const cellsOf = (row: Row): string[] => [
  row.id,
  matchText(row.match),
  peersText(row.from),
  peersText(row.to),
  row.exposure ?? '-',
  row.obligation,
  basisOf(row),
  fileName(row.where),
]

/** What a word of the table means that nobody can guess, above it. */
function heading({ id, hash, rows, statements }: Policy, all: boolean, width: number): string[] {
  const others = all ? 'below' : 'with --all'
  const folder = folderOf(rows[0]?.where ?? '')
  return hanging(
    '',
    `Policy ${id}, ${hash.slice(0, 'sha256:'.length + 12)}: ${rows.length} rows in force` +
      ` from ${folder}, ${statements.size} statements that open no port (${others}). ` +
      '"class" is the exposure class; "basis" is inferred where the document does not name the peers.',
    width,
  )
}

function statementLines({ statements }: Policy, width: number): string[] {
  const all = [...statements.values()]
  const idWidth = Math.max(0, ...all.map(({ id }) => id.length))
  const whereWidth = Math.max(0, ...all.map(({ where }) => fileName(where).length))
  const label = ({ id, where }: Statement): string =>
    `${padded(id, idWidth)}  ${padded(fileName(where), whereWidth)}  `
  return all.flatMap(statement => hanging(label(statement), statement.says, width))
}

const classLines = ({ exposures }: Policy, width: number): string[] =>
  [...exposures.values()].flatMap(({ id, says }) => hanging(`${id}  `, says, width))

const peersText = ({ selectors }: Row['from']): string =>
  selectors.map(({ text }) => text).join(', ')

/** The document's word counts only where it names both ends. */
const basisOf = ({ from, to }: Row): string =>
  [from.basis, to.basis].find(basis => basis !== 'document') ?? 'document'

const fileName = (where: string): string => where.slice(where.lastIndexOf('/') + 1)
const folderOf = (where: string): string => where.slice(0, Math.max(0, where.lastIndexOf('/')))

function asObject(policy: Policy, all: boolean) {
  const { id, hash, rows, statements } = policy
  return {
    policy: { id, hash },
    rows: rows.map(rowObject),
    ...(all ? { statements: [...statements.values()].map(statementObject) } : {}),
  }
}

function rowObject(row: Row) {
  const { id, kind, says, cite, exposure, obligation, where } = row
  return {
    ...{ id, kind, says },
    cite: citation(cite),
    services: row.match.map(match => matchText([match])),
    from: row.from.selectors.map(({ text }) => text),
    to: row.to.selectors.map(({ text }) => text),
    ...{ exposure, obligation, basis: basisOf(row), where },
  }
}

const statementObject = ({ id, says, cite, where }: Statement) => ({
  ...{ id, says },
  cite: citation(cite),
  where,
})
