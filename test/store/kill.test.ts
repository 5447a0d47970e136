// Goal: whatever was acknowledged is in the store after kill -9 at any moment, once, and the store opens.
// Method: a child records and says what was acknowledged; it is killed after a delay from a fixed seed, while files are
// begun, filled and given up all the time. MPWATCH_KILLS says how often (30 unless told).

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { UsageError } from '../../src/model/errors.ts'
import type { StoredFinding } from '../../src/model/lifecycle.ts'
import type { NumberedEntry, Store } from '../../src/model/store.ts'
import { ALL, folder, open, within } from './stored.ts'

const KILLS = Number(process.env['MPWATCH_KILLS'] ?? 30)
const DELAY_MS_MAX = 400
const KILL_MS_MAX = 20_000
const RECORDER = fileURLToPath(new URL('./recorder.ts', import.meta.url))

test(
  `Nothing that was acknowledged is lost in ${KILLS} kills`,
  async () => {
    const path = folder()
    const acknowledged = new Set<number>()
    const draw = seeded(1)
    let first = 1
    for (let kill = 0; kill < KILLS; kill++) {
      // Every fourth is killed while it opens the store, where there is something to be taken up.
      const when = kill % 4 === 3 ? 'begin' : 'open'
      const delayMs = draw() % (when === 'begin' ? DELAY_MS_MAX / 4 : DELAY_MS_MAX)
      const said = await killedAfter(path, { first, when, delayMs })
      for (const number of said) acknowledged.add(number)
      await within(path, async store => {
        expect(store.opening.lost, store.opening.notes.join('\n')).toBe(0)
        const events = await allEvents(store)
        const members = events.map(({ entry }) => entry.stored.finding.members)
        expect(missing(acknowledged, members)).toEqual([])
        // Never two of the same, neither by their numbers nor by what they say.
        expect(new Set(events.map(({ number }) => number)).size).toBe(events.length)
        expect(new Set(members).size).toBe(members.length)
        first = Math.max(0, ...members) + 1
      })
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS)
    // The journal alone still holds every finding as it was last.
    const before = await within(path, allFindings)
    rmSync(join(path, 'history.duckdb'))
    rmSync(join(path, 'history.duckdb.wal'), { force: true })
    const after = await within(path, allFindings)
    expect(after).toEqual(before)
  },
  KILLS * KILL_MS_MAX,
)

/** Answer after answer, since each has its most. */
async function allEvents(store: Store): Promise<readonly NumberedEntry<'finding'>[]> {
  const all: NumberedEntry<'finding'>[] = []
  for (;;) {
    const more = await store.entriesAfter(all.at(-1)?.number ?? 0, 10_000, ['finding'])
    if (more.length === 0) return all
    all.push(...more)
  }
}

async function allFindings(store: Store): Promise<readonly StoredFinding[]> {
  const all: StoredFinding[] = []
  for (;;) {
    const more = await store.findings({ limit: 10_000, offset: all.length })
    if (more.length === 0) return all
    all.push(...more)
  }
}

test('A store that another process holds is refused with who holds it', async () => {
  const path = folder()
  const child = start(path, 1)
  try {
    await opened(child)
    await expect(open(path)).rejects.toThrow(`is held by process ${child.pid}`)
    await expect(open(path)).rejects.toThrow(UsageError)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await within(path, store => store.events(ALL))
})

function start(path: string, first: number) {
  return spawn(process.execPath, ['--import', 'tsx', RECORDER, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function opened(child: ReturnType<typeof start>): Promise<void> {
  for await (const line of createInterface({ input: child.stdout })) if (line === 'open') return
}

interface Kill {
  readonly first: number
  /** What the child says before the delay begins. */
  readonly when: 'begin' | 'open'
  readonly delayMs: number
}

/** What the child acknowledged before it was killed. */
async function killedAfter(
  path: string,
  { first, when, delayMs }: Kill,
): Promise<readonly number[]> {
  const child = start(path, first)
  const exited = once(child, 'exit')
  const numbers: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === when) setTimeout(() => child.kill('SIGKILL'), delayMs)
    // The last line may be cut.
    else if (/^\d+$/.test(line)) numbers.push(Number(line))
  }
  const [code, signal] = await exited
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' })
  return numbers
}

const missing = (acknowledged: ReadonlySet<number>, members: readonly number[]): number[] => {
  const there = new Set(members)
  return [...acknowledged].filter(number => !there.has(number))
}
