// Notices that could not be delivered for so long that nobody waits any more: a file of JSON lines in the store, for
// people. What does not fit into it is not given up.

import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Notice } from '../model/alert.ts'
import { inertJson } from '../model/text.ts'

const BYTES_MAX = 16 * 1024 * 1024
const FOLDER_MODE = 0o700
const MODE = 0o600
const LINE_FEED = 0x0a

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
    const line = Buffer.from(
      `${inertJson(JSON.stringify({ ...letter, notice: inBrief(notice) }))}\n`,
    )
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE })
    const file = await open(this.path, 'a+', MODE)
    try {
      const { size } = await file.stat()
      if (size + line.length > BYTES_MAX)
        throw new Error(`${this.path} is full: read it, and move it away`)
      // A line that a crash has cut must not spoil the next one.
      await file.appendFile((await isTorn(file, size)) ? Buffer.concat([FEED, line]) : line)
      await file.sync()
    } finally {
      await file.close()
    }
    await synced(this.#folder)
  }
}

const FEED = Buffer.of(LINE_FEED)

async function isTorn(file: Awaited<ReturnType<typeof open>>, size: number): Promise<boolean> {
  if (size === 0) return false
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] !== LINE_FEED
}

/** The name of a new file is on the disk with its folder. */
async function synced(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
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
