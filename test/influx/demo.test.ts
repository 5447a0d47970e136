// Goal: what a monitor tells of the demo is in series that the bound counts, every point of it.
// Method: the demo is played into a store, and what the store has of it is admitted; nothing may be collapsed.

import { expect, test } from 'vitest'
import { Admission } from '../../src/influx/admission.ts'
import { entryPoints, storedPoint } from '../../src/influx/points.ts'
import { FLOW_SERIES_MAX } from '../../src/model/measurement.ts'
import { Running } from '../watch/running.ts'
import { folderOf, inStore } from '../watch/store-of.ts'
import { demoGrounds } from './grounds.ts'

const LONG_MS = 120_000
const MANY = 100_000
const SITE = 'harbourside'

test('every point of the demo is in a series that is counted', { timeout: LONG_MS }, async () => {
  const folder = folderOf()
  const argv = ['--read-from', 'fixtures/demo/office.pcap', '--speed', 'max', '--metrics', 'off']
  const site = ['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span', '--store', folder]
  expect(await new Running([...argv, ...site]).ended).toEqual({ code: 0, signal: null })
  await inStore(folder, async store => {
    const points = (await store.pointsAfter(0, MANY)).map(storedPoint)
    const entries = await store.entriesAfter(0, MANY, ['finding', 'blind'])
    const admission = new Admission(demoGrounds())
    const all = [...points, ...entries.flatMap(entry => entryPoints(entry, SITE))]
    const changed = all.filter(point => admission.admit(point) !== point)
    expect(changed.map(({ measurement, tags }) => ({ measurement, tags }))).toEqual([])
    expect(admission.collapsed).toBe(0)
    expect(new Set(all.map(({ measurement }) => measurement)).size).toBeGreaterThanOrEqual(8)
    // What the store tells of its series is what a new admission needs to know.
    const flows = await store.flowSeries(FLOW_SERIES_MAX)
    const told = points.filter(({ measurement }) => measurement === 'mp_flow')
    const keys = told.map(({ tags }) => JSON.stringify(Object.entries(tags).sort()))
    expect(new Set(flows.map(tags => JSON.stringify(Object.entries(tags).sort())))).toEqual(
      new Set(keys),
    )
    expect((await store.eventKinds(MANY)).length).toBeGreaterThan(20)
  })
})
