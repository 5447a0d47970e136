// F-01 and F-07 to F-15: heartbeat, then ping, then queue, then resync. What the Application Servers say to
// each other is cut into exchanges here; small ones may be heartbeats, large ones are replication.

import type { Placement } from '../model/inventory.ts'
import { PairTable } from '../model/pair-table.ts'
import type { Connection, WatchedPacket } from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import type { Around, Follower } from './connections.ts'
import { Drain, type Drained } from './drain.ts'
import {
  begin,
  bytesOf,
  type Exchange,
  isAnswered,
  noExchange,
  QUIET_NS,
  SMALL_BYTES_MAX,
} from './exchange.ts'
import {
  FLAG,
  type Followed,
  isApp,
  isAppNode,
  outstanding,
  type Side,
  type Step,
} from './followed.ts'
import { Heartbeat } from './heartbeat.ts'
import { Replication } from './replication.ts'
import type { Watch } from './watcher.ts'

/** The row that says where the nodes replicate. */
const ROW = 'I-05'
/** Pages on which profiles, meetings and the system are changed (F-12). */
const ADMINISTRATION: readonly number[] = [443, 9090, 61_004]
/** NTP polls every 64 s, which is no heartbeat. */
const NTP_PORT = 123
/** A reset so soon after data is in the middle of it. */
const MIDDLE_NS = 1e9
/** Attempts that got nowhere. */
const FAILED: readonly string[] = ['unanswered', 'blocked', 'refused']

/** Two Application Servers. */
interface Pair {
  readonly heartbeat: Heartbeat
  readonly replication: Replication
}

/** A connection between them. */
interface Talk {
  readonly followed: Followed
  readonly pair: Pair
  readonly service: string
  readonly isReplication: boolean
  readonly exchange: Exchange
  readonly drains: readonly [client: Drain, server: Drain]
  isBroken: boolean
}

export class Failover implements Follower {
  readonly #watch: Watch
  readonly #around: Around
  readonly #service: string
  readonly #nodes: readonly string[]
  readonly #table = new PairTable<Pair>()
  readonly #pairs: Pair[] = []
  readonly #talks = new Map<number, Talk>()
  /** Those in the middle of an exchange. */
  readonly #talking = new Set<Talk>()
  #servedNs = Number.NEGATIVE_INFINITY
  #administeredNs = Number.NEGATIVE_INFINITY
  #hasBoth = false

  constructor(watch: Watch, around: Around) {
    this.#watch = watch
    this.#around = around
    const port = watch.policy.rows.find(({ id }) => id === ROW)?.match[0]?.ports.first ?? 2008
    this.#service = `tcp/${port}`
    this.#nodes = watch.site.nodes
      .filter(({ roles }) => roles.includes('app'))
      .map(node => node.name)
  }

  connected({ client, server, serverPort, timeNs }: Connection): void {
    if (isApp(server) && !isApp(client) && ADMINISTRATION.includes(serverPort))
      this.#administered(timeNs)
  }

  opened(followed: Followed): void {
    const { connection, link } = followed
    if (link !== 'nodes') return
    const { transport, client, server, serverPort, flow, timeNs } = connection
    const service = transport === 'icmp' ? transport : `${transport}/${serverPort}`
    const pair = this.#pairOf(client, server)
    const isReplication = service === this.#service
    const talk: Talk = {
      ...{ followed, pair, service, isReplication, exchange: noExchange(), isBroken: false },
      drains: [new Drain(), new Drain()],
    }
    this.#talks.set(flow, talk)
    if (transport === 'icmp') {
      pair.heartbeat.pinged(ping([client, server], timeNs, true))
      return
    }
    this.#begin(talk, timeNs)
    // Of TCP the answer may be a reset; it is the first packet to come.
    talk.exchange.hasClient = true
    talk.exchange.hasServer = transport !== 'tcp'
  }

  moved(followed: Followed, packet: WatchedPacket, step: Step): void {
    if (followed.link === 'other') return
    if (followed.link === 'web') {
      this.#served(followed, packet, step)
      return
    }
    const talk = this.#talks.get(followed.connection.flow)
    if (talk === undefined) return
    if (talk.service === 'icmp') {
      echo(talk, packet, step)
      return
    }
    this.#exchange(talk, packet, step)
    if (talk.isReplication && packet.tcp !== null) this.#replicate(talk, packet, step)
  }

  ended(judged: JudgedFlow): void {
    const { client, server, flow, verdict } = judged
    const { state } = verdict.outcome
    if (isApp(server) && !isApp(client) && state === 'answered') this.#serves(flow.lastNs)
    if (!isAppNode(client) || !isAppNode(server) || client.name === server.name) return
    if (flow.transport === 'icmp') {
      if (flow.toClient.packets > 0 || state === 'pending') return
      const { heartbeat } = this.#pairOf(client, server)
      heartbeat.pinged({ ...ping([client, server], flow.firstNs, false), lastNs: flow.lastNs })
    } else if (`${flow.transport}/${flow.server.port}` === this.#service && FAILED.includes(state))
      this.#pairOf(client, server).replication.failed(judged)
  }

  closed(followed: Followed, judged: JudgedFlow | null): void {
    const talk = this.#talks.get(followed.connection.flow)
    if (talk === undefined) return
    this.#talks.delete(followed.connection.flow)
    if (talk.exchange.isOpen) this.#end(talk)
    if (!talk.isReplication) return
    this.#drained(talk, followed.client, talk.drains[0].end(followed.client))
    this.#drained(talk, followed.server, talk.drains[1].end(followed.server))
    const end = judged?.flow.end
    if (end === 'closed' || end === 'reused') this.#unacknowledged(talk, followed.lastNs)
  }

  tick(nowNs: number): void {
    if (!this.#hasBoth) this.#lookForBoth(nowNs)
    for (const talk of this.#talking) {
      const { exchange } = talk
      if (isAnswered(exchange)) this.#answered(talk, exchange.lastNs)
      if (nowNs - exchange.lastNs > QUIET_NS) this.#end(talk)
    }
    for (const { heartbeat, replication } of this.#pairs) {
      heartbeat.tick(nowNs)
      replication.tick(nowNs)
    }
  }

  finish(firstNs: number, nowNs: number): void {
    if (this.#nodes.length < 2) return
    if (!this.#hasBoth) this.#lookForBoth(nowNs)
    if (!this.#hasBoth) {
      const silent = this.#nodes.filter(name => !this.#isHeard(name))
      this.#watch.blind('F-01', `Nothing was heard of ${silent.join(', ')}.`)
    }
    if (this.#pairs.length === 0)
      for (const statement of ['F-07', 'F-08', 'F-10', 'F-11', 'F-12', 'F-13'])
        this.#watch.blind(
          statement,
          `No connection between ${this.#nodes.join(' and ')} was seen both ways.`,
        )
    for (const { heartbeat, replication } of this.#pairs) {
      heartbeat.finish(firstNs, nowNs)
      replication.finish(nowNs)
    }
  }

  #lookForBoth(nowNs: number): void {
    const heard = this.#nodes.filter(name => this.#isHeard(name))
    if (heard.length < 2) return
    this.#hasBoth = true
    this.#watch.kept('F-01', nowNs)
  }

  #isHeard(name: string): boolean {
    return this.#around.heardNs(name) > Number.NEGATIVE_INFINITY
  }

  #pairOf(client: Placement, server: Placement): Pair {
    const [one, other] = client.name < server.name ? [client, server] : [server, client]
    return this.#table.take(one.name, other.name, () => this.#newPair(one, other))
  }

  #newPair(one: Placement, other: Placement): Pair {
    const ends = [one, other] as const
    const { listening } = this.#around
    const replication = new Replication(
      this.#watch,
      {
        ...{ listening, service: this.#service },
        servedNs: () => this.#servedNs,
        administeredNs: () => this.#administeredNs,
      },
      ends,
    )
    const vantage = {
      ...{ listening, replication: this.#service },
      heardNs: () => this.#heardNs(),
      silent: (sinceNs: number) => replication.silent(sinceNs),
    }
    const pair = { heartbeat: new Heartbeat(this.#watch, vantage, ends), replication }
    this.#pairs.push(pair)
    return pair
  }

  /** When a node, or the address that the nodes share, was last heard. */
  #heardNs(): number {
    let latest = Number.NEGATIVE_INFINITY
    for (const { name, roles } of this.#watch.site.nodes)
      if (roles.includes('app') || roles.includes('app-vip'))
        latest = Math.max(latest, this.#around.heardNs(name))
    return latest
  }

  #served({ connection }: Followed, { timeNs }: WatchedPacket, { from, newBytes }: Step): void {
    if (isApp(from.placement)) this.#serves(timeNs)
    else if (newBytes > 1 && ADMINISTRATION.includes(connection.serverPort))
      this.#administered(timeNs)
  }

  #serves(ns: number): void {
    this.#servedNs = Math.max(this.#servedNs, ns)
  }

  #administered(ns: number): void {
    this.#administeredNs = Math.max(this.#administeredNs, ns)
  }

  #exchange(talk: Talk, { timeNs, tcp }: WatchedPacket, { from, newBytes }: Step): void {
    if (tcp !== null && (tcp.flags & FLAG.RST) !== 0) return
    const { exchange } = talk
    if (exchange.isOpen && timeNs - exchange.lastNs > QUIET_NS) this.#end(talk)
    if (!exchange.isOpen && newBytes <= 1) return
    if (!exchange.isOpen) this.#begin(talk, timeNs)
    const wasAnswered = isAnswered(exchange)
    exchange.lastNs = timeNs
    if (newBytes > 1) exchange.dataNs = timeNs
    if (from === talk.followed.client) {
      exchange.hasClient = true
      exchange.clientBytes += newBytes
    } else {
      exchange.hasServer = true
      exchange.serverBytes += newBytes
    }
    if (!wasAnswered && isAnswered(exchange)) this.#answered(talk, timeNs)
  }

  #begin(talk: Talk, ns: number): void {
    begin(talk.exchange, ns)
    this.#talking.add(talk)
  }

  #answered({ pair, service, isReplication }: Talk, ns: number): void {
    if (service === `udp/${NTP_PORT}`) return
    pair.heartbeat.answered(service, ns)
    if (isReplication) pair.replication.answered(ns)
  }

  #end(talk: Talk): void {
    const { exchange, pair, service, isReplication, followed } = talk
    exchange.isOpen = false
    this.#talking.delete(talk)
    if (!isAnswered(exchange) || service === `udp/${NTP_PORT}`) return
    if (bytesOf(exchange) <= SMALL_BYTES_MAX)
      pair.heartbeat.exchanged(service, exchange.firstNs, bytesOf(exchange))
    else if (isReplication) {
      const { client, server } = followed
      const isFromClient = exchange.clientBytes >= exchange.serverBytes
      const [from, to] = isFromClient ? [client, server] : [server, client]
      const isAcknowledged = unacknowledged(client) + unacknowledged(server) === 0
      pair.replication.burst([from.placement, to.placement], exchange, isAcknowledged)
    }
  }

  #replicate(talk: Talk, packet: WatchedPacket, step: Step): void {
    const { followed, drains } = talk
    const isFromClient = step.from === followed.client
    const own = drains[isFromClient ? 0 : 1]
    const peers = drains[isFromClient ? 1 : 0]
    if (step.newBytes > 0) own.sent(packet, step)
    this.#drained(talk, step.to, peers.acknowledged(step.to, packet.timeNs))
    if (((packet.tcp?.flags ?? 0) & FLAG.RST) !== 0) this.#reset(talk, packet)
  }

  #drained({ pair, followed }: Talk, side: Side, drained: Drained | null): void {
    if (drained === null) return
    const peer = side === followed.client ? followed.server : followed.client
    pair.replication.drained([side.placement, peer.placement], drained)
  }

  /** A reset loses what is under way, and is suspicious right after data. */
  #reset(talk: Talk, { timeNs, packet }: WatchedPacket): void {
    const { exchange, followed, pair } = talk
    if (talk.isBroken || followed.client.hasFinished || followed.server.hasFinished) return
    if (this.#unacknowledged(talk, timeNs) || bytesOf(exchange) <= SMALL_BYTES_MAX) return
    if (!exchange.isOpen || timeNs - exchange.dataNs > MIDDLE_NS) return
    talk.isBroken = true
    const isFromClient = exchange.clientBytes >= exchange.serverBytes
    const { client, server } = followed
    const [from, to] = isFromClient ? [client, server] : [server, client]
    const way = [from.placement, to.placement] as const
    pair.replication.broken(way, 0, { ns: timeNs, packet: { ...packet } })
  }

  /** Whether the connection ends with bytes of either side under way; told once. */
  #unacknowledged(talk: Talk, ns: number): boolean {
    const { client, server } = talk.followed
    for (const [from, to] of [[client, server] as const, [server, client] as const]) {
      const bytes = unacknowledged(from)
      if (bytes === 0 || talk.isBroken) continue
      talk.isBroken = true
      talk.pair.replication.broken([from.placement, to.placement], bytes, { ns, packet: null })
    }
    return talk.isBroken
  }
}

/** Payload under way: a FIN is none. */
const unacknowledged = (side: Side): number =>
  Math.max(0, outstanding(side) - (side.hasFinished ? 1 : 0))

const ping = (
  way: readonly [from: Placement, to: Placement],
  ns: number,
  isAnswered: boolean | null,
) => ({ way, firstNs: ns, lastNs: ns, isAnswered })

/** The client asks, the server answers. */
function echo({ pair, followed }: Talk, { timeNs }: WatchedPacket, { from }: Step): void {
  const { client, server } = followed
  if (from === client)
    pair.heartbeat.pinged(ping([client.placement, server.placement], timeNs, null))
  else pair.heartbeat.ponged(timeNs)
}
