// Captures packed with gzip (RFC 1952), unpacked as they are read: several members one behind the other, and
// never more of the content in memory than a read takes. faults.md F28 says what a bomb is.

import { Readable } from 'node:stream'
import { constants, createGunzip, type Gunzip, gunzipSync } from 'node:zlib'
import type { ByteReader, Trouble } from './file.ts'

const BLOCK_BYTES = 64 * 1024

// Traffic hardly packs better than 100:1, and deflate ends at 1,032:1.
const RATIO_MAX = 1000
const RATIO_FREE_BYTES = 64 * 1024 * 1024

// What a capture's beginning may come to when it is unpacked for a first look.
const HEAD_BYTES_MAX = 16 * 1024 * 1024

const MAGIC = [0x1f, 0x8b]
const HEADER_BYTES = 10

const NOTHING = new Uint8Array(0)

export const isPacked = (head: Uint8Array): boolean => MAGIC.every((byte, at) => head[at] === byte)

/** The content of a packed file's beginning, up to damage; empty where none can be had. */
export function unpackedHead(head: Uint8Array): Uint8Array {
  if (head.length < HEADER_BYTES) return NOTHING
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: HEAD_BYTES_MAX }
  try {
    return gunzipSync(head, options)
  } catch {
    // All or nothing is what that function gives, so damage is cut off by halves.
    return unpackedHead(head.subarray(0, head.length >> 1))
  }
}

export class GunzipBytes implements ByteReader {
  readonly name: string
  readonly identity: string
  readonly bytesTotal = null
  readonly mayGrow = false
  trouble: Trouble | null = null
  bytesRead = 0
  private readonly packed: ByteReader
  private unpacking: Unpacking | null = null
  private pending: Uint8Array = NOTHING

  constructor(packed: ByteReader) {
    this.packed = packed
    this.name = packed.name
    this.identity = packed.identity
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.pending.length === 0) this.pending = await this.nextBlock()
    const count = Math.min(target.length, this.pending.length)
    target.set(this.pending.subarray(0, count))
    this.pending = this.pending.subarray(count)
    this.bytesRead += count
    return count
  }

  /** Ends the unpacking. What is packed stays open. */
  close(): void {
    this.unpacking?.source.destroy()
    this.unpacking?.gunzip.destroy()
  }

  /** Empty at the end. */
  private async nextBlock(): Promise<Uint8Array> {
    // Begun at the first read only: it reads ahead, and there may be many files.
    this.unpacking ??= unpack(this.packed)
    if (this.trouble !== null || this.isBomb(this.unpacking.gunzip.bytesWritten)) return NOTHING
    try {
      const { done, value } = await this.unpacking.blocks.next()
      if (done !== true) return value
      this.trouble = this.packed.trouble
    } catch (error) {
      this.trouble = this.packed.trouble ?? troubleOf(error)
    }
    return NOTHING
  }

  private isBomb(packedBytes: number): boolean {
    if (this.bytesRead <= Math.max(RATIO_FREE_BYTES, RATIO_MAX * packedBytes)) return false
    const message = `it unpacks to more than ${RATIO_MAX} times its size, which no capture does; reading ended there`
    this.trouble = { kind: 'corrupt', message }
    return true
  }
}

interface Unpacking {
  readonly source: Readable
  readonly gunzip: Gunzip
  readonly blocks: AsyncIterator<Uint8Array>
}

function unpack(packed: ByteReader): Unpacking {
  const gunzip = createGunzip({ chunkSize: BLOCK_BYTES })
  const source = Readable.from(packedBlocks(packed), { objectMode: false, highWaterMark: 1 })
  source.on('error', error => gunzip.destroy(error))
  return { source, gunzip, blocks: source.pipe(gunzip)[Symbol.asyncIterator]() }
}

async function* packedBlocks(packed: ByteReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const block = new Uint8Array(BLOCK_BYTES)
    const count = await packed.read(block)
    if (count === 0) return
    yield block.subarray(0, count)
  }
}

/** A file cut short still ends well up to there; anything else is damage. */
function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error
  return error.code === 'Z_BUF_ERROR'
    ? { kind: 'truncated_tail', message: 'the packed file is cut short' }
    : {
        kind: 'corrupt',
        message: `what is packed is damaged (${error.code}); the rest was not read`,
      }
}
