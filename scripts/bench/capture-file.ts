// A classic pcap file with nanosecond times, little-endian, written through one fixed buffer.
// draft-ietf-opsawg-pcap.

import { closeSync, openSync, writeSync } from 'node:fs'
import { FRAME_BYTES_MAX, type Page, writeFrame } from './frame.ts'
import type { Packet } from './packet.ts'

const MAGIC_NANOSECONDS = 0xa1b23c4d
const SNAPLEN = 65535
const LINK_ETHERNET = 1
const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const BUFFER_BYTES = 1 << 20
/** 2026-03-02T10:15:00Z, the first second of every capture. */
const START_SECONDS = 1772446500

export class CaptureFile implements CaptureCounts {
  packets = 0
  /** Frame bytes, without the file's own headers. */
  bytes = 0
  vlanPackets = 0
  ipv6Packets = 0
  /** Nanoseconds from the capture's start to the last packet. */
  lastAt = 0

  private readonly descriptor: number
  private readonly page: Page
  private used = FILE_HEADER_BYTES

  /** Creates or empties the file. */
  constructor(path: string) {
    this.descriptor = openSync(path, 'w')
    const bytes = new Uint8Array(BUFFER_BYTES + RECORD_HEADER_BYTES + FRAME_BYTES_MAX)
    this.page = { bytes, view: new DataView(bytes.buffer) }
    writeFileHeader(this.page.view)
  }

  append(packet: Packet): void {
    const frameAt = this.used + RECORD_HEADER_BYTES
    const end = writeFrame(this.page, frameAt, packet)
    writeRecordHeader(this.page.view, this.used, packet.at, end - frameAt)
    this.used = end
    this.count(packet, end - frameAt)
    if (this.used >= BUFFER_BYTES) this.flush()
  }

  close(): void {
    this.flush()
    closeSync(this.descriptor)
  }

  private count({ at, talk }: Packet, frameBytes: number): void {
    this.packets++
    this.bytes += frameBytes
    this.lastAt = at
    if (talk.vlan !== 0) this.vlanPackets++
    if (talk.version === 6) this.ipv6Packets++
  }

  private flush(): void {
    for (let at = 0; at < this.used; )
      at += writeSync(this.descriptor, this.page.bytes, at, this.used - at)
    this.used = 0
  }
}

export interface CaptureCounts {
  readonly packets: number
  readonly bytes: number
  readonly vlanPackets: number
  readonly ipv6Packets: number
  readonly lastAt: number
}

function writeFileHeader(view: DataView): void {
  view.setUint32(0, MAGIC_NANOSECONDS, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, SNAPLEN, true)
  view.setUint32(20, LINK_ETHERNET, true)
}

function writeRecordHeader(view: DataView, at: number, timeNs: number, frameBytes: number): void {
  const seconds = Math.floor(timeNs / 1_000_000_000)
  view.setUint32(at, START_SECONDS + seconds, true)
  view.setUint32(at + 4, timeNs - seconds * 1_000_000_000, true)
  view.setUint32(at + 8, frameBytes, true)
  view.setUint32(at + 12, frameBytes, true)
}
