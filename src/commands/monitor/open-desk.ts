// The store of a folder, opened for one command where no monitor holds it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../sha256.ts'
import { openStore } from '../../store/store.ts'
import { VERSION } from '../../version.ts'
import { clockAfter, readClockFile } from '../../watch/clock-file.ts'
import { Desk } from '../../watch/desk.ts'
import type { OpenedDesk } from './where.ts'

/** What every store has, and no other folder. */
const JOURNAL = 'journal'

/** How long things are kept is for the monitor to say, whose configuration nobody has read here. */
const NOTHING_GOES = {
  findingsDays: Number.MAX_SAFE_INTEGER,
  metrics: { bytesMax: Number.MAX_SAFE_INTEGER, daysMax: Number.MAX_SAFE_INTEGER },
}

/**
 * Null where there is no store; none is made.
 *
 * @throws UsageError where somebody holds it, or it cannot be used.
 */
export async function openDesk(folder: string): Promise<OpenedDesk | null> {
  if (!existsSync(join(folder, JOURNAL))) return null
  const mark = readClockFile(folder)
  const clock = clockAfter(mark)
  const now = () => clock.now()
  const store = await openStore(folder, { now, ...NOTHING_GOES })
  const close = () => store.close()
  try {
    const desk = await Desk.open({
      ...{ store, run: null, version: VERSION, now },
      lastCaptureMs: mark?.captureMs ?? null,
      hash: sha256,
    })
    return { desk, close }
  } catch (error) {
    await close()
    throw error
  }
}
