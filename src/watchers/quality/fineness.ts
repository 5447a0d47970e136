// How coarse the clocks of an exchange are, taken out of the bounds of its record.

import type { NtpQuality } from '../../model/quality.ts'

/** Of the client, and of the server with what clocks gain until the answer; milliseconds. */
export function finenessOf(record: NtpQuality) {
  const { uncertaintyMs, sensorUncertaintyMs, delayMs, clientLegMs } = record
  const serverMs = sensorUncertaintyMs - delayMs / 2
  return { serverMs, clientMs: uncertaintyMs - Math.max(clientLegMs, delayMs) - serverMs }
}
