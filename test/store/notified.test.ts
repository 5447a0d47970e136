// What routes of alerts have told is kept as long as the events that it answers, though no timeline shows it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Incident, Notified } from '../../src/model/lifecycle.ts'
import { ALL, DAY_MS, event, folder, idOf, NOON_MS, within } from './stored.ts'

const notified = (route: string, seq: number, atMs = NOON_MS): Notified => ({
  ...{ kind: 'notified', atMs, route, seq, outcome: 'delivered', notice: 'findings' },
  ...{ group: 'I-09 external -> app', told: [{ id: idOf(1), severity: 'high' }] },
  ...{ entries: [1], upTo: 1 },
})

const failing: Incident = {
  ...{ kind: 'output', atMs: NOON_MS, output: 'siem', state: 'degraded', reason: 'refused' },
}

test('A timeline shows an output that fails, and not each notice', async () => {
  const path = folder()
  await within(path, store => store.record([event(), notified('pager', 1), failing]))
  await within(path, async store => {
    expect(await store.timeline(ALL)).toEqual([failing])
    expect(await store.entriesAfter(0, 10, ['notified', 'output'])).toEqual([
      { number: 2, entry: notified('pager', 1) },
      { number: 3, entry: failing },
    ])
  })
})

test('What was told lately, and the latest of each route, outlives its file of the journal', async () => {
  const path = folder()
  const nowMs = NOON_MS + 30 * DAY_MS
  const options = { segmentBytes: 8_192, journalBytesMax: 32_768, now: () => nowMs }
  const told = [
    ...[notified('pager', 1), notified('pager', 2)],
    ...[notified('mail', 1), notified('mail', 2, nowMs - DAY_MS), notified('mail', 3, nowMs)],
  ]
  await within(
    path,
    async store => {
      await store.record(told)
      for (let members = 1; members <= 100; members++) await store.record([event({ members })])
      await store.keep()
    },
    options,
  )
  // Made of the journal alone.
  writeFileSync(join(path, 'history.duckdb'), 'nothing that a database wrote')
  await within(path, async store => {
    const kept = await store.entriesAfter(0, 10, ['notified'])
    expect(kept.map(({ number, entry }) => `${number} ${entry.route} ${entry.seq}`)).toEqual([
      '2 pager 2',
      '4 mail 2',
      '5 mail 3',
    ])
  })
})

test('What was told goes with the events of its time, but for the latest of each route', async () => {
  let now = NOON_MS
  await within(
    folder(),
    async store => {
      await store.record([event(), notified('pager', 1), notified('pager', 2)])
      expect(await store.entriesAfter(0, 10, ['finding', 'notified'])).toHaveLength(3)
      now = NOON_MS + 401 * DAY_MS
      await store.keep()
      const kept = await store.entriesAfter(0, 10, ['finding', 'notified'])
      expect(kept.map(({ number }) => number)).toEqual([3])
    },
    { now: () => now },
  )
})
