// RTCP reports to quality records: loss and jitter as the receivers have them, and the round trip between the
// sensor and whoever answers a report that passed it. RFC 3550, 6.4.1; RFC 3611, 4.5 and 4.7.
//
// A report tells when its sender heard the other's last one (LSR), and how long ago that is (DLSR). Where that
// one passed the sensor, what is left of the time in between is the way from the sensor to the one that reports,
// and back.

import type { MeasuredFlow, RoundTrip, RtcpQuality, Side } from '../model/quality.ts'
import { Recent } from '../model/recent.ts'
import type { RtcpReport } from '../model/rtcp.ts'

/** Reports whose answers are waited for. */
const SENT_MAX = 16_384
/** Flows of which the latest way to each side is known. */
const LEGS_MAX = 16_384
/** Records of one second of capture time; nobody who keeps to RFC 3550, 6.2, comes near. */
const RECORDS_MAX = 16_384
/** What takes longer is no round trip. */
const TRIP_NS_MAX = 60e9
/** Ways of both sides make one where they are no further apart. */
const APART_NS_MAX = 30e9
const NS_PER_UNIT = 1e9 / 65_536
const [NS_PER_MS, SECOND_NS] = [1e6, 1e9]
const PCT_PER_UNIT = 100 / 256

/** The packet in which the reports came. */
export interface Reported {
  readonly flow: MeasuredFlow
  readonly from: Side
  readonly timeNs: number
}

/** What the reports of a packet come to. */
export interface Heard {
  readonly records: readonly RtcpQuality[]
  readonly trips: readonly RoundTrip[]
}

type Legs = Partial<Record<Side, { readonly ns: number; readonly timeNs: number }>>
type Facts = Omit<RtcpQuality, keyof Reported | 'kind' | 'report' | 'ssrc'>

export class RtcpBook {
  /** When a report passed, by its hosts, who sent it and its time. */
  readonly #sent = new Recent<string, number>(SENT_MAX)
  readonly #legs = new Recent<string, Legs>(LEGS_MAX)
  #second = 0
  #inSecond = 0
  /** Reports that were left out, for want of room. */
  unread = 0

  /** `rateOf` gives the clock rate of a source between these hosts, where it is known. */
  take(
    packet: Reported,
    reports: readonly RtcpReport[],
    rateOf: (ssrc: number) => number | null,
  ): Heard {
    const records: RtcpQuality[] = []
    const trips: RoundTrip[] = []
    for (const report of reports) {
      for (const facts of this.#factsOf(packet, report, rateOf)) {
        if (!this.#hasRoom(packet.timeNs)) continue
        const { kind, ssrc } = report
        records.push({ ...packet, kind: 'rtcp', report: kind, ssrc, ...facts })
        if (facts.roundTripMs !== null) this.#trip(packet, facts.roundTripMs * NS_PER_MS, trips)
      }
      this.#remember(packet, report)
    }
    return { records, trips }
  }

  #hasRoom(timeNs: number): boolean {
    const second = Math.floor(timeNs / SECOND_NS)
    if (second !== this.#second) this.#inSecond = 0
    this.#second = second
    if (this.#inSecond >= RECORDS_MAX) {
      this.unread++
      return false
    }
    this.#inSecond++
    return true
  }

  #factsOf(
    packet: Reported,
    report: RtcpReport,
    rateOf: (ssrc: number) => number | null,
  ): readonly Facts[] {
    const { kind, sentPackets, blocks, times, losses } = report
    if (kind === 'extended')
      return [
        ...times.map(({ about, lastReport, delay }) => ({
          ...{ ...NO_FACTS, about },
          roundTripMs: this.#roundTrip(packet, 'x', about, lastReport, delay),
        })),
        ...losses.map(({ about, fractionLost }) => ({
          ...{ ...NO_FACTS, about },
          fractionLostPct: fractionLost * PCT_PER_UNIT,
        })),
      ]
    if (blocks.length === 0) return [{ ...NO_FACTS, sentPackets }]
    return blocks.map(block => {
      const { about, fractionLost, cumulativeLost, highestSequence } = block
      const rate = rateOf(about)
      return {
        ...{ about, sentPackets, cumulativeLost, highestSequence },
        fractionLostPct: fractionLost * PCT_PER_UNIT,
        jitterMs: rate === null ? null : (block.jitter / rate) * 1000,
        roundTripMs: this.#roundTrip(packet, 's', about, block.lastReport, block.delay),
      }
    })
  }

  /** In milliseconds; null where the report that is answered was not seen, or the times make no sense. */
  #roundTrip(
    { flow, timeNs }: Reported,
    kind: 's' | 'x',
    about: number,
    lastReport: number,
    delay: number,
  ): number | null {
    if (lastReport === 0) return null
    const sentNs = this.#sent.get(keyOf(flow, kind, about, lastReport))
    if (sentNs === undefined) return null
    const ns = timeNs - sentNs - delay * NS_PER_UNIT
    return ns > 0 && ns <= TRIP_NS_MAX ? ns / NS_PER_MS : null
  }

  /** The first copy counts: what a mirror port shows twice was sent once. */
  #remember({ flow, timeNs }: Reported, { kind, ssrc, ntpMiddle }: RtcpReport): void {
    if (ntpMiddle === null || ntpMiddle === 0) return
    const key = keyOf(flow, kind === 'extended' ? 'x' : 's', ssrc, ntpMiddle)
    if (this.#sent.get(key) === undefined) this.#sent.set(key, timeNs)
  }

  /** The way to who reports, and with the latest one to the other side the whole. */
  #trip({ flow, from, timeNs }: Reported, ns: number, trips: RoundTrip[]): void {
    trips.push({ method: 'rtcp', leg: from, ns, timeNs })
    const key = keyOf(flow, 'l', flow.client.port, flow.server.port)
    const legs = this.#legs.get(key) ?? {}
    const other = legs[from === 'client' ? 'server' : 'client']
    if (other !== undefined && timeNs - other.timeNs <= APART_NS_MAX)
      trips.push({ method: 'rtcp', leg: 'total', ns: ns + other.ns, timeNs })
    this.#legs.set(key, { ...legs, [from]: { ns, timeNs } })
  }
}

const NO_FACTS: Facts = {
  ...{ about: null, fractionLostPct: null, cumulativeLost: null },
  ...{ highestSequence: null, jitterMs: null, roundTripMs: null },
}

/** Sources draw their numbers alone, so that they name nobody but between two hosts. */
function keyOf({ client, server }: MeasuredFlow, kind: string, one: number, two: number): string {
  const [a, b] = [client.address.text, server.address.text]
  return `${kind} ${a < b ? `${a} ${b}` : `${b} ${a}`} ${one} ${two}`
}
