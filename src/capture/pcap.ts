// Classic pcap: the file header and the walk from record to record. Both byte orders, micro- and
// nanoseconds. Follows draft-ietf-opsawg-pcap. Pure: bytes come in, an index goes out.

import type { ChunkBuffer, Instant } from '../model/chunk.ts'
import type { Format, Preview, RecordReader, Walk } from './format.ts'
import { instantOf, TimeSpan } from './time-span.ts'

const FILE_HEADER_BYTES = 24
const VERSION_MAJOR_AT = 4
const VERSION_MINOR_AT = 6
const LINK_AT = 20

const RECORD_HEADER_BYTES = 16
const FRACTION_AT = 4
const CAPTURED_BYTES_AT = 8
const WIRE_BYTES_AT = 12

// The upper half of the link field tells of frame check sequences and is no part of the link type.
const LINK_MASK = 0xffff

// Wire lengths are kept as signed 32-bit numbers. No frame is that long: the field is garbage.
const WIRE_BYTES_MAX = 0x7fffffff

// A first record that claims more is garbage, and its time must not become the epoch of a run.
const PREVIEW_BYTES_MAX = 256 * 1024

interface Variant {
  readonly magic: number
  readonly littleEndian: boolean
  /** What one unit of a timestamp's fraction is worth. */
  readonly nanosPerUnit: number
}

interface FileHeader extends Variant {
  readonly major: number
  readonly minor: number
  /** LINKTYPE of every packet of the file. */
  readonly link: number
}

/** Records being walked over, the next one at `at`. */
interface Stretch {
  readonly view: DataView
  at: number
  readonly end: number
}

// The magic as it reads in network order.
const VARIANTS: readonly Variant[] = [
  { magic: 0xa1b2c3d4, littleEndian: false, nanosPerUnit: 1000 },
  { magic: 0xd4c3b2a1, littleEndian: true, nanosPerUnit: 1000 },
  { magic: 0xa1b23c4d, littleEndian: false, nanosPerUnit: 1 },
  { magic: 0x4d3cb2a1, littleEndian: true, nanosPerUnit: 1 },
]

export const pcap: Format = {
  name: 'pcap',
  recognises: head => variantOf(viewOf(head), 0, head.length) !== undefined,
  preview,
  reader: epochSeconds => new PcapReader(epochSeconds),
}

/** Versions before 2.0 are laid out in another way, and there are none after 2.4. */
function preview(head: Uint8Array): Preview {
  const view = viewOf(head)
  const header = fileHeaderOf(view, 0, head.length)
  if (header === undefined) return { refusal: null, first: null }
  const { major, minor } = header
  if (major !== 2 || minor > 4)
    return {
      refusal: `this is pcap version ${major}.${minor}, and only 2.0 to 2.4 are read`,
      first: null,
    }
  return { refusal: null, first: firstPacket(view, header) }
}

function firstPacket(view: DataView, header: FileHeader): Instant | null {
  if (view.byteLength < FILE_HEADER_BYTES + RECORD_HEADER_BYTES) return null
  if (capturedBytesOf(view, FILE_HEADER_BYTES, header) > PREVIEW_BYTES_MAX) return null
  const { littleEndian, nanosPerUnit } = header
  const seconds = view.getUint32(FILE_HEADER_BYTES, littleEndian)
  const fraction = view.getUint32(FILE_HEADER_BYTES + FRACTION_AT, littleEndian)
  return instantOf(seconds, fraction * nanosPerUnit)
}

/** One file being read: what its header said, and the span of its packets' times. */
class PcapReader implements RecordReader {
  readonly times = new TimeSpan()
  private readonly epochSeconds: number
  private header: FileHeader | undefined

  constructor(epochSeconds: number) {
    this.epochSeconds = epochSeconds
  }

  walk(buffer: ChunkBuffer, at: number, end: number): Walk {
    const view = viewOf(buffer.bytes)
    if (this.header !== undefined) return this.walkRecords(buffer, { view, at, end }, this.header)
    this.header = fileHeaderOf(view, at, end)
    if (this.header === undefined) return walked(0, at, 'needs_bytes')
    return this.walkRecords(buffer, { view, at: at + FILE_HEADER_BYTES, end }, this.header)
  }

  describeTail(bytes: Uint8Array, at: number, end: number): string {
    const there = end - at
    if (this.header === undefined)
      return `the file header is cut short: ${there} of ${FILE_HEADER_BYTES} bytes are there`
    if (there < RECORD_HEADER_BYTES)
      return `a record header is cut short: ${there} of ${RECORD_HEADER_BYTES} bytes are there`
    const captured = capturedBytesOf(viewOf(bytes), at, this.header)
    return `a packet is cut short: ${there - RECORD_HEADER_BYTES} of ${captured} bytes are there`
  }

  private walkRecords(buffer: ChunkBuffer, stretch: Stretch, header: FileHeader): Walk {
    const { packetBytesMax, packetsMax } = buffer
    const { view, end } = stretch
    let packets = 0
    while (packets < packetsMax) {
      const dataAt = stretch.at + RECORD_HEADER_BYTES
      if (dataAt > end) return walked(packets, stretch.at, 'needs_bytes')
      const captured = capturedBytesOf(view, stretch.at, header)
      const wire = wireBytesOf(view, stretch.at, header)
      if (captured > packetBytesMax || wire > WIRE_BYTES_MAX)
        return walked(packets, stretch.at, 'corrupt', faultOf(captured, wire, packetBytesMax))
      if (dataAt + captured > end) return walked(packets, stretch.at, 'needs_bytes')
      this.stamp(buffer, packets, stretch, header)
      buffer.at[packets] = dataAt
      buffer.capturedBytes[packets] = captured
      buffer.wireBytes[packets] = wire
      buffer.link[packets] = header.link
      packets += 1
      stretch.at = dataAt + captured
    }
    return walked(packets, stretch.at, 'index_full')
  }

  /** Seconds are unsigned, to the year 2106; a fraction of a second or more simply counts on. */
  private stamp(buffer: ChunkBuffer, packet: number, stretch: Stretch, header: FileHeader): void {
    const { view, at } = stretch
    const seconds = view.getUint32(at, header.littleEndian)
    const nanos = view.getUint32(at + FRACTION_AT, header.littleEndian) * header.nanosPerUnit
    buffer.timeNs[packet] = (seconds - this.epochSeconds) * 1e9 + nanos
    this.times.add(seconds, nanos)
  }
}

function walked(
  packets: number,
  end: number,
  stop: Walk['stop'],
  fault: string | null = null,
): Walk {
  return { packets, end, stop, fault }
}

function faultOf(captured: number, wire: number, packetBytesMax: number): string {
  return captured > packetBytesMax
    ? `the record claims ${captured} captured bytes, and at most ${packetBytesMax} can be`
    : `the record claims ${wire} bytes on the wire, which no frame has`
}

/** Undefined where the header is not whole or its magic is another. */
function fileHeaderOf(view: DataView, at: number, end: number): FileHeader | undefined {
  const variant = variantOf(view, at, end)
  if (variant === undefined || end - at < FILE_HEADER_BYTES) return undefined
  return {
    ...variant,
    major: view.getUint16(at + VERSION_MAJOR_AT, variant.littleEndian),
    minor: view.getUint16(at + VERSION_MINOR_AT, variant.littleEndian),
    link: view.getUint32(at + LINK_AT, variant.littleEndian) & LINK_MASK,
  }
}

/** Before version 2.4 writers disagreed on the order of the two lengths; the lesser was captured. */
function capturedBytesOf(view: DataView, at: number, { littleEndian, minor }: FileHeader): number {
  const captured = view.getUint32(at + CAPTURED_BYTES_AT, littleEndian)
  return minor < 4 ? Math.min(captured, view.getUint32(at + WIRE_BYTES_AT, littleEndian)) : captured
}

/** Some writers give a wire length below the captured one, but what was captured was on the wire. */
const wireBytesOf = (view: DataView, at: number, { littleEndian }: FileHeader): number =>
  Math.max(
    view.getUint32(at + CAPTURED_BYTES_AT, littleEndian),
    view.getUint32(at + WIRE_BYTES_AT, littleEndian),
  )

function variantOf(view: DataView, at: number, end: number): Variant | undefined {
  if (end - at < 4) return undefined
  const magic = view.getUint32(at)
  return VARIANTS.find(variant => variant.magic === magic)
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
