// Brings one shipment to its receiver, or to the dead letters: it is recorded that it is tried, tried until it is
// there, given up or not wanted any more, and recorded what became of it.

import type { Notified } from '../model/lifecycle.ts'
import type { RouteConfig } from '../model/watch-config.ts'
import type { Composer, Letter } from './compose.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Delivery, RouteClock } from './delivery.ts'
import { type Insistence, Stopped } from './insistence.ts'
import type { Intake } from './intake.ts'
import type { Looking } from './looking.ts'
import type { Shipment } from './shipments.ts'
import type { Tally } from './tally.ts'
import type { Told } from './told.ts'
import type { Waiting } from './waiting.ts'

const ID_DIGITS = 32

export interface ShipperOptions {
  readonly config: Pick<RouteConfig, 'name' | 'giveUpS'>
  readonly site: string
  readonly clock: RouteClock
  readonly hash: (text: string) => string
  readonly record: (entries: readonly Notified[]) => Promise<void>
  readonly lastEntry: () => number
}

export interface ShipperParts {
  readonly composer: Composer
  readonly deadLetters: Pick<DeadLetters, 'add' | 'path'>
  readonly delivery: Delivery
  readonly insistence: Insistence
  readonly intake: Intake
  readonly looking: Looking
  readonly tally: Tally
  readonly told: Told
  readonly waiting: Waiting
  /** Nothing is tried again. */
  readonly stopping: AbortSignal
  /** What is being delivered is cut off. */
  readonly cutting: AbortSignal
}

type Head = Parameters<Composer['letter']>[1]
type Fields = Pick<Notified, 'outcome'> & Partial<Notified>

export class Shipper {
  readonly #options: ShipperOptions
  readonly #parts: ShipperParts
  /** Why what should be given up is not. */
  trouble: string | null = null

  constructor(options: ShipperOptions, parts: ShipperParts) {
    this.#options = options
    this.#parts = parts
  }

  /** @throws Stopped where it is left to the next run. */
  async ship(shipment: Shipment): Promise<void> {
    const entries = numbersOf(shipment)
    const head = this.#headOf(this.#parts.told.seq + 1, entries)
    const letter = await this.#parts.composer.letter(shipment, head)
    if (letter.notice === null) return await this.#settle(shipment, letter, null, entries)
    const { notice, group } = shipment
    const { seq, atMs } = head
    await this.note([
      this.#entry({ outcome: 'trying', atMs, seq, notice, group, told: letter.told, entries }),
    ])
    await this.#deliver(shipment, head, entries)
  }

  /** What was being delivered when the monitor stopped is delivered under the number and the id that it had. */
  async resume(shipment: Shipment, { seq, atMs, entries }: Notified): Promise<void> {
    this.#parts.told.takeAnswers(entries.filter(number => number > this.#parts.intake.position))
    await this.#deliver(shipment, { ...this.#headOf(seq, entries), atMs }, entries)
  }

  /** Records what the route has done, and only then knows of it. */
  async note(entries: readonly Notified[], groups?: ReadonlyMap<string, string>): Promise<void> {
    if (entries.length === 0) return
    const since = this.#options.lastEntry()
    await this.#parts.insistence.on(() => this.#options.record(entries))
    for (const entry of entries) this.#parts.told.take(entry, since, groups)
  }

  begun(): Notified {
    return this.#entry({ outcome: 'begun', seq: 0 })
  }

  #headOf(seq: number, entries: readonly number[]): Head {
    const { config, site, clock, hash } = this.#options
    const id = hash(JSON.stringify([config.name, seq, entries])).slice(0, ID_DIGITS)
    return { id, route: config.name, seq, atMs: clock.now(), site }
  }

  async #deliver(shipment: Shipment, head: Head, entries: readonly number[]): Promise<void> {
    const { composer, delivery, intake, clock, stopping, cutting } = this.#all
    for (;;) {
      await clock.sleep(Math.max(0, delivery.pausedUntilMs - clock.now()), stopping)
      if (stopping.aborted) throw new Stopped()
      const letter = await composer.letter(shipment, head)
      const end = (outcome: Outcome) =>
        this.#settle(shipment, letter, { outcome, seq: head.seq }, entries)
      if (letter.notice === null) return await end('withdrawn')
      if (await delivery.attempt(letter.notice, cutting)) return await end('delivered')
      if (await this.#isGivenUp(shipment, letter)) return await end('dead_letter')
      await intake.read()
    }
  }

  /** Everything that was to be told by then has waited as long; but nothing is given up before it was tried. */
  async #isGivenUp({ sinceMs }: Shipment, { notice }: Letter): Promise<boolean> {
    const { config, clock, delivery, deadLetters } = this.#all
    const { failingSinceMs, reason } = delivery
    const atMs = clock.now()
    if (notice === null || failingSinceMs === null) return false
    if (atMs < Math.max(sinceMs, failingSinceMs) + config.giveUpS * 1_000) return false
    try {
      await deadLetters.add(notice, { atMs, reason: reason ?? 'not delivered' })
      this.trouble = null
      return true
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.trouble = `What could not be delivered cannot be put aside: ${why}.`
      return false
    }
  }

  /** Where nothing was sent there is no number, and nothing to record but what is held. */
  async #settle(
    shipment: Shipment,
    letter: Letter,
    sent: { readonly outcome: Outcome; readonly seq: number } | null,
    entries: readonly number[],
  ): Promise<void> {
    const { waiting, tally, looking, told, clock } = this.#all
    const groups = this.#groupsOf(shipment)
    const numbersHeld = new Set(numbersOf(shipment, letter.held))
    waiting.remove(shipment.items)
    tally.settle(shipment, letter, sent?.outcome === 'dead_letter')
    const { notice, group } = shipment
    // What is held comes first: a kill between the two must not leave it behind what is answered.
    const notes: Notified[] = []
    if (letter.held.length > 0) {
      const said = { group, told: letter.held, entries: [...numbersHeld], upTo: told.upTo }
      notes.push(this.#entry({ outcome: 'held', notice: 'findings', ...said }))
    }
    if (sent !== null) {
      const answered = entries.filter(number => !numbersHeld.has(number))
      const said = { notice, group, told: letter.told, entries: answered }
      notes.push(this.#entry({ ...sent, ...said }))
    }
    await this.note(notes, groups)
    looking.done(new Set(groups.values()), clock.now())
  }

  /** The groups of findings, by their ids. */
  #groupsOf({ items, ids }: Shipment): ReadonlyMap<string, string> {
    const { told } = this.#parts
    const known = ids.flatMap(id => {
      const finding = told.finding(id)
      return finding === undefined ? [] : [[id, finding.group] as const]
    })
    return new Map([...known, ...items.map(({ id, group }) => [id, group] as const)])
  }

  #entry(fields: Fields): Notified {
    const { config, clock } = this.#options
    const { told, intake } = this.#parts
    return {
      ...{ kind: 'notified', atMs: clock.now(), route: config.name, seq: told.seq },
      ...{ notice: 'none', group: '', told: [], entries: [], upTo: intake.upTo },
      ...fields,
    }
  }

  get #all() {
    return { ...this.#options, ...this.#parts }
  }
}

type Outcome = 'delivered' | 'dead_letter' | 'withdrawn'

const numbersOf = (
  { items }: Pick<Shipment, 'items'>,
  of?: readonly { readonly id: string }[],
): readonly number[] => {
  const ids = of && new Set(of.map(({ id }) => id))
  return items.filter(({ id }) => ids?.has(id) ?? true).map(({ number }) => number)
}
