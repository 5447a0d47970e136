// The sensor's own clock, held against the time servers that it sees: every time that is printed rests on it.

import type { Placement, Sensor } from '../../model/inventory.ts'
import type { NtpQuality } from '../../model/quality.ts'
import type { Watch } from '../watcher.ts'
import { around, boundOf, type Interval, isBeyond, middleOf } from './interval.ts'
import { aheadText, msText } from './words.ts'

/** Above that, what happened when cannot be compared with what others wrote down. */
const LIMIT_MS = 1000
const IN_A_ROW = 2
/** What goes on is told anew after so long, and at the end. */
const TOLD_NS = 60e9
const [STRATUM_MIN, STRATUM_MAX] = [1, 15]
const UNSYNCHRONISED = 3

/** A server's clock against one sensor's; names of servers are of a closed set. */
interface Held {
  readonly server: Placement
  /** Declared as a time server, or none of MeetingPlace's: the site's own clocks may be what is wrong. */
  readonly isTimeServer: boolean
  count: number
  ahead: Interval
  stratum: number
  beyondInRow: number
  readonly firstNs: number
  /** When it was told last, and by which exchange it could be again; null where there is nothing new. */
  toldNs: number
  untold: NtpQuality | null
}

export class SensorClocks {
  readonly #watch: Watch
  readonly #bySensor = new Map<number, Map<string, Held>>()

  constructor(watch: Watch) {
    this.#watch = watch
  }

  take(record: NtpQuality, server: Placement): void {
    const { sensor, sensorOffsetMs, stratum, leap } = record
    if (sensor === null || sensorOffsetMs === null || leap === UNSYNCHRONISED) return
    if (stratum < STRATUM_MIN || stratum > STRATUM_MAX) return
    const held = this.#heldOf(sensor, server, record)
    held.count++
    held.stratum = stratum
    held.ahead = around(sensorOffsetMs, record.sensorUncertaintyMs)
    held.beyondInRow = isBeyond(held.ahead, LIMIT_MS) ? held.beyondInRow + 1 : 0
    if (held.beyondInRow < IN_A_ROW || !this.#isBest(sensor, held)) held.untold = null
    else if (held.beyondInRow === IN_A_ROW || record.timeNs - held.toldNs >= TOLD_NS)
      this.#tell(sensor, held, record)
    else held.untold = record
  }

  finish(): void {
    for (const [sensor, servers] of this.#bySensor)
      for (const held of servers.values())
        if (held.untold !== null) this.#tell(sensor, held, held.untold)
  }

  #heldOf(sensor: number, server: Placement, record: NtpQuality): Held {
    const servers = this.#bySensor.get(sensor) ?? new Map<string, Held>()
    this.#bySensor.set(sensor, servers)
    const known = servers.get(server.name)
    if (known !== undefined) return known
    const held: Held = {
      ...{ server, isTimeServer: server.labels.has('ntp') || !server.isMeetingPlace },
      ...{ count: 0, ahead: around(0, 0), stratum: record.stratum, beyondInRow: 0 },
      firstNs: record.timeNs,
      ...{ toldNs: Number.NEGATIVE_INFINITY, untold: null },
    }
    servers.set(server.name, held)
    return held
  }

  /** A server of MeetingPlace counts only while no time server was heard. */
  #isBest(sensor: number, held: Held): boolean {
    if (held.isTimeServer) return true
    return ![...(this.#bySensor.get(sensor)?.values() ?? [])].some(one => one.isTimeServer)
  }

  #tell(index: number, held: Held, record: NtpQuality): void {
    const { server, ahead, count, isTimeServer, stratum, firstNs, beyondInRow } = held
    held.toldNs = record.timeNs
    held.untold = null
    const sensor = this.#watch.sensors[index]
    const name = sensor === undefined ? 'the sensor' : `the sensor ${sensor.name}`
    const aheadMs = -middleOf(ahead)
    const apart = `${aheadText(aheadMs)} that of ${server.name}`
    this.#watch.observe({
      ...{ verdict: 'advisory', reason: 'sensor_clock', row: 'S-13' },
      ...{ source: server, destination: server, service: 'udp/123' },
      ...{ confidence: isTimeServer ? 'probable' : 'possible', proofs: 1 },
      title: `The clock of ${name} is ${apart}, and every time here is the sensor's`,
      fix: fixText(sensor, -aheadMs),
      expected: `a sensor whose clock is no more than ${msText(LIMIT_MS)} from that of the time servers`,
      why: [
        `In ${count} exchanges with ${server.name} (stratum ${stratum}), the clock of ${name} is ${apart}, give or take ${msText(boundOf(ahead))}.`,
        'Differences between clocks of servers do not rest on it: the error of the sensor cancels.',
      ],
      ...{ firstNs, lastNs: record.timeNs, flows: [], goesOn: beyondInRow > IN_A_ROW },
      frames: [
        {
          ...{ timeNs: record.timeNs, packet: { ...record.flow.first } },
          says: `${server.name} tells the time.`,
        },
      ],
    })
  }
}

/** What a capture already has added is no more than a start. */
function fixText(sensor: Sensor | undefined, lacksMs: number): string {
  const set = 'Let the sensor have the time from the time servers of the site.'
  const total = Math.round((sensor?.clockMs ?? 0) + lacksMs)
  const whose =
    sensor === undefined ? 'the sensor in the site file' : `${sensor.name} in the site file`
  return `${set} For what is captured already, declare clock_ms: ${total} of ${whose}.`
}
