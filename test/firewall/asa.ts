// An evaluator for the configuration of an ASA: the first line of the access list that matches decides.

import { Addresses, type Evaluator, isPort, type Packet, partsOf } from './packet.ts'

const PORTS = /^(?: eq (?<port>\d+)| range (?<first>\d+) (?<last>\d+))?$/
const LINE =
  /^access-list MPWATCH extended (?<action>permit|deny) (?<protocol>\w+) (?<from>any|object-group (?<fromName>\w+))(?<source>(?: eq \d+| range \d+ \d+)?) (?<to>any|object-group (?<toName>\w+))(?<target>(?: eq \d+| range \d+ \d+| echo)?)$/
const MEMBER =
  /^network-object (?:host (?<host>\S+)|object (?<object>\w+)|(?<network>\S+)(?: (?<mask>\S+))?)$/
const NAME_CHARACTERS_MAX = 64
const REMARK_CHARACTERS_MAX = 100

export function evaluatorOf(text: string): Evaluator {
  const objects = new Map<string, string>()
  const groups = new Map<string, Addresses>()
  const lines: { readonly test: (packet: Packet) => boolean; readonly action: string }[] = []
  let [object, group] = ['', '']
  for (const line of text.split('\n').filter(one => one !== '' && !one.startsWith('!'))) {
    if (line.startsWith('object network ')) object = named(line.slice('object network '.length))
    else if (line.startsWith(' range ')) objects.set(object, line.slice(' range '.length))
    else if (line.startsWith('object-group network '))
      group = named(line.slice('object-group network '.length))
    else if (line.startsWith(' network-object ')) member(line.trim(), group, { objects, groups })
    else if (line.startsWith('access-list MPWATCH remark ')) remark(line)
    else lines.push(lineOf(line, groups))
  }
  return packet => lines.find(({ test }) => test(packet))?.action === 'permit'
}

function named(name: string): string {
  if (!/^\w+$/.test(name) || name.length > NAME_CHARACTERS_MAX)
    throw new Error(`${name} is no name`)
  return name
}

function remark(line: string): void {
  const text = line.slice('access-list MPWATCH remark '.length)
  if (text.length > REMARK_CHARACTERS_MAX) throw new Error(`too long a remark: ${text}`)
}

interface Known {
  readonly objects: ReadonlyMap<string, string>
  readonly groups: Map<string, Addresses>
}

function member(line: string, group: string, { objects, groups }: Known): void {
  const { host, object, network, mask } = partsOf(line, MEMBER)
  const text =
    host ??
    (object === undefined ? prefixOf(network, mask) : objects.get(object)?.replace(' ', '-')) ??
    ''
  const known = groups.get(group) ?? new Addresses(text.includes(':') ? 6 : 4)
  known.add(text)
  groups.set(group, known)
}

function prefixOf(network = '', mask: string | undefined): string {
  if (mask === undefined) return network
  const bits = mask.split('.').map(part => Number(part).toString(2).padStart(8, '0'))
  const ones = bits.join('')
  if (!/^1+0*$/.test(ones)) throw new Error(`${mask} is no mask`)
  return `${network}/${ones.replace(/0/g, '').length}`
}

function lineOf(line: string, groups: ReadonlyMap<string, Addresses>) {
  const { action = '', protocol, fromName, toName, source, target } = partsOf(line, LINE)
  if (protocol === 'ip') return { action, test: () => true }
  const [from, to] = [groups.get(fromName ?? ''), groups.get(toName ?? '')]
  if (from === undefined || to === undefined) throw new Error(`a group is missing: ${line}`)
  const isEcho = protocol === 'icmp' || protocol === 'icmp6'
  if (isEcho !== (target === ' echo')) throw new Error(`no echo: ${line}`)
  const test = (packet: Packet): boolean =>
    packet.transport === (isEcho ? 'echo' : protocol) &&
    (isEcho || (isIn(source, packet.sourcePort) && isIn(target, packet.targetPort))) &&
    from.has(packet.source) &&
    to.has(packet.target)
  return { action, test }
}

function isIn(text: string | undefined, port: number): boolean {
  const { port: one, first, last } = partsOf(text ?? '', PORTS)
  return isPort(first === undefined ? one : `${first}-${last}`, port)
}
