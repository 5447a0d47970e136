// When a receiver wants to be asked again: RFC 9110, 10.2.3. Seconds, or a date.

const SECONDS = /^\d{1,9}$/

/** Milliseconds to wait, however many; null where it says nothing that can be understood. */
export function retryAfterMsOf(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  const text = header.trim()
  const ms = SECONDS.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}
