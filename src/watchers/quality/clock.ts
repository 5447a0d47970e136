// S-13: the clocks of Web Server and Application Server. Told by NTP between the two; else by NTP of each with
// others, or by the dates of HTTP responses, both against the same sensor, whose own error cancels. All is
// weighed when a second is over, so that it does not matter in which order things within it are told.

import type { Placement } from '../../model/inventory.ts'
import type {
  MeasurementRow,
  NtpQuality,
  QualityRecord,
  RoundTrip,
  Side,
} from '../../model/quality.ts'
import type { Link } from '../../model/sighting.ts'
import type { DateSighting } from '../../model/time-message.ts'
import { webAndApp } from '../limits.ts'
import type { Watch, Watcher } from '../watcher.ts'
import { ClockPairs } from './clock-pairs.ts'
import { finenessOf } from './fineness.ts'
import { boundOf, type Interval, middleOf, opposite } from './interval.ts'
import { Legs } from './legs.ts'
import { NodeClocks } from './node-clocks.ts'
import { SensorClocks } from './sensor-clock.ts'
import { TimeServers } from './time-servers.ts'
import { Trends } from './trends.ts'

/** What is told of clocks within a second. */
const TOLD_MAX = 4096
const MINUTE_NS = 60e9
/** Whoever the site file does not name: tags are a closed set. */
const OTHER = 'other'

interface Exchange {
  readonly record: NtpQuality
  readonly client: Placement
  readonly server: Placement
}

interface Dated {
  readonly date: DateSighting
  readonly server: Placement
}

export class Clock implements Watcher {
  readonly #watch: Watch
  readonly #legs = new Legs()
  readonly #trends = new Trends()
  readonly #sensors: SensorClocks
  readonly #servers: TimeServers
  readonly #pairs: ClockPairs
  readonly #nodes: NodeClocks
  #told: (Exchange | Dated)[] = []
  #missed = 0
  /** The minute of the latest row, by what it is of. */
  readonly #minutes = new Map<string, number>()
  /** Who asked for the time and hid its own. */
  #hiding: Placement | null = null

  constructor(watch: Watch) {
    this.#watch = watch
    this.#sensors = new SensorClocks(watch)
    this.#servers = new TimeServers(watch)
    this.#pairs = new ClockPairs(watch, (web, app) => this.#trends.of(web, app))
    this.#nodes = new NodeClocks(
      estimate => {
        const { web, app, way, ahead, timeNs } = estimate
        const method = way === 'http_date' ? 'http_date' : 'ntp'
        this.#row([web, app], method, () => fieldsOf(ahead), timeNs)
        this.#pairs.take(estimate)
      },
      (web, app) => this.#pairs.directNs(web, app),
    )
  }

  roundTrip(link: Link, trip: RoundTrip): void {
    this.#legs.add(link, trip)
  }

  stamped(link: Link, from: Side, timestamp: number, timeNs: number): void {
    this.#trends.add(link, from, timestamp, timeNs)
  }

  measured(record: QualityRecord, client: Placement, server: Placement): void {
    if (record.kind === 'ntp') this.#tell({ record, client, server })
  }

  dated(date: DateSighting, server: Placement): void {
    if (isOfPair(server)) this.#tell({ date, server })
  }

  tick(): void {
    this.#weigh()
  }

  quiet(): void {
    this.#weigh()
  }

  finish(): void {
    this.#weigh()
    this.#sensors.finish()
    if (this.#missed > 0)
      this.#watch.blind('S-13', `${this.#missed} exchanges of time came too fast to be read.`)
    const isMeasured = this.#pairs.finish()
    if (!isMeasured && this.#hiding !== null)
      this.#watch.blind('S-13', `${this.#hiding.name} hides its clock when it asks for the time.`)
  }

  #tell(one: Exchange | Dated): void {
    if (this.#told.length < TOLD_MAX) this.#told.push(one)
    else this.#missed++
  }

  #weigh(): void {
    this.#legs.settle()
    this.#trends.settle()
    if (this.#told.length === 0) return
    const told = this.#told
    this.#told = []
    for (const one of told) {
      if ('date' in one) this.#nodes.date(one.server, one.date, this.#dateOf(one.date))
      else this.#exchange(one)
    }
  }

  /** A Date names a whole second, and was made between the request and the response. */
  #dateOf({ unixSeconds, askedNs, timeNs }: DateSighting): Interval {
    const dateNs = this.#watch.sinceEpochNs(unixSeconds)
    return { lowMs: (dateNs - timeNs) / 1e6, highMs: (dateNs + 1e9 - askedNs) / 1e6 }
  }

  #exchange({ record, client, server }: Exchange): void {
    this.#sensors.take(record, server)
    this.#servers.take(record, client, server)
    const { offsetMs, timeNs } = record
    this.#row([client, server], 'ntp', () => shownOf(record), timeNs)
    if (offsetMs === null && record.kiss === null && isOfPair(client)) this.#hiding ??= client
    const { leg, isKnown } = this.#legOf(record, client)
    this.#direct({ record, client, server }, leg, isKnown)
    this.#nodes.exchange({ record, client, server }, leg)
  }

  #direct({ record, client, server }: Exchange, legMs: number, isSure: boolean): void {
    const pair = webAndApp(client, server)
    if (pair === null || record.offsetMs === null) return
    const { offsetMs, delayMs, timeNs, sensor } = record
    const { clientMs, serverMs } = finenessOf(record)
    const ahead = {
      lowMs: offsetMs - delayMs - serverMs,
      highMs: offsetMs + legMs + clientMs + serverMs,
    }
    const { web, app, isByWeb } = pair
    this.#pairs.take({
      ...{ web, app, ahead: isByWeb ? ahead : opposite(ahead), way: 'direct', isSure, timeNs },
      sensor,
      likelyMs: isByWeb ? offsetMs : -offsetMs,
      frames: [
        {
          ...{ timeNs, packet: { ...record.flow.first } },
          says: `${server.name} tells ${client.name} the time.`,
        },
      ],
    })
  }

  /** The way from the client to the sensor: by what its own messages tell, or by handshakes of TCP. */
  #legOf(record: NtpQuality, client: Placement) {
    const byTcp = this.#legs.of(client.name)
    const isKnown = record.isClientLegKnown || byTcp !== null
    return { leg: Math.min(record.clientLegMs, byTcp ?? record.clientLegMs), isKnown }
  }

  /** How far the first is ahead of the second; once a minute for each pair. */
  #row(
    ends: readonly [Placement, Placement],
    method: 'ntp' | 'http_date',
    fields: () => MeasurementRow['fields'],
    timeNs: number,
  ): void {
    const pair = ends.map(({ node }) => node?.name ?? OTHER).join('/')
    const key = `${method} ${pair}`
    const minute = Math.floor(timeNs / MINUTE_NS)
    if (this.#minutes.get(key) === minute) return
    this.#minutes.set(key, minute)
    const tags = { pair, method }
    this.#watch.measure({ measurement: 'mp_clock', tags, fields: fields(), timeNs })
  }
}

function shownOf(record: NtpQuality): MeasurementRow['fields'] {
  const { leap, stratum, rootDispersionMs, offsetMs, uncertaintyMs } = record
  const offset = offsetMs === null ? {} : { offset_ms: offsetMs, uncertainty_ms: uncertaintyMs }
  return { ...offset, stratum, leap, root_dispersion_ms: rootDispersionMs }
}

const fieldsOf = (ahead: Interval) => ({
  offset_ms: middleOf(ahead),
  uncertainty_ms: boundOf(ahead),
})

const isOfPair = ({ node, labels }: Placement): boolean =>
  node !== null && (labels.has('web') || labels.has('app'))
