// Goal: an outage of InfluxDB of one hour at 1,000 points a second costs nothing (G4): 0 lost, 0 doubled, at most 32 MiB
// more of memory than the store takes by itself, and everything is there 5 minutes after it answers again.
// Method: two processes go through the outage on a clock of their own, one of them with an exporter, which then drains into a
// real influxd. A minute of it unless
// MPWATCH_OUTAGE_POINTS says otherwise (3600000 is the whole).

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { COUNTED, POINTS_A_SECOND } from './outage-points.ts'

const POINTS = Number(process.env['MPWATCH_OUTAGE_POINTS'] ?? 60_000)
const SECONDS = POINTS / POINTS_A_SECOND
const MORE_MIB_MAX = 32
const DRAIN_MS_MAX = 300_000
const TEST_MS_MAX = 180_000 + 2 * POINTS

interface Said {
  readonly outageMiB: number
  readonly drainMiB: number
  readonly drainMs: number
  /** Of our process, with what it takes to look at its memory. */
  readonly drainCpuMs: number
  readonly pending: number
  readonly books: unknown
  readonly states: readonly string[]
}

test.runIf(hasInfluxd)(
  `An outage of ${SECONDS} s at ${POINTS_A_SECOND} points a second`,
  async ({ annotate }) => {
    const influxd = await Influxd.begin()
    const alone = await told('store', influxd)
    const said = await told('exporter', influxd)
    await influxd.signal('SIGTERM')
    await influxd.start()
    const stored = await storedIn(influxd)
    const moreMiB = said.outageMiB - alone.outageMiB
    const lost = POINTS - stored.points
    await annotate(
      `${POINTS} sent, ${stored.points} stored, ${lost} lost; ${moreMiB.toFixed(1)} MiB more in the outage (${alone.outageMiB.toFixed(0)} alone), ${(said.drainMiB - alone.outageMiB).toFixed(1)} MiB more while it drained, in ${(said.drainMs / 1000).toFixed(1)} s with ${(said.drainCpuMs / 1000).toFixed(1)} s of processor time`,
    )
    expect(said.pending).toBe(POINTS)
    expect(said.states).toEqual(['degraded', 'recovered'])
    expect(said.books).toEqual({
      ...{ enqueued: POINTS, acked: POINTS, pending: 0, deadLettered: 0, expired: 0 },
    })
    // One point for each series and second, each with its own second in it.
    const sumOfSeconds = (SECONDS * (SECONDS - 1) * POINTS_A_SECOND) / 2
    expect(stored).toEqual({ points: POINTS, sum: sumOfSeconds })
    expect(moreMiB).toBeLessThanOrEqual(MORE_MIB_MAX)
    expect(said.drainMs).toBeLessThanOrEqual(DRAIN_MS_MAX)
  },
  TEST_MS_MAX,
)

async function told(mode: 'store' | 'exporter', { url }: Influxd): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-outage-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const script = fileURLToPath(new URL('./outage-child.ts', import.meta.url))
  const argv = ['--expose-gc', '--import', 'tsx', script, mode, folder, url, String(SECONDS)]
  const running = promisify(execFile)(process.execPath, argv)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  const { stdout } = await running
  return JSON.parse(stdout)
}

async function storedIn(influxd: Influxd) {
  let [points, sum] = [0, 0]
  for (const [name, field] of Object.entries(COUNTED)) {
    const query = `SELECT count("${field}"), sum("${field}") FROM "${name}"`
    const [series] = await influxd.query(query, 'mpwatch')
    points += Number(series?.values[0]?.[1])
    sum += Number(series?.values[0]?.[2])
  }
  return { points, sum }
}
