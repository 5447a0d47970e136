// F-08 and F-09 between two Application Servers: a heartbeat every sixty seconds, and when it stays away, the
// ping by which a node tells a dead service from a dead node or link..

import type { Placement } from '../../model/inventory.ts'
import type { Policy } from '../../model/policy.ts'
import { duration } from '../../model/time.ts'
import type { Listening } from '../connections/listening.ts'
import type { Watch } from '../watcher.ts'
import type { Rhythm } from './rhythm.ts'
import { Rhythms } from './rhythms.ts'

const PERIOD_NS = 60e9
/** By how much more than the limit the heartbeat is late before it is told: its ping has been answered or not. */
const HOLD_NS = 70e9
/** A ping that was not answered for so long is not any more. */
const PING_NS = 10e9
const SECOND_NS = 1e9
/** What belongs to the last exchange itself. */
const REST_NS = 5e9

/** An echo request, or several in a row. */
export interface Ping {
  readonly way: readonly [from: Placement, to: Placement]
  readonly firstNs: number
  readonly lastNs: number
  readonly requests: number
  /** Null as long as that is open. */
  isAnswered: boolean | null
}

interface Silence {
  readonly sinceNs: number
  readonly rhythm: Rhythm
  /** Null while it lasts. */
  untilNs: number | null
  isTold: boolean
  /** The first ping in it. */
  ping: { readonly from: Placement; readonly to: Placement; readonly ns: number } | null
  isAnswered: boolean | null
}

/** What a heartbeat needs to know of its surroundings. */
export interface Vantage {
  readonly listening: Listening
  /** When any Application Server was last heard, on whatever connection. */
  heardNs(): number
  /** The service on which the nodes replicate, `tcp/2008`. */
  readonly replication: string
  /** Replication has been silent since then. */
  silent(sinceNs: number): void
}

export class Heartbeat {
  readonly #watch: Watch
  readonly #vantage: Vantage
  readonly #ends: readonly [Placement, Placement]
  readonly #lateNs: number
  readonly #rhythms: Rhythms
  #silence: Silence | null = null
  /** The one before, since a record that tells of a ping closes late. */
  #past: Silence | null = null
  /** The latest ping outside of them: it may come before the heartbeat counts as late. */
  #early: Ping | null = null
  #hasPing = false
  #silences = 0
  /** Echo requests since they were last asked for. */
  #requests = 0

  constructor(watch: Watch, vantage: Vantage, ends: readonly [Placement, Placement]) {
    this.#watch = watch
    this.#vantage = vantage
    this.#ends = ends
    this.#rhythms = new Rhythms(vantage.replication)
    this.#lateNs = lateNs(watch.policy)
  }

  /** When both ends were last heard on the heartbeat's service; null where none has been learnt. */
  get heardNs(): number | null {
    return this.#rhythms.heartbeat?.heardNs ?? null
  }

  /** Echo requests that were told since this was last asked. */
  takePings(): number {
    const requests = this.#requests
    this.#requests = 0
    return requests
  }

  /** Both ends were heard on this service in one exchange. */
  answered(service: string, ns: number): void {
    const rhythm = this.#rhythms.of(service)
    if (rhythm === null) return
    const silence = this.#silence
    if (silence !== null && silence.rhythm === rhythm) this.#over(silence, ns)
    rhythm.lastNs = Math.max(rhythm.lastNs, ns)
    rhythm.listenedNs = this.#vantage.listening.totalNs
  }

  /** A packet of an exchange in which both ends were heard. */
  heard(service: string, ns: number): void {
    const rhythm = this.#rhythms.of(service)
    if (rhythm !== null) rhythm.heardNs = Math.max(rhythm.heardNs, ns)
  }

  /** A small exchange that was answered began at this time. */
  exchanged(service: string, ns: number, bytes: number): void {
    if (this.#rhythms.of(service)?.beat(ns, bytes)) this.#watch.kept('F-08', ns)
  }

  /** A node sent echo requests. */
  pinged(ping: Ping): void {
    this.#requests += ping.requests
    this.#assign(ping)
  }

  #assign(ping: Ping): void {
    const silence = [this.#silence, this.#past].find(one => one !== null && isWithin(ping, one))
    if (!silence) {
      this.#early = ping
      return
    }
    const [from, to] = ping.way
    silence.ping ??= { from, to, ns: Math.max(ping.firstNs, silence.sinceNs) }
    if (ping.isAnswered !== null && silence.isAnswered !== true)
      this.#pingEnded(silence, ping.isAnswered)
  }

  /** An echo was answered. */
  ponged(ns: number): void {
    if (this.#early?.isAnswered === null) this.#early.isAnswered = true
    const silence = this.#silence
    if (silence?.ping && ns >= silence.ping.ns && silence.isAnswered === null)
      this.#pingEnded(silence, true)
  }

  tick(nowNs: number): void {
    const silence = this.#silence
    if (silence === null) {
      this.#listen(nowNs)
      return
    }
    const { ping, isAnswered } = silence
    if (ping !== null && isAnswered === null && nowNs - ping.ns > PING_NS)
      this.#pingEnded(silence, false)
    if (!silence.isTold && nowNs - silence.sinceNs > this.#lateNs + HOLD_NS)
      this.#tell(silence, nowNs)
  }

  /** A silence that goes on is found again, when the sensor has listened for long enough. */
  interrupted(): void {
    this.#silence = this.#past = this.#early = null
    this.#rhythms.interrupted(this.#vantage.listening.totalNs)
  }

  finish(firstNs: number, nowNs: number): void {
    const silence = this.#silence
    if (silence !== null) this.#tell(silence, nowNs)
    if (this.#silences > 0 && !this.#hasPing) {
      const reason =
        'A heartbeat was late and no ping followed, so what had failed is undetermined.'
      this.#watch.blind('F-09', reason)
    }
    if (this.#rhythms.heartbeat === null)
      this.#watch.blind('F-08', unlearnt(this.#ends, nowNs - firstNs))
  }

  /** Silence begins where the sensor listened all the while, and heard one of the nodes or their address. */
  #listen(nowNs: number): void {
    const rhythm = this.#rhythms.heartbeat
    if (rhythm === null || nowNs - rhythm.lastNs <= this.#lateNs) return
    const listenedNs = this.#vantage.listening.totalNs - rhythm.listenedNs
    if (listenedNs + SECOND_NS <= this.#lateNs) return
    if (this.#vantage.heardNs() < rhythm.lastNs + REST_NS) return
    const [one, other] = this.#ends
    if (!this.#watch.isVisible(one, other)) return
    this.#silences += 1
    this.#silence = {
      ...{ sinceNs: rhythm.lastNs, rhythm, untilNs: null },
      ...{ isTold: false, ping: null, isAnswered: null },
    }
    if (rhythm.service === this.#vantage.replication) this.#vantage.silent(rhythm.lastNs)
    if (this.#early !== null) this.#assign(this.#early)
  }

  #over(silence: Silence, ns: number): void {
    silence.untilNs = ns
    this.#tell(silence, ns)
    this.#past = silence
    this.#silence = null
  }

  #tell(silence: Silence, nowNs: number): void {
    const [one, other] = this.#ends
    const { rhythm, sinceNs, isTold: goesOn } = silence
    silence.isTold = true
    const { service } = rhythm
    this.#watch.observe({
      ...{ verdict: 'degraded', reason: 'heartbeat_late', row: 'F-08' },
      ...{ source: one, destination: other, service, confidence: 'confirmed', proofs: 1 },
      title: `The heartbeat between ${one.name} and ${other.name} has stayed away for more than ${this.#lateNs / 1e9} s`,
      fix: `See whether ${one.name} and ${other.name} are both up and running, and whether ${service} passes between them.`,
      expected: `${one.name} <-> ${other.name} an exchange every 60 s`,
      why: [
        `The heartbeat is an exchange on ${service} every ${(rhythm.periodNs / 1e9).toFixed(1)} s, seen ${rhythm.beats} times in a row.`,
        `Both ends were last heard on it at ${this.#watch.timeText(sinceNs)}.`,
        this.#pingText(silence, nowNs),
      ],
      ...{ firstNs: sinceNs, lastNs: nowNs, flows: [], frames: [], goesOn },
    })
  }

  #pingText({ ping, isAnswered }: Silence, nowNs: number): string {
    if (ping === null)
      return `Until ${this.#watch.timeText(nowNs)} no ping was seen to be answered or to be given up, so it is undetermined whether a service, a node or the link failed.`
    const { from, to, ns } = ping
    const answer =
      isAnswered === null ? 'still open' : isAnswered ? 'answered' : 'without an answer'
    return `${from.name} pinged ${to.name} from ${this.#watch.timeText(ns)}, ${answer}.`
  }

  #pingEnded(silence: Silence, isAnswered: boolean): void {
    const wasAnswered = silence.isAnswered
    silence.isAnswered = isAnswered
    const { ping, rhythm, sinceNs } = silence
    if (ping === null || wasAnswered === isAnswered) return
    this.#hasPing = true
    this.#watch.kept('F-09', ping.ns)
    const { from, to, ns } = ping
    const [one, other] = [from.name, to.name]
    const service = rhythm.service
    this.#watch.observe({
      verdict: 'degraded',
      ...{ reason: isAnswered ? 'repl_service_down' : 'peer_down', row: 'F-09' },
      ...{ source: from, destination: to, service: isAnswered ? service : null },
      ...{ confidence: 'confirmed', proofs: 1 },
      title: isAnswered
        ? `${other} answers the ping of ${one}, but not its heartbeat on ${service}`
        : `${other} answers neither the heartbeat nor the ping of ${one}`,
      fix: isAnswered
        ? `See whether replication is running on ${other}, and whether a filter lets ${service} pass between ${one} and ${other}.`
        : `See whether ${other} is up, and whether the link between ${one} and ${other} is.`,
      expected: `${one} <-> ${other} an exchange every 60 s`,
      why: [
        `The last heartbeat was answered at ${this.#watch.timeText(sinceNs)}.`,
        `${duration(ns - sinceNs)} later ${one} pinged ${other}, ${isAnswered ? 'which answered' : 'and got no answer'}.`,
      ],
      ...{ firstNs: ns, lastNs: silence.untilNs ?? ns, flows: [], frames: [] },
    })
  }
}

/** A ping belongs to a silence from the time on at which a heartbeat was due. */
const isWithin = ({ firstNs, lastNs }: Ping, { sinceNs, untilNs }: Silence): boolean =>
  lastNs >= sinceNs + PERIOD_NS && firstNs <= (untilNs ?? Number.POSITIVE_INFINITY)

const lateNs = ({ limits }: Policy): number =>
  (limits.find(({ id }) => id === 'F-08')?.value ?? 1.5 * (PERIOD_NS / 1e9)) * 1e9

function unlearnt([one, other]: readonly [Placement, Placement], observedNs: number): string {
  const pair = `${one.name} and ${other.name}`
  if (observedNs < 3 * PERIOD_NS)
    return `The capture is shorter than three heartbeats of 60 s, so that of ${pair} cannot be told.`
  return `No exchange between ${pair} was heard three times in a row, 60 s apart.`
}
