// Times as people give them: a moment with its zone, or a length of time such as 8h.

import { InvalidArgumentError } from 'commander'

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])
const LENGTH = /^(\d{1,6})([smhdw])$/
const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/** Unix milliseconds, or milliseconds of a length of time. */
export type When = { readonly atMs: number } | { readonly lengthMs: number }

/** Milliseconds. */
export function lengthOf(text: string): number {
  const [, count = '', unit = ''] = LENGTH.exec(text) ?? []
  const unitMs = UNITS_MS.get(unit)
  if (unitMs === undefined || Number(count) === 0)
    throw new InvalidArgumentError('Give a length of time, such as 30m, 8h or 7d.')
  return Number(count) * unitMs
}

/** Unix milliseconds. */
export function momentOf(text: string): number {
  const ms = ISO_WITH_ZONE.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Give a time with its zone, such as 2026-03-02T10:15:00Z.')
  return ms
}

export function whenOf(text: string): When {
  if (LENGTH.test(text)) return { lengthMs: lengthOf(text) }
  try {
    return { atMs: momentOf(text) }
  } catch {
    throw new InvalidArgumentError(
      'Give a length of time before now, such as 8h or 7d, or a time with its zone, such as 2026-03-02T10:15:00Z.',
    )
  }
}
