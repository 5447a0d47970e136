// Goal: a store tells which series its points and events make, so that their number stays bounded over restarts.

import { expect, test } from 'vitest'
import type { Point } from '../../src/model/live.ts'
import { openStore } from '../../src/store/store.ts'
import { sampleReportedFinding } from '../support/samples.ts'
import { event, folder, NOON_MS } from './stored.ts'

const point = (row: string, second: number): Point => ({
  measurement: 'mp_flow',
  tags: {
    ...{ site: 'hq', sensor: 'dmz', row, verdict: 'permitted', src_role: 'web', dst_role: 'app' },
    ...{ src_zone: 'dmz', dst_zone: 'core', l4: 'tcp' },
  },
  fields: { flows: 1 },
  timeUs: (NOON_MS + second * 1000) * 1000,
})

test('series of flows are told once each, over all files and restarts', async () => {
  const path = folder()
  for (const first of [0, 2]) {
    const store = await openStore(path, { now: () => NOON_MS, metrics: { segmentBytes: 1 } })
    for (const row of [first, first + 1, 0]) {
      store.add({ flows: [], points: [point(`I-0${row}`, row)] })
      await store.drained()
    }
    await store.close()
  }
  const store = await openStore(path, { now: () => NOON_MS })
  const series = await store.flowSeries(100)
  expect(series.map(({ row }) => row).toSorted()).toEqual(['I-00', 'I-01', 'I-02', 'I-03'])
  expect(series[0]).toEqual(point(String(series[0]?.['row']), 0).tags)
  expect(await store.flowSeries(2)).toHaveLength(2)
  await store.close()
})

test('of events the first of each kind is told', async () => {
  const [example] = sampleReportedFinding().examples
  if (example === undefined) throw new Error('the sample has an example')
  const seenBy = (...sensors: readonly string[]) => ({ examples: [{ ...example, sensors }] })
  const store = await openStore(folder(), { now: () => NOON_MS })
  await store.record([
    event(seenBy('a')),
    event({ ...seenBy('a'), id: 'f-000000000002', members: 9 }),
    event(seenBy('b')),
    event({ ...seenBy('a'), severity: 'low' }),
    event({ ...seenBy('a'), reason: null }),
    event(seenBy('a'), {}, { phase: 'update' }),
    event({ ...seenBy('a'), reason: null, members: 7 }),
    event({}),
  ])
  const kinds = await store.eventKinds(100)
  expect(kinds.map(({ number }) => number)).toEqual([1, 3, 4, 5, 6, 8])
  expect(kinds[1]?.entry.stored.finding.examples[0]?.sensors).toEqual(['b'])
  expect((await store.eventKinds(2)).map(({ number }) => number)).toEqual([1, 3])
  await store.close()
})
