// One connection between two Application Servers, cut into exchanges: small ones may be heartbeats, large ones
// are replication.

import type { Placement } from '../../model/inventory.ts'
import type { WatchedPacket } from '../../model/sighting.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import { FLAG, type Followed, outstanding, type Side, type Step } from '../connections/followed.ts'
import { Drain, type Drained } from './drain.ts'
import { begin, bytesOf, isAnswered, noExchange, QUIET_NS, SMALL_BYTES_MAX } from './exchange.ts'
import type { Heartbeat, Ping } from './heartbeat.ts'
import type { Replication } from './replication.ts'

/** NTP polls every 64 s, which is no heartbeat. */
const NTP = 'udp/123'
/** A reset so soon after data is in the middle of it. */
const MIDDLE_NS = 1e9

/** Two Application Servers. */
export interface Pair {
  readonly heartbeat: Heartbeat
  readonly replication: Replication
}

type Way = readonly [from: Placement, to: Placement]

/** Echoes of ICMP have a connection too, and say whether a ping is answered. */
export class Talk {
  readonly #followed: Followed
  readonly #pair: Pair
  readonly #service: string
  readonly #isReplication: boolean
  readonly #exchange = noExchange()
  #drains: readonly [Drain, Drain] = [new Drain(), new Drain()]
  #isBroken = false

  /** `replication` is the service on which the nodes replicate, `tcp/2008`. */
  constructor(followed: Followed, pair: Pair, replication: string) {
    const { transport, client, server, serverPort, timeNs } = followed.connection
    this.#followed = followed
    this.#pair = pair
    this.#service = transport === 'icmp' ? transport : `${transport}/${serverPort}`
    this.#isReplication = this.#service === replication
    if (transport === 'icmp') {
      pair.heartbeat.pinged(pingOf([client, server], timeNs, true))
      return
    }
    begin(this.#exchange, timeNs)
    // Of TCP the answer may be a reset; it is the first packet to come.
    this.#exchange.hasClient = true
    this.#exchange.hasServer = transport !== 'tcp'
  }

  moved(packet: WatchedPacket, step: Step): void {
    if (this.#service === 'icmp') this.#echo(packet, step)
    else {
      this.#exchanged(packet, step)
      if (this.#isReplication && packet.tcp !== null) this.#replicated(packet, step)
    }
  }

  tick(nowNs: number): void {
    const exchange = this.#exchange
    if (!exchange.isOpen) return
    if (isAnswered(exchange)) this.#answered(exchange.lastNs)
    if (nowNs - exchange.lastNs > QUIET_NS) this.#end()
  }

  interrupted(): void {
    this.#exchange.isOpen = false
    this.#drains = [new Drain(), new Drain()]
  }

  closed(judged: JudgedFlow | null): void {
    const { client, server, lastNs } = this.#followed
    if (this.#exchange.isOpen) this.#end()
    if (!this.#isReplication) return
    this.#drained(client, this.#drains[0].end(client))
    this.#drained(server, this.#drains[1].end(server))
    const end = judged?.flow.end
    if (end === 'closed' || end === 'reused') this.#isCutOff(lastNs)
  }

  /** The client asks, the server answers. */
  #echo({ timeNs }: WatchedPacket, { from, to }: Step): void {
    const { heartbeat } = this.#pair
    if (from === this.#followed.server) heartbeat.ponged(timeNs)
    else heartbeat.pinged(pingOf([from.placement, to.placement], timeNs, null))
  }

  #exchanged({ timeNs, tcp }: WatchedPacket, { from, newBytes }: Step): void {
    if (tcp !== null && (tcp.flags & FLAG.RST) !== 0) return
    const exchange = this.#exchange
    if (exchange.isOpen && timeNs - exchange.lastNs > QUIET_NS) this.#end()
    // One byte alone is a keep-alive.
    if (!exchange.isOpen && newBytes <= 1) return
    if (!exchange.isOpen) begin(exchange, timeNs)
    const wasAnswered = isAnswered(exchange)
    exchange.lastNs = timeNs
    if (newBytes > 1) exchange.dataNs = timeNs
    if (from === this.#followed.client) {
      exchange.hasClient = true
      exchange.clientBytes += newBytes
    } else {
      exchange.hasServer = true
      exchange.serverBytes += newBytes
    }
    if (!isAnswered(exchange)) return
    if (!wasAnswered) this.#answered(timeNs)
    if (this.#service !== NTP) this.#pair.heartbeat.heard(this.#service, timeNs)
  }

  #answered(ns: number): void {
    if (this.#service === NTP) return
    this.#pair.heartbeat.answered(this.#service, ns)
    if (this.#isReplication) this.#pair.replication.answered(ns)
  }

  #end(): void {
    const exchange = this.#exchange
    exchange.isOpen = false
    if (!isAnswered(exchange) || this.#service === NTP) return
    const { heartbeat, replication } = this.#pair
    const bytes = bytesOf(exchange)
    if (bytes <= SMALL_BYTES_MAX) heartbeat.exchanged(this.#service, exchange.firstNs, bytes)
    else if (this.#isReplication) {
      const { client, server } = this.#followed
      const isAcknowledged = underWay(client) + underWay(server) === 0
      replication.burst(this.#way(), exchange, isAcknowledged)
    }
  }

  #replicated(packet: WatchedPacket, step: Step): void {
    this.#pair.replication.moved(step.newBytes)
    const isFromClient = step.from === this.#followed.client
    if (step.newBytes > 0) this.#drains[isFromClient ? 0 : 1].sent(packet, step)
    const peers = this.#drains[isFromClient ? 1 : 0]
    this.#drained(step.to, peers.acknowledged(step.to, packet.timeNs))
    if (((packet.tcp?.flags ?? 0) & FLAG.RST) !== 0) this.#reset(packet)
  }

  #drained(side: Side, drained: Drained | null): void {
    if (drained === null) return
    const { client, server } = this.#followed
    const peer = side === client ? server : client
    this.#pair.replication.drained([side.placement, peer.placement], drained)
  }

  /** A reset loses what is under way, and is suspicious right after data. */
  #reset({ timeNs, packet }: WatchedPacket): void {
    const { client, server } = this.#followed
    const exchange = this.#exchange
    if (this.#isBroken || client.hasFinished || server.hasFinished) return
    if (this.#isCutOff(timeNs) || bytesOf(exchange) <= SMALL_BYTES_MAX) return
    if (!exchange.isOpen || timeNs - exchange.dataNs > MIDDLE_NS) return
    this.#isBroken = true
    this.#pair.replication.broken(this.#way(), 0, { ns: timeNs, packet: { ...packet } })
  }

  /** Whether the connection ended with bytes of either side under way; told once. */
  #isCutOff(ns: number): boolean {
    const { client, server } = this.#followed
    const bytes = Math.max(underWay(client), underWay(server))
    if (bytes === 0 || this.#isBroken) return this.#isBroken
    this.#isBroken = true
    const [from, to] = underWay(client) === bytes ? [client, server] : [server, client]
    this.#pair.replication.broken([from.placement, to.placement], bytes, { ns, packet: null })
    return true
  }

  /** Whither most of the exchange went. */
  #way(): Way {
    const { client, server } = this.#followed
    const { clientBytes, serverBytes } = this.#exchange
    const [from, to] = clientBytes >= serverBytes ? [client, server] : [server, client]
    return [from.placement, to.placement]
  }
}

export const pingOf = (way: Way, ns: number, isAnswered: boolean | null): Ping => ({
  ...{ way, firstNs: ns, lastNs: ns, requests: 1, isAnswered },
})

/** Payload that is not acknowledged: a FIN is none. */
const underWay = (side: Side): number => Math.max(0, outstanding(side) - (side.hasFinished ? 1 : 0))
