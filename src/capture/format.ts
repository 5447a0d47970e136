// What a capture file format must do to be read: tell itself by its first bytes, tell when its first
// packet was, and index the records of whatever stretch of the file is in memory. A new format is one
// file like pcap.ts and one line in the list of formats.ts; nothing behind it knows which one it was.

import type { ChunkBuffer, Instant } from '../model/chunk.ts'
import type { TimeSpan } from './time-span.ts'

export interface Format {
  readonly name: string
  /** Whether a file that begins like this is of this format; needs at most `MAGIC_BYTES`. */
  recognises(head: Uint8Array): boolean
  /** What the beginning of a file tells; called again with more of it while it tells nothing. */
  preview(head: Uint8Array): Preview
  /** Begins a file. Times are counted from `epochSeconds`, whole seconds of Unix time. */
  reader(epochSeconds: number): RecordReader
}

/** Bytes after which every format knows whether a file is its own. */
export const MAGIC_BYTES = 16

export interface Preview {
  /** Why a file of this format cannot be read all the same, in words; null if it can. */
  readonly refusal: string | null
  /** Time of the first packet whose record begins well; null while none is in sight. */
  readonly first: Instant | null
}

/** Walks over one file from its first byte to its last, a stretch at a time. */
export interface RecordReader {
  /**
   * Indexes the whole records in `bytes[at, end)` of the buffer, filling the index from slot 0.
   * `at` is where the last walk stopped, `bytes` may have moved since; nothing is copied.
   */
  walk(buffer: ChunkBuffer, at: number, end: number): Walk
  /** What the bytes that are left when the file ends are the beginning of, in words. */
  describeTail(bytes: Uint8Array, at: number, end: number): string
  /** When the packets walked over so far were captured. */
  readonly times: TimeSpan
}

/** How far a walk came. */
export interface Walk {
  readonly packets: number
  /** First byte not taken: where the next walk begins. */
  readonly end: number
  /** The index is full; a record goes on behind the stretch; what stands at `end` can be no record. */
  readonly stop: 'index_full' | 'needs_bytes' | 'corrupt'
  /** Of a corrupt record: what is wrong with it, in words. */
  readonly fault: string | null
}
