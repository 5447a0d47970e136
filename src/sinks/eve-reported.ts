// EVE lines of what a store holds: a finding gives the line that EveWriter gives of it in an audit, as far as a store
// knows of it; and what is told of the monitor itself, which is no traffic. Described by schemas/eve.schema.json.

import type { Notice, ToldAlert } from '../model/alert.ts'
import { isLoneIcmp } from '../model/icmp.ts'
import type { ReportedExample, ReportedFinding } from '../model/result.ts'
import { isoMicros, nanosBetween, ofMs } from '../model/time.ts'
import { citation } from '../model/words.ts'
import { alertOf } from './eve-alert.ts'
import { json } from './eve-fields.ts'

const SCHEMA = 1
const NANOS_PER_SECOND = 1_000_000_000
const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = { ICMP: 1, 'IPv6-ICMP': 58 }

export interface EvePolicy {
  readonly id: string
  readonly hash: string
  readonly webex_ranges: string
}

export interface ReportedContext {
  /** Of several sensors each finding says for itself who has seen it. */
  readonly sensors: readonly string[]
  readonly policy: EvePolicy | null
}

/** By which a reader, or we after a crash, know a line again. */
export interface LineMark {
  readonly id: string
  readonly seq: number
  /** From 1, in the order of the notice's lines. */
  readonly part: number
}

/**
 * One `alert` line with its newline, or a `finding` line where the severity is info or the finding has closed: good news
 * pages nobody who forwards alerts.
 */
export function eveOfAlert(
  { finding, phase }: ToldAlert,
  mark: LineMark | null,
  context: ReportedContext,
): string {
  const [example] = finding.examples
  const alert = phase === 'close' ? null : alertOf(finding)
  return lineOf({
    timestamp: microsOf(finding.last),
    event_type: alert === null ? 'finding' : 'alert',
    ...sensorOf(context),
    ...(example === undefined ? {} : tuple(example)),
    ...(alert === null ? {} : { alert }),
    ...(example === undefined ? {} : { flow: counts(example) }),
    mp: {
      schema: SCHEMA,
      ...cause(finding, phase),
      ...(context.policy === null ? {} : { policy: context.policy }),
      ...(example === undefined ? {} : proof(example, context)),
      ...observed(finding),
      ...(mark === null ? {} : { notice: mark }),
    },
  })
}

/**
 * One line of event type `mpwatch` for what is about no finding. Suricata has no such type, so its readers pass the line
 * on or leave it out; `stats` would be drawn as counters that are missing.
 */
export function eveOfNotice(notice: Notice, mark: LineMark, context: ReportedContext): string {
  return lineOf({
    timestamp: isoMicros(...ofMs(notice.atMs)),
    event_type: 'mpwatch',
    ...sensorOf(context),
    mp: { schema: SCHEMA, kind: notice.kind, ...aboutOf(notice), notice: mark },
  })
}

const lineOf = (members: object): string => `${json(members)}\n`

const sensorOf = ({ sensors }: ReportedContext): object =>
  sensors.length === 1 ? { sensor: sensors[0] } : {}

/** `2026-03-02T10:15:42.118233456Z` as Suricata has it. */
const microsOf = (iso: string): string => `${iso.slice(0, 26)}+0000`

function tuple(example: ReportedExample): object {
  const { packet, vlan, flow_id, community_id, src_ip, dest_ip, proto, app } = example
  const hasPorts = proto === 'TCP' || proto === 'UDP'
  return {
    ...{ pcap_cnt: packet.frame, pcap_filename: packet.capture },
    ...(vlan === null ? {} : { vlan: [vlan] }),
    ...{ flow_id, community_id, src_ip },
    ...(hasPorts ? { src_port: example.src_port } : {}),
    dest_ip,
    ...(hasPorts ? { dest_port: example.dest_port } : {}),
    ...{ proto, ...icmp(example), app_proto: app?.protocol ?? 'unknown' },
  }
}

/** As in eve-fields.ts: a lone message has type and code, an exchange the types of both. */
function icmp({ proto, src_port, dest_port, pkts_toclient }: ReportedExample): object {
  const protocol = PROTOCOL_NUMBERS[proto]
  if (protocol === undefined) return {}
  if (isLoneIcmp(protocol, src_port, dest_port))
    return { icmp_type: src_port, icmp_code: dest_port }
  const reply = pkts_toclient === 0 ? {} : { response_icmp_type: dest_port, response_icmp_code: 0 }
  return { icmp_type: src_port, icmp_code: 0, ...reply }
}

/** How the record ended and in what state is not stored. */
const counts = (example: ReportedExample): object => ({
  ...{ pkts_toserver: example.pkts_toserver, pkts_toclient: example.pkts_toclient },
  ...{ bytes_toserver: example.bytes_toserver, bytes_toclient: example.bytes_toclient },
  ...{ start: microsOf(example.first), end: microsOf(example.last) },
  age: Math.floor(nanosBetween(example.first, example.last) / NANOS_PER_SECOND),
})

function cause(finding: ReportedFinding, phase: ToldAlert['phase']): object {
  const { id, members, severity, verdict, reason, confidence } = finding
  const { title, row, cite, says, rule, baseline, before } = finding
  const { source, destination, service, expected, fix, exception } = finding
  return {
    ...{ finding_id: id, phase, count: members, severity, verdict, reason, confidence },
    ...{ title, row, cite: citation(cite), says, rule },
    ...{ source, destination, service, expected, fix, exception },
    ...(baseline === undefined ? {} : { baseline }),
    ...(before === undefined ? {} : { before }),
  }
}

function proof(example: ReportedExample, { sensors }: ReportedContext): object {
  const { source, destination, outcome, direction, app, visibility, why, packet } = example
  const isTwoSided = example.pkts_toserver > 0 && example.pkts_toclient > 0
  return {
    ...{ src: placed(source), dst: placed(destination), outcome, direction },
    ...(app === null ? {} : { app }),
    ...(sensors.length > 1 ? { sensors: example.sensors } : {}),
    visibility: { score: visibility, both_directions: isTwoSided },
    ...{ why, evidence: packet },
  }
}

const placed = ({ role, zone, node, role_basis }: ReportedExample['source']): object => ({
  ...{ role, zone, node, role_basis },
})

function observed({ why, frames }: ReportedFinding): object {
  const proofs = frames.map(({ time, says, packet: { capture, frame, offset } }) => ({
    ...{ time: microsOf(time), says, capture, frame, offset },
  }))
  return {
    ...(why.length === 0 ? {} : { observed: why }),
    ...(proofs.length === 0 ? {} : { frames: proofs }),
  }
}

function aboutOf(notice: Notice): object {
  if (notice.kind === 'output')
    return { output: notice.output, state: notice.state, reason: notice.reason }
  if (notice.kind === 'digest') {
    const { notices, more, troubles } = notice
    return { notices, more, troubles }
  }
  if (notice.kind === 'heartbeat') return { sentence: notice.sentence }
  if (notice.kind === 'test') return { author: notice.author }
  if (notice.kind !== 'blind') return {}
  const { id, sensor, interface: name, cause: why, fromMs, toMs, detail } = notice.interval
  return {
    interval: { id, sensor, interface: name, cause: why, from_ms: fromMs, to_ms: toMs, detail },
  }
}
