// The few marks that pictures of boards are made of. Text is escaped here and nowhere else; colours are those of the
// product's pages in their light theme.

import type { Unit } from '../panel.ts'

export const COLOUR = {
  ...{ page: '#ffffff', ink: '#1a1d21', ink2: '#464d55', ink3: '#63696f' },
  ...{ line: '#e3e3df', strong: '#8a8e93', limit: '#1a1d21' },
  ...{ critical: '#a80f3d', high: '#d6591f', medium: '#c08a1c', low: '#4a6072' },
} as const

/** Lines and bars that nothing is wrong with: told apart by lightness first, and then by hue. */
export const SERIES = [
  ...['#3d4a57', '#2f7f8f', '#8a6fb0', '#c08a1c', '#6f8f3d', '#b5576b', '#4f7fc0', '#9aa4ae'],
] as const

/** Words that have a colour of their own, wherever they stand. */
export const WORD_COLOUR: Readonly<Record<string, string>> = {
  ...{ critical: COLOUR.critical, high: COLOUR.high, medium: COLOUR.medium, low: COLOUR.low },
  ...{ violated: COLOUR.critical, conflict: COLOUR.critical, escaped: COLOUR.critical },
  ...{ misdropped: COLOUR.medium, rejected: '#c3c9cf', permitted: '#5d6670' },
  ...{ permitted_unverified: '#9aa4ae', excepted: '#dfe3e6', kept: '#5d6670' },
}

export const SUFFIXES: Readonly<Record<Unit, string>> = {
  ...{ none: '', count: '', ms: ' ms', s: ' s', percent: ' %', perSecond: ' /s', bytes: ' B' },
}

export interface TextStyle {
  readonly size?: number
  readonly weight?: 400 | 600
  readonly fill?: string
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly isWire?: boolean
}

/** Mean widths of letters, in parts of their size: of the widest face that a reader may have. */
const LETTER = { wire: 0.61, normal: 0.58, bold: 0.67 } as const

export function text(x: number, y: number, words: string, style: TextStyle = {}): string {
  const { size = 12, weight = 400, fill = COLOUR.ink2, anchor = 'start', isWire = false } = style
  const family = isWire ? ' font-family="DejaVu Sans Mono, monospace"' : ''
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}"${family}>${escaped(words)}</text>`
}

/** As much of the words as fits, with a sign that there is more. */
export function fitted(
  words: string,
  width: number,
  size = 12,
  face: keyof typeof LETTER = 'normal',
): string {
  const most = Math.floor(width / (size * LETTER[face]))
  return words.length <= most ? words : `${words.slice(0, Math.max(1, most - 1))}…`
}

export const rect = (
  [x, y, width, height]: readonly [number, number, number, number],
  fill: string,
  more = '',
): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"${more}/>`

export const line = (
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  stroke: string,
  more = '',
): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}"${more}/>`

export const path = (points: readonly (readonly [number, number])[], stroke: string): string =>
  `<path d="${points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')}" fill="none" stroke="${stroke}" stroke-width="1.5" stroke-linejoin="round"/>`

export const escaped = (words: string): string =>
  words.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`)

const round = (value: number): number => Math.round(value * 10) / 10

/** A number as people read it, with as many digits as say something. */
export function numberText(value: number): string {
  const size = Math.abs(value)
  if (size < 0.0005) return '0'
  if (size >= 1000 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 3)
}
