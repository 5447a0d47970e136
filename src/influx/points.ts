// What the store holds, as points of InfluxDB (semantics 3.6). The key of each point follows from what was stored alone, so
// that a retry, a second run or a second export of the same store overwrites what is there, and adds nothing.

import type { FindingEvent } from '../model/lifecycle.ts'
import type { BlindInterval } from '../model/live.ts'
import { ALL, measuredBy, NONE } from '../model/measurement.ts'
import type { ReportedExample } from '../model/result.ts'
import type { NumberedEntry, NumberedPoint } from '../model/store.ts'
import type { InfluxPoint } from './writer.ts'

const NS_OF_MS = 1_000_000

/** A point of the store on its way; its nanosecond was fixed when it was stored. */
export const storedPoint = ({ measurement, tags, fields, timeNs }: NumberedPoint): InfluxPoint => ({
  ...{ measurement, tags, fields, timeNs },
})

/**
 * The points of an entry: `mp_violation` of a finding's event, at its capture millisecond; `mp_blind` of an interval, at its
 * beginning.
 */
export const entryPoints = (
  { number, entry }: NumberedEntry<'finding' | 'blind'>,
  site: string,
): readonly InfluxPoint[] =>
  entry.kind === 'finding' ? [violation(entry, number, site)] : [blindPoint(entry.interval, site)]

function violation(event: FindingEvent, number: number, site: string): InfluxPoint {
  const { finding, episodes } = event.stored
  const { row, verdict, reason, severity, confidence } = finding
  const [example] = finding.examples
  return {
    measurement: 'mp_violation',
    tags: {
      ...{ site, sensor: measuredBy(example?.sensors ?? []), row, verdict, severity, confidence },
      ...{ reason: reason || NONE, phase: event.phase },
    },
    fields: {
      ...{ count: episodes, members: finding.members, alert_id: finding.id },
      ...{ src_node: finding.source, dst_node: finding.destination, message: finding.title },
      ...{ first_seen: finding.first, last_seen: finding.last },
      ...(example === undefined ? {} : flowFields(example)),
    },
    // The nanoseconds within the millisecond tell its events apart.
    timeNs: nanoseconds(event.captureMs) + BigInt((event.place ?? number) % NS_OF_MS),
  }
}

const flowFields = (example: ReportedExample): InfluxPoint['fields'] => ({
  ...{ community_id: example.community_id, direction_basis: example.direction.basis },
  ...{ src_ip: example.src_ip, src_port: example.src_port },
  ...{ dst_ip: example.dest_ip, dst_port: example.dest_port },
  evidence_ref: `${example.packet.capture}#${example.packet.frame}`,
})

/** While it lasts nobody knows how long it will be, so `seconds` comes with its end. */
export const blindPoint = (interval: BlindInterval, site: string): InfluxPoint => ({
  measurement: 'mp_blind',
  tags: {
    ...{ site, sensor: interval.sensor || ALL, iface: interval.interface ?? ALL },
    cause: interval.cause,
  },
  fields: {
    ...{ ends_ms: interval.toMs ?? 0, lasts: interval.toMs === null, detail: interval.detail },
    ...(interval.toMs === null ? {} : { seconds: (interval.toMs - interval.fromMs) / 1000 }),
  },
  timeNs: nanoseconds(interval.fromMs),
})

const nanoseconds = (ms: number): bigint => BigInt(Math.floor(ms)) * BigInt(NS_OF_MS)
