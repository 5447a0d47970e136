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

export class PlacedMeasures implements MeasureListener {
  readonly #place: (address: Address) => Placement
  readonly #watchers: Watchers
  /** Of tracked flows; they are objects for as long as the flow is tracked. */
  readonly #links = new WeakMap<MeasuredFlow, Link>()

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
    const client = this.#place(record.flow.client.address)
    const server = this.#place(record.flow.server.address)
    if (client.isMeetingPlace || server.isMeetingPlace)
      this.#watchers.measured(record, client, server)
  }

  #linkOf(flow: MeasuredFlow): Link {
    const known = this.#links.get(flow)
    if (known !== undefined) return known
    const link = {
      transport: flow.transport,
      client: this.#place(flow.client.address),
      server: this.#place(flow.server.address),
      serverPort: flow.server.port,
    }
    this.#links.set(flow, link)
    return link
  }
}

/** Others are tracked for reports only. */
const isInside = ({ client, server }: Link): boolean =>
  client.isMeetingPlace && server.isMeetingPlace

const isTouched = ({ client, server }: Link): boolean =>
  client.isMeetingPlace || server.isMeetingPlace
