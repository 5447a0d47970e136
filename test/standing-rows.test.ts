// Goal: rows that say how something stands are told in time while nobody sends, claim nothing of what the sensor
// missed, and go on over new rules without counting anything twice.
// Method: small stories whose chunks say that they are quiet, that packets were lost, or behind which rules change.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Chunk } from '../src/model/chunk.ts'
import type { MeasurementRow } from '../src/model/quality.ts'
import { complianceFor } from './support/audit.ts'
import { type RunOptions, ran } from './support/run.ts'
import { beat, beats, MINUTE, story as pair, range } from './watchers/failover-story.ts'
import { SITE } from './watchers/site.ts'
import { story, VENDOR } from './watchers/story.ts'

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-standing-'))
afterAll(() => rmSync(folder, { recursive: true }))
const siteFile = join(folder, 'site.yaml')
writeFileSync(siteFile, SITE)
const rules = (file = siteFile) => complianceFor(file, null)
/** Nobody can go on with what was learned where the same names may stand elsewhere. */
const otherFile = join(folder, 'other.yaml')
const WEB = '  - {name: web-9, role: web, address: 10.10.20.29}'
writeFileSync(otherFile, SITE.replace('nodes:', `nodes:\n${WEB}`))
const SECOND_NS = 1e9

const named = (rows: readonly MeasurementRow[], name: MeasurementRow['measurement']) =>
  rows.filter(({ measurement }) => measurement === name)

test('windows end in the quiet, and not before', () => {
  const told = pair(25)
  told.net.at(12).ping(told.a, told.b)
  const frames = told.net.packets()
  const ended = (quietSeconds: number): readonly MeasurementRow[] => {
    const rows: MeasurementRow[] = []
    const chunk = (one: Chunk, _: unknown, next: unknown): Chunk =>
      next === undefined ? { ...one, quietUntilNs: quietSeconds * SECOND_NS } : one
    const after: RunOptions['after'] = (_, batches) =>
      rows.push(...batches.flatMap(batch => batch.rows))
    ran(frames, rules(), { chunkPackets: 1, chunk, after })
    return named(rows, 'mp_failover')
  }
  // The last packet comes at 16 s.
  expect(ended(19)).toEqual([])
  expect(ended(20).map(({ timeNs }) => timeNs / SECOND_NS)).toEqual([10])
  // Of what comes then nobody knows anything.
  expect(ended(95)).toEqual(ended(20))
})

test('how replication stands is not known after the sensor missed something', () => {
  const states = (isMarked: boolean) => {
    const told = pair(6 * MINUTE)
    beats(told, range(0, 6))
    let isBefore = true
    const { rows } = ran(told.net.packets(), rules(), {
      chunkPackets: 1,
      chunk: (chunk, { timeNs }) => {
        const isBehindDamage = isMarked && isBefore && timeNs > 185 * SECOND_NS
        if (isBehindDamage) isBefore = false
        return { ...chunk, isBehindDamage }
      },
    })
    const at = (second: number) =>
      named(rows, 'mp_failover').find(({ timeNs }) => timeNs === second * SECOND_NS)?.fields
    return [170, 180, 190].map(second => at(second)?.['repl_state'] ?? null)
  }
  expect(beat(3)).toBe(190)
  expect(states(true)).toEqual(['up', null, 'up'])
  expect(states(false)).toEqual(['up', 'up', 'up'])
})

test.each<[string, string, readonly string[]]>([
  ['take over the state of a Web Server', siteFile, []],
  ['with other places learn it anew', otherFile, ['90 normal -']],
])('new rules %s, and count no connection again', (_, file, learned) => {
  const frames = story(170, (net, { web, appA }) => {
    const { clientPort } = net.at(30).tcpOpen(web, appA, 5003, VENDOR)
    const alive = { clientPort, exchanges: 12, everyMs: 10_000, ...VENDOR }
    net.at(40).tcpMidstream(web, appA, 5003, alive)
  })
  const rows: MeasurementRow[] = []
  let isReloaded = false
  const run = ran(frames, rules(), {
    chunkPackets: 1,
    after: (monitor, _, frame) => {
      if (isReloaded || (frames[frame]?.timeNs ?? 0) < 95 * SECOND_NS) return
      isReloaded = true
      rows.push(...monitor.reload(rules(file)).batch.rows)
    },
  })
  const all = named([...rows, ...run.rows], 'mp_gwsim').toSorted(
    (one, other) => one.timeNs - other.timeNs,
  )
  const texts = all.map(({ timeNs, fields }) => {
    const { state_name: state, completed_out: count } = fields
    return `${Math.floor(timeNs / SECOND_NS)} ${state} ${count ?? '-'}`
  })
  // The minute of the change has a row by either rules.
  expect(texts).toEqual([
    ...['0 unknown 1', '30 normal -', '60 normal 0', '60 normal 0'],
    ...learned,
    '120 normal 0',
  ])
})
