// A file that is kept for the day on which the disk is full: it is removed then, and findings have room.

import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const BYTES_MIN = 64 * 1024

export class Reserve {
  readonly #path: string
  readonly #bytes: number

  constructor(path: string, bytes: number) {
    this.#path = path
    this.#bytes = bytes
  }

  get bytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
  }

  /** Bytes that others have left on the disk, where they are fewer than it takes; null where there are enough. */
  get scarceBytes(): number | null {
    const free = this.#freeBytes()
    return free < this.#bytes ? free : null
  }

  /** Whether it gave anything. */
  spend(): boolean {
    const had = this.bytes
    rmSync(this.#path, { force: true })
    return had > 0
  }

  /**
   * Makes it where it is missing, or smaller than it could be by now: a quarter of what is free, at the most what was
   * asked for. Random bytes, since a file system may keep zeros in no space at all. Whether there is one now.
   */
  make(): boolean {
    try {
      const own = this.bytes
      const bytes = Math.min(this.#bytes, Math.floor((this.#freeBytes() + own) / 4))
      if (own > 0 && own * 2 > bytes) return true
      if (bytes < Math.min(BYTES_MIN, this.#bytes)) return false
      this.#write(bytes)
      return true
    } catch {
      // It is for later; that there is none is told by the state of the store.
      rmSync(this.#path, { force: true })
      return false
    }
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#path))
    return bavail * bsize
  }

  #write(bytes: number): void {
    const file = openSync(this.#path, 'w', 0o600)
    try {
      const content = randomBytes(bytes)
      for (let at = 0; at < bytes; ) at += writeSync(file, content, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
}
