// The part of a capture that is in memory: bytes read and not yet walked over, inside a ChunkBuffer.
// A record cut off by the end of a read is moved in front of the next one, so that every record lies
// in one piece and whole reads land where the buffer wants them.

import type { ChunkBuffer } from '../model/chunk.ts'
import { assert } from '../model/errors.ts'

export class Window {
  /** The unwalked bytes are `bytes[at, end)`. */
  at: number
  end: number
  private readonly bytes: Uint8Array
  private readonly dataAt: number
  private readonly readBytes: number

  /** `readBytes` is the size of a read; one that is larger than the buffer's data part is cut. */
  constructor({ bytes, dataAt }: ChunkBuffer, readBytes: number) {
    this.bytes = bytes
    this.dataAt = dataAt
    this.readBytes = Math.min(readBytes, bytes.length - dataAt)
    this.at = this.end = dataAt
  }

  /** Where the next read goes. What lay before `at` is gone after this. */
  room(): Uint8Array {
    if (this.at === this.end) this.at = this.end = this.dataAt
    else if (this.end + this.readBytes > this.bytes.length && this.at > 0) this.moveDown()
    const room = this.bytes.subarray(this.end, this.end + this.readBytes)
    assert(room.length > 0, 'a chunk buffer has room for the longest record')
    return room
  }

  /** Takes over the bytes of another window from `from` on; by how much they were moved. */
  takeOver(other: Window, from: number): number {
    const count = other.end - from
    const start = Math.min(this.dataAt, this.bytes.length - count)
    this.bytes.set(other.bytes.subarray(from, other.end), start)
    this.at = start + other.at - from
    this.end = start + count
    return start - from
  }

  /** A record larger than the head-room below `dataAt` goes to the very bottom and the read follows it. */
  private moveDown(): void {
    const tailBytes = this.end - this.at
    const start = Math.max(0, this.dataAt - tailBytes)
    this.bytes.copyWithin(start, this.at, this.end)
    this.at = start
    this.end = start + tailBytes
  }
}
