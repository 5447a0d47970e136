// Which captures of a folder can be compared today: classic pcap with Ethernet frames.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, section 4.

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
const ETHERNET = 1
// Seconds with microseconds, and with nanoseconds.
const CLASSIC_MAGICS = [0xa1b2c3d4, 0xa1b23c4d]
const PCAPNG_MAGIC = 0x0a0d0d0a

/** Every file whose name says that it is a capture, sorted; `truth` itself holds none. */
export function findCaptures(folder: string): readonly FoundCapture[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => name.replaceAll('\\', '/'))
    .filter(name => /\.(pcap|pcapng|cap|erf)(\.gz)?$/.test(name))
    .sort()
    .map(file => ({ file, notYet: notYet(headerOf(join(folder, file))) }))
}

/** Why a capture that begins like this is not compared yet; null for classic pcap of Ethernet. */
export function notYet(header: Uint8Array): string | null {
  if (header.length < HEADER_BYTES) return 'no capture: shorter than a file header'
  const view = new DataView(header.buffer, header.byteOffset)
  const isLittle = CLASSIC_MAGICS.includes(view.getUint32(0, true))
  if (!isLittle && !CLASSIC_MAGICS.includes(view.getUint32(0)))
    return view.getUint32(0) === PCAPNG_MAGIC ? 'pcapng' : 'not a classic pcap'
  // The upper half holds the length of the frame check sequence.
  const link = view.getUint32(LINK_AT, isLittle) & 0xffff
  return link === ETHERNET ? null : `link type ${link}`
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
