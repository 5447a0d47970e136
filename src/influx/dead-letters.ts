// Points that an InfluxDB refuses for good, each with the server's own words, one JSON object in a line. They are on the
// disk before the cursor moves beyond them; a sudden end in between writes none of them twice.

import { createReadStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inertJson } from '../model/text.ts'
import { appendSynced, bytesOf } from '../sinks/synced-file.ts'

const BYTES_MAX = 16 * 1024 * 1024
const KEPT_SUFFIX = '.1'
const FOLDER_MODE = 0o700
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

export class DeadLetters {
  readonly path: string
  readonly #options: DeadLettersOptions
  /** Written by an earlier process that has not come to move its cursor. */
  readonly #known = new Set<string>()

  constructor(options: DeadLettersOptions) {
    this.#options = options
    this.path = join(options.folder, `${options.name}.jsonl`)
  }

  /** Looks for letters behind the cursors; those before them are never written again. */
  async begin(cursors: Readonly<Record<DeadLetter['of'], number>>): Promise<void> {
    for (const path of [this.path + KEPT_SUFFIX, this.path])
      try {
        for await (const { of, number } of lettersIn(path))
          if (number > cursors[of]) this.#known.add(keyOf({ of, number }))
      } catch {
        // What cannot be read is told when there is something to write.
      }
  }

  /** Kept when they are on the disk. Rejects where they cannot be written; it may be tried again. */
  async write(letters: readonly DeadLetter[]): Promise<void> {
    const fresh = letters.filter(letter => !this.#known.has(keyOf(letter)))
    if (fresh.length === 0) return
    const lines = fresh.map(letter => `${inertJson(JSON.stringify(letter))}\n`).join('')
    await mkdir(this.#options.folder, { recursive: true, mode: FOLDER_MODE })
    await this.#makeRoom(Buffer.byteLength(lines))
    await appendSynced(this.path, lines, MODE)
    for (const letter of fresh) this.#known.add(keyOf(letter))
  }

  /** The cursors have moved beyond everything that was written. */
  forget(): void {
    this.#known.clear()
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { bytesMax = BYTES_MAX, onLost } = this.#options
    if ((await bytesOf(this.path)) + bytes <= bytesMax) return
    let lost = 0
    for await (const _ of lettersIn(this.path + KEPT_SUFFIX)) lost++
    if ((await bytesOf(this.path)) > 0) await rename(this.path, this.path + KEPT_SUFFIX)
    if (lost > 0) onLost(lost)
  }
}

const keyOf = ({ of, number }: Pick<DeadLetter, 'of' | 'number'>): string => `${of} ${number}`

/** The letters of a file; a line that was cut by a sudden end is none. */
async function* lettersIn(path: string): AsyncGenerator<Pick<DeadLetter, 'of' | 'number'>> {
  if ((await bytesOf(path)) === 0) return
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const letter = letterOf(line)
    if (letter !== null) yield letter
  }
}

function letterOf(line: string): Pick<DeadLetter, 'of' | 'number'> | null {
  try {
    const { of, number } = JSON.parse(line)
    const isLetter = (of === 'entries' || of === 'points') && Number.isSafeInteger(number)
    return isLetter ? { of, number } : null
  } catch {
    return null
  }
}
