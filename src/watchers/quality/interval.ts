// How far one clock is ahead of another, as far as that is known: at least and at most, milliseconds.

export interface Interval {
  readonly lowMs: number
  readonly highMs: number
}

export const around = (ms: number, byMs: number): Interval => ({
  lowMs: ms - byMs,
  highMs: ms + byMs,
})

export const wider = ({ lowMs, highMs }: Interval, byMs: number): Interval => ({
  lowMs: lowMs - byMs,
  highMs: highMs + byMs,
})

/** What both say; null where they contradict each other. */
export function common(one: Interval, other: Interval): Interval | null {
  const lowMs = Math.max(one.lowMs, other.lowMs)
  const highMs = Math.min(one.highMs, other.highMs)
  return lowMs <= highMs ? { lowMs, highMs } : null
}

/** How far the first is ahead of the second, where both are told against a third. */
export const difference = (one: Interval, other: Interval): Interval => ({
  lowMs: one.lowMs - other.highMs,
  highMs: one.highMs - other.lowMs,
})

export const opposite = ({ lowMs, highMs }: Interval): Interval => ({
  lowMs: -highMs,
  highMs: -lowMs,
})

export const middleOf = ({ lowMs, highMs }: Interval): number => (lowMs + highMs) / 2
export const boundOf = ({ lowMs, highMs }: Interval): number => (highMs - lowMs) / 2

/** Beyond the limit for certain, and within it for certain; equality is within. */
export const isBeyond = ({ lowMs, highMs }: Interval, limitMs: number): boolean =>
  lowMs > limitMs || highMs < -limitMs
export const isWithin = ({ lowMs, highMs }: Interval, limitMs: number): boolean =>
  lowMs >= -limitMs && highMs <= limitMs
