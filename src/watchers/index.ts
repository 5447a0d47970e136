// The watchers, in the order in which they are told.

import type {
  ArpSighting,
  Connection,
  NameSighting,
  SourceSighting,
  WatchedPacket,
} from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { Connections } from './connections.ts'
import { ControlConnection } from './control-connection.ts'
import { Failover } from './failover.ts'
import { Forgotten } from './forgotten.ts'
import { Interruption } from './interruption.ts'
import { MissingConnections } from './missing-connections.ts'
import { MixedTransport } from './mixed-transport.ts'
import { QuietServices } from './quiet-services.ts'
import { Segment } from './segment.ts'
import { SiteName } from './site-name.ts'
import { TimeExchange } from './time-exchange.ts'
import { Tunnelled } from './tunnelled.ts'
import type { Watch, Watcher } from './watcher.ts'

const listed = (watch: Watch): readonly Watcher[] => [
  new MixedTransport(watch),
  new Segment(watch),
  // What a forgotten connection does is no interruption, so it is asked first.
  new Connections(around => [
    new Forgotten(watch),
    new Interruption(watch, around),
    new Failover(watch, around),
  ]),
  new ControlConnection(watch),
  new MissingConnections(watch),
  new QuietServices(watch),
  new SiteName(watch),
  new TimeExchange(watch),
  new Tunnelled(watch),
]

/** All of them as one. */
export class Watchers implements Required<Watcher> {
  readonly #all: readonly Watcher[]

  constructor(watch: Watch) {
    this.#all = listed(watch)
  }

  connected(connection: Connection): void {
    for (const watcher of this.#all) watcher.connected?.(connection)
  }

  packet(packet: WatchedPacket): void {
    for (const watcher of this.#all) watcher.packet?.(packet)
  }

  arp(sighting: ArpSighting): void {
    for (const watcher of this.#all) watcher.arp?.(sighting)
  }

  sourced(sighting: SourceSighting): void {
    for (const watcher of this.#all) watcher.sourced?.(sighting)
  }

  named(sighting: NameSighting): void {
    for (const watcher of this.#all) watcher.named?.(sighting)
  }

  ended(judged: JudgedFlow, flow: number, isFinal: boolean): void {
    for (const watcher of this.#all) watcher.ended?.(judged, flow, isFinal)
  }

  tick(nowNs: number): void {
    for (const watcher of this.#all) watcher.tick?.(nowNs)
  }

  finish(firstNs: number, nowNs: number): void {
    for (const watcher of this.#all) watcher.finish?.(firstNs, nowNs)
  }
}
