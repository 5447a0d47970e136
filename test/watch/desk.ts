// A desk over a real store in a folder of its own, on a disk that can be full, and the judging thread's tellings.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Entry, RunInfo } from '../../src/model/lifecycle.ts'
import type { Telling } from '../../src/model/live.ts'
import { type DuckStore, openStore } from '../../src/store/store.ts'
import { Desk, type DeskOptions } from '../../src/watch/desk.ts'
import { hash, START_MS } from '../lifecycle/story.ts'
import { sampleLedger } from '../support/samples.ts'

export const runOf = (id: string): RunInfo => ({
  ...{ id, kind: 'watch', version: '0.1.0', site: 'hq', captures: [] },
  ...{ policyHash: 'sha256:aa', siteHash: 'sha256:bb' },
})

/** Set to have the disk refuse what is written; the store is the real one. */
export interface Disk {
  isFull: boolean
}

export interface Office {
  readonly desk: Desk
  readonly store: DuckStore
  readonly disk: Disk
  readonly clock: { atMs: number }
  /** What was told to listeners. */
  readonly heard: Entry[]
  readonly folder: string
  telling(changes?: Partial<Telling>): Promise<void>
  /** The process ends without a word; the folder stays. */
  kill(): Promise<void>
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-desk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function office(
  given: Partial<DeskOptions> & { readonly folder?: string } = {},
): Promise<Office> {
  const folder = given.folder ?? temporaryFolder()
  const disk: Disk = { isFull: false }
  const clock = { atMs: START_MS }
  const store = await openStore(folder, {
    ...{ now: () => clock.atMs, reserveBytes: 0 },
    sync: async file => {
      if (disk.isFull)
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      await file.datasync()
    },
  })
  const desk = await Desk.open({
    ...{ store, run: runOf('w-1'), version: '0.1.0', lastCaptureMs: null, hash, retryMs: 10 },
    now: () => clock.atMs,
    ...given,
  })
  const heard: Entry[] = []
  desk.listen(entries => heard.push(...entries))
  let number = 0
  let isOpen = true
  const kill = async () => {
    if (isOpen) await store.close()
    isOpen = false
  }
  onTestFinished(kill)
  const telling = (changes: Partial<Telling> = {}) => {
    number++
    return desk.telling({ ...tellingOf(number, clock.atMs), ...changes })
  }
  return { desk, store, disk, clock, heard, folder, telling, kill }
}

const tellingOf = (number: number, captureMs: number): Telling => ({
  ...{ number, generation: 1, captureMs, findings: [], gone: [], flows: [], points: [] },
  ...{ coverage: null, ledger: sampleLedger(), interfaces: [], blind: [] },
  leftOut: { flows: 0, points: 0 },
})
