// The store of a folder, opened for one command where no monitor holds it: what people do counts at any time.

import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../store/store.ts'
import { VERSION } from '../../version.ts'
import { clockAfter, readClockFile } from '../../watch/clock-file.ts'
import { Desk } from '../../watch/desk.ts'
import type { OpenedDesk } from './where.ts'

/** Null where there is no store, since one that nobody watches into need not be made. */
export async function openDesk(folder: string): Promise<OpenedDesk | null> {
  const journal = statSync(join(folder, 'journal'), { throwIfNoEntry: false })
  if (journal?.isDirectory() !== true) return null
  const mark = readClockFile(folder)
  const clock = clockAfter(mark)
  const now = () => clock.now()
  const store = await openStore(folder, { now })
  const desk = await Desk.open({
    ...{ store, run: null, version: VERSION, now },
    lastCaptureMs: mark?.captureMs ?? null,
    hash: text => createHash('sha256').update(text).digest('hex'),
  })
  const close = async () => {
    await desk.stop()
    await store.close()
  }
  return { desk, close }
}
