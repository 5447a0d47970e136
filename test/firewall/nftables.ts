// An evaluator for the part of nftables' language that our files use; every line must be understood.

import { Addresses, type Evaluator, isPort, type Packet, partsOf } from './packet.ts'

const RULE =
  /^(?<family>ip6?) saddr @(?<from>\w+) (?<family2>ip6?) daddr @(?<to>\w+) (?<match>.+) accept comment "[^"]*"$/
const MATCH =
  /^(?:(?<t1>tcp|udp) sport (?<source>[\d-]+) ?)?(?:(?<t2>tcp|udp) dport (?<target>[\d-]+))?$/
const ELEMENT = /^(?<range>[0-9a-f.:/-]+),$/

export function evaluatorOf(text: string): Evaluator {
  const sets = new Map<string, Addresses>()
  const rules: ((packet: Packet) => boolean)[] = []
  let set: { readonly name: string; addresses: Addresses | null } | null = null
  let policy = ''
  for (const line of linesOf(text)) {
    if (/^(delete )?table inet mpwatch( \{)?$|^\}$|^elements = \{$|^flags interval$/.test(line))
      continue
    if (/^set \w+ \{$/.test(line)) set = { name: line.split(' ')[1] ?? '', addresses: null }
    else if (line.startsWith('type ipv')) {
      if (set === null) throw new Error(`no set is open: ${line}`)
      set.addresses = new Addresses(line === 'type ipv4_addr' ? 4 : 6)
      sets.set(set.name, set.addresses)
    } else if (ELEMENT.test(line)) set?.addresses?.add(partsOf(line, ELEMENT)['range'] ?? '')
    else if (line === 'chain forward {') set = null
    else if (line.startsWith('type filter')) policy = partsOf(line, CHAIN)['policy'] ?? ''
    else if (line !== 'ct state established,related accept' && line !== LAST)
      rules.push(ruleOf(line, sets))
  }
  if (policy !== 'drop') throw new Error('the chain does not drop by default')
  return packet => rules.some(rule => rule(packet))
}

const CHAIN = /^type filter hook forward priority filter; policy (?<policy>\w+);$/
const LAST = 'counter drop comment "default deny"'

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.replace(/#.*$/, '').trim())
    .filter(line => line !== '')

function ruleOf(line: string, sets: ReadonlyMap<string, Addresses>) {
  const { family, family2, from = '', to = '', match = '' } = partsOf(line, RULE)
  const [sources, targets] = [sets.get(from), sets.get(to)]
  if (sources === undefined || targets === undefined || family !== family2)
    throw new Error(`a set is missing: ${line}`)
  const isService = serviceOf(match)
  return (packet: Packet) =>
    isService(packet) && sources.has(packet.source) && targets.has(packet.target)
}

function serviceOf(match: string): (packet: Packet) => boolean {
  if (/^icmp(v6)? type echo-request$/.test(match)) return ({ transport }) => transport === 'echo'
  const { t1, source, t2, target } = partsOf(match, MATCH)
  return ({ transport, sourcePort, targetPort }) =>
    transport === (t1 ?? t2) && isPort(source, sourcePort) && isPort(target, targetPort)
}
