// The machine of semantics 3.4: which side opens tcp/5003 for each Web Server, learned from what completes.
// It grows with the declared Web Servers, and never with the traffic.

import type { FlowRecord } from '../model/flow.ts'
import type { GwsimMode, Placement } from '../model/inventory.ts'
import type { GwsimState, ModeStep, ModeView } from '../model/mode.ts'
import type { Connection, WatchedPacket } from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { isAnswered } from './outcome.ts'
import { isPeer, type Rulebook, type Service } from './rulebook.ts'

/** Steps and changes of direction that are remembered of a Web Server; the oldest are forgotten. */
const STEPS_MAX = 16
/** Completions of the other direction, while the old one is silent, that make another mode. */
const COMPLETIONS_MIN = 2
/** Where the rules name no other: how long a completed connection speaks for its direction. */
const WINDOW_SECONDS = 600
const LIMIT = 'mode_window_s'

/** An opening of 5003 that a mode decides about. */
interface Opening {
  readonly web: string
  readonly direction: GwsimMode
}

/** What was seen of one direction. */
interface Side {
  /** Latest sign of a completed connection, and of an attempt that failed. */
  lastNs: number
  triedNs: number
  isOpen: boolean
}

/** A direction that was in use, since when, and by what that is known. */
export interface Learned {
  readonly direction: GwsimMode
  readonly sinceNs: number
  readonly why: string
}

interface Machine {
  readonly sides: Readonly<Record<GwsimMode, Side>>
  readonly steps: ModeStep[]
  readonly learned: Learned[]
  state: GwsimState
  /** The other direction has been alone since then, and was completed so often. */
  alone: { readonly sinceNs: number; completions: number } | null
}

export class GwsimModes {
  readonly #book: Rulebook
  readonly #windowNs: number
  readonly #machines = new Map<string, Machine>()

  constructor(book: Rulebook) {
    const limit = book.policy.limits.find(({ metric }) => metric === LIMIT)
    this.#book = book
    this.#windowNs = (limit?.value ?? WINDOW_SECONDS) * 1e9
  }

  /** The Web Server as it stands; undefined where no opening of its port was tried. */
  view(web: string): ModeView | undefined {
    const machine = this.#machines.get(web)
    if (machine === undefined) return undefined
    const { normal, reverse } = machine.sides
    return {
      declared: this.#book.conditions.gwsim.get(web) ?? null,
      learned: directionOf(machine),
      state: machine.state,
      steps: machine.steps,
      isOpen: normal.isOpen || reverse.isOpen,
      lastNs: Math.max(normal.lastNs, reverse.lastNs),
      triedNs: Math.max(normal.triedNs, reverse.triedNs),
    }
  }

  /** Another connection was answered; only one that a mode decides about is of interest. */
  connected({ client, server, transport, serverPort, isReset, timeNs }: Connection): void {
    if (transport !== 'tcp' || isReset) return
    const opening = this.#openingOf(client, server, { transport, port: serverPort })
    if (opening !== null) this.#complete(opening, timeNs, `${client.name} to ${server.name}`)
  }

  /** A packet between MeetingPlace servers: a connection that is alive holds its direction. */
  packet({ low, high, transport, timeNs }: WatchedPacket, place: Place): void {
    if (transport !== 'tcp') return
    const [client, server] = this.#book.isModePort(low.port) ? [high, low] : [low, high]
    if (!this.#book.isModePort(server.port)) return
    const service: Service = { transport, port: server.port }
    const opening = this.#openingOf(place(client.address), place(server.address), service)
    if (opening === null) return
    const side = this.#machines.get(opening.web)?.sides[opening.direction]
    // What has not completed yet is no sign of life.
    if (side !== undefined && side.lastNs >= 0) side.lastNs = Math.max(side.lastNs, timeNs)
  }

  /** A record has ended: the last sign of its connection, or an attempt that failed. */
  ended({ flow, client, server, verdict }: JudgedFlow, nowNs: number): void {
    const opening = this.#openingIn(flow, client, server)
    if (opening === null) return
    const { state } = verdict.outcome
    const between = `${client.name} to ${server.name}`
    if (state === 'answered') this.#closed(opening, flow, between, nowNs)
    else if (state === 'blocked' || state === 'refused') this.#failed(opening, flow, nowNs)
  }

  /** A second is over: what has not been heard for long enough holds no more. */
  tick(nowNs: number): void {
    for (const machine of this.#machines.values()) this.#settle(machine, nowNs)
  }

  /**
   * The direction against which a flow is to be held as learned; null where there is none yet, the site
   * declares one, or the flow is older than the capture, so that nobody knows what it was opened against.
   */
  against(flow: FlowRecord, client: Placement, server: Placement): Learned | null {
    const web = this.#openingIn(flow, client, server)?.web
    const machine = web === undefined ? undefined : this.#machines.get(web)
    if (web === undefined || machine === undefined || this.#book.conditions.gwsim.has(web))
      return null
    // What failed is held against what is known by now: the other direction may have completed meanwhile.
    if (!isAnswered(flow)) return machine.learned.at(-1) ?? null
    const answer = flow.tcp?.synAck ?? flow.tcp?.syn ?? null
    // A flow is not held against itself: what it taught counts only for those after it.
    const isBefore = ({ sinceNs }: Learned) => answer !== null && sinceNs < answer.timeNs
    return machine.learned.findLast(isBefore) ?? null
  }

  /** Whether the other direction was in use less than the window before the flow, or since. */
  isContested(flow: FlowRecord, client: Placement, server: Placement): boolean {
    const opening = this.#openingIn(flow, client, server)
    const machine = opening === null ? undefined : this.#machines.get(opening.web)
    if (opening === null || machine === undefined) return false
    return machine.sides[otherOf(opening.direction)].lastNs >= flow.firstNs - this.#windowNs
  }

  #openingIn({ transport, server: { port } }: FlowRecord, client: Placement, server: Placement) {
    return transport === 'tcp' ? this.#openingOf(client, server, { transport, port }) : null
  }

  #openingOf(client: Placement, server: Placement, service: Service): Opening | null {
    if (!this.#book.isModePort(service.port)) return null
    const row = this.#book
      .covering(service)
      .find(({ mode, from, to }) => mode !== null && isPeer(from, client) && isPeer(to, server))
    const isByWeb = row?.mode?.opener === 'web'
    const { node } = isByWeb ? client : server
    if (row === undefined || node === null) return null
    return { web: node.name, direction: isByWeb ? 'normal' : 'reverse' }
  }

  #machineOf(web: string): Machine {
    const known = this.#machines.get(web)
    if (known !== undefined) return known
    const machine: Machine = {
      sides: { normal: newSide(), reverse: newSide() },
      ...{ steps: [], learned: [], state: 'unknown', alone: null },
    }
    this.#machines.set(web, machine)
    return machine
  }

  #complete({ web, direction }: Opening, timeNs: number, between: string): void {
    const machine = this.#machineOf(web)
    const side = machine.sides[direction]
    side.lastNs = Math.max(side.lastNs, timeNs)
    side.isOpen = true
    const why = `A connection from ${between} completed.`
    const learned = directionOf(machine)
    if (learned === null) this.#learn(machine, direction, timeNs, why)
    else if (learned !== direction && !this.#holds(machine.sides[learned], timeNs))
      this.#completeAlone(machine, direction, timeNs, why)
    this.#settle(machine, timeNs, why)
  }

  #completeAlone(machine: Machine, direction: GwsimMode, timeNs: number, why: string): void {
    machine.alone ??= { sinceNs: timeNs, completions: 0 }
    machine.alone.completions++
    if (machine.alone.completions >= COMPLETIONS_MIN) this.#learn(machine, direction, timeNs, why)
  }

  #closed(opening: Opening, flow: FlowRecord, between: string, nowNs: number): void {
    const side = this.#machineOf(opening.web).sides[opening.direction]
    const startNs = flow.tcp?.synAck?.timeNs ?? flow.firstNs
    if (side.lastNs < 0) this.#complete(opening, startNs, between)
    side.lastNs = Math.max(side.lastNs, flow.lastNs)
    side.isOpen = flow.end !== 'closed' && flow.end !== 'reused'
    this.#settle(this.#machineOf(opening.web), nowNs)
  }

  #failed({ web, direction }: Opening, flow: FlowRecord, nowNs: number): void {
    const machine = this.#machineOf(web)
    const side = machine.sides[direction]
    side.triedNs = Math.max(side.triedNs, flow.lastNs)
    // Whoever tries again has lost what there was.
    if (flow.firstNs > side.lastNs) side.isOpen = false
    this.#settle(machine, nowNs)
  }

  #learn(machine: Machine, direction: GwsimMode, sinceNs: number, why: string): void {
    machine.learned.push({ direction, sinceNs, why })
    if (machine.learned.length > STEPS_MAX) machine.learned.shift()
    machine.alone = null
    this.#enter(machine, direction, sinceNs, why)
  }

  /** Takes up the state that follows from what has been seen. */
  #settle(machine: Machine, nowNs: number, why?: string): void {
    this.#watchAlone(machine, nowNs)
    const state = this.#stateOf(machine, nowNs)
    if (state !== machine.state)
      this.#enter(machine, state, nowNs, why ?? this.#silence(machine.state, state))
  }

  /** Why one state follows upon another where no completion is the reason. */
  #silence(before: GwsimState, now: GwsimState): string {
    if (now === 'blocked') return 'Both directions were tried, and none got through.'
    if (before === 'blocked') return `Neither direction was stopped in the last ${this.#window}.`
    return `The other direction has not been heard for ${this.#window}.`
  }

  /** A control connection lives for days: one that outlives the other direction needs no second one. */
  #watchAlone(machine: Machine, nowNs: number): void {
    const learned = directionOf(machine)
    if (learned === null) return
    const other = otherOf(learned)
    const isAlone =
      this.#holds(machine.sides[other], nowNs) && !this.#holds(machine.sides[learned], nowNs)
    if (!isAlone) {
      if (this.#holds(machine.sides[learned], nowNs)) machine.alone = null
      return
    }
    machine.alone ??= { sinceNs: nowNs, completions: 0 }
    const { lastNs } = machine.sides[other]
    if (lastNs - machine.alone.sinceNs >= this.#windowNs)
      this.#learn(machine, other, nowNs, `It has outlived the other by ${this.#window}.`)
  }

  #stateOf(machine: Machine, nowNs: number): GwsimState {
    const { normal, reverse } = machine.sides
    const [isNormal, isReverse] = [this.#holds(normal, nowNs), this.#holds(reverse, nowNs)]
    if (isNormal && isReverse) return 'conflict'
    const isTried = [normal, reverse].every(({ triedNs }) => nowNs - triedNs <= this.#windowNs)
    const isOpen = normal.isOpen || reverse.isOpen
    if (isTried && !isNormal && !isReverse && !isOpen) return 'blocked'
    return directionOf(machine) ?? 'unknown'
  }

  get #window(): string {
    return `${this.#windowNs / 60e9} min`
  }

  #holds({ lastNs }: Side, nowNs: number): boolean {
    return nowNs - lastNs <= this.#windowNs
  }

  #enter(machine: Machine, state: GwsimState, sinceNs: number, why: string): void {
    if (state === machine.state) return
    machine.state = state
    machine.steps.push({ state, sinceNs, why })
    if (machine.steps.length > STEPS_MAX) machine.steps.shift()
  }
}

type Place = (address: WatchedPacket['low']['address']) => Placement

const newSide = (): Side => ({
  ...{ lastNs: Number.NEGATIVE_INFINITY, triedNs: Number.NEGATIVE_INFINITY },
  isOpen: false,
})

const otherOf = (direction: GwsimMode): GwsimMode => (direction === 'normal' ? 'reverse' : 'normal')

const directionOf = ({ learned }: Machine): GwsimMode | null => learned.at(-1)?.direction ?? null
