// A series as one short line of blocks, so that a table shows when it was, and not only how much.

import type { Paint } from './layout.ts'

/** One point; null where nothing was measured. */
export interface SparkPoint {
  readonly value: number | null
  /** The capture lacks so much that the value says nothing. */
  readonly isUnreliable: boolean
}

interface Scale {
  /** The value of a full block. */
  readonly top: number
  /** Values above it are coloured; null where there is none. */
  readonly limit: number | null
}

const BLOCKS = '▁▂▃▄▅▆▇█'
const NOTHING = '·'
/** The hatch of the matrix: not seen by the sensor. */
const HATCHED = '▨'

/**
 * At most `room` characters from the first point to the last; nothing where one point is all there is. Where
 * there are more points than room, the highest of neighbours stands for them.
 */
export function sparkline(
  points: readonly SparkPoint[],
  room: number,
  { top, limit }: Scale,
  paint: Paint,
): string {
  if (points.length < 2) return ''
  const cells = condensed(points, room)
  let line = ''
  for (const { value, isUnreliable } of cells) {
    const glyph = isUnreliable ? HATCHED : value === null ? NOTHING : block(value, top)
    const isOver = !isUnreliable && value !== null && limit !== null && value > limit
    line += isOver ? paint('medium', glyph) : isUnreliable ? paint('dim', glyph) : glyph
  }
  return line
}

function block(value: number, top: number): string {
  const share = top > 0 ? Math.min(1, Math.max(0, value / top)) : 0
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))] ?? NOTHING
}

function condensed(points: readonly SparkPoint[], room: number): readonly SparkPoint[] {
  const width = Math.ceil(points.length / Math.max(1, room))
  if (width <= 1) return points
  return Array.from({ length: Math.ceil(points.length / width) }, (_, cell) =>
    points.slice(cell * width, (cell + 1) * width).reduce(higher),
  )
}

/** What is unreliable stays so beside anything else. */
const higher = (one: SparkPoint, other: SparkPoint): SparkPoint => ({
  value:
    one.value === null || (other.value !== null && other.value > one.value)
      ? other.value
      : one.value,
  isUnreliable: one.isUnreliable || other.isUnreliable,
})
