// F-07 and F-10 to F-15 between two Application Servers: replication comes in bursts, queues up while the
// other node is away, and is made up for when it is back.

import type { PacketRef } from '../../model/flow.ts'
import type { Placement } from '../../model/inventory.ts'
import type { Frame, Observation } from '../../model/observation.ts'
import { duration } from '../../model/time.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Listening } from '../connections/listening.ts'
import type { Watch } from '../watcher.ts'
import type { Drained } from './drain.ts'
import { bytesOf, type Exchange } from './exchange.ts'

/** A change that administration makes is replicated within this time, if at all. */
const FOLLOWS_NS = 60e9
/** What queued up is made up for within this time. */
const RESYNC_NS = 600e9
/** How much of it the sensor must have listened: on a quiet network nobody may talk for a while. */
const LISTENED_SHARE_MIN = 0.8
/** An outage of which something must have queued up. */
const LONG_NS = 300e9
/** An outage at all. */
const OUTAGE_NS_MIN = 90e9
const KBPS_MIN = 128

/** How replication stands, the better first. */
export const REPLICATION_STATES = [
  'up', // the last attempt was answered
  'catching_up', // it is answered again after an outage, and what queued up has not been seen to be made up for
  'failing', // an attempt or its heartbeat got no answer
  'queueing', // and users were served since then, so that changes wait
] as const
type ReplicationState = (typeof REPLICATION_STATES)[number]

/** What is shown of it in a window that ends now. */
export interface Replicated {
  /** Null where nobody has listened long enough to know. */
  readonly state: ReplicationState | null
  /** Payload that was sent for the first time; null where no connection was ever answered here. */
  readonly bytes: number | null
  /** The slowest drain that tells of the link; null where there was none. */
  readonly drainKbps: number | null
}

/** From whom to whom. */
type Way = readonly [from: Placement, to: Placement]

interface Outage {
  readonly way: Way
  readonly sinceNs: number
  readonly proof: string
  flow: JudgedFlow | null
  isTold: boolean
}

interface Resync {
  readonly way: Way
  readonly sinceNs: number
  readonly outageNs: number
  readonly listenedNs: number
}

/** What replication needs to know of its surroundings. */
export interface Surroundings {
  readonly listening: Listening
  /** `tcp/2008`. */
  readonly service: string
  /** When an Application Server last served somebody else than the other one. */
  servedNs(): number
  /** When somebody last worked on a page of administration, or one that changes profiles and meetings. */
  administeredNs(): number
}

export class Replication {
  readonly #watch: Watch
  readonly #around: Surroundings
  readonly #ends: Way
  readonly #kbpsMin: number
  #answeredNs = Number.NEGATIVE_INFINITY
  #outage: Outage | null = null
  #resync: Resync | null = null
  #bursts = 0
  #hasFollowed = false
  #hasDrained = false
  /** It was answered since the sensor last missed something. */
  #isAnswered = false
  /** Both since they were last shown. */
  #bytes = 0
  #drainKbps: number | null = null

  constructor(watch: Watch, around: Surroundings, ends: Way) {
    this.#watch = watch
    this.#around = around
    this.#ends = ends
    this.#kbpsMin = watch.policy.limits.find(({ id }) => id === 'F-11')?.value ?? KBPS_MIN
  }

  /** What is to be shown since this was last asked. */
  takeShown(): Replicated {
    const bytes = Number.isFinite(this.#answeredNs) ? this.#bytes : null
    const drainKbps = this.#drainKbps
    this.#bytes = 0
    this.#drainKbps = null
    return { state: this.#state, bytes, drainKbps }
  }

  get #state(): ReplicationState | null {
    if (this.#outage !== null) return this.#outage.isTold ? 'queueing' : 'failing'
    if (this.#resync !== null) return 'catching_up'
    return this.#isAnswered ? 'up' : null
  }

  /** A node sent so much payload that it had not sent before. */
  moved(bytes: number): void {
    this.#bytes += bytes
  }

  /** Both nodes were heard in one exchange. */
  answered(ns: number): void {
    this.#isAnswered = true
    if (this.#outage !== null) this.#reconnected(this.#outage, ns)
    this.#answeredNs = Math.max(this.#answeredNs, ns)
    this.#watch.kept('F-10', ns)
  }

  /** An attempt to connect got nowhere. */
  failed(judged: JudgedFlow): void {
    const { flow, client, server } = judged
    if (flow.firstNs < this.#answeredNs || this.#outage !== null) return
    const tries = flow.tcp?.synCount ?? 0
    const proof = `${client.name} tried to connect ${tries} ${tries === 1 ? 'time' : 'times'} from ${this.#watch.timeText(flow.firstNs)} on, in vain.`
    const way = [client, server] as const
    this.#outage = { way, sinceNs: flow.firstNs, proof, flow: judged, isTold: false }
  }

  /** The heartbeat on replication's own connection is late. */
  silent(sinceNs: number): void {
    const proof = `Nothing was answered on ${this.#around.service} since ${this.#watch.timeText(sinceNs)}.`
    this.#outage ??= { way: this.#ends, sinceNs, proof, flow: null, isTold: false }
  }

  /** More than a heartbeat was exchanged; `way` is where most of it went. */
  burst(way: Way, exchange: Exchange, isAcknowledged: boolean): void {
    const { firstNs, lastNs } = exchange
    this.#bursts += 1
    this.#watch.kept('F-07', firstNs)
    if (isAcknowledged) this.#watch.kept('F-13', lastNs)
    if (firstNs - this.#around.administeredNs() <= FOLLOWS_NS) {
      this.#hasFollowed = true
      this.#watch.kept('F-12', firstNs)
    }
    if (this.#resync !== null && lastNs >= this.#resync.sinceNs)
      this.#resynchronised(this.#resync, way, exchange)
  }

  drained([from, to]: Way, { bytes, firstNs, lastNs, kbps, isBacklog }: Drained): void {
    if (isBacklog || kbps >= this.#kbpsMin)
      this.#drainKbps = Math.min(kbps, this.#drainKbps ?? kbps)
    if (kbps >= this.#kbpsMin) {
      this.#hasDrained = true
      this.#watch.kept('F-11', lastNs)
      return
    }
    if (!isBacklog) return
    this.#hasDrained = true
    this.#observe([from, to], {
      ...{ verdict: 'degraded', reason: 'repl_bandwidth', row: 'F-11', confidence: 'probable' },
      title: `Replication from ${from.name} to ${to.name} drains at ${kbps.toFixed(0)} kbit/s, below ${this.#kbpsMin}`,
      fix: `Give the link between ${from.name} and ${to.name} at least ${this.#kbpsMin} kbit/s for replication, or look for loss on it.`,
      expected: `${this.#kbpsMin} kbit/s at the least while changes wait`,
      why: [
        `${bytes} bytes were acknowledged within ${duration(lastNs - firstNs)} from ${this.#watch.timeText(firstNs)}.`,
        'All the while the sender had full segments waiting for acknowledgement.',
      ],
      ...{ firstNs, lastNs },
    })
  }

  /** A connection broke off while so many bytes were under way; 0 where it did so within a burst. */
  broken([from, to]: Way, bytes: number, at: { ns: number; packet: PacketRef | null }): void {
    const isLost = bytes > 0
    const says = isLost
      ? `${bytes} bytes of ${from.name} were not acknowledged when the connection ended.`
      : `The connection was reset in the middle of a burst of ${from.name}.`
    this.#observe([from, to], {
      ...{ verdict: 'degraded', reason: 'replication_broken', row: 'F-13' },
      confidence: isLost ? 'probable' : 'possible',
      title: `Replication from ${from.name} to ${to.name} broke off`,
      fix: `See on ${from.name} and ${to.name} why the connection was given up, and whether the change arrived later.`,
      expected: 'everything that is replicated is acknowledged',
      why: [says],
      ...{ firstNs: at.ns, lastNs: at.ns },
      frames: at.packet === null ? [] : [{ timeNs: at.ns, packet: at.packet, says }],
    })
  }

  /** What was waited for may have come unseen. */
  interrupted(): void {
    this.#outage = null
    this.#resync = null
    this.#isAnswered = false
  }

  tick(nowNs: number): void {
    const [outage, resync] = [this.#outage, this.#resync]
    if (outage !== null && !outage.isTold && this.#around.servedNs() > outage.sinceNs)
      this.#queueing(outage, nowNs)
    if (resync === null || nowNs - resync.sinceNs <= RESYNC_NS) return
    const listenedNs = this.#around.listening.totalNs - resync.listenedNs
    if (listenedNs < LISTENED_SHARE_MIN * RESYNC_NS) {
      this.#unseen(resync)
      return
    }
    this.#resync = null
    if (resync.outageNs >= LONG_NS) this.#notResynchronised(resync, nowNs)
  }

  finish(nowNs: number): void {
    const { service } = this.#around
    if (this.#outage?.isTold) this.#queueing(this.#outage, nowNs)
    else if (this.#outage)
      this.#watch.blind(
        'F-14',
        'Replication stood still, and no Application Server was seen to serve anybody meanwhile.',
      )
    if (this.#resync !== null) this.#unseen(this.#resync)
    const none = `No burst was seen on ${service}: ${this.#answeredNs > 0 ? 'it was idle, which is no failure' : 'it was never answered here'}.`
    if (this.#bursts === 0)
      for (const statement of ['F-07', 'F-12', 'F-13']) this.#watch.blind(statement, none)
    else if (!this.#hasFollowed)
      this.#watch.blind('F-12', 'What was replicated did not follow administration that was seen.')
    if (!Number.isFinite(this.#answeredNs)) this.#watch.blind('F-10', none)
    if (!this.#hasDrained)
      this.#watch.blind(
        'F-11',
        'No backlog drained while the sensor listened, and an idle link does not show its capacity.',
      )
  }

  #reconnected(outage: Outage, ns: number): void {
    this.#outage = null
    const outageNs = ns - outage.sinceNs
    if (outage.isTold) this.#queueing(outage, ns)
    if (outageNs < OUTAGE_NS_MIN) return
    const { way } = outage
    const listenedNs = this.#around.listening.totalNs
    this.#resync = { way, sinceNs: ns, outageNs, listenedNs }
  }

  #queueing(outage: Outage, nowNs: number): void {
    const { way, sinceNs, proof, flow, isTold: goesOn } = outage
    const [from, to] = way
    outage.isTold = true
    const since = this.#watch.timeText(sinceNs)
    this.#observe(way, {
      ...{ verdict: 'degraded', reason: 'replication_queueing', row: 'F-14' },
      confidence: 'confirmed',
      title: `Changes queue up between ${from.name} and ${to.name}, which have not replicated since ${since}`,
      fix: `Bring back ${to.name}, or the way to it on ${this.#around.service}; what has queued up is replicated then.`,
      expected: 'replication that is answered while users are served',
      why: [
        proof,
        `The Application Servers went on serving others, last at ${this.#watch.timeText(this.#around.servedNs())}.`,
      ],
      ...{ firstNs: sinceNs, lastNs: nowNs, flows: flow === null ? [] : [flow], goesOn },
    })
    outage.flow = null
  }

  #resynchronised({ sinceNs, outageNs }: Resync, way: Way, exchange: Exchange): void {
    this.#resync = null
    const [from, to] = way
    const { firstNs, lastNs } = exchange
    const bytes = bytesOf(exchange)
    this.#watch.kept('F-14', firstNs)
    this.#watch.kept('F-15', lastNs)
    this.#observe(way, {
      ...{ verdict: 'event', reason: 'resynchronised', row: 'F-15', confidence: 'confirmed' },
      title: `${from.name} made up to ${to.name} for ${duration(outageNs)} without replication: ${bytes} bytes in ${duration(lastNs - firstNs)}`,
      fix: 'Nothing is to be done.',
      expected: 'a burst of replication after an outage',
      why: [
        `Replication was answered again at ${this.#watch.timeText(sinceNs)}.`,
        `The burst began at ${this.#watch.timeText(firstNs)}.`,
      ],
      ...{ firstNs, lastNs },
    })
  }

  #notResynchronised({ way, sinceNs, outageNs }: Resync, nowNs: number): void {
    const [from, to] = way
    this.#observe(way, {
      ...{ verdict: 'advisory', reason: 'resync_not_seen', row: 'F-15', confidence: 'probable' },
      title: `${from.name} and ${to.name} did not make up for ${duration(outageNs)} without replication`,
      fix: `See whether anything was changed meanwhile, and whether both databases are the same; if not, have ${from.name} and ${to.name} replicate anew.`,
      expected: 'a burst of replication within 10 min after a long outage',
      why: [
        `Replication was answered again at ${this.#watch.timeText(sinceNs)}, and no burst followed within 10 min.`,
      ],
      ...{ firstNs: sinceNs, lastNs: nowNs },
    })
  }

  #unseen({ outageNs }: Resync): void {
    this.#resync = null
    const reason = `Replication was away for ${duration(outageNs)}, and the 10 min after it were not heard to their end.`
    this.#watch.blind('F-15', reason)
  }

  #observe(
    [source, destination]: Way,
    told: Omit<
      Observation,
      'source' | 'destination' | 'service' | 'proofs' | 'flows' | 'frames'
    > & {
      readonly flows?: readonly JudgedFlow[]
      readonly frames?: readonly Frame[]
    },
  ): void {
    const { service } = this.#around
    this.#watch.observe({ flows: [], frames: [], ...told, source, destination, service, proofs: 1 })
  }
}
