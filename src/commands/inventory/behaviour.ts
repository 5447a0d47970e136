// What hosts do, as far as the rows of the policy speak of it: which services they answer, which they use,
// by which protocol, with whom. Facts alone; what they say of roles is score.ts's.

import { type Address, isMulticast } from '../../model/address.ts'
import type { Protocol } from '../../model/app.ts'
import { type FlowRecord, isStrongBasis } from '../../model/flow.ts'
import type { Row } from '../../model/policy.ts'
import { expectedOn } from '../../policy/carried.ts'
import { isLinkScope } from '../../policy/link-scope.ts'
import { type Rulebook, serviceOf } from '../../policy/rulebook.ts'

/** Hosts that are kept, declared ones besides; further ones are counted. */
export const HOSTS_MAX = 4096
const LEFT_OUT_MAX = 65_536
/** Of one act; one more of either proves nothing. */
export const PEERS_MAX = 32
export const PORTS_MAX = 8

/** How a host is called, and under which address it is to be declared. */
export interface HostName {
  /** The same for all addresses of a declared node. */
  readonly name: string
  readonly isDeclared: boolean
}

/** How sure it is that a flow is what a row speaks of, the surest first. */
export const SUREST = ['signature', 'opaque', 'port'] as const
export type Sure = (typeof SUREST)[number]

/** Services of the same rows that a host answers, or uses. */
export interface Act {
  readonly side: 'answers' | 'uses'
  readonly transport: 'tcp' | 'udp'
  readonly rows: readonly Row[]
  sure: Sure
  /** A handshake, a request or a reserved port told who is the client. */
  isDirected: boolean
  protocol: Protocol | null
  readonly ports: Set<number>
  /** By name. */
  readonly peers: Map<string, Address>
}

export interface Behaviour {
  readonly name: string
  readonly isDeclared: boolean
  readonly address: Address
  readonly acts: Map<string, Act>
  /** It has opened a connection, whatever for. */
  isClient: boolean
}

export class Behaviours {
  readonly #book: Rulebook
  readonly #nameOf: (address: Address) => HostName
  readonly #hosts = new Map<string, Behaviour>()
  readonly #leftOut = new Set<string>()
  #undeclared = 0

  constructor(book: Rulebook, nameOf: (address: Address) => HostName) {
    this.#book = book
    this.#nameOf = nameOf
  }

  /** By name, in the order in which they were met. */
  get hosts(): ReadonlyMap<string, Behaviour> {
    return this.#hosts
  }

  /** Hosts beyond those that are kept; no more than `LEFT_OUT_MAX` are told apart. */
  get leftOut(): number {
    return this.#leftOut.size
  }

  take(flow: FlowRecord): void {
    if (!isOfHosts(flow)) return
    const [client, server] = [this.#hostOf(flow.client.address), this.#hostOf(flow.server.address)]
    const isDirected = isStrongBasis(flow.basis)
    if (isDirected && client !== null) client.isClient = true
    if (!isAnswered(flow)) return
    this.#note(flow, client, server, isDirected)
    // Who spoke first in media is chance, so both readings may be the right one.
    if (!isDirected) this.#note(reversed(flow), server, client, false)
  }

  #note(
    flow: FlowRecord,
    client: Behaviour | null,
    server: Behaviour | null,
    isDirected: boolean,
  ): void {
    for (const [sure, rows] of this.#rowsOf(flow)) {
      const seen = { flow, rows, sure, isDirected }
      if (server !== null) note(server, 'answers', seen, this.#nameOf(flow.client.address).name)
      if (client !== null) note(client, 'uses', seen, this.#nameOf(flow.server.address).name)
    }
  }

  /** Rows that speak of the flow's service and do not contradict what it carries, by how sure that is. */
  #rowsOf(flow: FlowRecord): Map<Sure, Row[]> {
    const rows = new Map<Sure, Row[]>()
    for (const row of this.#book.covering(serviceOf(flow))) {
      if (row.kind === 'webex' || !comesFrom(row, flow)) continue
      const sure = surenessOf(row, flow)
      if (sure !== null) rows.set(sure, [...(rows.get(sure) ?? []), row])
    }
    return rows
  }

  #hostOf(address: Address): Behaviour | null {
    const { name, isDeclared } = this.#nameOf(address)
    const known = this.#hosts.get(name)
    if (known !== undefined) return known
    if (!isDeclared && this.#undeclared >= HOSTS_MAX) {
      if (this.#leftOut.size < LEFT_OUT_MAX) this.#leftOut.add(name)
      return null
    }
    if (!isDeclared) this.#undeclared++
    const host = { name, isDeclared, address, acts: new Map(), isClient: false }
    this.#hosts.set(name, host)
    return host
  }
}

const isOfHosts = ({ transport, client, server }: FlowRecord): boolean =>
  (transport === 'tcp' || transport === 'udp') &&
  ![client, server].some(({ address }) => isLinkScope(address) || isMulticast(address))

/** The server has said something; a refusal is no service. */
const isAnswered = ({ tcp, data, toClient }: FlowRecord): boolean =>
  tcp === null ? toClient.packets > 0 : tcp.synAck !== null || data.server

const reversed = (flow: FlowRecord): FlowRecord => ({
  ...flow,
  ...{ client: flow.server, server: flow.client },
  ...{ toServer: flow.toClient, toClient: flow.toServer },
})

/** A row that names every port speaks of what comes from its own end's ports only. */
const comesFrom = ({ sourcePorts }: Row, { client }: FlowRecord): boolean =>
  sourcePorts === null ||
  sourcePorts.some(({ first, last }) => first <= client.port && client.port <= last)

/** Null where the flow carries something else than the row expects. */
function surenessOf(row: Row, flow: FlowRecord): Sure | null {
  const expected = expectedOn(row, flow)
  const { protocol } = flow.app
  if (protocol !== null) return expected.includes(protocol) ? 'signature' : null
  const isOpaque = expected.length > 0 && expected.every(word => word === 'opaque')
  if (isOpaque && (flow.data.client || flow.data.server)) return 'opaque'
  // A port that any row could mean says nothing without the protocol.
  return row.sourcePorts === null ? 'port' : null
}

interface Seen {
  readonly flow: FlowRecord
  readonly rows: readonly Row[]
  readonly sure: Sure
  readonly isDirected: boolean
}

function note(host: Behaviour, side: Act['side'], seen: Seen, peer: string): void {
  const { flow, rows, sure, isDirected } = seen
  const transport = flow.transport === 'tcp' ? 'tcp' : 'udp'
  const key = `${side} ${transport} ${rows.map(({ id }) => id).join(' ')}`
  const known = host.acts.get(key)
  const act: Act = known ?? {
    ...{ side, transport, rows, sure, isDirected, protocol: flow.app.protocol },
    ...{ ports: new Set(), peers: new Map() },
  }
  if (known === undefined) host.acts.set(key, act)
  if (SUREST.indexOf(sure) < SUREST.indexOf(act.sure)) act.sure = sure
  act.isDirected ||= isDirected
  act.protocol ??= flow.app.protocol
  if (act.ports.size < PORTS_MAX) act.ports.add(flow.server.port)
  const { address } = side === 'answers' ? flow.client : flow.server
  if (act.peers.size < PEERS_MAX) act.peers.set(peer, address)
}
