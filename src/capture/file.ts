// The bytes of a capture as they lie there: a regular file, read straight into the memory of whoever asks,
// or standard input. Errors while a capture is opened are thrown; what happens later is trouble, told at the
// end, because everything before it is still to be analysed.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import type { Damage } from '../model/chunk.ts'
import { InputError } from '../model/errors.ts'
import { inputError, systemCode } from './system-errors.ts'

export interface ByteReader {
  /** As given by the operator. */
  readonly name: string
  /** The same for two names of one file. */
  readonly identity: string
  /** Null when it cannot be known. */
  readonly bytesTotal: number | null
  /** Given out so far. */
  readonly bytesRead: number
  /** The end that `read` met is one for now only. */
  readonly mayGrow: boolean
  /** Why the end that `read` met is not the end of the capture. */
  readonly trouble: Trouble | null
  /** Reads up to `target.length` bytes; 0 at the end. Never throws for what the system reports. */
  read(target: Uint8Array): number | Promise<number>
  close(): void | Promise<void>
}

export interface Trouble {
  readonly kind: Damage['kind']
  readonly message: string
}

/** Whether the beginning of a capture tells enough; `isLast` where there is no more of it. */
export type IsEnough = (head: Uint8Array, isLast: boolean) => boolean

/** Bytes of a capture's beginning that are looked at before it is read: at first, and at the most. */
const HEAD_BYTES = 4096
const HEAD_BYTES_MAX = 2 * 1024 * 1024

/**
 * A regular file, as long as it was when it was opened: one that grows has an end all the same, unless it is
 * followed. The file stays open, so removing or replacing it changes nothing.
 */
export class FileBytes implements ByteReader {
  readonly name: string
  bytesTotal: number | null
  /** Device and inode. */
  readonly identity: string
  trouble: Trouble | null = null
  bytesRead = 0
  private readonly descriptor: number
  private readonly size: number
  private end: AbortSignal | null = null

  /** Throws an InputError for whatever is missing, closed to us or no regular file. Never blocks. */
  constructor(path: string) {
    this.name = path
    this.descriptor = openRegularFile(path)
    const { dev, ino, size } = fstatSync(this.descriptor)
    this.identity = `${dev}:${ino}`
    this.size = size
    this.bytesTotal = size
  }

  /** From now on the file has no end before the signal is given. */
  follow(end: AbortSignal): void {
    this.end = end
    this.bytesTotal = null
  }

  get mayGrow(): boolean {
    return this.end?.aborted === false && this.trouble === null
  }

  /** The first bytes, which `read` will give again: no more of them than it takes to be enough. */
  head(isEnough: IsEnough): Uint8Array {
    try {
      for (let wanted = HEAD_BYTES; ; wanted *= 8) {
        const buffer = new Uint8Array(Math.min(wanted, this.size))
        const head = buffer.subarray(0, readSync(this.descriptor, buffer, 0, buffer.length, 0))
        const isLast = head.length === this.size
        if (isEnough(head, isLast) || isLast || wanted >= HEAD_BYTES_MAX) return head
      }
    } catch (error) {
      throw inputError(this.name, error)
    }
  }

  read(target: Uint8Array): number {
    const left = (this.bytesTotal ?? Number.POSITIVE_INFINITY) - this.bytesRead
    const wanted = Math.min(target.length, left)
    if (wanted === 0) return this.atEnd()
    try {
      const count = readSync(this.descriptor, target, 0, wanted, this.bytesRead)
      this.bytesRead += count
      return count > 0 ? count : this.atEnd()
    } catch (error) {
      this.trouble = { kind: 'corrupt', message: `reading on failed (${systemCode(error)})` }
      return 0
    }
  }

  close(): void {
    closeSync(this.descriptor)
  }

  private atEnd(): 0 {
    const { size } = fstatSync(this.descriptor)
    if (size < this.bytesRead || this.bytesRead < (this.bytesTotal ?? 0))
      this.trouble = { kind: 'corrupt', message: 'the file shrank while it was read' }
    else if (this.bytesTotal !== null && size > this.bytesTotal)
      this.trouble = {
        kind: 'truncated_tail',
        message: `the file grew while it was read; only its first ${this.bytesTotal} bytes were`,
      }
    return 0
  }
}

/** What standard input must be able to do. */
export type ByteStream = AsyncIterable<Uint8Array> & { readonly isTTY?: boolean | undefined }

export class StreamBytes implements ByteReader {
  readonly name = '-'
  readonly identity = '-'
  readonly bytesTotal = null
  readonly mayGrow = false
  trouble: Trouble | null = null
  bytesRead = 0
  private readonly blocks: AsyncIterator<Uint8Array>
  private pending: Uint8Array = new Uint8Array(0)

  /** Throws an InputError for a terminal: nobody types a capture. */
  constructor(stream: ByteStream) {
    if (stream.isTTY === true)
      throw new InputError('-: standard input is a terminal. Give a capture file, or pipe one in.')
    this.blocks = stream[Symbol.asyncIterator]()
  }

  /** The first bytes, which `read` will give again: no more of them than it takes to be enough. */
  async head(isEnough: IsEnough): Promise<Uint8Array> {
    let bytes: Uint8Array = new Uint8Array(HEAD_BYTES)
    while (this.pending.length < HEAD_BYTES_MAX && !isEnough(this.pending, false)) {
      const block = await this.nextBlock()
      if (block === undefined) break
      const length = this.pending.length + block.length
      bytes = withRoom(bytes, length)
      bytes.set(block, this.pending.length)
      this.pending = bytes.subarray(0, length)
    }
    return this.pending
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.pending.length === 0) this.pending = (await this.nextBlock()) ?? this.pending
    const count = Math.min(target.length, this.pending.length)
    target.set(this.pending.subarray(0, count))
    this.pending = this.pending.subarray(count)
    this.bytesRead += count
    return count
  }

  async close(): Promise<void> {
    await this.blocks.return?.()
  }

  /** The next block that is not empty; undefined at the end. */
  private async nextBlock(): Promise<Uint8Array | undefined> {
    try {
      for (;;) {
        const { done, value } = await this.blocks.next()
        if (done === true) return undefined
        if (value.length > 0) return value
      }
    } catch (error) {
      this.trouble = { kind: 'corrupt', message: `reading on failed (${systemCode(error)})` }
      return undefined
    }
  }
}

/** The same bytes with room for `length`, and then some, so that many small blocks cost no more than few. */
function withRoom(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes
  const larger = new Uint8Array(2 * length)
  larger.set(bytes)
  return larger
}

/** Looks before it opens, and opens without waiting: a named pipe without a writer would block. */
function openRegularFile(path: string): number {
  try {
    refuseUnlessRegular(path, statSync(path))
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    refuseUnlessRegular(path, fstatSync(descriptor))
    return descriptor
  } catch (error) {
    throw error instanceof InputError ? error : inputError(path, error)
  }
}

function refuseUnlessRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return
  if (stats.isDirectory()) throw new InputError(`${path}: is a directory within a directory.`)
  if (stats.isFIFO())
    throw new InputError(
      `${path}: is a pipe. To read it, use standard input: mpwatch ... - < ${path}`,
    )
  throw new InputError(`${path}: is a device or a socket, and a capture is a regular file.`)
}
