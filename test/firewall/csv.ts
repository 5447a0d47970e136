// An evaluator for the table: RFC 4180 is read, cell by cell, and the columns are found by their names.

import { Addresses, type Evaluator, isPort, type Packet } from './packet.ts'

export function evaluatorOf(text: string): Evaluator {
  const [header = [], ...records] = recordsOf(text)
  const last = records.pop()
  if (last?.[0] !== 'deny') throw new Error('the last line denies nothing')
  const rules = records.map(cells => ruleOf(new Map(header.map((name, at) => [name, cells[at]]))))
  return packet => rules.some(rule => rule(packet))
}

/** Lines end with CRLF; a quoted cell may hold anything, a quotation mark twice. */
export function recordsOf(text: string): string[][] {
  const records: string[][] = [[]]
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  let end = 0
  for (const [all, quoted, bare, stop] of text.matchAll(cell)) {
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '')
    if (stop === '\r\n') records.push([])
    end += all.length
  }
  if (end !== text.length || records.pop()?.length !== 0) throw new Error('no RFC 4180')
  return records
}

function ruleOf(cells: ReadonlyMap<string, string | undefined>): (packet: Packet) => boolean {
  const cell = (name: string): string => {
    const value = cells.get(name)
    if (value === undefined) throw new Error(`no column ${name}`)
    return value
  }
  if (cell('action') !== 'allow') throw new Error(`${cell('action')} in the middle`)
  const version = cell('ip_version') === '4' ? 4 : 6
  const addresses = (name: string): Addresses => {
    const own = new Addresses(version)
    for (const text of cell(name).split(' ')) own.add(text)
    return own
  }
  const [from, to] = [addresses('source'), addresses('destination')]
  const isEcho = cell('protocol').startsWith('icmp')
  const ports = (name: string): string => (cell(name) === 'any' ? '' : cell(name))
  return ({ transport, source, sourcePort, target, targetPort }) =>
    transport === (isEcho ? 'echo' : cell('protocol')) &&
    (isEcho ||
      (isPort(ports('source_ports'), sourcePort) &&
        isPort(ports('destination_ports'), targetPort))) &&
    from.has(source) &&
    to.has(target)
}
