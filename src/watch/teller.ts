// Collects what the engine has to tell, and sends it: once a second, and at once where a finding opens. While the
// main thread is behind, findings wait and only their latest state is sent, and rows are left out and counted, so
// that a slow store never holds up the reading of packets.

import type { Coverage } from '../model/coverage.ts'
import type { Ledger } from '../model/ledger.ts'
import type {
  BlindInterval,
  FlowRow,
  InterfaceState,
  Point,
  Telling,
  ToldFinding,
} from '../model/live.ts'

/** Tellings that the main thread has not answered; more wait here. */
const UNANSWERED_MAX = 4

/** Rows of each kind that wait to be sent. */
const ROWS_WAITING_MAX = 20_000

/** With so many rows the next telling is due: a fast source brings more of them in a second than may wait. */
const ROWS_TOLD_AT = 5_000

/** What each telling says of the whole, as it is when it is sent. */
export interface Standing {
  readonly generation: number
  readonly captureMs: number | null
  readonly firstMs: number | null
  readonly ledger: Ledger
  readonly interfaces: readonly InterfaceState[]
}

export class Teller {
  readonly #send: (telling: Telling) => void
  readonly #findings = new Map<string, ToldFinding>()
  readonly #gone = new Set<string>()
  readonly #blind = new Map<string, BlindInterval>()
  readonly #leftOut = { flows: 0, points: 0 }
  #flows: FlowRow[] = []
  #points: Point[] = []
  #coverage: Coverage | null = null
  readonly #waiting: (() => void)[] = []
  #number = 0
  #answered = 0

  constructor(send: (telling: Telling) => void) {
    this.#send = send
  }

  finding(told: ToldFinding): void {
    const { id } = told.finding
    this.#gone.delete(id)
    this.#findings.set(id, told)
  }

  gone(id: string): void {
    this.#findings.delete(id)
    this.#gone.add(id)
  }

  flow(row: FlowRow): void {
    if (this.#flows.length < ROWS_WAITING_MAX) this.#flows.push(row)
    else this.#leftOut.flows++
  }

  point(point: Point): void {
    if (this.#points.length < ROWS_WAITING_MAX) this.#points.push(point)
    else this.#leftOut.points++
  }

  /** That it began and that it ended are both told, also where both wait. */
  blind(interval: BlindInterval): void {
    this.#blind.set(`${interval.id} ${interval.toMs === null}`, interval)
  }

  coverage(coverage: Coverage): void {
    this.#coverage = coverage
  }

  /** The main thread has stored everything up to this telling. */
  answered(number: number): void {
    this.#answered = Math.max(this.#answered, number)
    if (this.isBehind) return
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Kept when there is room for another telling, or after `msMax`; for whoever can wait. */
  room(msMax?: number): Promise<void> {
    if (!this.isBehind) return Promise.resolve()
    return new Promise(resolve => {
      const timer = msMax === undefined ? undefined : setTimeout(resolve, msMax)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  get isBehind(): boolean {
    return this.#number - this.#answered >= UNANSWERED_MAX
  }

  /** Whether somebody should hear at once, or too much waits to be told. */
  get isUrgent(): boolean {
    const rows = Math.max(this.#flows.length, this.#points.length)
    return this.#blind.size > 0 || rows >= ROWS_TOLD_AT
  }

  /** Sends all that waits, unless the main thread is behind; in any case where it `must`. */
  tell(standing: Standing, must = false): void {
    if (this.isBehind && !must) return
    const telling: Telling = {
      ...standing,
      number: ++this.#number,
      findings: [...this.#findings.values()],
      gone: [...this.#gone],
      flows: this.#flows,
      points: this.#points,
      coverage: this.#coverage,
      blind: [...this.#blind.values()],
      leftOut: { ...this.#leftOut },
    }
    this.#findings.clear()
    this.#gone.clear()
    this.#blind.clear()
    this.#flows = []
    this.#points = []
    this.#coverage = null
    this.#send(telling)
  }
}
