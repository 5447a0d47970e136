// The clock of each Web Server and Application Server against the sensor's, by NTP with whomever and by the
// dates of HTTP responses; and the difference of two such clocks, in which the sensor's own error cancels.

import type { Placement } from '../../model/inventory.ts'
import type { Frame } from '../../model/observation.ts'
import type { NtpQuality } from '../../model/quality.ts'
import type { DateSighting } from '../../model/time-message.ts'
import type { Estimate, Way } from './clock-pairs.ts'
import { finenessOf } from './fineness.ts'
import { around, common, difference, type Interval, middleOf, wider } from './interval.ts'

/** Two clocks that nobody sets gain no more on each other (crystals are within 100 ppm). */
const DRIFT_MAX = 200e-6
/** A clock that was seen longer ago is not compared: a long poll, twice. */
const AGE_NS_MAX = 2048e9
/** While the two tell each other the time, nothing else is asked. */
const DIRECT_NS = 7200e9
/** One exchange may be with a clock that is just being set, and one date says little. */
const COUNT_MIN = 2

interface NodeClock {
  readonly node: Placement
  readonly kind: 'web' | 'app'
  readonly method: 'ntp' | 'http_date'
  readonly sensor: number
  count: number
  /** How far it is ahead of the sensor's clock. */
  ahead: Interval
  timeNs: number
  frame: Frame
}

export class NodeClocks {
  readonly #tell: (estimate: Estimate) => void
  readonly #directNs: (web: string, app: string) => number
  /** By node, method and sensor: the site's nodes only. */
  readonly #clocks = new Map<string, NodeClock>()
  readonly #ntpNs = new Map<string, number>()

  /** `directNs` says when two nodes last told each other the time. */
  constructor(tell: (estimate: Estimate) => void, directNs: (web: string, app: string) => number) {
    this.#tell = tell
    this.#directNs = directNs
  }

  /** Both ends of the exchange have shown their clocks, or one of them has; `legMs` is the client's way here. */
  exchange(
    { record, client, server }: { record: NtpQuality; client: Placement; server: Placement },
    legMs: number,
  ): void {
    const { sensor, sensorOffsetMs, clientOffsetMs, sensorUncertaintyMs, timeNs } = record
    if (sensor === null || sensorOffsetMs === null) return
    const seen = { sensor, timeNs, packet: record.flow.first }
    if (clientOffsetMs !== null) {
      const highMs = clientOffsetMs + legMs + finenessOf(record).clientMs
      this.#ntp(client, { lowMs: clientOffsetMs, highMs }, seen)
    }
    this.#ntp(server, around(sensorOffsetMs, sensorUncertaintyMs), seen)
  }

  #ntp(node: Placement, ahead: Interval, { sensor, timeNs, packet }: Seen): void {
    const clock = this.#clockOf(node, 'ntp', sensor)
    if (clock === null) return
    const says = `${node.name} shows its clock by NTP.`
    Object.assign(clock, { ahead, timeNs, frame: { timeNs, packet: { ...packet }, says } })
    this.#compare(clock)
  }

  /** Dates are whole seconds, so that each narrows what the earlier ones left open. */
  date(node: Placement, { sensor, timeNs, packet }: DateSighting, told: Interval): void {
    const clock = this.#clockOf(node, 'http_date', sensor)
    if (clock === null) return
    const earlier = clock.count > 1 ? aged(clock, timeNs) : null
    const both = earlier === null ? told : common(earlier, told)
    // A clock that was set in between begins anew.
    if (both === null) clock.count = 1
    const says = `${node.name} dates a response.`
    const frame = { timeNs, packet: { ...packet }, says }
    Object.assign(clock, { ahead: both ?? told, timeNs, frame })
    this.#compare(clock)
  }

  #clockOf(node: Placement, method: NodeClock['method'], sensor: number): NodeClock | null {
    const kind = kindOf(node)
    if (kind === null) return null
    const key = `${node.name} ${method} ${sensor}`
    const known = this.#clocks.get(key)
    const clock = known ?? newClock({ node, kind, method, sensor })
    if (known === undefined) this.#clocks.set(key, clock)
    clock.count++
    return clock
  }

  /** The clock that was just told, against those of the other kind that the same sensor has seen. */
  #compare(clock: NodeClock): void {
    if (clock.count < COUNT_MIN) return
    for (const other of this.#clocks.values()) {
      const isOther = other.kind !== clock.kind && other.node.name !== clock.node.name
      if (!isOther || other.sensor !== clock.sensor || other.count < COUNT_MIN) continue
      if (clock.timeNs - other.timeNs > AGE_NS_MAX) continue
      const [web, app] = clock.kind === 'web' ? [clock, other] : [other, clock]
      this.#between(web, app, clock.timeNs)
    }
  }

  #between(web: NodeClock, app: NodeClock, timeNs: number): void {
    const names = [web.node.name, app.node.name] as const
    const isNtp = web.method === 'ntp' && app.method === 'ntp'
    const way: Way = isNtp ? 'indirect' : 'http_date'
    const key = names.join(' ')
    const ntpNs = isNtp
      ? Number.NEGATIVE_INFINITY
      : (this.#ntpNs.get(key) ?? Number.NEGATIVE_INFINITY)
    if (timeNs - Math.max(this.#directNs(...names), ntpNs) < DIRECT_NS) return
    if (isNtp) this.#ntpNs.set(key, timeNs)
    const ahead = difference(aged(web, timeNs), aged(app, timeNs))
    const frames = [web.frame, app.frame]
    const likelyMs = middleOf(ahead)
    this.#tell({
      ...{ web: web.node, app: app.node, ahead, likelyMs, way, isSure: false, timeNs, frames },
      sensor: web.sensor,
    })
  }
}

interface Seen {
  readonly sensor: number
  readonly timeNs: number
  readonly packet: Frame['packet']
}

/** What is left of what was known, now that the clock has gone on. */
const aged = ({ ahead, timeNs }: NodeClock, nowNs: number): Interval =>
  wider(ahead, (Math.abs(nowNs - timeNs) * DRIFT_MAX) / 1e6)

function kindOf({ node, labels }: Placement): NodeClock['kind'] | null {
  if (node === null) return null
  if (labels.has('web')) return 'web'
  return labels.has('app') ? 'app' : null
}

const newClock = (of: Pick<NodeClock, 'node' | 'kind' | 'method' | 'sensor'>): NodeClock => ({
  ...of,
  ...{ count: 0, ahead: around(0, 0), timeNs: 0 },
  frame: { timeNs: 0, packet: { file: 0, frame: 0, offset: 0 }, says: '' },
})
