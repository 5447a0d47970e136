// A file of lines that others read while it grows, and that is turned over when it is full: `eve.json`, `eve.json.1`, and
// so on. It is opened for each piece that is written, so whoever moves it away, as logrotate does, gets a new one begun;
// what was written is on the disk when the promise is kept.

import { constants } from 'node:fs'
import { access, type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { bytesOf, syncPath, unlessMissing } from './synced-file.ts'

const MODE = 0o640
const NEWLINE = 0x0a
/** To a folder. */
const MAY_ADD = constants.W_OK | constants.X_OK

export class RotatedFile {
  readonly path: string
  readonly #bytesMax: number
  readonly #files: number

  /** @param files How many that were turned over are kept; the oldest goes. */
  constructor(path: string, limits: { readonly bytesMax: number; readonly files: number }) {
    this.path = path
    this.#bytesMax = limits.bytesMax
    this.#files = limits.files
  }

  /** Whole lines, in order, each with its newline. A longer one than fits in any file has one of its own. */
  async append(lines: readonly string[]): Promise<void> {
    await this.#mend()
    for (let at = 0; at < lines.length; ) {
      const room = this.#bytesMax - (await bytesOf(this.path))
      const taken = countThatFit(lines, at, room)
      if (taken === 0) await this.#turnOver()
      const end = at + Math.max(1, taken)
      await this.#write(Buffer.from(lines.slice(at, end).join('')))
      at = end
    }
  }

  /** The last bytes of what was written, older files included, without a line whose beginning is missing. */
  async tail(bytesMax: number): Promise<readonly string[]> {
    const current = await tailOf(this.path, bytesMax)
    const left = bytesMax - current.length
    const before = left > 0 && this.#files > 0 ? await tailOf(`${this.path}.1`, left) : ''
    return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${current}`.split('\n')
  }

  /** @throws Error as the system has it, where the file cannot be written. Changes nothing. */
  async check(): Promise<void> {
    const file = await open(this.path, constants.O_RDWR).catch(unlessMissing)
    await (file === undefined ? access(dirname(this.path), MAY_ADD) : file.close())
  }

  async #write(bytes: Buffer): Promise<void> {
    const file = await this.#opened()
    try {
      const { size } = await file.stat()
      await file.appendFile(bytes)
      await file.datasync()
      if (size === 0) await syncPath(dirname(this.path))
    } finally {
      await file.close()
    }
  }

  /** A crash has left half a line: whatever follows begins on a line of its own. */
  async #mend(): Promise<void> {
    const size = await bytesOf(this.path)
    if (size === 0) return
    const file = await this.#opened()
    try {
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
      if (buffer[0] !== NEWLINE) await file.appendFile('\n')
      // Whoever ended before this was said may have left it for the system to write.
      await file.datasync()
    } finally {
      await file.close()
    }
  }

  #opened(): Promise<FileHandle> {
    const { O_APPEND, O_CREAT, O_RDWR } = constants
    return open(this.path, O_APPEND | O_CREAT | O_RDWR, MODE)
  }

  async #turnOver(): Promise<void> {
    if ((await bytesOf(this.path)) === 0) return
    const name = (number: number): string => (number === 0 ? this.path : `${this.path}.${number}`)
    await rm(name(this.#files), { force: true })
    for (let number = this.#files; number > 0; number--)
      await rename(name(number - 1), name(number)).catch(unlessMissing)
    await syncPath(dirname(this.path))
  }
}

function countThatFit(lines: readonly string[], from: number, room: number): number {
  let bytes = 0
  let count = 0
  for (const line of lines.slice(from)) {
    bytes += Buffer.byteLength(line)
    if (bytes > room) break
    count++
  }
  return count
}

async function tailOf(path: string, bytesMax: number): Promise<string> {
  const file = await open(path, 'r').catch(unlessMissing)
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const from = Math.max(0, size - bytesMax)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    const text = buffer.subarray(0, bytesRead).toString()
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}
