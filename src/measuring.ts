// What the kernel has measured -> quality records, and whoever listens. Takes the samples that the kernel
// leaves, remembers how the round trips of each flow are spread, and says what a connection did every ten
// seconds. Bounded in flows.

import { type Ends, firstOf, type Orientation, transportOf, vlanOf } from './flows/record.ts'
import { packetAtHand } from './flows/sightings.ts'
import { flowAt } from './kernel/flows.ts'
import {
  FLOW_FLAGS,
  Flag,
  FROM_HIGH,
  NOW,
  SAMPLE_COUNT,
  SENSOR,
  TICK,
  TICK_BEFORE,
  UNMEASURED,
} from './kernel/layout.ts'
import {
  SAMPLE_BYTES,
  SAMPLE_EXTRA,
  SAMPLE_FLOW,
  SAMPLE_HIGH,
  SAMPLE_KIND,
  SAMPLE_TIME,
  SAMPLE_VALUE,
  SAMPLES,
  Sample,
} from './kernel/measured-layout.ts'
import { getF64, getI32, setI32 } from './kernel/memory.ts'
import { endSegments } from './kernel/segments.ts'
import type { FlowRecord } from './model/flow.ts'
import type {
  Leg,
  MeasuredFlow,
  MeasureListener,
  MediaStream,
  QualityRecord,
  RoundTripMethod,
  Side,
} from './model/quality.ts'
import type { RtcpReport } from './model/rtcp.ts'
import type { TimeMessage } from './model/time-message.ts'
import type { PayloadMeasurer } from './payload-listener.ts'
import type { FlowEnds } from './protocols/data-channels.ts'
import { ClockRates } from './quality/clock-rates.ts'
import { FlowRoundTrips } from './quality/flow-round-trips.ts'
import { LiveStreams, lookAt } from './quality/live-streams.ts'
import { TimeExchanges } from './quality/ntp.ts'
import { RtcpBook } from './quality/rtcp.ts'
import { handshakeOf, segmentCounts, tcpQuality } from './quality/segments.ts'
import { hasStreams, nameClocks, streamsOf } from './quality/streams.ts'
import { type Tracked, TrackedFlows } from './tracked-flows.ts'

const SECOND_NS = 1e9
const TCP = 6
const UDP = 17
const ECHO = 8
const ECHO_6 = 128

const NOTHING: readonly QualityRecord[] = []

/** The ends of a flow, and which of them is the client as far as is known. */
export interface Placed {
  readonly ends: Ends
  readonly orientation: Orientation
}

const METHODS: Readonly<Record<number, RoundTripMethod>> = {
  [Sample.SynServer]: 'syn',
  [Sample.SynClient]: 'syn',
  [Sample.SynTotal]: 'syn',
  [Sample.SequenceAck]: 'seqack',
  [Sample.TimestampOption]: 'tsopt',
  [Sample.Echo]: 'icmp',
}

export class Measuring implements PayloadMeasurer {
  /** Told by SDP. */
  readonly clocks = new ClockRates()
  #listeners: readonly MeasureListener[]
  #following: readonly Required<Pick<MeasureListener, 'streamed'>>[]
  readonly #tracked: TrackedFlows
  /** By the side that sent what was acknowledged. */
  readonly #trips = new FlowRoundTrips()
  readonly #exchanges = new TimeExchanges()
  #records: QualityRecord[] = []
  /** When a sensor that had missed packets listened again. */
  #againNs = Number.NEGATIVE_INFINITY
  readonly #endsOf: (flow: number) => Placed
  readonly #withConnections: boolean
  readonly #isTimed: boolean
  readonly #live = new LiveStreams()
  readonly #reports = new RtcpBook()
  /** Unix time in whole seconds from which the run's times count; the monitor sets it. */
  epochSeconds = 0

  /**
   * `withConnections`: somebody takes records of TCP connections; listeners have heard all that is in them.
   * `isTimed`: packets have the time of their capture, so that differences between them say something.
   */
  constructor(
    listeners: readonly MeasureListener[],
    endsOf: (flow: number) => Placed,
    withConnections = true,
    isTimed = true,
  ) {
    this.#isTimed = isTimed
    this.#listeners = listeners
    this.#tracked = new TrackedFlows(listeners)
    this.#withConnections = withConnections
    this.#following = listeners.filter(isFollowing)
    this.#endsOf = endsOf
  }

  /** What happened to measurements, by the name of the remark. */
  get notes(): Readonly<Record<string, number>> {
    return {
      'note.flow_unmeasured': this.#tracked.refused + this.#trips.refused + getI32(UNMEASURED),
      'note.report_unread': this.#reports.unread,
      ...this.#exchanges.notes,
    }
  }

  /** Everything about this flow is told from now on, where there is room; `isForReports`: nobody judges it. */
  track(flow: number, ends: Ends, orientation: Orientation, isForReports = false): void {
    this.#tracked.track(flow, ends, orientation, isForReports)
  }

  /** These listen from now on, and not those before. */
  listenWith(listeners: readonly MeasureListener[]): void {
    this.drain()
    this.#listeners = listeners
    this.#following = listeners.filter(isFollowing)
    this.#tracked.listenWith(listeners)
  }

  /** As `track`, of a flow that is under way. */
  trackFromNow(flow: number, ends: Ends, orientation: Orientation, isForReports: boolean): void {
    this.#tracked.trackFromNow(flow, ends, orientation, isForReports)
  }

  /** Takes what the kernel has left: at the end of a chunk, at a tick, and before a record is read. */
  drain(): void {
    const count = getI32(SAMPLE_COUNT)
    for (let index = 0; index < count; index++) this.#sample(SAMPLES + index * SAMPLE_BYTES)
    setI32(SAMPLE_COUNT, 0)
  }

  /** A second of capture time is over. */
  tick(): void {
    this.drain()
    this.#tracked.tick(getF64(TICK_BEFORE) / SECOND_NS, getF64(TICK) / SECOND_NS)
  }

  /** Seconds without a packet are over, from one to the other. */
  quiet(fromNs: number, toNs: number): void {
    this.#tracked.tick(fromNs / SECOND_NS, toNs / SECOND_NS)
  }

  /** A sensor listens again from then on: what was under way meanwhile took nobody knows how long. */
  interrupt(againNs: number): void {
    this.drain()
    this.#againNs = againNs
  }

  /** RTCP in the packet at hand. What came before it is told first, however the input was cut. */
  reported(flow: number, reports: readonly RtcpReport[]): void {
    this.drain()
    const { measured, clientHigh } = this.#begun(flow)
    const from: Side = (getI32(FROM_HIGH) !== 0) === clientHigh ? 'client' : 'server'
    const packet = { flow: measured, from, timeNs: getF64(NOW) }
    const rateOf = (ssrc: number) => this.#live.rateOf(flow, ssrc)
    const { records, trips } = this.#reports.take(packet, reports, rateOf)
    for (const record of records)
      this.#tell(this.#isTimed ? record : { ...record, roundTripMs: null })
    if (!this.#isTimed) return
    for (const trip of trips)
      for (const listener of this.#listeners) listener.roundTrip(measured, trip)
  }

  /** Somebody asked for the time, or told it, in the packet at hand. */
  timed(message: TimeMessage, ends: FlowEnds, isFromHigh: boolean): void {
    if (!this.#isTimed) return
    const record = this.#exchanges.take(message, {
      ends,
      isFromHigh,
      timeNs: getF64(NOW),
      epochSeconds: this.epochSeconds,
      sensor: getI32(SENSOR),
      packet: packetAtHand(),
    })
    if (record !== null) this.#tell(record)
  }

  /** A stream of the stop's flow has a payload type whose clock rate nobody but SDP knows. */
  stream(flow: number, { low, high }: Ends): void {
    nameClocks(flow, (isHigh, payloadType) =>
      isHigh
        ? this.clocks.rateOf(high, low, payloadType)
        : this.clocks.rateOf(low, high, payloadType),
    )
    const at = flowAt(flow) + FLOW_FLAGS
    setI32(at, getI32(at) & ~Flag.StreamWaits)
  }

  /** A router said that a packet of this flow is too big. */
  tooBig(flow: number, timeNs: number): void {
    this.drain()
    const tracked = this.#tracked.of(flow)
    if (tracked === null) return
    for (const listener of this.#listeners) listener.tooBig?.(tracked, timeNs)
  }

  /** The record of a flow ends, for good where `isFinal`. To be told before the kernel gives it back. */
  ended(flow: number, clientHigh: boolean, record: FlowRecord, isFinal: boolean): void {
    const tracked = this.#tracked.of(flow)
    if (record.protocol === TCP) this.#connection(flow, clientHigh, record, tracked)
    else if (isEcho(record)) this.#echoes(flow, clientHigh, record)
    else if (record.protocol === UDP && hasStreams(flow))
      for (const stream of streamsOf(flow, record, clientHigh, receiver =>
        this.clocks.isAnnounced(record[receiver]),
      ))
        this.#tell(this.#isTimed ? stream : { ...stream, jitterMs: null })
    this.#trips.delete(flow)
    if (isFinal && tracked !== null) this.#tracked.forget(flow)
  }

  /** Records that wait for take(). */
  get waiting(): number {
    return this.#records.length
  }

  /** What was measured since this was last asked. */
  take(): readonly QualityRecord[] {
    if (this.#records.length === 0) return NOTHING
    const records = this.#records
    this.#records = []
    return records
  }

  #sample(at: number): void {
    const flow = getI32(at + SAMPLE_FLOW)
    const kind = getI32(at + SAMPLE_KIND)
    const isHigh = getI32(at + SAMPLE_HIGH) !== 0
    const ns = getF64(at + SAMPLE_VALUE)
    const timeNs = getF64(at + SAMPLE_TIME)
    if (kind === Sample.Stream) {
      this.#streamed(flow, isHigh, getI32(at + SAMPLE_EXTRA))
      return
    }
    const method = METHODS[kind]
    if (!this.#isTimed && (method !== undefined || kind === Sample.Timestamp)) return
    if (method !== undefined && this.#isAcross(timeNs - ns, timeNs)) return
    if (method !== undefined && method !== 'syn') this.#trips.add(flow, isHigh, ns)
    const tracked = this.#tracked.of(flow)
    if (tracked === null) return
    const from: Side = isHigh === tracked.clientHigh ? 'client' : 'server'
    if (method !== undefined) {
      const trip = { method, leg: legOf(kind, from), ns, timeNs }
      for (const listener of this.#listeners) listener.roundTrip(tracked, trip)
      return
    }
    for (const listener of this.#listeners) {
      if (kind === Sample.Timestamp)
        listener.stamped(tracked, from, getI32(at + SAMPLE_EXTRA) >>> 0, timeNs)
      else if (kind === Sample.Stuck) {
        const passedBytes = getI32(at + SAMPLE_EXTRA)
        listener.stuck(tracked, from, { bytes: ns, passedBytes, timeNs })
      }
    }
  }

  /** Whether the sensor has missed packets between these times. */
  #isAcross(fromNs: number, toNs: number): boolean {
    return fromNs < this.#againNs && toNs >= this.#againNs
  }

  #streamed(flow: number, isHigh: boolean, number: number): void {
    this.#live.note(number)
    if (this.#following.length === 0) return
    const { measured, clientHigh } = this.#begun(flow)
    const from: Side = isHigh === clientHigh ? 'client' : 'server'
    const stream = this.#untimed(lookAt(number, measured, from))
    if (stream !== null) for (const listener of this.#following) listener.streamed(stream)
  }

  /** The stream without what times alone tell, where these are not to be trusted. */
  #untimed(stream: MediaStream | null): MediaStream | null {
    if (stream === null || this.#isTimed) return stream
    const now = () => {
      const state = stream.now()
      return state && { ...state, jitterMs: null }
    }
    return { ...stream, now }
  }

  /** A flow by its first packet, as its record will have it. */
  #begun(flow: number): { readonly measured: MeasuredFlow; readonly clientHigh: boolean } {
    const { ends, orientation } = this.#endsOf(flow)
    const { clientHigh } = orientation
    const { protocol, low, high } = ends
    const measured = {
      transport: transportOf(protocol),
      protocol,
      client: clientHigh ? high : low,
      server: clientHigh ? low : high,
      vlan: vlanOf(flow),
      first: firstOf(flow),
    }
    return { measured, clientHigh }
  }

  /** The record of a connection ends: what is left is told, and all of it becomes a record of either side. */
  #connection(
    flow: number,
    clientHigh: boolean,
    record: FlowRecord,
    tracked: Tracked | null,
  ): void {
    endSegments(flow)
    if (tracked !== null) this.#tracked.ended(flow, tracked, record.lastNs)
    if (!this.#withConnections) return
    const handshake = this.#isTimed ? handshakeOf(flow) : null
    for (const from of SIDES) {
      const isHigh = (from === 'client') === clientHigh
      const counts = segmentCounts(flow, isHigh)
      if (counts === null) return
      const isQuiet = counts.segments + counts.captureGaps === 0
      if (isQuiet && (from === 'server' || handshake === null)) continue
      const rtt = this.#trips.distribution(flow, isHigh)
      this.#tell(tcpQuality(record, from, { counts, handshake, rtt }))
    }
  }

  #echoes(flow: number, clientHigh: boolean, record: FlowRecord): void {
    const rtt = this.#trips.distribution(flow, clientHigh)
    const [requests, replies] = [record.toServer.packets, record.toClient.packets]
    const measured = { flow: record, from: 'client', timeNs: record.lastNs } as const
    this.#tell({ kind: 'icmp', ...measured, rtt, requests, replies })
  }

  #tell(record: QualityRecord): void {
    this.#records.push(record)
    for (const listener of this.#listeners) listener.measured(record)
  }
}

const SIDES = ['client', 'server'] as const

/** The client of an ICMP flow stands with the type of what it asks. */
const isEcho = ({ transport, client }: FlowRecord): boolean =>
  (transport === 'icmp' && client.port === ECHO) ||
  (transport === 'icmp6' && client.port === ECHO_6)

type Following = MeasureListener & Required<Pick<MeasureListener, 'streamed'>>
const isFollowing = (one: MeasureListener): one is Following => one.streamed !== undefined

/** Data of one side is acknowledged by the other, so that the way to the other is measured. */
function legOf(kind: number, from: Side): Leg {
  if (kind === Sample.SynTotal) return 'total'
  if (kind === Sample.SynServer) return 'server'
  if (kind === Sample.SynClient) return 'client'
  return from === 'client' ? 'server' : 'client'
}
