// Media streams and clocks for a terminal.

import type {
  ReportedClock,
  ReportedQuality,
  ReportedSensorClock,
  ReportedStream,
} from '../model/reported-quality.ts'
import { counted, grouped } from '../model/text.ts'
import { hanging } from './layout.ts'
import { type Column, type TableRow, table } from './table.ts'
import type { Page } from './terminal-basis.ts'
import { milliseconds } from './terminal-pairs.ts'

const ROWS_MAX = 50
/** So many are shown where none of them lost anything. */
const WHOLE_MAX = 10
/** A sensor whose clock is further off makes every time of a report doubtful. */
const SENSOR_MS_MAX = 1000

// Names of the static payload types that meetings use (RFC 3551, 6).
const CODECS: Readonly<Record<number, string>> = {
  ...{ 0: 'PCMU', 3: 'GSM', 4: 'G723', 8: 'PCMA', 9: 'G722', 13: 'CN', 15: 'G728', 18: 'G729' },
  ...{ 26: 'JPEG', 31: 'H261', 32: 'MPV', 33: 'MP2T', 34: 'H263' },
}

const STREAM_COLUMNS: readonly Column[] = [
  ...[
    { head: 'SSRC', rank: 4 },
    { head: 'type', rank: 5 },
    { head: 'expected', rank: 2 },
  ],
  ...[
    { head: 'lost', rank: 3 },
    { head: '%', rank: 0 },
    { head: 'jitter ms', rank: 1 },
  ],
  ...[
    { head: 'max', rank: 6 },
    { head: 'since, UTC', rank: 7 },
  ],
]

export function streams(quality: ReportedQuality, page: Page): readonly string[] {
  const { streams: worst, streams_seen: seen } = quality
  const heading = page.paint('bold', 'Media streams (RTP), worst first')
  if (worst.length === 0) return [heading, '  No RTP stream was seen.']
  const lossy = worst.filter(({ lost }) => lost > 0).length
  const shown = worst.slice(0, Math.min(ROWS_MAX, Math.max(lossy, WHOLE_MAX)))
  const rows = shown.map(streamRow)
  const more = seen.count - rows.length
  return [
    heading,
    ...table(STREAM_COLUMNS, rows, page),
    ...(more <= 0 ? [] : hanging('  ', `${grouped(more)} more, none of them worse.`, page.width)),
    ...hanging('  ', togetherText(seen), page.width),
  ]
}

function streamRow(stream: ReportedStream): TableRow {
  const { ssrc, payload_type: type, expected, lost, loss_pct: pct, jitter_ms: jitter } = stream
  return {
    label: `${endText(stream.from, stream.src_ip)}:${stream.src_port} → ${endText(stream.to, stream.dest_ip)}:${stream.dest_port}`,
    isMarked: false,
    cells: [
      ...[ssrc, CODECS[type] ?? String(type), grouped(expected), grouped(lost)],
      pct === null ? '-' : pct.toFixed(2),
      jitter === null ? '-' : milliseconds(jitter.mean),
      jitter === null ? '-' : milliseconds(jitter.max),
      stream.first.slice(11, 19),
    ],
    remark: streamRemark(stream),
  }
}

/** Hosts that have no name of their own are shown by their address. */
const endText = (name: string, address: string): string => (name.includes('@') ? address : name)

function streamRemark(stream: ReportedStream): string {
  const { reported, clock_rate: rate, clock_rate_basis: basis } = stream
  const parts = [
    ...(rate === null
      ? ['clock rate not known']
      : basis === 'inferred'
        ? [`${rate} Hz inferred`]
        : []),
    ...(stream.duplicates > 0 ? [counted(stream.duplicates, 'duplicate')] : []),
    ...(stream.out_of_order > 0 ? [`${grouped(stream.out_of_order)} out of order`] : []),
    ...(stream.restarts > 0 ? [counted(stream.restarts, 'restart')] : []),
    ...(reported === null ? [] : [receiverText(reported)]),
  ]
  return parts.length === 0 ? '' : `${capitalised(parts.join(', '))}.`
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function receiverText(reported: NonNullable<ReportedStream['reported']>): string {
  const { fraction_lost_pct: lost, jitter_ms: jitter, rtt_ms: rtt } = reported
  const facts = [
    ...(lost === null ? [] : [`${lost.toFixed(1)} % lost`]),
    ...(jitter === null ? [] : [`jitter ${milliseconds(jitter)} ms`]),
    ...(rtt === null ? [] : [`round trip ${milliseconds(rtt)} ms`]),
  ]
  return facts.length === 0 ? 'its receiver reports' : `its receiver says ${facts.join(', ')}`
}

function togetherText({ count, expected, lost, loss_pct: pct }: ReportedQuality['streams_seen']) {
  const share = pct === null ? '' : `, ${pct.toFixed(2)} %`
  return `${counted(count, 'stream')}: ${grouped(lost)} of ${counted(expected, 'packet')} lost${share}.`
}

const CLOCK_COLUMNS: readonly Column[] = [
  ...[
    { head: 'offset ms', rank: 0 },
    { head: '±', rank: 1 },
    { head: 'delay ms', rank: 4 },
  ],
  ...[
    { head: 'stratum', rank: 2 },
    { head: 'n', rank: 3 },
  ],
]

export function clocks({ clocks: asked, sensor_clocks: own }: ReportedQuality, page: Page) {
  const heading = page.paint('bold', 'Clocks (NTP), the largest offset first')
  if (asked.length === 0) return [heading, '  No exchange of NTP was seen.']
  const rows = asked.slice(0, ROWS_MAX).map(clockRow)
  const more = asked.length - rows.length
  return [
    heading,
    ...table(CLOCK_COLUMNS, rows, page),
    ...(more <= 0 ? [] : [`  ${grouped(more)} more; --json lists them.`]),
    ...own.flatMap(one => sensorLines(one, page)),
  ]
}

function clockRow({ client, server, offset_ms: offset, ...clock }: ReportedClock): TableRow {
  const doubts = [
    ...(offset === null ? ['the client hides its clock'] : []),
    ...(clock.leap === 3 ? ['the server is not synchronised'] : []),
    ...(clock.kiss === null ? [] : [`the server answers ${clock.kiss}`]),
  ]
  return {
    label: `${client} by ${server}`,
    isMarked: false,
    cells: [
      ...[offset === null ? '-' : signed(offset), milliseconds(clock.uncertainty_ms)],
      ...[milliseconds(clock.delay_ms), String(clock.stratum), grouped(clock.n)],
    ],
    remark: doubts.length === 0 ? '' : `${capitalised(doubts.join(', '))}.`,
  }
}

function sensorLines(own: ReportedSensorClock, { width, paint }: Page): readonly string[] {
  const { sensor, offset_ms: offset, uncertainty_ms: bound, server, stratum, n } = own
  const whose = sensor === null ? "The sensor's own clock" : `The clock of the sensor ${sensor}`
  const isOff = Math.abs(offset) - bound > SENSOR_MS_MAX
  const way = offset < 0 ? 'behind' : 'ahead of'
  const text = `${whose} is ${milliseconds(Math.abs(offset))} ms ${way} ${server} (stratum ${stratum}, ${counted(n, 'exchange')}), to within ${milliseconds(bound)} ms.`
  const warning = isOff ? ' Every time in a report rests on it: set it right.' : ''
  return hanging(isOff ? '! ' : '  ', text + warning, width, label =>
    isOff ? paint('medium', label) : label,
  )
}

const signed = (ms: number): string => `${ms < 0 ? '-' : '+'}${milliseconds(Math.abs(ms))}`
