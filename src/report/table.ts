// Rows of numbers for a terminal: a label, columns that line up, a picture at the end where there is room, and
// a remark below. On a narrow terminal the least important columns are left out.

import { type Colour, hanging, type Paint, padded } from './layout.ts'

export interface Column {
  readonly head: string
  /** The highest is left out first. */
  readonly rank: number
}

export interface TableRow {
  readonly label: string
  /** Of the label; that of all text unless told. */
  readonly colour?: Colour
  /** It is above its limit: shown by a shape and by colour. */
  readonly isMarked: boolean
  /** One for each column. */
  readonly cells: readonly string[]
  /** At most so many characters wide, colour not counted. */
  readonly picture?: (room: number) => string
  /** Below the numbers; empty for none. */
  readonly remark: string
}

interface Room {
  readonly width: number
  readonly paint: Paint
}

const MARK = '◆ '
const NO_MARK = '  '
const LABEL_MIN = 18
const LABEL_MAX = 44
const PICTURE_MIN = 6
const PICTURE_MAX = 30
const GAP = 2
const RANK_FIRM_MAX = 2

export function table(
  columns: readonly Column[],
  rows: readonly TableRow[],
  room: Room,
): readonly string[] {
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...rows.map(({ cells }) => (cells[index] ?? '').length)),
  )
  const longest = Math.max(0, ...rows.map(({ label }) => [...label].length))
  const wished = Math.min(longest, LABEL_MAX)
  const beside = (label: number) => keptColumns(columns, widths, room.width - MARK.length - label)
  const whole = beside(wished)
  // For the sake of labels only the less important columns are left out.
  const kept = beside(LABEL_MIN).filter(
    index => whole.includes(index) || (columns[index]?.rank ?? 0) <= RANK_FIRM_MAX,
  )
  const numbers = kept.reduce((sum, index) => sum + GAP + (widths[index] ?? 0), 0)
  const label = Math.min(wished, Math.max(LABEL_MIN, room.width - MARK.length - numbers))
  const line = (cells: readonly string[]) =>
    kept.map(index => ' '.repeat(GAP) + (cells[index] ?? '').padStart(widths[index] ?? 0)).join('')
  const heads = NO_MARK + padded('', label) + line(columns.map(({ head }) => head))
  const picture = room.width - MARK.length - label - numbers - GAP
  return [
    room.paint('dim', heads),
    ...rows.flatMap(row => rowLines(row, line(row.cells), { label, picture }, room)),
  ]
}

function rowLines(
  { label, colour, isMarked, picture, remark }: TableRow,
  numbers: string,
  widths: { readonly label: number; readonly picture: number },
  { width, paint }: Room,
): readonly string[] {
  const mark = isMarked ? paint('medium', MARK) : NO_MARK
  const isLong = [...label].length > widths.label
  const drawn =
    picture === undefined || widths.picture < PICTURE_MIN
      ? ''
      : picture(Math.min(PICTURE_MAX, widths.picture))
  const dressed = (text: string) => (colour === undefined ? text : paint(colour, text))
  const first = isLong ? [`${mark}${dressed(label)}`] : []
  const lead = isLong
    ? NO_MARK + padded('', widths.label)
    : mark + dressed(padded(label, widths.label))
  const told = remark === '' ? [] : hanging('    ', remark, width)
  return [
    ...first,
    `${lead}${numbers}${drawn === '' ? '' : ' '.repeat(GAP)}${drawn}`,
    ...told.map(text => paint('dim', text)),
  ]
}

/** Indices of the columns for which there is room, in their order. */
function keptColumns(
  columns: readonly Column[],
  widths: readonly number[],
  room: number,
): readonly number[] {
  const byRank = columns
    .map((_, index) => index)
    .sort((one, other) => (columns[one]?.rank ?? 0) - (columns[other]?.rank ?? 0))
  let left = room
  const kept: number[] = []
  for (const index of byRank) {
    left -= GAP + (widths[index] ?? 0)
    if (left < 0) break
    kept.push(index)
  }
  return kept.sort((one, other) => one - other)
}
