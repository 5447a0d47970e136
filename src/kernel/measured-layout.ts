// Where the kernel keeps what it measures, behind everything else (layout.ts), and the codes of samples.

import { LAYOUT_END } from './layout.ts'

// A region that begins on a page begins at (where the last one ends + REST) & ~REST.
const REST = 4095

// Of a UDP flow, where TCP keeps its numbers.
export const MEDIA_LOW = 0 // i32: the latest stream of the low side + 1, 0 for none
export const MEDIA_HIGH = 4 // i32

// What is measured waits here until the slow path takes it: a chunk's packets give no more (samples.ts).
export const SAMPLES_MAX = 65_536
export const SAMPLES = LAYOUT_END
export const SAMPLE_BYTES = 32
export const SAMPLE_FLOW = 0 // i32
export const SAMPLE_KIND = 4 // i32: see Sample
export const SAMPLE_HIGH = 8 // i32: whether the high side sent what was measured
export const SAMPLE_EXTRA = 12 // i32
export const SAMPLE_VALUE = 16 // f64
export const SAMPLE_TIME = 24 // f64

// What is measured of the segments of an established connection (segments.ts).
export const MEASURED_MAX = 524_288
export const MEASURED_BYTES = 256
export const MEASURED = (SAMPLES + SAMPLE_BYTES * SAMPLES_MAX + REST) & ~REST

// Holes in what the two sides of a connection sent, while there are any (holes.ts).
export const HOLES_MAX = 65_536
export const HOLES_BYTES = 256
export const HOLES = MEASURED + MEASURED_BYTES * MEASURED_MAX

// Streams of media (streams.ts).
export const STREAMS_MAX = 262_144
export const STREAM_BYTES = 128
export const STREAMS = HOLES + HOLES_BYTES * HOLES_MAX

export const MEMORY_BYTES = STREAMS + STREAM_BYTES * STREAMS_MAX

/** What a sample tells. Its value is in nanoseconds unless told otherwise. */
export const Sample = {
  /** Handshake: SYN to SYN-ACK, SYN-ACK to acknowledgement, SYN to acknowledgement. */
  SynServer: 1,
  SynClient: 2,
  SynTotal: 3,
  /** From this side's segment to the acknowledgement of exactly that. */
  SequenceAck: 4,
  /** The same of a segment that was sent again, told by its timestamp. */
  TimestampOption: 5,
  /** From an echo request of this side to its reply. */
  Echo: 6,
  /** This side's segment at the head of the line was sent for at least the third time: its IP length, extra: the largest that passed. */
  Stuck: 7,
  /** Of a tracked flow: extra is this side's TCP timestamp. */
  Timestamp: 8,
  /** A stream of this side is certain: extra is its number. */
  Stream: 9,
} as const
