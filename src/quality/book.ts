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
/** How long a round trip over one leg serves for the other. */
const LEG_NS_MAX = 60e9

/** Who the hosts of a site are, and what is demanded of two of them. */
export interface QualitySite {
  readonly place: (address: Address) => Placement
  readonly limits: PairLimits
}

/** A tracked flow, and the latest round trip over each of its legs. */
interface Known {
  readonly pair: PairRecord | null
  /** The client is `a` of its pair. */
  readonly isClientA: boolean
  /** NaN before the first one. */
  aNs: number
  aTimeNs: number
  bNs: number
  bTimeNs: number
}

export class QualityBook implements MeasureListener {
  readonly #site: QualitySite | null
  readonly #pairs = new PairTable<PairRecord>()
  readonly #list: PairRecord[] = []
  /** Of tracked flows. */
  readonly #known = new Map<MeasuredFlow, Known>()
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
    const known = this.#knownOf(flow)
    const { pair } = known
    if (pair === null) return
    if (leg === 'total') {
      pair.roundTrip(method, 'total', ns, timeNs)
      return
    }
    const isA = (leg === 'client') === known.isClientA
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
    const { pair, isClientA } = this.#knownOf(flow)
    pair?.sent(counts, toNs - 1, (from === 'client') === isClientA)
  }

  over(flow: MeasuredFlow): void {
    this.#known.delete(flow)
  }

  stuck(): void {}

  stamped(): void {}

  measured(record: QualityRecord): void {
    const { client, server } = record.flow
    if (!this.#isOfInterest(client.address, server.address)) return
    if (record.kind === 'rtp') this.#streams.stream(record)
    else if (record.kind === 'rtcp') this.#streams.report(record)
    else if (record.kind === 'ntp') this.#clocks.exchange(record)
    else if (record.kind === 'tcp') {
      this.#segments += record.segments
      this.#gaps += record.captureGaps
      const pair = this.#pairOf(client.address, server.address)
      const isByA = (record.from === 'client') === this.#isInOrder(client.address, server.address)
      if (pair === null) this.#leftOut++
      else pair.segments(record, isByA)
    }
  }

  /** How much is remembered. */
  get sizes(): { readonly pairs: number; readonly streams: number; readonly points: number } {
    return {
      pairs: this.#list.length,
      streams: this.#streams.size,
      points: this.#timeline.points,
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

  #knownOf(flow: MeasuredFlow): Known {
    const known = this.#known.get(flow)
    if (known !== undefined) return known
    const [client, server] = [flow.client.address, flow.server.address]
    const isClientA = this.#isInOrder(client, server)
    const pair = this.#isOfInterest(client, server) ? this.#pairOf(client, server) : null
    const [aNs, aTimeNs, bNs, bTimeNs] = [Number.NaN, Number.NaN, Number.NaN, Number.NaN]
    const made = { pair, isClientA, aNs, aTimeNs, bNs, bTimeNs }
    this.#known.set(flow, made)
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
