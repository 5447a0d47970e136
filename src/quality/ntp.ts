// NTP requests and their answers -> what they tell of the clocks at both ends, against the sensor's. RFC 5905,
// 8; RFC 4330, 5. Each half of an exchange passes the sensor once, so that the sensor's own error cancels in
// the difference of the two clocks, and what does not cancel is the way from each end to the sensor.

import type { Endpoint, PacketRef } from '../model/flow.ts'
import type { NtpQuality } from '../model/quality.ts'
import { Recent } from '../model/recent.ts'
import type { NtpTime, TimeMessage } from '../model/time-message.ts'
import { HidingClients } from './hiding-clients.ts'
import { kissOf } from './kiss.ts'

/** Requests that wait for their answer. */
const WAITING_MAX = 4096
const PAIRS_MAX = 4096
const ANSWER_NS_MAX = 60e9
/** Peers answer with their next message: 1,024 s later where nobody changed the longest poll. */
const PEER_NS_MAX = 1100e9
/** From 1900 to 1970. */
const UNIX_TO_NTP_SECONDS = 2_208_988_800
/** No clock that is disciplined runs so fast or slow, and no crystal does: RFC 5905, 5. */
const RATE_ERROR_MAX = 500e-6
/** A way of a quarter of a second leads up to a satellite and down again. */
const LEG_NS_MAX = 250e6
/** A packet may take several times as long as others did, and wait a little beside. */
const [LEG_FACTOR, LEG_NS_SLACK] = [4, 10e6]
const LEGS_KEPT = 8
/** Two copies of a packet that two sensors took are no further apart, or they do not count as copies. */
const SENSORS_NS_MAX = 100e6
/** What clocks of hosts tick in that say nothing of it; where seconds have no fraction, they tick in seconds. */
const [COARSE_NS, SECOND_NS] = [1e9 / 64, 1e9]
const [ACTIVE, PASSIVE, CLIENT, SERVER] = [1, 2, 3, 4]
const [POLL_MIN, POLL_MAX] = [1, 17]
const NS_PER_MS = 1e6
const NONE: readonly number[] = []

/** Where and when a message was seen. */
export interface Seen {
  readonly ends: { readonly low: Endpoint; readonly high: Endpoint }
  readonly isFromHigh: boolean
  /** Nanoseconds since the run's epoch, which is in Unix seconds. */
  readonly timeNs: number
  readonly epochSeconds: number
  readonly sensor: number
  readonly packet: PacketRef
}

interface Request {
  readonly message: TimeMessage
  readonly seen: Seen
  isAnswered: boolean
}

/** What is known of two addresses of which the first asks the second. */
interface Pair {
  /** The latest exchange: T1, T3, and the sensor's time from its request to its answer. */
  readonly asked: NtpTime
  readonly answered: NtpTime
  readonly betweenNs: number
  /** Round trips between the client and the sensor, the latest few. */
  readonly legsNs: readonly number[]
}

/** What became of messages that were not used. */
export interface TimeCounts {
  /** Answers to nothing that was seen, or that were answered already. */
  unmatched: number
  /** Times that cannot be: answers before questions, none at all. */
  bogus: number
  /** Requests that were forgotten for want of room while they waited. */
  dropped: number
}

export class TimeExchanges {
  readonly counts: TimeCounts = { unmatched: 0, bogus: 0, dropped: 0 }
  readonly #waiting = new Map<string, Request>()
  readonly #pairs = new Recent<string, Pair>(PAIRS_MAX)
  readonly #hiding = new HidingClients()
  /** Those that took any request. */
  readonly #sensors = new Set<number>()

  /** The counts, by the name of the remark. */
  get notes(): Readonly<Record<string, number>> {
    const { unmatched, bogus, dropped } = this.counts
    return {
      'note.ntp_unmatched': unmatched,
      'note.ntp_bogus': bogus,
      'note.ntp_request_dropped': dropped,
    }
  }

  /** The exchange that the message completes; null where it completes none. */
  take(message: TimeMessage, seen: Seen): NtpQuality | null {
    const { mode } = message
    const isPeer = mode === ACTIVE || mode === PASSIVE
    const exchange = mode === SERVER || isPeer ? this.#answer(message, seen) : null
    if (mode === CLIENT || isPeer) this.#ask(message, seen)
    return exchange
  }

  #ask(message: TimeMessage, seen: Seen): void {
    this.#learnLeg(message, seen)
    if (isNone(message.transmit)) {
      this.counts.bogus++
      return
    }
    this.#sensors.add(seen.sensor)
    const key = keyOf(senderOf(seen), receiverOf(seen), message.transmit, seen.sensor)
    // What is sent again is a copy, whenever it comes: the first one stands.
    if (this.#waiting.has(key)) return
    this.#waiting.set(key, { message, seen, isAnswered: false })
    if (this.#waiting.size > WAITING_MAX) this.#forgetOldest(seen.timeNs)
  }

  #forgetOldest(nowNs: number): void {
    const [oldest] = this.#waiting
    if (oldest === undefined) return
    const [key, { isAnswered, seen }] = oldest
    if (!isAnswered && nowNs - seen.timeNs <= ANSWER_NS_MAX) this.counts.dropped++
    this.#waiting.delete(key)
  }

  #answer(message: TimeMessage, seen: Seen): NtpQuality | null {
    const { origin, mode } = message
    // The first message of a peer answers nothing.
    if (isNone(origin) && mode !== SERVER) return null
    const request = isNone(origin) ? undefined : this.#requestOf(origin, seen)
    const longestNs = mode === SERVER ? ANSWER_NS_MAX : PEER_NS_MAX
    if (request === undefined || !isInTime(request, seen, longestNs)) {
      this.counts.unmatched++
      return null
    }
    request.isAnswered = true
    return this.#measure(request, message, seen)
  }

  /** The request as the answer's own sensor took it, else as any other did. */
  #requestOf(origin: NtpTime, seen: Seen): Request | undefined {
    const own = this.#waiting.get(keyOf(receiverOf(seen), senderOf(seen), origin, seen.sensor))
    if (own !== undefined) return own
    for (const sensor of this.#sensors) {
      const key = keyOf(receiverOf(seen), senderOf(seen), origin, sensor)
      const request = this.#waiting.get(key)
      if (request !== undefined) return request
    }
    return undefined
  }

  #measure(request: Request, answer: TimeMessage, seen: Seen): NtpQuality | null {
    const facts = factsOf(request.message, answer, seen)
    const delayMs = (seen.timeNs - request.seen.timeNs) / NS_PER_MS
    // Whoever refuses to tell the time does not tell it (RFC 5905, 7.4).
    if (facts.kiss !== null) return { ...facts, ...NO_TIMES, delayMs }
    const clocks = clocksOf(request, answer, seen)
    if (clocks === null) {
      this.counts.bogus++
      return null
    }
    const leg = this.#legOf(request, answer, seen)
    const isShown = this.#hiding.shows(pairKey(request.seen), clocks.offsetNs)
    return measured(facts, clocks, leg, isShown)
  }

  /** How long the way from the client to the sensor may be; the exchange is remembered, to learn more of it. */
  #legOf(request: Request, answer: TimeMessage, { timeNs }: Seen): ClientLeg {
    const key = legKey(request.seen)
    const legsNs = this.#pairs.get(key)?.legsNs ?? NONE
    const [asked, answered] = [request.message.transmit, answer.transmit]
    const betweenNs = timeNs - request.seen.timeNs
    this.#pairs.set(key, { asked, answered, betweenNs, legsNs })
    if (legsNs.length === 0) return { legNs: LEG_NS_MAX, isKnown: false }
    const longest = LEG_FACTOR * Math.max(...legsNs) + LEG_NS_SLACK
    return { legNs: Math.min(LEG_NS_MAX, longest), isKnown: true }
  }

  /**
   * Many clients say in the next request when the last answer came to them (T4): what their clock counted
   * from T1 on, less what the sensor counted, is the way between the two and back.
   */
  #learnLeg({ origin, receive, precision }: TimeMessage, seen: Seen): void {
    const key = legKey(seen)
    const pair = this.#pairs.get(key)
    if (pair === undefined || isNone(origin) || isNone(receive)) return
    if (!isSame(pair.answered, origin)) return
    const sinceAskedNs =
      sinceEpochNs(receive, seen.epochSeconds) - sinceEpochNs(pair.asked, seen.epochSeconds)
    const fineNs = finenessNs(precision, receive) + RATE_ERROR_MAX * pair.betweenNs
    const legNs = sinceAskedNs - pair.betweenNs
    if (legNs < -fineNs || legNs > LEG_NS_MAX) return
    const legsNs = [...pair.legsNs, Math.max(0, legNs) + fineNs].slice(-LEGS_KEPT)
    this.#pairs.set(key, { ...pair, answered: NO_TIME, legsNs })
  }
}

/** Longest way from the client to the sensor. */
interface ClientLeg {
  readonly legNs: number
  readonly isKnown: boolean
}

/** What an exchange says of three clocks, nanoseconds. */
interface Clocks {
  /** Client less server, client less sensor, server less sensor. */
  readonly offsetNs: number
  readonly clientNs: number
  readonly serverNs: number
  readonly delayNs: number
  /** How coarse the client's time is, and the server's with what clocks gain until the answer. */
  readonly clientFineNs: number
  readonly errorNs: number
  readonly sensor: number | null
}

/** Null where the times cannot be: answered before it was asked, or no times at all. */
function clocksOf(request: Request, answer: TimeMessage, seen: Seen): Clocks | null {
  const { receive, transmit, precision } = answer
  const askedNs = request.seen.timeNs
  const since = (time: NtpTime) => sinceEpochNs(time, seen.epochSeconds)
  const [t1, t2, t3] = [since(request.message.transmit), since(receive), since(transmit)]
  const isOne = request.seen.sensor === seen.sensor
  const fineNs = finenessNs(precision, transmit) + (isOne ? 0 : SENSORS_NS_MAX)
  const errorNs = fineNs + RATE_ERROR_MAX * Math.abs(t3 - t2)
  const delayNs = seen.timeNs - askedNs - (t3 - t2)
  if (isNone(receive) || isNone(transmit) || t3 - t2 < -fineNs || delayNs < -errorNs) return null
  return {
    offsetNs: t1 - askedNs - (t3 - seen.timeNs),
    clientNs: t1 - askedNs,
    serverNs: (t2 - askedNs + t3 - seen.timeNs) / 2,
    delayNs: Math.max(0, delayNs),
    errorNs,
    sensor: isOne ? seen.sensor : null,
    clientFineNs: finenessNs(request.message.precision, request.message.transmit),
  }
}

/**
 * `isShown`: the client does not hide its clock. Written out, since each exchange makes one and spreading takes
 * many times as long.
 */
function measured(facts: Facts, clocks: Clocks, { legNs, isKnown }: ClientLeg, isShown: boolean) {
  const { offsetNs, clientNs, serverNs, delayNs, clientFineNs, errorNs, sensor } = clocks
  const sureNs = delayNs / 2 + errorNs
  const offNs = isShown ? Math.max(legNs, delayNs) + clientFineNs + errorNs : sureNs
  return {
    kind: facts.kind,
    flow: facts.flow,
    from: facts.from,
    timeNs: facts.timeNs,
    stratum: facts.stratum,
    leap: facts.leap,
    kiss: facts.kiss,
    pollS: facts.pollS,
    rootDelayMs: facts.rootDelayMs,
    rootDispersionMs: facts.rootDispersionMs,
    offsetMs: isShown ? offsetNs / NS_PER_MS : null,
    sensorOffsetMs: sensor === null ? null : serverNs / NS_PER_MS,
    delayMs: delayNs / NS_PER_MS,
    uncertaintyMs: offNs / NS_PER_MS,
    sensorUncertaintyMs: sureNs / NS_PER_MS,
    clientOffsetMs: isShown && sensor !== null ? clientNs / NS_PER_MS : null,
    clientLegMs: legNs / NS_PER_MS,
    isClientLegKnown: isKnown,
    sensor,
  }
}

const NO_TIME: NtpTime = { seconds: 0, fraction: 0 }
const NO_TIMES = {
  ...{ offsetMs: null, sensorOffsetMs: null, uncertaintyMs: 0, sensorUncertaintyMs: 0 },
  ...{ clientOffsetMs: null, clientLegMs: 0, isClientLegKnown: false, sensor: null },
}

type Facts = ReturnType<typeof factsOf>

/** What the two messages say beside their times. */
function factsOf(request: TimeMessage, answer: TimeMessage, seen: Seen) {
  const { poll } = request
  const isPoll = poll >= POLL_MIN && poll <= POLL_MAX
  return {
    kind: 'ntp' as const,
    flow: {
      transport: 'udp' as const,
      protocol: 17,
      vlan: null,
      first: seen.packet,
      client: receiverOf(seen),
      server: senderOf(seen),
    },
    from: 'server' as const,
    timeNs: seen.timeNs,
    stratum: answer.stratum,
    leap: answer.leap,
    kiss: kissOf(answer),
    pollS: isPoll ? 2 ** poll : null,
    rootDelayMs: answer.rootDelayMs,
    rootDispersionMs: answer.rootDispersionMs,
  }
}

function isInTime({ seen, isAnswered }: Request, { timeNs }: Seen, longestNs: number): boolean {
  const passedNs = timeNs - seen.timeNs
  return !isAnswered && passedNs >= 0 && passedNs <= longestNs
}

const senderOf = ({ ends, isFromHigh }: Seen): Endpoint => (isFromHigh ? ends.high : ends.low)
const receiverOf = ({ ends, isFromHigh }: Seen): Endpoint => (isFromHigh ? ends.low : ends.high)
const pairKey = (seen: Seen): string =>
  `${senderOf(seen).address.text} ${receiverOf(seen).address.text}`
/** The way is that to one sensor. */
const legKey = (seen: Seen): string => `${pairKey(seen)} ${seen.sensor}`
const keyOf = (from: Endpoint, to: Endpoint, { seconds, fraction }: NtpTime, sensor: number) =>
  `${from.address.text} ${from.port} ${to.address.text} ${to.port} ${seconds} ${fraction} ${sensor}`

const isNone = ({ seconds, fraction }: NtpTime): boolean => seconds === 0 && fraction === 0
const isSame = (one: NtpTime, other: NtpTime): boolean =>
  one.seconds === other.seconds && one.fraction === other.fraction

/** Nanoseconds since the run's epoch, of the era in which that is less than 68 years away (RFC 5905, 6). */
function sinceEpochNs({ seconds, fraction }: NtpTime, epochSeconds: number): number {
  const since = (seconds - UNIX_TO_NTP_SECONDS - epochSeconds) | 0
  return since * SECOND_NS + (fraction * SECOND_NS) / 2 ** 32
}

/** How coarsely a clock tells the time, by what its messages say (RFC 5905, 7.3) or by the time itself. */
function finenessNs(precision: number, { fraction }: NtpTime): number {
  if (precision < 0) return SECOND_NS * 2 ** precision
  return fraction === 0 ? SECOND_NS : COARSE_NS
}
