// Goal: what was answered is on the disk: a monitor that is killed at any moment forgets no acknowledgement and no
// suppression, and the next one takes its socket over.
// Method: acts through the socket of a program with a real store, SIGKILL while more of them are under way, and the
// store opened again; several rounds on the same store.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { idOf } from '../store/stored.ts'

const ANSWERING = fileURLToPath(new URL('./answering.ts', import.meta.url))
const LONG_MS = 180_000
const ROUNDS = 4
const FINDINGS = 200
const SEED = 7

function answering(folder: string, path: string, findings: number): Promise<ChildProcess> {
  const argv = ['--import', 'tsx', ANSWERING, folder, path, String(findings)]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve(child))
    child.once('exit', code => reject(new Error(`it ended with ${code}`)))
  })
}

test(`what was answered is kept, however the monitor ends (seed ${SEED})`, {
  timeout: LONG_MS,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-killed-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [store, path] = [join(folder, 'store'), join(folder, 'control.sock')]
  const acknowledged = new Set<string>()
  const suppressed = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    const child = await answering(store, path, round === 0 ? FINDINGS : 0)
    const killed = new Promise(resolve => child.once('exit', resolve))
    const desk = new SocketDesk(path)
    const killAt = 1 + ((round * SEED * 5) % 45)
    let answered = 0
    const answer = () => {
      answered += 1
      if (answered === killAt) child.kill('SIGKILL')
    }
    const acts = Array.from({ length: 30 }, async (_, number) => {
      const id = idOf(round * 30 + number)
      await desk.acknowledge([id], { author: 'ann', comment: 'seen' })
      acknowledged.add(id)
      answer()
      const quiet = { scope: { ids: [id] }, reason: 'a reason that is long', author: 'ann' }
      const { id: suppression } = await desk.suppress({
        ...{ ...quiet, fromMs: null, untilMs: Date.now() + 3_600_000 },
      })
      suppressed.add(suppression)
      answer()
    })
    const results = await Promise.allSettled(acts)
    child.kill('SIGKILL')
    await killed
    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
  }
  expect(acknowledged.size).toBeGreaterThan(ROUNDS)
  const opened = await openStore(store, { now: () => Date.now() })
  try {
    expect(opened.opening).toMatchObject({ lost: 0 })
    const found = await opened.findings({ limit: FINDINGS, offset: 0 })
    expect(found).toHaveLength(FINDINGS)
    const kept = new Set(
      found.filter(one => one.acknowledgement !== null).map(({ finding }) => finding.id),
    )
    expect([...acknowledged].filter(id => !kept.has(id))).toEqual([])
    const held = new Set((await opened.suppressions(Date.now())).map(({ id }) => id))
    expect([...suppressed].filter(id => !held.has(id))).toEqual([])
  } finally {
    await opened.close()
  }
})
