// Points that an InfluxDB refuses for good, each with the server's own words, one JSON object in a line. They are on the
// disk before the cursor moves beyond them; a sudden end in between, or a disk that takes half of them, writes none twice.

import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { inertJson } from '../model/text.ts'
import { appendSynced, bytesOf, makeFolder, syncPath, unlessMissing } from '../sinks/synced-file.ts'

const BYTES_MAX = 16 * 1024 * 1024
const KEPT_SUFFIX = '.1'
const MODE = 0o600

export interface DeadLetter {
  /** Of what the number counts: entries of the journal, or points. */
  readonly of: 'entries' | 'points'
  readonly number: number
  readonly measurement: string
  /** As it was sent; null where nothing of it could be. */
  readonly line: string | null
  /** What the server said. */
  readonly text: string
  /** ISO 8601, by the monitor's own clock. */
  readonly time: string
}

export interface DeadLettersOptions {
  readonly folder: string
  /** File name without its end. */
  readonly name: string
  /** Told of letters that had to go, since both files were full. */
  readonly onLost: (count: number) => void
  /** 16 MiB unless told. */
  readonly bytesMax?: number
}

type Key = Pick<DeadLetter, 'of' | 'number'>
/** What is read of one again. */
type Found = Pick<DeadLetter, 'of' | 'number' | 'text' | 'time'>
type Highest = Record<DeadLetter['of'], number>

/** The files have to be read before any letter is known to be new. */
const UNREAD: Readonly<Highest> = {
  entries: Number.POSITIVE_INFINITY,
  points: Number.POSITIVE_INFINITY,
}

export class DeadLetters {
  readonly path: string
  readonly #options: DeadLettersOptions
  /** No letter in the files has a higher number. */
  #highest = UNREAD

  constructor(options: DeadLettersOptions) {
    this.#options = options
    this.path = join(options.folder, `${options.name}.jsonl`)
  }

  /** Kept when they are on the disk, each once. Rejects where they cannot be written; it may be tried again. */
  async write(letters: readonly DeadLetter[]): Promise<void> {
    await makeFolder(this.#options.folder)
    const written = await this.#writtenOf(letters)
    const fresh = letters.filter(letter => !written.has(textOf(letter)))
    if (fresh.length === 0) return
    const lines = fresh.map(letter => `${inertJson(JSON.stringify(letter))}\n`).join('')
    await this.#makeRoom(Buffer.byteLength(lines))
    const highest = { ...this.#highest }
    for (const letter of fresh) raise(highest, letter)
    // A try that fails may leave some of them.
    this.#highest = UNREAD
    await appendSynced(this.path, lines, MODE)
    this.#highest = highest
  }

  /** Those that an earlier process wrote, which did not come to move its cursor, or an earlier try. */
  async #writtenOf(letters: readonly Key[]): Promise<ReadonlySet<string>> {
    const written = new Set<string>()
    if (letters.every(({ of, number }) => number > this.#highest[of])) return written
    const asked = new Set(letters.map(textOf))
    const highest = { entries: 0, points: 0 }
    for (const path of [this.path + KEPT_SUFFIX, this.path]) {
      for await (const letter of lettersIn(path)) {
        raise(highest, letter)
        if (asked.has(textOf(letter))) written.add(textOf(letter))
      }
      // Whoever wrote them may have left them for the system to write.
      await syncPath(path).catch(unlessMissing)
    }
    this.#highest = highest
    return written
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { bytesMax = BYTES_MAX, onLost } = this.#options
    const before = await bytesOf(this.path)
    if (before === 0 || before + bytes <= bytesMax) return
    let lost = 0
    for await (const _ of lettersIn(this.path + KEPT_SUFFIX)) lost++
    await rename(this.path, this.path + KEPT_SUFFIX)
    if (lost > 0) onLost(lost)
  }
}

const textOf = ({ of, number }: Key): string => `${of} ${number}`

function raise(highest: Highest, { of, number }: Key): void {
  highest[of] = Math.max(highest[of], number)
}

/** The letters of a file, in order; none where there is no file. A line that was cut by a sudden end is none. */
export async function* lettersIn(path: string): AsyncGenerator<Found> {
  const file = await open(path).catch(unlessMissing)
  if (file === undefined) return
  try {
    for await (const line of file.readLines()) {
      const letter = letterOf(line)
      if (letter !== null) yield letter
    }
  } finally {
    await file.close()
  }
}

function letterOf(line: string): Found | null {
  try {
    const { of, number, text, time } = JSON.parse(line)
    const isLetter = (of === 'entries' || of === 'points') && Number.isSafeInteger(number)
    const isSaid = typeof text === 'string' && typeof time === 'string'
    return isLetter && isSaid ? { of, number, text, time } : null
  } catch {
    return null
  }
}
