// Which side opens tcp/5003 for each Web Server: the machines of all of them, and which flows concern them.
// What is kept grows with the declared Web Servers, and never with the traffic.

import type { Address } from '../model/address.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { GwsimMode, Placement } from '../model/inventory.ts'
import type { ModeView } from '../model/mode.ts'
import type { Connection, WatchedPacket } from '../model/sighting.ts'
import { readable } from '../model/time.ts'
import type { JudgedFlow, Verdict } from '../model/verdict.ts'
import { Gwsim, type Learned, otherThan } from './gwsim.ts'
import type { GwsimRows } from './gwsim-rows.ts'
import type { Oriented } from './orientation.ts'
import { isAnswered } from './outcome.ts'
import { isPeer, type Rulebook } from './rulebook.ts'

const LIMIT = 'mode_window_s'
/** Where the rules name no other. */
const WINDOW_SECONDS = 600

/** An opening of 5003 that a mode decides about. */
interface Opening {
  readonly web: string
  readonly direction: GwsimMode
}

export class GwsimModes {
  readonly #book: Rulebook
  readonly #windowNs: number
  readonly #rows: GwsimRows | null
  #machines = new Map<string, Gwsim>()

  /** `rows` tells how the Web Servers stand, where somebody wants to know. */
  constructor(book: Rulebook, rows: GwsimRows | null = null) {
    const limit = book.policy.limits.find(({ metric }) => metric === LIMIT)
    this.#book = book
    this.#rows = rows
    this.#windowNs = (limit?.value ?? WINDOW_SECONDS) * 1e9
  }

  /** Goes on with what was learned of the same Web Servers; whether that could be, by the same window. */
  inherit(former: GwsimModes): boolean {
    if (former.#windowNs !== this.#windowNs) return false
    this.#machines = former.#machines
    if (former.#rows !== null) this.#rows?.inherit(former.#rows)
    return true
  }

  /** The Web Server as it stands; undefined where nobody opened its port, or was kept from it. */
  view(web: string): ModeView | undefined {
    return this.#machines.get(web)?.view(this.#book.conditions.gwsim.get(web) ?? null)
  }

  /** A connection was answered; `isKnown`: it was open when these rules came into force. */
  connected(connection: Connection, isKnown = false): void {
    const { client, server, transport, serverPort, isReset, timeNs, basis } = connection
    if (transport !== 'tcp' || isReset) return
    const opening = this.#openingOf(client, server, serverPort)
    if (opening === null) return
    this.#machineOf(opening).completed(opening.direction, timeNs, between(client, server))
    const isOpening = basis === 'syn' || basis === 'synack'
    if (isOpening && !isKnown) this.#rows?.completed(opening.web, opening.direction)
    this.#tell(opening.web, timeNs)
  }

  /** A packet between MeetingPlace servers. The end on 5003 is the server, mid-stream too. */
  packet({ low, high, timeNs }: WatchedPacket, place: (address: Address) => Placement): void {
    const [client, server] = this.#book.isModePort(low.port) ? [high, low] : [low, high]
    if (!this.#book.isModePort(server.port)) return
    const opening = this.#openingOf(place(client.address), place(server.address), server.port)
    if (opening !== null) this.#machines.get(opening.web)?.alive(opening.direction, timeNs)
  }

  /** A record has ended: the last sign of its connection, or an attempt that failed. */
  ended({ flow, client, server, verdict }: JudgedFlow, nowNs: number): void {
    const opening = this.#openingIn(flow, client, server)
    if (opening === null) return
    const { web, direction } = opening
    const { state } = verdict.outcome
    if (state === 'answered') {
      this.#machineOf(opening).ended(direction, flow, nowNs, between(client, server))
      if (isOpeningHalfSeen(flow)) this.#rows?.completed(web, direction)
    } else if (state === 'blocked' || state === 'refused') {
      this.#machineOf(opening).failed(direction, flow, nowNs)
      this.#rows?.blocked(web, direction)
    }
    this.#tell(web, nowNs)
  }

  /** A second is over: what has not been heard for long enough holds no more. */
  tick(nowNs: number): void {
    this.#rows?.tick(nowNs)
    for (const [web, machine] of this.#machines) {
      machine.settle(nowNs)
      this.#rows?.stands(web, machine.state, nowNs)
    }
  }

  /** A second without packets is over. */
  quiet(nowNs: number): void {
    this.#rows?.quiet(nowNs)
  }

  finish(nowNs: number): void {
    this.#rows?.finish(nowNs)
  }

  /** Between these times nobody looked. */
  pass(fromNs: number, toNs: number): void {
    for (const machine of this.#machines.values()) machine.pass(fromNs, toNs)
  }

  /**
   * The direction against which a flow is to be held as learned; null where there is none yet, the site
   * declares one, or the flow is older than the capture, so that nobody knows what it was opened against.
   */
  against(flow: FlowRecord, client: Placement, server: Placement): Learned | null {
    const opening = this.#openingIn(flow, client, server)
    if (opening === null || this.#book.conditions.gwsim.has(opening.web)) return null
    const machine = this.#machines.get(opening.web)
    if (machine === undefined) return null
    // What failed is held against what is known by now: the other direction may have completed meanwhile.
    if (!isAnswered(flow)) return machine.latest
    const answer = flow.tcp?.synAck ?? flow.tcp?.syn ?? null
    return answer === null ? null : machine.before(answer.timeNs)
  }

  /** Where a direction was learned, the verdict says when, and how sure that makes it. */
  decide(verdict: Verdict, { flow, client, server }: Oriented, epochSeconds: number): Verdict {
    const learned =
      verdict.reason === 'forbidden_by_mode' ? this.against(flow, client, server) : null
    if (learned === null) return verdict
    const since = readable(epochSeconds, learned.sinceNs)
    const told = `${learned.direction.toUpperCase()} since ${since}. ${learned.why}`
    if (verdict.kind !== 'escaped' || this.#isContested(flow, client, server))
      return { ...verdict, why: [told, ...verdict.why] }
    return { ...verdict, confidence: 'possible', why: [told, SILENT, ...verdict.why] }
  }

  /** Whether the other direction than the flow's was in use at its time. */
  #isContested(flow: FlowRecord, client: Placement, server: Placement): boolean {
    const opening = this.#openingIn(flow, client, server)
    const machine = opening === null ? undefined : this.#machines.get(opening.web)
    return opening !== null && machine?.isInUse(otherThan(opening.direction), flow.firstNs) === true
  }

  #openingIn({ transport, server: { port } }: FlowRecord, client: Placement, server: Placement) {
    return transport === 'tcp' ? this.#openingOf(client, server, port) : null
  }

  #openingOf(client: Placement, server: Placement, port: number): Opening | null {
    if (!this.#book.isModePort(port)) return null
    const row = this.#book
      .covering({ transport: 'tcp', port })
      .find(({ mode, from, to }) => mode !== null && isPeer(from, client) && isPeer(to, server))
    const isByWeb = row?.mode?.opener === 'web'
    const { node } = isByWeb ? client : server
    if (row === undefined || node === null) return null
    return { web: node.name, direction: isByWeb ? 'normal' : 'reverse' }
  }

  #tell(web: string, nowNs: number): void {
    const machine = this.#machines.get(web)
    if (machine !== undefined) this.#rows?.stands(web, machine.state, nowNs)
  }

  #machineOf({ web }: Opening): Gwsim {
    const machine = this.#machines.get(web) ?? new Gwsim(this.#windowNs)
    this.#machines.set(web, machine)
    return machine
  }
}

const between = (client: Placement, server: Placement): string => `${client.name} to ${server.name}`

/** Nobody was told of its answer, since one direction only was seen. */
const isOpeningHalfSeen = ({ resumed, tcp, toServer, toClient }: FlowRecord): boolean =>
  !resumed &&
  (tcp?.syn ?? tcp?.synAck ?? null) !== null &&
  (toServer.packets === 0 || toClient.packets === 0)

const SILENT = 'That direction has been silent for long, so the mode may have been changed.'
