// The body of a request that writes points, the same for all versions.

import { lineOf } from './line-protocol.ts'
import type { Answer, InfluxPoint } from './writer.ts'

/**
 * What is said in place of a server where a point cannot be written at all: the exporter looks for it then, as it does where
 * a server refuses one, and no point is counted as written that was not.
 */
export const UNWRITABLE: Answer = {
  status: 400,
  text: 'A point has no field that can be written, or no time that InfluxDB has.',
  retryAfterMs: null,
}

/** A line for each point, or null where a point is none. */
export function bodyOf(points: readonly InfluxPoint[]): string | null {
  const lines = linesOf(points)
  return lines === null ? null : lines.join('\n')
}

export function linesOf(points: readonly InfluxPoint[]): string[] | null {
  const lines = points.flatMap(point => lineOf(point) ?? [])
  return lines.length === points.length ? lines : null
}
