// A table for people and for other programs: RFC 4180, one line for each rule and service. No cell begins
// like a formula, so that a spreadsheet shows what is written and computes nothing.

import type { AddressSet, Rule, RuleSet, Service } from './rule-set.ts'
import { rangeText } from './spans.ts'
import { harmless } from './words.ts'

const HEADER = [
  ...['action', 'rows', 'place', 'ip_version', 'protocol'],
  ...['source', 'source_names', 'source_ports'],
  ...['destination', 'destination_names', 'destination_ports'],
]
const DENY = ['deny', '', 'default deny', 'any', 'any', 'any', '', 'any', 'any', '', 'any']

/** The lines with CRLF behind each. The table has no room for remarks. */
export function csv({ rules }: RuleSet): string {
  const lines = rules.flatMap(rule => rule.services.map(service => cellsOf(rule, service)))
  return [HEADER, ...lines, DENY].map(cells => `${cells.map(cellText).join(',')}\r\n`).join('')
}

const cellsOf = ({ rows, comment, from, to }: Rule, service: Service): string[] => [
  'allow',
  harmless(rows.join(' ')),
  comment.slice(comment.indexOf(': ') + 2),
  String(from.version),
  service.transport === 'icmp' && from.version === 6 ? 'icmp6' : service.transport,
  rangesText(from),
  namesText(from),
  portsText(service.sourcePorts),
  rangesText(to),
  namesText(to),
  service.transport === 'icmp' ? 'echo' : portsText(service.ports),
]

const rangesText = ({ version, ranges }: AddressSet): string =>
  ranges.map(range => rangeText(version, range)).join(' ')

const namesText = ({ ranges }: AddressSet): string =>
  [...new Set(ranges.map(({ name }) => harmless(name)))].join(' ')

function portsText(ports: Service['ports']): string {
  if (ports === null) return 'any'
  return ports.first === ports.last ? String(ports.first) : `${ports.first}-${ports.last}`
}

/** An apostrophe before what a spreadsheet takes for a formula; quotation marks where they must be. */
function cellText(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
