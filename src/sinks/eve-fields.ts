// The pieces of an EVE line as text. There is a line for every flow, so the pieces are put together by
// hand: numbers, addresses and words from closed sets need no quoting, all other text goes through `quoted`.

import type { FlowEnd, FlowRecord } from '../model/flow.ts'
import { isLoneIcmp } from '../model/icmp.ts'
import type { Placement } from '../model/inventory.ts'
import { reportedApp } from '../model/reported-app.ts'
import { inertJson, quoted } from '../model/text.ts'
import { isoMicros } from '../model/time.ts'
import type { JudgedFlow, Outcome, Verdict } from '../model/verdict.ts'
import { directionConfidence, protocolName } from '../model/words.ts'

const NANOS_PER_SECOND = 1_000_000_000

// Suricata's words for why a flow left its table.
const FLOW_REASONS: Readonly<Record<FlowEnd, string>> = {
  closed: 'timeout',
  idle: 'timeout',
  active: 'forced',
  reused: 'tcp_reuse',
  evicted: 'forced',
  capture_end: 'shutdown',
}

/** A comma and the members that hold both ends and the protocol, named as Suricata names them. */
export function ends(flow: FlowRecord): string {
  const { client, server } = flow
  return (
    `,"src_ip":"${client.address.text}"${port('src_port', flow, client.port)}` +
    `,"dest_ip":"${server.address.text}"${port('dest_port', flow, server.port)}` +
    `,"proto":"${protocolName(flow.protocol)}"${icmp(flow)},"app_proto":"${flow.app.protocol ?? 'unknown'}"`
  )
}

/** A comma and the `flow` member: packets and wire bytes each way, times, state. */
export function counts(flow: FlowRecord, epochSeconds: number): string {
  const { toServer, toClient, firstNs, lastNs } = flow
  return (
    `,"flow":{"pkts_toserver":${toServer.packets},"pkts_toclient":${toClient.packets}` +
    `,"bytes_toserver":${toServer.bytes},"bytes_toclient":${toClient.bytes}` +
    `,"start":"${isoMicros(epochSeconds, firstNs)}","end":"${isoMicros(epochSeconds, lastNs)}"` +
    `,"age":${Math.floor((lastNs - firstNs) / NANOS_PER_SECOND)}` +
    `,"state":"${stateOf(flow)}","reason":"${FLOW_REASONS[flow.end]}"}`
  )
}

/** A comma and what `mp` says of a judged flow, except the policy. */
export function judgement({ client, server, verdict }: JudgedFlow): string {
  const { kind, reason, confidence, row, outcome } = verdict
  return (
    `,"verdict":"${kind}","reason":${word(reason)},"confidence":"${confidence}"` +
    `,"row":${word(row)}${remarks(verdict)}${sides(client, server)}${fate(outcome)}`
  )
}

/** A comma and the members `src` and `dst` of `mp`. */
export const sides = (client: Placement, server: Placement): string =>
  `,"src":${placed(client)},"dst":${placed(server)}`

/** A comma and the member `outcome` of `mp`. */
export const fate = ({ state, signature }: Outcome): string =>
  `,"outcome":{"state":"${state}","signature":${word(signature)}}`

/** A comma, how the record came to have this client and to end, and what it carries. */
export function how({ basis, end, app }: FlowRecord): string {
  const spoken = reportedApp(app)
  return (
    `,"direction":{"basis":"${basis}","confidence":"${directionConfidence(basis)}"},"end":"${end}"` +
    (spoken === null ? '' : `,"app":${json(spoken)}`)
  )
}

/** Any value as JSON on one line, inert on a terminal. For lines that are few. */
export const json = (value: unknown): string => inertJson(JSON.stringify(value))

export const isTwoSided = ({ toServer, toClient }: FlowRecord): boolean =>
  toServer.packets > 0 && toClient.packets > 0

/** ICMP has types and codes where others have ports; protocols with neither get neither. */
const port = (name: string, { transport }: FlowRecord, value: number): string =>
  transport === 'tcp' || transport === 'udp' ? `,"${name}":${value}` : ''

/** Type and code; of an exchange, whose code is always zero, the reply's type as well once it was seen. */
function icmp({ transport, protocol, client, server, toClient }: FlowRecord): string {
  if (transport !== 'icmp' && transport !== 'icmp6') return ''
  const type = `,"icmp_type":${client.port}`
  if (isLoneIcmp(protocol, client.port, server.port)) return `${type},"icmp_code":${server.port}`
  const request = `${type},"icmp_code":0`
  if (toClient.packets === 0) return request
  return `${request},"response_icmp_type":${server.port},"response_icmp_code":0`
}

function stateOf(flow: FlowRecord): string {
  if (flow.tcp !== null) return flow.tcp.state
  return isTwoSided(flow) ? 'established' : 'new'
}

/** What stands beside a verdict; most flows have little of it. */
function remarks({ verified, advisories, serviceDown, practice, excepted }: Verdict): string {
  return (
    `,"verified":"${verified}"` +
    (advisories.length === 0 ? '' : `,"advisories":${json(advisories)}`) +
    (serviceDown ? ',"service_down":true' : '') +
    (practice === null ? '' : `,"practice":${quoted(practice)}`) +
    (excepted === null ? '' : `,"excepted":${json(excepted)}`)
  )
}

function placed({ role, zone, node, basis }: Placement): string {
  const name = word(node === null ? null : node.name)
  return `{"role":${quoted(role)},"zone":"${zone}","node":${name},"role_basis":"${basis}"}`
}

const word = (text: string | null): string => (text === null ? 'null' : quoted(text))
