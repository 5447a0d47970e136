// pcapng: the walk from block to block, and the search for a block behind damage. Follows
// draft-ietf-opsawg-pcapng. Pure: bytes come in, an index goes out.
//
// Every block says its length twice, so damage shows itself at once. Sections may differ in byte order, and
// interfaces in link type, snap length and time; each packet is read as its own interface says.

import type { ChunkBuffer } from '../model/chunk.ts'
import type { Epoch } from './epoch.ts'
import {
  type Fault,
  type Format,
  type RecordReader,
  type Search,
  type Stretch,
  viewOf,
  type Walk,
} from './format.ts'
import * as blocks from './pcapng-blocks.ts'
import { Drops } from './pcapng-drops.ts'
import { Interfaces } from './pcapng-interfaces.ts'
import { TimeSpan } from './time-span.ts'

const { Block, BLOCK_BYTES_MIN, HEADER_BYTES, TRAILER_BYTES } = blocks

const INTERFACE_ID_AT = 8
const TIME_HIGH_AT = 12
const TIME_LOW_AT = 16
const CAPTURED_BYTES_AT = 20
const WIRE_BYTES_AT = 24
const SIMPLE_WIRE_BYTES_AT = 8

// Wire lengths are kept as signed 32-bit numbers. No frame is that long: the field is garbage.
const WIRE_BYTES_MAX = 0x7fffffff

// 1.2 has been written by programs whose files are laid out as those of 1.0 are.
const MAJOR = 1
const MINORS = [0, 2]

export const pcapng: Format = {
  name: 'pcapng',
  recognises(head) {
    if (head.length < BLOCK_BYTES_MIN) return false
    const view = viewOf(head)
    return view.getUint32(0) === Block.SECTION && blocks.sectionOrder(view, 0) !== null
  },
  reader: epoch => new PcapngReader(epoch),
}

interface Section {
  readonly littleEndian: boolean
  readonly interfaces: Interfaces
}

/** A block that is passed over piece by piece. */
interface Passing {
  readonly length: number
  left: number
}

/** A packet block that lies in memory as a whole. */
interface PacketBlock {
  readonly view: DataView
  readonly type: number
  readonly at: number
  readonly length: number
}

type Stop = Walk['stop']

class PcapngReader implements RecordReader {
  readonly times = new TimeSpan()
  untimed = 0
  private readonly drops = new Drops()
  private readonly epoch: Epoch
  private isBegun = false
  /** Null before the first section and within one that cannot be read. */
  private section: Section | null = null
  private passing: Passing | null = null
  /** Time of the last packet that had one; null before the first. */
  private lastNs: number | null = null
  // Of the walk at hand.
  private at = 0
  private packets = 0
  private fault: Fault | null = null

  constructor(epoch: Epoch) {
    this.epoch = epoch
  }

  get dropped(): number | null {
    return this.drops.dropped
  }

  walk(buffer: ChunkBuffer, { at, end }: Stretch): Walk {
    const view = viewOf(buffer.bytes)
    this.at = at
    this.packets = 0
    this.fault = null
    let stop: Stop | null = null
    while (stop === null)
      stop = this.packets === buffer.packetsMax ? 'index_full' : this.step(buffer, view, end)
    return { packets: this.packets, end: this.at, stop, fault: this.fault }
  }

  search(buffer: ChunkBuffer, { at: from, end, isLast }: Stretch): Search {
    const view = viewOf(buffer.bytes)
    let at = from
    for (; at + BLOCK_BYTES_MIN <= end; at++) {
      const found = blocks.candidate(view, at, this.section, buffer.packetBytesMax)
      if (found === null) continue
      const behind = at + found.length
      if (behind + HEADER_BYTES > end && !isLast) {
        if (behind + HEADER_BYTES - at <= view.byteLength) return { at, isFound: false }
      } else if (behind <= end && blocks.isWhole(view, at, found)) {
        const isFound =
          behind + HEADER_BYTES > end || blocks.isHeader(view, behind, found.littleEndian)
        if (isFound) return { at, isFound }
      }
    }
    return { at, isFound: false }
  }

  describeTail(bytes: Uint8Array, at: number, end: number): string {
    const there = end - at
    if (this.passing !== null) {
      const { length, left } = this.passing
      return `a block is cut short: ${length - left + there} of ${length} bytes are there`
    }
    if (there < HEADER_BYTES || this.section === null)
      return `a block header is cut short: ${there} bytes are there`
    const length = viewOf(bytes).getUint32(at + 4, this.section.littleEndian)
    return `a block is cut short: ${there} of ${length} bytes are there`
  }

  /** Takes one block, or a piece of one; why the walk cannot go on, or null. */
  private step(buffer: ChunkBuffer, view: DataView, end: number): Stop | null {
    if (this.passing !== null) return this.pass(this.passing, view, end)
    if (this.at + BLOCK_BYTES_MIN > end) return 'needs_bytes'
    if (view.getUint32(this.at) === Block.SECTION) {
      const stop = this.beginSection(view, end)
      if (stop !== null) return stop
    }
    if (this.section === null) return this.damaged('a section header should stand here')
    return this.takeBlock(buffer, view, end, this.section)
  }

  private takeBlock(
    buffer: ChunkBuffer,
    view: DataView,
    end: number,
    section: Section,
  ): Stop | null {
    const { at } = this
    const { littleEndian, interfaces } = section
    const { packetBytesMax } = buffer
    const type = view.getUint32(at, littleEndian)
    const length = view.getUint32(at + 4, littleEndian)
    if (!blocks.isLengthSane(type, length, packetBytesMax))
      return this.damaged(blocks.lengthFault(type, length, packetBytesMax))
    if (!blocks.isReadWhole(type, length)) {
      this.passing = { length, left: length }
      return null
    }
    if (at + length > end) return 'needs_bytes'
    const trailer = view.getUint32(at + length - TRAILER_BYTES, littleEndian)
    const isWhole = trailer === length
    let fault: string | null = null
    if (type === Block.INTERFACE) {
      // One without whole options counts too, or packets would be read by another's description.
      const described = isWhole ? length : blocks.INTERFACE_OPTIONS_AT + TRAILER_BYTES
      fault = interfaces.add({ view, at, length: described, littleEndian })
    } else if (isWhole && blocks.isPacket(type))
      fault = this.takePacket(buffer, { view, type, at, length }, section)
    else if (isWhole && type === Block.STATISTICS)
      this.drops.take({ view, at, length }, littleEndian, interfaces.count)
    if (!isWhole) return this.damaged(trailerFault(length, trailer))
    if (fault !== null) return this.damaged(fault, at + length)
    this.at = at + length
    return null
  }

  /** The damage lies where the walk is. */
  private damaged(message: string, next: number | null = null): Stop {
    this.fault = { message, next }
    return 'corrupt'
  }

  /** A damaged byte order is taken to be that of the section before. */
  private beginSection(view: DataView, end: number): Stop | null {
    const { at } = this
    if (at + blocks.SECTION_OPTIONS_AT > end) return 'needs_bytes'
    const told = blocks.sectionOrder(view, at)
    const littleEndian = (told ?? this.section)?.littleEndian === true
    const major = view.getUint16(at + blocks.VERSION_MAJOR_AT, littleEndian)
    const minor = view.getUint16(at + blocks.VERSION_MINOR_AT, littleEndian)
    const isRefused = told !== null && (major !== MAJOR || !MINORS.includes(minor))
    this.drops.beginSection()
    this.section = isRefused ? null : { littleEndian, interfaces: new Interfaces() }
    if (told === null) return this.damaged('the section header tells no byte order')
    if (isRefused) {
      this.damaged(`this is pcapng version ${major}.${minor}, and only 1.0 and 1.2 are read`)
      return this.isBegun ? 'corrupt' : 'refused'
    }
    this.isBegun = true
    return null
  }

  /** Passes over what is there of a block from which nothing is taken. */
  private pass(passing: Passing, view: DataView, end: number): Stop | null {
    const bytes = Math.min(passing.left - TRAILER_BYTES, end - this.at)
    this.at += bytes
    passing.left -= bytes
    if (passing.left > TRAILER_BYTES || this.at + TRAILER_BYTES > end) return 'needs_bytes'
    this.passing = null
    const trailer = view.getUint32(this.at, this.section?.littleEndian)
    if (trailer !== passing.length) return this.damaged(trailerFault(passing.length, trailer))
    this.at += TRAILER_BYTES
    return null
  }

  /** Indexes the packet of a block; what is wrong with it, or null. */
  private takePacket(buffer: ChunkBuffer, block: PacketBlock, section: Section): string | null {
    const { view, type, at, length } = block
    const { littleEndian, interfaces } = section
    const isSimple = type === Block.SIMPLE_PACKET
    const id = interfaceOf(block, littleEndian)
    if (id >= interfaces.count)
      return `the packet is of interface ${id}, and the section describes ${interfaces.count}`
    const wire = view.getUint32(
      at + (isSimple ? SIMPLE_WIRE_BYTES_AT : WIRE_BYTES_AT),
      littleEndian,
    )
    const captured = isSimple
      ? Math.min(wire, interfaces.snaplen(id) || wire)
      : view.getUint32(at + CAPTURED_BYTES_AT, littleEndian)
    const dataAt = at + (isSimple ? blocks.SIMPLE_DATA_AT : blocks.ENHANCED_DATA_AT)
    if (captured > at + length - TRAILER_BYTES - dataAt)
      return `the packet claims ${captured} captured bytes, more than its block holds`
    if (captured > buffer.packetBytesMax || wire > WIRE_BYTES_MAX)
      return `the packet claims ${captured} captured bytes of ${wire}, and at most ${buffer.packetBytesMax} can be`
    const { packets } = this
    buffer.timeNs[packets] = this.stamp(block, id, section)
    buffer.at[packets] = dataAt
    buffer.capturedBytes[packets] = captured
    // What was captured was on the wire, whatever the writer says.
    buffer.wireBytes[packets] = Math.max(captured, wire)
    buffer.link[packets] = interfaces.link(id)
    this.packets = packets + 1
    return null
  }

  /** Nanoseconds since the epoch; those of the packet before where nothing tells them. */
  private stamp({ view, type, at }: PacketBlock, id: number, section: Section): number {
    const { littleEndian, interfaces } = section
    const clock = type === Block.SIMPLE_PACKET ? undefined : interfaces.clock(id)
    if (clock === undefined) {
      this.untimed += 1
      // The epoch itself, which is settled by that: packets to come must not move it.
      this.lastNs ??= this.epoch.since(this.epoch.seconds, 0)
      return this.lastNs
    }
    const high = view.getUint32(at + TIME_HIGH_AT, littleEndian)
    const low = view.getUint32(at + TIME_LOW_AT, littleEndian)
    clock.convert(high, low)
    const seconds = clock.seconds + interfaces.offset(id)
    this.times.add(seconds, clock.nanos)
    this.lastNs = this.epoch.since(seconds, clock.nanos)
    return this.lastNs
  }
}

/** Simple packets are of the first interface; the obsolete block has 16 bits for the number. */
function interfaceOf({ view, type, at }: PacketBlock, littleEndian: boolean): number {
  if (type === Block.SIMPLE_PACKET) return 0
  const idAt = at + INTERFACE_ID_AT
  return type === Block.OLD_PACKET
    ? view.getUint16(idAt, littleEndian)
    : view.getUint32(idAt, littleEndian)
}

const trailerFault = (length: number, trailer: number): string =>
  `the block claims a length of ${length} bytes at its beginning and ${trailer} at its end`
