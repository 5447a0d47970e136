// Goal: an InfluxDB gets no more series than it is to have, also when rules are loaded anew (semantics 3.6).
// Method: the site of the demo, changed under a configuration that was accepted.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { insistOnWatchable, watchConfigOf } from '../../src/config/watch.ts'
import type { Admission } from '../../src/influx/admission.ts'
import { outputSeries, renewSeries } from '../../src/watch/output-series.ts'
import { folderOf, inStore } from './store-of.ts'

const SITE = readFileSync('fixtures/demo/site.yaml', 'utf8')

/** The demo's site with so many more Web Servers. */
const siteWith = (webs: number): string =>
  SITE.replace(
    '\nmodes:',
    `${Array.from({ length: webs }, (_, n) => `  - {name: new-${n}, role: web, address: 10.10.20.${100 + n}}\n`).join('')}\nmodes:`,
  )

/** What a point of the node is told by. */
const nodeOf = (admission: Admission, node: string): unknown =>
  admission.admit({
    ...{ measurement: 'mp_gwsim', timeNs: 1n, fields: { state: 1 } },
    tags: { site: 'harbourside', sensor: 'core-span', node },
  }).tags['node']

test('that rules would have too many of stay as they were', async () => {
  const folder = folderOf()
  const [file, site] = [join(folder, 'mpwatch.yaml'), join(folder, 'site.yaml')]
  writeFileSync(site, SITE)
  writeFileSync(file, 'api_version: mpwatch/v1\ninflux: [{name: lab, url: "http://127.0.0.1:1"}]\n')
  const options = { site, interface: ['eth0'], sensor: ['core-span'] }
  const config = insistOnWatchable(watchConfigOf(file, options))
  const series = await inStore(join(folder, 'store'), store => outputSeries(config, store))
  const nodes = () => ['web-1', 'new-0', 'new-1'].map(name => nodeOf(series.admission, name))
  expect(nodes()).toEqual(['web-1', 'other', 'other'])

  writeFileSync(site, siteWith(1))
  renewSeries(series, config)
  expect(nodes()).toEqual(['web-1', 'new-0', 'other'])

  writeFileSync(site, siteWith(100))
  expect(() => renewSeries(series, config)).toThrow(/^influx lab: too many series: .*series_max/)
  expect(nodes()).toEqual(['web-1', 'new-0', 'other'])
})
