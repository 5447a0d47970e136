// What every report for a terminal has: its texts made harmless, and what stands in the way of an answer.

import { visible } from '../model/text.ts'
import { ofMs, readable } from '../model/time.ts'
import { hanging } from './layout.ts'
import type { Page } from './terminal-basis.ts'

/** The same object with every string in it made visible: whatever is printed went through here. */
export function harmless<Value>(value: Value): Value
export function harmless(value: unknown): unknown {
  if (typeof value === 'string') return visible(value)
  if (Array.isArray(value)) return value.map(harmless)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [visible(key), harmless(inner)]),
  )
}

/** What stands in the way of the answer, before anything that looks like one. */
export function notJudged({ result, paint, width }: Page): string[] {
  if (result.not_judged.length === 0) return []
  const lines = result.not_judged.flatMap(({ subject, reason, incomplete }) =>
    hanging(incomplete ? '  ! ' : '  - ', `${subject}: ${reason}`, width, label =>
      paint(incomplete ? 'medium' : 'dim', label),
    ),
  )
  return [paint('bold', 'Could not be judged'), ...lines]
}

/** `2026-03-02 10:15:42Z`, of Unix milliseconds. */
export const momentText = (ms: number): string => `${readable(...ofMs(ms)).slice(0, 19)}Z`
