// Goal: on a full disk the oldest rows go first, nothing goes uncounted, and writing goes on by itself when there is
// room again (faults.md F5).
// Method: a file system of 16 MB in memory, which another file fills up and leaves again.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Metrics } from '../../../src/store/metrics/metrics.ts'
import { DAY_MS, DAY_ONE_MS, EVER, flowAt, isClosed, metricsIn } from './rows.ts'

const SIZE = '16m'
const disk = mkdtempSync(join(tmpdir(), 'mpwatch-disk-'))
const isMounted = mounted()
afterAll(() => {
  if (isMounted) execFileSync('umount', [disk])
  rmSync(disk, { recursive: true, force: true })
})

describe.skipIf(!isMounted)('on a disk of 16 MB', () => {
  test('the oldest files give way, then rows wait, and all goes on when there is room', async () => {
    const { metrics, clock, lost } = await metricsIn(join(disk, 'metrics'))
    for (let day = 0; day < 4; day++) {
      clock.ms = DAY_ONE_MS + day * DAY_MS
      await offer(metrics, clock.ms, 500)
    }
    expect(metrics.health()).toMatchObject({ state: 'healthy', files: 4 })

    fill()
    for (let turn = 0; metrics.health().files > 1 && turn < 200; turn++) {
      clock.ms += 1000
      await offer(metrics, clock.ms, 500)
    }
    expect(lost[0]).toEqual([500, 'the disk is full'])
    expect(metrics.health().state).toBe('healthy')
    expect(isClosed(metrics)).toBe(true)

    // Findings need all the room that metrics have, and somebody else takes it.
    while (await metrics.sacrifice()) expect(isClosed(metrics)).toBe(true)
    fill()
    for (let turn = 0; turn < 3; turn++) await offer(metrics, clock.ms + 5000 + turn * 1000, 500)
    const full = metrics.health()
    expect(full.state).toBe('degraded')
    expect(full.reason).toMatch(/since 2026-03-05T.*No space left on device.*Free space/)
    expect(full.rows).toMatchObject({ stored: 0, waiting: 1500 })
    expect(isClosed(metrics)).toBe(true)

    release()
    await metrics.flush()
    const after = metrics.health()
    expect(after).toMatchObject({ state: 'healthy', reason: null })
    expect(after.rows).toEqual({
      ...full.rows,
      stored: full.rows.stored + full.rows.waiting,
      waiting: 0,
    })
    expect(await metrics.flows({ ...EVER, limit: 1e6 })).toHaveLength(after.rows.stored)
    expect(lost.reduce((sum, [count]) => sum + count, 0)).toBe(after.rows.lost)
    await metrics.close()

    const again = await metricsIn(join(disk, 'metrics'), { clock })
    expect(again.metrics.notes).toEqual([])
    expect(await again.metrics.flows({ ...EVER, limit: 1e6 })).toHaveLength(after.rows.stored)
  }, 60_000)
})

async function offer(metrics: Metrics, ms: number, rows: number): Promise<void> {
  const flows = Array.from({ length: rows }, (_, at) =>
    flowAt(ms + at, { reason: createHash('sha512').update(`${ms} ${at}`).digest('hex') }),
  )
  metrics.add({ flows, points: [] })
  await metrics.flush()
}

/** Takes all the room that is left. */
function fill(): void {
  const { bavail, bsize } = statfsSync(disk)
  filler++
  writeFileSync(join(disk, `filler-${filler}`), new Uint8Array(bavail * bsize))
}

let filler = 0

function release(): void {
  for (; filler > 0; filler--) rmSync(join(disk, `filler-${filler}`))
}

function mounted(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
