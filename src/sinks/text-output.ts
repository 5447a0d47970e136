// Where text goes: a file, or standard output for `-`. Collects small pieces and writes large ones; a
// reader that has gone away (SIGPIPE) ends the writing in silence, as every filter in a pipe does.

import { closeSync, openSync, writeSync } from 'node:fs'
import { UsageError } from '../model/errors.ts'

const BLOCK_CHARACTERS = 65_536

export class TextOutput {
  readonly #file: number | null
  #pending: string[] = []
  #pendingCharacters = 0
  #isGone = false

  /** Opens the file, or takes standard output for `-`. Throws a UsageError that says why it cannot. */
  constructor(path: string) {
    this.#file = path === '-' ? null : open(path)
    if (this.#file === null) process.stdout.on('error', () => this.#leave())
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
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  }

  #writeOut(): Promise<void> {
    const text = this.#takePending()
    return new Promise(resolve => {
      if (this.#isGone) resolve()
      else process.stdout.write(text, () => resolve())
    })
  }

  #takePending(): string {
    const text = this.#pending.join('')
    this.#pending = []
    this.#pendingCharacters = 0
    return text
  }

  #leave(): void {
    this.#isGone = true
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${path} cannot be written: ${why}.`)
  }
}
