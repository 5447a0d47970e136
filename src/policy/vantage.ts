// Where the sensors stand, and what each of them saw. A packet that a sensor outside saw and one inside did
// not, though it was listening, was dropped between the two (block signature BS5).

import { type FlowRecord, SIGHT_UNKNOWN, type Sights } from '../model/flow.ts'
import type { Placement, Sensor, Zone } from '../model/inventory.ts'
import { PairTable } from '../model/pair-table.ts'
import { Listening } from './listening.ts'

/** A packet may pass the other sensor so much later, or a clock may be so wrong. */
const ACROSS_NS = 1e8

/** What shows that a flow was dropped between two sensors. */
export interface Gap {
  /** Names of the sensors. */
  readonly outside: readonly string[]
  readonly inside: readonly string[]
  /** Packets between these zones have been seen on both sides as they were sent. */
  readonly isPathKnown: boolean
}

export class Vantage {
  readonly #sensors: readonly Sensor[]
  #listening: readonly Listening[]
  /** By zones in either order: of each sensor, who else has seen the same packets. */
  #paths = new PairTable<number[]>()
  /** By address of a declared node: the sensors that have seen packets of it. */
  #hosts = new Map<string, number>()
  /** Such addresses of which several sensors have seen the same packets. */
  #passed = new Set<string>()

  /** `sensors` in the order of their bits. */
  constructor(sensors: readonly Sensor[]) {
    this.#sensors = sensors
    this.#listening = sensors.map(() => new Listening())
  }

  /** Goes on with what the same sensors have shown of the same zones. */
  inherit(former: Vantage): void {
    this.#listening = former.#listening
    this.#paths = former.#paths
    this.#hosts = former.#hosts
    this.#passed = former.#passed
  }

  get hasSeveral(): boolean {
    return this.#sensors.length > 1
  }

  /** Bit by bit the sensors that delivered packets in this second, counted from the run's epoch. */
  heard(seconds: number, sensors: number): void {
    for (const [index, listening] of this.#listening.entries())
      if (hasBit(sensors, index)) listening.heard(seconds)
  }

  /** A capture of the sensor is damaged here. */
  interrupt(sensor: number): void {
    this.#listening[sensor]?.interrupt()
  }

  /** Who has seen the two ends of a flow. */
  note(client: Placement, server: Placement, { client: there, server: back }: Sights): void {
    if (!this.hasSeveral) return
    this.#noteHost(client, there)
    this.#noteHost(server, back)
    if (client.zone === server.zone) return
    for (const mask of [there, back]) if (hasSeveralBits(mask)) this.#notePath(client, server, mask)
  }

  /** The zones of the sensor whose view of the flow tells most; null where nobody's is declared. */
  sees({ sensors }: FlowRecord, client: Placement, server: Placement): readonly Zone[] | null {
    if (!this.hasSeveral) return this.#sensors[0]?.sees ?? null
    const saw = this.#sensors.filter((_, index) => hasBit(sensors.client, index))
    const sensor =
      saw.find(isIn(server.zone, client.zone)) ?? saw.find(isIn(client.zone, server.zone)) ?? saw[0]
    return sensor?.sees ?? null
  }

  /**
   * The sensors between which the client's packets were dropped; null where that is not shown. `roundTripNs`
   * is how long an answer of the server takes, if that is known.
   */
  gap(
    flow: FlowRecord,
    client: Placement,
    server: Placement,
    roundTripNs: number | null,
  ): Gap | null {
    const { client: there, server: back } = flow.sensors
    if (there === 0 || hasBit(there, UNKNOWN_BIT) || isElsewhere(flow)) return null
    if (this.#isTranslated(client) || this.#isTranslated(server)) return null
    const outside = this.#bits(({ sees }) => sees.includes(client.zone)) & there
    const inside = this.#bits(isIn(server.zone, client.zone))
    if (outside === 0 || (inside & (there | back)) !== 0) return null
    const untilNs = flow.firstNs + Math.max(ACROSS_NS, 2 * (roundTripNs ?? 0))
    const paths = this.#pathsOf(client, server)
    const listening = this.#bits(
      (_, index) => hasBit(inside, index) && this.#covers(index, flow.firstNs, untilNs),
    )
    const onPath = this.#bits(
      (_, index) => hasBit(listening, index) && ((paths[index] ?? 0) & outside) !== 0,
    )
    // A zone has more segments than one sensor need mirror, so of a declared server it must have shown something.
    const ofServer = (this.#hosts.get(server.address.text) ?? 0) & listening
    const witnesses = server.node === null ? onPath : ofServer
    if (witnesses === 0) return null
    return {
      outside: this.namesOf(outside),
      inside: this.namesOf(witnesses),
      isPathKnown: (onPath & witnesses) !== 0,
    }
  }

  /** The names of the sensors whose bits are set. */
  namesOf(sensors: number): string[] {
    return this.#sensors.filter((_, index) => hasBit(sensors, index)).map(({ name }) => name)
  }

  #covers(index: number, fromNs: number, toNs: number): boolean {
    return this.#listening[index]?.covers(fromNs, toNs) ?? false
  }

  #bits(isMeant: (sensor: Sensor, index: number) => boolean): number {
    return this.#sensors.reduce(
      (mask, sensor, index) => (isMeant(sensor, index) ? mask | (1 << index) : mask),
      0,
    )
  }

  #noteHost({ node, address }: Placement, mask: number): void {
    if (node === null || mask === 0) return
    this.#hosts.set(address.text, (this.#hosts.get(address.text) ?? 0) | mask)
    if (hasSeveralBits(mask)) this.#passed.add(address.text)
  }

  /** Behind the filter the end may have another address, and what it sends is another flow there. */
  #isTranslated({ node, basis, address }: Placement): boolean {
    if (basis === 'nat') return true
    return node !== null && node.nat.length > 0 && !this.#passed.has(address.text)
  }

  #notePath(client: Placement, server: Placement, mask: number): void {
    const [one, other] = inOrder(client.zone, server.zone)
    const paths = this.#paths.take(one, other, () => this.#sensors.map(() => 0))
    for (const index of this.#sensors.keys())
      if (hasBit(mask, index)) paths[index] = (paths[index] ?? 0) | mask
  }

  #pathsOf(client: Placement, server: Placement): readonly number[] {
    return this.#paths.get(...inOrder(client.zone, server.zone)) ?? []
  }
}

const UNKNOWN_BIT = Math.log2(SIGHT_UNKNOWN)

const hasBit = (mask: number, bit: number): boolean => (mask & (1 << bit)) !== 0

const hasSeveralBits = (mask: number): boolean => (mask & (mask - 1)) !== 0

/** Mirrors this zone and not that one: there only what has passed the filter between them is seen. */
const isIn =
  (zone: Zone, other: Zone) =>
  ({ sees }: Sensor): boolean =>
    sees.includes(zone) && !sees.includes(other)

/** The record may have been closed before the copy came, which then counts elsewhere. */
const isElsewhere = ({ end }: FlowRecord): boolean => end === 'evicted' || end === 'reused'

const inOrder = (one: Zone, other: Zone): readonly [Zone, Zone] =>
  one < other ? [one, other] : [other, one]
