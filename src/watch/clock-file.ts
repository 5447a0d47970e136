// What the monitor's own clock, and the capture clock, must know behind a restart: one small file in the store's
// folder, put in place whole. Where it is missing or damaged the clock begins anew with the one on the wall.

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ClockMark } from '../lifecycle/trusted-clock.ts'

const NAME = 'clock.json'

/** With the latest moment of the capture clock, null before the first packet. */
export interface ClockFile extends ClockMark {
  readonly captureMs: number | null
}

const ms = z.number().min(-8.64e15).max(8.64e15)
const FILE = z.strictObject({ atMs: ms, wallMs: ms, captureMs: ms.nullable() })

export function readClockFile(folder: string): ClockFile | null {
  try {
    return FILE.parse(JSON.parse(readFileSync(join(folder, NAME), 'utf8')))
  } catch {
    return null
  }
}

/** Throws where it cannot be written: the next try may succeed, and until then the mark is merely old. */
export function writeClockFile(folder: string, file: ClockFile): void {
  const path = join(folder, NAME)
  writeFileSync(`${path}.new`, JSON.stringify(file), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
