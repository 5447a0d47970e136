// The watchers, in the order in which they are told.

import type { Placement } from '../model/inventory.ts'
import type {
  MediaStream,
  QualityRecord,
  RoundTrip,
  SegmentCounts,
  Side,
  Span,
  Stuck,
} from '../model/quality.ts'
import type {
  ArpSighting,
  Connection,
  Link,
  MediaSighting,
  NameSighting,
  SourceSighting,
  WatchedPacket,
} from '../model/sighting.ts'
import type { DateSighting } from '../model/time-message.ts'
import type { JudgedFlow, Verdict } from '../model/verdict.ts'
import { Connections } from './connections/connections.ts'
import { Forgotten } from './connections/forgotten.ts'
import { Interruption } from './connections/interruption.ts'
import { ControlConnection } from './control-connection.ts'
import { Failover } from './failover/failover.ts'
import { MissingConnections } from './missing-connections.ts'
import { MixedTransport } from './mixed-transport.ts'
import { BlackHole } from './quality/black-hole.ts'
import { Clock } from './quality/clock.ts'
import { Latency } from './quality/latency.ts'
import { Loss } from './quality/loss.ts'
import { Media } from './quality/media.ts'
import { QuietServices } from './quiet-services.ts'
import { Segment } from './segment/segment.ts'
import { SiteName } from './site-name.ts'
import { TimeExchange } from './time-exchange.ts'
import { Tunnelled } from './tunnelled.ts'
import type { Watch, Watcher } from './watcher.ts'

function listed(watch: Watch): readonly Watcher[] {
  const segment = new Segment(watch)
  return [
    new MixedTransport(watch),
    segment,
    // What a forgotten connection does is no interruption, so it is asked first.
    new Connections(around => [
      new Forgotten(watch),
      new Interruption(watch, around),
      new Failover(watch, around, segment.active),
    ]),
    ...overPaths(watch),
    new ControlConnection(watch),
    new Media(watch),
    new MissingConnections(watch),
    new QuietServices(watch),
    new SiteName(watch),
    new TimeExchange(watch),
    new Tunnelled(watch),
    new Clock(watch),
  ]
}

/** A black hole is asked first, since it is a cause of loss. */
function overPaths(watch: Watch): readonly Watcher[] {
  const blackHole = new BlackHole(watch)
  const loss = new Loss(watch, (from, to) => blackHole.causeOf(from, to))
  return [new Latency(watch), blackHole, loss]
}

const SECOND_NS = 1e9
/** Verdicts that are remembered for telling repeats; forgetting them tells a few flows more. */
const LATELY_MAX = 4096

/** All of them as one. Each is told only what it asks for, since most of this is told very often. */
export class Watchers implements Required<Watcher> {
  readonly #told: { readonly [What in keyof Watcher]-?: readonly Required<Pick<Watcher, What>>[] }

  /** When the last flow of a verdict that was told ended. */
  readonly #lately = new Map<Verdict, number>()

  constructor(watch: Watch) {
    const all = listed(watch)
    const asking = <What extends keyof Watcher>(what: What) =>
      all.filter((watcher): watcher is Watcher & Required<Pick<Watcher, What>> => what in watcher)
    this.#told = {
      connected: asking('connected'),
      packet: asking('packet'),
      arp: asking('arp'),
      sourced: asking('sourced'),
      named: asking('named'),
      roundTrip: asking('roundTrip'),
      sent: asking('sent'),
      stuck: asking('stuck'),
      tooBig: asking('tooBig'),
      stamped: asking('stamped'),
      dated: asking('dated'),
      measured: asking('measured'),
      streamed: asking('streamed'),
      directed: asking('directed'),
      ended: asking('ended'),
      recordEnded: asking('recordEnded'),
      tick: asking('tick'),
      quiet: asking('quiet'),
      interrupted: asking('interrupted'),
      finish: asking('finish'),
    }
  }

  connected(connection: Connection): void {
    for (const watcher of this.#told.connected) watcher.connected(connection)
  }

  packet(packet: WatchedPacket): void {
    for (const watcher of this.#told.packet) watcher.packet(packet)
  }

  arp(sighting: ArpSighting): void {
    for (const watcher of this.#told.arp) watcher.arp(sighting)
  }

  sourced(sighting: SourceSighting): void {
    for (const watcher of this.#told.sourced) watcher.sourced(sighting)
  }

  named(sighting: NameSighting): void {
    for (const watcher of this.#told.named) watcher.named(sighting)
  }

  roundTrip(link: Link, trip: RoundTrip): void {
    for (const watcher of this.#told.roundTrip) watcher.roundTrip(link, trip)
  }

  sent(link: Link, from: Side, counts: SegmentCounts, span: Span): void {
    for (const watcher of this.#told.sent) watcher.sent(link, from, counts, span)
  }

  stuck(link: Link, from: Side, stuck: Stuck): void {
    for (const watcher of this.#told.stuck) watcher.stuck(link, from, stuck)
  }

  tooBig(link: Link, timeNs: number): void {
    for (const watcher of this.#told.tooBig) watcher.tooBig(link, timeNs)
  }

  stamped(link: Link, from: Side, timestamp: number, timeNs: number): void {
    for (const watcher of this.#told.stamped) watcher.stamped(link, from, timestamp, timeNs)
  }

  dated(date: DateSighting, server: Placement): void {
    for (const watcher of this.#told.dated) watcher.dated(date, server)
  }

  measured(record: QualityRecord, client: Placement, server: Placement): void {
    for (const watcher of this.#told.measured) watcher.measured(record, client, server)
  }

  streamed(stream: MediaStream, client: Placement, server: Placement): void {
    for (const watcher of this.#told.streamed) watcher.streamed(stream, client, server)
  }

  directed(sighting: MediaSighting): void {
    for (const watcher of this.#told.directed) watcher.directed(sighting)
  }

  ended(judged: JudgedFlow): void {
    if (this.#isRepeat(judged)) return
    for (const watcher of this.#told.ended) watcher.ended(judged)
  }

  recordEnded(judged: JudgedFlow, flow: number, isFinal: boolean): void {
    for (const watcher of this.#told.recordEnded) watcher.recordEnded(judged, flow, isFinal)
    this.ended(judged)
  }

  /** Flows that nothing tells apart share a verdict, and most flows are like others of the same second. */
  #isRepeat({ verdict, flow: { lastNs } }: JudgedFlow): boolean {
    const known = this.#lately.get(verdict)
    if (known !== undefined && Math.abs(lastNs - known) < SECOND_NS) return true
    if (this.#lately.size >= LATELY_MAX) this.#lately.clear()
    this.#lately.set(verdict, lastNs)
    return false
  }

  tick(nowNs: number): void {
    for (const watcher of this.#told.tick) watcher.tick(nowNs)
  }

  quiet(nowNs: number): void {
    for (const watcher of this.#told.quiet) watcher.quiet(nowNs)
  }

  interrupted(): void {
    for (const watcher of this.#told.interrupted) watcher.interrupted()
  }

  finish(firstNs: number, nowNs: number): void {
    for (const watcher of this.#told.finish) watcher.finish(firstNs, nowNs)
  }
}
