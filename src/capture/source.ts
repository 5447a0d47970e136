// Where packets come from: one or several captures, opened, put into the order of their first packets and
// merged by time. faults.md F12, F24 and F27 say what is refused and what is damage.

import type { CaptureInfo, Chunk, ChunkBuffer, Source } from '../model/chunk.ts'
import { assert, UsageError } from '../model/errors.ts'
import { byText, counted } from '../model/text.ts'
import type { Capture, Run, Taken } from './capture.ts'
import { Epoch } from './epoch.ts'
import { type ByteStream, StreamBytes } from './file.ts'
import { Merge } from './merge.ts'
import { type OpenedFiles, openFiles, openStream } from './open.ts'
import { compareInstants } from './time-span.ts'

export interface SourceOptions {
  /** Compute the SHA-256 of each capture; default true. */
  readonly hash?: boolean
  /** Files may still grow: they have no end before this signal is given. */
  readonly follow?: AbortSignal
  /** Size of a read in bytes; by default what is best. */
  readonly readBytes?: number
  /** Told after every read; how often that is worth showing is up to the listener. */
  readonly onProgress?: (progress: Progress) => void
  /** Stands in for the standard input of the process. */
  readonly stdin?: ByteStream
}

export interface Progress {
  readonly bytesRead: number
  /** Null while standard input or a file that may grow is among the captures. */
  readonly bytesTotal: number | null
  readonly packets: number
}

/** A source that has something to tell besides. */
export interface OpenedSource extends Source {
  /** What a person should know of the captures and no damage: one sentence each. Final when all is read. */
  readonly notes: readonly string[]
}

const STANDARD_INPUT = '-'

/**
 * Opens every capture, whose sensor is the only one unless told, `-` being standard input, and those of every folder, and looks at their beginnings;
 * standard input is first touched when the chunks are asked for. Throws an InputError, at once and in one
 * line, for a file that is missing, closed to us, empty or no capture, and a UsageError for a capture that
 * is given twice. In folders, such files are passed over with a note.
 */
export function openSource(
  captures: readonly (string | Taken)[],
  options: SourceOptions = {},
): OpenedSource {
  if (captures.length === 0)
    throw new UsageError('Name at least one capture, or - for standard input.')
  const all = captures.map(capture => (typeof capture === 'string' ? onlyTaken(capture) : capture))
  const [standard, ...more] = all.filter(isStandardInput)
  if (more.length > 0)
    throw new UsageError('Standard input (-) is given twice, and can be read once.')
  const stdin = standard && {
    stream: new StreamBytes(options.stdin ?? process.stdin),
    taken: standard,
  }
  const { hash = true, follow = null } = options
  const files = all.filter(taken => !isStandardInput(taken))
  return new CaptureSource(openFiles(files, { hash, follow }), stdin ?? null, options)
}

const onlyTaken = (path: string): Taken => ({ path, sensor: 0, clockMs: 0 })

const isStandardInput = ({ path }: Taken): boolean => path === STANDARD_INPUT

interface StandardInput {
  readonly stream: StreamBytes
  readonly taken: Taken
}

class CaptureSource implements OpenedSource {
  readonly captures: CaptureInfo[]
  private readonly opened: Capture[]
  private readonly passedOver: readonly string[]
  private readonly stdin: StandardInput | null
  private readonly options: SourceOptions
  private isTaken = false

  constructor(files: OpenedFiles, stdin: StandardInput | null, options: SourceOptions) {
    this.opened = [...files.captures]
    this.passedOver = files.passedOver
    this.stdin = stdin
    this.options = options
    this.captures = this.opened.map(capture => capture.info)
  }

  get notes(): string[] {
    return [
      ...this.passedOver.map(why => `passed over: ${why}`),
      ...this.opened.filter(({ untimed }) => untimed > 0).map(untimedText),
    ]
  }

  async *chunks(buffer: ChunkBuffer): AsyncGenerator<Chunk> {
    assert(!this.isTaken, 'a source is read once')
    this.isTaken = true
    try {
      if (this.stdin !== null) {
        const { stream, taken } = this.stdin
        this.opened.push(await openStream(stream, this.options.hash ?? true, taken))
      }
      this.opened.sort(byFirstPacket)
      this.captures.splice(0, this.captures.length, ...this.opened.map(({ info }) => info))
      const merge = new Merge(this.opened, buffer, this.run())
      for (;;) {
        const chunk = merge.take()
        if (chunk !== null) yield chunk
        else if (!(await merge.fill())) break
      }
    } finally {
      for (const capture of this.opened) await capture.close()
      await this.stdin?.stream.close()
    }
  }

  private run(): Run {
    const { readBytes = null, onProgress } = this.options
    const first = this.opened[0]?.first?.seconds ?? null
    return {
      epoch: new Epoch(first),
      readBytes,
      onRead: () => onProgress?.(this.progress()),
    }
  }

  private progress(): Progress {
    const progress = { bytesRead: 0, bytesTotal: this.stdin === null ? 0 : null, packets: 0 }
    for (const { raw, info } of this.opened) {
      progress.bytesRead += raw.bytesRead
      progress.packets += info.packets
      if (raw.bytesTotal === null) progress.bytesTotal = null
      else if (progress.bytesTotal !== null) progress.bytesTotal += raw.bytesTotal
    }
    return progress
  }
}

const untimedText = ({ info, untimed }: Capture): string =>
  `${info.name}: ${counted(untimed, 'packet')} without a time; each is taken to be as late as the one before.`

/** Captures whose first packet is not known last; names and sensors settle what times do not, alike everywhere. */
function byFirstPacket(left: Capture, right: Capture): number {
  if (left.first !== null && right.first !== null) {
    const order = compareInstants(left.first, right.first)
    if (order !== 0) return order
  } else if (left.first !== right.first) return left.first === null ? 1 : -1
  return byText(left.info.name, right.info.name) || left.info.sensor - right.info.sensor
}
