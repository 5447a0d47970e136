// Goal: whoever audits the demo into an InfluxDB finds it on the boards, with the numbers of the store.
// Method: the command, a real influxd, and every panel and annotation asked; which of them have nothing to show is named, since
// the demo's quarter of an hour has no such thing in it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ANNOTATIONS } from '../../dashboards/source/annotations.ts'
import { BOARDS } from '../../dashboards/source/boards.ts'
import { audit } from '../../src/commands/audit.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { openStore } from '../../src/store/store.ts'
import { hasInfluxd, type Influxd } from '../support/influxd.ts'
import { toldByTests } from '../support/told.ts'
import { type Chosen, rowsFrom } from './ask.ts'
import { DATABASE, exported, readyInfluxd } from './filled.ts'
import { expectSame } from './same.ts'

const ASKED = [
  ...BOARDS.flatMap(({ uid, panels }) =>
    panels.map(({ title, query }) => ({ name: `${uid}: ${title}`, query })),
  ),
  ...ANNOTATIONS.map(({ name, query }) => ({ name: `annotation: ${name}`, query })),
]

/** No failover and nothing that stops; too few packets for loss to be judged; and an audit has no sensors and feeds nobody. */
const EMPTY: readonly string[] = [
  'mpwatch-overview: Pairs that lost most',
  'mpwatch-overview: Not observed',
  'mpwatch-violations: Open remarks',
  'mpwatch-quality: Lost, of what was judged',
  'mpwatch-quality: Loss, judged',
  'mpwatch-quality: Is it the sensor?',
  'mpwatch-failover: Since the last heartbeat',
  'mpwatch-sensors: Sensors',
  'mpwatch-sensors: Blind, by cause',
  'mpwatch-sensors: Not observed',
  'mpwatch-sensors: Packets',
  'mpwatch-sensors: Dropped before they came here',
  'mpwatch-sensors: Behind the clock',
  'mpwatch-sensors: Waiting for InfluxDB',
  'mpwatch-sensors: Given up for InfluxDB',
  'annotation: Failover',
  'annotation: Blind',
  'annotation: Blind until now',
]

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-boards-demo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
toldByTests()

describe.runIf(hasInfluxd)('the demo, audited into an InfluxDB 1', () => {
  let influxd: Influxd
  let points: readonly InfluxPoint[] = []
  let chosen: Chosen
  beforeAll(async () => {
    influxd = await readyInfluxd()
    const store = join(folder, 'store')
    await audit(['fixtures/demo/office.pcap'], {
      ...{ site: 'fixtures/demo/site.yaml', rules: 'rules', json: join(folder, 'result.json') },
      ...{ failOn: 'low', hash: true, quiet: true, separateVlans: false, color: false },
      ...{ maxMalformed: 0.1, store, influx: influxd.url },
    })
    points = await kept(store)
    const times = points.map(({ timeNs }) => Number(timeNs / 1_000_000n))
    chosen = { fromMs: Math.min(...times), toMs: Math.max(...times), everyMs: 60_000 }
  }, 120_000)

  for (const { name, query } of ASKED)
    test(name, async () => {
      const rows = await rowsFrom(influxd, DATABASE, query, chosen)
      expect(rows.length > 0, 'whether it has rows').toBe(!EMPTY.includes(name))
      expectSame(query, rows, points, chosen)
    })
})

async function kept(path: string): Promise<readonly InfluxPoint[]> {
  const store = await openStore(path, { now: () => Date.now() })
  try {
    return await exported(store)
  } finally {
    await store.close()
  }
}
