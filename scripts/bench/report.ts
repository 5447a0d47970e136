// The benchmark's tables, in Markdown.

import type { Truth } from './generate.ts'
import type { Summary } from './rounds.ts'

/** A flow count that a tool gave, beside the generator's. */
export interface FlowCount {
  readonly tool: string
  /** Null where the tool did not tell. */
  readonly flows: number | null
}

export function costTable(
  summaries: readonly Summary[],
  packets: number,
  baseName: string,
): string {
  const rows = summaries.map(one => [
    one.name,
    String(one.rounds),
    millions(one.packetsPerS),
    millions(packets / one.cpuS),
    one.cpuS.toFixed(2),
    one.wallS.toFixed(2),
    one.peakMb === null ? '-' : one.peakMb.toFixed(0),
    one.cpuRatio === null ? '-' : one.cpuRatio.toFixed(2),
  ])
  const heads = ['tool', 'n', 'Mpackets/s', 'Mpackets per CPU s', 'CPU s', 'wall s', 'peak MB']
  return table([...heads, `CPU ratio to ${baseName}`], rows)
}

export function truthLine(truth: Truth): string {
  const parts = [
    `${grouped(truth.packets)} packets`,
    `${(truth.file_bytes / 1e6).toFixed(1)} MB`,
    `${grouped(truth.flows)} flows`,
    `${truth.seconds.toFixed(1)} s`,
    `${grouped(truth.tcp_connections)} TCP connections`,
    `${grouped(truth.tcp_repeated)} segments repeated, ${grouped(truth.tcp_late)} late`,
    `${grouped(truth.rtp_streams)} RTP streams, ${grouped(truth.rtp_removed)} packets removed`,
    `${percent(truth.vlan_packets, truth.packets)} tagged`,
    `${percent(truth.ipv6_packets, truth.packets)} IPv6`,
    `seed ${truth.seed}, scale ${truth.scale}`,
  ]
  return `${parts.join('; ')}.`
}

export function exactnessTable(counts: readonly FlowCount[], truth: Truth): string {
  const rows = counts.map(({ tool, flows }) => [
    tool,
    flows === null ? 'not told' : grouped(flows),
    flows === null ? '-' : difference(flows - truth.flows),
  ])
  const own = ['generator', grouped(truth.flows), 'truth']
  return table(['flows counted by', 'flows', 'against the truth'], [own, ...rows])
}

function difference(by: number): string {
  if (by === 0) return 'exact'
  return by > 0 ? `${grouped(by)} too many` : `${grouped(-by)} too few`
}

/**
 * Left-aligned first column, the others right-aligned, padded so that it reads in a terminal too.
 */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0
      return column === 0 ? cell.padEnd(width) : cell.padStart(width)
    })
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  return [line(heads), line(rule), ...rows.map(line)].join('\n')
}

const grouped = (count: number): string => count.toLocaleString('en-US')
const millions = (count: number): string => (count / 1e6).toFixed(2)
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`
