// What was measured, brought to those who judge it: end points become placements, and what has no end at
// MeetingPlace is left out.

import type { Address } from './model/address.ts'
import type { Placement } from './model/inventory.ts'
import type {
  MeasuredFlow,
  MeasureListener,
  MediaStream,
  QualityRecord,
  RoundTrip,
  SegmentCounts,
  Side,
  Span,
  Stuck,
} from './model/quality.ts'
import type { Link } from './model/sighting.ts'
import type { Watchers } from './watchers/index.ts'

/** Links that are kept, and those between the same two addresses. */
const LINKS_MAX = 65_536
const PORTS_MAX = 16

export class PlacedMeasures implements MeasureListener {
  readonly #place: (address: Address) => Placement
  readonly #watchers: Watchers
  /** By the addresses of client and server. Flows of the same two share a link, and none keeps one. */
  readonly #links = new Map<Address, Map<Address, Link[]>>()
  #count = 0

  constructor(place: (address: Address) => Placement, watchers: Watchers) {
    this.#place = place
    this.#watchers = watchers
  }

  roundTrip(flow: MeasuredFlow, trip: RoundTrip): void {
    const link = this.#linkOf(flow)
    // Reports tell of the ways to phones, too.
    if (isInside(link) || (trip.method === 'rtcp' && isTouched(link)))
      this.#watchers.roundTrip(link, trip)
  }

  sent(flow: MeasuredFlow, from: Side, counts: SegmentCounts, span: Span): void {
    const link = this.#linkOf(flow)
    if (isInside(link)) this.#watchers.sent(link, from, counts, span)
  }

  stuck(flow: MeasuredFlow, from: Side, stuck: Stuck): void {
    const link = this.#linkOf(flow)
    if (isInside(link)) this.#watchers.stuck(link, from, stuck)
  }

  tooBig(flow: MeasuredFlow, timeNs: number): void {
    const link = this.#linkOf(flow)
    if (isInside(link)) this.#watchers.tooBig(link, timeNs)
  }

  stamped(flow: MeasuredFlow, from: Side, timestamp: number, timeNs: number): void {
    const link = this.#linkOf(flow)
    if (isInside(link)) this.#watchers.stamped(link, from, timestamp, timeNs)
  }

  streamed(stream: MediaStream): void {
    const client = this.#place(stream.flow.client.address)
    const server = this.#place(stream.flow.server.address)
    if (client.isMeetingPlace || server.isMeetingPlace)
      this.#watchers.streamed(stream, client, server)
  }

  measured(record: QualityRecord): void {
    // There are two for each connection, and what is judged of them is told as it happens.
    if (record.kind === 'tcp') return
    const client = this.#place(record.flow.client.address)
    const server = this.#place(record.flow.server.address)
    if (client.isMeetingPlace || server.isMeetingPlace)
      this.#watchers.measured(record, client, server)
  }

  #linkOf({ transport, client, server }: MeasuredFlow): Link {
    const links = this.#links.get(client.address)?.get(server.address)
    if (links !== undefined)
      for (const link of links)
        if (link.serverPort === server.port && link.transport === transport) return link
    const link = {
      transport,
      client: this.#place(client.address),
      server: this.#place(server.address),
      serverPort: server.port,
    }
    this.#keep(link, client.address, server.address, links ?? [])
    return link
  }

  #keep(link: Link, client: Address, server: Address, links: Link[]): void {
    if (links.length >= PORTS_MAX) return
    if (this.#count >= LINKS_MAX) {
      this.#links.clear()
      this.#count = 0
    }
    links.push(link)
    const byServer = this.#links.get(client) ?? new Map<Address, Link[]>()
    byServer.set(server, links)
    this.#links.set(client, byServer)
    this.#count++
  }
}

/** Others are tracked for reports only. */
const isInside = ({ client, server }: Link): boolean =>
  client.isMeetingPlace && server.isMeetingPlace

const isTouched = ({ client, server }: Link): boolean =>
  client.isMeetingPlace || server.isMeetingPlace
