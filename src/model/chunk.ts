// A chunk: some packets of one capture file, as bytes and an index. What every reader yields and the
// kernel eats; nothing behind the reader knows the file format.

/** The buffers a reader fills. They are taken up again for the next chunk. */
export interface ChunkBuffer {
  /** Where bytes may be put, from `dataAt` on; below it lies head-room for a packet cut off before. */
  readonly bytes: Uint8Array
  readonly dataAt: number
  /** Longest packet that is taken, in bytes. */
  readonly packetBytesMax: number
  /** Most packets of one chunk: the length of the arrays below. */
  readonly packetsMax: number
  /** Of each packet: where its first captured byte is in `bytes`. */
  readonly at: Int32Array
  readonly capturedBytes: Int32Array
  /** Bytes the frame had on the wire, never less than what was captured. */
  readonly wireBytes: Int32Array
  /** LINKTYPE of the frame (https://www.tcpdump.org/linktypes.html). */
  readonly link: Int32Array
  /** Nanoseconds since the run's epoch, see `Chunk.epochSeconds`. Exact within 104 days of it. */
  readonly timeNs: Float64Array
}

export interface Chunk {
  /** How many packets of the buffer are filled. */
  readonly packets: number
  /** Index of the capture in the order of the run. A chunk holds packets of one capture only. */
  readonly file: number
  /** Index of the sensor that took the capture, among those of the run. */
  readonly sensor: number
  /** Damage lies between these packets and those before them in the file. */
  readonly isBehindDamage: boolean
  /** Number of the chunk's first packet in its file, from 1, as Wireshark counts. */
  readonly frame: number
  /**
   * Offset in the file of what lies at `bytes[0]`; a packet's offset is this plus its `at`. Of a packed file,
   * offset in its unpacked content.
   */
  readonly fileOffset: number
  /** Unix time in whole seconds from which all times of the run count. */
  readonly epochSeconds: number
  /**
   * Nanoseconds since the run's epoch to which the capture clock goes behind these packets, though none of them
   * says so: on an interface that is quiet, time passes all the same. Absent where packets alone tell the time.
   */
  readonly quietUntilNs?: number
}

/** Damage met by a reader: counted, reported, never thrown. */
export interface Damage {
  readonly file: string
  /** Number of the packet at or after which it lies, from 1. */
  readonly packet: number
  readonly offset: number
  /** A tail cut short is what a killed capture leaves behind; anything else is corruption. */
  readonly kind: 'truncated_tail' | 'corrupt'
  readonly message: string
  /** Bytes passed over until reading went on behind it; null where it did not. */
  readonly skippedBytes: number | null
}

/** What is known of one capture when it has been read. */
export interface CaptureInfo {
  readonly name: string
  /** As in `Chunk.sensor`. */
  readonly sensor: number
  readonly bytes: number
  readonly packets: number
  /** Packets that were dropped while it was captured, as far as the file says so; null where it does not. */
  readonly dropped: number | null
  /** Hex SHA-256 of the file's bytes; null with `--no-hash`. */
  readonly sha256: string | null
  /** Unix seconds and nanoseconds; null when there is no packet. */
  readonly first: Instant | null
  readonly last: Instant | null
  readonly damage: readonly Damage[]
}

/** A point in Unix time, exact to the nanosecond. */
export interface Instant {
  readonly seconds: number
  readonly nanos: number
}

/** Where packets come from. Reading ends with the generator; `captures` is complete after that. */
export interface Source {
  chunks(buffer: ChunkBuffer): AsyncIterable<Chunk>
  /** In the order of `Chunk.file`. */
  readonly captures: readonly CaptureInfo[]
}
