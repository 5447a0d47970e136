// Notices that could not be delivered for so long that nobody waits any more: a file of JSON lines in the store, for
// people. What does not fit into it is not given up.

import { join } from 'node:path'
import type { Notice } from '../model/alert.ts'
import { inertJson } from '../model/text.ts'
import { appendSynced, bytesOf, makeFolder } from '../sinks/synced-file.ts'

const BYTES_MAX = 16 * 1024 * 1024
const MODE = 0o600

export class DeadLetters {
  readonly #folder: string
  readonly path: string

  /** @param store The folder of the store. */
  constructor(store: string, route: string) {
    this.#folder = join(store, 'dead-letters')
    // A name may hold anything; what is left by this holds no separator.
    this.path = join(this.#folder, `route-${encodeURIComponent(route)}.jsonl`)
  }

  /**
   * On the disk when the promise is kept.
   *
   * @throws Error where it cannot be written, or the file would grow beyond its size.
   */
  async add(
    notice: Notice,
    letter: { readonly atMs: number; readonly reason: string },
  ): Promise<void> {
    const line = `${inertJson(JSON.stringify({ ...letter, notice: inBrief(notice) }))}\n`
    await makeFolder(this.#folder)
    if ((await bytesOf(this.path)) + Buffer.byteLength(line) > BYTES_MAX)
      throw new Error(`${this.path} is full: read it, and move it away`)
    await appendSynced(this.path, line, MODE)
  }
}

/** What people need to know; the rest is in the store under its ids. */
function inBrief(notice: Notice): unknown {
  if (!('findings' in notice)) return notice
  const findings = notice.findings.map(({ finding, phase, captureMs }) => {
    const { id, severity, title, row, source, destination, members } = finding
    return { id, severity, phase, captureMs, title, row, source, destination, members }
  })
  return { ...notice, findings }
}
