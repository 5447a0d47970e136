// The report of `mpwatch quality` for a terminal: pairs of hosts, media streams and clocks, worst first, then
// what the numbers mean. No number without its method and the count it rests on.

import { isAboveLimit, type ReportedQuality } from '../model/reported-quality.ts'
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
  const blocks =
    quality === null
      ? []
      : [
          ...[answer(quality, page), notJudged(page), roundTrips(quality, page)],
          ...[loss(quality, page), streams(quality, page), clocks(quality, page)],
          meaning(quality, page),
        ]
  return [...blocks, observed(page), ledger(page)]
    .filter(block => block.length > 0)
    .map(block => `${block.join('\n')}\n`)
    .join('\n')
}

function answer(quality: ReportedQuality, { paint, width, result }: Page): readonly string[] {
  const hasSite = result.provenance.site !== null
  return wrap(`${limitsText(quality, hasSite)} ${amounts(quality)}`, width).map(line =>
    paint('bold', line),
  )
}

function limitsText({ pairs }: ReportedQuality, hasSite: boolean): string {
  const judged = pairs.filter(({ limits }) => limits !== null)
  const over = judged.filter(isAboveLimit)
  const [worst] = over
  if (!hasSite) return 'Measured, beside no limits: they take a site file.'
  if (judged.length === 0)
    return 'Nothing was measured between a Web Server and an Application Server.'
  if (worst === undefined)
    return judged.length === 1
      ? 'The one pair that has limits was within them.'
      : `All ${grouped(judged.length)} pairs that have limits were within them.`
  const others = over.length === 1 ? '' : ` and ${counted(over.length - 1, 'other pair')}`
  return `Above the limits: ${worst.a} ↔ ${worst.b}${others}, of ${grouped(judged.length)} that have any.`
}

function amounts({
  pairs_seen: pairs,
  streams_seen: media,
  clocks: asked,
}: ReportedQuality): string {
  const parts = [
    counted(pairs, 'pair of hosts', 'pairs of hosts'),
    counted(media.count, 'media stream'),
    counted(asked.length, 'clock'),
  ]
  return `${parts[0]}, ${parts[1]} and ${parts[2]}.`
}

/** What the signs are, and how far each number holds. */
function meaning(quality: ReportedQuality, { paint, width }: Page): readonly string[] {
  const { series, pairs, streams_seen: media } = quality
  if (pairs.length === 0 && media.count === 0) return []
  const texts = [
    ...(pairs.length === 0 ? [] : [signs(series.step_s), ...TCP_MEANING]),
    ...(media.count === 0 ? [] : MEDIA_MEANING),
  ]
  return [
    paint('bold', 'How to read this'),
    ...texts.flatMap(text => hanging('  ', text, width)).map(line => paint('dim', line)),
  ]
}

const signs = (seconds: number): string =>
  `Each block of a small curve stands for ${lengthText(seconds)} or more, from 0 to the row's own highest value: · nothing was measured, ▨ the capture lacks too much to tell. ◆ was above a limit of the network requirements, as a whole or for one block; equality is not.`

const lengthText = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${grouped(Math.round(seconds / 60))} min`

const TCP_MEANING = [
  'Round trips: a handshake is SYN to acknowledgement; an acknowledgement is paired with the segment whose end it names, no segment that was sent again and none whose acknowledgement may have been held back. Both halves, from the sensor to one host and to the other, make the whole way. Quantiles are within 1 %, curves within 10 %.',
  'Loss: segments that had to be sent again, of all that were sent. What had arrived and was sent needlessly is no loss. ≥ is a lower bound: above 2 % lost before the sensor, some losses leave no trace of their own.',
  'Missing here: acknowledged, and never seen by the sensor. That is loss of the capture; from 0.1 % on the loss of the path is not told.',
]

const MEDIA_MEANING = [
  'Streams: expected and lost by sequence numbers, so that what was lost behind the sensor is not in it; jitter by RFC 3550, A.8, where the clock rate is known.',
]
