// Findings as reports show them: times as text, ends with their roles, packets by name and number. The
// parts of an example are the evidence bundle E0 of the requirements, 1.1.

import { standingOf } from '../model/baseline.ts'
import type { Example, Finding } from '../model/finding.ts'
import type { FlowRecord, PacketRef } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import { reportedApp } from '../model/reported-app.ts'
import type { ReportedExample, ReportedFinding, ReportedPlacement } from '../model/result.ts'
import type { RunContext } from '../model/run.ts'
import { isoNanos } from '../model/time.ts'
import { answeredHow, directionConfidence, protocolName } from '../model/words.ts'
import { displayFilter } from './filter.ts'

/** The finding, with all its examples, in the words and units of the JSON report. */
export function reportedFinding(finding: Finding, run: RunContext): ReportedFinding {
  const { where, firstNs, lastNs, examples, frames, earlier: _, ...same } = finding
  return {
    ...same,
    ...standingOf(finding),
    rule: where,
    first: isoNanos(run.epochSeconds(), firstNs),
    last: isoNanos(run.epochSeconds(), lastNs),
    examples: examples.map(example => reportedExample(example, run)),
    frames: frames.map(({ timeNs, packet, says }) => ({
      time: isoNanos(run.epochSeconds(), timeNs),
      says,
      packet: reportedPacket(packet, run),
    })),
  }
}

const reportedPacket = ({ file, frame, offset }: PacketRef, run: RunContext) => ({
  capture: run.captureName(file),
  frame,
  offset,
})

/** One member flow with everything that proves it. */
export function reportedExample(example: Example, run: RunContext): ReportedExample {
  const { flow, client, server, outcome, visibility, why } = example
  return {
    community_id: run.communityId(flow),
    flow_id: run.flowId(flow),
    ...tuple(flow),
    first: isoNanos(run.epochSeconds(), flow.firstNs),
    last: isoNanos(run.epochSeconds(), flow.lastNs),
    pkts_toserver: flow.toServer.packets,
    pkts_toclient: flow.toClient.packets,
    bytes_toserver: flow.toServer.bytes,
    bytes_toclient: flow.toClient.bytes,
    vlan: flow.vlan,
    source: placed(client),
    destination: placed(server),
    direction: { basis: flow.basis, confidence: directionConfidence(flow.basis) },
    outcome: { state: outcome.state, signature: outcome.signature },
    timeline: timeline(flow, run.epochSeconds()),
    visibility,
    sensors: run.sensorsOf(flow),
    app: reportedApp(flow.app),
    why: [...(outcome.state === 'answered' ? [answeredHow(flow)] : outcome.why), ...why],
    packet: reportedPacket(flow.first, run),
    filter: displayFilter(flow),
  }
}

const tuple = ({ client, server, protocol }: FlowRecord) => ({
  src_ip: client.address.text,
  src_port: client.port,
  dest_ip: server.address.text,
  dest_port: server.port,
  proto: protocolName(protocol),
})

const placed = ({ node, role, zone, basis }: Placement): ReportedPlacement => ({
  node: node === null ? null : node.name,
  role,
  zone,
  role_basis: basis,
})

interface Moment {
  readonly ns: number
  readonly event: string
  readonly ttl: number | null
}

/** What happened when, in order of time; of equal times, in the order in which TCP would have it. */
function timeline(flow: FlowRecord, epochSeconds: number): ReportedExample['timeline'] {
  return [firstPacket(flow), ...handshake(flow), ...refusal(flow), lastPacket(flow)]
    .flat()
    .toSorted((left, right) => left.ns - right.ns)
    .map(({ ns, event, ttl }) => ({ time: isoNanos(epochSeconds, ns), event, ttl }))
}

/** Said only where no SYN opens the flow: it was picked up under way, or has no handshake. */
function firstPacket({ tcp, firstNs }: FlowRecord): Moment[] {
  if (tcp !== null && (tcp.syn !== null || tcp.synAck !== null)) return []
  return [{ ns: firstNs, event: 'first packet', ttl: null }]
}

function handshake({ tcp }: FlowRecord): Moment[] {
  if (tcp === null) return []
  const { syn, synCount, lastSynNs, synAck } = tcp
  const moments: Moment[] = []
  if (syn !== null) moments.push({ ns: syn.timeNs, event: 'SYN', ttl: syn.ttl })
  if (synCount > 1)
    moments.push({ ns: lastSynNs, event: `SYN repeated, ${synCount} in all`, ttl: null })
  if (synAck !== null) moments.push({ ns: synAck.timeNs, event: 'SYN-ACK', ttl: synAck.ttl })
  return moments
}

function refusal({ tcp, icmpError }: FlowRecord): Moment[] {
  const moments: Moment[] = []
  const rst = tcp === null ? null : tcp.rst
  if (rst !== null) moments.push({ ns: rst.timeNs, event: `RST from ${rst.from}`, ttl: rst.ttl })
  if (icmpError !== null) {
    const { version, type, code, from, timeNs } = icmpError
    const name = version === 4 ? 'ICMP' : 'ICMPv6'
    moments.push({ ns: timeNs, event: `${name} ${type}/${code} from ${from.text}`, ttl: null })
  }
  return moments
}

/** The kernel keeps that a FIN was sent, not when; the last packet is the latest time it can have. */
function lastPacket({ tcp, lastNs }: FlowRecord): Moment[] {
  const sides = tcp === null ? [] : (['client', 'server'] as const).filter(side => tcp.fin[side])
  const fin = sides.length === 0 ? '' : `; FIN was sent by ${sides.join(' and ')}`
  return [{ ns: lastNs, event: `last packet${fin}`, ttl: null }]
}
