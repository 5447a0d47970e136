// Judged flows, hosts, rows and policies for tests, from short sentences:
// `judged('external -> web-dmz-1 tcp/1433', 'escaped:over_exposed I-31')`.

import { createHash } from 'node:crypto'
import { type Address, parseAddress } from '../../src/model/address.ts'
import { UNKNOWN_APP } from '../../src/model/app.ts'
import { type FlowRecord, NO_SIGHTS, type Transport } from '../../src/model/flow.ts'
import type { Node, Placement, Zone } from '../../src/model/inventory.ts'
import { MEETINGPLACE, ROLES, type Role } from '../../src/model/inventory.ts'
import type { Exception, Policy, PortMatch, Row, Selector } from '../../src/model/policy.ts'
import type { JudgedFlow, Outcome, Verdict, VerdictKind } from '../../src/model/verdict.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Everything about a judged flow that a sentence does not say. */
export interface Circumstances {
  readonly state?: Outcome['state']
  readonly signature?: Outcome['signature']
  readonly verdict?: Partial<Verdict>
  /** Address of the client, where several hosts share a role and zone. */
  readonly from?: string
  readonly firstSeconds?: number
  readonly lastSeconds?: number
  readonly frame?: number
  readonly packets?: number
  readonly bytes?: number
}

/** name: role, zone, address; those below are not declared by name. */
const HOSTS: Readonly<Record<string, readonly [role: string, zone: Zone, address: string]>> = {
  'app-a': ['app', 'core', '10.10.20.11'],
  'app-b': ['app', 'core', '10.10.20.12'],
  'app-vip': ['app-vip', 'core', '10.10.20.10'],
  'media-1': ['media-audio', 'core', '10.10.20.31'],
  'web-int-1': ['web', 'core', '10.10.20.51'],
  'web-dmz-1': ['web', 'dmz', '192.0.2.20'],
  'sametime-gw-1': ['sametime-gw', 'core', '10.10.20.61'],
  'sametime-1': ['sametime', 'core', '10.10.20.62'],
  'exchange-1': ['exchange', 'core', '10.10.20.70'],
  external: ['external', 'internet', '203.0.113.77'],
  admin: ['admin', 'admin-net', '10.10.50.5'],
  enduser: ['enduser-int', 'user-net', '10.20.3.4'],
  'unknown@core': ['unknown', 'core', '10.10.20.99'],
  'unknown@dmz': ['unknown', 'dmz', '192.0.2.29'],
}
const UNDECLARED = ['external', 'admin', 'enduser', 'unknown@core', 'unknown@dmz']
const PROTOCOLS: Readonly<Record<Transport, number>> = {
  ...{ tcp: 6, udp: 17, icmp: 1, icmp6: 58, other: 47 },
}
const SECOND_NS = 1e9

/** `<client> -> <server> <transport>/<port>` and `<kind>[:<reason>] <row>`; answered unless told. */
export function judged(
  flow: string,
  verdict: string,
  circumstances: Circumstances = {},
): JudgedFlow {
  const [client = '', , server = '', service = ''] = flow.split(' ')
  const source = hostOf(client, circumstances.from)
  const target = hostOf(server)
  return {
    flow: flowOf(source.address, target.address, service, circumstances),
    client: source,
    server: target,
    verdict: verdictOf(verdict, circumstances),
  }
}

export function row(id: string, rule: string, more: Partial<Row> = {}): Row {
  const [from = '', , to = '', services = ''] = rule.split(' ')
  return {
    ...{ id, says: `What ${id} demands.`, kind: 'incoming', where: `rules/policy.yaml:${id}` },
    cite: { section: 'TCP/UDP Ports', table: 'incoming', server: 'Some Server', row: id },
    from: { selectors: selectorsOf(from), basis: 'document' },
    to: { selectors: selectorsOf(to), basis: 'document' },
    match: services.split(',').map(portsOf),
    app: { expect: [], not: [] },
    ...{ exposure: null, closed: false, obligation: 'permitted', mode: null, reversed: null },
    ...{ activeWith: null, advisory: null, sensitive: false, twin: null, parent: null },
    ...{ sourcePorts: null, cleartext: false },
    ...more,
  }
}

export function policyOf(rows: readonly Row[], more: Partial<Policy> = {}): Policy {
  const webex = {
    ...{ version: 'seed', source: '', date: '2026-11-22', ranges: [] },
    ...{ cdnNames: [], interceptionIssuers: [] },
  }
  return {
    ...{ id: 'meetingplace-7.1', rows, practiceOff: [], statements: new Map(), webex },
    ...{ exposures: new Map(), limits: [], exceptions: [], tests: [] },
    ...{ strictOutbound: false, hash: 'sha256:00' },
    ...more,
  }
}

export const exception = (id: string): Exception => {
  const pair = { row: 'unlisted', from: 'app-a', to: '203.0.113.77/32' }
  const accepted = { owner: 'noc', reason: 'syslog, change 4411', expires: '2027-01-31' }
  return { id, ...pair, match: [portsOf('tcp/514')], ...accepted, where: 'site.yaml:9' }
}

const addressOf = (text: string): Address => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

function hostOf(name: string, otherAddress?: string): Placement {
  const [role, zone, text] = HOSTS[name] ?? ['unknown', 'unknown-private', '10.99.0.1']
  const address = addressOf(otherAddress ?? text)
  const isDeclared = !UNDECLARED.includes(name)
  const labels = new Set([role, ...(role === 'app-vip' ? ['app'] : [])])
  if (role.startsWith('media')) labels.add('media')
  return {
    ...{ address, labels, role, zone, webexRange: null },
    name: isDeclared ? name : `${role}@${zone}`,
    group: `${role}@${zone}`,
    node: isDeclared ? nodeOf(name, role, address) : null,
    basis: isDeclared ? 'node' : 'network',
    isMeetingPlace: MEETINGPLACE.some(own => own === role),
    isWebexUser: false,
    isLinkScope: false,
  }
}

function nodeOf(name: string, role: string, address: Address): Node {
  const roles = ROLES.filter((known): known is Role => known === role)
  const none = { nat: [], macs: [], zone: null, dynamicPorts: null }
  return { name, roles, addresses: [address], site: 'hq', ...none }
}

function flowOf(
  client: Address,
  server: Address,
  service: string,
  { firstSeconds = 1, lastSeconds = 2, frame = 1, packets = 3, bytes = 200 }: Circumstances,
): FlowRecord {
  const [name = 'tcp', port = '0'] = service.split('/')
  const transport = (name in PROTOCOLS ? name : 'other') as Transport
  const isIcmp = transport === 'icmp' || transport === 'icmp6'
  return {
    ...{ transport, protocol: PROTOCOLS[transport], basis: 'syn', end: 'closed', resumed: false },
    client: { address: client, port: isIcmp ? Number(port) : 40_001 },
    server: { address: server, port: isIcmp ? 0 : Number(port) },
    toServer: { packets, bytes },
    toClient: { packets: 0, bytes: 0 },
    data: { client: true, server: true },
    firstNs: firstSeconds * SECOND_NS,
    lastNs: lastSeconds * SECOND_NS,
    first: { file: 0, frame, offset: 24 },
    ...{ vlan: null, sensors: NO_SIGHTS, tcp: null, icmpError: null, app: UNKNOWN_APP },
  }
}

function verdictOf(text: string, { state, signature, verdict }: Circumstances): Verdict {
  const [head = '', cited = 'unlisted'] = text.split(' ')
  const [kind = '', reason = null] = head.split(':')
  const outcome: Outcome = {
    state: state ?? 'answered',
    signature: signature ?? null,
    ...{ confidence: 'confirmed', why: ['The connection was answered.'] },
  }
  return {
    ...{
      kind: kind as VerdictKind,
      reason,
      row: cited,
      rows: [],
      confidence: 'confirmed',
      outcome,
    },
    ...{ advisories: [], serviceDown: false, verified: 'none', bound: null, practice: null },
    ...{ excepted: null, why: ['Row I-00 decided.'] },
    ...verdict,
  }
}

const selectorsOf = (text: string): Selector[] =>
  text.split(',').map(label => {
    return { label, zone: null, text: label }
  })

function portsOf(text: string): PortMatch {
  const [transport = 'tcp', range = ''] = text.split('/')
  const [first, last] = range === 'any' ? [0, 65_535] : range.split('-').map(Number)
  const ports = { first: first ?? 0, last: last ?? first ?? 0 }
  return { transport: transport as PortMatch['transport'], ports }
}
