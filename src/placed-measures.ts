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

/** Links that several flows share, and those of the same two ends. */
const SHARED_MAX = 16_384
const PORTS_MAX = 16

export class PlacedMeasures implements MeasureListener {
  readonly #place: (address: Address) => Placement
  readonly #watchers: Watchers
  /** Of tracked flows. */
  readonly #links = new Map<MeasuredFlow, Link>()
  /** By the two ends, so that flows of the same two share one. */
  readonly #shared = new Map<Placement, Map<Placement, Link[]>>()
  #sharedCount = 0

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

  over(flow: MeasuredFlow): void {
    this.#links.delete(flow)
  }

  streamed(stream: MediaStream): void {
    const client = this.#place(stream.flow.client.address)
    const server = this.#place(stream.flow.server.address)
    if (client.isMeetingPlace || server.isMeetingPlace)
      this.#watchers.streamed(stream, client, server)
  }

  measured(record: QualityRecord): void {
    const client = this.#place(record.flow.client.address)
    const server = this.#place(record.flow.server.address)
    if (client.isMeetingPlace || server.isMeetingPlace)
      this.#watchers.measured(record, client, server)
  }

  #linkOf(flow: MeasuredFlow): Link {
    const known = this.#links.get(flow)
    if (known !== undefined) return known
    const link = this.#sharedLink(flow)
    this.#links.set(flow, link)
    return link
  }

  #sharedLink({ transport, client: one, server: other }: MeasuredFlow): Link {
    const [client, server] = [this.#place(one.address), this.#place(other.address)]
    if (this.#sharedCount >= SHARED_MAX) {
      this.#shared.clear()
      this.#sharedCount = 0
    }
    const byServer = this.#shared.get(client) ?? new Map<Placement, Link[]>()
    const links = byServer.get(server) ?? []
    const known = links.find(link => link.serverPort === other.port && link.transport === transport)
    if (known !== undefined) return known
    const link = { transport, client, server, serverPort: other.port }
    if (links.length >= PORTS_MAX) return link
    links.push(link)
    byServer.set(server, links)
    this.#shared.set(client, byServer)
    this.#sharedCount++
    return link
  }
}

/** Others are tracked for reports only. */
const isInside = ({ client, server }: Link): boolean =>
  client.isMeetingPlace && server.isMeetingPlace

const isTouched = ({ client, server }: Link): boolean =>
  client.isMeetingPlace || server.isMeetingPlace
