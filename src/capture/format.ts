// What a capture file format must do to be read: tell itself by its first bytes, index the records of
// whatever stretch of the file is in memory, and find its way back behind damage. A new format is one file
// like pcap.ts and one line in the list of formats.ts; nothing behind it knows which one it was.

import type { ChunkBuffer } from '../model/chunk.ts'
import type { Epoch } from './epoch.ts'
import type { TimeSpan } from './time-span.ts'

export interface Format {
  readonly name: string
  /** Whether a file that begins like this is of this format; needs at most `MAGIC_BYTES`. */
  recognises(head: Uint8Array): boolean
  /** Begins a file. */
  reader(epoch: Epoch): RecordReader
}

/** Bytes after which every format knows whether a file is its own. */
export const MAGIC_BYTES = 16

/** The part of a file that is in memory and not yet walked over: `[at, end)` of a buffer. */
export interface Stretch {
  readonly at: number
  readonly end: number
  /** The file ends where the stretch does. */
  readonly isLast: boolean
}

/** Walks over one file from its first byte to its last, a stretch at a time. */
export interface RecordReader {
  /**
   * Indexes the whole records in the stretch, filling the index from slot 0. A stretch begins where the
   * last walk stopped, or where a search said; bytes may have moved since; nothing is copied. What a walk
   * finds does not depend on how the file is cut into stretches.
   */
  walk(buffer: ChunkBuffer, stretch: Stretch): Walk
  /** Looks for a record that is beyond doubt, from the first byte of the stretch on. */
  search(buffer: ChunkBuffer, stretch: Stretch): Search
  /** What the bytes that are left when the file ends are the beginning of, in words. */
  describeTail(bytes: Uint8Array, at: number, end: number): string
  /** When the packets walked over so far were captured. */
  readonly times: TimeSpan
  /** Packets whose time the file does not tell; they are as late as the packet before them. */
  readonly untimed: number
  /** Packets that the file says were dropped while it was captured; null where it says nothing of it. */
  readonly dropped: number | null
}

/** How far a walk came. */
export interface Walk {
  readonly packets: number
  /** First byte not taken: where the next walk begins, or where the damage lies. */
  readonly end: number
  /** The index is full; a record goes on behind the stretch; it is damaged; the format's version is not read. */
  readonly stop: 'index_full' | 'needs_bytes' | 'corrupt' | 'refused'
  /** Of a damaged or refused record. */
  readonly fault: Fault | null
}

export interface Fault {
  /** What is wrong, in words. */
  readonly message: string
  /** Where the next record begins; null where the damage leaves that open and it must be searched. */
  readonly next: number | null
}

export interface Search {
  /** The record found, or the first byte that cannot be ruled out before more of the file is in memory. */
  readonly at: number
  readonly isFound: boolean
}

export function walked(packets: number, end: number, stop: Walk['stop']): Walk {
  return { packets, end, stop, fault: null }
}

/** Damage, or a version that is not read, at `end`. */
export function faulty(
  packets: number,
  end: number,
  message: string,
  { next = null, stop = 'corrupt' }: { next?: number | null; stop?: 'corrupt' | 'refused' } = {},
): Walk {
  return { packets, end, stop, fault: { message, next } }
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
