// Goal: a fault of ours in one output ends that output alone: the others have everything, the monitor takes what comes, says
// what has happened, and its last word waits for nobody who has ended.
// Method: a real desk over a real store feeds two InfluxDBs and an EVE file. The writer of one of them throws, which no
// writer may; the other's takes everything.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { InfluxPoint, InfluxWriter } from '../../src/influx/writer.ts'
import type { RouteConfig, WatchConfig } from '../../src/model/watch-config.ts'
import { clockAfter } from '../../src/watch/clock-file.ts'
import { openOutputs } from '../../src/watch/open-outputs.ts'
import { CONFIG as ROUTE } from '../alerts/stage.ts'
import { influxConfig } from '../influx/configs.ts'
import { START_MS, told } from '../lifecycle/story.ts'
import { type Office, office } from './desk.ts'

const rules = {
  generation: 1,
  policy: { id: 'meetingplace-7.1', hash: 'sha256:aa', webexRanges: 'seed' },
  ...{ site: { name: 'hq', hash: 'sha256:bb' }, sensors: ['core'] },
}

const writer = (where: string, write: InfluxWriter['write']): InfluxWriter => ({
  ...{ where, write, createDatabase: async () => true },
  ...{ forgetSecret() {}, async close() {} },
})

/** Three outputs of an office, of which the second InfluxDB's writer is at fault. */
function fed({ desk, store, folder }: Office) {
  const [taken, faults]: [InfluxPoint[], unknown[]] = [[], []]
  const takes = async (points: readonly InfluxPoint[]) => {
    taken.push(...points)
    return { status: 204, text: '', retryAfterMs: null }
  }
  const config = { store: { folder } } as WatchConfig
  const file = join(folder, 'eve.json')
  const eve: RouteConfig = {
    ...{ ...ROUTE, name: 'eve', tells: 'events', perMinuteMax: 10_000 },
    target: { kind: 'eve', path: file, bytesMax: 1_000_000, files: 1 },
  }
  const outputs = openOutputs(
    {
      influx: [
        {
          config: influxConfig('http://broken', { name: 'broken' }),
          writer: writer('http://broken/mpwatch', () => Promise.reject(new TypeError('a bug'))),
        },
        {
          config: influxConfig('http://good', { name: 'good' }),
          writer: writer('http://good/mpwatch', takes),
        },
      ],
      ...{ routes: [eve], series: null, degraded: new Set() },
    },
    { ...{ config, store, desk, clock: clockAfter(null) }, rules: () => rules, onFault: fault },
  )
  function fault(error: unknown): void {
    faults.push(error)
  }
  desk.listen(() => outputs.wake())
  onTestFinished(() => outputs.stop(0))
  const inEve = () => readFileSync(file, 'utf8').trimEnd().split('\n')
  return { outputs, taken, faults, inEve }
}

const drained = (outputs: ReturnType<typeof openOutputs>, { store }: Office): Promise<void> =>
  outputs.drained(
    async () => (await store.health()).rows.waiting === 0,
    AbortSignal.timeout(20_000),
  )

test('a fault in one output leaves the others and the monitor as they are', async () => {
  const one = await office()
  const { outputs, taken, faults, inEve } = fed(one)
  outputs.begin()
  await one.telling({ findings: [told('f-1', 1, START_MS)] })
  await drained(outputs, one)
  expect(faults).toMatchObject([{ message: 'a bug' }])

  // What comes after the fault is taken in, told, and brought to those that go on.
  await one.telling({ findings: [told('f-2', 1, START_MS)] })
  await drained(outputs, one)
  expect(inEve().map(line => JSON.parse(line).mp.finding_id)).toEqual(['f-1', 'f-2'])
  expect(taken.filter(({ measurement }) => measurement === 'mp_violation')).toHaveLength(2)
  expect(outputs.states()).toMatchObject([
    { name: 'broken', state: 'degraded', reason: expect.stringContaining('(a bug)') },
    { name: 'good', state: 'healthy', books: { pending: 0 } },
    { name: 'eve', state: 'healthy', books: { pending: 0, acked: 2 } },
  ])
  const [broken] = outputs.states()
  expect(broken?.books.acked).toBe(0)

  await outputs.reopen()
  await outputs.stop(1_000)
  await one.desk.stop()
  expect(faults).toHaveLength(1)
})
