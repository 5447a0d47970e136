// Where text goes: a file, or standard output for `-`. Collects small pieces and writes large ones; a
// reader that has gone away (SIGPIPE) ends the writing in silence, as every filter in a pipe does.

import { closeSync, openSync, writeSync } from 'node:fs'
import { UsageError } from '../model/errors.ts'

const BLOCK_CHARACTERS = 65_536

/** Nobody reads standard output any more, whoever writes to it. */
let isOutGone = false
let isOutHeard = false

export class TextOutput {
  readonly #path: string
  readonly #file: number | null
  #pending: string[] = []
  #pendingCharacters = 0

  /** Opens the file, or takes standard output for `-`. Throws a UsageError that says why it cannot. */
  constructor(path: string) {
    this.#path = path
    this.#file = path === '-' ? null : open(path)
    if (this.#file === null) hearOut()
  }

  get #isGone(): boolean {
    return this.#file === null && isOutGone
  }

  write(text: string): void {
    if (this.#isGone) return
    this.#pending.push(text)
    this.#pendingCharacters += text.length
    if (this.#file !== null && this.#pendingCharacters >= BLOCK_CHARACTERS)
      this.#writeFile(this.#file)
  }

  /** Writes what is pending; the promise is kept when standard output has taken it. */
  async flush(): Promise<void> {
    if (this.#file !== null) this.#writeFile(this.#file)
    else if (this.#pendingCharacters > 0) await this.#writeOut()
  }

  async close(): Promise<void> {
    await this.flush()
    if (this.#file !== null) closeSync(this.#file)
  }

  #writeFile(file: number): void {
    const bytes = Buffer.from(this.#takePending())
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    } catch (error) {
      throw unwritable(this.#path, error)
    }
  }

  #writeOut(): Promise<void> {
    const text = this.#takePending()
    return new Promise((resolve, reject) => {
      if (this.#isGone) resolve()
      else
        process.stdout.write(text, error =>
          isFault(error) ? reject(unwritable('Standard output', error)) : resolve(),
        )
    })
  }

  #takePending(): string {
    const text = this.#pending.join('')
    this.#pending = []
    this.#pendingCharacters = 0
    return text
  }
}

/** One listener for all: some commands write line by line. Faults themselves reach whoever writes. */
function hearOut(): void {
  if (isOutHeard) return
  isOutHeard = true
  process.stdout.on('error', error => {
    isOutGone ||= !isFault(error)
  })
}

const isFault = (error: Error | null | undefined): error is Error =>
  error !== null && error !== undefined && !('code' in error && error.code === 'EPIPE')

function open(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw unwritable(path, error)
  }
}

function unwritable(where: string, error: unknown): UsageError {
  const why = error instanceof Error ? error.message : String(error)
  return new UsageError(`${where} cannot be written: ${why}.`)
}
