// What was measured, as the members of an EVE line: `quality` with its kind, and both ends in the direction
// measured, so that `src_ip` is who sent it. Milliseconds and percent have three decimals.

import { captureLossPct, lossPct, lossState } from '../model/loss.ts'
import type {
  Distribution,
  IcmpQuality,
  MeasuredFlow,
  NtpQuality,
  QualityRecord,
  RtcpQuality,
  RtpQuality,
  Side,
  TcpQuality,
} from '../model/quality.ts'
import { ssrcText, thousandths } from '../model/reported-quality.ts'
import { isoMicros } from '../model/time.ts'
import { protocolName } from '../model/words.ts'

/** A comma and both ends, who sent first; ICMP has type and code where others have ports. */
export function measuredEnds(
  { transport, protocol, client, server }: MeasuredFlow,
  from: Side,
): string {
  const [source, target] = from === 'client' ? [client, server] : [server, client]
  const hasPorts = transport === 'tcp' || transport === 'udp'
  const isIcmp = transport === 'icmp' || transport === 'icmp6'
  const port = (name: string, value: number) => (hasPorts ? `,"${name}":${value}` : '')
  return (
    `,"src_ip":"${source.address.text}"${port('src_port', source.port)}` +
    `,"dest_ip":"${target.address.text}"${port('dest_port', target.port)}` +
    `,"proto":"${protocolName(protocol)}"` +
    (isIcmp ? `,"icmp_type":${source.port},"icmp_code":0` : '')
  )
}

/** The value of the member `quality`; moments count from the epoch. */
export function measuredFacts(record: QualityRecord, epochSeconds: number): object {
  if (record.kind === 'tcp') return tcpFacts(record)
  if (record.kind === 'rtp') return rtpFacts(record, epochSeconds)
  if (record.kind === 'rtcp') return rtcpFacts(record)
  if (record.kind === 'ntp') return ntpFacts(record)
  return icmpFacts(record)
}

function tcpFacts(record: TcpQuality): object {
  const { handshakeNs, legNs, retransmissions: again } = record
  return {
    kind: 'tcp',
    handshake_rtt_us: microseconds(handshakeNs),
    leg_rtt_us: microseconds(legNs),
    rtt_ms: spread(record.rtt),
    segments: record.segments,
    retransmissions: {
      ...{ total: again.total, fast: again.fast },
      ...{ timeout: again.timeout, spurious: again.spurious },
    },
    out_of_order: record.outOfOrder,
    duplicate_acks: record.duplicateAcks,
    zero_windows: record.zeroWindows,
    keep_alives: record.keepAlives,
    capture_gaps: record.captureGaps,
    capture_loss_pct: thousandths(captureLossPct(record)),
    lost: record.lost,
    lost_before: record.lostBefore,
    loss_pct: thousandths(lossPct(record)),
    loss_state: lossState(record),
  }
}

function rtpFacts(record: RtpQuality, epochSeconds: number): object {
  const { jitterMs } = record
  return {
    kind: 'rtp',
    ssrc: ssrcText(record.ssrc),
    payload_type: record.payloadType,
    payload_type_changes: record.payloadTypeChanges,
    clock_rate: record.clockRate,
    clock_rate_basis: record.clockRateBasis,
    packets: record.packets,
    expected: record.expected,
    lost: record.lost,
    loss_pct: record.expected === 0 ? null : thousandths((100 * record.lost) / record.expected),
    duplicates: record.duplicates,
    out_of_order: record.outOfOrder,
    restarts: record.restarts,
    jitter_ms:
      jitterMs === null
        ? null
        : { mean: thousandths(jitterMs.mean), max: thousandths(jitterMs.max) },
    announced: record.announced,
    start: isoMicros(epochSeconds, record.firstNs),
    end: isoMicros(epochSeconds, record.lastNs),
  }
}

const rtcpFacts = (record: RtcpQuality): object => ({
  kind: 'rtcp',
  report: record.report,
  ssrc: ssrcText(record.ssrc),
  about: record.about === null ? null : ssrcText(record.about),
  fraction_lost_pct: thousandths(record.fractionLostPct),
  cumulative_lost: record.cumulativeLost,
  highest_sequence: record.highestSequence,
  jitter_ms: thousandths(record.jitterMs),
  rtt_ms: thousandths(record.roundTripMs),
})

const ntpFacts = (record: NtpQuality): object => ({
  kind: 'ntp',
  offset_ms: thousandths(record.offsetMs),
  sensor_offset_ms: thousandths(record.sensorOffsetMs),
  delay_ms: thousandths(record.delayMs),
  uncertainty_ms: thousandths(record.uncertaintyMs),
  sensor_uncertainty_ms: thousandths(record.sensorUncertaintyMs),
  stratum: record.stratum,
  leap: record.leap,
  kiss: record.kiss,
  poll_s: record.pollS,
  root_delay_ms: thousandths(record.rootDelayMs),
  root_dispersion_ms: thousandths(record.rootDispersionMs),
})

const icmpFacts = ({ rtt, requests, replies }: IcmpQuality): object => ({
  kind: 'icmp',
  rtt_ms: spread(rtt),
  requests,
  replies,
})

const spread = ({ n, min, p50, p95, p99, max }: Distribution): object => ({
  n,
  ...{ min: thousandths(min), p50: thousandths(p50), p95: thousandths(p95) },
  ...{ p99: thousandths(p99), max: thousandths(max) },
})

const microseconds = (ns: number | null): number | null =>
  ns === null ? null : Math.round(ns / 1000)
