// Times as text: the one family of functions that formats any of them. UTC throughout, ISO 8601;
// fractions are cut, never rounded, so that a time never names a moment that was not reached.

const NANOS_PER_SECOND = 1_000_000_000
const SECONDS_PER_DAY = 86_400
const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))

// Years 0000 to 9999: beyond them ISO 8601 needs more digits than readers of these files expect. Only
// a damaged capture can name such a moment; it is shown at the edge.
const SECONDS_MIN = -62_167_219_200
const SECONDS_MAX = 253_402_300_799

/**
 * `2026-03-02T10:15:42.118233456Z`.
 *
 * @param epochSeconds Unix time from which `ns` counts, in whole seconds.
 * @param ns Nanoseconds since then, before it where negative.
 */
export function isoNanos(epochSeconds: number, ns: number): string {
  return `${wholeSeconds(epochSeconds, ns)}.${fraction(ns)}Z`
}

/** `2026-03-02T10:15:42.118233+0000`, as Suricata writes EVE. Arguments as for `isoNanos`. */
export function isoMicros(epochSeconds: number, ns: number): string {
  return `${wholeSeconds(epochSeconds, ns)}.${fraction(ns).slice(0, 6)}+0000`
}

/** `2026-03-02 10:15:42.118Z`, for people. Arguments as for `isoNanos`. */
export function readable(epochSeconds: number, ns: number): string {
  return readableIso(isoNanos(epochSeconds, ns))
}

/** The readable form of what `isoNanos` gave. */
export const readableIso = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 23)}Z`

/** A moment in Unix milliseconds, as the arguments of the functions above. */
export function ofMs(ms: number): readonly [epochSeconds: number, ns: number] {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, (ms - seconds * 1_000) * 1e6]
}

/** `1 d 2 h`, `2 min 5 s`, `1.250 s`: a length of time, its two largest units at the most. */
export function duration(ns: number): string {
  const seconds = Math.floor(ns / NANOS_PER_SECOND)
  if (seconds < 60) return `${seconds}.${fraction(ns).slice(0, 3)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

/** Nanoseconds from one ISO time with nanoseconds to another. Exact up to 104 days. */
export function nanosBetween(first: string, last: string): number {
  const seconds =
    (Date.parse(`${last.slice(0, 19)}Z`) - Date.parse(`${first.slice(0, 19)}Z`)) / 1000
  return seconds * NANOS_PER_SECOND + Number(last.slice(20, 29)) - Number(first.slice(20, 29))
}

function wholeSeconds(epochSeconds: number, ns: number): string {
  const seconds = Math.min(SECONDS_MAX, Math.max(SECONDS_MIN, secondsAt(epochSeconds, ns)))
  const clock = remainder(seconds, SECONDS_PER_DAY)
  const hour = TWO_DIGITS[Math.floor(clock / 3600)]
  const minute = TWO_DIGITS[Math.floor(clock / 60) % 60]
  return `${date(seconds - clock)}T${hour}:${minute}:${TWO_DIGITS[clock % 60]}`
}

// The date of the last day asked for. `Date` takes ten times as long as all the rest of a time, and a
// capture has hundreds of thousands of times on one day.
let lastMidnight = 0
let lastDate = '1970-01-01'

function date(midnight: number): string {
  if (midnight !== lastMidnight) {
    lastMidnight = midnight
    lastDate = new Date(midnight * 1000).toISOString().slice(0, 10)
  }
  return lastDate
}

const fraction = (ns: number): string => String(nanosWithin(ns)).padStart(9, '0')

const secondsAt = (epochSeconds: number, ns: number): number =>
  epochSeconds + (Math.floor(ns) - nanosWithin(ns)) / NANOS_PER_SECOND

/** The part below one second, never negative. The remainder of doubles is exact, their quotient is not. */
const nanosWithin = (ns: number): number => remainder(Math.floor(ns), NANOS_PER_SECOND)

function remainder(value: number, divisor: number): number {
  const rest = value % divisor
  return rest < 0 ? rest + divisor : rest
}
