// The pure core: chunks in, batches out. Drives the kernel, takes up what it hands over, and judges each
// flow record as it closes. Capture time is the only clock, so the same packets give the same batches.

import { type Bench, benchesOf, listenerOf } from './bench.ts'
import type { Compliance, Concern } from './compliance.ts'
import { EarlyNotices } from './early-notices.ts'
import { AddressBook } from './flows/addresses.ts'
import type { PortKnowledge } from './flows/direction.ts'
import { Fragments } from './flows/fragments.ts'
import { heardNow, lastFrom } from './flows/heard.ts'
import { IcmpErrors } from './flows/icmp-errors.ts'
import { type Ends, endsOf, hasReset, recordOf, sightsOf, synAckOf } from './flows/record.ts'
import { arpSighting, sourceSighting, WatchedFlows } from './flows/sightings.ts'
import { unwrap, unwrapLink } from './flows/unwrap.ts'
import { compiledKernel, type Kernel } from './kernel/compiled.ts'
import { flowAt } from './kernel/flows.ts'
import { goesToRest } from './kernel/kernel.ts'
import {
  CLOCK,
  FLOW_FLAGS,
  Flag,
  HEARD,
  NOW,
  PAYLOAD_DUE,
  STOP_FLOW,
  STOP_REASON,
  Stop,
  TICK,
  TICK_BEFORE,
} from './kernel/layout.ts'
import { getF64, getI32, setI32 } from './kernel/memory.ts'
import { begin, filter, type KernelOptions, load } from './kernel/session.ts'
import { drawUp } from './ledger.ts'
import { Measuring, type Placed } from './measuring.ts'
import type { Address } from './model/address.ts'
import type { Batch, UnjudgedFlow } from './model/batch.ts'
import type { Chunk } from './model/chunk.ts'
import type { Finding } from './model/finding.ts'
import type { FlowRecord, IcmpError } from './model/flow.ts'
import type { Ledger } from './model/ledger.ts'
import type { MeasureListener } from './model/quality.ts'
import type { JudgedFlow } from './model/verdict.ts'
import { Payloads } from './payloads.ts'

/**
 * Records that a batch holds at the most; a busy second of capture time makes several batches. Small, so that
 * records die young: 4,096 cost a fifth more CPU on a busy mix, in copying by the garbage collector.
 */
const BATCH_RECORDS_MAX = 256

const SECOND_NS = 1e9

export interface MonitorOptions extends KernelOptions {
  readonly ports: PortKnowledge
  /** Unix time in seconds, fractions allowed: packets outside are filtered. Both ends are inside. */
  readonly fromSeconds: number
  readonly toSeconds: number
  /** Site, policy and everything that judges; null for a flow count. */
  readonly compliance: Compliance | null
  /** Judges every record too, for a comparison: by rules, ports and evidence of its own. */
  readonly second?: Compliance | null
  /** Hears what is measured, besides compliance: of all flows, or of those of MeetingPlace where that judges. */
  readonly quality?: MeasureListener | null
  /** Whether batches shall have what was measured of each TCP connection; they do unless told otherwise. */
  readonly withConnections?: boolean
  /** Tells findings while the flow goes on that will open them, as far as nothing can change that. */
  readonly early?: boolean
  /** The compiled one unless told; the results are the same. */
  readonly kernel?: Kernel
}

/** What is known of a record that ends, before anybody has said who its client is. */
interface Told {
  readonly flow: number
  readonly ends: Ends
  readonly icmpError: IcmpError | null
}

export class Monitor {
  readonly #options: MonitorOptions
  readonly #kernel: Kernel
  readonly #addresses = new AddressBook()
  /** One or two. */
  readonly #benches: ReturnType<typeof benchesOf>
  readonly #errors = new IcmpErrors()
  readonly #fragments = new Fragments()
  readonly #payloads: Payloads
  readonly #measuring: Measuring | null
  readonly #compliance: Compliance | null
  readonly #early: EarlyNotices
  /** Filled anew for each record. */
  readonly #closing = {
    nowNs: 0,
    tickNs: 0,
    epochSeconds: 0,
    flow: 0,
    isFinal: false,
    heardNow: (addresses: readonly Address[]) => heardNow(addresses, this.#addresses),
  }
  readonly #watched = new WatchedFlows()
  #epochSeconds: number | null = null
  #flows: (JudgedFlow | UnjudgedFlow)[] = []
  #seconds: JudgedFlow[] = []
  #opened: Finding[] = []

  constructor(options: MonitorOptions) {
    this.#options = options
    this.#kernel = options.kernel ?? compiledKernel
    this.#compliance = options.compliance
    this.#benches = benchesOf(options.ports, options.compliance, options.second ?? null)
    const placed = (flow: number) => this.#placed(flow)
    this.#measuring =
      options.measure === true
        ? new Measuring(measureListeners(options), placed, options.withConnections)
        : null
    this.#payloads = new Payloads(this.#addresses, listenerOf(this.#benches), this.#measuring)
    this.#early = new EarlyNotices(this.#payloads, this.#addresses, options.early === true)
    const sources = this.#compliance?.sources ?? null
    begin({ ...options, recognise: options.recognise ?? true, sources })
  }

  /** Unix time from which all times of the run count; 0 before the first chunk. */
  get epochSeconds(): number {
    return this.#epochSeconds ?? 0
  }

  /** Goes through the packets of a chunk that lies in the kernel's buffer. */
  *read(chunk: Chunk): Generator<Batch> {
    if (this.#epochSeconds === null) this.#start(chunk.epochSeconds)
    if (chunk.isBehindDamage) this.#interrupt(chunk.sensor)
    load(chunk)
    yield* this.#run()
    this.#measuring?.drain()
    if (this.#early.isDue) yield this.#batch()
  }

  /** Closes every record that is still open; the last batches. */
  *finish(): Generator<Batch> {
    while (this.#fragments.giveUpAll()) yield* this.#late()
    this.#listen(TICK)
    while (this.#kernel.drain()) {
      this.#end()
      if (this.#isFull) yield this.#batch()
    }
    for (const { compliance } of this.#benches) compliance?.finish(getF64(CLOCK))
    yield this.#batch()
  }

  ledger(): Ledger {
    const verdicts = this.#compliance?.verdicts() ?? null
    return drawUp(verdicts, this.#compliance?.findings.ledger() ?? null, {
      'note.icmp_error_unmatched': this.#errors.unmatched,
      'note.icmp_error_dropped': this.#errors.dropped,
      ...this.#fragments.notes,
      'note.flow_unwatched': this.#watched.unwatched,
      ...this.#payloads.notes,
      ...this.#measuring?.notes,
      'note.notice_left_out': this.#early.leftOut,
    })
  }

  #start(epochSeconds: number): void {
    const { fromSeconds, toSeconds } = this.#options
    this.#epochSeconds = epochSeconds
    for (const { compliance } of this.#benches)
      if (compliance !== null) compliance.epochSeconds = epochSeconds
    if (this.#measuring !== null) this.#measuring.epochSeconds = epochSeconds
    const since = (seconds: number) => Math.round((seconds - epochSeconds) * 1e9)
    filter(since(fromSeconds), since(toSeconds))
  }

  /** Answers the kernel until it is through with what was handed in. */
  *#run(): Generator<Batch> {
    const kernel = this.#kernel
    for (let stop = kernel.run(); stop !== Stop.ChunkEnd; stop = kernel.run()) {
      if (stop === Stop.Tick) yield* this.#tick()
      else if (stop === Stop.Ended) this.#end()
      else if (stop === Stop.Payload) this.#payload()
      else if (stop === Stop.Watched) this.#packet()
      else if (stop === Stop.Answered) this.#answered()
      else if (stop === Stop.Tunnel) unwrap()
      else if (stop === Stop.Link) unwrapLink()
      else if (stop === Stop.Fragment) yield* this.#fragment()
      else if (stop === Stop.Arp) this.#arp()
      else if (stop === Stop.Source) this.#source()
      else if (stop === Stop.Stream) this.#stream()
      else this.#icmpError()
      if (this.#isFull) yield this.#batch()
    }
  }

  *#tick(): Generator<Batch> {
    this.#listen(TICK_BEFORE)
    this.#measuring?.tick()
    this.#fragments.expire()
    yield* this.#late()
    for (const { compliance } of this.#benches) compliance?.tick(getF64(TICK))
    while (this.#kernel.sweep()) {
      this.#end()
      if (this.#isFull) yield this.#batch()
    }
    const isNews = this.#compliance?.hasNews === true || this.#early.isDue
    if (isNews || this.#flows.length + (this.#measuring?.waiting ?? 0) > 0) yield this.#batch()
  }

  /** Tells who has delivered packets in the second at that register; silence means something only then. */
  #listen(second: number): void {
    const vantage = this.#compliance?.evidence.vantage
    if (vantage?.hasSeveral) vantage.heard(getF64(second) / SECOND_NS, getI32(HEARD))
    setI32(HEARD, 0)
  }

  #interrupt(sensor: number): void {
    this.#listen(TICK)
    this.#compliance?.evidence.vantage.interrupt(sensor)
  }

  *#fragment(): Generator<Batch> {
    if (this.#fragments.take()) yield* this.#late()
  }

  /** Frames whose datagrams were given up go through the kernel, each alone and between two others. */
  *#late(): Generator<Batch> {
    while (this.#fragments.beginNext()) yield* this.#run()
  }

  /** The flow of the stop has been seen in both directions. */
  #answered(): void {
    const flow = getI32(STOP_FLOW)
    if (getI32(PAYLOAD_DUE) !== 0) this.#payloads.take()
    const ends = endsOf(flow, this.#addresses)
    const synAck = synAckOf(flow)
    const { low, high, orientation } = ends
    const [client, server] = orientation.clientHigh ? [high, low] : [low, high]
    const sights = sightsOf(flow, orientation.clientHigh)
    let closest: Concern | null = null
    for (const { compliance, directions } of this.#benches) {
      if (synAck !== null) directions.learn(ends)
      const concern = compliance?.answered(client.address, server.address, synAck, sights) ?? 'none'
      if (compliance !== null && isTold(concern, ends))
        this.#connected({ compliance, directions }, flow, ends)
      closest ??= concern
    }
    if (this.#isMeasured(ends, closest)) {
      const orientation = this.#benches[0].directions.of(ends)
      this.#measuring?.track(flow, ends, orientation, closest !== 'inside')
    }
    if (closest !== 'none') this.#early.answered(flow, ends, this.#benches[0])
    this.#packet()
  }

  /** Whether each round trip is told: between servers, and where somebody puts reports together. */
  #isMeasured({ protocol }: Ends, concern: Concern | null): boolean {
    if (concern === 'inside') return true
    if (!this.#options.quality || protocol === PROTOCOL_UDP) return false
    return this.#compliance === null || concern === 'outside'
  }

  /** A stream of the stop's flow waits for its clock. */
  #stream(): void {
    const flow = getI32(STOP_FLOW)
    this.#measuring?.stream(flow, endsOf(flow, this.#addresses))
  }

  #payload(): void {
    this.#early.takePayload(this.#benches[0])
    if ((getI32(flowAt(getI32(STOP_FLOW)) + FLOW_FLAGS) & Flag.Watched) !== 0) this.#packet()
  }

  /** One end is MeetingPlace: watchers hear of it, and perhaps want to see each packet from now on. */
  #connected(
    { compliance, directions }: Bench & { readonly compliance: Compliance },
    flow: number,
    ends: Ends,
  ): void {
    const answer = { isReset: hasReset(flow), timeNs: getF64(NOW) }
    const orientation = directions.of(ends)
    const interest = compliance.connected(ends, orientation, flow, answer)
    if (interest !== 'none') this.#watched.watch(flow, ends, interest === 'at_once')
  }

  /** The packet of the stop at hand, where its flow is watched. */
  #packet(): void {
    const packet = this.#watched.packet()
    if (packet !== null) for (const { compliance } of this.#benches) compliance?.packet(packet)
  }

  #arp(): void {
    const sighting = arpSighting(this.#addresses)
    if (sighting !== null) for (const { compliance } of this.#benches) compliance?.arp(sighting)
  }

  #icmpError(): void {
    const flow = this.#errors.take()
    if (flow >= 0) this.#measuring?.tooBig(flow, getF64(NOW))
  }

  #source(): void {
    const sighting = sourceSighting(this.#addresses)
    for (const { compliance } of this.#benches) compliance?.sourced(sighting)
  }

  /** The record of the stop's flow is over: it is read, judged and given back. */
  #end(): void {
    const flow = getI32(STOP_FLOW)
    const isFinal = !goesToRest()
    this.#payloads.settle(flow, isFinal)
    const told = { flow, ends: endsOf(flow, this.#addresses), icmpError: this.#errors.remove(flow) }
    const [first, second] = this.#benches
    const record = this.#recordBy(first, told, isFinal && second === undefined)
    const other = second && this.#recordBy(second, told, isFinal)
    this.#measured(told, record, isFinal)
    if (isFinal) this.#watched.forget(flow)
    this.#kernel.endRecord()
    this.#moment(flow, isFinal)
    this.#flows.push(this.#judge(record))
    this.#early.ended(flow, this.#compliance)
    if (other !== undefined && second?.compliance)
      this.#seconds.push(second.compliance.judge(other, this.#closing).judged)
  }

  #placed(flow: number): Placed {
    const ends = endsOf(flow, this.#addresses)
    return { ends, orientation: this.#benches[0].directions.of(ends) }
  }

  #measured({ flow, ends }: Told, record: FlowRecord, isFinal: boolean): void {
    if (this.#measuring === null) return
    this.#measuring.drain()
    this.#measuring.ended(flow, record.client === ends.high, record, isFinal)
  }

  /** The record with the client that the bench's directions tell; `isLast` where nobody asks for it again. */
  #recordBy(bench: Bench, { flow, ends, icmpError }: Told, isLast: boolean): FlowRecord {
    const { compliance, directions } = bench
    const orientation = directions.of(ends)
    const app = this.#payloads.appOf(flow, orientation.clientHigh, isLast)
    if (compliance !== null) {
      compliance.heard(ends.low.address, lastFrom(flow, false))
      compliance.heard(ends.high.address, lastFrom(flow, true))
    }
    return recordOf(flow, getI32(STOP_REASON), ends, orientation, { icmpError, app })
  }

  #moment(flow: number, isFinal: boolean): void {
    const closing = this.#closing
    closing.flow = flow
    closing.isFinal = isFinal
    closing.nowNs = getF64(CLOCK)
    closing.tickNs = getF64(TICK)
    closing.epochSeconds = this.epochSeconds
  }

  #judge(flow: FlowRecord): JudgedFlow | UnjudgedFlow {
    if (this.#compliance === null) return { flow }
    const { judged, opened } = this.#compliance.judge(flow, this.#closing)
    if (opened.length > 0) this.#opened.push(...opened)
    return judged
  }

  get #isFull(): boolean {
    return this.#flows.length + (this.#measuring?.waiting ?? 0) >= BATCH_RECORDS_MAX
  }

  #batch(): Batch {
    const observed = this.#compliance?.takeOpened() ?? []
    if (observed.length > 0) this.#opened.push(...observed)
    const quality = this.#measuring?.take() ?? []
    const rows = this.#compliance?.takeRows() ?? []
    const batch = {
      ...{ flows: this.#flows, second: this.#seconds, opened: this.#opened },
      ...{ quality, rows },
      ...this.#early.take(),
    }
    this.#flows = []
    this.#seconds = []
    this.#opened = []
    return batch
  }
}

const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17
/** Services as of old, names and time among them (RFC 6335, 6). */
const SYSTEM_PORT_MAX = 1023

/** Watchers hear of connections between servers, and of servers with others by TCP or on a system port. */
const isTold = (concern: Concern, { protocol, low, high }: Ends): boolean =>
  concern === 'inside' ||
  (concern === 'outside' &&
    (protocol === PROTOCOL_TCP || Math.min(low.port, high.port) <= SYSTEM_PORT_MAX))

const measureListeners = ({ compliance, quality }: MonitorOptions): readonly MeasureListener[] => [
  ...(compliance === null ? [] : [compliance.measures]),
  ...(quality ? [quality] : []),
]
