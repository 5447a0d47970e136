// A TCP transfer with exact truth: a sender, a path with a sensor in its middle, a receiver that acknowledges
// every second segment or after a delay and says selectively what has come (RFC 5681, RFC 2018, RFC 2883). The
// sender knows what has come as exactly as selective acknowledgements can tell. Nothing of it comes from src.

import { seeded } from '../../fixtures/scenario/random.ts'
import type { Frame } from '../support/frames.ts'
import { frameOf, type Segment } from './tcp-frame.ts'

export interface TcpStoryOptions {
  readonly seed: number
  /** Data segments, each of `bytes` bytes. */
  readonly segments: number
  readonly bytes?: number
  /** Under way at once at the most. */
  readonly window?: number
  /** Messages of so many segments, each sent when the one before was acknowledged; 0 for one long transfer. */
  readonly message?: number
  /** One way each, milliseconds: between sender and sensor, sensor and receiver, and back. */
  readonly toSensorMs?: number
  readonly toReceiverMs?: number
  readonly fromReceiverMs?: number
  readonly fromSensorMs?: number
  /** Shares of the data that are lost before and behind the sensor, in bursts of `burst` on average. */
  readonly lossBefore?: number
  readonly lossBehind?: number
  readonly burst?: number
  /** Share of the acknowledgements that are lost, half of them before the sensor. */
  readonly acksLost?: number
  /** Each segment travels as so many smaller ones, which share its fate. */
  readonly pieces?: number
  /** Share of all packets that the sensor does not capture. */
  readonly dropped?: number
  /** Share of the data that is late by one or two places when it comes to the sensor. */
  readonly reordered?: number
  /** The capture itself confuses packets within so many milliseconds. */
  readonly jitterMs?: number
  /** How long the receiver waits for a second segment before it acknowledges. */
  readonly delayMs?: number
  readonly timestamps?: boolean
  readonly ids?: 'counted' | 'random' | 'none'
  /** Who sends the data. */
  readonly from?: 'client' | 'server'
}

export interface TcpTruth {
  readonly frames: readonly Frame[]
  /** Data segments that were sent, those sent again included. */
  readonly sent: number
  readonly lostBefore: number
  readonly lostBehind: number
  /** Of those lost before the sensor: what was sent again and was lost there. No sensor can see that. */
  readonly lostAgain: number
  /** Sent again though it had come. */
  readonly needless: number
  /** Of those that were lost: such ones. */
  readonly lostNeedless: number
  /** In percent. */
  readonly lossPct: number
  /** From the sensor to the receiver and back, and the same on the sender's side. */
  readonly farMs: number
  readonly nearMs: number
}

/** Between two segments on the sender's line. */
const SPACING_MS = 0.1
const TIMEOUT_MS = 1000
const LATER_MIN = 3
const START_MS = 10
const CLOCK_OF_TIMESTAMPS = 700_000

export function tcpStory(options: TcpStoryOptions): TcpTruth {
  return new Transfer(options).run()
}

interface Event {
  readonly atMs: number
  readonly order: number
  readonly act: () => void
}

type Told = Omit<Required<TcpStoryOptions>, 'seed'>

class Transfer {
  readonly #told: Told
  /** What happens on the way, and what the sensor and the hosts' numbers add to that: from 0 up to below 1. */
  readonly #random: () => number
  readonly #aside: () => number
  readonly #events: Event[] = []
  readonly #captured: { atMs: number; order: number; segment: Segment }[] = []
  #order = 0
  #now = 0
  // The sender.
  #next = 0
  #acked = 0
  #lineFreeMs = 0
  #transmissions = 0
  readonly #latest = new Map<number, number>()
  #progress = 0
  // The receiver.
  /** What has come and cannot be acknowledged yet. */
  readonly #received = new Set<number>()
  #expected = 0
  #waiting = 0
  #timer = 0
  #latestReceived = 0
  #echo = 0
  // The truth.
  readonly #lost = { before: 0, behind: 0 }
  #lostAgain = 0
  readonly #bursts = { before: 0, behind: 0 }
  #needless = 0
  #lostNeedless = 0
  readonly #ids = { sender: 100, receiver: 40_000 }

  constructor({ seed, ...told }: TcpStoryOptions) {
    const [draw, drawAside] = [seeded(seed), seeded(seed + 1000)]
    this.#random = () => draw() / 2 ** 32
    this.#aside = () => drawAside() / 2 ** 32
    this.#told = {
      ...{ bytes: 1000, window: 20, message: 0, burst: 1, delayMs: 100, timestamps: true },
      ...{ toSensorMs: 1, toReceiverMs: 4, fromReceiverMs: 4, fromSensorMs: 1 },
      ...{ acksLost: 0, pieces: 1 },
      ...{ lossBefore: 0, lossBehind: 0, dropped: 0, reordered: 0, jitterMs: 0 },
      ...{ ids: 'counted', from: 'client' },
      ...told,
    }
  }

  run(): TcpTruth {
    const { toSensorMs, fromSensorMs, toReceiverMs, fromReceiverMs } = this.#told
    this.#handshake()
    this.#at(this.#now + START_MS, () => this.#send())
    while (this.#acked < this.#told.segments) {
      const event = this.#takeEvent()
      if (event === undefined) throw new Error('the transfer has come to a halt')
      this.#now = event.atMs
      event.act()
    }
    const { before, behind } = this.#lost
    return {
      frames: this.#frames(),
      sent: this.#transmissions,
      lostBefore: before,
      lostBehind: behind,
      lostAgain: this.#lostAgain,
      needless: this.#needless,
      lostNeedless: this.#lostNeedless,
      lossPct: (100 * (before + behind)) / this.#transmissions,
      farMs: toReceiverMs + fromReceiverMs,
      nearMs: toSensorMs + fromSensorMs,
    }
  }

  /** Passes the sensor whole, so that the story is about an established connection. */
  #handshake(): void {
    const { from, toReceiverMs, fromReceiverMs, toSensorMs, fromSensorMs } = this.#told
    const isClient = from === 'client'
    const [there, here] = isClient
      ? [toReceiverMs + fromReceiverMs, toSensorMs + fromSensorMs]
      : [toSensorMs + fromSensorMs, toReceiverMs + fromReceiverMs]
    this.#sees(0, this.#segment(isClient, { flags: 'SYN', sequence: -1 }), true)
    this.#sees(there, this.#segment(!isClient, { flags: 'SYN+ACK', sequence: -1 }), true)
    this.#sees(there + here, this.#segment(isClient, { flags: 'ACK', sequence: 0 }), true)
    this.#now = there + here
  }

  /** New data, as far as the window and the message at hand allow. */
  #send(): void {
    const { segments, window, message } = this.#told
    while (this.#next < segments && this.#next - this.#acked < window) {
      const isNewMessage = message > 0 && this.#next % message === 0
      if (isNewMessage && this.#acked < this.#next) break
      this.#transmit(this.#next++)
    }
    const progress = ++this.#progress
    this.#at(this.#now + TIMEOUT_MS, () => this.#timeOut(progress))
  }

  #timeOut(progress: number): void {
    if (progress !== this.#progress || this.#acked >= this.#next) return
    this.#transmit(this.#acked)
    this.#at(this.#now + TIMEOUT_MS, () => this.#timeOut(progress))
  }

  #transmit(index: number): void {
    const { toSensorMs, toReceiverMs, lossBefore, lossBehind, reordered } = this.#told
    const leavesMs = Math.max(this.#now, this.#lineFreeMs)
    this.#lineFreeMs = leavesMs + SPACING_MS
    const number = ++this.#transmissions
    const isAgain = this.#latest.has(index)
    this.#latest.set(index, number)
    const isNeedless = index < this.#expected || this.#received.has(index)
    if (isNeedless) this.#needless++
    const stampMs = leavesMs
    if (this.#isLost('before', lossBefore)) {
      if (isAgain) this.#lostAgain++
      return
    }
    const lateMs = this.#random() < reordered ? SPACING_MS * (1.5 + this.#random()) : 0
    const passesMs = leavesMs + toSensorMs + lateMs
    this.#passes(index, passesMs, stampMs)
    if (this.#isLost('behind', lossBehind)) {
      if (isNeedless) this.#lostNeedless++
      return
    }
    this.#at(passesMs + toReceiverMs, () => this.#arrives(index, number, stampMs))
  }

  /** One behind the other, where a segment travels in pieces. */
  #passes(index: number, atMs: number, stampMs: number): void {
    const { pieces } = this.#told
    const bytes = this.#told.bytes / pieces
    for (let piece = 0; piece < pieces; piece++) {
      const sequence = index * this.#told.bytes + piece * bytes
      this.#sees(atMs, this.#segment(true, { sequence, bytes, stampMs }), false)
    }
  }

  #isLost(where: 'before' | 'behind', share: number): boolean {
    if (share === 0) return false
    const { burst } = this.#told
    if (this.#bursts[where] > 0) this.#bursts[where]--
    else if (this.#random() < share / burst) this.#bursts[where] = burst - 1
    else return false
    this.#lost[where]++
    return true
  }

  #arrives(index: number, number: number, stampMs: number): void {
    this.#latestReceived = Math.max(this.#latestReceived, number)
    const isCopy = index < this.#expected || this.#received.has(index)
    const hadGap = this.#received.size > 0
    if (!isCopy) this.#received.add(index)
    if (index === this.#expected && this.#waiting === 0) this.#echo = stampMs
    const before = this.#expected
    while (this.#received.delete(this.#expected)) this.#expected++
    this.#waiting += this.#expected - before
    const copy = isCopy ? index : null
    if (isCopy || hadGap || this.#expected === before || this.#waiting >= 2) this.#acknowledge(copy)
    else {
      const timer = ++this.#timer
      this.#at(this.#now + this.#told.delayMs, () => {
        if (timer === this.#timer) this.#acknowledge(null)
      })
    }
  }

  #acknowledge(copy: number | null): void {
    const { fromReceiverMs, fromSensorMs, bytes } = this.#told
    this.#waiting = 0
    this.#timer++
    const number = this.#expected
    const above = [...this.#received]
    const blocks = blocksOf(copy, above).map(
      ([from, to]) => [from * bytes, (to + 1) * bytes] as const,
    )
    const segment = this.#segment(false, {
      ...{ flags: 'ACK', sequence: 0, acknowledgement: number * bytes, blocks },
      ...{ echoMs: this.#echo, stampMs: this.#now },
    })
    const isLost = this.#random() < this.#told.acksLost
    if (isLost && this.#random() < 0.5) return
    this.#sees(this.#now + fromReceiverMs, segment, false)
    if (isLost) return
    const latest = this.#latestReceived
    const come = new Set(above)
    this.#at(this.#now + fromReceiverMs + fromSensorMs, () => this.#hears(number, come, latest))
  }

  /** What was sent three transmissions before another that has come, and has not come itself, is sent again. */
  #hears(number: number, come: ReadonlySet<number>, latest: number): void {
    if (number > this.#acked) {
      for (let index = this.#acked; index < number; index++) this.#latest.delete(index)
      this.#acked = number
    }
    for (const [index, sent] of [...this.#latest]) {
      const isMissing = index >= number && !come.has(index)
      if (isMissing && latest - sent >= LATER_MIN && come.size > 0) this.#transmit(index)
    }
    this.#send()
  }

  #segment(fromSender: boolean, segment: Partial<Segment>): Segment {
    const { from, timestamps, ids } = this.#told
    const side = fromSender ? 'sender' : 'receiver'
    const id = { counted: ++this.#ids[side], random: Math.floor(this.#aside() * 65_536), none: 0 }
    const { stampMs = this.#now, echoMs = 0 } = segment
    const clock = (ms: number): number => Math.floor(ms) + CLOCK_OF_TIMESTAMPS
    return {
      ...{ flags: 'ACK', sequence: 0, acknowledgement: 0, bytes: 0, blocks: [] },
      ...segment,
      isFromClient: fromSender === (from === 'client'),
      id: id[ids] & 0xffff,
      stamps: timestamps ? [clock(stampMs), clock(echoMs)] : null,
    }
  }

  #sees(atMs: number, segment: Segment, always: boolean): void {
    if (!always && this.#aside() < this.#told.dropped) return
    const jitterMs = always ? 0 : this.#aside() * this.#told.jitterMs
    this.#captured.push({ atMs: atMs + jitterMs, order: this.#order++, segment })
  }

  #frames(): readonly Frame[] {
    return this.#captured
      .sort((one, other) => one.atMs - other.atMs || one.order - other.order)
      .map(({ atMs, segment }) => frameOf(atMs, segment))
  }

  #at(atMs: number, act: () => void): void {
    const event = { atMs, order: this.#order++, act }
    let at = this.#events.push(event) - 1
    while (at > 0 && isBefore(event, this.#events[(at - 1) >> 1])) {
      this.#events[at] = this.#events[(at - 1) >> 1] as Event
      at = (at - 1) >> 1
    }
    this.#events[at] = event
  }

  #takeEvent(): Event | undefined {
    const [first] = this.#events
    const last = this.#events.pop()
    if (last === undefined || this.#events.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const right = this.#events[child + 1]
      if (right !== undefined && isBefore(right, this.#events[child])) child++
      const below = this.#events[child]
      if (below === undefined || !isBefore(below, last)) break
      this.#events[at] = below
      at = child
    }
    this.#events[at] = last
    return first
  }
}

const isBefore = (one: Event, other: Event | undefined): boolean =>
  other === undefined ||
  one.atMs < other.atMs ||
  (one.atMs === other.atMs && one.order < other.order)

/** What came twice, then the three highest stretches above what is acknowledged. */
function blocksOf(copy: number | null, above: readonly number[]): (readonly [number, number])[] {
  const stretches: [number, number][] = []
  for (const index of [...above].sort((one, other) => one - other)) {
    const last = stretches.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else stretches.push([index, index])
  }
  const told = stretches.reverse().slice(0, copy === null ? 3 : 2)
  return copy === null ? told : [[copy, copy], ...told]
}
