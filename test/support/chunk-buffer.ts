// Chunk buffers for tests of readers: small where a test wants to see records cut, and never the
// kernel's own memory.

import type { ChunkBuffer } from '../../src/model/chunk.ts'

export interface ChunkBufferSize {
  /** Bytes from `dataAt` on; by default those of a real read. */
  readonly dataBytes?: number
  /** Bytes below `dataAt`; by default room for any packet and its record header. */
  readonly headRoomBytes?: number
  readonly packetBytesMax?: number
  readonly packetsMax?: number
}

const KIB = 1024

export function makeChunkBuffer(size: ChunkBufferSize = {}): ChunkBuffer {
  const { dataBytes = 256 * KIB, packetBytesMax = 256 * KIB, packetsMax = 16 * KIB } = size
  const dataAt = size.headRoomBytes ?? packetBytesMax + 4 * KIB
  return {
    bytes: new Uint8Array(dataAt + dataBytes),
    dataAt,
    packetBytesMax,
    packetsMax,
    at: new Int32Array(packetsMax),
    capturedBytes: new Int32Array(packetsMax),
    wireBytes: new Int32Array(packetsMax),
    link: new Int32Array(packetsMax),
    timeNs: new Float64Array(packetsMax),
  }
}
