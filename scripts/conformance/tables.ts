// Tab-separated tables with a header row, as the truth of the captures is kept.

import { existsSync, readFileSync } from 'node:fs'

/** One row: column name to text. A column the table lacks reads as empty. */
export type Row = (column: string) => string

/** Rows of a table file; none where the file does not exist. */
export function readTable(path: string): readonly Row[] {
  return existsSync(path) ? parseTable(readFileSync(path, 'utf8')) : []
}

/** Rows of a table's text. Empty lines are passed over. */
export function parseTable(text: string): readonly Row[] {
  const [header = '', ...lines] = text.split(/\r?\n/).filter(line => line !== '')
  const columns = new Map(header.split('\t').map((name, index) => [name, index]))
  return lines.map(line => {
    const cells = line.split('\t')
    return column => cells[columns.get(column) ?? -1] ?? ''
  })
}
