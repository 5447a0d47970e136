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
    const isTold = link.client.isMeetingPlace || link.server.isMeetingPlace
    if (trip.method !== 'rtcp' || isTold) this.#watchers.roundTrip(link, trip)
  }

  sent(flow: MeasuredFlow, from: Side, counts: SegmentCounts, span: Span): void {
    this.#watchers.sent(this.#linkOf(flow), from, counts, span)
  }

  stuck(flow: MeasuredFlow, from: Side, stuck: Stuck): void {
    this.#watchers.stuck(this.#linkOf(flow), from, stuck)
  }

  stamped(flow: MeasuredFlow, from: Side, timestamp: number, timeNs: number): void {
    this.#watchers.stamped(this.#linkOf(flow), from, timestamp, timeNs)
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
