// What the engine says, as the rows of the store: flows, and points of time series. Times become Unix time in whole
// microseconds, cut and never rounded.

import type { FlowRecord } from '../model/flow.ts'
import type { FlowRow, Point } from '../model/live.ts'
import { OTHER } from '../model/measurement.ts'
import type { MeasurementRow } from '../model/quality.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { isAnswered } from '../policy/outcome.ts'

export interface FlowRowContext {
  /** Unix time in whole seconds from which the flow's times count. */
  readonly epochSeconds: number
  /** Names of the sensors that saw the flow; none where nothing names them. */
  readonly sensorsOf: (flow: FlowRecord) => readonly string[]
}

/** Unix milliseconds of a moment of the run. */
export const unixMillis = (epochSeconds: number, ns: number): number =>
  epochSeconds * 1000 + Math.floor(ns / 1e6)

/** Unix microseconds of a moment of the run. */
const unixMicros = (epochSeconds: number, ns: number): number =>
  epochSeconds * 1e6 + Math.floor(ns / 1000)

/**
 * The flow as the store keeps it. `sensor` names those that saw it, joined by `+`; `state` is what became of it,
 * in the words of `OutcomeState`.
 */
export function flowRow(judged: JudgedFlow, { epochSeconds, sensorsOf }: FlowRowContext): FlowRow {
  const { flow, client, server, verdict } = judged
  return {
    firstUs: unixMicros(epochSeconds, flow.firstNs),
    lastUs: unixMicros(epochSeconds, flow.lastNs),
    sensor: sensorsOf(flow).join('+') || OTHER,
    transport: flow.transport,
    protocol: flow.protocol,
    vlan: flow.vlan,
    client: flow.client.address.text,
    clientPort: flow.client.port,
    server: flow.server.address.text,
    serverPort: flow.server.port,
    source: client.name,
    destination: server.name,
    verdict: verdict.kind,
    reason: verdict.reason,
    row: verdict.row,
    app: flow.app.protocol,
    state: stateOf(judged),
    packetsToServer: flow.toServer.packets,
    packetsToClient: flow.toClient.packets,
    bytesToServer: flow.toServer.bytes,
    bytesToClient: flow.toClient.bytes,
  }
}

/** What became of the flow. Nobody judges what is out of scope, so of that the headers alone tell. */
export function stateOf({ flow, verdict }: JudgedFlow): FlowRow['state'] {
  if (verdict.kind !== 'out_of_scope') return verdict.outcome.state
  if (isAnswered(flow)) return 'answered'
  if (flow.tcp === null) return flow.icmpError === null ? 'one_way' : 'refused'
  if (flow.tcp.rst?.from === 'server' || flow.icmpError !== null) return 'refused'
  return flow.tcp.syn === null ? 'one_way' : 'unanswered'
}

/** A point that watchers have measured, of this site and sensor. */
export const pointOf = (
  { measurement, tags, fields, timeNs }: MeasurementRow,
  {
    epochSeconds,
    site,
    sensor,
  }: { readonly epochSeconds: number; readonly site: string; readonly sensor: string },
): Point => ({
  measurement,
  tags: { site, sensor, ...tags },
  fields,
  timeUs: unixMicros(epochSeconds, timeNs),
})
