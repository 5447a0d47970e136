// The headers of classic pcap and its relatives: draft-ietf-opsawg-pcap; the modified formats as libpcap
// (sf-pcap.c) and Wireshark (wiretap/libpcap.h) know them.

const VERSION_MAJOR_AT = 4
const VERSION_MINOR_AT = 6
const LINK_AT = 20

const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16

// Ixia's "lcap" puts the length of all records behind the file header.
const LCAP_HEADER_BYTES = FILE_HEADER_BYTES + 4

// Kuznetzov's patch puts interface, protocol and packet type behind the record header.
const MODIFIED_RECORD_BYTES = RECORD_HEADER_BYTES + 8

// The upper half of the link field tells of frame check sequences and is no part of the link type.
const LINK_MASK = 0xffff

/** Where in a record header the rest of its time stands, behind the seconds. */
export const FRACTION_AT = 4
const FIRST_LENGTH_AT = 8
const SECOND_LENGTH_AT = 12

interface Variant {
  /** In network order, as the byte order of the file's writer has it. */
  readonly magic: number
  /** What one unit of a timestamp's fraction is worth. */
  readonly nanosPerUnit: number
  readonly fileHeaderBytes: number
  readonly recordHeaderBytes: number
}

export interface PcapHeader extends Variant {
  readonly littleEndian: boolean
  readonly major: number
  readonly minor: number
  /** LINKTYPE of every packet of the file. */
  readonly link: number
  /** Before version 2.4 writers disagreed on the order of the two lengths. */
  readonly areLengthsUnordered: boolean
}

const PLAIN = { fileHeaderBytes: FILE_HEADER_BYTES, recordHeaderBytes: RECORD_HEADER_BYTES }

const VARIANTS: readonly Variant[] = [
  { ...PLAIN, magic: 0xa1b2c3d4, nanosPerUnit: 1000 },
  { ...PLAIN, magic: 0xa1b23c4d, nanosPerUnit: 1 },
  { ...PLAIN, magic: 0xa1b2cd34, nanosPerUnit: 1000, recordHeaderBytes: MODIFIED_RECORD_BYTES },
  { ...PLAIN, magic: 0x1c0001ab, nanosPerUnit: 1000, fileHeaderBytes: LCAP_HEADER_BYTES },
  { ...PLAIN, magic: 0x1c0001ac, nanosPerUnit: 1, fileHeaderBytes: LCAP_HEADER_BYTES },
]

/** Whether a file that begins like this is classic pcap of a known kind. */
export const isPcap = (view: DataView): boolean =>
  view.byteLength >= 4 && (variantOf(view, 0, true) ?? variantOf(view, 0, false)) !== undefined

/** Undefined where the header is not whole or its magic is another. */
export function pcapHeader(view: DataView, at: number, end: number): PcapHeader | undefined {
  if (end - at < FILE_HEADER_BYTES) return undefined
  const littleEndian = variantOf(view, at, true) !== undefined
  const variant = variantOf(view, at, littleEndian)
  if (variant === undefined || end - at < variant.fileHeaderBytes) return undefined
  const minor = view.getUint16(at + VERSION_MINOR_AT, littleEndian)
  return {
    ...variant,
    littleEndian,
    major: view.getUint16(at + VERSION_MAJOR_AT, littleEndian),
    minor,
    link: view.getUint32(at + LINK_AT, littleEndian) & LINK_MASK,
    areLengthsUnordered: minor < 4,
  }
}

/** How long the file header is that begins here, as far as its magic tells. */
export function fileHeaderBytesOf(view: DataView, at: number, end: number): number {
  if (end - at < 4) return FILE_HEADER_BYTES
  const variant = variantOf(view, at, true) ?? variantOf(view, at, false)
  return variant?.fileHeaderBytes ?? FILE_HEADER_BYTES
}

/** Versions before 2.0 are laid out in another way, none came after 2.4; 543.0 is DG/UX's own old 2.2. */
export const isReadable = ({ major, minor }: PcapHeader): boolean =>
  (major === 2 && minor <= 4) || (major === 543 && minor === 0)

/** Unix time in whole seconds, unsigned: to the year 2106. */
export const secondsOf = (view: DataView, at: number, { littleEndian }: PcapHeader): number =>
  view.getUint32(at, littleEndian)

/** The rest of the time; a second or more in files of writers that let it run over. */
export const nanosOf = (view: DataView, at: number, header: PcapHeader): number =>
  view.getUint32(at + FRACTION_AT, header.littleEndian) * header.nanosPerUnit

/** Where the order is unsure, the lesser length is the captured one. */
export function capturedBytesOf(view: DataView, at: number, header: PcapHeader): number {
  const first = view.getUint32(at + FIRST_LENGTH_AT, header.littleEndian)
  return header.areLengthsUnordered ? Math.min(first, secondLengthOf(view, at, header)) : first
}

/** Below the captured length in files of some writers. */
export function writtenWireBytesOf(view: DataView, at: number, header: PcapHeader): number {
  const second = secondLengthOf(view, at, header)
  if (!header.areLengthsUnordered) return second
  return Math.max(view.getUint32(at + FIRST_LENGTH_AT, header.littleEndian), second)
}

const secondLengthOf = (view: DataView, at: number, { littleEndian }: PcapHeader): number =>
  view.getUint32(at + SECOND_LENGTH_AT, littleEndian)

function variantOf(view: DataView, at: number, littleEndian: boolean): Variant | undefined {
  const magic = view.getUint32(at, littleEndian)
  return VARIANTS.find(variant => variant.magic === magic)
}
