// Goal: what a monitor feeds gets everything that its store has, once, whatever fails meanwhile, and who runs the monitor
// hears of it (faults.md F1, F2, F10).
// Method: the compiled program plays the demo into a real influxd.

import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { keysIn, keysOf } from './influx-of.ts'
import { Running } from './running.ts'
import { folderOf } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const SITE = 'harbourside'
const LONG_MS = 120_000

function play(folder: string, ...args: readonly string[]): Running {
  const site = ['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span', '--metrics', 'off']
  const how = ['--read-from', OFFICE, '--store', join(folder, 'store'), ...site, ...args]
  const running = new Running(how)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}

const unique = (keys: readonly string[]): number => new Set(keys).size

describe.skipIf(!hasInfluxd).concurrent('an InfluxDB', () => {
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
    console.info(`${expected.length} points sent, ${stored.length} stored, 0 lost, 0 doubled`)
  })
})
