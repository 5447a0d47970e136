// Goal: what a monitor feeds gets everything that its store has, once, whatever fails meanwhile, and who runs the monitor
// hears of it (faults.md F1, F2, F10).
// Method: the compiled program plays the demo into a real influxd; what mostly waits, at the same time.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isOutputClosed } from '../../src/model/output.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { keysIn, keysOf } from './influx-of.ts'
import { Running, statusOf } from './running.ts'
import { ALL, folderOf, inStore } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const SITE = 'harbourside'
const LONG_MS = 120_000

const played: Running[] = []
afterAll(() => {
  for (const { child } of played) child.kill('SIGKILL')
})

function play(folder: string, ...args: readonly string[]): Running {
  const site = ['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span', '--metrics', 'off']
  const how = ['--read-from', OFFICE, '--store', join(folder, 'store'), ...site, ...args]
  const running = new Running(how)
  played.push(running)
  return running
}

const unique = (keys: readonly string[]): number => new Set(keys).size

describe.skipIf(!hasInfluxd)('an InfluxDB', () => {
  test('has everything that the store has when what was played is over', {
    timeout: LONG_MS,
  }, async () => {
    const [folder, influxd] = [folderOf(), await Influxd.begin()]
    const running = play(folder, '--speed', 'max', '--influx', influxd.url)
    expect(await running.ended).toEqual({ code: 0, signal: null })
    const expected = await keysOf(join(folder, 'store'), SITE)
    const stored = await keysIn(influxd)
    expect(stored).toEqual(expected)
    expect([unique(stored), stored.length > 500]).toEqual([stored.length, true])
    expect(running.events('output_started')).toMatchObject([
      { kind: 'influx', where: `${influxd.url}/mpwatch` },
    ])
    expect(running.events('output_stopped')).toMatchObject([{ pending: 0, dead_lettered: 0 }])
    expect(running.events('output_degraded')).toEqual([])
  })

  test.concurrent('F1: that comes up late gets everything, and that it was away is told once', {
    timeout: LONG_MS,
  }, async () => {
    const [folder, influxd] = [folderOf(), await Influxd.begin()]
    await influxd.signal('SIGTERM')
    // So slow that a try, half a minute after the last one at most, falls into the time when the InfluxDB is back.
    const running = play(folder, '--speed', '5', '--influx', influxd.url)
    await running.until('degraded', () => running.events('output_degraded').length > 0)
    const [{ state, reason, books } = { state: '', reason: '', books: null }] = (
      await statusOf(join(folder, 'store'))
    ).outputs
    expect([state, books !== null && isOutputClosed(books)]).toEqual(['degraded', true])
    expect(reason).toContain('ECONNREFUSED')
    await influxd.start()
    await running.until('recovered', () => running.events('output_recovered').length > 0, 60)
    expect(await running.ended).toEqual({ code: 0, signal: null })
    // The monitor's own point told how many waited.
    const queue = `SELECT max("export_queue") FROM "mp_sensor" WHERE "iface" = 'all'`
    const [waited] = await influxd.query(queue, 'mpwatch')
    expect(waited?.values[0]?.[1]).toBeGreaterThan(0)
    expect(await keysIn(influxd)).toEqual(await keysOf(join(folder, 'store'), SITE))
    expect(running.events('output_degraded')).toHaveLength(1)
    const incidents = await inStore(join(folder, 'store'), store => store.timeline(ALL))
    expect(incidents.filter(({ kind }) => kind === 'output')).toMatchObject([
      { state: 'degraded' },
      { state: 'recovered' },
    ])
  })

  test.concurrent('that failed when a monitor ended, and works when the next begins, is told to be well', {
    timeout: LONG_MS,
  }, async () => {
    const [folder, influxd] = [folderOf(), await Influxd.begin()]
    await influxd.signal('SIGTERM')
    const first = play(folder, '--speed', '10', '--influx', influxd.url)
    await first.until('degraded', () => first.events('output_degraded').length > 0)
    expect(await first.end()).toEqual({ code: 0, signal: null })
    await influxd.start()
    for (const recovered of [1, 0]) {
      const next = play(folder, '--speed', 'max', '--influx', influxd.url)
      expect(await next.ended).toEqual({ code: 0, signal: null })
      expect(next.events('output_recovered')).toHaveLength(recovered)
    }
    const incidents = await inStore(join(folder, 'store'), store => store.timeline(ALL))
    expect(incidents.filter(({ kind }) => kind === 'output')).toMatchObject([
      { state: 'degraded' },
      { state: 'recovered' },
    ])
  })

  test.concurrent('F9: has each point once when the monitor is ended in the middle, and goes on', {
    timeout: LONG_MS,
  }, async () => {
    const [folder, influxd] = [folderOf(), await Influxd.begin()]
    const first = play(folder, '--speed', '20', '--influx', influxd.url)
    await first.until('found', () => first.events('finding_opened').length > 8)
    expect(await first.end()).toEqual({ code: 0, signal: null })
    const second = play(folder, '--speed', 'max', '--influx', influxd.url)
    expect(await second.ended).toEqual({ code: 0, signal: null })
    const stored = await keysIn(influxd)
    const expected = await keysOf(join(folder, 'store'), SITE)
    expect(stored).toEqual([...new Set(expected)])
    for (const running of [first, second]) expect(running.events('fault')).toEqual([])
  })

  test.concurrent('that is wrong is told with the reason, and holds up no other', {
    timeout: LONG_MS,
  }, async () => {
    const [folder, locked, good] = [
      folderOf(),
      await Influxd.begin({ auth: true }),
      await Influxd.begin(),
    ]
    await locked.query("CREATE USER mp WITH PASSWORD 'right' WITH ALL PRIVILEGES")
    writeFileSync(join(folder, 'pw'), 'hunter2', { mode: 0o600 })
    const config = join(folder, 'mpwatch.yaml')
    writeFileSync(
      config,
      `api_version: mpwatch/v1\ninflux:\n${[
        `  - {name: locked, url: "${locked.url}", username: mp, password_file: pw}`,
        `  - {name: elsewhere, url: "${good.url}", database: other, create: false}`,
        `  - {name: unnamed, url: "${good.url}", username: mp, password_file: nowhere}`,
        `  - {name: good, url: "${good.url}"}`,
      ].join('\n')}\n`,
    )
    const running = play(folder, '--speed', 'max', '--config', config)
    expect(await running.ended).toEqual({ code: 0, signal: null })
    const degraded = new Map(
      running.events('output_degraded').map(({ output, reason }) => [output, String(reason)]),
    )
    expect([...degraded.keys()].sort()).toEqual(['elsewhere', 'locked', 'unnamed'])
    expect(degraded.get('locked')).toMatch(/401|authorization/)
    expect(degraded.get('elsewhere')).toMatch(/other/)
    expect(degraded.get('unnamed')).toMatch(/nowhere/)
    expect(JSON.stringify(running.lines)).not.toContain('hunter2')
    const expected = await keysOf(join(folder, 'store'), SITE)
    expect(await keysIn(good)).toEqual(expected)

    writeFileSync(join(folder, 'pw'), 'right')
    const again = play(folder, '--speed', 'max', '--config', config)
    expect(await again.ended).toEqual({ code: 0, signal: null })
    const all = [...new Set(await keysOf(join(folder, 'store'), SITE))]
    expect(await keysIn(locked, 'mpwatch', 'mp:right')).toEqual(all)
  })

  test('that could get more series than it is to have is refused before watching begins', {
    timeout: LONG_MS,
  }, async () => {
    const folder = folderOf()
    const config = join(folder, 'mpwatch.yaml')
    writeFileSync(
      config,
      'api_version: mpwatch/v1\ninflux: [{name: lab, url: "http://127.0.0.1:1", series_max: 1000}]\n',
    )
    const running = play(folder, '--speed', 'max', '--config', config)
    expect(await running.ended).toEqual({ code: 2, signal: null })
    expect(running.said.join('\n')).toMatch(
      /influx lab: too many series: at most [\d,]+ series of 1,000/,
    )
    expect(running.events('started')).toEqual([])
  })
})
