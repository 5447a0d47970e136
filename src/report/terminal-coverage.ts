// Coverage for a terminal: how many statements have which state, those that are violated, those that cannot
// be seen and why, and all of them as a grid. With --coverage every statement, pair and shut port as well.

import type { Barrier, Coverage, CoverageState, CoveredStatement } from '../model/coverage.ts'
import { counted } from '../model/text.ts'
import { hanging, padded, unbroken, wrap } from './layout.ts'
import type { Page } from './terminal-basis.ts'
import { matrix } from './terminal-matrix.ts'

/** Each state by glyph and word, so that neither is needed alone. */
const GLYPHS: Readonly<Record<CoverageState, string>> = {
  ...{ violated: '✗', kept: '✓', absent: '○', unobservable: '▨', declared: '”' },
}
const STATES: readonly CoverageState[] = [
  ...(['violated', 'kept', 'absent', 'unobservable', 'declared'] as const),
]
/** Room for the longest name of a section, and for the longest id with its glyph. */
const SECTION_WIDTH = 36
const CELL_WIDTH = 9
const ID_WIDTH = 10

/** The part that every audit shows. */
export function coverage(page: Page): string[] {
  const { coverage: covered } = page.result
  if (covered === null) return []
  const { statements } = covered
  const violated = statements.filter(({ state }) => state === 'violated').map(({ id }) => id)
  return [
    ...wrap(headline(covered), page.width).map(line => page.paint('bold', line)),
    ...hanging('  ', legend(covered), page.width),
    ...(violated.length === 0 ? [] : hanging('  Violated  ', violated.join(' '), page.width)),
    '',
    ...grid(statements, page),
    ...unseen(statements, page),
  ]
}

/** Every statement with its reason, every pair of roles, every shut port. */
export function fullCoverage(page: Page): string[][] {
  const { coverage: covered } = page.result
  if (covered === null) return []
  return [list(covered, page), matrix(covered, page), segmentation(covered, page)]
}

/** Never more than what was seen at work: silence is listed, not scored. */
function headline({ counts, statements }: Coverage): string {
  const all = counted(statements.length, 'statement')
  const visible = statements.length - counts.declared
  const seen = counts.kept + counts.violated
  const head = `Coverage: ${counts.violated} of ${all} violated.`
  return `${head} Of the ${visible} that traffic can show, ${seen} were seen at work.`
}

const legend = ({ counts }: Coverage): string =>
  STATES.map(state => unbroken(`${GLYPHS[state]} ${counts[state]} ${state}`)).join(', ')

/** The ids of each section, each with its glyph; on narrow terminals below the section's name. */
function grid(statements: readonly CoveredStatement[], { width, paint }: Page): string[] {
  const isWide = width >= SECTION_WIDTH + 4 * CELL_WIDTH
  const left = isWide ? SECTION_WIDTH : 4
  const perLine = Math.max(1, Math.floor((width - left) / CELL_WIDTH))
  return sectionsOf(statements).flatMap(([section, members]) => {
    const name = `  ${section}`
    const lines = Array.from({ length: Math.ceil(members.length / perLine) }, (_, index) =>
      members.slice(index * perLine, (index + 1) * perLine),
    ).map((row, index) => {
      const label = isWide && index === 0 ? padded(name, left) : ' '.repeat(left)
      return (paint('dim', label) + row.map(one => cell(one, paint)).join('')).trimEnd()
    })
    return isWide ? lines : [paint('dim', name), ...lines]
  })
}

function cell({ id, state }: CoveredStatement, paint: Page['paint']): string {
  return dressed(padded(`${GLYPHS[state]} ${id}`, CELL_WIDTH), state, paint)
}

function dressed(text: string, state: CoverageState, paint: Page['paint']): string {
  if (state === 'violated') return paint('critical', text)
  return state === 'kept' ? text : paint('dim', text)
}

function sectionsOf(
  statements: readonly CoveredStatement[],
): readonly (readonly [string, readonly CoveredStatement[]])[] {
  const sections = new Map<string, CoveredStatement[]>()
  for (const statement of statements) {
    const known = sections.get(statement.section)
    if (known === undefined) sections.set(statement.section, [statement])
    else known.push(statement)
  }
  return [...sections]
}

/** What could not be seen, by reason. */
function unseen(statements: readonly CoveredStatement[], page: Page): string[] {
  const byReason = new Map<string, string[]>()
  for (const { id, state, reason } of statements)
    if (state === 'unobservable') byReason.set(reason, [...(byReason.get(reason) ?? []), id])
  if (byReason.size === 0) return []
  const lines = [...byReason].flatMap(([reason, ids]) =>
    hanging('  ▨ ', `${ids.join(', ')}: ${reason}`, page.width, label => page.paint('dim', label)),
  )
  return ['', page.paint('bold', 'Could not be seen'), ...lines]
}

function list({ statements }: Coverage, { width, paint }: Page): string[] {
  const lines = sectionsOf(statements).flatMap(([section, members]) => [
    '',
    paint('bold', section),
    ...members.flatMap(one => {
      const { id, state, says, reason, unverified } = one
      const word = unverified ? 'kept, unverified' : state
      const label = `  ${GLYPHS[state]} ${padded(id, ID_WIDTH)}`
      const text = `${says} ${capital(word)}: ${reason}`
      return hanging(label, text, width, plain => dressed(plain, state, paint))
    }),
  ])
  return [paint('bold', 'Every statement'), ...lines]
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** One line for each row that is exposed to nobody: what became of attempts from each zone. */
function segmentation({ segmentation: barriers }: Coverage, page: Page): string[] {
  if (barriers.length === 0) return []
  const tried = barriers.filter(({ state }) => state !== 'not_tried')
  const heading = 'Ports exposed to nobody, from outside. No attempt is no proof.'
  const untried = new Map<string, string[]>()
  for (const { row, zone, state } of barriers)
    if (state === 'not_tried') untried.set(zone, [...(untried.get(zone) ?? []), row])
  return [
    ...wrap(heading, page.width).map(line => page.paint('bold', line)),
    ...tried.flatMap(one => barrierLine(one, page)),
    ...[...untried].flatMap(([zone, rows]) =>
      hanging('  ○ ', `not tried from ${zone}: ${rows.join(' ')}`, page.width, label =>
        page.paint('dim', label),
      ),
    ),
  ]
}

function barrierLine(barrier: Barrier, { width, paint }: Page): string[] {
  const { row, zone, state, signatures } = barrier
  const glyph = { reached: '✗', stopped: '✓', refused: '⇥', unproven: '?', not_tried: '○' }[state]
  const counts = [
    ...times(barrier.reached, 'reached it'),
    ...times(barrier.stopped, `stopped by a filter (${signatures.join(', ')})`),
    ...times(barrier.refused, 'refused by the host itself'),
    ...times(barrier.unproven, 'met a silence that proves nothing'),
  ]
  return hanging(`  ${glyph} `, `${row} from ${zone}: ${counts.join(', ')}`, width, label =>
    state === 'reached' ? paint('critical', label) : paint('dim', label),
  )
}

const times = (count: number, words: string): string[] =>
  count === 0 ? [] : [`${counted(count, 'attempt')} ${words}`]
