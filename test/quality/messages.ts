// NTP messages and where they were seen, for tests that hand them to the exchanges one by one.

import { parseAddress } from '../../src/model/address.ts'
import { assert } from '../../src/model/errors.ts'
import type { NtpTime, TimeMessage } from '../../src/model/time-message.ts'
import type { Seen } from '../../src/quality/ntp.ts'

const EPOCH_SECONDS = Date.parse('2026-03-02T10:00:00Z') / 1000
const UNIX_TO_NTP_SECONDS = 2_208_988_800
export const NO_TIME: NtpTime = { seconds: 0, fraction: 0 }

/** Nanoseconds since the run's epoch as NTP counts (RFC 5905, 6). */
export function ntpTimeOf(ns: number): NtpTime {
  const whole = Math.floor(ns / 1e9)
  return {
    seconds: (EPOCH_SECONDS + whole + UNIX_TO_NTP_SECONDS) >>> 0,
    fraction: Math.floor(((ns - whole * 1e9) * 2 ** 32) / 1e9) >>> 0,
  }
}

export const messageOf = (told: Partial<TimeMessage>): TimeMessage => ({
  ...{ mode: 3, leap: 0, stratum: 2, poll: 6, precision: -20, rootDelayMs: 1, rootDispersionMs: 2 },
  ...{ reference: 0x0a0a_1435, origin: NO_TIME, receive: NO_TIME, transmit: NO_TIME },
  ...told,
})

const addressOf = (text: string) => {
  const address = parseAddress(text)
  assert(address !== undefined, `"${text}" is an address`)
  return address
}

/** From one end to the other, `10.0.0.1:123` to `10.0.0.2:123` unless told. */
export function seenAt(timeNs: number, isFromHigh: boolean, told: Partial<Seen> = {}): Seen {
  const ends = {
    low: { address: addressOf('10.0.0.1'), port: 123 },
    high: { address: addressOf('10.0.0.2'), port: 123 },
  }
  return {
    ...{ ends, isFromHigh, timeNs, epochSeconds: EPOCH_SECONDS, sensor: 0 },
    packet: { file: 0, frame: 1, offset: 0 },
    ...told,
  }
}
