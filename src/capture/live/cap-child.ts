// Captures with the npm package `cap`, in a process of its own, and writes what it sees as a capture to standard
// output. The package tells neither when a packet was captured nor how long it was nor what was dropped: times
// are those of the arrival here. It aborts the process when its interface is switched off, and when it is closed
// after it could not be opened; it writes into a buffer that must not be collected. So nothing else is here.
//
// Arguments: the interface, bytes of the kernel's buffer, a filter or an empty text.

import { writeSync } from 'node:fs'

interface Cap {
  /** Gives the name of the link layer. Throws where it cannot capture. */
  open(device: string, filter: string, bufferBytes: number, into: Buffer): string
  on(event: 'packet', listener: (bytes: number, isCut: boolean) => void): void
}

/** The package keeps no more of a packet than this. */
const SNAP_BYTES = 65_535
const RECORD_BYTES = 16

const LINKS: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
}

const record = Buffer.alloc(RECORD_BYTES + SNAP_BYTES)
// Held by this module as long as the process lives: the package keeps only its address.
const packet = Buffer.alloc(SNAP_BYTES)

try {
  const [name = '', bufferBytes = '', filter = ''] = process.argv.slice(2)
  const capture: Cap = new (await packageCap())()
  capture.on('packet', write)
  const link = LINKS[capture.open(name, filter, Number(bufferBytes), packet)]
  if (link === undefined) throw new Error('its link layer is not known')
  writeAll(fileHeader(link))
} catch (error) {
  process.stderr.write(`cap: ${error instanceof Error ? error.message : 'failed'}\n`)
}

async function packageCap(): Promise<new () => Cap> {
  // A variable, since the package is optional and has no types.
  const name = 'cap'
  const { default: loaded } = await import(name)
  return loaded.Cap
}

function write(bytes: number): void {
  const nowMs = Date.now()
  const kept = Math.min(bytes, SNAP_BYTES)
  record.writeUInt32LE(Math.floor(nowMs / 1000), 0)
  record.writeUInt32LE((nowMs % 1000) * 1000, 4)
  record.writeUInt32LE(kept, 8)
  record.writeUInt32LE(bytes, 12)
  packet.copy(record, RECORD_BYTES, 0, kept)
  writeAll(record.subarray(0, RECORD_BYTES + kept))
}

/** Waits where nobody reads: then the kernel drops what does not fit into its buffer. */
function writeAll(bytes: Uint8Array): void {
  let at = 0
  while (at < bytes.length) at += writeSync(1, bytes, at)
}

function fileHeader(link: number): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(SNAP_BYTES, 16)
  header.writeUInt32LE(link, 20)
  return header
}
