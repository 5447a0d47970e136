// Packets on their way from the buffer of one capture to that of the run: bytes and index, in one piece, so
// that offsets in the file still follow from places in the buffer.

import type { ChunkBuffer } from '../model/chunk.ts'

/** Packets of an index, from slot `next` on. */
interface Slots {
  readonly next: number
  readonly packets: number
}

/** Copies packets from slot `next` on to slot 0 of another buffer; as many as there is room for. */
export function copyRun(
  from: ChunkBuffer,
  { next, packets: wanted }: Slots,
  to: ChunkBuffer,
): { packets: number; movedBy: number } {
  const start = from.at[next] ?? 0
  let packets = 0
  let bytes = 0
  for (; packets < Math.min(wanted, to.packetsMax); packets++) {
    const slot = next + packets
    const end = (from.at[slot] ?? 0) + (from.capturedBytes[slot] ?? 0)
    if (end - start > to.bytes.length) break
    bytes = end - start
  }
  const target = Math.min(to.dataAt, to.bytes.length - bytes)
  to.bytes.set(from.bytes.subarray(start, start + bytes), target)
  copyIndex(from, { next, packets }, to, target - start)
  return { packets, movedBy: target - start }
}

export function copyIndex(
  from: ChunkBuffer,
  { next, packets }: Slots,
  to: ChunkBuffer,
  movedBy: number,
): void {
  for (let slot = 0; slot < packets; slot++) {
    to.at[slot] = (from.at[next + slot] ?? 0) + movedBy
    to.capturedBytes[slot] = from.capturedBytes[next + slot] ?? 0
    to.wireBytes[slot] = from.wireBytes[next + slot] ?? 0
    to.link[slot] = from.link[next + slot] ?? 0
    to.timeNs[slot] = from.timeNs[next + slot] ?? 0
  }
}

/** A buffer of the same bytes, of which only as many take up memory as are ever written. */
export function bufferLike(
  { bytes, dataAt, packetBytesMax, packetsMax }: ChunkBuffer,
  ownPacketsMax: number,
): ChunkBuffer {
  const own = { bytes: new Uint8Array(bytes.length), dataAt, packetBytesMax }
  return indexed(own, Math.min(packetsMax, ownPacketsMax))
}

/** A buffer over these bytes, with an index of its own. */
export const indexed = (
  over: Pick<ChunkBuffer, 'bytes' | 'dataAt' | 'packetBytesMax'>,
  packetsMax: number,
): ChunkBuffer => ({
  ...over,
  packetsMax,
  at: new Int32Array(packetsMax),
  capturedBytes: new Int32Array(packetsMax),
  wireBytes: new Int32Array(packetsMax),
  link: new Int32Array(packetsMax),
  timeNs: new Float64Array(packetsMax),
})
