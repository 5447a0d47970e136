// When a receiver wants to be asked again: RFC 9110, 10.2.3. Seconds, or a date.

/** Longer than this nobody waits, whatever is asked for. */
const WAIT_MS_MAX = 3_600_000
const SECONDS = /^\d{1,9}$/

/** Milliseconds to wait; null where it says nothing that can be understood. */
export function retryAfterMsOf(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  const text = header.trim()
  const ms = SECONDS.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? null : Math.min(WAIT_MS_MAX, Math.max(0, ms))
}
