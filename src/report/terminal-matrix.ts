// Who may talk to whom and who did, role by role, for a terminal: rows are sources, columns are destinations.

import type { CellState, Coverage, MatrixCell } from '../model/coverage.ts'
import { byText, counted, grouped } from '../model/text.ts'
import { hanging, padded, wrap } from './layout.ts'
import type { Page } from './terminal-basis.ts'

const CELL_WORDS: Readonly<Record<CellState, readonly [glyph: string, words: string]>> = {
  violating: ['✗', 'violating'],
  allowed_seen: ['✓', 'allowed, seen'],
  allowed_never_seen: ['○', 'allowed, never seen'],
  not_seen_by_sensor: ['▨', 'allowed, no sensor sees it'],
  refused: ['⇥', 'refused'],
  tolerated: ['□', 'tolerated'],
  undetermined: ['?', 'undetermined'],
}

/** All pairs of roles as a grid, then those that were seen each on a line. */
export function matrix({ matrix: cells }: Coverage, page: Page): string[] {
  if (cells.length === 0) return []
  const seen = cells.filter(({ flows }) => flows > 0)
  return [
    ...wrap(`Who talked to whom: ${pairCounts(cells)}`, page.width).map(line =>
      page.paint('bold', line),
    ),
    ...grid(cells, page),
    '',
    ...seen.flatMap(one => pairLine(one, page)),
  ]
}

const pairCounts = (cells: readonly MatrixCell[]): string =>
  Object.entries(CELL_WORDS)
    .map(([state, words]) => [words, cells.filter(one => one.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([[glyph, words], count]) => `${glyph} ${grouped(count)} ${words}`)
    .join('; ')

function pairLine(pair: MatrixCell, { width, paint }: Page): string[] {
  const { source, destination, state, flows, violating, refused, rows } = pair
  const [glyph, words] = CELL_WORDS[state]
  const counts = [
    counted(flows, 'flow'),
    ...(violating > 0 ? [`${grouped(violating)} violating`] : []),
    ...(refused > 0 ? [`${grouped(refused)} refused`] : []),
  ]
  const by = rows.length === 0 ? 'no row allows it' : rows.join(' ')
  const text = `${source} -> ${destination}: ${words}, ${counts.join(', ')} (${by})`
  return hanging(`  ${glyph} `, text, width, label =>
    state === 'violating' ? paint('critical', label) : paint('dim', label),
  )
}

const COLUMN_WIDTH = 3
/** Nobody may, and nobody did. */
const EMPTY = '·'

/**
 * A glyph for each pair, columns by the numbers of the rows. Where the page is too narrow for all columns, the
 * rest follows as a further grid.
 */
function grid(cells: readonly MatrixCell[], page: Page): string[] {
  const sources = [...new Set(cells.map(({ source }) => source))].sort(byText)
  const targets = [...new Set(cells.map(({ destination }) => destination))]
    .filter(target => !sources.includes(target))
    .sort(byText)
  const names = [...sources, ...targets]
  const states = new Map(cells.map(one => [`${one.source} ${one.destination}`, one.state]))
  const label = (name: string, index: number) => `${String(index + 1).padStart(4)} ${name}`
  const width = 2 + Math.max(...names.map((name, index) => label(name, index).length))
  const perGrid = Math.max(1, Math.floor((page.width - width) / COLUMN_WIDTH))
  const columns = names.map((_, index) => index)
  return Array.from({ length: Math.ceil(names.length / perGrid) }, (_, part) =>
    columns.slice(part * perGrid, (part + 1) * perGrid),
  ).flatMap(part => [
    page.paint('dim', (padded('', width) + part.map(head).join('')).trimEnd()),
    ...names.map((source, index) => {
      const glyphs = part.map(column => glyphOf(states.get(`${source} ${names[column]}`), page))
      return `${padded(label(source, index), width)}${glyphs.join('')}`.trimEnd()
    }),
  ])
}

const head = (index: number): string => String(index + 1).padEnd(COLUMN_WIDTH)

function glyphOf(state: CellState | undefined, { paint }: Page): string {
  const glyph = (state === undefined ? EMPTY : CELL_WORDS[state][0]).padEnd(COLUMN_WIDTH)
  if (state === 'violating') return paint('critical', glyph)
  return state === 'allowed_seen' ? glyph : paint('dim', glyph)
}
