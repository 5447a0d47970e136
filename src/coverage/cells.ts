// Flows by their verdict: those of a pair that nothing tells apart share one, so that most flows cost one
// look-up here. What a cell says goes into the books by the thousand.

import type { FlowRecord } from '../model/flow.ts'
import type { JudgedFlow, Verdict } from '../model/verdict.ts'

/** Most verdicts that are counted apart before they are booked. */
const CELLS_MAX = 4096

/** What flows of one verdict have in common, and how many there are. */
export interface Cell {
  /** The first of them. */
  readonly judged: JudgedFlow
  flows: number
  /** Seen in one direction only. */
  halves: number
  /** Latest packet, nanoseconds since the run's epoch. */
  lastNs: number
}

export class Cells {
  readonly #book: (cell: Cell) => void
  readonly #cells = new Map<Verdict, Cell>()

  /** `book` takes each cell once. */
  constructor(book: (cell: Cell) => void) {
    this.#book = book
  }

  add(judged: JudgedFlow): void {
    const { flow, verdict } = judged
    const known = this.#cells.get(verdict)
    const cell = known ?? { judged, flows: 0, halves: 0, lastNs: flow.lastNs }
    cell.flows++
    if (isHalf(flow)) cell.halves++
    if (flow.lastNs > cell.lastNs) cell.lastNs = flow.lastNs
    if (known !== undefined) return
    if (this.#cells.size >= CELLS_MAX) this.fold()
    this.#cells.set(verdict, cell)
  }

  /** Books what has been counted so far. */
  fold(): void {
    for (const cell of this.#cells.values()) this.#book(cell)
    this.#cells.clear()
  }
}

const isHalf = ({ toServer, toClient }: FlowRecord): boolean =>
  toServer.packets === 0 || toClient.packets === 0
