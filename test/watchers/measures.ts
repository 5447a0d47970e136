// What is measured between servers, told to a watcher by hand: no kernel in between. Time goes on in seconds,
// and a tick comes at each.

import { loadPolicy } from '../../src/config/policy.ts'
import type { Observation } from '../../src/model/observation.ts'
import type {
  Leg,
  MeasurementRow,
  RoundTripMethod,
  SegmentCounts,
  Side,
} from '../../src/model/quality.ts'
import type { Link } from '../../src/model/sighting.ts'
import type { Watch, Watcher } from '../../src/watchers/watcher.ts'
import { site } from '../policy/builders.ts'
import { placed } from './placed.ts'

const SECOND_NS = 1e9
const { policy: POLICY } = loadPolicy('rules')

const ADDRESSES: Readonly<Record<string, string>> = {
  ...{ 'app-a': '10.10.20.11', 'app-b': '10.10.20.12', 'app-vip': '10.10.20.10' },
  ...{ 'web-1': '10.10.20.21', 'web-dmz-1': '192.0.2.20', 'media-1a': '10.10.20.31' },
}

/** `web-1 app-a 61004`: a connection from the first to the second. */
export function linkOf(text: string): Link {
  const [client = '', server = '', port = '0'] = text.split(' ')
  return {
    ...{ transport: 'tcp', serverPort: Number(port) },
    client: placed(ADDRESSES[client] ?? client),
    server: placed(ADDRESSES[server] ?? server),
  }
}

export const segments = (told: Partial<SegmentCounts>): SegmentCounts => ({
  ...{ segments: 0, retransmissions: { total: 0, fast: 0, timeout: 0, spurious: 0 } },
  ...{ outOfOrder: 0, duplicateAcks: 0, zeroWindows: 0, keepAlives: 0 },
  ...{ captureGaps: 0, lost: 0, lostBefore: 0 },
  ...told,
})

export class Measures {
  readonly observations: Observation[] = []
  readonly rows: MeasurementRow[] = []
  /** Seconds at which a statement was kept. */
  readonly kept: number[] = []
  readonly blind: string[] = []
  readonly #watcher: Watcher
  #second = 0

  constructor(make: (watch: Watch) => Watcher, more: Partial<Watch> = {}) {
    this.#watcher = make({
      ...{ site: site(), policy: POLICY, sees: null },
      place: ({ text }) => placed(text),
      isVisible: () => true,
      modeOf: () => undefined,
      sensors: [],
      sinceEpochNs: unixSeconds => unixSeconds * SECOND_NS,
      timeText: ns => `${ns / SECOND_NS} s`,
      observe: observation => void this.observations.push(observation),
      measure: row => void this.rows.push(row),
      kept: (_, ns) => void this.kept.push(ns / SECOND_NS),
      blind: (_, reason) => void this.blind.push(reason),
      ...more,
    })
  }

  /** The capture begins at this second. */
  from(second: number): this {
    this.#second = second - 1
    return this.until(second)
  }

  /** Time goes on to this second. */
  until(second: number): this {
    while (this.#second < Math.floor(second)) this.#watcher.tick?.(++this.#second * SECOND_NS)
    return this
  }

  connected(link: Link): this {
    this.#watcher.connected?.({
      ...link,
      ...{ clientPort: 50_000, basis: 'syn', isReset: false, flow: 1 },
      timeNs: this.#second * SECOND_NS,
    })
    return this
  }

  trip(at: number, link: Link, method: RoundTripMethod, leg: Leg, ms: number): this {
    this.until(at)
    const [ns, timeNs] = [Math.round(ms * 1e6), Math.round(at * SECOND_NS)]
    this.#watcher.roundTrip?.(link, { method, leg, ns, timeNs })
    return this
  }

  /** A handshake that is over at this second, the sensor so many milliseconds from the client. */
  handshake(at: number, link: Link, ms: number, clientMs = ms / 4): this {
    this.trip(at, link, 'syn', 'server', ms - clientMs)
    this.trip(at, link, 'syn', 'client', clientMs)
    return this.trip(at, link, 'syn', 'total', ms)
  }

  /** What was sent in the ten seconds up to this one; as the tick at their end tells, before any watcher hears it. */
  sent(to: number, link: Link, from: Side, told: Partial<SegmentCounts>): this {
    this.until(to - 1)
    const span = { fromNs: (to - 10) * SECOND_NS, toNs: to * SECOND_NS }
    this.#watcher.sent?.(link, from, segments(told), span)
    return this
  }

  stuck(at: number, link: Link, from: Side, bytes: number, passedBytes: number): this {
    this.until(at)
    this.#watcher.stuck?.(link, from, { bytes, passedBytes, timeNs: at * SECOND_NS })
    return this
  }

  tooBig(at: number, link: Link): this {
    this.until(at)
    this.#watcher.tooBig?.(link, at * SECOND_NS)
    return this
  }

  /** The capture, whose first packet came at `first`, is over. */
  end(at: number, first = 0): this {
    this.until(at)
    this.#watcher.finish?.(first * SECOND_NS, at * SECOND_NS)
    return this
  }

  /** `degraded:rtt web-1 > app-a 3 s to 60 s`; a `+` before what goes on. */
  get said(): readonly string[] {
    return this.observations.map(
      ({ verdict, reason, source, destination, goesOn }) =>
        `${goesOn ? '+ ' : ''}${verdict}:${reason} ${source.name} > ${destination.name}`,
    )
  }
}
