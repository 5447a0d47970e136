// A lane: one monitor with the demo's site and policy, fed batch after batch, and everything that must hold
// of it in between and at the end.

import { fileURLToPath } from 'node:url'
import { Compliance } from '../../src/compliance.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import { DYNAMIC_PORTS } from '../../src/flows/direction.ts'
import type { Batch } from '../../src/model/batch.ts'
import { openEquations } from '../../src/model/ledger.ts'
import { Monitor } from '../../src/monitor.ts'
import { QualityBook } from '../../src/quality/book.ts'
import type { Frame } from '../../test/support/frames.ts'
import { chunksOf } from '../../test/support/kernel.ts'

/** What went wrong, in a word, and the evidence. */
export interface Fault {
  readonly kind: 'throw' | 'ledger' | 'uncounted' | 'hang' | 'slow' | 'growth' | 'died'
  readonly message: string
}

/** How a lane's monitor is set up; the kinds take turns. */
export interface LaneOptions {
  readonly dedup: boolean
  readonly vlanInKey: boolean
  /** Tables so small that eviction is the rule. */
  readonly isNarrow: boolean
}

const repository = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url))

const NARROW = { halfOpenMax: 200, fullMax: 100, addressesMax: 60 }
const { policy: POLICY } = loadPolicy(repository('rules'))
const { site: SITE } = loadSite(repository('fixtures/demo/site.yaml'))
const SENSORS = SITE.sensors.slice(0, 1).map(({ name }) => name)

export const laneOptions = (lane: number): LaneOptions => ({
  dedup: lane % 2 === 0,
  vlanInKey: lane % 3 === 1,
  isNarrow: lane % 4 === 3,
})

/** A monitor that judges for the demo's site. There is one kernel, so the last one made is the one in use. */
export function judgingMonitor({ dedup, vlanInKey, isNarrow }: LaneOptions): Monitor {
  const compliance = new Compliance(POLICY, SITE, SENSORS)
  return new Monitor({
    ...{ seed: 1, dedup, vlanInKey, compliance, ...(isNarrow ? NARROW : {}) },
    ...{ measure: true, quality: new QualityBook(null) },
    fromSeconds: Number.NEGATIVE_INFINITY,
    toSeconds: Number.POSITIVE_INFINITY,
    ports: {
      isReserved: (protocol, port) => compliance.book.isReserved(protocol, port),
      dynamicPorts: ({ address }) =>
        compliance.inventory.place(address).node?.dynamicPorts ?? DYNAMIC_PORTS,
    },
  })
}

export class Lane {
  readonly #monitor: Monitor
  #given = 0
  #packets = 0
  #records = 0

  constructor(options: LaneOptions) {
    this.#monitor = judgingMonitor(options)
  }

  /** Takes the frames in, which takes so many milliseconds; throws what the monitor throws. */
  feed(frames: readonly Frame[]): number {
    const startMs = performance.now()
    for (const chunk of chunksOf(frames))
      for (const batch of this.#monitor.read(chunk)) this.#count(batch)
    this.#given += frames.length
    return performance.now() - startMs
  }

  /** The fault that the books show now, if any. Fragments that are still held may be booked later. */
  check(): Fault | null {
    const ledger = this.#monitor.ledger()
    const open = openEquations(ledger)
    if (open.length > 0) return { kind: 'ledger', message: open.join('; ') }
    const { seen } = ledger.reader
    if (seen <= this.#given) return null
    return { kind: 'uncounted', message: `${this.#given} packets given, ${seen} seen` }
  }

  /** Ends the run: every packet must have been seen, and those in flows must be in a record. */
  finish(): Fault | null {
    for (const batch of this.#monitor.finish()) this.#count(batch)
    const { reader, flows } = this.#monitor.ledger()
    const sums: readonly (readonly [what: string, left: number, right: number])[] = [
      ['packets given and seen', this.#given, reader.seen],
      ['packets in flows and in records', flows.in_flow, this.#packets],
      ['flows ended and records', flows.ended + flows.evicted, this.#records],
      ['live flows and none', flows.live, 0],
    ]
    const open = sums.find(([, left, right]) => left !== right)
    if (open === undefined) return this.check()
    const [what, left, right] = open
    return { kind: 'uncounted', message: `${what}: ${left} and ${right}` }
  }

  #count({ flows }: Batch): void {
    this.#records += flows.length
    for (const { flow } of flows) this.#packets += flow.toServer.packets + flow.toClient.packets
  }
}

/** A whole lane in one go, and the fault it ends with. */
export function faultOf(batches: Iterable<readonly Frame[]>, options: LaneOptions): Fault | null {
  try {
    const lane = new Lane(options)
    for (const frames of batches) {
      lane.feed(frames)
      const fault = lane.check()
      if (fault !== null) return fault
    }
    return lane.finish()
  } catch (error) {
    return thrown(error)
  }
}

export const thrown = (error: unknown): Fault => ({
  kind: 'throw',
  message: error instanceof Error ? (error.stack ?? error.message) : String(error),
})
