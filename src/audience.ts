// Which flows watchers hear of, and who hears what is measured.

import type { Compliance } from './compliance.ts'
import type { Concern } from './concern.ts'
import type { Ends } from './flows/record.ts'
import type { MeasureListener } from './model/quality.ts'

const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17
/** Services as of old, names and time among them (RFC 6335, 6). */
const SYSTEM_PORT_MAX = 1023

/** Watchers hear of connections between servers, and of servers with others by TCP or on a system port. */
export const isTold = (concern: Concern, { protocol, low, high }: Ends): boolean =>
  concern === 'inside' ||
  (concern === 'outside' &&
    (protocol === PROTOCOL_TCP || Math.min(low.port, high.port) <= SYSTEM_PORT_MAX))

/** Whether each round trip is told: between servers, and where somebody puts reports together. */
export function isMeasured(
  { protocol }: Ends,
  concern: Concern | null,
  isJudged: boolean,
  isReported: boolean,
): boolean {
  if (concern === 'inside') return true
  if (!isReported || protocol === PROTOCOL_UDP) return false
  return !isJudged || concern === 'outside'
}

/** Compliance hears first, where there is one. */
export const measureListeners = (
  compliance: Compliance | null,
  quality: MeasureListener | null,
): readonly MeasureListener[] => [
  ...(compliance === null ? [] : [compliance.measures]),
  ...(quality === null ? [] : [quality]),
]
