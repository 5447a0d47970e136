// T-02 and S-06: a connection that has been idle for long, and then meets silence or a stranger's reset. A
// stateful filter on the way has forgotten it, while both ends still hold it to be open.

import type { PacketRef } from '../../model/flow.ts'
import type { Frame } from '../../model/observation.ts'
import type { WatchedPacket } from '../../model/sighting.ts'
import { duration } from '../../model/time.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch } from '../watcher.ts'
import type { Follower } from './connections.ts'
import { FLAG, type Followed, type Side, type Step } from './followed.ts'

/** Filters forget after five minutes at the earliest, the usual ones after an hour. */
const IDLE_NS_MIN = 5 * 60e9
/** How often the same is sent again before silence is an answer. */
const TRIES_MIN = 3
/** The hold time of an attempt (BS2). */
const HOLD_NS = 30e9
/** Whoever was heard so lately was there. */
const LATELY_NS = 5 * 60e9

/** One end talks after a long silence and was not answered yet. */
interface Waiting {
  readonly followed: Followed
  readonly from: Side
  readonly to: Side
  readonly sequence: number
  readonly idleNs: number
  readonly sinceNs: number
  readonly first: PacketRef
  /** How often the same was sent again. */
  tries: number
  lastNs: number
  last: PacketRef
  /** It was told, or the sensor has not listened long enough to tell. */
  isSettled: boolean
}

interface Reset {
  readonly timeNs: number
  readonly ttl: number
  readonly packet: PacketRef
}

export class Forgotten implements Follower {
  readonly #watch: Watch
  /** By flow; as many as are followed at the most. */
  readonly #waiting = new Map<number, Waiting>()

  constructor(watch: Watch) {
    this.#watch = watch
  }

  moved(followed: Followed, packet: WatchedPacket, step: Step): void {
    const { tcp } = packet
    if (tcp === null) return
    if (step.idleNs >= IDLE_NS_MIN && this.#begins(followed, packet, step)) return
    if (!followed.isUnheeded) return
    const waiting = this.#waiting.get(followed.connection.flow)
    if (waiting === undefined) return
    const isReset = (tcp.flags & FLAG.RST) !== 0
    if (waiting.from === step.from) {
      if (tcp.sequence === waiting.sequence && !isReset) tryAgain(waiting, packet)
      return
    }
    this.#waiting.delete(followed.connection.flow)
    // A reset ends the connection, and nothing that follows is to be read as its trouble.
    followed.isUnheeded = isReset
    if (isReset && !waiting.isSettled && isStranger(step.from, packet.ttl))
      this.#tell(waiting, packet)
  }

  tick(nowNs: number): void {
    if (this.#waiting.size === 0) return
    for (const waiting of this.#waiting.values())
      if (nowNs - waiting.sinceNs >= HOLD_NS) this.#unanswered(waiting)
  }

  /** An answer may have gone unseen. */
  interrupted(): void {
    for (const waiting of this.#waiting.values()) waiting.isSettled = true
  }

  closed(followed: Followed, judged: JudgedFlow | null): void {
    const waiting = this.#waiting.get(followed.connection.flow)
    if (waiting === undefined) return
    if (judged?.flow.end === 'closed') this.#unanswered(waiting)
    this.#waiting.delete(followed.connection.flow)
  }

  missed(count: number): void {
    this.#watch.blind('T-02', `${count} connections between servers were too many to be followed.`)
  }

  /** Whether the packet breaks a long silence. */
  #begins(followed: Followed, packet: WatchedPacket, { from, to, ...step }: Step): boolean {
    const { tcp } = packet
    if (tcp === null) return false
    const isClosing = from.hasFinished && (tcp.flags & FLAG.FIN) === 0
    if (isClosing || to.hasFinished || (tcp.flags & (FLAG.RST | FLAG.SYN)) !== 0) return false
    const ref = { ...packet.packet }
    followed.isUnheeded = true
    this.#waiting.set(followed.connection.flow, {
      ...{ followed, from, to, sequence: tcp.sequence, idleNs: step.idleNs },
      ...{ sinceNs: packet.timeNs, first: ref, lastNs: packet.timeNs, last: ref },
      ...{ tries: 0, isSettled: step.listenedNs < IDLE_NS_MIN },
    })
    return true
  }

  /** Nothing came back, and would have been seen. */
  #unanswered(waiting: Waiting): void {
    const { from, to, tries, isSettled } = waiting
    if (isSettled || tries < TRIES_MIN) return
    if (this.#watch.isVisible(from.placement, to.placement)) this.#tell(waiting, null)
  }

  #tell(waiting: Waiting, reset: Reset | null): void {
    const { followed, to, sinceNs } = waiting
    waiting.isSettled = true
    const { client, server, serverPort } = followed.connection
    const idle = minutes(waiting.idleNs)
    const service = `tcp/${serverPort}`
    const isThere = sinceNs - to.host.heardNs < LATELY_NS
    const isProven = reset !== null
    const ends = `${client.name} and ${server.name}`
    this.#watch.observe({
      ...{
        verdict: 'degraded',
        reason: 'forgotten',
        row: followed.link === 'web' ? 'S-06' : 'T-02',
      },
      ...{ source: client, destination: server, service, proofs: 1 },
      confidence: isProven ? 'confirmed' : isThere ? 'probable' : 'possible',
      title:
        isProven || isThere
          ? `A filter between ${ends} forgot their connection on ${service} after ${idle} of silence`
          : `${ends} lost their connection on ${service} after ${idle} of silence`,
      fix: `Raise the idle time-out of the stateful filter between ${ends} above ${idle} for ${service}, or turn on TCP keep-alive at ${client.name} or ${server.name} with a shorter interval.`,
      expected: 'an established connection lasts until one of its ends closes it',
      why: [...this.#story(waiting), outcome(waiting, reset, isThere)],
      firstNs: sinceNs,
      lastNs: reset?.timeNs ?? waiting.lastNs,
      ...{ flows: [], frames: framesOf(waiting, reset) },
    })
  }

  #story({ followed, from, idleNs, sinceNs, tries }: Waiting): string[] {
    const { clientPort, serverPort, client, server } = followed.connection
    const sent = tries === 0 ? 'a packet' : `the same packet ${tries + 1} times`
    const [quiet, then] = [sinceNs - idleNs, sinceNs].map(ns => this.#watch.timeText(ns))
    return [
      `${client.name}:${clientPort} and ${server.name}:${serverPort} were connected, and said nothing for ${duration(idleNs)} from ${quiet}.`,
      `${from.placement.name} sent ${sent} from ${then} on, without an answer.`,
    ]
  }
}

function outcome({ to }: Waiting, reset: Reset | null, isThere: boolean): string {
  const peer = to.placement.name
  if (reset !== null)
    return `A reset in the name of ${peer} has TTL ${reset.ttl}; its own packets here had ${ttlsOf(to)}.`
  if (isThere) return `${peer} was heard on other connections meanwhile, so it was not down.`
  return `${peer} was not heard elsewhere meanwhile, so it may be down itself.`
}

function tryAgain(waiting: Waiting, { timeNs, packet }: WatchedPacket): void {
  waiting.tries += 1
  waiting.lastNs = timeNs
  waiting.last = { ...packet }
}

/** The reset does not come from where the end's own packets came from. */
const isStranger = ({ ttlMin, ttlMax }: Side, ttl: number): boolean =>
  ttlMin <= ttlMax && (ttl < ttlMin || ttl > ttlMax)

const ttlsOf = ({ ttlMin, ttlMax }: Side): string =>
  ttlMin === ttlMax ? `${ttlMin}` : `${ttlMin} to ${ttlMax}`

/** `42 min`, or `3 h 5 min`. */
const minutes = (ns: number): string =>
  ns < 3600e9 ? `${Math.floor(ns / 60e9)} min` : duration(ns)

function framesOf(waiting: Waiting, reset: Reset | null): Frame[] {
  const frames: Frame[] = [
    { timeNs: waiting.sinceNs, packet: waiting.first, says: 'first packet after the silence' },
  ]
  if (waiting.tries > 0)
    frames.push({ timeNs: waiting.lastNs, packet: waiting.last, says: 'the same again, in vain' })
  if (reset !== null)
    frames.push({
      timeNs: reset.timeNs,
      packet: { ...reset.packet },
      says: `reset, TTL ${reset.ttl}`,
    })
  return frames
}
