// Who holds a shared address when (F-06, A-40): a plain record of claims, which tells a move from one
// server to the other from two that hold it at once.

import type { Claim } from './neighbours.ts'

const NS = 1e9
/** In this time after a move nobody but the new holder may be heard. */
const WINDOW_NS = 60 * NS
/** What the old holder sent just before may still be on its way, */
const STRAGGLER_NS = 0.1 * NS
/** and sensors may differ in time, so that captures of several put it behind the new holder's. */
const OTHER_CLOCK_NS = 5 * NS
/** Two answers to the same question: nobody gives the address up and takes it over so fast. */
const SAME_QUESTION_NS = 1 * NS
/** Moves that are remembered; of older times nobody is known to have been active. */
const TURNS_MAX = 64

/** From a time on this card had the address; null where several claimed it. */
interface Turn {
  readonly sinceNs: number
  readonly mac: string | null
}

/** What came out: the address went to another holder, or several hold it. */
export type Outcome =
  | {
      readonly kind: 'moved'
      readonly from: Claim
      readonly to: Claim
      readonly untilNs: number
      /** The old holder was silent for the whole window. */
      readonly isSettled: boolean
    }
  | { readonly kind: 'contested'; readonly claims: readonly [Claim, ...Claim[]] }

export class Ownership {
  readonly #isSame: (one: string, other: string) => boolean
  readonly #turns: Turn[] = []
  #holder: Claim | null = null
  /** Who had it before a move that is not settled, or before a contest. */
  #before: Claim | null = null
  /** The claim that began it. */
  #change: Claim | null = null
  #contest: { lastNs: number; toldNs: number } | null = null

  /** `isSame` tells whether two cards belong to one server. */
  constructor(isSame: (one: string, other: string) => boolean) {
    this.#isSame = isSame
  }

  /** One has it, and nobody else was heard with it lately. */
  get isHeld(): boolean {
    return this.#holder !== null && this.#before === null
  }

  /** The address has just moved, and the old holder should be silent. */
  get isUnsettled(): boolean {
    return this.#before !== null && this.#holder !== null && this.#contest === null
  }

  get isKnown(): boolean {
    return this.#turns.length > 0
  }

  /** Takes a claim, in order of time. */
  claim(claim: Claim): readonly Outcome[] {
    const settled = this.settle(claim.timeNs)
    const news = this.#take(claim)
    return news === null ? settled : [...settled, news]
  }

  /** Ends what has been quiet for the whole window. */
  settle(nowNs: number): readonly Outcome[] {
    const sinceNs = this.#contest?.lastNs ?? this.#change?.timeNs ?? nowNs
    if (this.#before === null || this.#holder === null || nowNs - sinceNs <= WINDOW_NS) return []
    if (this.#contest === null) return this.#end(sinceNs + WINDOW_NS, true)
    // Who spoke last need not have won: the next to claim it has it.
    this.#contest = this.#holder = null
    return []
  }

  /** The capture is over: a move that nothing spoke against stands as it is. */
  finish(nowNs: number): readonly Outcome[] {
    const settled = this.settle(nowNs)
    return this.isUnsettled ? this.#end(nowNs, false) : settled
  }

  /** The only card that had the address between two times, as far as anybody is known to have had it. */
  cardDuring(firstNs: number, lastNs: number): string | null {
    const turns = this.#turns.filter(
      ({ sinceNs }, index) =>
        sinceNs <= lastNs &&
        (this.#turns[index + 1]?.sinceNs ?? Number.POSITIVE_INFINITY) > firstNs,
    )
    const [first, ...others] = turns
    const mac = first?.mac ?? null
    if (mac === null) return null
    return others.every(turn => turn.mac !== null && this.#isSame(turn.mac, mac)) ? mac : null
  }

  #take(claim: Claim): Outcome | null {
    const holder = this.#holder
    if (holder === null) return this.#takeUp(claim)
    if (this.#isSame(holder.mac, claim.mac)) {
      this.#holder = claim
      return null
    }
    if (this.#contest !== null) return this.#goesOn(holder, claim, this.#contest)
    if (this.#before === null && !isSameQuestion(holder, claim)) return this.#move(holder, claim)
    if (this.#before !== null && this.#isStraggler(this.#before, claim)) return null
    return this.#begin(this.#before ?? holder, holder, claim)
  }

  /** Nobody has it: this is the first claim of all, or the first one after a contest. */
  #takeUp(claim: Claim): null {
    const before = this.#before
    if (before !== null && !this.#isSame(before.mac, claim.mac)) return this.#move(before, claim)
    this.#before = null
    this.#holder = claim
    this.#turn({ sinceNs: claim.timeNs, mac: claim.mac })
    return null
  }

  #isStraggler(before: Claim, { mac, timeNs, packet }: Claim): boolean {
    const change = this.#change
    if (change === null || !this.#isSame(before.mac, mac)) return false
    const graceNs = packet.file === change.packet.file ? STRAGGLER_NS : OTHER_CLOCK_NS
    return timeNs - change.timeNs <= graceNs
  }

  #move(holder: Claim, claim: Claim): null {
    this.#before = holder
    this.#holder = claim
    this.#change = claim
    this.#turn({ sinceNs: claim.timeNs, mac: claim.mac })
    return null
  }

  #begin(before: Claim, holder: Claim, claim: Claim): Outcome {
    // From the first move on it was open who has the address.
    const sinceNs = this.#before === null ? claim.timeNs : (this.#change ?? claim).timeNs
    this.#turn({ sinceNs, mac: null })
    this.#before = before
    this.#holder = claim
    this.#contest = { lastNs: claim.timeNs, toldNs: claim.timeNs }
    return {
      kind: 'contested',
      claims: before === holder ? [before, claim] : [before, holder, claim],
    }
  }

  /** Told once in a window, so that a flood of claims makes no flood of words. */
  #goesOn(
    holder: Claim,
    claim: Claim,
    contest: { lastNs: number; toldNs: number },
  ): Outcome | null {
    this.#holder = claim
    contest.lastNs = claim.timeNs
    if (claim.timeNs - contest.toldNs < WINDOW_NS) return null
    contest.toldNs = claim.timeNs
    return { kind: 'contested', claims: [holder, claim] }
  }

  #end(untilNs: number, isSettled: boolean): readonly Outcome[] {
    const [from, to] = [this.#before, this.#change]
    this.#before = null
    if (from === null || to === null || this.#isSame(from.mac, to.mac)) return []
    return [{ kind: 'moved', from, to, untilNs, isSettled }]
  }

  #turn(turn: Turn): void {
    this.#turns.push(turn)
    if (this.#turns.length > TURNS_MAX) this.#turns.shift()
  }
}

const isSameQuestion = (one: Claim, other: Claim): boolean =>
  one.asker !== null &&
  one.asker === other.asker &&
  one.packet.file === other.packet.file &&
  one.asker !== one.placement.address.text && // a gratuitous reply asks nobody
  other.timeNs - one.timeNs <= SAME_QUESTION_NS
