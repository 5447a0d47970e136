// iptables-restore, IPv4 and IPv6 in one file: each reads the lines marked for the other over
// (iptables(8), -4 and -6). A rule leads to a chain of its destinations, and that to one of its sources.

import type { AddressSet, Remarks, Rule, RuleSet, Service } from './rule-set.ts'
import { type AddressRange, prefixText, textAt } from './spans.ts'
import { harmless } from './words.ts'

const LOAD = 'Load it with --noflush, or it empties the chains INPUT and OUTPUT.'
const CHAIN = 'mpwatch'
const PROTOCOL = {
  4: { tcp: 'tcp', udp: 'udp', icmp: 'icmp' },
  6: { tcp: 'tcp', udp: 'udp', icmp: 'ipv6-icmp' },
} as const
const ECHO = {
  4: '-m icmp --icmp-type 8',
  6: '-m icmp6 --icmpv6-type 128',
} as const

/** A file for `iptables-restore --noflush` and `ip6tables-restore --noflush`. */
export function iptables({ sets, rules }: RuleSet, { before, after }: Remarks): string {
  // A chain's name has 28 characters at the most, so sets and rules have numbers here.
  const sources = new Map(sets.map((set, index) => [set, `mp-from-${index + 1}`]))
  const used = sets.filter(set => rules.some(({ from }) => from === set))
  const chains = [CHAIN, ...used.map(chainOf), ...rules.map((_, index) => ruleChain(index))]
  function chainOf(set: AddressSet): string {
    return sources.get(set) ?? ''
  }
  const lines = [
    ...[...before, LOAD].map(remark),
    '*filter',
    ':FORWARD DROP [0:0]',
    ...chains.map(chain => `:${chain} - [0:0]`),
    `-A FORWARD -j ${CHAIN}`,
    `-A ${CHAIN} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    ...rules.flatMap((rule, index) => ruleLines(rule, ruleChain(index))),
    `-A ${CHAIN} -m comment --comment "default deny" -j DROP`,
    ...rules.flatMap(({ from, to }, index) =>
      rangeLines(to, { chain: ruleChain(index), end: 'dst', target: chainOf(from) }),
    ),
    ...used.flatMap(set => rangeLines(set, { chain: chainOf(set), end: 'src', target: 'ACCEPT' })),
    'COMMIT',
    ...after.map(remark),
  ]
  return `${lines.join('\n')}\n`
}

const remark = (line: string): string => `# ${harmless(line)}`.trimEnd()
const ruleChain = (index: number): string => `mp-to-${index + 1}`

const ruleLines = ({ from, services, comment }: Rule, chain: string): string[] =>
  services.map(service =>
    [
      `-${from.version} -A ${CHAIN} -p ${PROTOCOL[from.version][service.transport]}`,
      ...serviceParts(service, from.version),
      `-m comment --comment "${comment}" -j ${chain}`,
    ].join(' '),
  )

function serviceParts({ transport, ports, sourcePorts }: Service, version: 4 | 6): string[] {
  if (transport === 'icmp') return [ECHO[version]]
  const parts = [
    ...(sourcePorts === null ? [] : [`--sport ${portsText(sourcePorts)}`]),
    ...(ports === null ? [] : [`--dport ${portsText(ports)}`]),
  ]
  return parts.length === 0 ? [] : [`-m ${transport}`, ...parts]
}

const portsText = ({ first, last }: { first: number; last: number }): string =>
  first === last ? String(first) : `${first}:${last}`

interface Step {
  readonly chain: string
  readonly end: 'src' | 'dst'
  readonly target: string
}

function rangeLines({ version, ranges }: AddressSet, { chain, end, target }: Step): string[] {
  return ranges.map(range => {
    const name = `-m comment --comment "${harmless(range.name)}"`
    return `-${version} -A ${chain} ${rangeText(version, range, end)} ${name} -j ${target}`
  })
}

function rangeText(version: 4 | 6, range: AddressRange, end: Step['end']): string {
  const prefix = prefixText(version, range)
  if (prefix !== null) return `${end === 'src' ? '-s' : '-d'} ${prefix}`
  const text = `${textAt(version, range.first)}-${textAt(version, range.last)}`
  return `-m iprange --${end}-range ${text}`
}
