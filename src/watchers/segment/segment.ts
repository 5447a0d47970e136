// What the segment of the servers shows: who stands on it, who holds the shared address, and whether the
// Media Servers stand where they should. Its parts share one view of who is heard here.

import type { ArpSighting, SourceSighting, WatchedPacket } from '../../model/sighting.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch, Watcher } from '../watcher.ts'
import { MediaUse } from './media-use.ts'
import { type Claim, Neighbours } from './neighbours.ts'
import { NodeCards } from './node-cards.ts'
import { Owners } from './owners.ts'
import { SameSegment } from './same-segment.ts'
import { SharedAddress, type SharedHolder } from './shared-address.ts'
import { VlanSpan } from './vlan-span.ts'

export class Segment implements Watcher {
  /** Who is active when, for other watchers. */
  readonly active: SharedHolder
  readonly #neighbours: Neighbours
  readonly #owners: Owners
  readonly #shared: SharedAddress
  readonly #cards: NodeCards
  readonly #vlans: VlanSpan
  readonly #same: SameSegment
  readonly #media: MediaUse

  constructor(watch: Watch) {
    this.#neighbours = new Neighbours(watch)
    this.#owners = new Owners(watch)
    this.#shared = new SharedAddress(watch, this.#owners)
    this.active = this.#shared
    this.#cards = new NodeCards(watch)
    this.#vlans = new VlanSpan(watch, this.#owners)
    this.#same = new SameSegment(watch, this.#neighbours)
    this.#media = new MediaUse(watch, this.#owners, this.#shared)
  }

  arp(sighting: ArpSighting): void {
    this.#claimed(this.#neighbours.arp(sighting))
  }

  sourced(sighting: SourceSighting): void {
    const claim = this.#neighbours.sourced(sighting)
    this.#shared.sourced(sighting.address, claim)
    this.#claimed(claim)
  }

  packet(packet: WatchedPacket): void {
    this.#shared.packet(packet)
  }

  ended(judged: JudgedFlow): void {
    this.#same.ended(judged)
    this.#media.ended(judged)
  }

  tick(nowNs: number): void {
    this.#shared.tick(nowNs)
    this.#media.tick(nowNs)
  }

  finish(firstNs: number, nowNs: number): void {
    this.#shared.finish(firstNs, nowNs)
    this.#cards.finish()
    this.#vlans.finish()
    this.#same.finish()
    this.#media.finish(firstNs, nowNs)
  }

  /** The owner of a card is known before anybody asks for it. */
  #claimed(claim: Claim | null): void {
    if (claim === null) return
    this.#owners.claimed(claim)
    this.#shared.claimed(claim)
    this.#cards.claimed(claim)
    this.#vlans.claimed(claim)
  }
}
