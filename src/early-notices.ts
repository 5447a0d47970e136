// What is told of a flow before its record ends, which may take half an hour: that a finding is to come. Each notice
// is held until its record has been judged, and taken back where that came to another verdict.

import type { Bench } from './bench.ts'
import type { Compliance } from './compliance.ts'
import type { Foreseen } from './findings/collect.ts'
import type { AddressBook } from './flows/addresses.ts'
import { type Ends, endsOf, recordOf } from './flows/record.ts'
import { flowAt, originAt } from './kernel/flows.ts'
import { AppBit, CLOCK, End, FLOW_FLAGS, Flag, ORIGIN_APP, STOP_FLOW } from './kernel/layout.ts'
import { getF64, getI32 } from './kernel/memory.ts'
import type { Finding } from './model/finding.ts'
import { isStrongBasis } from './model/flow.ts'
import type { OwnFlows } from './own-flows.ts'
import type { Payloads } from './payloads.ts'
import { isIrrevocable } from './policy/irrevocable.ts'

/** Notices whose records have not ended. */
const WAITING_MAX = 1000
/** Notices in a second of capture time: a storm of causes is told as its records end. */
const PER_SECOND_MAX = 100
const SECOND_NS = 1e9
/** Flags of a flow whose direction packets have told, or of one that was answered. */
const DIRECTED = Flag.BySyn | Flag.BySynAck | Flag.Answered

export class EarlyNotices {
  readonly #payloads: Payloads
  readonly #addresses: AddressBook
  readonly #own: OwnFlows
  readonly #isOn: boolean
  /** By the kernel's number of the flow. */
  readonly #waiting = new Map<number, Foreseen>()
  readonly #ids = new Set<string>()
  #early: Finding[] = []
  #withdrawn: string[] = []
  #second = Number.NEGATIVE_INFINITY
  #inSecond = 0
  /** Notices that found no room. */
  leftOut = 0

  /** `isOn`: somebody wants notices. */
  constructor(payloads: Payloads, addresses: AddressBook, own: OwnFlows, isOn: boolean) {
    this.#payloads = payloads
    this.#addresses = addresses
    this.#own = own
    this.#isOn = isOn
  }

  /** Something is to be handed over. */
  get isDue(): boolean {
    return this.#early.length > 0 || this.#withdrawn.length > 0
  }

  /**
   * The flow of these ends was answered: what will be found of its record, whatever comes, is told at once. But not at
   * the monitor's own computer: there it may be a session that its sockets are about to tell, and nobody is to be woken.
   */
  answered(flow: number, ends: Ends, { compliance, directions }: Bench): void {
    if (
      !this.#isOn ||
      compliance === null ||
      this.#waiting.has(flow) ||
      this.#own.isAtHome(ends) ||
      this.#payloads.isAwaited(flow, ends)
    )
      return
    const orientation = directions.of(ends)
    if (!isStrongBasis(orientation.basis)) return
    const app = this.#payloads.appOf(flow, orientation.clientHigh, false)
    const record = recordOf(flow, End.Active, ends, orientation, { icmpError: null, app })
    const nowNs = getF64(CLOCK)
    const judged = compliance.peek(record, nowNs)
    if (!isIrrevocable(judged)) return
    const visibility = compliance.evidence.visibility(judged.client, judged.server)
    const foreseen = compliance.findings.foresee(judged, visibility)
    if (foreseen !== null) this.#tell(flow, foreseen, nowNs)
  }

  /** Takes up the payload of the stop at hand. Where only that tells who the client is, it has perhaps done so. */
  takePayload(bench: Bench): void {
    if (!this.#isOn) {
      this.#payloads.take()
      return
    }
    const flow = getI32(STOP_FLOW)
    const app = originAt(flow) + ORIGIN_APP
    const before = getI32(app)
    this.#payloads.take()
    if ((getI32(flowAt(flow) + FLOW_FLAGS) & DIRECTED) !== Flag.Answered) return
    if ((getI32(app) & ~before & AppBit.Told) === 0) return
    this.answered(flow, endsOf(flow, this.#addresses), bench)
  }

  /** The flow's record has been judged. */
  ended(flow: number, compliance: Compliance | null): void {
    const foreseen = this.#waiting.get(flow)
    if (foreseen === undefined) return
    const { id } = foreseen.finding
    this.#waiting.delete(flow)
    this.#ids.delete(id)
    if (compliance?.findings.hasOpened(foreseen) !== true) this.#withdrawn.push(id)
  }

  /** Flows that turn out to be sessions of the monitor itself are accused no longer. */
  withdraw(isOwn: (flow: number) => boolean, compliance: Compliance | null): void {
    for (const flow of [...this.#waiting.keys()]) if (isOwn(flow)) this.ended(flow, compliance)
  }

  /** What is new since this was last asked. */
  take(): { readonly early: readonly Finding[]; readonly withdrawn: readonly string[] } {
    const early = this.#early
    const withdrawn = this.#withdrawn
    this.#early = []
    this.#withdrawn = []
    return { early, withdrawn }
  }

  #tell(flow: number, foreseen: Foreseen, nowNs: number): void {
    const { id } = foreseen.finding
    if (this.#ids.has(id)) return
    if (!this.#hasRoom(Math.floor(nowNs / SECOND_NS))) {
      this.leftOut++
      return
    }
    this.#inSecond++
    this.#waiting.set(flow, foreseen)
    this.#ids.add(id)
    this.#early.push(foreseen.finding)
  }

  #hasRoom(second: number): boolean {
    // A clock may be set back.
    if (second !== this.#second) {
      this.#second = second
      this.#inSecond = 0
    }
    return this.#waiting.size < WAITING_MAX && this.#inSecond < PER_SECOND_MAX
  }
}
