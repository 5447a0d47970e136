// Goal: a monitor that feeds nothing asks its store nothing for what it would feed.
// Method: a store that is closed, and answers nobody any more.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { insistOnWatchable, watchConfigOf } from '../../src/config/watch.ts'
import { openStore } from '../../src/store/store.ts'
import { readyOutputs } from '../../src/watch/open-outputs.ts'
import { folderOf } from './store-of.ts'

async function readied(...lines: readonly string[]) {
  const folder = folderOf()
  const config = join(folder, 'mpwatch.yaml')
  writeFileSync(config, ['api_version: mpwatch/v1', ...lines, ''].join('\n'))
  const store = await openStore(join(folder, 'store'), { now: () => Date.now() })
  await store.close()
  const site = 'fixtures/demo/site.yaml'
  const read = watchConfigOf(config, { site, interface: ['eth0'] })
  return await readyOutputs(insistOnWatchable(read), store)
}

test('where nothing is fed the store is asked nothing', async () => {
  const { influx, routes, series, degraded } = await readied()
  expect([influx, routes, series, [...degraded]]).toEqual([[], [], null, []])
})

test('where something is fed it is asked how that was', async () => {
  const eve = 'alerts: {routes: [{name: file, kind: eve, file: eve.json}]}'
  await expect(readied(eve)).rejects.toThrow()
  await expect(readied('influx: [{name: lab, url: "http://127.0.0.1:1"}]')).rejects.toThrow()
})
