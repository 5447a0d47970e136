// A first look at a capture's beginning, by the same reader that will read it: whether it can be read, and
// when its first packet was.

import type { ChunkBuffer, Instant } from '../model/chunk.ts'
import { Epoch } from './epoch.ts'
import type { Format, RecordReader } from './format.ts'
import { indexed } from './slots.ts'

// A first record that claims more is garbage, and its time must not become the epoch of a run.
const PACKET_BYTES_MAX = 256 * 1024

export interface Preview {
  /** Why a file of this format cannot be read all the same, in words; null if it can. */
  readonly refusal: string | null
  /** Time of the first packet that has one; null while none is in sight. */
  readonly first: Instant | null
  /** More of the file would tell more. */
  readonly isOpen: boolean
}

/** What `head` tells, which is the whole file where `isLast`. */
export function preview(format: Format, head: Uint8Array, isLast: boolean): Preview {
  const reader = format.reader(new Epoch(null))
  const buffer = bufferOf(head)
  for (let at = 0; ; ) {
    const { stop, end, packets, fault } = reader.walk(buffer, { at, end: head.length, isLast })
    if (stop === 'refused') return { refusal: fault?.message ?? null, first: null, isOpen: false }
    if (reader.times.first !== null) return seen(reader)
    if (stop === 'needs_bytes' && packets === 0) return { ...seen(reader), isOpen: !isLast }
    at = fault?.next ?? end
    if (stop !== 'corrupt' || fault?.next !== null) continue
    const found = reader.search(buffer, { at: end + 1, end: head.length, isLast })
    if (!found.isFound) return { ...seen(reader), isOpen: !isLast }
    at = found.at
  }
}

const seen = (reader: RecordReader): Preview => ({
  refusal: null,
  first: reader.times.first,
  isOpen: false,
})

/** An index of one packet over the head itself. */
const bufferOf = (bytes: Uint8Array): ChunkBuffer =>
  indexed({ bytes, dataAt: 0, packetBytesMax: PACKET_BYTES_MAX }, 1)
