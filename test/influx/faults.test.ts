// Goal: whatever happens to a real InfluxDB, every point is there once when it is over, and after one more restart of it
// (faults.md F1, F2, M1 to M4); no good point is a dead letter.
// Method: a real store, the real writer, influxd 1.6.7, and a clock on which waiting takes 20 ms.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExporterOptions } from '../../src/influx/exporter.ts'
import { openWriter } from '../../src/influx/open-writer.ts'
import type { Incident } from '../../src/model/lifecycle.ts'
import type { InfluxConfig } from '../../src/model/watch-config.ts'
import { event, folder, idOf, NOON_MS, open } from '../store/stored.ts'
import { hasInfluxd, Influxd, type InfluxdOptions } from '../support/influxd.ts'
import { linesOf } from '../support/json-lines.ts'
import { allOf, arrivedIn } from './arrived.ts'
import { everDrained, exporting, pointsTo, put, until } from './exporting.ts'
import { beginProxy, FAULTS } from './fault-proxy.ts'
import { configOf } from './writers.ts'

const FAULT_MS_MAX = 60_000
const LEFT_BYTES = 256 * 1024

interface Lab extends InfluxdOptions {
  readonly config?: Partial<InfluxConfig>
  readonly secret?: () => string | null
  /** For one answer. */
  readonly timeoutMs?: number
}

/** An influxd with its database, a store, and what exports the one to the other. */
async function begin(lab: Lab = {}) {
  const { config = {}, secret = () => null, timeoutMs = 10_000, ...options } = lab
  const influxd = await Influxd.begin(options)
  if (options.auth !== true) await influxd.query('CREATE DATABASE mpwatch')
  const path = folder()
  const store = await open(path)
  const deadLetters = join(path, 'dead-letters')
  const beginExport = (url = influxd.url, given: Partial<ExporterOptions> = {}) => {
    const all = configOf({ url, ...config })
    const writer = openWriter(all, async () => secret(), timeoutMs)
    return exporting(store, writer, deadLetters, { config: all, ...given }, 20)
  }
  return { influxd, store, beginExport, deadLetters: join(deadLetters, 'influx-main.jsonl') }
}

describe.runIf(hasInfluxd)('Each point is there once', { timeout: FAULT_MS_MAX }, () => {
  test.each([
    ['SIGTERM', 'start'],
    ['SIGSTOP', 'SIGCONT'],
    ['SIGKILL', 'start'],
  ] as const)('after %s and %s while it writes', async (fault, remedy) => {
    const { influxd, store, beginExport, deadLetters } = await begin({ timeoutMs: 1_000 })
    const { exporter, states } = beginExport()
    await put(store, pointsTo(20_000))
    await until(() => exporter.state().books.acked > 0)
    await influxd.signal(fault)
    await put(store, pointsTo(10_000, 20_000))
    await until(() => states.length > 0)
    await (remedy === 'start' ? influxd.start() : influxd.signal(remedy))
    expect(await everDrained(exporter)).toBe(true)
    expect(await arrivedIn(influxd, pointsTo(30_000))).toEqual(allOf(30_000))
    expect(exporter.state().books).toMatchObject({ enqueued: 30_000, acked: 30_000 })
    expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
    expect(existsSync(deadLetters)).toBe(false)
  })

  test('after many kills in mid-write', async () => {
    const { influxd, store, beginExport } = await begin()
    const { exporter } = beginExport()
    for (let kill = 0; kill < 5; kill++) {
      const { acked } = exporter.state().books
      await put(store, pointsTo(10_000, kill * 10_000))
      await until(() => exporter.state().books.acked > acked)
      await influxd.signal('SIGKILL')
      await influxd.start()
    }
    expect(await everDrained(exporter)).toBe(true)
    expect(await arrivedIn(influxd, pointsTo(50_000))).toEqual(allOf(50_000))
  })

  test('when its password is wrong, and the right one is written where it stands', async () => {
    let secret = 'wrong'
    const config = { username: 'mpwatch', mayCreate: false }
    const lab = await begin({ auth: true, config, secret: () => secret })
    const { influxd, store, beginExport, deadLetters } = lab
    await influxd.query("CREATE USER mpwatch WITH PASSWORD 'right' WITH ALL PRIVILEGES")
    await influxd.query('CREATE DATABASE mpwatch', '', 'mpwatch:right')
    await put(store, pointsTo(6_000))
    const { exporter, states } = beginExport()
    expect(await everDrained(exporter)).toBe(false)
    expect(states).toMatchObject([['degraded', expect.stringContaining('answers 401')]])
    expect(states[0]?.[1]).not.toContain('wrong')
    secret = 'right'
    await until(() => exporter.state().books.pending === 0)
    expect(await arrivedIn(influxd, pointsTo(6_000), 'mpwatch:right')).toEqual(allOf(6_000))
    expect(existsSync(deadLetters)).toBe(false)
  })

  test('when the database is dropped, and may be made again', async () => {
    const { influxd, store, beginExport } = await begin()
    const { exporter, states } = beginExport()
    await influxd.query('DROP DATABASE mpwatch')
    await put(store, pointsTo(6_000))
    expect(await everDrained(exporter)).toBe(true)
    expect(await arrivedIn(influxd, pointsTo(6_000))).toEqual(allOf(6_000))
    expect(states).toEqual([])
  })

  test('when the database is dropped, and somebody makes it again', async () => {
    const { influxd, store, beginExport } = await begin({ config: { mayCreate: false } })
    const { exporter, states } = beginExport()
    await influxd.query('DROP DATABASE mpwatch')
    await put(store, pointsTo(6_000))
    expect(await everDrained(exporter)).toBe(false)
    expect(states).toMatchObject([['degraded', expect.stringContaining('answers 404')]])
    await influxd.query('CREATE DATABASE mpwatch')
    await until(() => exporter.state().books.pending === 0)
    expect(await arrivedIn(influxd, pointsTo(6_000))).toEqual(allOf(6_000))
  })

  test('where a field has another type in a week, but for the points of that week', async () => {
    const { influxd, store, beginExport, deadLetters } = await begin()
    const earlier = { timeUs: (NOON_MS - 30 * 86_400_000) * 1_000 }
    await writeLine(influxd, `mp_loss lost="text" ${earlier.timeUs}000`)
    const [one, two, ...good] = pointsTo(5_000)
    const bad = [one, two].flatMap(point => (point === undefined ? [] : { ...point, ...earlier }))
    await put(store, [...good.slice(0, 3_000), ...bad, ...good.slice(3_000)])
    const { exporter } = beginExport()
    await until(() => exporter.state().books.pending === 0 && exporter.state().books.acked > 0)
    expect(exporter.state().books).toMatchObject({ acked: 4_998, deadLettered: 2 })
    expect(linesOf(deadLetters)).toMatchObject(
      [3_001, 3_002].map(number => ({ number, text: expect.stringContaining('type conflict') })),
    )
    await influxd.query('DELETE WHERE time < 1772000000s', 'mpwatch')
    expect(await arrivedIn(influxd, good)).toEqual(allOf(4_998))
  })

  test('where one among 5,000 is refused, which takes 26 further requests at most', async () => {
    const { influxd, store, beginExport, deadLetters } = await begin()
    const proxy = await beginProxy(influxd.url)
    const earlier = { timeUs: (NOON_MS - 30 * 86_400_000) * 1_000 }
    await writeLine(influxd, `mp_loss lost="text" ${earlier.timeUs}000`)
    const all = pointsTo(5_000)
    await put(
      store,
      all.map((point, at) => (at === 3_333 ? { ...point, ...earlier } : point)),
    )
    const { exporter } = beginExport(proxy.url)
    await until(() => exporter.state().books.deadLettered > 0)
    expect(proxy.writes - 1).toBeLessThanOrEqual(26)
    expect(linesOf(deadLetters)).toHaveLength(1)
    await influxd.query('DELETE WHERE time < 1772000000s', 'mpwatch')
    const good = all.filter((_, at) => at !== 3_333)
    expect(await arrivedIn(influxd, good)).toEqual(allOf(4_999))
  })

  test('where it takes small bodies alone', async () => {
    const { influxd, store, beginExport, deadLetters } = await begin({ bodyBytesMax: 60_000 })
    await put(store, pointsTo(12_000))
    const { exporter } = beginExport()
    expect(await everDrained(exporter)).toBe(true)
    expect(await arrivedIn(influxd, pointsTo(12_000))).toEqual(allOf(12_000))
    expect(existsSync(deadLetters)).toBe(false)
  })

  for (const fault of FAULTS)
    test(`with ${fault} for the first, the middle and the last batch`, async () => {
      const { influxd, store, beginExport, deadLetters } = await begin()
      const proxy = await beginProxy(influxd.url)
      // Each batch is tried again at once, so that these are tries of batches 0, 1 and 2.
      proxy.faultOf = write => (write % 2 === 0 ? fault : null)
      await put(store, pointsTo(15_000))
      const { exporter } = beginExport(proxy.url)
      expect(await everDrained(exporter)).toBe(true)
      if (fault !== 'late_close') expect(proxy.writes).toBe(6)
      if (fault !== 'late_close') expect(exporter.state().retries).toBe(3)
      expect(await arrivedIn(influxd, pointsTo(15_000))).toEqual(allOf(15_000))
      expect(existsSync(deadLetters)).toBe(false)
    })

  test('with findings and blind intervals, which come first', async () => {
    const { influxd, store, beginExport } = await begin()
    const ids = Array.from({ length: 1_200 }, (_, at) => idOf(at + 1))
    await store.record(ids.map(id => event({ id })))
    await store.record([blind(null), blind(NOON_MS + 5_000)])
    await put(store, pointsTo(100))
    const { exporter } = beginExport()
    expect(await everDrained(exporter)).toBe(true)
    expect(exporter.state().books).toMatchObject({ enqueued: 1_302, acked: 1_302 })
    expect(await arrivedIn(influxd, pointsTo(100))).toEqual(allOf(100))
    const told = await influxd.query('SELECT "alert_id" FROM "mp_violation"', 'mpwatch')
    expect(told.flatMap(({ values }) => values.map(([, id]) => id)).toSorted()).toEqual(ids)
    // The same interval, told again when it had ended.
    const intervals = await influxd.query('SELECT "lasts", "seconds" FROM "mp_blind"', 'mpwatch')
    expect(intervals.flatMap(({ values }) => values)).toEqual([[expect.anything(), false, 5]])
  })
})

const disk = mkdtempSync(join(tmpdir(), 'mpwatch-influxd-'))
const isMounted = hasInfluxd && mount('size=6m')

/** Bytes that can still be written. */
function leftOn(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

function mount(options: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status === 0
}

test.runIf(isMounted)(
  'Each point is there once after its disk was full',
  async () => {
    onTestFinished(async () => {
      await influxd.remove()
      spawnSync('umount', [disk])
      rmSync(disk, { recursive: true, force: true })
    })
    const { influxd, store, beginExport, deadLetters } = await begin({ folder: disk })
    const proxy = await beginProxy(influxd.url)
    const { exporter, states } = beginExport(proxy.url)
    let count = 1_000
    await put(store, pointsTo(count))
    await everDrained(exporter)
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(leftOn(disk) - LEFT_BYTES, 1))
    while (!exporter.state().reason?.includes('no space left on device')) {
      await put(store, pointsTo(10_000, count))
      count += 10_000
    }
    expect(spawnSync('mount', ['-o', 'remount,size=256m', disk]).status).toBe(0)
    // The last entry of its log is torn. influxd cuts it off when it begins, and yet goes on writing where it had ended:
    // whatever it takes then is lost with its next start. So it has to begin once without being sent anything.
    proxy.faultOf = () => '503'
    for (const _ of ['cuts its log', 'writes']) {
      await influxd.signal('SIGTERM')
      await influxd.start()
    }
    proxy.faultOf = () => null
    expect(await everDrained(exporter)).toBe(true)
    expect(await arrivedIn(influxd, pointsTo(count))).toEqual(allOf(count))
    expect(states.map(([state]) => state)).toEqual(['degraded', 'recovered'])
    expect(existsSync(deadLetters)).toBe(false)
  },
  2 * FAULT_MS_MAX,
)

const blind = (toMs: number | null): Incident => ({
  ...{ kind: 'blind', atMs: NOON_MS },
  interval: {
    ...{ id: 'span0:link_down', sensor: 'core', interface: 'span0', cause: 'link_down' },
    ...{ fromMs: NOON_MS, toMs, detail: 'The link is down.' },
  },
})

async function writeLine(influxd: Influxd, body: string): Promise<void> {
  const { status } = await fetch(`${influxd.url}/write?db=mpwatch`, { method: 'POST', body })
  expect(status).toBe(204)
}
