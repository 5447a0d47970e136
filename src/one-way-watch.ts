// A sensor that hears one direction only, though it has heard both: the mirror port was changed, or a link of the
// tap is gone (faults.md F13a). Told by the connections that the kernel holds: some go on and are acknowledged by
// one side, whose peer is not heard, and nobody at all is heard in both directions.

import { flowAt } from './kernel/flows.ts'
import {
  FLOW_FLAGS,
  FLOW_HIGH,
  FLOW_KIND,
  FLOW_LAST_HIGH,
  FLOW_LAST_LOW,
  FLOW_LOW,
  FLOW_SIGHTS,
  Flag,
  SENSORS,
  SIGHT_UNKNOWN,
  USED,
} from './kernel/layout.ts'
import { getF64, getI32 } from './kernel/memory.ts'

const LOOK_NS = 10e9
/** So long the lost side must have been silent. */
const SILENT_NS = 60e9
const CONNECTIONS_MIN = 3
const PAIRS_MIN = 2
/** Flows of one look; where there are more, the next one goes on behind them. */
const FLOWS_MAX = 65_536
/** Stretches that are remembered of all sensors; the oldest are forgotten. */
const KEPT_MAX = 64
const PROTOCOL_TCP = 6

/** Nanoseconds since the run's epoch. */
export interface OneWay {
  /** Its index in the run. */
  readonly sensor: number
  /** When both directions were last heard. */
  readonly fromNs: number
  /** When they were heard again; null while it lasts. */
  readonly untilNs: number | null
}

/** What one look has met of a sensor. */
interface Seen {
  /** When both sides of a connection had last been heard; of all looks. */
  bothNs: number
  connections: number
  readonly pairs: Set<string>
}

export class OneWayWatch {
  readonly #seen = new Map<number, Seen>()
  #stretches: readonly OneWay[] = []
  #lookedNs = Number.NEGATIVE_INFINITY
  #next = 0

  /** All that are known, in the order in which they began. */
  get stretches(): readonly OneWay[] {
    return this.#stretches
  }

  /** Sensors that hear one direction only. */
  get halfDeaf(): readonly number[] {
    return this.#stretches.filter(({ untilNs }) => untilNs === null).map(({ sensor }) => sensor)
  }

  /** Looks at the connections, if it is time to; whether it did. */
  look(nowNs: number): boolean {
    const passedNs = nowNs - this.#lookedNs
    if (passedNs >= 0 && passedNs < LOOK_NS) return false
    // Where the clock has gone back, nothing of later times is known.
    if (passedNs < 0) this.#seen.clear()
    this.#lookedNs = nowNs
    for (const seen of this.#seen.values()) {
      seen.connections = 0
      seen.pairs.clear()
    }
    this.#lookAtFlows(nowNs)
    for (const [sensor, seen] of this.#seen) this.#weigh(sensor, seen, nowNs)
    return true
  }

  #lookAtFlows(nowNs: number): void {
    const used = getI32(USED)
    if (this.#next >= used) this.#next = 0
    const count = Math.min(used, FLOWS_MAX)
    for (let index = 0; index < count; index++) this.#lookAt((this.#next + index) % used, nowNs)
    this.#next = used > FLOWS_MAX ? (this.#next + count) % used : 0
  }

  #lookAt(flow: number, nowNs: number): void {
    const at = flowAt(flow)
    const flags = getI32(at + FLOW_FLAGS)
    if ((flags & (Flag.Live | Flag.Dormant)) !== Flag.Live) return
    const [lowNs, highNs] = [getF64(at + FLOW_LAST_LOW), getF64(at + FLOW_LAST_HIGH)]
    const sinceNs = nowNs - SILENT_NS
    if (lowNs < sinceNs && highNs < sinceNs) return
    const sensor = sensorOf(getI32(at + FLOW_SIGHTS))
    if (sensor < 0) return
    const seen = this.#of(sensor)
    const bothNs = Math.min(lowNs, highNs)
    if (bothNs > seen.bothNs) seen.bothNs = Math.min(bothNs, nowNs)
    const kind = getI32(at + FLOW_KIND)
    if (bothNs >= sinceNs || (kind & 0xff) !== PROTOCOL_TCP) return
    // Acknowledgements that move on prove that the other side speaks.
    if ((flags & (lowNs > highNs ? Flag.HeardLow : Flag.HeardHigh)) === 0) return
    seen.connections++
    if (seen.pairs.size < PAIRS_MIN)
      seen.pairs.add(`${kind} ${getI32(at + FLOW_LOW)} ${getI32(at + FLOW_HIGH)}`)
  }

  #weigh(sensor: number, { bothNs, connections, pairs }: Seen, nowNs: number): void {
    const open = this.#stretches.find(one => one.sensor === sensor && one.untilNs === null)
    if (open !== undefined) {
      if (bothNs <= open.fromNs) return
      const over = { ...open, untilNs: bothNs }
      this.#stretches = this.#stretches.map(one => (one === open ? over : one))
      return
    }
    const isLost = connections >= CONNECTIONS_MIN && pairs.size >= PAIRS_MIN
    if (!isLost || !Number.isFinite(bothNs) || nowNs - bothNs < SILENT_NS) return
    const begun = { sensor, fromNs: bothNs, untilNs: null }
    this.#stretches = [...this.#stretches, begun].slice(-KEPT_MAX)
  }

  #of(sensor: number): Seen {
    const known = this.#seen.get(sensor)
    if (known !== undefined) return known
    const seen = { bothNs: Number.NEGATIVE_INFINITY, connections: 0, pairs: new Set<string>() }
    this.#seen.set(sensor, seen)
    return seen
  }
}

/** The one sensor that has seen the flow; -1 where several have, or nobody can tell. */
function sensorOf(sights: number): number {
  if (getI32(SENSORS) <= 1) return 0
  const mask = (sights & 0xffff) | (sights >>> 16)
  if (mask === 0 || (mask & SIGHT_UNKNOWN) !== 0 || (mask & (mask - 1)) !== 0) return -1
  return 31 - Math.clz32(mask)
}
