// How far rows were written, beside the files: DuckDB takes the last change in a damaged log for one that was never
// finished and says nothing of it, so whether it was has to be known from elsewhere. Not synced: after a power
// failure it may be behind, and never ahead.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

const NAME = 'last-number'

export interface Mark {
  /** Of the file that was written. */
  readonly index: number
  /** The highest number in it. */
  readonly number: number
}

/** Null where there is none, or it is damaged itself. */
export function markIn(folder: string): Mark | null {
  try {
    const text = readFileSync(join(folder, NAME), 'utf8')
    const [index = '', number = ''] = text.split(' ')
    const mark = { index: Number(index), number: Number(number) }
    return textOf(mark) === text ? mark : null
  } catch {
    return null
  }
}

/** Writes it over the earlier one, which takes no further room. */
export class Marker {
  private readonly path: string
  private file: number | null = null

  constructor(folder: string) {
    this.path = join(folder, NAME)
  }

  write(mark: Mark): void {
    try {
      this.file ??= openSync(this.path, 'w', 0o600)
      writeSync(this.file, textOf(mark), 0)
    } catch {
      // On a full disk there is none; the rows themselves are what counts.
    }
  }

  close(): void {
    if (this.file !== null) closeSync(this.file)
    this.file = null
  }
}

const DIGITS = 16

function textOf({ index, number }: Mark): string {
  const [left, right] = [index, number].map(value => String(value).padStart(DIGITS, '0'))
  return `${left} ${right} ${crc32(`${left} ${right}`).toString(16).padStart(8, '0')}\n`
}
