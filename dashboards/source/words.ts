// How tags and fields are called where people read them, and in which unit they are.

import type { Unit } from './panel.ts'

interface Word {
  readonly title: string
  readonly unit?: Unit
}

const WORDS: Readonly<Record<string, Word>> = {
  time: { title: 'Time, UTC' },
  _time: { title: 'Time, UTC' },
  ...{ site: { title: 'Site' }, sensor: { title: 'Sensor' }, iface: { title: 'Interface' } },
  ...{ severity: { title: 'Severity' }, phase: { title: 'What' }, row: { title: 'Row' } },
  ...{ verdict: { title: 'Verdict' }, reason: { title: 'Reason' }, message: { title: 'Finding' } },
  ...{ src_node: { title: 'From' }, dst_node: { title: 'To' }, members: { title: 'Hits' } },
  ...{ src_ip: { title: 'Example: from' }, src_port: { title: 'Port', unit: 'none' } },
  ...{ dst_ip: { title: 'Example: to' }, dst_port: { title: 'To port', unit: 'none' } },
  ...{ first_seen: { title: 'Since' }, last_seen: { title: 'Last seen' } },
  ...{ count: { title: 'Times opened' }, alert_id: { title: 'Id' } },
  ...{ community_id: { title: 'Community ID' }, evidence_ref: { title: 'Packet' } },
  ...{ confidence: { title: 'Confidence' }, statement: { title: 'Statement' } },
  ...{ state_name: { title: 'State' }, flows: { title: 'Seen' }, node: { title: 'Web Server' } },
  ...{ pair: { title: 'Pair' }, method: { title: 'Method' }, leg: { title: 'Leg' } },
  ...{ dir: { title: 'Direction' }, media_role: { title: 'Role' }, cause: { title: 'Cause' } },
  ...{ detail: { title: 'What was noticed' }, seconds: { title: 'Length', unit: 's' } },
  lasts: { title: 'Lasts' },
  worst_ms: { title: 'Slowest', unit: 'ms' },
  p95_ms: { title: 'p95, worst 10 s', unit: 'ms' },
  trips: { title: 'Round trips' },
  over: { title: 'Over 100 ms', unit: 'percent' },
  lost_pct: { title: 'Share lost', unit: 'percent' },
  expected: { title: 'Expected' },
  lost: { title: 'Lost' },
  capture_lost: { title: 'Lost by the capture' },
  offset_ms: { title: 'Offset', unit: 'ms' },
  uncertainty_ms: { title: 'Known to within', unit: 'ms' },
  stratum: { title: 'Stratum' },
  packets: { title: 'Packets' },
  dropped: { title: 'Dropped' },
  iface_dropped: { title: 'By the interface' },
  dropped_pct: { title: 'Share dropped', unit: 'percent' },
  attempts: { title: 'Attempts' },
  unanswered: { title: 'Unanswered' },
  refused: { title: 'Refused' },
}

export const titleOf = (name: string): string => WORDS[name]?.title ?? name
export const unitOf = (name: string): Unit => WORDS[name]?.unit ?? 'count'
