// Everything that was measured in a run, put together for reports: by pair of hosts, by stream, by clock. A
// listener of Measuring; what it holds is bounded, and its report does not depend on how input was cut.

import type { Address } from '../model/address.ts'
import type { Placement } from '../model/inventory.ts'
import { captureLossPct } from '../model/loss.ts'
import { PairTable } from '../model/pair-table.ts'
import type {
  MeasuredFlow,
  MeasureListener,
  QualityRecord,
  RoundTrip,
  SegmentCounts,
  Side,
  Span,
} from '../model/quality.ts'
import type { ReportedPair, ReportedQuality } from '../model/reported-quality.ts'
import { isAboveLimit, thousandths } from '../model/reported-quality.ts'
import { byText } from '../model/text.ts'
import { isoNanos } from '../model/time.ts'
import { ClockBook } from './clock-book.ts'
import { type PairLimits, PairRecord } from './pair-record.ts'
import { Timeline } from './series.ts'
import { StreamBook } from './stream-book.ts'

const PAIRS_MAX = 10_000
/** Two addresses of which the pair is known at once; beyond them all are looked up anew. */
const WAYS_MAX = 65_536
/** How long a round trip over one leg serves for the other. */
const LEG_NS_MAX = 60e9

/** Who the hosts of a site are, and what is demanded of two of them. */
export interface QualitySite {
  readonly place: (address: Address) => Placement
  readonly limits: PairLimits
}

/** What is known of a client's and a server's address, and of the way between them. */
interface Between {
  readonly isOfInterest: boolean
  /** The client is `a` of its pair. */
  readonly isInOrder: boolean
  /** Null where nobody asks for it, or there is no room. */
  readonly pair: PairRecord | null
  /** The latest round trip over each leg, and when it was over; NaN before the first one. */
  aNs: number
  aTimeNs: number
  bNs: number
  bTimeNs: number
}

export class QualityBook implements MeasureListener {
  readonly #site: QualitySite | null
  readonly #pairs = new PairTable<PairRecord>()
  readonly #list: PairRecord[] = []
  /** By the addresses of client and server. */
  readonly #ways = new Map<Address, Map<Address, Between>>()
  #waysKnown = 0
  readonly #timeline = new Timeline()
  readonly #streams: StreamBook
  readonly #clocks: ClockBook
  #leftOut = 0
  #segments = 0
  #gaps = 0

  /** Without a site hosts have the names of their addresses, and all are of interest. */
  constructor(site: QualitySite | null) {
    this.#site = site
    this.#streams = new StreamBook(address => this.#nameOf(address))
    this.#clocks = new ClockBook(address => this.#nameOf(address))
  }

  roundTrip(flow: MeasuredFlow, { method, leg, ns, timeNs }: RoundTrip): void {
    const known = this.#between(flow.client.address, flow.server.address)
    const { pair } = known
    if (pair === null) {
      if (known.isOfInterest && method === 'syn' && leg === 'total') this.#leftOut++
      return
    }
    if (leg === 'total') {
      pair.roundTrip(method, 'total', ns, timeNs)
      return
    }
    const isA = (leg === 'client') === known.isInOrder
    pair.roundTrip(method, isA ? 'a' : 'b', ns, timeNs)
    if (method === 'icmp') return
    const [otherNs, otherTimeNs] = isA ? [known.bNs, known.bTimeNs] : [known.aNs, known.aTimeNs]
    if (isA) {
      known.aNs = ns
      known.aTimeNs = timeNs
    } else {
      known.bNs = ns
      known.bTimeNs = timeNs
    }
    // One leg was measured: with the latest of the other one, both are the whole way.
    if (method !== 'syn' && timeNs - otherTimeNs <= LEG_NS_MAX)
      pair.roundTrip(method, 'total', ns + otherNs, timeNs)
  }

  sent(flow: MeasuredFlow, from: Side, counts: SegmentCounts, { toNs }: Span): void {
    const way = this.#between(flow.client.address, flow.server.address)
    if (!way.isOfInterest) return
    this.#segments += counts.segments
    this.#gaps += counts.captureGaps
    way.pair?.sent(counts, toNs - 1, (from === 'client') === way.isInOrder)
  }

  stuck(): void {}

  stamped(): void {}

  measured(record: QualityRecord): void {
    const { client, server } = record.flow
    if (record.kind === 'tcp' || record.kind === 'icmp') return
    if (!this.#between(client.address, server.address).isOfInterest) return
    if (record.kind === 'rtp') this.#streams.stream(record)
    else if (record.kind === 'rtcp') this.#streams.report(record)
    else this.#clocks.exchange(record)
  }

  /** How much is remembered. */
  get sizes(): Readonly<Record<'pairs' | 'streams' | 'points' | 'ways', number>> {
    return {
      pairs: this.#list.length,
      streams: this.#streams.size,
      points: this.#timeline.points,
      ways: this.#waysKnown,
    }
  }

  /** At most so many of each list; times count from the epoch; sensors have the names of the run. */
  report(max: number, epochSeconds: number, sensors: readonly string[] = []): ReportedQuality {
    const pairs = this.#list.filter(({ isEmpty }) => !isEmpty)
    const seen = { segments: this.#segments, captureGaps: this.#gaps, lost: 0, lostBefore: 0 }
    return {
      series: { start: isoNanos(epochSeconds, 0), step_s: this.#timeline.stepNs / 1e9 },
      pairs: pairs
        .map(pair => pair.report())
        .sort(worstFirst)
        .slice(0, max),
      pairs_seen: pairs.length,
      connections_left_out: this.#leftOut,
      streams: this.#streams.worst(max, epochSeconds),
      streams_seen: this.#streams.seen(),
      clocks: this.#clocks.clocks(max, epochSeconds),
      sensor_clocks: this.#clocks.sensors(sensors),
      capture: {
        ...{ segments: this.#segments, gaps: this.#gaps },
        loss_pct: thousandths(captureLossPct(seen)),
      },
    }
  }

  /** Asked for with every record, and the same addresses talk again and again. */
  #between(client: Address, server: Address): Between {
    const known = this.#ways.get(client)?.get(server)
    if (known !== undefined) return known
    if (this.#waysKnown >= WAYS_MAX) {
      this.#ways.clear()
      this.#waysKnown = 0
    }
    const isOfInterest = this.#isOfInterest(client, server)
    const pair = isOfInterest ? this.#pairOf(client, server) : null
    const isInOrder = this.#isInOrder(client, server)
    const [aNs, aTimeNs, bNs, bTimeNs] = [Number.NaN, Number.NaN, Number.NaN, Number.NaN]
    const made = { isOfInterest, isInOrder, pair, aNs, aTimeNs, bNs, bTimeNs }
    const ways = this.#ways.get(client)
    if (ways === undefined) this.#ways.set(client, new Map([[server, made]]))
    else ways.set(server, made)
    this.#waysKnown++
    return made
  }

  #pairOf(one: Address, other: Address): PairRecord | null {
    const [first, second] = this.#isInOrder(one, other) ? [one, other] : [other, one]
    const [a, b] = [this.#nameOf(first), this.#nameOf(second)]
    const known = this.#pairs.get(a, b)
    if (known !== undefined) return known
    if (this.#list.length >= PAIRS_MAX) return null
    return this.#pairs.take(a, b, () => {
      const made = new PairRecord(a, b, this.#limitsOf(first, second), this.#timeline)
      this.#list.push(made)
      return made
    })
  }

  #isInOrder(one: Address, other: Address): boolean {
    return byText(this.#nameOf(one), this.#nameOf(other)) <= 0
  }

  #nameOf(address: Address): string {
    return this.#site === null ? address.text : this.#site.place(address).name
  }

  #isOfInterest(one: Address, other: Address): boolean {
    if (this.#site === null) return true
    const { place } = this.#site
    return place(one).isMeetingPlace || place(other).isMeetingPlace
  }

  /** The document has numbers for Web Server and Application Server only (S-07, S-08). */
  #limitsOf(one: Address, other: Address): PairLimits | null {
    if (this.#site === null) return null
    const { labels } = this.#site.place(one)
    const { labels: others } = this.#site.place(other)
    const isJudged =
      (labels.has('web') && others.has('app')) || (labels.has('app') && others.has('web'))
    return isJudged ? this.#site.limits : null
  }
}

/** Above a limit, then judged at all, then slow, then lossy. */
const worstFirst = (one: ReportedPair, other: ReportedPair): number =>
  Number(isAboveLimit(other)) - Number(isAboveLimit(one)) ||
  Number(other.limits !== null) - Number(one.limits !== null) ||
  other.round_trip.p95_ms - one.round_trip.p95_ms ||
  lossOf(other) - lossOf(one) ||
  byText(one.a, other.a) ||
  byText(one.b, other.b)

const lossOf = ({ directions }: ReportedPair): number =>
  Math.max(...directions.map(({ loss_pct: pct }) => pct ?? 0))
