// The pure core: chunks in, batches out. Drives the kernel, takes up what it hands over, and judges each
// flow record as it closes. Capture time is the only clock, so the same packets give the same batches.

import { isMeasured, measureListeners } from './audience.ts'
import { benchesOf, judgesOf, listenerOf } from './bench.ts'
import { ClosingMoment } from './closing.ts'
import type { Compliance } from './compliance.ts'
import type { Concern } from './concern.ts'
import { retellOpen, tellAnswered } from './connected.ts'
import { EarlyNotices } from './early-notices.ts'
import { endedRecord, type Told } from './ended-record.ts'
import { AddressBook } from './flows/addresses.ts'
import { Fragments } from './flows/fragments.ts'
import { IcmpErrors } from './flows/icmp-errors.ts'
import { endsOf } from './flows/record.ts'
import { arpSighting, sourceSighting, WatchedFlows } from './flows/sightings.ts'
import { unwrap, unwrapLink } from './flows/unwrap.ts'
import { Generations, type Retired } from './generations.ts'
import { Hearing } from './hearing.ts'
import { compiledKernel, type Kernel } from './kernel/compiled.ts'
import { flowAt } from './kernel/flows.ts'
import { goesToRest } from './kernel/kernel.ts'
import {
  CLOCK,
  FLOW_FLAGS,
  Flag,
  NOW,
  PAYLOAD_DUE,
  STOP_FLOW,
  Stop,
  TICK,
  TICK_BEFORE,
} from './kernel/layout.ts'
import { getF64, getI32 } from './kernel/memory.ts'
import { begin, beginQuiet, endQuiet, filter, load, watchSources } from './kernel/session.ts'
import { drawUp } from './ledger.ts'
import { Measuring, type Placed } from './measuring.ts'
import type { Batch, UnjudgedFlow } from './model/batch.ts'
import type { Chunk } from './model/chunk.ts'
import type { Finding } from './model/finding.ts'
import type { FlowRecord } from './model/flow.ts'
import type { Ledger } from './model/ledger.ts'
import type { OwnNews } from './model/own-session.ts'
import type { JudgedFlow } from './model/verdict.ts'
import type { MonitorOptions } from './monitor-options.ts'
import type { OneWay } from './one-way-watch.ts'
import { OwnFlows } from './own-flows.ts'
import { Payloads } from './payloads.ts'
import { QuietTime } from './quiet-time.ts'

/**
 * Records that a batch holds at the most; a busy second of capture time makes several batches. Small, so that
 * records die young: 4,096 cost a fifth more CPU on a busy mix, in copying by the garbage collector.
 */
const BATCH_RECORDS_MAX = 256

export class Monitor {
  readonly #options: MonitorOptions
  readonly #kernel: Kernel
  readonly #addresses = new AddressBook()
  /** One or two. */
  #benches: ReturnType<typeof benchesOf>
  readonly #errors = new IcmpErrors()
  readonly #fragments = new Fragments()
  readonly #payloads: Payloads
  readonly #measuring: Measuring | null
  #compliance: Compliance | null
  readonly #early: EarlyNotices
  readonly #generations = new Generations()
  readonly #closing = new ClosingMoment(this.#addresses)
  readonly #watched = new WatchedFlows()
  readonly #quiet = new QuietTime()
  readonly #hearing: Hearing
  readonly #own = new OwnFlows(this.#addresses)
  #epochSeconds: number | null = null
  #flows: (JudgedFlow | UnjudgedFlow)[] = []
  #seconds: JudgedFlow[] = []
  #opened: Finding[] = []

  constructor(options: MonitorOptions) {
    // Judges are replaced, and those that judge no more are let go.
    this.#options = { ...options, compliance: null, second: null }
    this.#kernel = options.kernel ?? compiledKernel
    this.#compliance = options.compliance
    this.#benches = benchesOf(options.ports, options.compliance, options.second ?? null)
    this.#measuring = options.measure === true ? this.#measuringOf(options) : null
    this.#hearing = new Hearing(
      this.#measuring,
      () => judgesOf(this.#benches),
      options.looksForOneWay === true,
    )
    this.#payloads = new Payloads(this.#addresses, listenerOf(this.#benches), this.#measuring)
    this.#early = new EarlyNotices(
      this.#payloads,
      this.#addresses,
      this.#own,
      options.early === true,
    )
    if (options.timedOnArrival === true) this.#compliance?.leaveTimes()
    const sources = this.#compliance?.sources ?? null
    begin({ ...options, recognise: options.recognise ?? true, sources })
  }

  #measuringOf({ compliance, quality, withConnections, timedOnArrival }: MonitorOptions) {
    const listeners = measureListeners(compliance, quality ?? null)
    const placed = (flow: number) => this.#placed(flow)
    return new Measuring(listeners, placed, withConnections, timedOnArrival !== true)
  }

  /** Unix time from which all times of the run count; 0 before the first chunk. */
  get epochSeconds(): number {
    return this.#epochSeconds ?? 0
  }

  /** Latest capture time, in nanoseconds since the run's epoch; null before the first packet. */
  get clockNs(): number | null {
    return this.#quiet.nowNs
  }

  /** Sensors that have lost one direction, where that is looked for: the latest 64 stretches of time. */
  get oneWay(): readonly OneWay[] {
    return this.#hearing.oneWay
  }

  /** Goes through the packets of a chunk that lies in the kernel's buffer, and through the quiet behind them. */
  *read(chunk: Chunk): Generator<Batch> {
    if (this.#epochSeconds === null) this.#start(chunk.epochSeconds)
    this.#hearing.begin(chunk)
    load(chunk)
    if (chunk.packets > 0) this.#quiet.end()
    yield* this.#run()
    this.#measuring?.drain()
    if (chunk.quietUntilNs !== undefined) yield* this.#beQuiet(chunk.quietUntilNs)
    if (this.#early.isDue) yield this.#batch()
  }

  /** Closes every record that is still open; the last batches. */
  *finish(): Generator<Batch> {
    while (this.#fragments.giveUpAll()) yield* this.#late()
    this.#hearing.listen(TICK)
    while (this.#kernel.drain()) {
      this.#end()
      if (this.#isFull) yield this.#batch()
    }
    for (const { compliance } of this.#benches) compliance?.finish(getF64(CLOCK))
    yield this.#batch()
  }

  /**
   * Judges by other rules from here on, between two chunks: what ends later is judged by these as a whole. Gives
   * what the former ones have come to. Of a run that judges, and compares nothing.
   */
  reload(compliance: Compliance): Retired {
    const [[bench, second], former] = [this.#benches, this.#compliance]
    if (former === null || second !== undefined)
      throw new Error('Rules can be replaced only where one set of them judges.')
    this.#hearing.listen(TICK)
    former.finish(getF64(CLOCK))
    const retired = this.#generations.retire(former, this.#batch())
    compliance.succeed(former, getF64(CLOCK))
    if (this.#options.timedOnArrival === true) compliance.leaveTimes()
    bench.directions.reserve(compliance.ports)
    const successor = { compliance, directions: bench.directions }
    this.#compliance = compliance
    this.#benches = [successor]
    this.#payloads.tell(compliance)
    this.#measuring?.listenWith(measureListeners(compliance, this.#options.quality ?? null))
    watchSources(compliance.sources)
    const [addresses, watched, measuring] = [this.#addresses, this.#watched, this.#measuring]
    const isOwn = (flow: number) => this.#own.has(flow)
    retellOpen(successor, { addresses, watched, measuring, isOwn, isReported: this.#isReported })
    return retired
  }

  /** What is told of the monitor's own sessions: from now on they are not judged, though one may be open already. */
  own(news: readonly OwnNews[], nowMs: number): void {
    if (this.#own.learn(news, nowMs))
      this.#early.withdraw(flow => this.#own.has(flow), this.#compliance)
  }

  /** Counts the rules that were in force, from 1. */
  get generation(): number {
    return this.#generations.number
  }

  ledger(): Ledger {
    const [compliance, all] = [this.#compliance, this.#generations]
    const verdicts = compliance && all.verdicts(compliance.verdicts())
    return drawUp(verdicts, compliance && all.findings(compliance.findings.ledger()), {
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
    this.#own.epochSeconds = epochSeconds
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
    this.#hearing.listen(TICK_BEFORE)
    this.#hearing.tick()
    this.#measuring?.tick()
    this.#fragments.expire()
    yield* this.#late()
    for (const { compliance } of this.#benches) compliance?.tick(getF64(TICK))
    yield* this.#sweep()
  }

  *#sweep(): Generator<Batch> {
    while (this.#kernel.sweep()) {
      this.#end()
      if (this.#isFull) yield this.#batch()
    }
    const isNews = this.#compliance?.news.isWaiting === true || this.#early.isDue
    if (isNews || this.#flows.length + (this.#measuring?.waiting ?? 0) > 0) yield this.#batch()
  }

  /** Time goes on to that moment though no packet says so. */
  *#beQuiet(untilNs: number): Generator<Batch> {
    for (const { fromNs, toNs } of this.#quiet.until(untilNs)) {
      this.#measuring?.quiet(fromNs, toNs)
      for (const { compliance } of this.#benches) compliance?.quiet(toNs)
      const tickNs = beginQuiet(toNs)
      try {
        yield* this.#sweep()
      } finally {
        endQuiet(tickNs)
      }
    }
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
    if (this.#own.has(flow)) {
      this.#payloads.pass(flow)
      return
    }
    if (getI32(PAYLOAD_DUE) !== 0) this.#payloads.take()
    const ends = endsOf(flow, this.#addresses)
    let closest: Concern | null = null
    for (const bench of this.#benches) {
      const concern = tellAnswered(bench, this.#watched, { flow, ends, timeNs: getF64(NOW) })
      closest ??= concern
    }
    if (isMeasured(ends, closest, this.#compliance !== null, this.#isReported)) {
      const orientation = this.#benches[0].directions.of(ends)
      this.#measuring?.track(flow, ends, orientation, closest !== 'inside')
    }
    if (closest !== 'none') this.#early.answered(flow, ends, this.#benches[0])
    this.#packet()
  }

  /** A stream of the stop's flow waits for its clock. */
  #stream(): void {
    const flow = getI32(STOP_FLOW)
    this.#measuring?.stream(flow, endsOf(flow, this.#addresses))
  }

  #payload(): void {
    const flow = getI32(STOP_FLOW)
    if (this.#own.has(flow)) this.#payloads.pass(flow)
    else this.#early.takePayload(this.#benches[0])
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Watched) !== 0) this.#packet()
  }

  /** The packet of the stop at hand, where its flow is watched. */
  #packet(): void {
    const packet = this.#watched.packet()
    if (packet !== null && !this.#own.has(packet.flow))
      for (const { compliance } of this.#benches) compliance?.packet(packet)
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
    const isOwn = this.#own.has(flow)
    const ends = endsOf(flow, this.#addresses)
    const told = { flow, ends, isOwn, icmpError: this.#errors.remove(flow) }
    const [[first, second], payloads] = [this.#benches, this.#payloads]
    const record = endedRecord(first, payloads, told, isFinal && second === undefined)
    const other = second && endedRecord(second, payloads, told, isFinal)
    this.#measured(told, record, isFinal)
    if (isFinal) this.#watched.forget(flow)
    this.#kernel.endRecord()
    this.#closing.fill(flow, isFinal, this.epochSeconds)
    this.#flows.push(this.#judge(record, isOwn))
    this.#early.ended(flow, this.#compliance)
    if (other !== undefined && second?.compliance)
      this.#seconds.push(second.compliance.judge(other, this.#closing.now).judged)
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

  #judge(flow: FlowRecord, isOwn: boolean): JudgedFlow | UnjudgedFlow {
    if (this.#compliance === null) return { flow }
    if (isOwn) return this.#compliance.passOver(flow)
    const { judged, opened } = this.#compliance.judge(flow, this.#closing.now)
    if (opened.length > 0) this.#opened.push(...opened)
    return judged
  }

  get #isReported(): boolean {
    return (this.#options.quality ?? null) !== null
  }

  get #isFull(): boolean {
    return this.#flows.length + (this.#measuring?.waiting ?? 0) >= BATCH_RECORDS_MAX
  }

  #batch(): Batch {
    const observed = this.#compliance?.news.takeOpened() ?? []
    if (observed.length > 0) this.#opened.push(...observed)
    const quality = this.#measuring?.take() ?? []
    // Those of a second judge are nobody's.
    const [rows = []] = this.#benches.map(({ compliance }) => compliance?.news.takeRows() ?? [])
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
