// Pairs of hosts for a terminal: round trips by method, and loss by direction, each with its curve over time.

import { CAPTURE_LOSS_PCT_MAX } from '../model/loss.ts'
import type {
  ReportedDirection,
  ReportedMethod,
  ReportedPair,
  ReportedQuality,
} from '../model/reported-quality.ts'
import { byText, counted, grouped } from '../model/text.ts'
import { hanging } from './layout.ts'
import { type SparkPoint, sparkline } from './sparkline.ts'
import { type Column, type TableRow, table } from './table.ts'
import type { Page } from './terminal-basis.ts'

/** How much of its height a curve has above the limit, as a multiple of the limit. */
const LIMIT_AT = 1.6
const ROWS_MAX = 50

const METHOD_WORDS: Readonly<Record<ReportedMethod['method'], string>> = {
  syn: 'handshake',
  seqack: 'acknowledgement',
  tsopt: 'TCP timestamp',
  rtcp: 'RTCP report',
  icmp: 'ping',
}

/** One row for each pair; what was had by which method stands below it. */
export function roundTrips(quality: ReportedQuality, page: Page): readonly string[] {
  const pairs = quality.pairs.filter(({ methods }) => methods.length > 0)
  const heading = page.paint('bold', 'Round trips in milliseconds, worst first')
  if (pairs.length === 0) return [heading, '  No round trip was seen whole.']
  const length = lengthOf(pairs.map(({ round_trip: trips }) => trips.p95_series))
  const limit = pairs.find(({ limits }) => limits !== null)?.limits?.rtt_ms
  const columns: readonly Column[] = [
    ...[
      { head: 'n', rank: 2 },
      { head: 'p50', rank: 3 },
      { head: 'p95', rank: 0 },
    ],
    ...[
      { head: 'p99', rank: 5 },
      { head: 'max', rank: 4 },
    ],
    ...(limit === undefined ? [] : [{ head: `above ${limit}`, rank: 1 }]),
  ]
  const rows = pairs.slice(0, ROWS_MAX).map(pair => tripRow(pair, length, page))
  return [heading, ...table(columns, rows, page), ...leftOut(pairs.length, quality, page)]
}

function tripRow(pair: ReportedPair, length: number, { paint }: Page): TableRow {
  const { a, b, round_trip: trips, limits } = pair
  const number = (ms: number) => (trips.n === 0 ? '-' : milliseconds(ms))
  const limit = limits?.rtt_ms ?? null
  return {
    label: `${a} ↔ ${b}`,
    isMarked: trips.is_above_limit,
    cells: [
      ...[grouped(trips.n), number(trips.p50_ms), number(trips.p95_ms)],
      ...[number(trips.p99_ms), number(trips.max_ms)],
      trips.over === null ? '-' : grouped(trips.over),
    ],
    picture: room => {
      const points = padded(trips.p95_series, length).map(value => ({ value, isUnreliable: false }))
      return trips.n === 0
        ? ''
        : sparkline(points, room, { top: topOf(points, limit), limit }, paint)
    },
    remark: methodsText(pair),
  }
}

/** `p95 130 of 12 handshakes; halves app-a 0.30, web-1 130 of 12 handshakes each`. */
function methodsText({ a, b, methods }: ReportedPair): string {
  const whole = methods.filter(({ leg }) => leg === 'total').map(methodText)
  const halves = halvesText(mostOf(methods, 'a'), mostOf(methods, 'b'), { a, b })
  if (whole.length === 0) return `Not the whole way, p95 from the sensor to ${halves}.`
  return `p95 ${whole.join(', ')}${halves === '' ? '' : `; halves ${halves}`}.`
}

/** The method that has the most of a half. */
const mostOf = (methods: readonly ReportedMethod[], half: 'a' | 'b') =>
  methods.filter(({ leg }) => leg === half).toSorted((one, other) => other.n - one.n)[0]

function halvesText(
  one: ReportedMethod | undefined,
  other: ReportedMethod | undefined,
  { a, b }: { readonly a: string; readonly b: string },
): string {
  if (one !== undefined && other !== undefined && one.n === other.n && one.method === other.method)
    return `${a} ${milliseconds(one.p95_ms)}, ${b} ${methodText(other)} each`
  return [
    ...(one === undefined ? [] : [`${a} ${methodText(one)}`]),
    ...(other === undefined ? [] : [`${b} ${methodText(other)}`]),
  ].join(', ')
}

const methodText = ({ method, n, p95_ms: p95 }: ReportedMethod): string =>
  `${milliseconds(p95)} of ${counted(n, METHOD_WORDS[method])}`

interface Judged {
  readonly direction: ReportedDirection
  readonly limit: number | null
}

/** One row for each direction that has anything to tell; those that lost nothing are counted together. */
export function loss(quality: ReportedQuality, page: Page): readonly string[] {
  const all = quality.pairs.flatMap(({ directions, limits }) =>
    directions.map(direction => ({ direction, limit: limits?.loss_pct ?? null })),
  )
  const told = all.filter(({ direction }) => hasNews(direction)).toSorted(worstFirst)
  const clean = all.filter(({ direction }) => !hasNews(direction) && direction.segments > 0)
  const heading = page.paint('bold', 'Loss of TCP segments, worst first')
  if (told.length + clean.length === 0) return [heading, '  No data was sent by TCP.']
  const length = lengthOf(told.map(({ direction }) => direction.loss_series))
  const rows = told.slice(0, ROWS_MAX).map(one => lossRow(one, length, page))
  return [
    heading,
    ...(rows.length === 0 ? [] : table(LOSS_COLUMNS, rows, page)),
    ...(told.length <= ROWS_MAX ? [] : [`  ${grouped(told.length - ROWS_MAX)} more.`]),
    ...(clean.length === 0 ? [] : hanging('  ', cleanText(clean), page.width)),
    ...hanging('  ', captureText(quality), page.width),
  ]
}

const LOSS_COLUMNS: readonly Column[] = [
  ...[
    { head: 'sent', rank: 1 },
    { head: 'lost', rank: 2 },
    { head: '%', rank: 0 },
  ],
  ...[
    { head: 'worst %', rank: 3 },
    { head: 'fast', rank: 6 },
    { head: 'time-out', rank: 5 },
  ],
  ...[
    { head: 'needless', rank: 7 },
    { head: 'missing here', rank: 4 },
  ],
]

function lossRow({ direction, limit }: Judged, length: number, { paint }: Page): TableRow {
  const { from, to, retransmissions: again } = direction
  return {
    label: `${from} → ${to}`,
    isMarked: direction.is_above_limit,
    cells: [
      ...[grouped(direction.segments + direction.lost_before), grouped(direction.lost)],
      ...[
        percentText(direction),
        worstText(direction),
        grouped(again.fast),
        grouped(again.timeout),
      ],
      ...[grouped(again.spurious), grouped(direction.capture_gaps)],
    ],
    picture: room => {
      const points = lossPoints(direction, length)
      return sparkline(points, room, { top: topOf(points, limit), limit }, paint)
    },
    remark: besides(direction),
  }
}

function lossPoints(direction: ReportedDirection, length: number): readonly SparkPoint[] {
  const gaps = padded(direction.capture_loss_series, length)
  return padded(direction.loss_series, length).map((value, index) => ({
    value,
    isUnreliable: (gaps[index] ?? 0) >= CAPTURE_LOSS_PCT_MAX,
  }))
}

const worstText = ({ loss_worst_pct: highest }: ReportedDirection): string =>
  highest === null ? '-' : highest.toFixed(2)

function percentText({ loss_state: state, loss_pct: pct }: ReportedDirection): string {
  if (pct === null) return '-'
  if (state === 'undetermined') return '▨'
  return `${state === 'lower_bound' ? '≥ ' : ''}${pct.toFixed(2)}`
}

function besides(direction: ReportedDirection): string {
  const told = [
    [direction.out_of_order, 'out of order'],
    [direction.duplicate_acks, 'duplicate acknowledgements'],
    [direction.zero_windows, 'closed windows'],
    [direction.keep_alives, 'keep-alives'],
  ] as const
  const parts = told
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${grouped(count)} ${words}`)
  return parts.length === 0 ? '' : `Besides: ${parts.join(', ')}.`
}

const hasNews = ({ lost, capture_gaps: gaps, retransmissions }: ReportedDirection): boolean =>
  lost + gaps + retransmissions.total > 0

const worstFirst = (one: Judged, other: Judged): number =>
  Number(other.direction.is_above_limit) - Number(one.direction.is_above_limit) ||
  (other.direction.loss_pct ?? 0) - (one.direction.loss_pct ?? 0) ||
  other.direction.capture_loss_pct - one.direction.capture_loss_pct ||
  byText(one.direction.from, other.direction.from) ||
  byText(one.direction.to, other.direction.to)

function cleanText(clean: readonly Judged[]): string {
  const segments = clean.reduce((sum, { direction }) => sum + direction.segments, 0)
  const ways = counted(clean.length, 'direction')
  return `${ways} lost nothing: ${counted(segments, 'segment')}, none sent again.`
}

function captureText({ capture: { segments, gaps, loss_pct: pct } }: ReportedQuality): string {
  if (gaps === 0)
    return `The capture lacks none of ${counted(segments, 'segment')}, as far as TCP shows.`
  return `The capture lacks ${grouped(gaps)} of ${counted(segments + gaps, 'segment')}, ${pct.toFixed(2)} %.`
}

function leftOut(shown: number, quality: ReportedQuality, { width }: Page): readonly string[] {
  const more = Math.max(0, shown - ROWS_MAX)
  const { connections_left_out: unmeasured } = quality
  return [
    ...(more === 0 ? [] : [`  ${grouped(more)} more; --json lists them.`]),
    ...(unmeasured === 0
      ? []
      : hanging(
          '  ! ',
          `${counted(unmeasured, 'connection')} of further pairs found no room.`,
          width,
        )),
  ]
}

/** `0.3`, `131`: three digits at the most, two decimals at the most. */
export function milliseconds(ms: number): string {
  if (ms >= 100) return grouped(Math.round(ms))
  return ms.toFixed(ms >= 10 ? 1 : 2)
}

type Values = readonly (number | null)[]

const lengthOf = (series: readonly Values[]): number =>
  Math.max(0, ...series.map(({ length }) => length))

/** All curves of a table are as long as the longest, so that they can be read side by side. */
const padded = (values: Values, length: number): Values =>
  Array.from({ length }, (_, index) => values[index] ?? null)

/** Where there is a limit it stands at the same height everywhere, so that what is far below it looks so. */
const topOf = (points: readonly SparkPoint[], limit: number | null): number =>
  Math.max(
    limit === null ? 0 : LIMIT_AT * limit,
    ...points.map(({ value, isUnreliable }) => (isUnreliable ? 0 : (value ?? 0))),
  )
