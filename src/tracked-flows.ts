// Flows of which everything is told as it happens, and how much was told of what each side sent. Bounded, with
// room kept for those that somebody judges.

import { type Ends, type Orientation, transportOf } from './flows/record.ts'
import { flowAt } from './kernel/flows.ts'
import { FLOW_FLAGS, Flag } from './kernel/layout.ts'
import { getI32, setI32 } from './kernel/memory.ts'
import type { PacketRef } from './model/flow.ts'
import type { MeasuredFlow, MeasureListener, SegmentCounts } from './model/quality.ts'
import { difference, hasMoved, NO_SEGMENTS, segmentCounts } from './quality/segments.ts'

/** Flows that are tracked. */
const FLOWS_MAX = 65_536
/** Of them, those that reports alone want: a flood from outside leaves room for what is judged. */
const FOR_REPORTS_MAX = 32_768
const SECOND_NS = 1e9
/** What was sent is told when a multiple of this has passed. */
const TOLD_SECONDS = 10
const NO_PACKET: PacketRef = { file: 0, frame: 0, offset: 0 }
const TCP = 6
const SIDES = ['client', 'server'] as const

/** One object each, for there may be very many. Packets are not told of, so that `first` is none. */
export interface Tracked extends MeasuredFlow {
  readonly clientHigh: boolean
  /** Nobody judges it. */
  readonly isForReports: boolean
  /** What was told of each side since the record began. */
  byClient: SegmentCounts
  byServer: SegmentCounts
}

export class TrackedFlows {
  #listeners: readonly MeasureListener[]
  readonly #flows = new Map<number, Tracked>()
  #forReports = 0
  #toldNs = 0
  /** Flows that found no room. */
  refused = 0

  constructor(listeners: readonly MeasureListener[]) {
    this.#listeners = listeners
  }

  /** These listen from now on. */
  listenWith(listeners: readonly MeasureListener[]): void {
    this.#listeners = listeners
  }

  /** As `track`, of a flow that nobody asked for so far: what it has sent until now is left out. */
  trackFromNow(flow: number, ends: Ends, orientation: Orientation, isForReports: boolean): void {
    if (this.of(flow) !== null) return
    this.track(flow, ends, orientation, isForReports)
    const tracked = this.of(flow)
    if (tracked === null) return
    const { clientHigh } = tracked
    tracked.byClient = segmentCounts(flow, clientHigh) ?? NO_SEGMENTS
    tracked.byServer = segmentCounts(flow, !clientHigh) ?? NO_SEGMENTS
  }

  track(flow: number, ends: Ends, { clientHigh }: Orientation, isForReports: boolean): void {
    this.forget(flow)
    const isFull = isForReports && this.#forReports >= FOR_REPORTS_MAX
    if (isFull || this.#flows.size >= FLOWS_MAX) {
      this.refused++
      return
    }
    const { protocol, low, high } = ends
    this.#flows.set(flow, {
      transport: transportOf(protocol),
      protocol,
      client: clientHigh ? high : low,
      server: clientHigh ? low : high,
      vlan: null,
      first: NO_PACKET,
      clientHigh,
      isForReports,
      byClient: NO_SEGMENTS,
      byServer: NO_SEGMENTS,
    })
    if (isForReports) this.#forReports++
    const at = flowAt(flow) + FLOW_FLAGS
    setI32(at, getI32(at) | Flag.Tracked)
  }

  /** The flag in the kernel tells this flow from an earlier one of the same number. */
  of(flow: number): Tracked | null {
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & Flag.Tracked) === 0) return null
    return this.#flows.get(flow) ?? null
  }

  forget(flow: number): void {
    const tracked = this.#flows.get(flow)
    if (tracked === undefined) return
    this.#flows.delete(flow)
    if (tracked.isForReports) this.#forReports--
  }

  /** Capture time has come from one whole second to another. */
  tick(passed: number, now: number): void {
    if (Math.floor(now / TOLD_SECONDS) === Math.floor(passed / TOLD_SECONDS)) return
    const toNs = (Math.floor(passed / TOLD_SECONDS) + 1) * TOLD_SECONDS * SECOND_NS
    for (const [flow, tracked] of this.#flows)
      if (tracked.protocol === TCP) this.#sent(flow, tracked, toNs)
    this.#toldNs = toNs
  }

  /** A record of a connection ends: what is left is told, since the kernel begins its counts anew with the next. */
  ended(flow: number, tracked: Tracked, toNs: number): void {
    this.#sent(flow, tracked, toNs)
    tracked.byClient = NO_SEGMENTS
    tracked.byServer = NO_SEGMENTS
  }

  /** Tells what both sides of a connection have sent since the last time. */
  #sent(flow: number, tracked: Tracked, toNs: number): void {
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & (Flag.Tracked | Flag.Dormant)) !== Flag.Tracked) return
    for (const from of SIDES) {
      const isHigh = (from === 'client') === tracked.clientHigh
      const before = from === 'client' ? tracked.byClient : tracked.byServer
      if (!hasMoved(flow, isHigh, before)) continue
      const counts = segmentCounts(flow, isHigh)
      if (counts === null) return
      if (from === 'client') tracked.byClient = counts
      else tracked.byServer = counts
      const since = before === NO_SEGMENTS ? counts : difference(counts, before)
      const span = { fromNs: this.#toldNs, toNs }
      for (const listener of this.#listeners) listener.sent(tracked, from, since, span)
    }
  }
}
