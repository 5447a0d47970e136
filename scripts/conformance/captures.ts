// Which captures of a folder can be compared today: those whose link type is read.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, section 4; pcapng says it packet by packet.

import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'

export interface FoundCapture {
  /** Path relative to the folder, with forward slashes. */
  readonly file: string
  /** What keeps it from being compared; null where nothing does. */
  readonly notYet: string | null
}

const HEADER_BYTES = 24
const LINK_AT = 20
// Seconds with microseconds, and with nanoseconds.
const CLASSIC_MAGICS = [0xa1b2c3d4, 0xa1b23c4d]
const PCAPNG_MAGIC = 0x0a0d0d0a
const GZIP_MAGIC = 0x1f8b
// Null, Ethernet, PPP, raw IP three times, loop, cooked, IPv4, IPv6, cooked v2: what kernel/link.ts reads.
// FDDI, LLC, 802.11 bare and behind Prism, radiotap and AVS, NFLOG: what wire/link.ts reads.
const LINKS_READ = [
  ...[0, 1, 9, 12, 14, 101, 108, 113, 228, 229, 276],
  ...[10, 100, 105, 119, 127, 163, 239],
]

/** Every file whose name says that it is a capture, sorted; `truth` itself holds none. */
export function findCaptures(folder: string): readonly FoundCapture[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => name.replaceAll('\\', '/'))
    .filter(name => /\.(pcap|pcapng|cap|erf)(\.gz)?$/.test(name))
    .sort()
    .map(file => ({ file, notYet: notYet(headerOf(join(folder, file))) }))
}

/** Why a capture that begins like this is not compared yet; null where it is. */
export function notYet(header: Uint8Array): string | null {
  if (header.length < HEADER_BYTES) return 'no capture: shorter than a file header'
  const view = new DataView(header.buffer, header.byteOffset)
  if (view.getUint32(0) === PCAPNG_MAGIC || view.getUint16(0) === GZIP_MAGIC) return null
  const isLittle = CLASSIC_MAGICS.includes(view.getUint32(0, true))
  if (!isLittle && !CLASSIC_MAGICS.includes(view.getUint32(0)))
    return 'no capture of a known format'
  // The upper half holds the length of the frame check sequence.
  const link = view.getUint32(LINK_AT, isLittle) & 0xffff
  return LINKS_READ.includes(link) ? null : `link type ${link}`
}

function headerOf(path: string): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  const file = openSync(path, 'r')
  try {
    return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0))
  } finally {
    closeSync(file)
  }
}
