// A picture of a whole board, as SVG, from the rows that its queries gave: what one sees after the import, as near as can be
// drawn without Grafana.

import type { Row } from '../answer.ts'
import { type Board, COLUMNS, type Panel, placed } from '../panel.ts'
import { type Area, chart, type Mark, type Shown } from './chart.ts'
import { COLOUR, escaped, fitted, line, rect, text } from './drawing.ts'
import { ranks, stat, table } from './figures.ts'

const [WIDTH, MARGIN, HEAD, STEP, GAP, TITLE] = [1366, 24, 76, 38, 20, 26] as const

export interface Answers {
  /** Rows of each panel, in the order of the panels. */
  readonly rows: readonly (readonly Row[])[]
  readonly marks: readonly Mark[]
  readonly shown: Shown
}

export function boardPicture(board: Board, { rows, marks, shown }: Answers): string {
  const panels = placed(board.panels)
  const rowsHigh = Math.max(...panels.map(({ y, height }) => y + height))
  const height = HEAD + rowsHigh * STEP + MARGIN
  const column = (WIDTH - 2 * MARGIN + GAP) / COLUMNS
  const drawn = panels.map((panel, index) => {
    const area = {
      x: MARGIN + panel.x * column,
      y: HEAD + panel.y * STEP,
      width: panel.width * column - GAP,
      height: panel.height * STEP - GAP,
    }
    return `<g><title>${escaped(panel.says)}</title>${panelPicture(panel, rows[index] ?? [], area, shown, marks)}</g>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="'IBM Plex Sans', 'DejaVu Sans', 'Helvetica Neue', Arial, sans-serif" role="img" aria-label="${escaped(`${board.title}. ${board.says}`)}">`,
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff" fill-opacity="0.7"/><rect width="2" height="6" fill="#8a8e93"/></pattern></defs>',
    rect([0, 0, WIDTH, height], COLOUR.page),
    text(MARGIN, 38, board.title, { size: 20, weight: 600, fill: COLOUR.ink }),
    text(MARGIN, 59, board.says, { size: 13 }),
    text(WIDTH - MARGIN, 38, periodText(shown), { size: 12, anchor: 'end', fill: COLOUR.ink3 }),
    hatchLegend(marks),
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function panelPicture(
  panel: Panel,
  rows: readonly Row[],
  area: Area,
  shown: Shown,
  marks: readonly Mark[],
): string {
  const inner = { ...area, y: area.y + TITLE, height: area.height - TITLE }
  const head =
    line([area.x, area.y, area.x + area.width, area.y], COLOUR.line) +
    text(area.x, area.y + 18, fitted(panel.title, area.width, 13, 'bold'), {
      size: 13,
      weight: 600,
      fill: COLOUR.ink,
    })
  if (rows.length === 0)
    return head + text(inner.x, inner.y + 20, `${panel.empty}.`, { fill: COLOUR.ink3, size: 13 })
  switch (panel.kind) {
    case 'stat':
      return head + stat(panel, rows, inner)
    case 'ranks':
      return head + ranks(panel, rows, inner)
    case 'table':
      return head + table(panel, rows, inner)
    default:
      return head + chart(panel, rows, inner, shown, marks)
  }
}

/** The end is the last millisecond that is shown. */
const periodText = ({ fromMs, toMs }: Shown): string =>
  `${new Date(fromMs).toISOString().slice(0, 16).replace('T', ' ')} to ${new Date(toMs + 1).toISOString().slice(11, 16)} UTC`

function hatchLegend(marks: readonly Mark[]): string {
  if (!marks.some(({ toMs }) => toMs !== null)) return ''
  const x = WIDTH - MARGIN
  return (
    rect([x - 246, 50, 14, 11], 'url(#hatch)', ` stroke="${COLOUR.strong}" stroke-width="0.5"`) +
    text(x - 226, 59, 'a sensor was blind', { size: 12, fill: COLOUR.ink3 }) +
    line([x - 98, 49, x - 98, 62], COLOUR.ink3, ' stroke-dasharray="1 3" stroke-width="1.5"') +
    text(x, 59, 'failover, 5003', { size: 12, fill: COLOUR.ink3, anchor: 'end' })
  )
}
