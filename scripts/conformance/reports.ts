// Compares RTCP reports with what an independent dissector read in each (truth/rtcp.tsv): who reports, about whom,
// loss and the highest number; and the round trip, worked out here from the dissector's times. What differs
// stands in an exceptions file with a reason.

import type { Disagreement } from './compare.ts'
import { type End, endText } from './conversations.ts'
import { qualityEvents } from './eve.ts'
import type { Row } from './tables.ts'

const [SENDER_REPORT, RECEIVER_REPORT] = ['200', '201']
/** LSR and DLSR count in 15 us, and our text in 1 us. */
const TRIP_ERROR_MS = 0.05
/** From 1900 to 1970, and what the dissector's text of a time may lack. */
const [UNIX_TO_NTP_SECONDS, MIDDLE_ERROR] = [2_208_988_800, 1]

interface Block {
  readonly about: string
  /** In 1/256. */
  readonly fraction: number
  readonly lost: number
  readonly highest: number
  /** Milliseconds between the sensor and who reports; null where it cannot be told. */
  readonly trip: number | null
}

/** The reports of a packet. */
export interface Reports {
  /** `192.0.2.1:5005 > 192.0.2.2:6001 at 1120470986.363611`. */
  readonly name: string
  readonly ssrc: string
  readonly blocks: readonly Block[]
}

export interface ReportComparison {
  readonly file: string
  /** Packets of the truth that have a sender's or a receiver's report. */
  readonly packets: number
  readonly agreed: number
  /** Round trips among them. */
  readonly trips: number
  readonly disagreements: readonly Disagreement[]
}

/** The packets of a file that have reports, from its rows of truth/rtcp.tsv. */
export function truthReports(rows: readonly Row[]): readonly Reports[] {
  return rows.filter(hasReport).map(row => {
    const fractions = list(row('ssrc.fraction'))
    const column = (name: string, index: number) => Number(list(row(name))[index])
    const blocks = fractions.map((fraction, index): Block => {
      // Names of sources (SDES) stand in the same list, behind those of the blocks.
      const about = ssrcText(list(row('ssrc.identifier'))[index] ?? '')
      const [lsr, dlsr] = [column('ssrc.lsr', index), column('ssrc.dlsr', index)]
      return {
        ...{ about, fraction: Number(fraction), lost: column('ssrc.cum_nr', index) },
        ...{ highest: column('ssrc.ext_high', index), trip: tripOf(row, rows, about, lsr, dlsr) },
      }
    })
    const [from, to] = [endOf(row, 'src'), endOf(row, 'dst')]
    return { name: nameOf(from, to, row('time')), ssrc: ssrcText(row('senderssrc')), blocks }
  })
}

/** From the report that is answered to the answer, without the time in between (RFC 3550, 6.4.1). */
function tripOf(
  row: Row,
  rows: readonly Row[],
  about: string,
  lsr: number,
  dlsr: number,
): number | null {
  if (lsr === 0) return null
  const answered = rows.find(
    one =>
      ssrcText(one('senderssrc')) === about &&
      one('timestamp.ntp') !== '' &&
      Math.abs(middleOf(one('timestamp.ntp')) - lsr) <= MIDDLE_ERROR &&
      secondsBetween(one('time'), row('time')) > 0,
  )
  if (answered === undefined) return null
  return (secondsBetween(answered('time'), row('time')) - dlsr / 65_536) * 1000
}

/** `Aug 13, 2017 12:15:44.302265999 UTC` as the middle 32 bits of an NTP time. */
function middleOf(text: string): number {
  const [, day = '', fraction = '0'] = /^(.*\d\d:\d\d:\d\d)\.(\d+) UTC$/.exec(text) ?? []
  const seconds = Date.parse(`${day} UTC`) / 1000 + UNIX_TO_NTP_SECONDS
  return (seconds % 65_536) * 65_536 + Math.round(Number(`0.${fraction}`) * 65_536)
}

/** Apart for whole seconds and fractions, of which doubles hold too few digits together. */
function secondsBetween(one: string, other: string): number {
  const [whole = 0, fraction = '0'] = [Number(one.split('.')[0]), one.split('.')[1]]
  const [later = 0, part = '0'] = [Number(other.split('.')[0]), other.split('.')[1]]
  return later - whole + Number(`0.${part}`) - Number(`0.${fraction}`)
}

/** What of an event is compared. */
interface ReportEvent {
  readonly report: string
  readonly ssrc: string
  readonly about: string | null
  readonly fraction_lost_pct: number | null
  readonly cumulative_lost: number | null
  readonly highest_sequence: number | null
  readonly rtt_ms: number | null
}

/** The reports that EVE lines tell of, by packet. */
export function reportsOf(eve: string): readonly Reports[] {
  const packets = new Map<string, Reports>()
  for (const { quality, timestamp, from, to } of qualityEvents<ReportEvent>(eve, 'rtcp')) {
    if (quality.report === 'extended') continue
    const name = nameOf(from, to, unixText(timestamp))
    const { ssrc, about, rtt_ms: trip } = quality
    const fraction = Math.round((quality.fraction_lost_pct ?? 0) * 2.56)
    const lost = quality.cumulative_lost ?? 0
    const block = { fraction, lost, highest: quality.highest_sequence ?? 0, trip }
    const blocks = about === null ? [] : [{ about, ...block }]
    packets.set(name, { name, ssrc, blocks: [...(packets.get(name)?.blocks ?? []), ...blocks] })
  }
  return [...packets.values()]
}

export function compareReports(
  file: string,
  truth: readonly Reports[],
  found: readonly Reports[],
): ReportComparison {
  const ours = new Map(found.map(reports => [reports.name, reports]))
  const theirs = new Map(truth.map(reports => [reports.name, reports]))
  const disagreements = [...new Set([...theirs.keys(), ...ours.keys()])].flatMap(subject => {
    const [one, other] = [theirs.get(subject), ours.get(subject)]
    if (one !== undefined && other !== undefined && isSame(one, other)) return []
    return [{ file, subject, says: `truth ${textOf(one)}, mpwatch ${textOf(other)}` }]
  })
  const differing = new Set(disagreements.map(({ subject }) => subject))
  const agreed = truth.filter(({ name }) => !differing.has(name))
  const trips = agreed.flatMap(({ blocks }) => blocks.filter(({ trip }) => trip !== null))
  const counts = { packets: truth.length, agreed: agreed.length, trips: trips.length }
  return { file, ...counts, disagreements }
}

const isSame = (one: Reports, other: Reports): boolean =>
  one.ssrc === other.ssrc &&
  one.blocks.length === other.blocks.length &&
  one.blocks.every((block, index) => isSameBlock(block, other.blocks[index]))

function isSameBlock(one: Block, other: Block | undefined): boolean {
  if (other === undefined || one.about !== other.about || one.lost !== other.lost) return false
  if (one.fraction !== other.fraction || one.highest !== other.highest) return false
  if (one.trip === null || other.trip === null) return one.trip === other.trip
  return Math.abs(one.trip - other.trip) <= TRIP_ERROR_MS
}

function textOf(reports: Reports | undefined): string {
  if (reports === undefined) return 'none'
  const blocks = reports.blocks.map(({ about, fraction, lost, highest, trip }) => {
    const back = trip === null ? '' : ` ${trip.toFixed(3)} ms`
    return ` about ${about}: ${fraction}/256 ${lost} lost to ${highest}${back}`
  })
  return `${reports.ssrc}${blocks.join(',')}`
}

const hasReport = (row: Row): boolean => {
  const types = list(row('pt'))
  return types.includes(SENDER_REPORT) || types.includes(RECEIVER_REPORT)
}

const list = (text: string): readonly string[] => (text === '' ? [] : text.split(','))

const ssrcText = (text: string): string => `0x${text.slice(2).toUpperCase().padStart(8, '0')}`

const endOf = (row: Row, side: 'src' | 'dst'): End => ({
  address: row(side),
  port: Number(row(`${side}_port`)),
})

/** Microseconds are what both have. */
const nameOf = (from: End, to: End, time: string): string => {
  const [whole = '0', fraction = ''] = time.split('.')
  return `${endText(from)} > ${endText(to)} at ${whole}.${fraction.padEnd(6, '0').slice(0, 6)}`
}

/** `2026-03-02T10:15:42.118233+0000` as Unix time. */
function unixText(timestamp: string): string {
  const [, whole = '', fraction = '0'] = /^(.*)\.(\d+)[+Z]/.exec(timestamp) ?? []
  return `${Date.parse(`${whole}Z`) / 1000}.${fraction}`
}
