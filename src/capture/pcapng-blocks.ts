// The blocks of pcapng and what holds for all of them: type and length in front, the length again behind.
// draft-ietf-opsawg-pcapng, 3.1 and 11.1. Limits are ours.

const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const STATISTICS = 5
const ENHANCED_PACKET = 6

export const Block = {
  ...{ SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, STATISTICS, ENHANCED_PACKET },
} as const

// Name resolution, statistics, journal, decryption secrets, custom, process events. Blocks of other types
// are passed over all the same, but behind damage only a known one is believed.
const OTHERS = [4, 5, 9, 10, 0xbad, 0x40000bad, 0x80000001]

export const HEADER_BYTES = 8
export const TRAILER_BYTES = 4
export const BLOCK_BYTES_MIN = HEADER_BYTES + TRAILER_BYTES

/**
 * Where the captured bytes begin, in enhanced and in obsolete blocks, and in simple ones; at the same time
 * the least that such a block holds.
 */
export const ENHANCED_DATA_AT = 28
export const SIMPLE_DATA_AT = 12
export const INTERFACE_OPTIONS_AT = 16

const BYTE_ORDER_AT = 8
export const VERSION_MAJOR_AT = 12
export const VERSION_MINOR_AT = 14
export const SECTION_OPTIONS_AT = 24
const BYTE_ORDER_MAGIC = 0x1a2b3c4d

/** Longer blocks that nothing is taken from are passed over piece by piece. */
const WHOLE_BYTES_MAX = 64 * 1024

// Beside the packet, an enhanced packet block may hold options.
const PACKET_OPTIONS_BYTES_MAX = 64 * 1024
const INTERFACE_BYTES_MAX = 128 * 1024
const SECTION_BYTES_MAX = 1024 * 1024
const OTHER_BYTES_MAX = 16 * 1024 * 1024

/** The byte order that the section header at `at` tells; null where it tells none. 12 bytes are looked at. */
export function sectionOrder(view: DataView, at: number): { littleEndian: boolean } | null {
  const magic = view.getUint32(at + BYTE_ORDER_AT, true)
  if (magic === BYTE_ORDER_MAGIC) return { littleEndian: true }
  return view.getUint32(at + BYTE_ORDER_AT) === BYTE_ORDER_MAGIC ? { littleEndian: false } : null
}

export const isPacket = (type: number): boolean =>
  type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OLD_PACKET

const isKnown = (type: number): boolean =>
  isPacket(type) || type === INTERFACE || type === SECTION || OTHERS.includes(type)

/** Whether blocks of this type lie in memory as a whole before they are read. */
export const isReadWhole = (type: number, length: number): boolean =>
  length <= WHOLE_BYTES_MAX || isPacket(type) || type === INTERFACE

function bytesMin(type: number): number {
  if (type === ENHANCED_PACKET || type === OLD_PACKET) return ENHANCED_DATA_AT + TRAILER_BYTES
  if (type === SIMPLE_PACKET) return SIMPLE_DATA_AT + TRAILER_BYTES
  if (type === INTERFACE) return INTERFACE_OPTIONS_AT + TRAILER_BYTES
  return type === SECTION ? SECTION_OPTIONS_AT + TRAILER_BYTES : BLOCK_BYTES_MIN
}

function bytesMax(type: number, packetBytesMax: number): number {
  if (isPacket(type))
    return ENHANCED_DATA_AT + packetBytesMax + PACKET_OPTIONS_BYTES_MAX + TRAILER_BYTES
  if (type === INTERFACE) return INTERFACE_BYTES_MAX
  return type === SECTION ? SECTION_BYTES_MAX : OTHER_BYTES_MAX
}

/** Whether a block of this type can have this length. */
export const isLengthSane = (type: number, length: number, packetBytesMax: number): boolean =>
  length % 4 === 0 && length >= bytesMin(type) && length <= bytesMax(type, packetBytesMax)

/** What is wrong with a length that is not sane, in words. */
export function lengthFault(type: number, length: number, packetBytesMax: number): string {
  const claim = `the block claims a length of ${length} bytes`
  if (length % 4 !== 0) return `${claim}, which is no multiple of 4`
  if (length < BLOCK_BYTES_MIN) return `${claim}, less than any block has`
  const least = bytesMin(type)
  if (length < least) return `${claim}, and one of type ${type} has at least ${least}`
  return `${claim}, and one of type ${type} has at most ${bytesMax(type, packetBytesMax)}`
}

/** A block that may begin here, behind damage. */
export interface Candidate {
  readonly length: number
  readonly littleEndian: boolean
}

/**
 * The block that begins at `at` as far as its first 12 bytes tell; null for none. Without a section, only a
 * section header can begin. A block so long that it would be passed over piece by piece proves nothing.
 */
export function candidate(
  view: DataView,
  at: number,
  section: { readonly littleEndian: boolean } | null,
  packetBytesMax: number,
): Candidate | null {
  const isSection = view.getUint32(at) === SECTION
  const order = isSection ? sectionOrder(view, at) : section
  if (order === null) return null
  const { littleEndian } = order
  const type = view.getUint32(at, littleEndian)
  if (!isKnown(type)) return null
  const length = view.getUint32(at + 4, littleEndian)
  if (!isLengthSane(type, length, packetBytesMax) || !isReadWhole(type, length)) return null
  return { length, littleEndian }
}

/** Whether a candidate is a block: both its lengths agree, and a packet in it ends within it. */
export function isWhole(view: DataView, at: number, { length, littleEndian }: Candidate): boolean {
  const trailerAt = at + length - TRAILER_BYTES
  if (view.getUint32(trailerAt, littleEndian) !== length) return false
  const type = view.getUint32(at, littleEndian)
  if (type !== ENHANCED_PACKET && type !== OLD_PACKET) return true
  return at + ENHANCED_DATA_AT + view.getUint32(at + 20, littleEndian) <= trailerAt
}

/** Whether another block can begin here, by its 8 bytes of header. */
export function isHeader(view: DataView, at: number, littleEndian: boolean): boolean {
  if (view.getUint32(at) === SECTION) return true
  const length = view.getUint32(at + 4, littleEndian)
  return length % 4 === 0 && length >= BLOCK_BYTES_MIN && length <= OTHER_BYTES_MAX
}
