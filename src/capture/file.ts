// The bytes of a capture: a regular file, read straight into the memory of whoever asks, or standard
// input. Errors while a capture is opened are thrown; what happens later is trouble, told at the end,
// because everything before it is still to be analysed.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import type { Damage } from '../model/chunk.ts'
import { InputError } from '../model/errors.ts'

export interface ByteReader {
  /** As given by the operator. */
  readonly name: string
  /** The same for two names of one file. */
  readonly identity: string
  /** Null when it cannot be known. */
  readonly bytesTotal: number | null
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

/** Bytes of a capture's beginning that are looked at before it is read. */
const HEAD_BYTES = 4096

/**
 * A regular file, as long as it was when it was opened: one that grows has an end all the same.
 * The file stays open, so removing or replacing it changes nothing.
 */
export class FileBytes implements ByteReader {
  readonly name: string
  readonly bytesTotal: number
  /** Device and inode. */
  readonly identity: string
  trouble: Trouble | null = null
  private readonly descriptor: number
  private position = 0

  /** Throws an InputError for whatever is missing, closed to us or no regular file. Never blocks. */
  constructor(path: string) {
    this.name = path
    this.descriptor = openRegularFile(path)
    const { dev, ino, size } = fstatSync(this.descriptor)
    this.identity = `${dev}:${ino}`
    this.bytesTotal = size
  }

  /** The first bytes, which `read` will give again. */
  head(): Uint8Array {
    const head = new Uint8Array(HEAD_BYTES)
    try {
      return head.subarray(0, readSync(this.descriptor, head, 0, HEAD_BYTES, 0))
    } catch (error) {
      throw inputError(this.name, error)
    }
  }

  read(target: Uint8Array): number {
    const wanted = Math.min(target.length, this.bytesTotal - this.position)
    if (wanted === 0) return this.atEnd()
    try {
      const count = readSync(this.descriptor, target, 0, wanted, this.position)
      this.position += count
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
    if (this.position < this.bytesTotal)
      this.trouble = { kind: 'corrupt', message: 'the file shrank while it was read' }
    else if (size > this.bytesTotal)
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
  trouble: Trouble | null = null
  private readonly blocks: AsyncIterator<Uint8Array>
  private pending: Uint8Array = new Uint8Array(0)

  /** Throws an InputError for a terminal: nobody types a capture. */
  constructor(stream: ByteStream) {
    if (stream.isTTY === true)
      throw new InputError('-: standard input is a terminal. Give a capture file, or pipe one in.')
    this.blocks = stream[Symbol.asyncIterator]()
  }

  /** The first bytes, which `read` will give again: no more of them than it takes to be enough. */
  async head(isEnough: (head: Uint8Array) => boolean): Promise<Uint8Array> {
    while (this.pending.length < HEAD_BYTES && !isEnough(this.pending)) {
      const block = await this.nextBlock()
      if (block === undefined) break
      this.pending = Buffer.concat([this.pending, block])
    }
    return this.pending
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.pending.length === 0) this.pending = (await this.nextBlock()) ?? this.pending
    const count = Math.min(target.length, this.pending.length)
    target.set(this.pending.subarray(0, count))
    this.pending = this.pending.subarray(count)
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
  if (stats.isDirectory())
    throw new InputError(`${path}: is a directory. Name the captures in it: ${path}/*.pcap`)
  if (stats.isFIFO())
    throw new InputError(
      `${path}: is a pipe. To read it, use standard input: mpwatch ... - < ${path}`,
    )
  throw new InputError(`${path}: is a device or a socket, and a capture is a regular file.`)
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file. Check the name and the folder.'],
  ['ENOTDIR', 'there is no such file: a part of the path is no folder.'],
  ['EACCES', 'permission denied. Give the user who runs this read permission.'],
  ['EPERM', 'permission denied. Give the user who runs this read permission.'],
  ['ELOOP', 'its symbolic links lead in a circle. Name the file itself.'],
  ['ENAMETOOLONG', 'the name is longer than a file name can be.'],
  ['EMFILE', 'too many files are open. Raise the limit (ulimit -n) or give fewer captures.'],
])

function inputError(path: string, error: unknown): InputError {
  const code = systemCode(error)
  return new InputError(`${path}: ${REASONS.get(code) ?? `cannot be read (${code}).`}`)
}

/** The system's word for what went wrong, e.g. `EIO`. Whatever is not from the system is our own bug. */
function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  throw error
}
