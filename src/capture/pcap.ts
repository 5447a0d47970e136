// Classic pcap: the walk from record to record, and the search for a record behind damage. Follows
// draft-ietf-opsawg-pcap. Pure: bytes come in, an index goes out.
//
// A record has no mark of its own, so a wrong length leads into the middle of a packet, where any bytes may
// pass for a header. Hence a header that is odd must be confirmed by the one behind it.

import type { ChunkBuffer } from '../model/chunk.ts'
import type { Epoch } from './epoch.ts'
import {
  type Format,
  faulty,
  type RecordReader,
  type Search,
  type Stretch,
  viewOf,
  type Walk,
  walked,
} from './format.ts'
import {
  capturedBytesOf,
  FRACTION_AT,
  fileHeaderBytesOf,
  isPcap,
  isReadable,
  nanosOf,
  type PcapHeader,
  pcapHeader,
  secondsOf,
  writtenWireBytesOf,
} from './pcap-header.ts'
import { TimeSpan } from './time-span.ts'

// Wire lengths are kept as signed 32-bit numbers. No frame is that long: the field is garbage.
const WIRE_BYTES_MAX = 0x7fffffff

// What a length may be in a header that stands witness, of a record found behind damage or of an odd one.
const PLAUSIBLE_BYTES_MAX = 256 * 1024
const WITNESS_BYTES_MAX = 16 * 1024 * 1024

// In place of a number of seconds: there is no record; more bytes are needed to tell.
const NO_RECORD = -1
const OPEN = -2

const SECONDS_PER_DAY = 86_400
const NANOS_PER_SECOND = 1e9

export const pcap: Format = {
  name: 'pcap',
  recognises: head => isPcap(viewOf(head)),
  reader: epoch => new PcapReader(epoch),
}

/** One file being read: what its header said, when its last packet was, and the span of all times. */
class PcapReader implements RecordReader {
  readonly times = new TimeSpan()
  readonly untimed = 0
  readonly dropped = null
  private readonly epoch: Epoch
  private header: PcapHeader | undefined
  /** Not a number before the first packet, so that no packet is far from it. */
  private lastSeconds = Number.NaN

  constructor(epoch: Epoch) {
    this.epoch = epoch
  }

  walk(buffer: ChunkBuffer, stretch: Stretch): Walk {
    const { at, end } = stretch
    const view = viewOf(buffer.bytes)
    if (this.header !== undefined) return this.walkRecords(buffer, view, stretch, this.header)
    const header = pcapHeader(view, at, end)
    if (header === undefined) return walked(0, at, 'needs_bytes')
    if (!isReadable(header)) return faulty(0, at, versionFault(header), { stop: 'refused' })
    this.header = header
    const records = { ...stretch, at: at + header.fileHeaderBytes }
    return this.walkRecords(buffer, view, records, header)
  }

  /**
   * Bytes that stand around a header can make another one a few bytes beside it. Of several, the one whose
   * time is nearest to the last packet's is the header.
   */
  search({ bytes }: ChunkBuffer, stretch: Stretch): Search {
    const { header } = this
    const { end, isLast } = stretch
    if (header === undefined) return { at: end, isFound: false }
    const view = viewOf(bytes)
    const jumpAt = (at: number) => this.jumpTo(view, at, stretch, header)
    let { at } = stretch
    for (; at + header.recordHeaderBytes <= end; at++) {
      let jump = jumpAt(at)
      if (jump === OPEN) return { at, isFound: false }
      if (jump === NO_RECORD) continue
      if (at + 2 * header.recordHeaderBytes > end && !isLast) return { at, isFound: false }
      let best = at
      for (let beside = at + 1; beside < at + header.recordHeaderBytes; beside++) {
        const other = jumpAt(beside)
        if (other === OPEN) return { at, isFound: false }
        if (other === NO_RECORD || other >= jump) continue
        jump = other
        best = beside
      }
      return { at: best, isFound: true }
    }
    return { at, isFound: false }
  }

  describeTail(bytes: Uint8Array, at: number, end: number): string {
    const there = end - at
    if (this.header === undefined)
      return `the file header is cut short: ${there} of ${fileHeaderBytesOf(viewOf(bytes), at, end)} bytes are there`
    const { recordHeaderBytes } = this.header
    if (there < recordHeaderBytes)
      return `a record header is cut short: ${there} of ${recordHeaderBytes} bytes are there`
    const captured = capturedBytesOf(viewOf(bytes), at, this.header)
    return `a packet is cut short: ${there - recordHeaderBytes} of ${captured} bytes are there`
  }

  // Once per packet of every capture: fields are read once, and helpers called for odd records only.
  private walkRecords(
    buffer: ChunkBuffer,
    view: DataView,
    stretch: Stretch,
    header: PcapHeader,
  ): Walk {
    const { packetBytesMax, packetsMax } = buffer
    const { littleEndian, recordHeaderBytes, nanosPerUnit, link } = header
    const { end } = stretch
    let { at } = stretch
    for (let packets = 0; packets < packetsMax; packets++) {
      const dataAt = at + recordHeaderBytes
      if (dataAt > end) return walked(packets, at, 'needs_bytes')
      const seconds = view.getUint32(at, littleEndian)
      const captured = capturedBytesOf(view, at, header)
      const written = writtenWireBytesOf(view, at, header)
      if (captured > packetBytesMax || written > WIRE_BYTES_MAX)
        return faulty(packets, at, lengthFault(captured, written, packetBytesMax))
      const behind = dataAt + captured
      // Legal, but seldom the truth: more than there was, nothing at all, a day from the packet before.
      if (written < captured || written === 0 || this.isFar(seconds)) {
        const doubt = doubtOf(view, at, behind, stretch, header)
        if (doubt === 'refuted') return faulty(packets, at, oddFault(captured))
        if (doubt === 'open') return walked(packets, at, 'needs_bytes')
      }
      if (behind > end) return walked(packets, at, 'needs_bytes')
      const nanos = view.getUint32(at + FRACTION_AT, littleEndian) * nanosPerUnit
      buffer.timeNs[packets] = this.epoch.since(seconds, nanos)
      buffer.at[packets] = dataAt
      buffer.capturedBytes[packets] = captured
      // Some writers give a wire length below the captured one, but what was captured was on the wire.
      buffer.wireBytes[packets] = Math.max(captured, written)
      buffer.link[packets] = link
      this.times.add(seconds, nanos)
      this.lastSeconds = seconds
      at = behind
    }
    return walked(packetsMax, at, 'index_full')
  }

  /**
   * How many seconds lie between the last packet and the record that begins here, if one does: then another
   * stands behind it, or the end of the file.
   */
  private jumpTo(view: DataView, at: number, stretch: Stretch, header: PcapHeader): number {
    const { end, isLast } = stretch
    const near = this.lastSeconds
    if (at + header.recordHeaderBytes > end || !isPlausible(view, at, header, near))
      return NO_RECORD
    const seconds = secondsOf(view, at, header)
    const jump = Math.abs(seconds - (Number.isNaN(near) ? seconds : near))
    const behind = at + header.recordHeaderBytes + capturedBytesOf(view, at, header)
    const witnessEnd = behind + header.recordHeaderBytes
    if (witnessEnd <= end) return isPlausible(view, behind, header, seconds) ? jump : NO_RECORD
    if (isLast) return behind <= end ? jump : NO_RECORD
    return witnessEnd - at <= view.byteLength ? OPEN : NO_RECORD
  }

  private isFar(seconds: number): boolean {
    const jump = seconds - this.lastSeconds
    return jump > SECONDS_PER_DAY || jump < -SECONDS_PER_DAY
  }
}

/**
 * Whether an odd record is a record after all: the file ends with it, or lengths as a header has them
 * stand behind it. Times are not asked: files joined from several captures jump by years.
 */
function doubtOf(
  view: DataView,
  at: number,
  behind: number,
  { end, isLast }: Stretch,
  header: PcapHeader,
): 'confirmed' | 'refuted' | 'open' {
  const witnessEnd = behind + header.recordHeaderBytes
  if (witnessEnd > end) {
    if (isLast) return behind <= end ? 'confirmed' : 'refuted'
    // A buffer that cannot hold the witness must do without.
    return witnessEnd - at <= view.byteLength ? 'open' : 'confirmed'
  }
  const isWitness =
    writtenWireBytesOf(view, behind, header) <= WITNESS_BYTES_MAX &&
    capturedBytesOf(view, behind, header) <= PLAUSIBLE_BYTES_MAX &&
    !isBlank(view, behind, header)
  return isWitness ? 'confirmed' : 'refuted'
}

/** Nothing but zeros: what a disk leaves where a file was never written. */
const isBlank = (view: DataView, at: number, header: PcapHeader): boolean =>
  writtenWireBytesOf(view, at, header) === 0 &&
  capturedBytesOf(view, at, header) === 0 &&
  secondsOf(view, at, header) === 0 &&
  nanosOf(view, at, header) === 0

/** Whether a record begins here, as far as one header can tell: about one place in 2^50 of random bytes. */
function isPlausible(view: DataView, at: number, header: PcapHeader, nearSeconds: number): boolean {
  const captured = capturedBytesOf(view, at, header)
  const written = writtenWireBytesOf(view, at, header)
  if (captured === 0 || captured > written || written > PLAUSIBLE_BYTES_MAX) return false
  if (nanosOf(view, at, header) >= NANOS_PER_SECOND) return false
  const jump = Math.abs(secondsOf(view, at, header) - nearSeconds)
  return !(jump > SECONDS_PER_DAY)
}

const versionFault = ({ major, minor }: PcapHeader): string =>
  `this is pcap version ${major}.${minor}, and only 2.0 to 2.4 are read`

const lengthFault = (captured: number, written: number, packetBytesMax: number): string =>
  captured > packetBytesMax
    ? `the record claims ${captured} captured bytes, and at most ${packetBytesMax} can be`
    : `the record claims ${written} bytes on the wire, which no frame has`

const oddFault = (captured: number): string =>
  `what stands here as a record of ${captured} bytes is odd, and no record follows it`
