// Goal: days of packets leave a monitor as it should be: nothing lost or left open, nothing found that an audit does
// not find, and ready to start again at once.
// Method: two office days through the compiled monitor as fast as it can; `npm run soak` does it for a week, with a
// full store and a look at memory.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { soak } from '../../scripts/soak/soak.ts'

const LONG_MS = 240_000

test('two days of packets leave no fault', { timeout: LONG_MS }, async () => {
  const work = mkdtempSync(join(tmpdir(), 'mpwatch-soak-'))
  onTestFinished(() => rmSync(work, { recursive: true, force: true }))
  const { days, findings, faults } = await soak({ days: 2, work, fills: false, told: () => {} })
  expect(faults).toEqual([])
  expect(findings).toBeGreaterThan(50)
  const rows = days.at(-1)?.last.status.store.rows
  expect(rows?.stored).toBeGreaterThan(10_000)
  expect(rows?.lost).toBe(0)
})
