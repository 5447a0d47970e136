// Where log lines go. Each is written when it is said, by one system call, so that a kill loses none; nobody waits
// for a log that cannot be written.

import { closeSync, openSync, writeSync } from 'node:fs'
import { UsageError } from '../model/errors.ts'

const STANDARD_ERROR = 2
/** Logs of a site are not for everybody. */
const MODE = 0o640
/** A reader that is busy gets this long, in all, before the line is given up. */
const TRIES = 5
const PAUSE_MS = 10

export class LogOutput {
  readonly #path: string | null
  #descriptor: number
  /** Half a line went out: the next one must not be joined to it. */
  #isTorn = false
  /** Why the latest line that was not written was not. */
  why = ''

  /** @throws UsageError where the file cannot be opened. */
  constructor(path: string | null) {
    this.#path = path
    try {
      this.#descriptor = path === null ? STANDARD_ERROR : openSync(path, 'a', MODE)
    } catch (error) {
      throw new UsageError([
        {
          where: path ?? '',
          message: `no log can be written here (${codeOf(error)}): name a file in a folder that exists and is yours`,
        },
      ])
    }
  }

  /** Whether the line, which ends with a line feed, was written whole. */
  write(line: string): boolean {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line)
    let at = 0
    for (let tries = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#descriptor, bytes, at)
      } catch (error) {
        const why = codeOf(error)
        if (why === 'EAGAIN' && ++tries < TRIES) {
          Atomics.wait(SLEEPER, 0, 0, PAUSE_MS)
          continue
        }
        this.#isTorn ||= at > 0
        this.why = why
        return false
      }
    }
    this.#isTorn = false
    return true
  }

  /**
   * Opens the file anew, which logrotate has moved away. The sentence says why not; then the old one is written
   * on. Null where it went well, and where there is no file.
   */
  reopen(): string | null {
    if (this.#path === null) return null
    try {
      const descriptor = openSync(this.#path, 'a', MODE)
      closeSync(this.#descriptor)
      this.#descriptor = descriptor
      this.#isTorn = false
      return null
    } catch (error) {
      return codeOf(error)
    }
  }

  close(): void {
    if (this.#path !== null) closeSync(this.#descriptor)
  }
}

const SLEEPER = new Int32Array(new SharedArrayBuffer(4))

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
