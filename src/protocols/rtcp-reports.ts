// The reports in an RTCP datagram: RFC 3550, 6.4; extended ones, RFC 3611. Everything is bounded by the
// datagram, by the lengths in it, and by a number of reports and blocks that no member of a call needs.

import type { ReceiverTime, ReportBlock, RtcpReport } from '../model/rtcp.ts'
import { u16, u32 } from './bytes.ts'
import type { Opening } from './recogniser.ts'

const [SENDER_REPORT, RECEIVER_REPORT, EXTENDED_REPORT] = [200, 201, 207]
/** Header and who reports; behind it, of senders, NTP and RTP time and two counts. */
const [HEAD_BYTES, SENT_BYTES, BLOCK_BYTES] = [8, 20, 24]
/** RFC 3611, 4.4, 4.5 and 4.7. */
const [RECEIVER_TIME, LAST_TIMES, VOICE] = [4, 5, 7]
const [TIME_BYTES, VOICE_BYTES] = [12, 36]
/** Packets of a datagram that are looked at, and what is kept of all of them together. */
const [PACKETS_MAX, BLOCKS_MAX] = [32, 64]

type Parts = {
  readonly blocks: ReportBlock[]
  readonly times: ReceiverTime[]
  readonly losses: RtcpReport['losses'][number][]
  ntpMiddle: number | null
  sentPackets: number | null
}

/** All reports of a datagram that `rtcp` knows; `left` is how many blocks may still be kept. */
export function reportsOf({ bytes, at, end }: Opening): readonly RtcpReport[] {
  const reports: RtcpReport[] = []
  let packet = at
  let left = BLOCKS_MAX
  for (let count = 0; count < PACKETS_MAX && packet + HEAD_BYTES <= end; count++) {
    const next = Math.min(end, packet + 4 * (u16(bytes, packet + 2) + 1))
    const report = reportOf({ bytes, at: packet, end: next }, left)
    if (report !== null) {
      reports.push(report)
      left -= report.blocks.length + report.times.length + report.losses.length
    }
    packet = next
  }
  return reports
}

function reportOf(packet: Opening, blocksMax: number): RtcpReport | null {
  const { bytes, at, end } = packet
  if (end - at < HEAD_BYTES) return null
  const type = bytes[at + 1] as number
  const parts: Parts = { blocks: [], times: [], losses: [], ntpMiddle: null, sentPackets: null }
  const ssrc = u32(bytes, at + 4)
  if (type === EXTENDED_REPORT) {
    extended(packet, parts, blocksMax)
    return { kind: 'extended', ssrc, ...parts }
  }
  if (type !== SENDER_REPORT && type !== RECEIVER_REPORT) return null
  const isSender = type === SENDER_REPORT
  const blocksAt = at + HEAD_BYTES + (isSender ? SENT_BYTES : 0)
  if (blocksAt > end) return null
  if (isSender) {
    parts.ntpMiddle = u32(bytes, at + 10)
    parts.sentPackets = u32(bytes, at + 20)
  }
  const count = Math.min((bytes[at] as number) & 0x1f, blocksMax)
  for (let index = 0; index < count; index++) {
    const block = blocksAt + index * BLOCK_BYTES
    if (block + BLOCK_BYTES > end) break
    parts.blocks.push(blockOf(bytes, block))
  }
  return { kind: isSender ? 'sender' : 'receiver', ssrc, ...parts }
}

const blockOf = (bytes: Uint8Array, at: number): ReportBlock => ({
  about: u32(bytes, at),
  fractionLost: bytes[at + 4] as number,
  cumulativeLost: (u32(bytes, at + 4) << 8) >> 8,
  highestSequence: u32(bytes, at + 8),
  jitter: u32(bytes, at + 12),
  lastReport: u32(bytes, at + 16),
  delay: u32(bytes, at + 20),
})

/** Blocks of an extended report, each with its type and its length in words behind the first (RFC 3611, 3). */
function extended({ bytes, at, end }: Opening, parts: Parts, blocksMax: number): void {
  let block = at + HEAD_BYTES
  let left = blocksMax
  while (block + 4 <= end && left > 0) {
    const next = block + 4 * (u16(bytes, block + 2) + 1)
    if (next > end) return
    left -= extendedBlock({ bytes, at: block, end: next }, parts, left)
    block = next
  }
}

/** How many parts it gave. */
function extendedBlock({ bytes, at, end }: Opening, parts: Parts, left: number): number {
  const type = bytes[at] as number
  if (type === RECEIVER_TIME && end - at >= TIME_BYTES) parts.ntpMiddle = u32(bytes, at + 6)
  else if (type === LAST_TIMES) return lastTimes({ bytes, at, end }, parts, left)
  else if (type === VOICE && end - at >= VOICE_BYTES) {
    parts.losses.push({ about: u32(bytes, at + 4), fractionLost: bytes[at + 8] as number })
    return 1
  }
  return 0
}

function lastTimes({ bytes, at, end }: Opening, parts: Parts, left: number): number {
  let count = 0
  for (let time = at + 4; time + TIME_BYTES <= end && count < left; time += TIME_BYTES) {
    const [lastReport, delay] = [u32(bytes, time + 4), u32(bytes, time + 8)]
    parts.times.push({ about: u32(bytes, time), lastReport, delay })
    count++
  }
  return count
}
