// Goal: after kill -9 at any moment, what was told, acknowledged and suppressed stands, and each finding opened once.
// Method: a child does so and says what was acknowledged to it; it is killed after delays from a fixed list.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import { START_MS } from '../lifecycle/story.ts'
import { temporaryFolder } from './desk.ts'

const WATCHER = fileURLToPath(new URL('./desk-watcher.ts', import.meta.url))
const DELAYS_MS = [0, 3, 17, 40, 71, 123]
const TEST_MS_MAX = 120_000
const ALL = { fromMs: 0, toMs: 9e12, limit: 10_000 }

test(
  'after a kill nothing that was acknowledged is missing, and nothing opened twice',
  async () => {
    const folder = temporaryFolder()
    const said: string[] = []
    for (const [run, delayMs] of DELAYS_MS.entries())
      said.push(...(await killedAfter(folder, `w${run}`, delayMs)))
    const store = await openStore(folder, { now: () => START_MS })
    try {
      const ids = (word: string) =>
        said.filter(line => line.startsWith(word)).map(line => line.split(' ')[1] ?? '')
      const found = await store.find(ids('told'))
      expect(new Set(found.map(({ finding }) => finding.id))).toEqual(new Set(ids('told')))
      const acknowledged = (await store.find(ids('acknowledged'))).filter(
        ({ acknowledgement }) => acknowledgement?.author === 'ann',
      )
      expect(acknowledged).toHaveLength(ids('acknowledged').length)
      const inForce = new Set((await store.suppressions(START_MS)).map(({ id }) => id))
      expect(ids('suppressed').filter(id => !inForce.has(id))).toEqual([])
      const opened = (await store.events(ALL))
        .filter(({ phase }) => phase === 'open')
        .map(({ stored }) => stored.finding.id)
      expect(new Set(opened).size).toBe(opened.length)
      expect(ids('told').length).toBeGreaterThanOrEqual(DELAYS_MS.length)
    } finally {
      await store.close()
    }
  },
  TEST_MS_MAX,
)

/** What the child said until it was killed, so long after its first word. */
async function killedAfter(folder: string, run: string, delayMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', WATCHER, folder, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (lines.length === 0) setTimeout(() => child.kill('SIGKILL'), delayMs)
    lines.push(line)
  }
  await ended
  return lines
}
