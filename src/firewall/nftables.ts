// nftables: one table with a set for each group of hosts and a chain that drops by default. nft(8).

import type { AddressSet, Remarks, Rule, RuleSet, Service } from './rule-set.ts'
import { rangeText } from './spans.ts'
import { harmless } from './words.ts'

const TYPE = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const
const FAMILY = { 4: 'ip', 6: 'ip6' } as const
const ECHO = { 4: 'icmp type echo-request', 6: 'icmpv6 type echo-request' } as const

/** A file for `nft -f`. Loading it again replaces what it loaded before. */
export function nftables({ sets, rules }: RuleSet, { before, after }: Remarks): string {
  const lines = [
    '#!/usr/sbin/nft -f',
    ...before.map(remark),
    'table inet mpwatch',
    'delete table inet mpwatch',
    'table inet mpwatch {',
    ...sets.flatMap(setLines).map(indented),
    ...['chain forward {', ...chainLines(rules).map(indented), '}'].map(indented),
    '}',
    ...after.map(remark),
  ]
  return `${lines.join('\n')}\n`
}

const remark = (line: string): string => `# ${harmless(line)}`.trimEnd()
const indented = (line: string): string => `  ${line}`

function setLines({ name, version, ranges }: AddressSet): string[] {
  const elements = ranges.map(range => `  ${rangeText(version, range)}, # ${harmless(range.name)}`)
  return [
    `set ${name} {`,
    `  type ${TYPE[version]}`,
    '  flags interval',
    '  elements = {',
    ...elements.map(indented),
    '  }',
    '}',
  ]
}

const chainLines = (rules: readonly Rule[]): string[] => [
  'type filter hook forward priority filter; policy drop;',
  'ct state established,related accept',
  ...rules.flatMap(rule => rule.services.map(service => ruleLine(rule, service))),
  'counter drop comment "default deny"',
]

function ruleLine({ from, to, comment }: Rule, service: Service): string {
  const family = FAMILY[from.version]
  const ends = `${family} saddr @${from.name} ${family} daddr @${to.name}`
  return `${ends} ${serviceText(service, from.version)} accept comment "${comment}"`
}

function serviceText({ transport, ports, sourcePorts }: Service, version: 4 | 6): string {
  if (transport === 'icmp') return ECHO[version]
  const parts = [
    sourcePorts && `${transport} sport ${sourcePorts.first}-${sourcePorts.last}`,
    ports && `${transport} dport ${portsText(ports)}`,
  ].filter(part => part !== null)
  return parts.length > 0 ? parts.join(' ') : `meta l4proto ${transport}`
}

const portsText = ({ first, last }: { first: number; last: number }): string =>
  first === last ? String(first) : `${first}-${last}`
