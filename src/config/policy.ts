// Loads the policy: rules/policy.yaml, rules/webex-ranges.yaml and rules/practice.yaml into one
// object. Everything that is wrong with any of the three is told at once.

import { basename, dirname, join, resolve } from 'node:path'
import { assert, type Problem } from '../model/errors.ts'
import type { Limit, Policy, PolicyTest, Row, Statement } from '../model/policy.ts'
import { checkFile, checkList, type Desk, type Entry, placed, rawMap } from './check.ts'
import { Complaints } from './complaints.ts'
import { exceptionsOf } from './exceptions.ts'
import { exposuresOf } from './exposure.ts'
import { hashOf } from './hash.ts'
import { idsOf, refer, type Taken, takeIds } from './ids.ts'
import { lintRows } from './lint.ts'
import {
  limitEntry,
  policyFile,
  practiceEntry,
  practiceFile,
  rowEntry,
  statementEntry,
  testEntry,
} from './schema.ts'
import { rangesOf } from './webex.ts'
import { loadYaml } from './yaml.ts'

/** Where the three files of a policy are. */
export interface RuleFiles {
  readonly policy: string
  readonly webex: string
  readonly practice: string
}

/** The files of a folder such as `rules`. */
export const filesIn = (folder: string): RuleFiles => ({
  policy: join(folder, 'policy.yaml'),
  webex: join(folder, 'webex-ranges.yaml'),
  practice: join(folder, 'practice.yaml'),
})

/**
 * Reads the three files, or those of a folder such as `rules`.
 * Warnings are rows that can never decide a flow.
 * @throws UsageError with every problem of all files, sorted by place.
 */
export function loadPolicy(from: string | RuleFiles): { policy: Policy; warnings: Problem[] } {
  const files = typeof from === 'string' ? filesIn(from) : from
  const complaints = new Complaints()
  const main = openDesk(files.policy, complaints)
  const webex = openDesk(files.webex, complaints)
  const practice = openDesk(files.practice, complaints)
  const known = main === undefined ? undefined : knownOf(main, practice)
  const rules = main === undefined || known === undefined ? undefined : rulesOf(main, known)
  const ranges = webex === undefined ? undefined : rangesOf(webex)
  const items = practice === undefined ? undefined : practiceOf(practice, known)
  complaints.throwIfAny()
  assert(
    rules !== undefined && ranges !== undefined && items !== undefined,
    'all three files are good',
  )
  const policy: Policy = {
    ...rules,
    rows: [...rules.rows, ...items.on],
    practiceOff: items.off,
    webex: ranges,
    hash: hashOf([main, webex, practice]),
  }
  return { policy, warnings: lintRows(policy.rows) }
}

/** Rows call their file by its folder's own name, so that results do not depend on the machine. */
function openDesk(path: string, complaints: Complaints): Desk | undefined {
  const file = loadYaml(path, complaints)
  const folder = basename(dirname(resolve(path)))
  return file && { file, complaints, label: join(folder, basename(path)) }
}

/** What rows may refer to. */
interface Known {
  readonly rows: readonly string[]
  readonly statements: readonly string[]
  readonly exposures: readonly string[]
}

/** Rows, statements and practice items share their ids: one id names one thing in every report. */
function knownOf(main: Desk, practice: Desk | undefined): Known {
  const taken: Taken = new Map()
  takeIds(main, ['rows'], taken)
  takeIds(main, ['statements'], taken)
  if (practice !== undefined) takeIds(practice, ['practice'], taken)
  return {
    rows: distinct(idsOf(main, ['rows'])),
    statements: distinct(idsOf(main, ['statements'])),
    exposures: Object.keys(rawMap(main, ['exposure'])),
  }
}

const distinct = (ids: readonly (readonly [string, unknown])[]): string[] => [
  ...new Set(ids.map(([id]) => id)),
]

type Rules = Omit<Policy, 'webex' | 'practiceOff' | 'hash'>

function rulesOf(desk: Desk, known: Known): Rules | undefined {
  const head = checkFile(desk, policyFile)
  const rows = checkList(desk, ['rows'], rowEntry)
  for (const row of rows) referencesOf(desk, row, known)
  const rest = {
    rows: rows.map(row => placed(desk, row)),
    statements: statementsOf(desk),
    exposures: exposuresOf(desk, known.exposures),
    limits: limitsOf(desk, known),
    exceptions: exceptionsOf(desk),
    tests: checkList(desk, ['tests'], testEntry).map((test): PolicyTest => placed(desk, test)),
  }
  return head && { id: head.policy.id, strictOutbound: head.policy.strict_outbound, ...rest }
}

function referencesOf(
  desk: Desk,
  { path, value: row }: Entry<Omit<Row, 'where'>>,
  known: Known,
): void {
  const { rows, statements, exposures } = known
  refer(desk, [...path, 'exposure'], { noun: 'exposure', word: row.exposure, valid: exposures })
  refer(desk, [...path, 'twin'], { noun: 'row', word: row.twin, valid: rows })
  refer(desk, [...path, 'parent'], { noun: 'row', word: row.parent, valid: rows })
  const demands = [...new Set([...statements, ...rows])]
  refer(desk, [...path, 'reversed'], { noun: 'statement', word: row.reversed, valid: demands })
}

function statementsOf(desk: Desk): ReadonlyMap<string, Statement> {
  const entries = checkList(desk, ['statements'], statementEntry)
  return new Map(entries.map(entry => [entry.value.id, placed(desk, entry)]))
}

function limitsOf(desk: Desk, known: Known): Limit[] {
  takeIds(desk, ['limits'], new Map())
  const limits = checkList(desk, ['limits'], limitEntry)
  for (const { path, value } of limits)
    for (const [index, word] of value.on.entries())
      refer(desk, [...path, 'on', index], { noun: 'row', word, valid: known.rows })
  return limits.map(limit => placed(desk, limit))
}

/** Practice items may refer to rows and classes of the policy, where that could be read. */
function practiceOf(desk: Desk, known: Known | undefined): { on: Row[]; off: Row[] } {
  checkFile(desk, practiceFile)
  const entries = checkList(desk, ['practice'], practiceEntry).map(({ path, value }) => ({
    path,
    value: value.row,
    enabled: value.enabled,
  }))
  if (known !== undefined) for (const entry of entries) referencesOf(desk, entry, known)
  const rowsOf = (enabled: boolean): Row[] =>
    entries.filter(entry => entry.enabled === enabled).map(entry => placed(desk, entry))
  return { on: rowsOf(true), off: rowsOf(false) }
}
