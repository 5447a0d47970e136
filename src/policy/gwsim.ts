// The machine of semantics 3.4 for one Web Server: which side opens tcp/5003, learned from what completes.

import type { FlowRecord } from '../model/flow.ts'
import type { GwsimMode } from '../model/inventory.ts'
import type { GwsimState, ModeStep, ModeView } from '../model/mode.ts'

/** Steps and changes of direction that are remembered; the oldest are forgotten. */
const STEPS_MAX = 16
/** Completions of the other direction, while the old one is silent, that make another mode. */
const COMPLETIONS_MIN = 2
const NEVER = Number.NEGATIVE_INFINITY
/** Of a longer break nobody knows that its times are true; what was learned stays learned. */
const PASSED_NS_MAX = 3600e9

/** A direction that was in use, since when, and by what that is known. */
export interface Learned {
  readonly direction: GwsimMode
  readonly sinceNs: number
  readonly why: string
}

/** What was seen of one direction. */
interface Side {
  /** Latest sign of a completed connection, and of an attempt that failed. */
  lastNs: number
  triedNs: number
  isOpen: boolean
}

export class Gwsim {
  readonly #windowNs: number
  readonly #sides: Readonly<Record<GwsimMode, Side>> = { normal: newSide(), reverse: newSide() }
  readonly #steps: ModeStep[] = []
  readonly #learned: Learned[] = []
  #state: GwsimState = 'unknown'
  /** The other direction has been alone since then, and was completed so often. */
  #alone: { sinceNs: number; completions: number } | null = null

  /** A completed connection speaks for its direction for as long as the window. */
  constructor(windowNs: number) {
    this.#windowNs = windowNs
  }

  view(declared: GwsimMode | null): ModeView {
    const { normal, reverse } = this.#sides
    return {
      ...{ declared, learned: this.direction, state: this.#state, steps: this.#steps },
      isOpen: normal.isOpen || reverse.isOpen,
      lastNs: Math.max(normal.lastNs, reverse.lastNs),
    }
  }

  get state(): GwsimState {
    return this.#state
  }

  /** The direction that is in use, or was the last one. */
  get direction(): GwsimMode | null {
    return this.latest?.direction ?? null
  }

  get latest(): Learned | null {
    return this.#learned.at(-1) ?? null
  }

  /** What was in use before this moment. A flow is never held against what it taught itself. */
  before(ns: number): Learned | null {
    return this.#learned.findLast(({ sinceNs }) => sinceNs < ns) ?? null
  }

  /** Whether the direction was in use less than the window before this moment, or since. */
  isInUse(direction: GwsimMode, ns: number): boolean {
    return this.#sides[direction].lastNs >= ns - this.#windowNs
  }

  /** Between these times nobody looked, so that they count as if they had not been. */
  pass(fromNs: number, toNs: number): void {
    const { normal, reverse } = this.#sides
    const passedNs = Math.min(PASSED_NS_MAX, Math.max(0, toNs - fromNs))
    for (const side of [normal, reverse]) {
      side.lastNs += passedNs
      side.triedNs += passedNs
    }
    if (this.#alone !== null) this.#alone.sinceNs += passedNs
  }

  completed(direction: GwsimMode, timeNs: number, between: string): void {
    const side = this.#sides[direction]
    side.lastNs = Math.max(side.lastNs, timeNs)
    side.isOpen = true
    const why = `A connection from ${between} completed.`
    const known = this.direction
    if (known === null) this.#learn(direction, timeNs, why)
    else if (known !== direction && !this.#holds(known, timeNs))
      this.#completedAlone(direction, timeNs, why)
    this.settle(timeNs, why)
  }

  /** A packet of a connection: alive, it holds its direction. What has not completed is no such sign. */
  alive(direction: GwsimMode, timeNs: number): void {
    const side = this.#sides[direction]
    if (side.lastNs !== NEVER) side.lastNs = Math.max(side.lastNs, timeNs)
  }

  /** The record of a completed connection has ended, whether it goes on or not. */
  ended(direction: GwsimMode, flow: FlowRecord, nowNs: number, between: string): void {
    const side = this.#sides[direction]
    if (side.lastNs === NEVER)
      this.completed(direction, flow.tcp?.synAck?.timeNs ?? flow.firstNs, between)
    side.lastNs = Math.max(side.lastNs, flow.lastNs)
    side.isOpen = flow.end !== 'closed' && flow.end !== 'reused'
    this.settle(nowNs)
  }

  /** An attempt was stopped. */
  failed(direction: GwsimMode, flow: FlowRecord, nowNs: number): void {
    const side = this.#sides[direction]
    side.triedNs = Math.max(side.triedNs, flow.lastNs)
    // Whoever tries again has lost what there was.
    if (flow.firstNs > side.lastNs) side.isOpen = false
    this.settle(nowNs)
  }

  /** Takes up the state that follows from what has been seen; `why` where that is one connection. */
  settle(nowNs: number, why?: string): void {
    this.#watchAlone(nowNs)
    const state = this.#stateAt(nowNs)
    if (state !== this.#state) this.#enter(state, nowNs, why ?? this.#silence(state))
  }

  #completedAlone(direction: GwsimMode, timeNs: number, why: string): void {
    this.#alone ??= { sinceNs: timeNs, completions: 0 }
    this.#alone.completions++
    if (this.#alone.completions >= COMPLETIONS_MIN) this.#learn(direction, timeNs, why)
  }

  /** A control connection lives for days: one that outlives the other direction needs no second one. */
  #watchAlone(nowNs: number): void {
    const known = this.direction
    if (known === null) return
    if (this.#holds(known, nowNs)) {
      this.#alone = null
      return
    }
    const other = otherThan(known)
    if (!this.#holds(other, nowNs)) return
    this.#alone ??= { sinceNs: nowNs, completions: 0 }
    if (this.#sides[other].lastNs - this.#alone.sinceNs >= this.#windowNs)
      this.#learn(other, nowNs, `It has outlived the other direction by ${this.#window}.`)
  }

  #stateAt(nowNs: number): GwsimState {
    const { normal, reverse } = this.#sides
    const [isNormal, isReverse] = [this.#holds('normal', nowNs), this.#holds('reverse', nowNs)]
    if (isNormal && isReverse) return 'conflict'
    const isTried = [normal, reverse].every(({ triedNs }) => nowNs - triedNs <= this.#windowNs)
    const isUp = isNormal || isReverse || normal.isOpen || reverse.isOpen
    return isTried && !isUp ? 'blocked' : (this.direction ?? 'unknown')
  }

  #holds(direction: GwsimMode, nowNs: number): boolean {
    return nowNs - this.#sides[direction].lastNs <= this.#windowNs
  }

  #learn(direction: GwsimMode, sinceNs: number, why: string): void {
    this.#learned.push({ direction, sinceNs, why })
    if (this.#learned.length > STEPS_MAX) this.#learned.shift()
    this.#alone = null
    this.#enter(direction, sinceNs, why)
  }

  #enter(state: GwsimState, sinceNs: number, why: string): void {
    if (state === this.#state) return
    this.#state = state
    this.#steps.push({ state, sinceNs, why })
    if (this.#steps.length > STEPS_MAX) this.#steps.shift()
  }

  /** Why a state follows where no completion is the reason. */
  #silence(now: GwsimState): string {
    if (now === 'blocked') return 'Both directions were tried, and none got through.'
    if (this.#state === 'blocked') return `Neither was stopped again for ${this.#window}.`
    return `The other direction has not been heard for ${this.#window}.`
  }

  get #window(): string {
    return `${this.#windowNs / 60e9} min`
  }
}

export const otherThan = (direction: GwsimMode): GwsimMode =>
  direction === 'normal' ? 'reverse' : 'normal'

const newSide = (): Side => ({ lastNs: NEVER, triedNs: NEVER, isOpen: false })
