// A flow that nobody captured: the record that a capture would have given, had two hosts done what one
// word says. By it the policy can be asked before there is any traffic.

import { type Address, ipv4, ipv6 } from '../../model/address.ts'
import { UNKNOWN_APP } from '../../model/app.ts'
import {
  type Counts,
  type Endpoint,
  type FlowRecord,
  type IcmpError,
  NO_SIGHTS,
  type Segment,
  type TcpFacts,
} from '../../model/flow.ts'
import type { PortMatch } from '../../model/policy.ts'

/** What becomes of a flow, as the `tests:` of a policy say it. */
export const OUTCOMES = ['established', 'refused', 'filtered', 'silent', 'one_way'] as const
export type OutcomeWord = (typeof OUTCOMES)[number]

export interface AskedService {
  readonly transport: PortMatch['transport']
  /** For ICMP the type: 8, echo, stands for its like in ICMPv6 too. */
  readonly port: number
}

export interface Imagined {
  readonly client: Address
  readonly server: Address
  readonly service: AskedService
  readonly outcome: OutcomeWord
}

/** How soon the imagined server answers, and with which TTL. */
export const ANSWER = { ttl: 63, afterNs: 1e6 } as const

/** When the record is closed: long after the hold time of every attempt. */
export const CLOSED_NS = 60e9

/**
 * The record of the imagined flow. Its times count from the first packet. Who the client is was said,
 * so that is never a guess, except for TCP that goes one way: nobody saw a handshake there.
 */
export function imaginedFlow({ client, server, service, outcome }: Imagined): FlowRecord {
  const isTcp = service.transport === 'tcp'
  const hasReply = outcome === 'established' || (isTcp && outcome === 'refused')
  return {
    ...protocolOf(service, client),
    client: { address: client, port: clientPort(service, client) },
    server: { address: server, port: serverPort(service, server) },
    basis: !isTcp ? 'app_request' : outcome === 'one_way' ? 'first_packet' : 'syn',
    toServer: SOME,
    toClient: hasReply ? SOME : NONE,
    data: { client: outcome === 'established', server: outcome === 'established' },
    firstNs: 0,
    lastNs: isTcp ? Math.max(ANSWER.afterNs, TCP[outcome].lastSynNs || 0) : ANSWER.afterNs,
    first: NOWHERE,
    ...{ vlan: null, sensors: NO_SIGHTS, end: 'closed', resumed: false },
    tcp: isTcp ? TCP[outcome] : null,
    icmpError: icmpErrorOf(service, server, outcome),
    app: UNKNOWN_APP,
  }
}

const SOME: Counts = { packets: 3, bytes: 300 }
const NONE: Counts = { packets: 0, bytes: 0 }
const NOWHERE = { file: 0, frame: 0, offset: 0 }
/** Some port of a client: dynamic by IANA (RFC 6335), so no row's. */
const CLIENT_PORT = 50_000

function protocolOf({ transport }: AskedService, { version }: Address) {
  if (transport === 'tcp') return { transport, protocol: 6 } as const
  if (transport === 'udp') return { transport, protocol: 17 } as const
  return version === 4
    ? ({ transport: 'icmp', protocol: 1 } as const)
    : ({ transport: 'icmp6', protocol: 58 } as const)
}

// Echo and its reply: RFC 792, RFC 4443 4.1 and 4.2.
const ECHO = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const

const clientPort = ({ transport }: AskedService, { version }: Address): Endpoint['port'] =>
  transport === 'icmp' ? ECHO[version].request : CLIENT_PORT

const serverPort = ({ transport, port }: AskedService, { version }: Address): Endpoint['port'] =>
  transport === 'icmp' ? ECHO[version].reply : port

const segment = (timeNs: number): Segment => ({ timeNs, ttl: ANSWER.ttl, window: 8192, ipId: 1 })
const BOTH = { client: true, server: true }
const NEITHER = { client: false, server: false }

const ONE_SYN: TcpFacts = {
  state: 'new',
  synCount: 1,
  syn: segment(0),
  lastSynNs: 0,
  synAck: null,
  rst: null,
  fin: NEITHER,
  acknowledges: NEITHER,
}

const TCP: Readonly<Record<OutcomeWord, TcpFacts>> = {
  established: {
    ...ONE_SYN,
    ...{ state: 'closed', synAck: segment(ANSWER.afterNs), fin: BOTH, acknowledges: BOTH },
  },
  refused: { ...ONE_SYN, state: 'closed', rst: { ...segment(ANSWER.afterNs), from: 'server' } },
  filtered: ONE_SYN,
  // Two retries, after 3 and 9 s: what silence has to be before it counts (BS2).
  silent: { ...ONE_SYN, synCount: 3, lastSynNs: 9e9 },
  one_way: { ...ONE_SYN, synCount: 0, syn: null, lastSynNs: Number.NaN },
}

// Destination unreachable, RFC 792 and RFC 4443 3.1: by a filter, the port, the host.
const UNREACHABLE = {
  4: { type: 3, filter: 13, port: 3, host: 1 },
  6: { type: 1, filter: 1, port: 4, host: 3 },
} as const

/** Some router on the way, with an address kept for examples: RFC 5737, RFC 3849. */
const ROUTER = {
  4: ipv4(0xc0_00_02_01),
  6: ipv6(Uint8Array.from([0x20, 0x01, 0x0d, 0xb8, ...new Array<number>(11).fill(0), 1])),
} as const

/** A host refuses UDP by ICMP; for an echo that nobody answers, a router says that there is no host. */
function icmpErrorOf(
  { transport }: AskedService,
  server: Address,
  outcome: OutcomeWord,
): IcmpError | null {
  const { version } = server
  const { type, filter, port, host } = UNREACHABLE[version]
  const error = (code: number, from: Address): IcmpError => {
    return { timeNs: ANSWER.afterNs, version, type, code, from, packet: NOWHERE }
  }
  if (outcome === 'filtered') return error(filter, ROUTER[version])
  if (outcome !== 'refused' || transport === 'tcp') return null
  return transport === 'udp' ? error(port, server) : error(host, ROUTER[version])
}
