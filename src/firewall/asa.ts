// Cisco ASA, 9.0 and later, where one access list holds IPv4 and IPv6: objects for ranges that are no
// prefix, object groups for hosts, access-list lines. Answers pass because an ASA keeps state.

import type { AddressSet, Remarks, Rule, RuleSet, Service } from './rule-set.ts'
import { type AddressRange, prefixText, textAt } from './spans.ts'
import { harmless, listLines } from './words.ts'

const LIST = 'MPWATCH'
const LOAD = [
  `Bind it with: access-group ${LIST} global. Answers to an echo need: inspect icmp.`,
  `Before it is loaded again: clear configure access-list ${LIST}.`,
]
const PROTOCOL = {
  4: { tcp: 'tcp', udp: 'udp', icmp: 'icmp' },
  6: { tcp: 'tcp', udp: 'udp', icmp: 'icmp6' },
} as const
const BITS = { 4: 32, 6: 128 } as const

/** Lines for the configuration mode. */
export function asa({ sets, rules }: RuleSet, { before, after }: Remarks): string {
  const lines = [
    ...[...before, ...LOAD].map(remark),
    ...sets.flatMap(rangeObjects),
    ...sets.flatMap(groupLines),
    ...rules.flatMap(ruleLines),
    `access-list ${LIST} remark default deny`,
    `access-list ${LIST} extended deny ip any any`,
    ...after.map(remark),
  ]
  return `${lines.join('\n')}\n`
}

const remark = (line: string): string => `! ${harmless(line)}`.trimEnd()
const groupName = ({ name }: AddressSet): string => `mp_${name}`
const objectName = (set: AddressSet, index: number): string => `${groupName(set)}_r${index + 1}`

/** A group takes hosts and prefixes as they are, and a range only as an object of its own. */
const rangeObjects = (set: AddressSet): string[] =>
  set.ranges.flatMap((range, index) =>
    prefixText(set.version, range) === null
      ? [
          `object network ${objectName(set, index)}`,
          ` range ${textAt(set.version, range.first)} ${textAt(set.version, range.last)}`,
        ]
      : [],
  )

const groupLines = (set: AddressSet): string[] => [
  ...listLines(`! ${groupName(set)}: `, [...new Set(set.ranges.map(({ name }) => harmless(name)))]),
  `object-group network ${groupName(set)}`,
  ...set.ranges.map((range, index) => ` network-object ${memberText(set, range, index)}`),
]

function memberText(set: AddressSet, range: AddressRange, index: number): string {
  const prefix = prefixText(set.version, range)
  if (prefix === null) return `object ${objectName(set, index)}`
  const [address = '', length = ''] = prefix.split('/')
  if (Number(length) === BITS[set.version]) return `host ${address}`
  return set.version === 6 ? prefix : `${address} ${maskText(Number(length))}`
}

/** `255.255.0.0` for 16. */
const maskText = (length: number): string =>
  [0, 8, 16, 24].map(from => 256 - 2 ** (8 - Math.min(8, Math.max(0, length - from)))).join('.')

function ruleLines(rule: Rule): string[] {
  const { from, to, comment, services } = rule
  return [
    `access-list ${LIST} remark ${comment}`,
    ...services.map(service => {
      const protocol = PROTOCOL[from.version][service.transport]
      const source = `object-group ${groupName(from)}${portsText(service.sourcePorts)}`
      const target = `object-group ${groupName(to)}${targetText(service)}`
      return `access-list ${LIST} extended permit ${protocol} ${source} ${target}`
    }),
  ]
}

const targetText = ({ transport, ports }: Service): string =>
  transport === 'icmp' ? ' echo' : portsText(ports)

function portsText(ports: Service['ports']): string {
  if (ports === null) return ''
  const { first, last } = ports
  return first === last ? ` eq ${first}` : ` range ${first} ${last}`
}
