// Charts over time: lines, bars one upon the other, and words. Where nobody saw, they are hatched; a line breaks off there.

import type { Row } from '../answer.ts'
import type { Panel } from '../panel.ts'
import {
  COLOUR,
  fitted,
  line,
  numberText,
  path,
  rect,
  SERIES,
  SUFFIXES,
  text,
  WORD_COLOUR,
} from './drawing.ts'

/** Where a chart lies, in pixels. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Shown {
  readonly fromMs: number
  readonly toMs: number
  readonly everyMs: number
}

/** Something that happened, or lasted. */
export interface Mark {
  readonly fromMs: number
  readonly toMs: number | null
}

interface Curve {
  readonly name: string
  readonly colour: string
  readonly points: readonly (readonly [ms: number, value: number])[]
}

const [LEFT, NAMES, AXIS, LEGEND] = [52, 96, 18, 18]
const HOUR_MS = 3_600_000
const QUIET = { size: 11, fill: COLOUR.ink3 } as const
/** A longer silence breaks a line. */
const SILENT_WINDOWS = 6

export function chart(
  panel: Panel,
  rows: readonly Row[],
  area: Area,
  shown: Shown,
  marks: readonly Mark[],
): string {
  const { query } = panel
  if (query.kind !== 'totals') return ''
  const curves = curvesOf(rows, query.by, query.values[0]?.as ?? '')
  const isWords = panel.kind === 'states'
  const names = isWords && query.by.length > 0 ? NAMES : 0
  const plot = {
    x: area.x + (isWords ? names : LEFT),
    y: area.y + 6,
    width: area.width - (isWords ? names : LEFT),
    height: area.height - AXIS - (isWords ? 6 : LEGEND) - 6,
  }
  const xOf = (ms: number) =>
    plot.x + (plot.width * (ms - shown.fromMs)) / (shown.toMs - shown.fromMs)
  const parts = [hours(plot, shown, xOf)]
  if (isWords) parts.push(words(rows, query.by, query.values[0]?.as ?? '', plot, shown, xOf))
  else {
    const top = topOf(panel, curves)
    const bottom = bottomOf(panel, curves)
    const yOf = (value: number) => plot.y + (plot.height * (top - value)) / (top - bottom)
    parts.push(grid(plot, [bottom, top], SUFFIXES[panel.unit], yOf))
    if (panel.kind === 'bars') parts.push(bars(curves, shown, xOf, yOf))
    else for (const curve of curves) parts.push(drawn(curve, shown, xOf, yOf))
    if (curves.every(({ points }) => points.every(([, value]) => value === 0)))
      parts.push(text(plot.x + 8, plot.y + plot.height - 8, '0 throughout', QUIET))
    if (panel.limit !== undefined) parts.push(limit(panel.limit.value, panel.unit, plot, yOf))
    parts.push(legend(curves, plot.x, area.y + area.height - 3, plot.width))
  }
  parts.push(marked(marks, plot, xOf, shown))
  return parts.join('')
}

function curvesOf(rows: readonly Row[], by: readonly string[], value: string): readonly Curve[] {
  const groups = new Map<string, [number, number][]>()
  for (const row of rows) {
    const name = by.map(tag => String(row[tag])).join(' ') || value
    const points = groups.get(name) ?? []
    groups.set(name, points)
    points.push([millis(row), Number(row[value])])
  }
  return [...groups]
    .toSorted(([one], [other]) => rank(one) - rank(other))
    .map(([name, points], index) => ({
      name,
      points,
      colour: WORD_COLOUR[name] ?? SERIES[index % SERIES.length] ?? COLOUR.ink2,
    }))
}

const WORST = ['low', 'medium', 'high', 'critical']
const rank = (name: string): number => WORST.indexOf(name)

const millis = (row: Row): number =>
  typeof row['time'] === 'string' ? Date.parse(row['time']) : Number(row['time'])

function topOf({ kind, limit }: Panel, curves: readonly Curve[]): number {
  const sums = new Map<number, number>()
  let most = (limit?.value ?? 0) * 1.25
  for (const { points } of curves)
    for (const [ms, value] of points) {
      const sum = (kind === 'bars' ? (sums.get(ms) ?? 0) : 0) + value
      sums.set(ms, sum)
      most = Math.max(most, sum)
    }
  return rounded(most)
}

/** Zero, but where values of either sign are told. */
function bottomOf({ isSigned }: Panel, curves: readonly Curve[]): number {
  const least = Math.min(0, ...curves.flatMap(({ points }) => points.map(([, value]) => value)))
  return isSigned && least < 0 ? -rounded(-least) : 0
}

/** The next of 1, 2, 4, 5 and 10 times a power of ten. */
function rounded(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return (
    [1, 1.5, 2, 3, 4, 5, 8, 10].map(step => step * power).find(step => step >= value * 1.02) ??
    10 * power
  )
}

function hours(plot: Area, shown: Shown, xOf: (ms: number) => number): string {
  const parts = [
    line([plot.x, plot.y + plot.height, plot.x + plot.width, plot.y + plot.height], COLOUR.strong),
  ]
  const step = plot.width > 500 ? HOUR_MS : 2 * HOUR_MS
  for (let ms = Math.ceil(shown.fromMs / step) * step; ms <= shown.toMs; ms += step) {
    const x = xOf(ms)
    const anchor = x - plot.x < 14 ? 'start' : plot.x + plot.width - x < 14 ? 'end' : 'middle'
    const label = new Date(ms).toISOString().slice(11, 16)
    const isLast = ms + step > shown.toMs
    parts.push(line([x, plot.y + plot.height, x, plot.y + plot.height + 3], COLOUR.strong))
    parts.push(
      text(x, plot.y + plot.height + 14, `${label}${isLast ? 'Z' : ''}`, {
        size: 10,
        fill: COLOUR.ink3,
        anchor,
      }),
    )
  }
  return parts.join('')
}

function grid(
  plot: Area,
  [bottom, top]: readonly [number, number],
  suffix: string,
  yOf: (value: number) => number,
): string {
  const values = bottom < 0 ? [bottom, 0, top] : [0, top / 2, top]
  return values
    .map((value, index) => {
      const y = yOf(value)
      const ruler = index === 0 ? '' : line([plot.x, y, plot.x + plot.width, y], COLOUR.line)
      const label = `${numberText(value)}${index === 2 ? suffix : ''}`
      const style = { size: 10, fill: COLOUR.ink3, anchor: 'end' } as const
      return `${ruler}${text(plot.x - 6, y + 4, label, style)}`
    })
    .join('')
}

/** Points beside each other are one line; a point alone is a dot. */
function drawn(
  { points, colour }: Curve,
  shown: Shown,
  xOf: (ms: number) => number,
  yOf: (value: number) => number,
): string {
  const parts: string[] = []
  let run: [number, number][] = []
  let beforeMs = Number.NEGATIVE_INFINITY
  const end = () => {
    const [first] = run
    if (run.length === 1 && first !== undefined)
      parts.push(
        `<circle cx="${first[0].toFixed(1)}" cy="${first[1].toFixed(1)}" r="1.8" fill="${colour}"/>`,
      )
    else if (run.length > 1) parts.push(path(run, colour))
    run = []
  }
  for (const [ms, value] of points) {
    if (ms - beforeMs > SILENT_WINDOWS * shown.everyMs) end()
    run.push([xOf(Math.min(ms + shown.everyMs / 2, shown.toMs)), yOf(value)])
    beforeMs = ms
  }
  end()
  return parts.join('')
}

function bars(
  curves: readonly Curve[],
  shown: Shown,
  xOf: (ms: number) => number,
  yOf: (value: number) => number,
): string {
  const base = new Map<number, number>()
  const width = Math.max(1.5, xOf(shown.everyMs) - xOf(0) - 1)
  return curves
    .flatMap(({ points, colour }) =>
      points.map(([ms, value]) => {
        const from = base.get(ms) ?? 0
        base.set(ms, from + value)
        const y = yOf(from + value)
        return value === 0 ? '' : rect([xOf(ms) + 0.5, y, width, yOf(from) - y], colour)
      }),
    )
    .join('')
}

/** A row for each name; a word lasts until another is told, or nothing was heard. */
function words(
  rows: readonly Row[],
  by: readonly string[],
  value: string,
  plot: Area,
  shown: Shown,
  xOf: (ms: number) => number,
): string {
  const names = [...new Set(rows.map(row => by.map(tag => String(row[tag])).join(' ')))]
  const all = [...new Set(rows.map(row => String(row[value])))].toSorted()
  const height = Math.min(34, plot.height / Math.max(1, names.length))
  const shade = (word: string) =>
    WORD_COLOUR[word] ?? SHADES[all.indexOf(word) % SHADES.length] ?? '#c3c9cf'
  return names
    .flatMap((name, index) => {
      const y = plot.y + index * height + 2
      const label = text(plot.x - 8, y + height / 2 + 2, name, {
        size: 11,
        anchor: 'end',
        isWire: name !== '',
      })
      const stretches = stretchesOf(
        rows.filter(row => by.map(tag => String(row[tag])).join(' ') === name),
        value,
        shown,
      )
      return [
        label,
        ...stretches.map(({ word, fromMs, toMs }) => {
          const [x, width] = [xOf(fromMs), xOf(Math.min(toMs, shown.toMs)) - xOf(fromMs)]
          const dark = WORD_COLOUR[word] !== undefined
          const inside =
            width > word.length * 6.5 + 8
              ? text(x + 6, y + height / 2 + 2, word, {
                  size: 11,
                  fill: dark ? '#ffffff' : COLOUR.ink,
                })
              : ''
          return rect([x, y, Math.max(1, width - 0.5), height - 6], shade(word)) + inside
        }),
      ]
    })
    .join('')
}

const SHADES = ['#c3c9cf', '#a9c6d6', '#d9d2e6', '#e6d9bd', '#cfe0cf'] as const

function stretchesOf(rows: readonly Row[], value: string, shown: Shown) {
  const stretches: { word: string; fromMs: number; toMs: number }[] = []
  for (const row of rows) {
    const [word, ms] = [String(row[value]), millis(row)]
    const before = stretches.at(-1)
    const isNext = before !== undefined && ms - before.toMs <= SILENT_WINDOWS * shown.everyMs
    if (isNext) before.toMs = ms
    if (isNext && before.word === word) before.toMs = ms + shown.everyMs
    else stretches.push({ word, fromMs: ms, toMs: ms + shown.everyMs })
  }
  return stretches
}

function limit(
  value: number,
  unit: Panel['unit'],
  plot: Area,
  yOf: (value: number) => number,
): string {
  const y = yOf(value)
  const name = `limit ${numberText(value)} ${unit === 'percent' ? '%' : unit}`
  return (
    line([plot.x, y, plot.x + plot.width, y], COLOUR.limit, ' stroke-dasharray="5 4"') +
    text(plot.x + 4, y - 4, name, { size: 10, fill: COLOUR.ink })
  )
}

function legend(curves: readonly Curve[], x: number, y: number, width: number): string {
  const parts: string[] = []
  let at = x
  for (const [index, { name, colour }] of curves.entries()) {
    const label = fitted(name, 190, 11)
    const wide = label.length * 6.7 + 26
    if (at + wide > x + width - 60 && index < curves.length - 1) {
      parts.push(text(at, y, `and ${curves.length - index} more`, { size: 11, fill: COLOUR.ink3 }))
      break
    }
    parts.push(rect([at, y - 8, 9, 9], colour), text(at + 14, y, label, { size: 11 }))
    at += wide
  }
  return parts.join('')
}

/** Times in which nobody saw are hatched, and at least four pixels wide; what happened is a dotted line. */
function marked(
  marks: readonly Mark[],
  plot: Area,
  xOf: (ms: number) => number,
  shown: Shown,
): string {
  const parts = marks
    .filter(({ fromMs }) => fromMs >= shown.fromMs && fromMs <= shown.toMs)
    .map(({ fromMs, toMs }) => {
      const x = xOf(fromMs)
      if (toMs === null)
        return line([x, plot.y, x, plot.y + plot.height], COLOUR.ink3, ' stroke-dasharray="1 3"')
      return rect([x, plot.y, Math.max(4, xOf(toMs) - x), plot.height], 'url(#hatch)')
    })
  return `<g class="marks">${parts.join('')}</g>`
}
