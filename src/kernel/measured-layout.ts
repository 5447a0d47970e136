// Where the kernel keeps what it measures, behind everything else (layout.ts), and the codes of samples.

import { LAYOUT_END } from './layout.ts'

// A region that begins on a page begins at (where the last one ends + REST) & ~REST.
const REST = 4095

// Of a UDP flow, where TCP keeps its numbers.
export const MEDIA_LOW = 0 // i32: the latest stream of the low side + 1, 0 for none
export const MEDIA_HIGH = 4 // i32

// Of an ICMP flow, in the same place: echo requests that wait for their replies.
export const ECHOES_MAX = 4
export const ECHO_NUMBERS = 0 // i32 each: id << 16 | sequence number
export const ECHO_NEXT = 24 // i32: where the next one goes; where openTcp() clears
export const ECHO_WAITING = 28 // i32: bit by bit those that wait; the same
export const ECHO_TIMES = 32 // f64 each

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

// What is measured of the segments of an established connection (segments.ts). A side's fields are about what
// that side sent, and about the acknowledgements that it sent.
export const MEASURED_MAX = 524_288
export const MEASURED_BYTES = 256
export const MEASURED = (SAMPLES + SAMPLE_BYTES * SAMPLES_MAX + REST) & ~REST
export const MEASURED_HANDSHAKE = 0 // f64: SYN to acknowledgement in nanoseconds, below 0 for none
export const MEASURED_NEXT_FREE = 0 // i32: next free record, while this one is free
export const MEASURED_HOLES = 8 // i32: record of holes, from 1, 0 for none
export const MEASURED_SIDES = 16 // the low side, then the high one
export const SIDE_BYTES = 120
export const SIDE_ACK_TIME = 0 // f64: of its latest acknowledgement, duplicates included
export const SIDE_PROBE_TIME = 8 // f64: when the probe was sent, below 0 for none
export const SIDE_AGAIN_TIME = 16 // f64: the same of data sent again with a timestamp of its own
export const SIDE_NEXT = 24 // i32: one past the highest sequence number seen
export const SIDE_ACK = 28 // i32: highest acknowledgement number that it sent
export const SIDE_STATE = 32 // i32: see SideBit; sends again of the head << 8, duplicate acks in a row << 16, DSACKs to come << 24
export const SIDE_SIZES = 36 // i32: latest window << 16 | bytes of the largest segment
export const SIDE_PROBE_END = 40 // i32
export const SIDE_AGAIN_END = 44 // i32
export const SIDE_AGAIN_STAMP = 48 // i32
export const SIDE_ROUND_TRIP = 52 // i32: shortest from here to who acknowledges, microseconds, 0 while unknown
export const SIDE_ID = 56 // i32: how often in a row IP ids went up << 16 | the latest
export const SIDE_STAMPED = 60 // i32: when its timestamp was told, seconds below 65,536, below 0 for never
export const SIDE_PASSED = 64 // i32: largest IP length that was acknowledged << 16 | length that waits for that, 0 for none
export const SIDE_PASSING_END = 68 // i32
export const SIDE_SEGMENTS = 72 // i32: this and the ones below are counts of the record, see the model
export const SIDE_AGAIN = 76 // i32
export const SIDE_FAST = 80 // i32
export const SIDE_SPURIOUS = 84 // i32
export const SIDE_OUT_OF_ORDER = 88 // i32
export const SIDE_DUPLICATE_ACKS = 92 // i32
export const SIDE_ZERO_WINDOWS = 96 // i32
export const SIDE_KEEP_ALIVES = 100 // i32
export const SIDE_GAPS = 104 // i32
export const SIDE_LOST = 108 // i32
export const SIDE_LOST_BEFORE = 112 // i32
export const SIDE_STAMP = 116 // i32: latest timestamp of its data, 0 for none

/** Bits of SIDE_STATE. */
export const SideBit = {
  /** SIDE_NEXT and SIDE_ACK hold something. */
  Sent: 1 << 0,
  Acked: 1 << 1,
  /** The next segment that might be a probe is passed over. */
  PassOver: 1 << 2,
  /** A byte was sent into a closed window. */
  Pushed: 1 << 3,
} as const

// Holes in what the two sides of a connection sent, while there are any (holes.ts), each side's in the order
// of their numbers.
export const HOLES_MAX = 65_536
export const HOLES_BYTES = 1024
export const HOLES = MEASURED + MEASURED_BYTES * MEASURED_MAX
export const HOLES_COUNT = 0 // i32: of the low side, then of the high one
export const HOLES_NEXT_FREE = 0 // i32: next free record, while this one is free
export const HOLES_SIDES = 16
export const SIDE_HOLES_MAX = 15
export const HOLE_BYTES = 32
export const HOLE_START = 0 // i32: first sequence number that is missing
export const HOLE_END = 4 // i32
export const HOLE_STAMP = 8 // i32: TCP timestamp of the segment that showed it, 0 for none
export const HOLE_ID = 12 // i32: IP id of that
export const HOLE_TIME = 16 // f64: when it showed
export const HOLE_ACKED = 24 // f64: when it was acknowledged all the same, below 0 for not yet

// Streams of media (streams.ts). What every packet touches comes first.
export const STREAMS_MAX = 262_144
export const STREAM_BYTES = 128
export const STREAMS = HOLES + HOLES_BYTES * HOLES_MAX
export const STREAM_SSRC = 0 // i32
export const STREAM_NEXT = 4 // i32: the stream before it of the same side, or the next free one; 0 for none
export const STREAM_OWNER = 8 // i32: 1 + (the flow << 1 | whether its high side sends), 0 while it is free
export const STREAM_STATE = 12 // i32, see StreamBit
export const STREAM_HIGHEST = 16 // i32: the highest sequence number, extended by its cycles
export const STREAM_BASE = 20 // i32: the lowest that counts, extended likewise
export const STREAM_SEEN = 24 // i32: bit by bit which of the numbers below the highest came, itself first
export const STREAM_SEEN_BEFORE = 28 // i32: the same of the 32 below those
export const STREAM_PACKETS = 32 // i32
export const STREAM_DUPLICATES = 36 // i32
export const STREAM_LATE = 40 // i32: packets behind one of a higher number
export const STREAM_STRAY = 44 // i32: the number that would make a jump a new beginning, -1 for none
export const STREAM_EXPECTED = 48 // i32: packets expected before the latest beginning
export const STREAM_TURNS = 52 // i32: new beginnings << 16 | changes of the payload type
export const STREAM_LAST = 56 // f64
export const STREAM_TIMESTAMP = 64 // i32: of the latest packet that was taken into the jitter
export const STREAM_JITTERS = 68 // i32: how many values were added to the sum
export const STREAM_ARRIVAL = 72 // f64: when the packet of that timestamp came
export const STREAM_TICK = 80 // f64: nanoseconds that a timestamp counts
export const STREAM_JITTER = 88 // f64: nanoseconds
export const STREAM_JITTER_MAX = 96 // f64
export const STREAM_JITTER_SUM = 104 // f64
export const STREAM_FIRST = 112 // f64
// While the clock is being inferred, the time of the packet of that timestamp stands in STREAM_JITTER.
export const STREAM_MARK = 120 // i32: timestamp against which the clock is inferred, or checked

/** Bits of STREAM_STATE. */
export const StreamBit = {
  /** The latest payload type, comfort noise and events left out where there is another. */
  Type: 127,
  /** Where the packets in a row stand, while the stream is not certain. */
  RunAt: 7,
  /** Where the packets stand from which the clock is being inferred. */
  InferredAt: 10,
  /** Where ClockBasis stands. */
  BasisAt: 14,
  /** How often the slow path was asked for the clock. */
  AskedAt: 16,
  Valid: 1 << 20,
  /** The slow path is to be asked for the clock. */
  Waits: 1 << 21,
  /** STREAM_TIMESTAMP and STREAM_ARRIVAL hold a packet of this clock. */
  Timed: 1 << 22,
  /** Counts began in the middle of the stream. */
  Resumed: 1 << 23,
  /** The latest payload type is noise or an event after all. */
  Aside: 1 << 24,
  /** Where the rate that was found last stands, while the clock is being inferred. */
  FoundAt: 25,
  /** The clock that was told has been held against the timestamps, or cannot be. */
  Checked: 1 << 29,
} as const

/** How a stream's clock is known. */
export const ClockBasis = { Unknown: 0, Static: 1, Sdp: 2, Inferred: 3 } as const

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
