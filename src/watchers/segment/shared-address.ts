// F-06: the shared address belongs to one Application Server at a time. Who has it is active, the other one
// stands by. A clean move is an event; two that hold it at once is the worst that can happen.

import type { Address } from '../../model/address.ts'
import type { Node, Placement } from '../../model/inventory.ts'
import type { Observation } from '../../model/observation.ts'
import type { Span } from '../../model/quality.ts'
import type { WatchedPacket } from '../../model/sighting.ts'
import type { Watch } from '../watcher.ts'
import { Holders } from './holders.ts'
import { hopsOf } from './hops.ts'
import { type Card, type Claim, isShared } from './neighbours.ts'
import type { Owners } from './owners.ts'
import { type Outcome, Ownership } from './ownership.ts'

const STATEMENT = 'F-06'
const EXPECTED = 'one Application Server at a time sends from the shared address'

/** So soon after one change of card the kernel tells no other. */
const PAUSE_NS = 0.1e9

/** For other watchers: which Application Server is active. */
export interface ActiveNode {
  /** Name of the node; null where that is not proven, or contested. */
  activeNode(ns: number): string | null
  /** The one node that was active between both times, as far as that is known. */
  activeDuring(firstNs: number, lastNs: number): string | null
}

/** The same, and how many hold the shared address at once. */
export interface SharedHolder extends ActiveNode {
  /** In a window that ends now; 0 where nobody is known to have had it. Of several addresses the most. */
  holdersIn(window: Span): number
}

type Moved = Extract<Outcome, { kind: 'moved' }>

export class SharedAddress implements SharedHolder {
  readonly #watch: Watch
  readonly #owners: Owners
  readonly #shared: readonly Node[]
  /** By address; the declared ones only. */
  readonly #held = new Map<string, Ownership>()
  readonly #holders = new Map<string, Holders>()
  /** By address, the latest packet that was a claim, */
  readonly #sent = new Map<string, Claim>()
  /** and the addresses whose latest change of card it was: packets go on to come by that card. */
  readonly #goesOn = new Set<string>()
  /** An address has just moved: whether its old holder goes on is of interest. */
  #isUnsettled = false

  constructor(watch: Watch, owners: Owners) {
    this.#watch = watch
    this.#owners = owners
    this.#shared = watch.site.nodes.filter(isShared)
    const areOne = (one: string, other: string) => owners.areOne(one, other)
    for (const { text } of this.#shared.flatMap(({ addresses }) => addresses)) {
      this.#held.set(text, new Ownership(areOne))
      this.#holders.set(text, new Holders(areOne))
    }
  }

  activeNode(ns: number): string | null {
    return this.activeDuring(ns, ns)
  }

  activeDuring(firstNs: number, lastNs: number): string | null {
    const cards = [...this.#held.values()].map(held => held.cardDuring(firstNs, lastNs))
    const names = cards.flatMap(mac => (mac === null ? [] : [this.#owners.of(mac)?.name ?? null]))
    return new Set(names).size === 1 ? (names[0] ?? null) : null
  }

  holdersIn(window: Span): number {
    const { fromNs } = window
    const counts = [...this.#holders].map(([address, holders]) => {
      const before = this.#held.get(address)?.cardDuring(fromNs, fromNs) ?? null
      return holders.countSince(window, before)
    })
    return Math.max(0, ...counts)
  }

  claimed(claim: Claim): void {
    const { text } = claim.placement.address
    const held = this.#held.get(text)
    if (held === undefined) return
    this.#holders.get(text)?.heard(claim.mac, claim.timeNs)
    this.#tell(held.claim(claim))
    if (held.isHeld) this.#watch.kept(STATEMENT, claim.timeNs)
  }

  /** A packet from the address came by another card than the one before; null where that claims nothing. */
  sourced({ text }: Address, claim: Claim | null): void {
    if (!this.#held.has(text)) return
    if (claim === null) this.#goesOn.delete(text)
    else {
      this.#goesOn.add(text)
      this.#sent.set(text, claim)
    }
  }

  /**
   * Packets that go on as before are no news to the kernel. After a move they are: whoever announced that
   * the address is his now would be contradicted by them.
   */
  packet(watched: WatchedPacket): void {
    if (!this.#isUnsettled) return
    const { isFromHigh, low, high, timeNs, ttl, packet } = watched
    const { text } = (isFromHigh ? high : low).address
    const sent = this.#sent.get(text)
    if (sent === undefined || !this.#goesOn.has(text) || hopsOf(ttl) !== 0) return
    if (timeNs - sent.timeNs < PAUSE_NS) return
    const says = `${sent.mac} still sends from ${text} with TTL ${ttl}`
    this.claimed({ ...sent, timeNs, packet, says })
  }

  tick(nowNs: number): void {
    for (const held of this.#held.values()) this.#tell(held.settle(nowNs))
  }

  finish(_firstNs: number, nowNs: number): void {
    for (const held of this.#held.values()) this.#tell(held.finish(nowNs))
    if (this.#shared.length === 0)
      this.#watch.blind(STATEMENT, 'The site declares no shared address, a node with role app-vip.')
    else if (![...this.#held.values()].some(({ isKnown }) => isKnown))
      this.#watch.blind(STATEMENT, `${NO_VANTAGE('the shared address')}.`)
  }

  #tell(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes)
      this.#watch.observe(
        outcome.kind === 'moved' ? this.#moved(outcome) : this.#contested(outcome.claims),
      )
    this.#isUnsettled = [...this.#held.values()].some(({ isUnsettled }) => isUnsettled)
  }

  #contested(claims: readonly [Claim, ...Claim[]]): Observation {
    const [first] = claims
    const { timeNs: lastNs } = claims.at(-1) ?? first
    const { placement } = first
    const holders = [...new Set(claims.map(({ mac }) => this.#holder(mac)))]
    return {
      ...{ verdict: 'topology', reason: 'split_brain', row: STATEMENT },
      ...{ source: placement, destination: placement, service: null },
      ...{ confidence: 'confirmed', proofs: 1, expected: EXPECTED },
      title: `${placement.name} is held by ${joined(holders)} at once`,
      fix: `Take ${placement.name} off all but one of them at once, and find out why the others hold it: a server that was restored, a lost link between the two, or a stranger.`,
      why: claims.map(claim => this.#sentence(claim)),
      ...{ firstNs: first.timeNs, lastNs, flows: [], frames: claims.map(frameOf) },
    }
  }

  #moved(outcome: Moved): Observation {
    const { from, to } = outcome
    const isStranger = this.#owners.of(to.mac) === null && this.#owners.areAllKnown
    return isStranger ? this.#taken(outcome) : this.#failover(from, to, outcome)
  }

  #failover(from: Claim, to: Claim, outcome: Moved): Observation {
    const { placement } = to
    const active = this.#holder(to.mac)
    return {
      ...{ verdict: 'event', reason: 'failover', row: STATEMENT, service: null },
      ...{ source: this.#place(from), destination: this.#place(to) },
      ...{ confidence: this.#isConfirmed(outcome) ? 'confirmed' : 'probable', proofs: 1 },
      title: `${placement.name} went from ${this.#holder(from.mac)} to ${active}`,
      fix: `If nobody meant to change over, find out why ${this.#holder(from.mac)} gave up.`,
      expected: EXPECTED,
      why: [...this.#story(outcome), `Active now: ${active}.`],
      ...this.#proof(outcome),
    }
  }

  /** An announcement alone is none: the new holder has sent something, and the old one nothing more. */
  #isConfirmed({ to, isSettled }: Moved): boolean {
    const sent = this.#sent.get(to.placement.address.text)
    return isSettled && sent !== undefined && this.#owners.areOne(sent.mac, to.mac)
  }

  #taken(outcome: Moved): Observation {
    const { placement, mac } = outcome.to
    return {
      ...{ verdict: 'topology', reason: 'shared_address_taken', row: STATEMENT, service: null },
      ...{ source: placement, destination: placement, confidence: 'probable', proofs: 1 },
      title: `${placement.name} is held by a card of no Application Server`,
      fix: `Find the host with the card ${mac} and take the address off it; if it is a new card of an Application Server, declare it in the site file.`,
      expected: EXPECTED,
      why: [
        ...this.#story(outcome),
        'Cards of all Application Servers are known: it is none of them.',
      ],
      ...this.#proof(outcome),
    }
  }

  #story({ from, to, untilNs, isSettled }: Moved): readonly string[] {
    const seconds = Math.floor((untilNs - to.timeNs) / 1e9)
    const silent = `${this.#holder(from.mac)} was not heard with the address in the ${seconds} s after that`
    const end = isSettled ? '.' : ', when the capture ended.'
    return [this.#sentence(from), this.#sentence(to), `${silent}${end}`]
  }

  #proof({
    from,
    to,
    untilNs,
  }: Moved): Pick<Observation, 'firstNs' | 'lastNs' | 'flows' | 'frames'> {
    return { firstNs: to.timeNs, lastNs: untilNs, flows: [], frames: [from, to].map(frameOf) }
  }

  #sentence(claim: Claim): string {
    const owner = this.#owners.of(claim.mac)
    const whose = owner === null ? '' : `, a card of ${owner.name}`
    return `${this.#watch.timeText(claim.timeNs)}: ${claim.says}${whose}.`
  }

  #holder(mac: string): string {
    return this.#owners.of(mac)?.name ?? `the card ${mac}`
  }

  /** Where the server stands; the shared address itself where the card tells no server. */
  #place({ mac, placement }: Claim): Placement {
    const [address] = this.#owners.of(mac)?.addresses ?? []
    return address === undefined ? placement : this.#watch.place(address)
  }
}

/** Why nothing can be told of cards, without its full stop. */
export const NO_VANTAGE = (whose: string): string =>
  `No ARP of ${whose} and no frame of it with an initial TTL: this sensor is not on the servers' segment`

export const frameOf = ({ timeNs, packet, says }: Card) => ({ timeNs, packet, says })

const joined = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
