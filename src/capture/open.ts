// Opens what the operator names: files, and the captures of folders. Whatever is no capture that can be read
// is refused here, before any packet is read; in a folder it is passed over and told.

import { InputError, UsageError } from '../model/errors.ts'
import { Capture, type Taken } from './capture.ts'
import { type ByteReader, FileBytes, type IsEnough, type StreamBytes } from './file.ts'
import { filesIn, isFolder } from './folder.ts'
import { MAGIC_BYTES } from './format.ts'
import { findFormat, unknownFormat } from './formats.ts'
import { GunzipBytes, isPacked, unpackedHead } from './gunzip.ts'
import { HashedBytes } from './hashed.ts'
import { preview } from './preview.ts'

export interface OpenOptions {
  /** Compute the SHA-256 of each capture. */
  readonly hash: boolean
  /** Files have no end before this signal is given; null where they end as they are. */
  readonly follow: AbortSignal | null
}

export interface OpenedFiles {
  readonly captures: readonly Capture[]
  /** Files of folders that were passed over, and why, one line each. */
  readonly passedOver: readonly string[]
}

/**
 * Opens every file that was taken. Throws an InputError for a file that is missing, closed to us, empty or no
 * capture, and for a folder without one; a UsageError for a capture that is given twice.
 */
export function openFiles(captures: readonly Taken[], options: OpenOptions): OpenedFiles {
  const opening = new Opening(options)
  try {
    for (const taken of captures)
      if (isFolder(taken.path)) opening.addFolder(taken)
      else opening.addFile(taken)
    return opening
  } catch (error) {
    for (const capture of opening.captures) void capture.close()
    throw error
  }
}

class Opening implements OpenedFiles {
  readonly captures: Capture[] = []
  readonly passedOver: string[] = []
  private readonly options: OpenOptions
  /** Names by identity. */
  private readonly names = new Map<string, string>()

  constructor(options: OpenOptions) {
    this.options = options
  }

  addFile(taken: Taken): void {
    const twin = this.add(taken)
    if (twin !== null) throw new UsageError(`${twinText(taken.path, twin)} Give each capture once.`)
  }

  addFolder(taken: Taken): void {
    const { path } = taken
    const before = this.captures.length
    for (const file of filesIn(path)) {
      try {
        const twin = this.add({ ...taken, path: file })
        if (twin !== null) this.passedOver.push(twinText(file, twin))
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        this.passedOver.push(error.message)
      }
    }
    if (this.captures.length === before)
      throw new InputError([...this.passedOver, `${path}: holds no capture.`].join('\n'))
  }

  /** The name under which the same file is open already; null where it is not. */
  private add(taken: Taken): string | null {
    const { path } = taken
    const capture = openFile(taken, this.options)
    const { identity } = capture.raw
    const twin = this.names.get(identity)
    if (twin === undefined) {
      this.names.set(identity, path)
      this.captures.push(capture)
      return null
    }
    void capture.close()
    return twin
  }
}

const twinText = (path: string, twin: string): string => `${path} is the same file as ${twin}.`

function openFile(taken: Taken, { hash, follow }: OpenOptions): Capture {
  const file = new FileBytes(taken.path)
  try {
    const head = file.head(tellsEnough)
    // A packed file cannot be read on where it once ended.
    if (follow !== null && !isPacked(head)) file.follow(follow)
    return captureOf(file, head, hash, taken)
  } catch (error) {
    file.close()
    throw error
  }
}

/** Opens standard input and waits for its first packet, no longer: it may be live. */
export async function openStream(
  stream: StreamBytes,
  hash: boolean,
  taken: Taken,
): Promise<Capture> {
  return captureOf(stream, await stream.head(tellsEnough), hash, taken)
}

const contentOf = (head: Uint8Array): Uint8Array => (isPacked(head) ? unpackedHead(head) : head)

const tellsEnough: IsEnough = (head, isLast) => {
  const content = contentOf(head)
  const format = findFormat(content)
  if (format === undefined) return content.length >= MAGIC_BYTES
  return !preview(format, content, isLast).isOpen
}

function captureOf(file: ByteReader, head: Uint8Array, hash: boolean, taken: Taken): Capture {
  if (file.trouble !== null) throw new InputError(`${file.name}: ${file.trouble.message}.`)
  const content = contentOf(head)
  const format = findFormat(content)
  if (format === undefined) throw unknownFormat(file.name, head, content)
  const { refusal, first } = preview(format, content, false)
  if (refusal !== null) throw new InputError(`${file.name}: ${refusal}.`)
  const raw = hash ? new HashedBytes(file) : file
  const bytes = isPacked(head) ? new GunzipBytes(raw) : raw
  return new Capture({ raw, bytes, format, first, taken })
}
