// All rows of a period, however many: asked for in windows of time that are small enough for one answer each, so
// that nothing but one answer is ever held.

import type { Period } from '../../model/store.ts'

export type AskPeriod<Row> = (query: Period & { readonly limit: number }) => Promise<readonly Row[]>

/** The last moment that `Date` knows; ends a period that has no end. */
export const END_MS = 8_640_000_000_000_000

/**
 * In the order of the windows. A single millisecond may hold more than an answer does; then the rest of it is missing.
 *
 * @param onFull Told of such a millisecond.
 */
export async function* allRows<Row>(
  ask: AskPeriod<Row>,
  period: Period,
  limit: number,
  onFull: (ms: number) => void,
): AsyncGenerator<Row> {
  let { fromMs } = period
  let lengthMs = period.toMs - fromMs
  while (fromMs < period.toMs) {
    const toMs = Math.min(period.toMs, fromMs + lengthMs)
    const rows = await ask({ fromMs, toMs, limit })
    const isFull = rows.length >= limit
    if (isFull && toMs - fromMs > 1) {
      lengthMs = Math.floor((toMs - fromMs) / 2)
      continue
    }
    if (isFull) onFull(fromMs)
    yield* rows
    fromMs = toMs
    lengthMs *= 2
  }
}
