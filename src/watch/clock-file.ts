// What the monitor's own clock, and the capture clock, must know behind a restart: one small file in the store's
// folder, put in place whole. Where it is missing or damaged the clock begins anew with the one on the wall.

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type ClockMark, TrustedClock } from '../lifecycle/trusted-clock.ts'

const NAME = 'clock.json'

/** With the latest moment of the capture clock, null before the first packet. */
export interface ClockFile extends ClockMark {
  readonly captureMs: number | null
}

/** With how long the computer had been up. */
interface KeptFile extends ClockFile {
  readonly up: Up | null
}

/** Milliseconds since a certain start of the computer; no one can set this clock. */
interface Up {
  readonly boot: string
  readonly ms: number
}

const ms = z.number().min(-8.64e15).max(8.64e15)
const UP = z.strictObject({ boot: z.string().max(64), ms })
const FILE = z.strictObject({
  ...{ atMs: ms, wallMs: ms, captureMs: ms.nullable() },
  up: UP.nullable().default(null),
})

export function readClockFile(folder: string): KeptFile | null {
  try {
    return FILE.parse(JSON.parse(readFileSync(join(folder, NAME), 'utf8')))
  } catch {
    return null
  }
}

/** Throws where it cannot be written: the next try may succeed, and until then the mark is merely old. */
export function writeClockFile(folder: string, file: ClockFile): void {
  const path = join(folder, NAME)
  const kept: KeptFile = { ...file, up: upNow() }
  writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** The monitor's own clock, which goes on where the file says that it was. */
export function clockAfter(file: KeptFile | null): TrustedClock {
  const now = upNow()
  const since =
    file?.up == null || now === null || file.up.boot !== now.boot ? null : now.ms - file.up.ms
  // A container may have been up for less long than the computer that it shares its name with.
  return new TrustedClock(readClocks, file, since === null || since < 0 ? null : since)
}

const readClocks = () => ({ wallMs: Date.now(), monotonicMs: performance.now() })

/** Null on a system that does not tell. */
function upNow(): Up | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    const [seconds = ''] = readFileSync('/proc/uptime', 'latin1').split(' ')
    return UP.parse({ boot, ms: Number(seconds) * 1000 })
  } catch {
    return null
  }
}
