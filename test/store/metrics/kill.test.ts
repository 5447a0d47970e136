// Goal: whatever was stored when the process was killed is there afterwards, once, and no number comes twice
// (faults.md F6).
// Method: a child writes rows and says how far it is; it is killed after times from a fixed seed, again and again, in
// the same folder.

import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { seeded } from '../../../fixtures/scenario/random.ts'
import { DAY_ONE_MS, EVER, metricsIn, temporaryFolder } from './rows.ts'

const KILLS = Number(process.env['METRICS_KILLS'] ?? 8)
const SECONDS_EACH = 12

test(
  `killed ${KILLS} times, it has what it said it had`,
  async () => {
    const folder = temporaryFolder()
    const draw = seeded(11)
    let told = 0
    for (let turn = 0; turn < KILLS; turn++) {
      told = Math.max(told, await killedAfter(folder, turn * 10_000, 10 + (draw() % 60)))
      const clock = { ms: DAY_ONE_MS }
      const { metrics } = await metricsIn(folder, { clock, readOnly: true })
      expect(metrics.notes).toEqual([])
      expect(metrics.health().lastNumber).toBeGreaterThanOrEqual(told)
      const points = await metrics.pointsAfter(0, 1e5)
      const numbers = points.map(({ number }) => number)
      expect(new Set(numbers).size).toBe(numbers.length)
      // Two points and a hundred flows are written together, or not at all.
      const flows = await metrics.flows({ ...EVER, limit: 1e5 })
      expect(flows.length).toBe(points.length * 50)
      const seconds = points.filter(({ timeNs }) => timeNs % 1000n === 1n)
      expect(seconds.length).toBe(points.length / 2)
      await metrics.close()
    }
    expect(told).toBeGreaterThan(0)
  },
  KILLS * SECONDS_EACH * 1000,
)

/** Kills the child after so many batches and a moment; the number that it said last. */
function killedAfter(folder: string, started: number, batches: number): Promise<number> {
  const program = new URL('./kill-child.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, String(started)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let [text, last] = ['', 0]
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const lines = text.split('\n').slice(0, -1)
      last = Number(lines.at(-1) ?? 0)
      if (lines.length >= batches) setTimeout(() => child.kill('SIGKILL'), batches % 17)
    })
    child.on('error', reject)
    child.on('close', (_, signal) =>
      signal === 'SIGKILL' ? resolve(last) : reject(new Error(`ended by itself: ${signal}`)),
    )
  })
}
