// Who asks whom for the time, and what the sensor's own clock is worth by it. The latest exchange of each pair.

import type { Address } from '../model/address.ts'
import { PairTable } from '../model/pair-table.ts'
import type { NtpQuality } from '../model/quality.ts'
import {
  type ReportedClock,
  type ReportedSensorClock,
  thousandths,
} from '../model/reported-quality.ts'
import { byText } from '../model/text.ts'
import { isoNanos } from '../model/time.ts'

/** Pairs of hosts whose exchanges are remembered. */
const CLOCKS_MAX = 1000
/** Beyond it a server says that it has no time to give (RFC 5905, 7.3). */
const STRATUM_MAX = 15
const LEAP_UNKNOWN = 3

interface Clock {
  readonly client: string
  readonly server: string
  n: number
  latest: NtpQuality
}

export class ClockBook {
  readonly #nameOf: (address: Address) => string
  readonly #pairs = new PairTable<Clock>()
  readonly #clocks: Clock[] = []
  readonly #sensors = new Map<number, { latest: NtpQuality; readonly server: string; n: number }>()

  constructor(nameOf: (address: Address) => string) {
    this.#nameOf = nameOf
  }

  exchange(record: NtpQuality): void {
    this.#bySensor(record)
    const client = this.#nameOf(record.flow.client.address)
    const server = this.#nameOf(record.flow.server.address)
    const known = this.#pairs.get(client, server)
    if (known === undefined && this.#clocks.length >= CLOCKS_MAX) return
    const clock = this.#pairs.take(client, server, () => {
      const made = { client, server, n: 0, latest: record }
      this.#clocks.push(made)
      return made
    })
    clock.n++
    clock.latest = record
  }

  /** How many pairs are remembered. */
  get size(): number {
    return this.#clocks.length
  }

  /** The largest offset first, those without one last. */
  clocks(max: number, epochSeconds: number): ReportedClock[] {
    const size = ({ latest: { offsetMs } }: Clock) => (offsetMs === null ? -1 : Math.abs(offsetMs))
    return this.#clocks
      .toSorted((one, other) => size(other) - size(one) || byNames(one, other))
      .slice(0, max)
      .map(clock => reported(clock, epochSeconds))
  }

  /** Each by the server that is nearest to a reference, and of those of one stratum by the quickest. */
  sensors(names: readonly string[]): ReportedSensorClock[] {
    return [...this.#sensors]
      .toSorted(([one], [other]) => one - other)
      .map(([sensor, { latest, n, server }]) => ({
        sensor: names[sensor] ?? null,
        offset_ms: thousandths(-(latest.sensorOffsetMs ?? 0)),
        uncertainty_ms: thousandths(latest.sensorUncertaintyMs),
        ...{ server, stratum: latest.stratum, n },
      }))
  }

  /** Sensors of a run are few. */
  #bySensor(record: NtpQuality): void {
    const { sensor, sensorOffsetMs } = record
    if (sensor === null || sensorOffsetMs === null || !hasTime(record)) return
    const known = this.#sensors.get(sensor)
    const server = this.#nameOf(record.flow.server.address)
    if (known === undefined || isBetter(record, known.latest)) {
      const n = known?.server === server ? known.n : 0
      this.#sensors.set(sensor, { latest: record, server, n: n + 1 })
    } else if (known.server === server) {
      known.n++
      known.latest = record
    }
  }
}

const isBetter = (one: NtpQuality, other: NtpQuality): boolean =>
  one.stratum < other.stratum || (one.stratum === other.stratum && one.delayMs < other.delayMs)

type Names = Pick<Clock, 'client' | 'server'>

const byNames = (one: Names, other: Names): number =>
  byText(one.client, other.client) || byText(one.server, other.server)

const hasTime = ({ stratum, leap }: NtpQuality): boolean =>
  stratum >= 1 && stratum <= STRATUM_MAX && leap !== LEAP_UNKNOWN

function reported({ client, server, n, latest }: Clock, epochSeconds: number): ReportedClock {
  return {
    ...{ client, server, n },
    offset_ms: thousandths(latest.offsetMs),
    uncertainty_ms: thousandths(latest.uncertaintyMs),
    delay_ms: thousandths(latest.delayMs),
    ...{ stratum: latest.stratum, leap: latest.leap, kiss: latest.kiss, poll_s: latest.pollS },
    last: isoNanos(epochSeconds, latest.timeNs),
  }
}
