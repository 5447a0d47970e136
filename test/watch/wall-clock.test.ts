// Goal: no jump of the wall clock ends what was to last for an hour, has it live on, or makes a time negative
// (faults.md F11).
// Method: the compiled monitor runs with libfaketime, whose offset is set while it runs and while it does not. Skipped
// where that is not installed.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { mpwatch, Running } from './running.ts'
import { ALL, everyFinding, folderOf, inStore } from './store-of.ts'

const HOUR_MS = 3_600_000
const JUMPS_MS = [HOUR_MS, -HOUR_MS, 87_600 * HOUR_MS, -87_600 * HOUR_MS]
const LONG_MS = 180_000
/** Looks are a second apart, and the machine may be busy. */
const EXACT_MS = 3000

const library = spawnSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'], {
  encoding: 'utf8',
})
const hasFaketime = library.error === undefined && library.status === 0

test.skipIf(!hasFaketime)(
  'F11: the wall clock jumps by an hour and by ten years, and nobody minds',
  {
    timeout: LONG_MS,
  },
  async () => {
    const folder = folderOf()
    const [store, offset] = [join(folder, 'store'), join(folder, 'offset')]
    const environment = {
      ...{ LD_PRELOAD: library.stdout.trim(), FAKETIME_TIMESTAMP_FILE: offset },
      ...{ FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
    }
    let offsetMs = 0
    const jump = (byMs: number) => {
      offsetMs += byMs
      writeFileSync(offset, `${offsetMs < 0 ? '' : '+'}${offsetMs / 1000}\n`)
    }
    const start = async () => {
      const running = new Running(
        [
          ...['--read-from', 'fixtures/demo/office.pcap', '--speed', '5', '--store', store],
          ...['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span', '--metrics', 'off'],
        ],
        { environment },
      )
      await running.until('asked', () => running.events('control_listening').length > 0)
      return running
    }
    /** The jump that was told, in milliseconds. */
    const told = async (running: Running, jumps: number): Promise<number> => {
      await running.until('told', () => running.events('clock_jump').length >= jumps)
      return Number(running.events('clock_jump').at(-1)?.['by_ms'])
    }
    const desk = new SocketDesk(join(store, 'control.sock'))
    jump(0)
    const first = await start()
    await first.until('open', () => first.events('finding_opened').length > 3)
    const quiet = { scope: { rows: ['I-31'] }, reason: 'the firewall is moved', author: 'ann' }
    const { atMs: fromMs } = await desk.status()
    const { id } = await desk.suppress({ ...quiet, fromMs: null, untilMs: fromMs + HOUR_MS })
    const suppressedAtMs = performance.now()
    /** What is left of the hour by the monitor, and how far that is from what is. */
    const expectRest = async () => {
      const { suppressions } = JSON.parse(await mpwatch('suppressions', '--store', store, '--json'))
      expect(suppressions).toMatchObject([{ id, untilMs: fromMs + HOUR_MS }])
      const passedMs = (await desk.status()).atMs - fromMs
      expect(Math.abs(passedMs - (performance.now() - suppressedAtMs))).toBeLessThan(EXACT_MS)
    }

    for (const [index, byMs] of JUMPS_MS.entries()) {
      jump(byMs)
      expect(Math.abs((await told(first, index + 1)) - byMs)).toBeLessThan(EXACT_MS)
    }
    await expectRest()
    expect(await first.end()).toEqual({ code: 0, signal: null })
    expect(Number(first.events('stopped')[0]?.['seconds'])).toBeGreaterThan(0)
    expect(Number(first.events('stopped')[0]?.['seconds'])).toBeLessThan(HOUR_MS / 1000)

    for (const byMs of JUMPS_MS) {
      jump(byMs)
      const running = await start()
      expect(Math.abs((await told(running, 1)) - byMs)).toBeLessThan(EXACT_MS)
      await expectRest()
      const { store: health } = await desk.status()
      expect(health).toMatchObject({ state: 'healthy', expired: 0, rows: { lost: 0 } })
      expect(await running.end()).toEqual({ code: 0, signal: null })
    }

    await inStore(store, async kept => {
      const known = new Set((await everyFinding(kept)).map(({ finding }) => finding.id))
      for (const { id: opened } of first.events('finding_opened')) expect(known).toContain(opened)
      for (const { firstOpenedMs, openedMs, lastMs, closedMs } of await everyFinding(kept)) {
        expect(openedMs).toBeGreaterThanOrEqual(firstOpenedMs)
        expect(closedMs ?? openedMs).toBeGreaterThanOrEqual(openedMs)
        expect(lastMs).toBeGreaterThan(0)
      }
      for (const { fromMs: blindMs, toMs } of await kept.blind(ALL))
        expect(toMs ?? blindMs).toBeGreaterThanOrEqual(blindMs)
      const entries = [...(await kept.timeline(ALL)), ...(await kept.events(ALL))]
      // By the monitor's own clock everything happened within these minutes.
      for (const { atMs } of entries) {
        expect(atMs).toBeGreaterThan(fromMs - LONG_MS)
        expect(atMs).toBeLessThan(fromMs + LONG_MS)
      }
      const jumps = (await kept.timeline(ALL)).filter(({ kind }) => kind === 'clock_jump')
      expect(jumps).toHaveLength(2 * JUMPS_MS.length)
    })
  },
)
