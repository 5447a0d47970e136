// All rows of a period, however many: asked for in windows of time that are small enough for one answer each, so
// that nothing but one answer is ever held.

import { MS_MAX, type Period } from '../../model/store.ts'

export type AskPeriod<Row> = (query: Period & { readonly limit: number }) => Promise<readonly Row[]>

/** Of one millisecond, as many as may be asked for: what happens at a tick happens all at once. */
const MOMENT_ROWS_MAX = 10_000

export interface Asking<Row> {
  readonly ask: AskPeriod<Row>
  /** Unix milliseconds; a hint at how close rows lie, and no more. */
  readonly timeMs: (row: Row) => number
  /** Of one answer. */
  readonly limit: number
  /** Told of a millisecond of which some rows are missing. */
  readonly onFull: (ms: number) => void
}

/**
 * In the order of the windows. A single millisecond may hold more than an answer does; then the rest of it is missing.
 */
export async function* allRows<Row>(
  { ask, timeMs, limit, onFull }: Asking<Row>,
  period: Period,
): AsyncGenerator<Row> {
  let { fromMs } = period
  let lengthMs = period.toMs - fromMs
  let nextMs: number | null = null
  while (fromMs < period.toMs) {
    const toMs = Math.min(period.toMs, fromMs + lengthMs)
    const isMoment = toMs - fromMs === 1
    const most = isMoment ? MOMENT_ROWS_MAX : limit
    const rows = await ask({ fromMs, toMs, limit: most })
    const isFull = rows.length >= most
    if (isFull && !isMoment) {
      const [earliestMs, latestMs] = spanOf(rows.map(timeMs))
      // First what lies before the rows, mostly nothing, however long that is; then the rows.
      const isBefore = earliestMs > fromMs && earliestMs < toMs
      const half = Math.floor((toMs - fromMs) / 2)
      nextMs = isBefore ? Math.max(1, latestMs - earliestMs) : null
      lengthMs = isBefore ? earliestMs - fromMs : Math.max(1, Math.min(half, latestMs - fromMs))
      continue
    }
    if (isFull) onFull(fromMs)
    yield* rows
    fromMs = toMs
    lengthMs = nextMs ?? lengthMs * 2
    nextMs = null
  }
}

/** Of times in whole milliseconds. */
function spanOf(times: readonly number[]): readonly [earliestMs: number, latestMs: number] {
  return times.reduce(
    ([earliest, latest], ms) => [
      Math.min(earliest, Math.floor(ms)),
      Math.max(latest, Math.floor(ms)),
    ],
    [MS_MAX, 0],
  )
}
