// Goal: every page that was recorded is delivered after kill -9 at any moment, and no notice twice but under its own id.
// Method: a child records pages and delivers them into a file; it is killed after a delay from a fixed seed, and now and
// then the history is taken away, so that it is made of the journal again. MPWATCH_ALERT_KILLS says how often (12
// unless told).

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { folder, idOf } from '../store/stored.ts'

const KILLS = Number(process.env['MPWATCH_ALERT_KILLS'] ?? 12)
const DELAY_MS_MAX = 600
const KILL_MS_MAX = 20_000
const PAGER = fileURLToPath(new URL('./pager.ts', import.meta.url))

interface Delivered {
  readonly id: string
  readonly seq: number
  readonly ids: readonly string[]
}

test(
  `Everybody is told of everything in spite of ${KILLS} kills, and of nothing twice`,
  async () => {
    const [store, file] = [folder(), join(folder(), 'pages.jsonl')]
    const recorded = new Set<number>()
    const draw = seeded(1)
    let first = 1
    for (let kill = 0; kill < KILLS; kill++) {
      const when = kill % 4 === 3 ? 'begin' : 'open'
      const said = await killedAfter([store, file, String(first)], when, draw() % DELAY_MS_MAX)
      for (const number of said) recorded.add(number)
      // One more may have been recorded, and not said.
      first = Math.max(0, ...recorded) + 2
      if (kill % 7 === 6)
        for (const name of ['history.duckdb', 'history.duckdb.wal'])
          rmSync(join(store, name), { force: true })
    }
    await ended([store, file, String(first), 'last'])
    const delivered = deliveredIn(file)
    const told = new Set(delivered.flatMap(({ ids }) => ids))
    expect([...recorded].map(idOf).filter(id => !told.has(id))).toEqual([])
    expect(recorded.size).toBeGreaterThan(KILLS)
    const once = new Map(delivered.map(one => [one.id, one]))
    // A repeat says the same as the first.
    for (const one of delivered) expect(once.get(one.id)).toEqual(one)
    expect(new Set([...once.values()].map(({ seq }) => seq)).size).toBe(once.size)
    const ids = [...once.values()].flatMap(one => one.ids)
    expect(new Set(ids).size).toBe(ids.length)
  },
  KILLS * KILL_MS_MAX,
)

const start = (given: readonly string[]) =>
  spawn(process.execPath, ['--import', 'tsx', PAGER, ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

/** What the child recorded before it was killed. */
async function killedAfter(
  given: readonly string[],
  when: 'begin' | 'open',
  delayMs: number,
): Promise<readonly number[]> {
  const child = start(given)
  const exited = once(child, 'exit')
  const numbers: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === when) setTimeout(() => child.kill('SIGKILL'), delayMs)
    // The last line may be cut.
    else if (/^\d+$/.test(line)) numbers.push(Number(line))
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return numbers
}

async function ended(given: readonly string[]): Promise<void> {
  const child = start(given)
  child.stdout.resume()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}

/** Lines that are whole; a kill may have cut the last one of a run. */
const deliveredIn = (file: string): readonly Delivered[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
