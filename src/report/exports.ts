// What the history holds as rows for other programs: JSON, JSON lines and CSV. Rows come page by page and go out one
// by one, so that nothing is held but a page.

import type { FindingEvent, StoredFinding } from '../model/lifecycle.ts'
import type { FlowRow, Point } from '../model/live.ts'
import { MEASUREMENTS, type MeasurementName } from '../model/measurement.ts'
import { inertJson } from '../model/text.ts'
import { isoNanos } from '../model/time.ts'
import { type Cell, csvLine } from './csv.ts'

export const EXPORT_FORMATS = ['json', 'jsonl', 'csv'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** How one kind of row becomes text. */
export interface Kind<Row> {
  readonly columns: readonly string[]
  /** The cells of CSV, one for each column. */
  cells(row: Row): readonly Cell[]
  /** What JSON shows. */
  object(row: Row): unknown
}

/** The text of all rows, piece by piece, with what stands before and behind them. */
export async function* exported<Row>(
  rows: AsyncIterable<Row>,
  kind: Kind<Row>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(kind.columns)
  if (format === 'json') yield '['
  let isFirst = true
  for await (const row of rows) {
    yield format === 'csv' ? csvLine(kind.cells(row)) : jsonOf(kind.object(row), format, isFirst)
    isFirst = false
  }
  if (format === 'json') yield isFirst ? ']\n' : '\n]\n'
}

function jsonOf(object: unknown, format: 'json' | 'jsonl', isFirst: boolean): string {
  const text = inertJson(JSON.stringify(object))
  if (format === 'jsonl') return `${text}\n`
  return isFirst ? `\n${text}` : `,\n${text}`
}

/** ISO 8601, of Unix milliseconds. */
const isoMs = (ms: number | null): string | null =>
  ms === null ? null : isoNanos(Math.floor(ms / 1000), (ms - Math.floor(ms / 1000) * 1000) * 1e6)

/** ISO 8601, of Unix microseconds. */
const isoUs = (us: number): string =>
  isoNanos(Math.floor(us / 1e6), (us - Math.floor(us / 1e6) * 1e6) * 1000)

export const FINDINGS: Kind<StoredFinding> = {
  columns: [
    ...['id', 'severity', 'state', 'verdict', 'reason', 'confidence', 'row', 'title'],
    ...['source', 'destination', 'service', 'members', 'packets', 'bytes', 'episodes'],
    ...['first', 'last', 'opened', 'closed', 'acknowledged_by', 'acknowledged', 'comment'],
    ...['storm', 'fix'],
  ],
  cells: ({ finding, acknowledgement, ...stored }) => [
    ...[finding.id, finding.severity, stored.state, finding.verdict, finding.reason],
    ...[finding.confidence, finding.row, finding.title, finding.source, finding.destination],
    ...[finding.service, finding.members, finding.packets, finding.bytes, stored.episodes],
    ...[finding.first, finding.last, isoMs(stored.openedMs), isoMs(stored.closedMs)],
    ...[acknowledgement?.author, isoMs(acknowledgement?.atMs ?? null), acknowledgement?.comment],
    ...[stored.storm, finding.fix],
  ],
  object: stored => stored,
}

export const EVENTS: Kind<FindingEvent> = {
  columns: [
    ...['time', 'recorded', 'phase', 'id', 'severity', 'state', 'row', 'members', 'page'],
    ...['held_by', 'held_id', 'title'],
  ],
  cells: ({ captureMs, atMs, phase, stored: { finding, state }, isPage, held }) => [
    ...[isoMs(captureMs), isoMs(atMs), phase, finding.id, finding.severity, state, finding.row],
    ...[finding.members, isPage, held?.by, held?.id, finding.title],
  ],
  object: event => event,
}

export const FLOWS: Kind<FlowRow> = {
  columns: [
    ...['first', 'last', 'sensor', 'transport', 'protocol', 'vlan', 'client', 'client_port'],
    ...['server', 'server_port', 'source', 'destination', 'verdict', 'reason', 'row', 'app'],
    ...['state', 'packets_to_server', 'packets_to_client', 'bytes_to_server', 'bytes_to_client'],
  ],
  cells: flow => [
    ...[isoUs(flow.firstUs), isoUs(flow.lastUs), flow.sensor, flow.transport, flow.protocol],
    ...[flow.vlan, flow.client, flow.clientPort, flow.server, flow.serverPort, flow.source],
    ...[flow.destination, flow.verdict, flow.reason, flow.row, flow.app, flow.state],
    ...[flow.packetsToServer, flow.packetsToClient, flow.bytesToServer, flow.bytesToClient],
  ],
  object: flow => ({ ...flow, first: isoUs(flow.firstUs), last: isoUs(flow.lastUs) }),
}

const COMMON_TAGS = ['site', 'sensor']

/** Each measurement has columns of its own. */
export function pointsKind(measurement: MeasurementName): Kind<Point> {
  const tags = [...COMMON_TAGS, ...MEASUREMENTS[measurement].tags]
  const fields = Object.keys(MEASUREMENTS[measurement].fields)
  return {
    columns: ['time', ...tags, ...fields],
    cells: point => [
      isoUs(point.timeUs),
      ...tags.map(tag => own(point.tags, tag)),
      ...fields.map(field => own(point.fields, field)),
    ],
    object: point => ({
      ...{ time: isoUs(point.timeUs), measurement: point.measurement },
      ...{ tags: point.tags, fields: point.fields },
    }),
  }
}

const own = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
