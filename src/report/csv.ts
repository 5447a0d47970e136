// CSV by RFC 4180, for people who open it in a spreadsheet: a cell that a spreadsheet would take for a formula begins
// with a quote. Whatever a packet or a file says may stand in a cell.

import { visible } from '../model/text.ts'

const LINE_END = '\r\n'
// What makes a spreadsheet calculate: the four signs, tab and CR, which it strips before it looks, the full-width
// forms that some take for the signs, and blanks of any kind before one of them. CVE-2021-41270, workglow-dev/sec#119.
const FORMULA = /^[\s\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/u
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/

export type Cell = string | number | boolean | bigint | null | undefined

/** One line with its end. Numbers are no text, so a minus before one is left alone. */
export const csvLine = (cells: readonly Cell[]): string => cells.map(csvCell).join(',') + LINE_END

export function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  // Every line of a cell: some readers take each for a cell of its own.
  const safe = cell
    .split(/\r?\n/)
    .map(line => (FORMULA.test(line) ? `'${visible(line)}` : visible(line)))
    .join('\n')
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
