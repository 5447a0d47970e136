// F-01 and F-07 to F-15: heartbeat, then ping, then queue, then resync. Here are the pairs of Application
// Servers, and what goes on around them; talk.ts reads what they say to each other.

import type { Placement } from '../../model/inventory.ts'
import { PairTable } from '../../model/pair-table.ts'
import type { Connection, WatchedPacket } from '../../model/sighting.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Around, Follower } from '../connections/connections.ts'
import { type Followed, isApp, isAppNode, type Step } from '../connections/followed.ts'
import type { SharedHolder } from '../segment/shared-address.ts'
import type { Watch } from '../watcher.ts'
import { FailoverRows } from './failover-rows.ts'
import { Heartbeat } from './heartbeat.ts'
import { Replication } from './replication.ts'
import { type Pair, pingOf, Talk } from './talk.ts'

/** The row that says where the nodes replicate. */
const ROW = 'I-05'
const REPLICATION_PORT = 2008
/** Pages on which profiles, meetings and the system are changed (F-12). */
const ADMINISTRATION: readonly number[] = [443, 9090, 61_004]
/** Attempts that got nowhere. */
const FAILED: readonly string[] = ['unanswered', 'blocked', 'refused']
/** What can be told of a pair only. */
const OF_PAIRS: readonly string[] = ['F-07', 'F-08', 'F-10', 'F-11', 'F-12', 'F-13']

export class Failover implements Follower {
  readonly #watch: Watch
  readonly #around: Around
  readonly #service: string
  readonly #nodes: readonly string[]
  readonly #table = new PairTable<Pair>()
  readonly #pairs: Pair[] = []
  readonly #talks = new Map<number, Talk>()
  readonly #rows: FailoverRows
  #servedNs = Number.NEGATIVE_INFINITY
  #administeredNs = Number.NEGATIVE_INFINITY
  #hasBoth = false

  /** `shared` knows who holds the address that the servers share, for the time series. */
  constructor(watch: Watch, around: Around, shared: SharedHolder) {
    this.#watch = watch
    this.#around = around
    const port = watch.policy.rows.find(({ id }) => id === ROW)?.match[0]?.ports.first
    this.#service = `tcp/${port ?? REPLICATION_PORT}`
    this.#nodes = watch.site.nodes
      .filter(({ roles }) => roles.includes('app'))
      .map(node => node.name)
    this.#rows = new FailoverRows(watch, shared, () =>
      this.#pairs.map(({ heartbeat, replication }) => ({
        ...replication.takeShown(),
        ...{ heartbeatNs: heartbeat.heardNs, pings: heartbeat.takePings() },
      })),
    )
  }

  connected({ client, server, serverPort, timeNs }: Connection): void {
    if (isApp(server) && !isApp(client) && ADMINISTRATION.includes(serverPort))
      this.#administered(timeNs)
  }

  opened(followed: Followed): void {
    const { client, server, flow } = followed.connection
    if (followed.link !== 'nodes') return
    this.#talks.set(flow, new Talk(followed, this.#pairOf(client, server), this.#service))
  }

  moved(followed: Followed, packet: WatchedPacket, step: Step): void {
    if (followed.link === 'web') this.#served(followed, packet, step)
    else if (followed.link === 'nodes')
      this.#talks.get(followed.connection.flow)?.moved(packet, step)
  }

  ended(judged: JudgedFlow): void {
    const { client, server, flow, verdict } = judged
    const { state } = verdict.outcome
    if (isApp(server) && !isApp(client) && state === 'answered') this.#serves(flow.lastNs)
    if (!isAppNode(client) || !isAppNode(server) || client.name === server.name) return
    if (flow.transport === 'icmp') {
      if (flow.toClient.packets > 0 || state === 'pending') return
      const { heartbeat } = this.#pairOf(client, server)
      const ping = pingOf([client, server], flow.firstNs, false)
      heartbeat.pinged({ ...ping, lastNs: flow.lastNs, requests: flow.toServer.packets })
    } else if (`${flow.transport}/${flow.server.port}` === this.#service && FAILED.includes(state))
      this.#pairOf(client, server).replication.failed(judged)
  }

  closed({ connection: { flow } }: Followed, judged: JudgedFlow | null): void {
    this.#talks.get(flow)?.closed(judged)
    this.#talks.delete(flow)
  }

  tick(nowNs: number): void {
    this.#rows.tick(nowNs)
    if (!this.#hasBoth) this.#lookForBoth(nowNs)
    for (const talk of this.#talks.values()) talk.tick(nowNs)
    for (const { heartbeat, replication } of this.#pairs) {
      heartbeat.tick(nowNs)
      replication.tick(nowNs)
    }
  }

  quiet(nowNs: number): void {
    this.#rows.quiet(nowNs)
  }

  interrupted(): void {
    for (const talk of this.#talks.values()) talk.interrupted()
    for (const { heartbeat, replication } of this.#pairs) {
      heartbeat.interrupted()
      replication.interrupted()
    }
  }

  finish(firstNs: number, nowNs: number): void {
    this.#rows.finish(nowNs)
    if (this.#nodes.length < 2) return
    if (!this.#hasBoth) this.#lookForBoth(nowNs)
    if (!this.#hasBoth) {
      const silent = this.#nodes.filter(name => !this.#isHeard(name))
      this.#watch.blind('F-01', `Nothing was heard of ${silent.join(', ')}.`)
    }
    const unseen = `No connection between ${this.#nodes.join(' and ')} was seen both ways.`
    if (this.#pairs.length === 0)
      for (const statement of OF_PAIRS) this.#watch.blind(statement, unseen)
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
}
