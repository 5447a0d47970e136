// A route of alerts: who is told what, and when (ux.md "Alert pipeline", faults.md F10). It reads the journal behind its
// own cursor, puts together what belongs together, and delivers one notice at a time. What it does is recorded before
// and after, so that a kill at any moment loses nothing, and doubles at most the notice that was on its way, under the
// number and the id that it had.

import type { Notice } from '../model/alert.ts'
import type { Notified } from '../model/lifecycle.ts'
import type { Output, OutputState } from '../model/output.ts'
import type { Store } from '../model/store.ts'
import type { RouteConfig } from '../model/watch-config.ts'
import { Composer, type ComposerOptions } from './compose.ts'
import { DeadLetters } from './dead-letters.ts'
import { Delivery, type DeliveryOptions } from './delivery.ts'
import { Insistence, Stopped } from './insistence.ts'
import { Intake } from './intake.ts'
import { Looking } from './looking.ts'
import { digestOf, dueOf, eventsOf, firstOf, resumed, type Shipment } from './shipments.ts'
import { Shipper } from './shipper.ts'
import { Tally } from './tally.ts'
import { Told } from './told.ts'
import { Waiting } from './waiting.ts'

const MINUTE_MS = 60_000
const READ_AT_ONCE = 1_000
/** A cursor that is some seconds behind only lets more be read again. */
const HINT_MS = 10_000
const SLEEP_MS_MAX = 3_600_000
/** For what is being recorded when a delivery has been cut off. */
const LAST_WORDS_MS = 1_000
const ID_DIGITS = 32

type RouteStore = Pick<Store, 'entriesAfter' | 'find' | 'cursor' | 'advance'>

export interface RouteOptions extends DeliveryOptions, Pick<ComposerOptions, 'heldBy' | 'site'> {
  readonly config: RouteConfig
  readonly store: RouteStore & Pick<Store, 'lastEntry'>
  /** The store's folder, for dead letters. */
  readonly folder: string
  /** Kept when they are on the disk. */
  readonly record: (entries: readonly Notified[]) => Promise<void>
  /** How things stand, in one sentence, for heartbeats. */
  readonly standing: () => string
  /** Any hash of text to at least 32 hex digits. */
  readonly hash: (text: string) => string
}

export class Route implements Output {
  readonly #options: RouteOptions
  readonly #told: Told
  readonly #tally = new Tally()
  readonly #waiting = new Waiting()
  readonly #intake: Intake
  readonly #composer: Composer
  readonly #looking: Looking
  readonly #delivery: Delivery
  readonly #insistence: Insistence
  readonly #shipper: Shipper
  readonly #store: RouteStore
  /** Nothing new is begun. */
  readonly #stopping = new AbortController()
  /** What is being delivered is cut off. */
  readonly #cutting = new AbortController()
  #bell = new AbortController()
  #done: Promise<void> = Promise.resolve()
  #nextMs = Number.POSITIVE_INFINITY
  #beatMs = Number.POSITIVE_INFINITY
  #hintMs = Number.NEGATIVE_INFINITY
  #looked = 0

  constructor(options: RouteOptions) {
    const { config, clock, store, site, heldBy, folder } = options
    this.#options = options
    const [stopping, cutting] = [this.#stopping.signal, this.#cutting.signal]
    this.#insistence = new Insistence(clock, stopping)
    this.#store = insisted(store, this.#insistence)
    const isTracking = config.tells === 'pages'
    this.#told = new Told({ repeatS: config.repeatS, isTracking })
    const [told, tally, waiting] = [this.#told, this.#tally, this.#waiting]
    const common = { config, store: this.#store, site, told, tally, waiting }
    this.#composer = new Composer({ ...common, heldBy })
    this.#intake = new Intake(common)
    this.#looking = new Looking({ ...common, composer: this.#composer })
    this.#delivery = new Delivery(options)
    this.#shipper = new Shipper(
      { ...options, lastEntry: () => store.lastEntry },
      {
        ...{ composer: this.#composer, deadLetters: new DeadLetters(folder, config.name) },
        ...{ delivery: this.#delivery, insistence: this.#insistence, intake: this.#intake },
        ...{ looking: this.#looking, tally, told, waiting, stopping, cutting },
      },
    )
  }

  get looked(): number {
    return this.#looked
  }

  state(): OutputState {
    const reason = this.#insistence.trouble ?? this.#shipper.trouble ?? this.#delivery.reason
    const { lastMs, retries } = this.#delivery
    return {
      ...{ name: this.#options.config.name, kind: 'route', where: this.#options.transport.where },
      ...{ state: reason === null ? 'healthy' : 'degraded', reason, lastMs, retries },
      books: this.#tally.books(this.#waiting.count),
    }
  }

  run(): Promise<void> {
    this.#done = this.#run()
    return this.#done
  }

  wake(): void {
    this.#bell.abort()
  }

  reopen(): Promise<void> {
    return this.#options.transport.reopen()
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#bell.abort()
    // Whoever runs it hears of its faults.
    const done = this.#done.catch(() => undefined)
    await this.#within(done, graceMs)
    this.#cutting.abort()
    await this.#within(done, LAST_WORDS_MS)
    await this.#options.transport.close()
  }

  async #run(): Promise<void> {
    try {
      await this.#begin()
      while (!this.#stopping.signal.aborted) await this.#turn()
      await this.#hint()
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
    }
  }

  /** Takes up what the route has told, and where it was. */
  async #begin(): Promise<void> {
    const { config, store, clock } = this.#options
    // Asked before anything is waited for: what comes from now on is told.
    const { lastEntry } = store
    await this.#recall()
    const cursor = await this.#store.cursor(`route:${config.name}`)
    // A new route begins with what comes: nobody wants to hear of last year.
    if (!this.#told.isBegun) {
      this.#intake.position = cursor === 0 ? lastEntry : cursor
      await this.#shipper.note([this.#shipper.begun()])
    }
    this.#intake.position = Math.max(this.#told.upTo, Math.min(cursor, store.lastEntry))
    await this.#placeTold()
    if (config.heartbeatS !== null) this.#beatMs = clock.now() + config.heartbeatS * 1_000
    await this.#read()
    const { trying } = this.#told
    if (trying !== null)
      await this.#shipper.resume(resumed(trying, this.#waiting, this.#told, config.tells), trying)
  }

  async #recall(): Promise<void> {
    const { name } = this.#options.config
    let at = await this.#store.cursor(`told:${name}`)
    for (;;) {
      const entries = await this.#store.entriesAfter(at, READ_AT_ONCE, ['notified'])
      for (const { number, entry } of entries) {
        at = number
        if (entry.route !== name) continue
        this.#told.take(entry, number - 1)
        if (isAnswer(entry)) this.#told.takeAnswers(entry.entries)
      }
      this.#told.prune(this.#told.upTo)
      if (entries.length < READ_AT_ONCE) return
    }
  }

  /** Findings that were told have groups, and a state, by what the store has of them. */
  async #placeTold(): Promise<void> {
    const { ids } = this.#told
    const nowMs = this.#options.clock.now()
    for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
      const part = ids.slice(at, at + READ_AT_ONCE)
      const found = await this.#store.find(part)
      for (const stored of found) this.#told.place(stored, nowMs)
      const known = new Set(found.map(({ finding }) => finding.id))
      for (const id of part) if (!known.has(id)) this.#told.forget(id)
    }
    for (const id of this.#told.ids)
      if (this.#told.finding(id)?.toldMs === null) this.#tally.owe(id)
  }

  async #read(): Promise<void> {
    const { lastEntry } = this.#options.store
    if (await this.#intake.read()) this.#looked = lastEntry
  }

  async #turn(): Promise<void> {
    this.#bell = new AbortController()
    await this.#read()
    await this.#beat()
    const shipment = await this.#next()
    if (shipment !== null) await this.#shipper.ship(shipment)
    else await this.#rest()
  }

  /** The next to be told; where there is none, `#nextMs` is when there may be. */
  async #next(): Promise<Shipment | null> {
    const { config, clock } = this.#options
    const nowMs = clock.now()
    this.#nextMs = this.#delivery.pausedUntilMs
    if (nowMs < this.#nextMs) return null
    const sent = this.#told.sentSince(nowMs)
    const left = config.perMinuteMax - sent.length
    this.#nextMs = (sent[0] ?? nowMs) + MINUTE_MS
    if (left <= 0) return null
    return config.tells === 'events' ? this.#nextEvent(left) : await this.#nextPage(left, nowMs)
  }

  #nextEvent(left: number): Shipment | null {
    this.#nextMs = Number.POSITIVE_INFINITY
    return eventsOf(this.#waiting.items(), left === 1)
  }

  async #nextPage(left: number, nowMs: number): Promise<Shipment | null> {
    const { shipments, nextMs } = dueOf(this.#waiting, this.#told, this.#options.config, nowMs)
    const due = [...shipments, ...(await this.#looking.look(nowMs))]
    this.#nextMs = Math.min(nextMs, this.#looking.nextMs)
    // That something is over can wait until there is room for it.
    const calls = due.filter(({ notice }) => notice !== 'resolved')
    return left === 1 && calls.length > 1 ? digestOf(calls) : firstOf(due)
  }

  async #rest(): Promise<void> {
    await this.#hintNowAndThen()
    const nowMs = this.#options.clock.now()
    const untilMs = Math.min(this.#nextMs, Math.max(this.#beatMs, this.#delivery.pausedUntilMs))
    const ms = Math.min(SLEEP_MS_MAX, Math.max(0, untilMs - nowMs))
    await this.#options.clock.sleep(ms, this.#bell.signal)
  }

  /** Sent however much there is to tell; one that fails is not tried again beyond the next. */
  async #beat(): Promise<void> {
    const { config, clock, hash, site, standing } = this.#options
    const atMs = clock.now()
    if (atMs < this.#beatMs || atMs < this.#delivery.pausedUntilMs) return
    const { name: route } = config
    const id = hash(JSON.stringify([route, 'heartbeat', atMs])).slice(0, ID_DIGITS)
    const head = { id, route, seq: this.#told.seq, atMs, site }
    const notice: Notice = { ...head, kind: 'heartbeat', sentence: standing() }
    const isThere = await this.#delivery.attempt(notice, this.#cutting.signal)
    this.#beatMs = isThere
      ? atMs + (config.heartbeatS ?? Number.POSITIVE_INFINITY) * 1_000
      : this.#delivery.pausedUntilMs
  }

  async #hintNowAndThen(): Promise<void> {
    const nowMs = this.#options.clock.now()
    if (nowMs < this.#hintMs + HINT_MS) return
    this.#hintMs = nowMs
    await this.#hint()
  }

  /** So that the next run need not read everything again. */
  async #hint(): Promise<void> {
    const { name } = this.#options.config
    await this.#store.advance(`route:${name}`, this.#intake.upTo)
    if (this.#waiting.count === 0) await this.#store.advance(`told:${name}`, this.#told.oldest)
  }

  /** Until it is done, or so many milliseconds have passed. */
  async #within(done: Promise<void>, ms: number): Promise<void> {
    const over = new AbortController()
    await Promise.race([done, this.#options.clock.sleep(ms, over.signal)])
    over.abort()
  }
}

const isAnswer = ({ outcome }: Notified): boolean => outcome !== 'begun' && outcome !== 'trying'

/** The store, whose questions are asked until they are answered. */
const insisted = (store: RouteStore, insistence: Insistence): RouteStore => ({
  entriesAfter: (number, limit, kinds) =>
    insistence.on(() => store.entriesAfter(number, limit, kinds)),
  find: ids => insistence.on(() => store.find(ids)),
  cursor: name => insistence.on(() => store.cursor(name)),
  advance: (name, number) => insistence.on(() => store.advance(name, number)),
})
