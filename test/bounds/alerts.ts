// Bounds of a route of alerts: what waits, what it remembers, what a notice holds, how long it tries.

import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { DeadLetters } from '../../src/alerts/dead-letters.ts'
import { digestOf, type Shipment } from '../../src/alerts/shipments.ts'
import { Told } from '../../src/alerts/told.ts'
import { DeliveryError } from '../../src/alerts/transport.ts'
import type { Notice } from '../../src/model/alert.ts'
import type { Notified } from '../../src/model/lifecycle.ts'
import { SECOND_MS, Stage } from '../alerts/stage.ts'
import { type BoundCase, numbersTo } from './case.ts'

const notified = (notice: Notified['notice'], group: string, ids: readonly string[]): Notified => ({
  ...{ kind: 'notified', atMs: 1, route: 'pager', seq: 1, outcome: 'delivered', notice, group },
  ...{ told: ids.map(id => ({ id, severity: 'high' })), entries: [], upTo: 0 },
})

const told = (...notices: readonly Notified[]): Told => {
  const told = new Told({ repeatS: 1, isTracking: true })
  for (const one of notices) told.take(one, 0)
  return told
}

/** A route to which so many pages come of so many rows, and which tells none. */
async function waiting(pages: number, rows: number): Promise<Stage> {
  const stage = await Stage.open()
  const pageOf = (number: number) => stage.page(`f-${number}`, { row: `I-${number % rows}` })
  await stage.happens(...numbersTo(pages).map(pageOf))
  return stage
}

export const ALERT_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'pages that wait in a route, groups of them': async (pages = 0, groups = 0) => {
    const many = await waiting(pages + 7, 1)
    expect(many.route.state().books.pending).toBe(pages)
    await many.passes(30 * 300 * SECOND_MS)
    expect(many.route.state().books).toMatchObject({ pending: 0, acked: pages + 7 })
    const wide = await waiting(groups + 7, groups + 7)
    expect(wide.route.state().books.pending).toBe(groups)
  },

  'findings that a route has told, groups, blind intervals and outputs': (
    findings = 0,
    groups = 0,
    names = 0,
  ) => {
    const many = told(notified('findings', 'all', numbersTo(findings + 1).map(String)))
    expect(many.ids).toHaveLength(findings)
    expect(many.finding('0')).toBeUndefined()
    const wide = told(
      ...numbersTo(groups + 1).map(id => notified('findings', `group ${id}`, [String(id)])),
    )
    expect([...wide.groups()]).toHaveLength(groups)
    expect(wide.finding('0')).toBeUndefined()
    const blind = told(
      notified(
        'blind',
        '',
        numbersTo(names + 1).map(id => `blind ${id}`),
      ),
    )
    expect(numbersTo(names + 1).filter(id => blind.isNamed(`blind ${id}`))).toHaveLength(names)
  },

  'findings of a notice, of a digest, those that it shows': async (own = 0, all = 0, shown = 0) => {
    const stage = await Stage.open({ intervalS: 60 })
    const critical = { severity: 'critical' } as const
    await stage.happens(...numbersTo(own + 7).map(id => stage.page(`f-${id}`, critical)))
    await stage.passes(60 * SECOND_MS)
    const counts = stage.receiver.taken.map(one => ('findings' in one ? one.findings.length : 0))
    expect(counts).toEqual([own, 7])
    const part: Shipment = {
      ...{ notice: 'findings', group: '', notices: 1, items: [], isRepeat: false },
      ...{ ids: numbersTo(all / 2).map(String), worst: 'high', sinceMs: 0 },
    }
    expect(digestOf([part, part, part])).toMatchObject({ notices: 2 })
    const few = await Stage.open({ perMinuteMax: 1 })
    const pages = numbersTo(shown + 7).map(id => few.page(`f-${id}`, { ...critical, row: `${id}` }))
    await few.happens(...pages)
    const [digest] = few.receiver.taken
    expect(digest).toMatchObject({ kind: 'digest', notices: shown + 7, more: 7 })
    expect(digest?.kind === 'digest' && digest.findings.length).toBe(shown)
  },

  'a try to deliver, the time between two, as a receiver asks for it': async (
    tryS = 0,
    pauseS = 0,
    askedS = 0,
  ) => {
    const stage = await Stage.open()
    stage.receiver.mood = 'hangs'
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.passes(tryS * SECOND_MS)
    expect(stage.route.state().retries).toBe(1)
    stage.receiver.mood = new DeliveryError('no')
    await stage.passes(3_600 * SECOND_MS)
    const { tries } = stage.receiver
    await stage.passes(10 * pauseS * SECOND_MS)
    expect(stage.receiver.tries).toBe(tries + 10)
    stage.receiver.mood = new DeliveryError('no', 1e9 * SECOND_MS)
    await stage.passes(pauseS * SECOND_MS)
    await stage.passes((askedS - pauseS) * SECOND_MS)
    expect(stage.receiver.tries).toBe(tries + 11)
    await stage.passes(pauseS * SECOND_MS)
    expect(stage.receiver.tries).toBe(tries + 12)
  },

  'dead letters of a route': async (bytes = 0) => {
    const { folder } = new Stage()
    const letters = new DeadLetters(folder, '../pager')
    const notice: Notice = {
      ...{ id: '1', route: 'pager', seq: 1, atMs: 1, site: 'office' },
      ...{ kind: 'output', output: 'influx', state: 'degraded', reason: 'It refuses.' },
    }
    await mkdir(dirname(letters.path))
    await writeFile(letters.path, '')
    await truncate(letters.path, bytes)
    await expect(letters.add(notice, { atMs: 1, reason: '' })).rejects.toThrow('is full')
    await truncate(letters.path, bytes - 1_000)
    await letters.add(notice, { atMs: 1, reason: '' })
    expect(dirname(dirname(letters.path))).toBe(folder)
  },
}
