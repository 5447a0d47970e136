// A table for a terminal: columns that hold ids and words keep their width, columns that hold lists
// share what is left and wrap.

import { padded } from '../../report/layout.ts'

export interface Column {
  readonly heading: string
  /** Whether its cells are lists that may go over several lines. */
  readonly wraps: boolean
}

const GAP = '  '

/** Lines of at most `width` characters, or more where the longest words need more. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const all = [columns.map(({ heading }) => heading), ...rows]
  const widths = widthsOf(columns, all, width)
  return all.flatMap(row => rowLines(row, widths))
}

function rowLines(row: readonly string[], widths: readonly number[]): string[] {
  const cells = row.map((cell, index) => wrapped(cell, widths[index] ?? 0))
  const height = Math.max(...cells.map(lines => lines.length))
  return Array.from({ length: height }, (_, at) =>
    cells
      .map((lines, index) => padded(lines[at] ?? '', widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

/** The widest of the columns that wrap gives way until the table fits. */
function widthsOf(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const longest = (index: number, parts: (cell: string) => readonly string[]): number =>
    Math.max(...rows.flatMap(row => parts(row[index] ?? '').map(part => part.trim().length)))
  const widths = columns.map((_, index) => longest(index, cell => [cell]))
  const least = columns.map(({ wraps }, index) => (wraps ? longest(index, words) : 0))
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (columns.length - 1))
  while (total() > width) {
    const room = widths.map((one, index) => (columns[index]?.wraps ? one - (least[index] ?? 0) : 0))
    const widest = Math.max(...widths.filter((_, index) => (room[index] ?? 0) > 0))
    const at = widths.findIndex((one, index) => one === widest && (room[index] ?? 0) > 0)
    if (at < 0) break
    widths[at] = widest - 1
  }
  return widths
}

/** A list breaks after its commas, and a label before its zone. */
const words = (cell: string): string[] => cell.split(/(?<= )|(?=@)/)

function wrapped(cell: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words(cell)) {
    if (line !== '' && (line + word).trimEnd().length > width) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += word
  }
  return [...lines, line.trimEnd()]
}
