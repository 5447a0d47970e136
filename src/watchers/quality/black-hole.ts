// A path-MTU black hole: packets above some size are lost again and again and smaller ones pass, while nobody
// says that they are too big. Path MTU discovery waits for that word in vain (RFC 1191, RFC 2923, 2.1), and a
// connection hangs as soon as it has much to send.

import type { Placement } from '../../model/inventory.ts'
import { PairTable } from '../../model/pair-table.ts'
import type { RoundTrip, SegmentCounts, Side, Span, Stuck } from '../../model/quality.ts'
import type { Link } from '../../model/sighting.ts'
import { counted } from '../../model/text.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch, Watcher } from '../watcher.ts'
import { EndedFlows } from './ended-flows.ts'
import { endOf, otherEnd, type Pair, Paths } from './paths.ts'

const STATEMENT = 'S-06'
/** The rows whose connections make the link are those of loss. */
const LIMIT = 'S-08'
/** Packets of this size pass everywhere (RFC 1122, 3.3.3). */
const ANYWHERE_BYTES = 576
/** So often must packets be given up as lost; the first time is when one is sent for the third time. */
const STUCK_MIN = 3
/** Without another one for so long, what was seen is of no account any more. */
const FORGET_NS = 600e9
/** Where nothing shows that small ones pass at the same time, so long nothing else may be lost. */
const QUIET_NS = 60e9
/** From the first time that data is sent to the third. */
const BEHIND_NS = 10e9
/** Headers without options: IPv4 or IPv6, and TCP. */
const HEADERS_BYTES = { 4: 40, 6: 60 } as const

/** Packets of one end that are stuck. */
class Trouble {
  times = 0
  stuckMin = Number.POSITIVE_INFINITY
  stuckMax = 0
  passedMax = 0
  firstNs = Number.POSITIVE_INFINITY
  lastNs = Number.NEGATIVE_INFINITY
  service = ''
  /** Something got through to the other end meanwhile. */
  isAlive = false
  isTold = false
  toldTimes = 0
  /** How many ended flows were shown with it. */
  shown = 0

  /** Only large ones, and smaller ones are known to pass. */
  get isOfSize(): boolean {
    return this.passedMax > 0 && this.stuckMin > Math.max(this.passedMax, ANYWHERE_BYTES)
  }
}

/** What is remembered of two servers, by who sends. */
class Way {
  readonly ended = new EndedFlows()
  readonly troubles: [Trouble | null, Trouble | null] = [null, null]
  /** When the other end last showed that something behind a gap had come. */
  readonly behindNs: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  /** When a router last said that a packet of the pair was too big. */
  tooBigNs = Number.NEGATIVE_INFINITY
}

export class BlackHole implements Watcher {
  readonly #watch: Watch
  readonly #paths: Paths<Way>
  readonly #named = new PairTable<Trouble>()

  constructor(watch: Watch) {
    this.#watch = watch
    const limit = watch.policy.limits.find(({ id }) => id === LIMIT)
    this.#paths = new Paths(watch.policy, limit, () => new Way())
  }

  stuck(link: Link, from: Side, { bytes, passedBytes, timeNs }: Stuck): void {
    const path = this.#paths.of(link)
    if (path === null || !path.isLimited) return
    const { troubles } = path.pair.state
    const end = endOf(path, link, from)
    let trouble = troubles[end]
    if (trouble === null || timeNs - trouble.lastNs > FORGET_NS) trouble = new Trouble()
    troubles[end] = trouble
    trouble.times += 1
    trouble.stuckMin = Math.min(trouble.stuckMin, bytes)
    trouble.stuckMax = Math.max(trouble.stuckMax, bytes)
    if (passedBytes > trouble.passedMax) {
      // It has grown: a larger one got through while others were stuck.
      if (trouble.passedMax > 0) trouble.isAlive = true
      trouble.passedMax = passedBytes
    }
    trouble.firstNs = Math.min(trouble.firstNs, timeNs)
    trouble.lastNs = Math.max(trouble.lastNs, timeNs)
    if (trouble.service === '') trouble.service = `${link.transport}/${link.serverPort}`
  }

  tooBig(link: Link, timeNs: number): void {
    const path = this.#paths.of(link)
    if (path !== null) path.pair.state.tooBigNs = timeNs
  }

  /** A handshake between the two shows that small packets pass both ways. */
  roundTrip(link: Link, { method, leg, timeNs }: RoundTrip): void {
    if (method !== 'syn' || leg !== 'total') return
    const path = this.#paths.of(link)
    for (const trouble of path?.pair.state.troubles ?? [])
      if (trouble !== null && timeNs > trouble.firstNs) trouble.isAlive = true
  }

  /** Who acknowledges the same again has received something behind what is missing (RFC 5681, 4.2). */
  sent(link: Link, from: Side, { duplicateAcks }: SegmentCounts, { toNs }: Span): void {
    if (duplicateAcks === 0) return
    const path = this.#paths.of(link)
    if (path !== null) path.pair.state.behindNs[otherEnd(endOf(path, link, from))] = toNs
  }

  /** Why what the one sends to the other is lost, in a sentence; null where it is not known. */
  causeOf(from: Placement, to: Placement): string | null {
    const trouble = this.#named.get(from.name, to.name)
    if (trouble === undefined) return null
    return `Packets of ${sizeText(trouble)} are lost again and again and smaller ones pass: a path-MTU black hole.`
  }

  ended(judged: JudgedFlow): void {
    this.#paths.pairOf(judged)?.state.ended.add(judged)
  }

  tick(nowNs: number): void {
    for (const pair of this.#paths.pairs) this.#look(pair, nowNs, QUIET_NS)
  }

  finish(_firstNs: number, nowNs: number): void {
    for (const pair of this.#paths.pairs) this.#look(pair, nowNs, 0)
  }

  #look({ ends, state }: Pair<Way>, nowNs: number, quietNs: number): void {
    for (const end of [0, 1] as const) {
      const trouble = state.troubles[end]
      if (trouble === null || trouble.times < STUCK_MIN || !trouble.isOfSize) continue
      if (trouble.firstNs - state.tooBigNs <= FORGET_NS) continue
      if (state.behindNs[end] >= trouble.firstNs - BEHIND_NS) trouble.isAlive = true
      if (trouble.isTold ? trouble.times === trouble.toldTimes : !isSure(trouble, nowNs, quietNs))
        continue
      this.#tell(ends[end], ends[otherEnd(end)], trouble, state.ended)
    }
  }

  #tell(from: Placement, to: Placement, trouble: Trouble, ended: EndedFlows): void {
    const { times, passedMax, firstNs, lastNs, service, isAlive } = trouble
    const goesOn = trouble.isTold
    this.#named.take(from.name, to.name, () => trouble)
    trouble.isTold = true
    trouble.toldTimes = times
    const flows = ended.after(trouble.shown, firstNs)
    trouble.shown = ended.count
    const mss = passedMax - HEADERS_BYTES[from.address.version]
    this.#watch.observe({
      ...{ verdict: 'degraded', reason: 'mtu_black_hole', row: STATEMENT, service },
      ...{ source: from, destination: to, firstNs, lastNs, flows, frames: [] },
      ...{ goesOn, isRetold: goesOn },
      ...{ confidence: isAlive ? 'probable' : 'possible', proofs: 1 },
      title: `Large packets from ${from.name} do not get to ${to.name}, and nobody tells it so: a path-MTU black hole`,
      fix: `Let ICMP "fragmentation needed" (type 3, code 4; for IPv6 "packet too big") pass from the routers between the two to ${from.name}, or have a router before the narrow link clamp the MSS of TCP to ${mss}.`,
      expected:
        'packets of every size that the interfaces send, or a router that says they are too big',
      why: [
        `Packets of ${sizeText(trouble)} were sent again and again in vain: ${counted(times, 'time')} from ${this.#watch.timeText(firstNs)} to ${this.#watch.timeText(lastNs)}.`,
        `Packets of up to ${passedMax} bytes were acknowledged.${isAlive ? ' Small ones passed while large ones were stuck.' : ''}`,
        'No router was heard to say that a packet is too big.',
      ],
    })
  }
}

const sizeText = ({ stuckMin, stuckMax }: Trouble): string =>
  stuckMin === stuckMax ? `${stuckMin} bytes` : `${stuckMin} to ${stuckMax} bytes`

/** Small packets pass at the same time; or nothing else went wrong for a while. */
const isSure = ({ isAlive, lastNs }: Trouble, nowNs: number, quietNs: number): boolean =>
  isAlive || nowNs - lastNs >= quietNs
