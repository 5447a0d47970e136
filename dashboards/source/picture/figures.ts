// What is no chart over time: large numbers, a bar for each word, tables.

import type { Cell, Row } from '../answer.ts'
import type { Panel } from '../panel.ts'
import { columnsOf } from '../transformations.ts'
import { titleOf, unitOf } from '../words.ts'
import type { Area } from './chart.ts'
import { COLOUR, fitted, line, numberText, rect, SUFFIXES, text, WORD_COLOUR } from './drawing.ts'

const ROW = 22
/** What the wire says is set in another face than what we say. */
const WIRE: ReadonlySet<string> = new Set([
  ...['src_ip', 'dst_ip', 'src_port', 'dst_port', 'alert_id', 'community_id', 'row', 'pair'],
  ...['iface', 'sensor', 'src_node', 'dst_node', 'last_seen'],
])
/** Shares of the width; other columns have 1. */
const WIDTHS: Readonly<Record<string, number>> = {
  ...{ message: 5.6, detail: 3.6, src_node: 1.7, dst_node: 1.7, time: 1.5, last_seen: 1.5 },
  ...{ pair: 1.9, row: 0.9, members: 0.7, severity: 1.5, phase: 1, src_port: 0.7, dst_port: 0.9 },
  ...{ src_ip: 1.4, dst_ip: 1.4, reason: 1.3, verdict: 1.2, alert_id: 1.4, community_id: 1.6 },
  ...{
    seconds: 0.8,
    cause: 1.4,
    sensor: 1.3,
    iface: 1.3,
    lost_pct: 0.9,
    lost: 0.7,
    expected: 0.9,
    dir: 0.9,
  },
}

export function stat({ query, unit, limit }: Panel, rows: readonly Row[], area: Area): string {
  const isNamed = query.kind !== 'totals'
  const numbers = isNamed
    ? rows.map(row => [String(row['name']), Number(row['count'])] as const)
    : Object.entries(rows[0] ?? {})
        .filter(([name]) => name !== 'time')
        .map(([name, value]) => [titleOf(name), Number(value)] as const)
  const step = area.width / Math.max(1, numbers.length)
  return numbers
    .map(([name, value], index) => {
      const x = area.x + index * step
      const isOver = limit !== undefined && value > limit.value
      const fill =
        (isNamed ? WORD_COLOUR[name] : undefined) ?? (isOver ? COLOUR.critical : COLOUR.ink)
      const words = `${numberText(value)}${SUFFIXES[unit]}`
      return (
        text(x, area.y + 44, words, { size: 34, weight: 600, fill }) +
        text(x, area.y + 66, isNamed ? name : isOver ? 'over the limit' : '', { size: 13, fill })
      )
    })
    .join('')
}

export function ranks({ query, unit }: Panel, rows: readonly Row[], area: Area): string {
  if (query.kind !== 'totals') return ''
  const [tag = '', value = ''] = [query.by[0], query.values[0]?.as]
  const most = Math.max(1e-9, ...rows.map(row => Number(row[value])))
  const [left, right] = [96, 60]
  const height = Math.min(ROW, area.height / Math.max(1, rows.length))
  return rows
    .map((row, index) => {
      const y = area.y + index * height
      const number = Number(row[value])
      const width = ((area.width - left - right) * number) / most
      return [
        text(area.x, y + 14, fitted(String(row[tag]), left - 8, 12), { fill: COLOUR.ink }),
        rect([area.x + left, y + 5, Math.max(number > 0 ? 1 : 0, width), 11], '#8a949e'),
        text(area.x + left + width + 6, y + 14, `${numberText(number)}${SUFFIXES[unit]}`, {
          fill: number === 0 ? COLOUR.ink3 : COLOUR.ink,
        }),
      ].join('')
    })
    .join('')
}

export function table(panel: Panel, rows: readonly Row[], area: Area): string {
  const columns = columnsOf(panel.query)
  const all = columns.reduce((sum, name) => sum + (WIDTHS[name] ?? 1), 0)
  const parts = [line([area.x, area.y + 18, area.x + area.width, area.y + 18], COLOUR.strong)]
  const fits = Math.floor((area.height - 22) / ROW)
  const shown = rows.slice(0, rows.length > fits ? fits - 1 : fits)
  let x = area.x
  for (const name of columns) {
    const width = (area.width * (WIDTHS[name] ?? 1)) / all
    const isNumber = rows.some(row => typeof row[name] === 'number') && unitOf(name) !== 'none'
    const [at, anchor] = isNumber ? ([x + width - 14, 'end'] as const) : ([x, 'start'] as const)
    parts.push(
      text(at, area.y + 12, fitted(titleOf(name), width - 6, 11), {
        size: 11,
        fill: COLOUR.ink3,
        anchor,
      }),
    )
    for (const [index, row] of shown.entries()) {
      const y = area.y + 18 + (index + 1) * ROW - 6
      parts.push(cell(panel, name, row[name] ?? null, { x: at, y, width: width - 10, anchor }))
    }
    x += width
  }
  for (const index of shown.keys())
    parts.push(
      line(
        [
          area.x,
          area.y + 18 + (index + 1) * ROW,
          area.x + area.width,
          area.y + 18 + (index + 1) * ROW,
        ],
        COLOUR.line,
      ),
    )
  if (shown.length < rows.length)
    parts.push(
      text(
        area.x,
        area.y + 18 + (shown.length + 1) * ROW - 6,
        `and ${rows.length - shown.length} more`,
        { fill: COLOUR.ink3 },
      ),
    )
  return parts.join('')
}

interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly anchor: 'start' | 'end'
}

function cell({ unit, limit }: Panel, name: string, value: Cell, place: Place): string {
  const { x, y, width, anchor } = place
  if (value === null)
    return text(x, y, name === 'seconds' ? 'lasts' : '', { anchor, fill: COLOUR.ink3 })
  const isOver = limit !== undefined && unitOf(name) === unit && Number(value) > limit.value
  const words = wordsOf(name, value)
  const isWire = WIRE.has(name)
  const isStrong = name === 'message' || name === 'severity' || isOver
  const fill = isOver
    ? COLOUR.medium
    : name === 'severity'
      ? (WORD_COLOUR[words] ?? COLOUR.ink2)
      : value === 0
        ? COLOUR.ink3
        : name === 'message'
          ? COLOUR.ink
          : COLOUR.ink2
  return text(
    x,
    y,
    fitted(words, width, isWire ? 11 : 12, isWire ? 'wire' : isStrong ? 'bold' : 'normal'),
    {
      ...{ anchor, isWire, fill, size: isWire ? 11 : 12, weight: isStrong ? 600 : 400 },
    },
  )
}

function wordsOf(name: string, value: Cell): string {
  if (name === 'time' || name === 'last_seen' || name === 'first_seen') {
    const ms = typeof value === 'string' ? Date.parse(value) : Number(value)
    return `${new Date(ms).toISOString().slice(11, 19)}Z`
  }
  if (typeof value !== 'number') return String(value)
  if (unitOf(name) === 'none') return String(value)
  return `${numberText(value)}${SUFFIXES[unitOf(name)]}`
}
