// The worst streams of media of a run, in bounded memory: by the share they lost, then by their jitter. All are
// counted. A stream whose record was cut goes on where it was kept.

import type { Address } from '../model/address.ts'
import type { RtcpQuality, RtpQuality } from '../model/quality.ts'
import { Recent } from '../model/recent.ts'
import {
  type ReportedQuality,
  type ReportedStream,
  ssrcText,
  thousandths,
} from '../model/reported-quality.ts'
import { byText } from '../model/text.ts'
import { isoNanos } from '../model/time.ts'

/** Kept at least; the better ones of twice as many are forgotten. */
const STREAMS_MAX = 1000
/** Reports of receivers that are remembered. */
const REPORTS_MAX = 4096

export class StreamBook {
  readonly #nameOf: (address: Address) => string
  #kept = new Map<string, RtpQuality>()
  readonly #reports = new Recent<string, RtcpQuality>(REPORTS_MAX)
  readonly #all = { count: 0, packets: 0, expected: 0, lost: 0 }

  constructor(nameOf: (address: Address) => string) {
    this.#nameOf = nameOf
  }

  stream(record: RtpQuality): void {
    const key = keyOf(record, record.ssrc)
    const before = this.#kept.get(key)
    this.#all.packets += record.packets
    this.#all.expected += record.expected
    this.#all.lost += record.lost
    if (before === undefined) this.#all.count++
    this.#kept.set(key, before === undefined ? record : joined(before, record))
    if (this.#kept.size >= 2 * STREAMS_MAX) this.#forget()
  }

  /** What a receiver says of a source whose packets go the other way. */
  report(record: RtcpQuality): void {
    if (record.about !== null) this.#reports.set(hostsOf(record, record.about), record)
  }

  /** How many streams are remembered. */
  get size(): number {
    return this.#kept.size
  }

  seen(): ReportedQuality['streams_seen'] {
    const { expected, lost } = this.#all
    return { ...this.#all, loss_pct: expected === 0 ? null : thousandths((100 * lost) / expected) }
  }

  worst(max: number, epochSeconds: number): ReportedStream[] {
    return this.#sorted()
      .slice(0, Math.min(max, STREAMS_MAX))
      .map(([, record]) => this.#reported(record, epochSeconds))
  }

  #forget(): void {
    this.#kept = new Map(this.#sorted().slice(0, STREAMS_MAX))
  }

  #sorted(): [string, RtpQuality][] {
    return [...this.#kept].sort(
      ([keyA, a], [keyB, b]) =>
        lossOf(b) - lossOf(a) ||
        (b.jitterMs?.max ?? -1) - (a.jitterMs?.max ?? -1) ||
        a.firstNs - b.firstNs ||
        byText(keyA, keyB),
    )
  }

  #reported(record: RtpQuality, epochSeconds: number): ReportedStream {
    const { source, target } = endsOf(record)
    const { jitterMs } = record
    return {
      ...{ from: this.#nameOf(source.address), to: this.#nameOf(target.address) },
      ...{ src_ip: source.address.text, src_port: source.port },
      ...{ dest_ip: target.address.text, dest_port: target.port },
      ssrc: ssrcText(record.ssrc),
      payload_type: record.payloadType,
      clock_rate: record.clockRate,
      clock_rate_basis: record.clockRateBasis,
      ...{ packets: record.packets, expected: record.expected, lost: record.lost },
      loss_pct: record.expected === 0 ? null : thousandths(lossOf(record)),
      ...{ duplicates: record.duplicates, out_of_order: record.outOfOrder },
      restarts: record.restarts,
      jitter_ms: jitterMs && { mean: thousandths(jitterMs.mean), max: thousandths(jitterMs.max) },
      reported: this.#reportOn(record),
      first: isoNanos(epochSeconds, record.firstNs),
      last: isoNanos(epochSeconds, record.lastNs),
    }
  }

  #reportOn(record: RtpQuality): ReportedStream['reported'] {
    const report = this.#reports.get(hostsOf(record, record.ssrc))
    if (report === undefined) return null
    return {
      fraction_lost_pct: thousandths(report.fractionLostPct),
      jitter_ms: thousandths(report.jitterMs),
      rtt_ms: thousandths(report.roundTripMs),
    }
  }
}

const lossOf = ({ lost, expected }: RtpQuality): number =>
  expected === 0 ? 0 : (100 * lost) / expected

function endsOf({ flow: { client, server }, from }: RtpQuality) {
  return from === 'client' ? { source: client, target: server } : { source: server, target: client }
}

/** The source within its flow and direction. */
function keyOf(record: RtpQuality, ssrc: number): string {
  const { source, target } = endsOf(record)
  return `${source.address.text} ${source.port} ${target.address.text} ${target.port} ${ssrc}`
}

/** The source between its two hosts: reports go by other ports. */
function hostsOf({ flow: { client, server } }: RtpQuality | RtcpQuality, ssrc: number): string {
  return [...[client.address.text, server.address.text].sort(byText), ssrc].join(' ')
}

/** Two records of one stream, the later one last. */
function joined(before: RtpQuality, record: RtpQuality): RtpQuality {
  return {
    ...record,
    payloadTypeChanges: before.payloadTypeChanges + record.payloadTypeChanges,
    packets: before.packets + record.packets,
    expected: before.expected + record.expected,
    lost: before.lost + record.lost,
    duplicates: before.duplicates + record.duplicates,
    outOfOrder: before.outOfOrder + record.outOfOrder,
    restarts: before.restarts + record.restarts,
    jitterMs: joinedJitter(before, record),
    firstNs: Math.min(before.firstNs, record.firstNs),
    lastNs: Math.max(before.lastNs, record.lastNs),
    announced: before.announced || record.announced,
  }
}

/** The mean by packets. */
function joinedJitter(before: RtpQuality, record: RtpQuality): RtpQuality['jitterMs'] {
  const [one, other] = [before.jitterMs, record.jitterMs]
  if (one === null || other === null) return other ?? one
  const packets = Math.max(1, before.packets + record.packets)
  return {
    mean: (one.mean * before.packets + other.mean * record.packets) / packets,
    max: Math.max(one.max, other.max),
  }
}
