// Computes the SHA-256 of a capture while it is read: of its bytes as they lie on the disk, packed or not,
// and of all of them, also of those that damage kept from being read.

import { createHash, type Hash } from 'node:crypto'
import type { ByteReader, Trouble } from './file.ts'

const REST_BYTES = 256 * 1024

export class HashedBytes implements ByteReader {
  readonly name: string
  readonly identity: string
  private readonly bytes: ByteReader
  private readonly hash: Hash = createHash('sha256')

  constructor(bytes: ByteReader) {
    this.bytes = bytes
    this.name = bytes.name
    this.identity = bytes.identity
  }

  get bytesTotal(): number | null {
    return this.bytes.bytesTotal
  }

  get bytesRead(): number {
    return this.bytes.bytesRead
  }

  get mayGrow(): boolean {
    return this.bytes.mayGrow
  }

  get trouble(): Trouble | null {
    return this.bytes.trouble
  }

  read(target: Uint8Array): number | Promise<number> {
    const count = this.bytes.read(target)
    return typeof count === 'number' ? this.take(target, count) : this.takeLater(target, count)
  }

  /** Hex digits. Reads to the end what is not read yet; null where that cannot be done. */
  async digest(): Promise<string | null> {
    const rest = new Uint8Array(REST_BYTES)
    while ((await this.read(rest)) > 0);
    return this.trouble?.kind === 'corrupt' ? null : this.hash.digest('hex')
  }

  close(): void | Promise<void> {
    return this.bytes.close()
  }

  private take(target: Uint8Array, count: number): number {
    if (count > 0) this.hash.update(target.subarray(0, count))
    return count
  }

  private async takeLater(target: Uint8Array, count: Promise<number>): Promise<number> {
    return this.take(target, await count)
  }
}
