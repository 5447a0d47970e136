// Where packets come from: one or several captures, opened, put into the order of their first packets
// and read one after the other. faults.md F12, F24 and F27 say what is refused and what is damage.

import type { CaptureInfo, Chunk, ChunkBuffer, Source } from '../model/chunk.ts'
import { assert, InputError, UsageError } from '../model/errors.ts'
import { Capture } from './capture.ts'
import { type ByteReader, type ByteStream, FileBytes, StreamBytes } from './file.ts'
import { MAGIC_BYTES } from './format.ts'
import { findFormat, unknownFormat } from './formats.ts'
import { compareInstants } from './time-span.ts'

export interface SourceOptions {
  /** Compute the SHA-256 of each capture; default true. */
  readonly hash?: boolean
  /** Size of a read in bytes; by default what the buffer has room for. */
  readonly readBytes?: number
  /** Told after every read; how often that is worth showing is up to the listener. */
  readonly onProgress?: (progress: Progress) => void
  /** Stands in for the standard input of the process. */
  readonly stdin?: ByteStream
}

export interface Progress {
  readonly bytesRead: number
  /** Null while standard input is among the captures. */
  readonly bytesTotal: number | null
  readonly packets: number
}

const STANDARD_INPUT = '-'

/**
 * Opens every capture, `-` being standard input, and looks at its beginning; standard input is first
 * touched when the chunks are asked for. Throws an InputError, at once and in one line, for a file that
 * is missing, closed to us, empty or no capture, and a UsageError for a capture that is given twice.
 */
export function openSource(paths: readonly string[], options: SourceOptions = {}): Source {
  if (paths.length === 0)
    throw new UsageError('Name at least one capture, or - for standard input.')
  const captures: Capture[] = []
  try {
    for (const path of paths) if (path !== STANDARD_INPUT) captures.push(openFile(path))
    refuseTwice(paths, captures)
    const stdin = paths.includes(STANDARD_INPUT)
      ? new StreamBytes(options.stdin ?? process.stdin)
      : null
    return new CaptureSource(captures, stdin, options)
  } catch (error) {
    for (const capture of captures) capture.bytes.close()
    throw error
  }
}

class CaptureSource implements Source {
  readonly captures: CaptureInfo[]
  private readonly opened: Capture[]
  private readonly stdin: StreamBytes | null
  private readonly options: SourceOptions
  private isTaken = false

  constructor(opened: Capture[], stdin: StreamBytes | null, options: SourceOptions) {
    this.opened = opened
    this.stdin = stdin
    this.options = options
    this.captures = opened.map(capture => capture.info)
  }

  /** Captures overlapping in time are read one after the other too, not merged. */
  async *chunks(buffer: ChunkBuffer): AsyncGenerator<Chunk> {
    assert(!this.isTaken, 'a source is read once')
    this.isTaken = true
    try {
      if (this.stdin !== null) this.opened.push(await openStream(this.stdin))
      this.opened.sort(byFirstPacket)
      this.captures.splice(0, this.captures.length, ...this.opened.map(({ info }) => info))
      const run = this.run()
      for (const [file, capture] of this.opened.entries()) yield* capture.chunks(buffer, file, run)
    } finally {
      for (const { bytes } of this.opened) await bytes.close()
      await this.stdin?.close()
    }
  }

  private run() {
    const { hash = true, readBytes = null, onProgress } = this.options
    const onRead = () => onProgress?.(this.progress())
    return { epochSeconds: this.opened[0]?.first?.seconds ?? 0, hash, readBytes, onRead }
  }

  private progress(): Progress {
    const progress = { bytesRead: 0, bytesTotal: this.stdin === null ? 0 : null, packets: 0 }
    for (const { bytes, bytesRead, info } of this.opened) {
      progress.bytesRead += bytesRead
      progress.packets += info.packets
      if (progress.bytesTotal !== null) progress.bytesTotal += bytes.bytesTotal ?? 0
    }
    return progress
  }
}

function openFile(path: string): Capture {
  const bytes = new FileBytes(path)
  try {
    return captureOf(bytes, bytes.head())
  } catch (error) {
    bytes.close()
    throw error
  }
}

async function openStream(bytes: StreamBytes): Promise<Capture> {
  return captureOf(bytes, await bytes.head(tellsEnough))
}

/** Waits for the first packet's time, and for no more than that: the stream may be live. */
function tellsEnough(head: Uint8Array): boolean {
  const preview = findFormat(head)?.preview(head)
  if (preview === undefined) return head.length >= MAGIC_BYTES
  return preview.refusal !== null || preview.first !== null
}

function captureOf(bytes: ByteReader, head: Uint8Array): Capture {
  if (bytes.trouble !== null) throw new InputError(`${bytes.name}: ${bytes.trouble.message}.`)
  const format = findFormat(head)
  if (format === undefined) throw unknownFormat(bytes.name, head)
  const { refusal, first } = format.preview(head)
  if (refusal !== null) throw new InputError(`${bytes.name}: ${refusal}.`)
  return new Capture(bytes, format, first)
}

/** A capture read twice would count every packet twice. */
function refuseTwice(paths: readonly string[], captures: readonly Capture[]): void {
  if (paths.indexOf(STANDARD_INPUT) !== paths.lastIndexOf(STANDARD_INPUT))
    throw new UsageError('Standard input (-) is given twice, and can be read once.')
  const names = new Map<string, string>()
  for (const { bytes } of captures) {
    const twin = names.get(bytes.identity)
    if (twin !== undefined)
      throw new UsageError(`${bytes.name} is the same file as ${twin}. Give each capture once.`)
    names.set(bytes.identity, bytes.name)
  }
}

/** Captures without packets last; names settle what times do not, by code unit, alike everywhere. */
function byFirstPacket(left: Capture, right: Capture): number {
  if (left.first !== null && right.first !== null) {
    const order = compareInstants(left.first, right.first)
    if (order !== 0) return order
  } else if (left.first !== right.first) return left.first === null ? 1 : -1
  return left.bytes.name < right.bytes.name ? -1 : 1
}
