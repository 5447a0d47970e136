// Goal: on a full disk the monitor goes on and says so; rows give way to findings, nothing that was told is lost, and
// with space again all is well without a restart (faults.md F5).
// Method: the compiled monitor plays the demo into a store on a tmpfs of 16 MB, which a ballast fills meanwhile.
// Skipped where nothing may be mounted.

import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { freePort, metric } from './metrics-of.ts'
import { mpwatch, Running } from './running.ts'
import { ALL, everyFinding, folderOf, inStore, repeatedIn } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 150_000

const disk = mkdtempSync(join(tmpdir(), 'mpwatch-full-'))
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status === 0
afterAll(() => {
  if (isMounted) spawnSync('umount', ['-l', disk])
  rmSync(disk, { recursive: true, force: true })
})

/** Writes until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (const size of [64 * 1024, 4 * 1024, 1]) while (mayWrite(file, size));
  } finally {
    closeSync(file)
  }
}

function mayWrite(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size, 1)) > 0
  } catch {
    return false
  }
}

const STATES: readonly string[] = ['store_degraded', 'store_recovered']

test.skipIf(!isMounted)(
  'F5: on a full disk the monitor goes on, says so, and recovers by itself',
  {
    timeout: LONG_MS,
  },
  async () => {
    const config = join(folderOf(), 'mpwatch.yaml')
    writeFileSync(config, 'api_version: mpwatch/v1\nstore: {metrics_mib: 64}\n')
    const [store, ballast] = [join(disk, 'store'), join(disk, 'ballast')]
    const args = ['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span', '--config', config]
    const port = await freePort()
    const running = new Running([
      ...['--read-from', OFFICE, '--speed', '8', '--store', store],
      ...[...args, '--metrics', `127.0.0.1:${port}`],
    ])
    const desk = new SocketDesk(join(store, 'control.sock'))
    await running.until('open', () => running.events('finding_opened').length > 4)
    expect(await metric(running, 'mpwatch_store_healthy')).toBe(1)
    const opened = running.events('finding_opened').length

    fill(ballast)
    await running.until('degraded', () => running.events('store_degraded').length > 0, 15)
    expect(running.events('store_degraded')[0]?.['reason']).toMatch(/[Ff]ree space on/)
    expect(await metric(running, 'mpwatch_store_healthy')).toBe(0)
    expect(await mpwatch('status', '--store', store)).toMatch(/DEGRADED: /)
    // What is kept for this day, and rows, make room for findings and for what people say.
    const [first] = await desk.findings({ limit: 1, offset: 0 })
    const id = first?.finding.id ?? ''
    await desk.acknowledge([id], { author: 'ann', comment: 'said on a full disk' })
    await running.until('open', () => running.events('finding_opened').length > opened + 3)

    // Now there is nothing left to give: who asks for something is told why not, and it has not happened.
    const refusal = async () => {
      fill(ballast)
      const said = { author: 'ann', comment: 'x'.repeat(2000) }
      return desk.acknowledge([id], said).then(
        () => '',
        (error: Error) => error.message,
      )
    }
    let why = ''
    await running.until('refused', async () => {
      why = await refusal()
      return why !== ''
    })
    expect(why).toMatch(/no space left.*Nothing was done/i)

    rmSync(ballast)
    await running.until('recovered', () => running.events('store_recovered').length > 0)
    await running.until(
      'healthy',
      async () => (await metric(running, 'mpwatch_store_healthy')) === 1,
    )
    const { store: health } = await desk.status()
    expect(health.reason).toBeNull()
    expect(health.rows.lost).toBeGreaterThan(0)
    expect(health.rows.offered).toBe(health.rows.stored + health.rows.waiting + health.rows.lost)
    expect(await metric(running, 'mpwatch_store_rows_total{fate="lost"}')).toBe(health.rows.lost)
    expect(await running.ended).toEqual({ code: 0, signal: null })
    expect(running.events('ledger_open')).toEqual([])
    // Each state of the store is told once, however long it lasts.
    const states = running.lines.map(({ event }) => event).filter(event => STATES.includes(event))
    expect(states).toEqual(states.map((_, index) => STATES[index % STATES.length]))

    const whole = join(folderOf(), 'store')
    const other = [...args, '--metrics', 'off', '--store', whole]
    const unhindered = new Running(['--read-from', OFFICE, '--speed', 'max', ...other])
    expect(await unhindered.ended).toEqual({ code: 0, signal: null })
    const membersIn = (folder: string) =>
      inStore(folder, async kept =>
        (await everyFinding(kept)).map(({ finding }) => `${finding.id} x${finding.members}`).sort(),
      )
    expect(await membersIn(store)).toEqual(await membersIn(whole))
    await inStore(store, async kept => {
      expect(repeatedIn(await kept.events(ALL))).toEqual([])
      const [stored] = await kept.find([id])
      expect(stored?.acknowledgement?.author).toBe('ann')
    })
  },
)

test.skipIf(!isMounted)(
  'F5: on a full disk the monitor still ends when it is asked to',
  {
    timeout: LONG_MS,
  },
  async () => {
    const [store, ballast] = [join(disk, 'other'), join(disk, 'ballast')]
    const running = new Running([
      ...['--read-from', OFFICE, '--speed', '8', '--store', store, '--metrics', 'off'],
      ...['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span'],
    ])
    const desk = new SocketDesk(join(store, 'control.sock'))
    await running.until('open', () => running.events('finding_opened').length > 4)
    await running.until('refused', async () => {
      fill(ballast)
      const { store: health } = await desk.status()
      return /no space left/i.test(health.reason ?? '')
    })
    await running.end()
    expect(running.events('stopped')).toHaveLength(1)
    rmSync(ballast)
    const told = running.events('finding_opened').map(({ id }) => id)
    const kept = await inStore(store, everyFinding)
    expect(kept.map(({ finding }) => finding.id)).toEqual(expect.arrayContaining(told))
  },
)
