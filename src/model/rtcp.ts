// What the parts of an RTCP packet report (RFC 3550, 6.4; RFC 3611, 4.4, 4.5 and 4.7), before anybody asks
// what it means here. Times of NTP are the middle 32 bits: seconds since 1900 in 2^-16 s, modulo 2^32.

/** A report block about one source (RFC 3550, 6.4.1). */
export interface ReportBlock {
  readonly about: number
  /** In 1/256. */
  readonly fractionLost: number
  /** Signed, of 24 bits. */
  readonly cumulativeLost: number
  /** Extended: cycles in the upper 16 bits. */
  readonly highestSequence: number
  /** In units of the source's timestamps. */
  readonly jitter: number
  /** Middle of the source's latest sender report; 0 where none has come. */
  readonly lastReport: number
  /** Since that one came, in 2^-16 s. */
  readonly delay: number
}

/** What a receiver knows of the time at which another one reported (RFC 3611, 4.5). */
export interface ReceiverTime {
  readonly about: number
  readonly lastReport: number
  readonly delay: number
}

export interface RtcpReport {
  readonly kind: 'sender' | 'receiver' | 'extended'
  /** Who reports. */
  readonly ssrc: number
  /** Of senders, and of receivers that report their time; null where there is none. */
  readonly ntpMiddle: number | null
  /** Packets that the sender has sent; null of receivers. */
  readonly sentPackets: number | null
  readonly blocks: readonly ReportBlock[]
  readonly times: readonly ReceiverTime[]
  /** Of voice: shares that were lost, in 1/256. */
  readonly losses: readonly { readonly about: number; readonly fractionLost: number }[]
}
