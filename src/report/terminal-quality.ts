// The report of `mpwatch quality` for a terminal: pairs of hosts, media streams and clocks, worst first, then
// what the numbers mean. No number without its method and the count it rests on.

import { isAboveLimit, type ReportedPair, type ReportedQuality } from '../model/reported-quality.ts'
import type { Result } from '../model/result.ts'
import { counted, grouped } from '../model/text.ts'
import { hanging, painter, wrap } from './layout.ts'
import type { TerminalOptions } from './terminal.ts'
import { ledger, observed, type Page } from './terminal-basis.ts'
import { harmless, notJudged } from './terminal-common.ts'
import { clocks, streams } from './terminal-media.ts'
import { loss, roundTrips } from './terminal-pairs.ts'

const WIDTH_MIN = 40

/** The report as lines, each ended by a newline; nothing in it acts on the terminal but our own colour. */
export function renderQuality(result: Result, { color, width }: TerminalOptions): string {
  const page: Page = {
    result: harmless(result),
    paint: painter(color),
    width: Math.max(WIDTH_MIN, width),
  }
  const { quality } = page.result
  const hasAny = quality !== null && amounts(quality) !== ''
  const top = quality === null ? [] : [answer(quality, page), notJudged(page)]
  const tables = hasAny
    ? [
        ...[roundTrips(quality, page), loss(quality, page), streams(quality, page)],
        ...[clocks(quality, page), meaning(quality, page)],
      ]
    : []
  return [...top, ...tables, observed(page), ledger(page)]
    .filter(block => block.length > 0)
    .map(block => `${block.join('\n')}\n`)
    .join('\n')
}

function answer(quality: ReportedQuality, { paint, width, result }: Page): readonly string[] {
  const hasSite = result.provenance.site !== null
  const list = amounts(quality)
  const text = list === '' ? NOTHING : `${limitsText(quality, hasSite)} ${list}`
  return wrap(text.trim(), width).map(line => paint('bold', line))
}

const NOTHING = 'Nothing was measured: no TCP connection, no RTP and no NTP.'

/** Nothing without a site: no limit applies to an address. */
function limitsText({ pairs }: ReportedQuality, hasSite: boolean): string {
  if (!hasSite) return ''
  const judged = pairs.filter(({ limits }) => limits !== null)
  const over = judged.filter(isAboveLimit)
  const [worst] = over
  if (judged.length === 0)
    return 'Nothing was measured between a Web Server and an Application Server.'
  if (worst === undefined) return withinText(judged)
  const others = over.length === 1 ? '' : ` and ${counted(over.length - 1, 'other pair')}`
  return `Above the limits: ${worst.a} ↔ ${worst.b}${others}, of ${grouped(judged.length)} that have any.`
}

function withinText([first, ...others]: readonly ReportedPair[]): string {
  if (first === undefined) return ''
  if (others.length === 0)
    return `${first.a} ↔ ${first.b} was within its limits, as far as was measured.`
  return `All ${grouped(others.length + 1)} pairs that have limits were within them, as far as was measured.`
}

/** Empty where there is nothing. */
function amounts(quality: ReportedQuality): string {
  const { pairs_seen: pairs, streams_seen: media, clocks: asked } = quality
  const parts = [
    ...(pairs === 0 ? [] : [counted(pairs, 'pair of hosts', 'pairs of hosts')]),
    ...(media.count === 0 ? [] : [counted(media.count, 'media stream')]),
    ...(asked.length === 0 ? [] : [counted(asked.length, 'clock')]),
  ]
  const last = parts.at(-1)
  if (last === undefined) return ''
  const list = parts.length === 1 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
  const isOne = parts.length === 1 && /^1 /.test(last)
  return `${list} ${isOne ? 'was' : 'were'} measured.`
}

/** What the signs are, and how far each number holds. */
function meaning(quality: ReportedQuality, { paint, width, result }: Page): readonly string[] {
  const { series, pairs, streams_seen: media } = quality
  if (pairs.length === 0 && media.count === 0) return []
  const hasSite = result.provenance.site !== null
  const texts = [
    ...(hasSite ? [] : [NO_SITE]),
    ...(pairs.length === 0 ? [] : [signs(series.step_s), ...tcpMeaning(quality)]),
    ...(media.count === 0 ? [] : MEDIA_MEANING),
  ]
  return [
    paint('bold', 'How to read this'),
    ...texts.flatMap(text => hanging('  ', text, width)).map(line => paint('dim', line)),
  ]
}

const signs = (seconds: number): string =>
  `Each block of a small curve stands for ${lengthText(seconds)} or more, from 0 to the row's own highest value, or where a limit applies to at least 1.6 times that: · nothing was measured, ▨ the capture lacks too much to tell. ◆ was above a limit of the network requirements, as a whole or for one block; equality is not.`

/** `10 s`, `43 min`, `3 h`, `30 d`. */
function lengthText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${grouped(Math.round(seconds / 86_400))} d`
}

const NO_SITE =
  'No limit is applied: --site names the hosts of a site, and what the network requirements demand of them.'

const tcpMeaning = (quality: ReportedQuality): readonly string[] => [
  `Round trips: below each pair is p95 by method. A handshake is SYN to acknowledgement. An acknowledgement is paired with the segment whose end it names, none that was sent again and none whose acknowledgement may have been held back. A half is the way from the sensor to that host and back; both make the whole. Quantiles are within ${errorText(quality)} %, curves within 10 %.`,
  'Loss: segments that had to be sent again, of all that were sent. What had arrived and was sent needlessly is no loss. ≥ is a lower bound: above 2 % lost before the sensor, some losses leave no trace of their own.',
  'Missing here: acknowledged, and never seen by the sensor. That is loss of the capture; from 0.1 % on the loss of the path is not told.',
]

/** The least exact of all pairs, rounded up. */
const errorText = ({ pairs }: ReportedQuality): string =>
  (
    Math.ceil(10 * Math.max(0, ...pairs.map(({ round_trip: trips }) => trips.error_pct))) / 10
  ).toFixed(1)

const MEDIA_MEANING = [
  'Streams: expected and lost by sequence numbers, so that what was lost behind the sensor is not in it; jitter by RFC 3550, A.8, where the clock rate is known.',
]
