// Who hears what payloads say (payloads.ts): those who judge by it, and those who measure by it.

import type { Address } from './model/address.ts'
import type { NameAnswer } from './model/app.ts'
import type { MediaDirection } from './model/media.ts'
import type { RtcpReport } from './model/rtcp.ts'
import type { DateSighting, TimeMessage } from './model/time-message.ts'
import type { FlowEnds } from './protocols/data-channels.ts'
import type { ClockRates } from './quality/clock-rates.ts'

/** Who judges by what payloads say. */
export interface PayloadListener {
  /** Whether anybody judges by what is said in a flow between these addresses. */
  wantsFacts(one: Address, other: Address, isTcp: boolean): boolean
  /** Whether answers for the name at `at`, in DNS's own form, are wanted. */
  wantsName(bytes: Uint8Array, at: number, end: number): boolean
  /** A name server gave this answer between these ends. Nanoseconds since the run's epoch. */
  named(answer: NameAnswer, timeNs: number, ends: FlowEnds): void
  media(address: Uint8Array, port: number, timeNs: number): void
  directed(address: Uint8Array, port: number, direction: MediaDirection, timeNs: number): void
  /** A response of this web server says when it was made. */
  dated(date: DateSighting, server: Address): void
}

/** Who measures by what payloads say. */
export interface PayloadMeasurer {
  /** Of streams, told by SDP. */
  readonly clocks: ClockRates
  /** RTCP in this flow, in the packet at hand. */
  reported(flow: number, reports: readonly RtcpReport[]): void
  /** NTP between these ends, in the packet at hand. */
  timed(message: TimeMessage, ends: FlowEnds, isFromHigh: boolean): void
}
