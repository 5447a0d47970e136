// A file of bytes that appears when it is whole: it is written under another name beside its place, so that
// nobody takes half of it for all, and what lay there before stays until then.

import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { UsageError } from '../model/errors.ts'

const BLOCK_BYTES = 262_144

export class ByteOutput {
  readonly #path: string
  readonly #partPath: string
  readonly #file: number
  readonly #block = Buffer.alloc(BLOCK_BYTES)
  #pending = 0
  /** Written so far. */
  bytes = 0

  /** Throws a UsageError that says why the file cannot be written. */
  constructor(path: string) {
    this.#path = path
    this.#partPath = `${path}.part`
    this.#file = this.#tried(() => openSync(this.#partPath, 'w'))
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + BLOCK_BYTES - this.#pending)
      this.#block.set(piece, this.#pending)
      this.#pending += piece.length
      at += piece.length
      if (this.#pending === BLOCK_BYTES) this.#flush()
    }
  }

  /** Puts the whole file in its place. */
  finish(): void {
    this.#flush()
    this.#tried(() => {
      closeSync(this.#file)
      renameSync(this.#partPath, this.#path)
    })
  }

  /** Leaves nothing behind. */
  abandon(): void {
    closeSync(this.#file)
    rmSync(this.#partPath, { force: true })
  }

  #flush(): void {
    const end = this.#pending
    this.#pending = 0
    this.#tried(() => {
      for (let at = 0; at < end; ) at += writeSync(this.#file, this.#block, at, end - at)
    })
    this.bytes += end
  }

  #tried<Value>(action: () => Value): Value {
    try {
      return action()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new UsageError(`${this.#path} cannot be written: ${why}.`)
    }
  }
}
