// What whoever loads a rule file should know of it, in sentences: what it covers, what it leaves closed
// though the policy bears it, and what no rule of addresses and ports can say.

import type { Site } from '../model/inventory.ts'
import type { Row } from '../model/policy.ts'
import type { Rulebook } from '../policy/rulebook.ts'
import type { RuleSet } from './rule-set.ts'
import { listLines } from './words.ts'

/** By what the rows were chosen: those that captures showed in use, or all. */
export interface Choice {
  /** Ids of the rows whose flows were seen; null where no capture was read. */
  readonly seen: ReadonlySet<string> | null
  /** Rows that nobody was seen to use are written, too. */
  readonly isAll: boolean
}

/** Lines for the beginning of the file. `version` is that of this program. */
export function notesOf(
  book: Rulebook,
  site: Site,
  ruleSet: RuleSet,
  { seen, isAll }: Choice,
  version: string,
): string[] {
  const { policy } = book
  const chosen = new Set(ruleSet.rules.flatMap(({ rows }) => rows))
  const rows = book.rows.filter(({ id }) => chosen.has(id))
  const absent = new Set(ruleSet.without)
  const unused = book.rows.filter(({ id }) => !chosen.has(id) && !absent.has(id))
  return [
    `Site ${site.name}, policy ${policy.id} (${policy.hash.slice(0, HASH_CHARACTERS)}), mpwatch ${version}.`,
    'What is not allowed below is denied. Answers to what is allowed pass by its state.',
    seen === null || isAll ? EVERY_ROW : SEEN_ROWS,
    ...idLines('In force, but nobody stands at one end: ', ruleSet.without),
    ...idLines(
      'In force, but no flow was seen: ',
      unused.map(({ id }) => id),
    ),
    ...STANDING,
    ...remarksOn(rows, book, site),
  ]
}

const HASH_CHARACTERS = 'sha256:'.length + 12
const EVERY_ROW = 'Every row that is in force here and has a host at both ends.'
const SEEN_ROWS = 'The rows of which an allowed flow was seen in the captures.'
const STANDING = [
  'Sources that a row does not list are closed, also those that its exposure class would bear.',
  'Exceptions of the site are no rules here.',
]

const idLines = (start: string, ids: readonly string[]): string[] =>
  ids.length === 0 ? [] : listLines(start, ids)

function remarksOn(rows: readonly Row[], { policy, conditions }: Rulebook, site: Site): string[] {
  const has = (test: (row: Row) => boolean): boolean => rows.some(test)
  const webs = site.nodes.filter(({ roles }) => roles.includes('web'))
  const learned = webs.filter(({ name }) => !conditions.gwsim.has(name)).map(({ name }) => name)
  return [
    ...(has(({ mode }) => mode !== null) && learned.length > 0
      ? listLines('5003 is open both ways where its direction is learned: ', learned)
      : []),
    ...(has(({ sourcePorts }) => sourcePorts !== null) ? [ANY_PORT] : []),
    ...(has(({ app }) => app.expect.includes('ftp')) ? [FTP] : []),
    ...(has(({ to }) => to.selectors.some(({ label }) => label === 'webex'))
      ? listLines('WebEx by address only; by name alone there is: ', policy.webex.cdnNames)
      : []),
    ...(site.nodes.some(({ nat }) => nat.length > 0) ? [NAT] : []),
  ]
}

const ANY_PORT = 'Rows that allow any port are narrowed to the source ports of the blades (A-16).'
const FTP = 'The data channel of FTP has no row: have the firewall follow its control channel.'
const NAT = 'A translated host stands here with both its addresses, its own and the one outside.'
