// What messages say of clocks: NTP (RFC 5905, 7.3) and the Date of an HTTP response (RFC 9110, 6.6.1).

import type { PacketRef } from './flow.ts'

/** Seconds since 1900 modulo 2^32, and 2^-32 seconds; both 0 for none. RFC 5905, 6. */
export interface NtpTime {
  readonly seconds: number
  readonly fraction: number
}

/** NTP that tells the time; modes 1 to 5. */
export interface TimeMessage {
  readonly mode: number
  readonly leap: 0 | 1 | 2 | 3
  readonly stratum: number
  /** Powers of two, in seconds. */
  readonly poll: number
  readonly precision: number
  readonly rootDelayMs: number
  readonly rootDispersionMs: number
  /** Who its source is; four letters in a kiss of death (RFC 5905, 7.4). */
  readonly reference: number
  readonly origin: NtpTime
  readonly receive: NtpTime
  readonly transmit: NtpTime
}

/** The Date of a response, whole seconds of Unix time. */
export interface HttpDate {
  readonly unixSeconds: number
  /** When its request passed the sensor, nanoseconds since the run's epoch. */
  readonly askedNs: number
}

/** The same where it was seen. */
export interface DateSighting extends HttpDate {
  /** When the response passed. */
  readonly timeNs: number
  /** Who captured it: its index in the run. */
  readonly sensor: number
  readonly packet: PacketRef
}
