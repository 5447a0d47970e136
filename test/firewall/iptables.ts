// An evaluator for iptables-restore files: chains are walked as the kernel does, for one IP version.

import { Addresses, type Evaluator, isPort, type Packet, partsOf, versionOf } from './packet.ts'

interface Line {
  readonly test: (packet: Packet) => boolean
  readonly target: string
}

const LINE =
  /^(?:-(?<version>[46]) )?-A (?<chain>[\w-]+)(?<match>.*?)(?: -m comment --comment "[^"]*")? -j (?<target>[\w-]+)$/
const PROTOCOL = /^ -p (?<protocol>[\w-]+)(?<rest>.*)$/
const REST =
  /^(?: -m (?<module>\w+))?(?: --icmp(?:v6)?-type (?<type>\d+))?(?: --sport (?<source>[\d:]+))?(?: --dport (?<target>[\d:]+))?$/
const HOSTS =
  /^ (?:-(?<short>[sd]) (?<prefix>\S+)|-m iprange --(?<long>src|dst)-range (?<range>\S+))$/
const STATE = ' -m conntrack --ctstate ESTABLISHED,RELATED'

export function evaluatorOf(text: string): Evaluator {
  const chains = new Map<string, Line[]>()
  const [first, ...lines] = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  if (first !== '*filter' || lines.pop() !== 'COMMIT') throw new Error('no table filter')
  for (const line of lines) {
    const chain = /^:([\w-]+) (DROP|-) \[0:0\]$/.exec(line)
    if (chain !== null) chains.set(named(chain[1]), [])
    else {
      const { version, chain: name = '', match = '', target = '' } = partsOf(line, LINE)
      const own = chains.get(name)
      if (own === undefined) throw new Error(`no chain ${name}`)
      own.push({ test: testOf(match, version), target })
    }
  }
  return packet => walk(chains, 'FORWARD', packet) === 'ACCEPT'
}

/** A chain has a name that fits: XT_EXTENSION_MAXNAMELEN is 29 with the end. */
function named(name = ''): string {
  if (name.length > 28) throw new Error(`${name} is too long a name`)
  return name
}

/** The fate of a packet, null where the chain comes to its end. */
function walk(chains: ReadonlyMap<string, Line[]>, name: string, packet: Packet): string | null {
  const chain = chains.get(name)
  if (chain === undefined) return name
  for (const { test, target } of chain) {
    const fate = test(packet) ? walk(chains, target, packet) : null
    if (fate !== null) return fate
  }
  return null
}

function testOf(match: string, version: string | undefined): Line['test'] {
  if (match === STATE) return () => false
  const isMatch =
    match === '' ? () => true : match.startsWith(' -p') ? service(match) : hosts(match)
  return packet =>
    (version === undefined || Number(version) === versionOf(packet.source)) && isMatch(packet)
}

function service(match: string): Line['test'] {
  const { protocol = '', rest = '' } = partsOf(match, PROTOCOL)
  const { module: used, type, source, target } = partsOf(rest, REST)
  const isEcho = protocol === 'icmp' || protocol === 'ipv6-icmp'
  if (isEcho && type !== (protocol === 'icmp' ? '8' : '128')) throw new Error(`no echo: ${match}`)
  if (!isEcho && used !== undefined && used !== protocol)
    throw new Error(`another module: ${match}`)
  return ({ transport, sourcePort, targetPort }) =>
    transport === (isEcho ? 'echo' : protocol) &&
    isPort(source, sourcePort, ':') &&
    isPort(target, targetPort, ':')
}

function hosts(match: string): Line['test'] {
  const { short, prefix, long, range } = partsOf(match, HOSTS)
  const text = prefix ?? range ?? ''
  const addresses = new Addresses(text.includes(':') ? 6 : 4)
  addresses.add(text)
  const isSource = short === 's' || long === 'src'
  return ({ source, target }) => addresses.has(isSource ? source : target)
}
