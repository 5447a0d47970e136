// What a store holds when its monitor has ended, and parts of captures to play.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { FindingEvent, StoredFinding } from '../../src/model/lifecycle.ts'
import type { DuckStore } from '../../src/store/store.ts'
import { openStore } from '../../src/store/store.ts'

/** Everything, in one answer. */
export const ALL = { fromMs: -9_007_199_254_740, toMs: 9_007_199_254_740, limit: 10_000 } as const

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Removed when the tests of the file have ended. */
export function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-whole-'))
  folders.push(folder)
  return folder
}

/** Opens the store that no monitor holds. */
export async function inStore<Value>(
  folder: string,
  ask: (store: DuckStore) => Promise<Value>,
): Promise<Value> {
  const store = await openStore(folder, { now: () => Date.now() })
  try {
    return await ask(store)
  } finally {
    await store.close()
  }
}

export const everyFinding = (store: DuckStore): Promise<readonly StoredFinding[]> =>
  store.findings({ limit: 10_000, offset: 0 })

/** What no finding may have: openings after the first, or the same line of history twice. */
export function repeatedIn(events: readonly FindingEvent[]): readonly string[] {
  const [opened, told, repeated] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { phase, atMs, stored } of events) {
    const { id, members } = stored.finding
    const line = `${phase} ${id} x${members} in episode ${stored.episodes} at ${atMs}`
    if (told.has(line) || (phase === 'open' && opened.has(id))) repeated.add(line)
    told.add(line)
    if (phase === 'open') opened.add(id)
  }
  return [...repeated]
}

const HEADER_BYTES = 24
const RECORD_BYTES = 16

/** Writes the packets of a capture (pcap, microseconds, little-endian) that lie in these seconds since its first. */
export function writePart(capture: string, file: string, from: number, to: number): void {
  const bytes = readFileSync(capture)
  const parts = [bytes.subarray(0, HEADER_BYTES)]
  const firstSeconds = bytes.readUInt32LE(HEADER_BYTES)
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const seconds = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) / 1e6 - firstSeconds
    const end = at + RECORD_BYTES + bytes.readUInt32LE(at + 8)
    if (seconds >= from && seconds < to) parts.push(bytes.subarray(at, end))
    at = end
  }
  writeFileSync(file, Buffer.concat(parts))
}
