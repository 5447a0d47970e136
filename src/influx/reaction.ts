// What is done about each answer of an InfluxDB, and how long it is waited: faults.md 3.4.

import type { Answer } from './writer.ts'

/** `hold`: nothing more is sent until somebody has mended it; `retry`: the same again, later and later. */
export type Reaction = 'taken' | 'bisect' | 'halve' | 'hold' | 'retry'

const REACTIONS: ReadonlyMap<number, Reaction> = new Map([
  [204, 'taken'],
  [400, 'bisect'],
  [401, 'hold'],
  [403, 'hold'],
  [404, 'hold'],
  [413, 'halve'],
  // Version 2 says so of what version 1 says 400: fields of other types, and what is older than it keeps.
  [422, 'bisect'],
])

/** Whatever else a server says, a good one may say something better later. */
export const reactionTo = ({ status }: Answer): Reaction => REACTIONS.get(status) ?? 'retry'

export const HOLD_MS = 30_000
const FIRST_MS = 500
const BACK_OFF_MS_MAX = 30_000
const RETRY_AFTER_MS_MAX = 300_000

/**
 * How long to wait after so many tries that failed, in milliseconds: anything up to a bound that doubles, so that
 * those who lost the same server do not come back together, and never less than the server asked for.
 */
export function backOffMs(tries: number, { retryAfterMs }: Answer, random: () => number): number {
  const boundMs = Math.min(BACK_OFF_MS_MAX, FIRST_MS * 2 ** Math.min(tries - 1, 16))
  return Math.max(random() * boundMs, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX))
}
