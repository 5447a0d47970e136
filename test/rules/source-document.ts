// Reads the facts of the source document's port tables and range list out of its text, which is tab
// separated. The document is not part of the project; whoever has it can check the rules against it.

import type { Facts, IncomingFact, OutgoingFact, RangeFact } from './facts.ts'

const COLUMNS_INCOMING = 5
const COLUMNS_OUTGOING = 6
const FIRST_RANGE = 8

/** What "Special Requirements" begins with, apart from "(Optional ...)", and the class it stands for. */
const EXPOSURES: readonly (readonly [text: string, id: string])[] = [
  ['Expose to system administrators and end users.', 'X2'],
  ['Expose to system administrators.', 'X1'],
  ['Expose to all Web Servers in the DMZ.', 'X3'],
  ['Expose to Web Server in the DMZ.', 'X4'],
  ['Expose to Application Server.', 'X5'],
  ['-', 'X0'],
]

/** The facts of the document's text, ids given in order of appearance. */
export function readDocument(text: string): Facts {
  const rows = text.split('\n').map(line => line.split('\t').map(cell => cell.trim()))
  return {
    incoming: readIncoming(rows.filter(row => row.length === COLUMNS_INCOMING)),
    outgoing: readOutgoing(rows.filter(row => row.length === COLUMNS_OUTGOING)),
    ranges: readRanges(text),
  }
}

function readIncoming([, ...rows]: string[][]): IncomingFact[] {
  const facts: IncomingFact[] = []
  let server = ''
  for (const [service = '', transports = '', ports = '', , requirement = ''] of joinPages(rows)) {
    const heading = /^<b>(.*)<\/b>$/.exec(service)
    if (heading !== null) server = heading[1] ?? ''
    else {
      const id = idOf('I', facts.length + 1)
      facts.push({ id, server, service, transports, ports, exposure: exposureOf(requirement) })
    }
  }
  return facts
}

// A page break in the middle of a row leaves its last cell alone on the next page, with empty cells
// before it: it belongs to the row above (RTMP, A-50).
function joinPages(rows: readonly string[][]): string[][] {
  const joined: string[][] = []
  for (const row of rows) {
    const above = joined.at(-1)
    if (row[0] === '' && above !== undefined) joined.splice(-1, 1, zip(above, row))
    else joined.push(row)
  }
  return joined
}

const zip = (above: readonly string[], below: readonly string[]): string[] =>
  above.map((cell, index) => `${cell} ${below[index] ?? ''}`.trim())

function exposureOf(requirement: string): string {
  const text = requirement.replace(/^\(Optional[^)]*\) /, '')
  return EXPOSURES.find(([start]) => text.startsWith(start))?.[1] ?? `unknown: ${requirement}`
}

function readOutgoing([, ...rows]: string[][]): OutgoingFact[] {
  return rows.map(
    ([service = '', transports = '', ports = '', , source = '', destination = ''], index) => {
      return { id: idOf('O', index + 1), service, transports, ports, source, destination }
    },
  )
}

function readRanges(text: string): RangeFact[] {
  const found = text.matchAll(/([\d.]+\/\d+) \(CIDR\) or ([\d.]+ - [\d.]+) \(net range\)/g)
  return [...found].map(([, cidr = '', range = ''], index) => {
    return { id: idOf('W', index + FIRST_RANGE), cidr, range }
  })
}

const idOf = (letter: string, number: number): string =>
  `${letter}-${String(number).padStart(2, '0')}`
