// What a route tells, and when: ux.md "Alert pipeline", one rule after the other.

import { describe, expect, test } from 'vitest'
import { DeliveryError } from '../../src/alerts/transport.ts'
import type { Acknowledgement, Entry } from '../../src/model/lifecycle.ts'
import type { RouteFilter } from '../../src/model/watch-config.ts'
import { blind, CONFIG, HOUR_MS, MINUTE_MS, SECOND_MS, Stage } from './stage.ts'

const output = (name: string, state: 'degraded' | 'recovered'): Entry => ({
  ...{ kind: 'output', atMs: 1, output: name, state, reason: 'It refuses connections.' },
})
const filterOf = (given: Partial<RouteFilter> = {}): RouteFilter => ({
  ...CONFIG.filter,
  ...given,
})
const ROLES = { source: 'external@internet', destination: 'web@dmz' }

describe('A page', () => {
  test('is told together with the others of its row and roles, when they have waited', async () => {
    const stage = await Stage.open()
    await stage.happens(stage.page('f-1', ROLES))
    await stage.passes(5 * SECOND_MS)
    await stage.happens(
      stage.page('f-2', { ...ROLES, severity: 'medium', destination: 'web@core' }),
      stage.page('f-3', { ...ROLES, row: 'I-12' }),
    )
    await stage.passes(4 * SECOND_MS)
    expect(stage.lines).toEqual([])
    await stage.passes(SECOND_MS)
    expect(stage.lines).toEqual(['1 findings f-1 open, f-2 open'])
    expect(stage.receiver.taken[0]).toMatchObject({
      group: { row: 'I-31', source: 'external', destination: 'web' },
      ...{ route: 'pager', site: 'office', isRepeat: false },
    })
    await stage.passes(5 * SECOND_MS)
    expect(stage.lines.slice(1)).toEqual(['2 findings f-3 open'])
  })

  test('that is critical waits for nothing', async () => {
    const stage = await Stage.open()
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    expect(stage.lines).toEqual(['1 findings f-1 open'])
  })

  test('waits for the interval of its group, unless it is worse than all that was told', async () => {
    const stage = await Stage.open()
    await stage.happens(stage.page('f-1', { severity: 'medium' }))
    await stage.passes(10 * SECOND_MS)
    await stage.happens(stage.page('f-2', { severity: 'medium' }))
    await stage.passes(299 * SECOND_MS)
    expect(stage.lines).toHaveLength(1)
    await stage.passes(SECOND_MS)
    expect(stage.lines[1]).toBe('2 findings f-2 open')
    await stage.happens(stage.page('f-3', { severity: 'critical' }))
    expect(stage.lines[2]).toBe('3 findings f-3 open')
  })

  test('is told again while it is open, and only then', async () => {
    const stage = await Stage.open()
    await stage.happens(stage.page('f-1'), stage.page('f-2'))
    await stage.passes(10 * SECOND_MS)
    await stage.passes(4 * HOUR_MS - SECOND_MS)
    expect(stage.lines).toHaveLength(1)
    await stage.happens(stage.closing('f-2'))
    await stage.passes(SECOND_MS)
    expect(stage.lines[1]).toBe('2 repeat f-1 update')
    await stage.happens(stage.closing('f-1'))
    await stage.passes(12 * HOUR_MS)
    expect(stage.lines).toHaveLength(2)
    await stage.happens(stage.page('f-1', {}, {}, { phase: 'reopen', isPage: false }))
    await stage.passes(MINUTE_MS)
    expect(stage.lines.slice(2)).toEqual(['3 repeat f-1 update'])
  })

  test('is told as closed where it has closed meanwhile', async () => {
    const stage = await Stage.open()
    await stage.happens(stage.page('f-1'), stage.closing('f-1'))
    await stage.passes(10 * SECOND_MS)
    expect(stage.lines).toEqual(['1 findings f-1 close'])
  })

  test('is not told of what was acknowledged meanwhile, nor again', async () => {
    const stage = await Stage.open()
    const acknowledgement: Acknowledgement = {
      ...{ author: 'ada', comment: '', atMs: 1, members: 3, severity: 'high' },
    }
    const quiet = { phase: 'update', isPage: false } as const
    await stage.happens(stage.page('f-1'), stage.page('f-2'))
    await stage.happens(stage.page('f-1', {}, { acknowledgement }, quiet))
    await stage.passes(10 * SECOND_MS)
    expect(stage.lines).toEqual(['1 findings f-2 open'])
    expect(stage.route.state().books).toMatchObject({ enqueued: 1, acked: 1, pending: 0 })
    await stage.happens(stage.page('f-2', {}, { acknowledgement }, quiet))
    await stage.passes(9 * HOUR_MS)
    expect(stage.lines).toHaveLength(1)
    await stage.happens(stage.page('f-2', {}, {}, quiet))
    await stage.passes(MINUTE_MS)
    expect(stage.lines.slice(1)).toEqual(['2 repeat f-2 update'])
  })

  test('that is suppressed when it is due is told when the suppression ends, if it is open', async () => {
    const stage = await Stage.open()
    await stage.happens(stage.page('f-1'), stage.page('f-2'), stage.page('f-3'))
    stage.held.set('f-1', { by: 'suppressed', id: 's-1' })
    stage.held.set('f-2', { by: 'maintenance', id: 'm-1' })
    await stage.passes(HOUR_MS)
    expect(stage.lines).toEqual(['1 findings f-3 open'])
    expect(stage.route.state().books).toMatchObject({ enqueued: 3, acked: 1, pending: 2 })
    await stage.happens(stage.closing('f-2'))
    await stage.again()
    expect(stage.route.state().books).toMatchObject({ enqueued: 1, pending: 1 })
    await stage.passes(HOUR_MS)
    stage.held.clear()
    await stage.passes(MINUTE_MS)
    expect(stage.lines.slice(1)).toEqual(['2 findings f-1 update'])
    expect(stage.route.state().books).toMatchObject({ enqueued: 1, acked: 1, pending: 0 })
  })

  test('is not repeated while something holds it', async () => {
    const stage = await Stage.open()
    await stage.happens(stage.page('f-1'))
    await stage.passes(10 * SECOND_MS)
    stage.held.set('f-1', { by: 'blind', id: null })
    await stage.passes(5 * HOUR_MS)
    expect(stage.lines).toHaveLength(1)
    stage.held.clear()
    await stage.passes(MINUTE_MS)
    expect(stage.lines.slice(1)).toEqual(['2 repeat f-1 update'])
  })

  test('that a storm speaks for is told where the route does not hear of the storm', async () => {
    const stage = await Stage.open({ filter: filterOf({ rows: ['I-31'] }) })
    const storm = { phase: 'open', held: { by: 'storm', id: 'f-9' } } as const
    await stage.happens(
      stage.page('f-9', { row: 'I-12' }),
      stage.page('f-1', {}, { storm: 'f-9' }, storm),
    )
    await stage.passes(10 * SECOND_MS)
    expect(stage.lines).toEqual(['1 findings f-1 open'])
    await stage.happens(
      stage.page('f-8', { row: 'I-31' }),
      stage.page('f-2', {}, { storm: 'f-8' }, { ...storm, held: { by: 'storm', id: 'f-8' } }),
    )
    await stage.passes(HOUR_MS)
    expect(stage.lines.slice(1)).toEqual(['2 findings f-8 open'])
  })

  test('that was held, or is none, is not told', async () => {
    const stage = await Stage.open()
    await stage.happens(
      stage.page('f-1', {}, {}, { held: { by: 'suppressed', id: 's-1' } }),
      stage.page('f-2', {}, {}, { isPage: false }),
    )
    await stage.passes(HOUR_MS)
    expect(stage.lines).toEqual([])
  })
})

describe('A filter', () => {
  const fits: Readonly<Record<string, Partial<RouteFilter>>> = {
    'f-1 f-2': {},
    'f-1': { severity: 'high' },
    'f-2': { rows: ['I-12'] },
    '': { sites: ['elsewhere'] },
  }
  for (const [ids, filter] of Object.entries(fits))
    test(`${JSON.stringify(filter)} lets through ${ids === '' ? 'nothing' : ids}`, async () => {
      const stage = await Stage.open({ filter: filterOf(filter) })
      await stage.happens(
        stage.page('f-1', { row: 'I-09' }),
        stage.page('f-2', { row: 'I-12', severity: 'low' }),
      )
      await stage.passes(HOUR_MS)
      const told = stage.receiver.taken.flatMap(notice =>
        notice.kind === 'findings' ? notice.findings.map(({ finding }) => finding.id) : [],
      )
      expect(told.join(' ')).toBe(ids)
    })

  test('knows roles and nodes of either end', async () => {
    for (const given of [{ roles: ['web'] }, { nodes: ['web@dmz'] }]) {
      const stage = await Stage.open({ filter: filterOf(given) })
      await stage.happens(
        stage.page('f-1', ROLES),
        stage.page('f-2', { ...ROLES, destination: 'app@core' }),
      )
      await stage.passes(HOUR_MS)
      expect(stage.lines).toEqual(['1 findings f-1 open'])
    }
  })
})

describe('That it is over', () => {
  test('is told when all of a group are closed, once', async () => {
    const stage = await Stage.open({ resolved: true })
    await stage.happens(stage.page('f-1'), stage.page('f-2'))
    await stage.passes(10 * SECOND_MS)
    await stage.happens(stage.closing('f-1'))
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toHaveLength(1)
    await stage.happens(stage.closing('f-2'))
    await stage.passes(HOUR_MS)
    expect(stage.lines.slice(1)).toEqual(['2 resolved f-1 close, f-2 close'])
    await stage.again()
    await stage.passes(9 * HOUR_MS)
    expect(stage.lines).toHaveLength(2)
  })

  test('is told of each group, however little may be sent', async () => {
    const stage = await Stage.open({ resolved: true, perMinuteMax: 1 })
    await stage.happens(stage.page('f-1'), stage.page('f-2', { row: 'I-12' }))
    await stage.passes(10 * SECOND_MS)
    await stage.happens(stage.closing('f-1'), stage.closing('f-2', { row: 'I-12' }))
    await stage.passes(5 * MINUTE_MS)
    expect(stage.lines).toEqual([
      '1 digest of 2: f-1 open, f-2 open +0',
      ...['2 resolved f-1 close', '3 resolved f-2 close'],
    ])
  })

  test('is not told of what has come back before it could be', async () => {
    const stage = await Stage.open({ resolved: true })
    await stage.happens(stage.page('f-1'))
    await stage.passes(10 * SECOND_MS)
    stage.receiver.mood = new DeliveryError('busy')
    await stage.happens(stage.closing('f-1'))
    await stage.happens(stage.page('f-1', {}, {}, { phase: 'reopen', isPage: false }))
    stage.receiver.mood = 'takes'
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toHaveLength(1)
    await stage.happens(stage.closing('f-1'))
    await stage.passes(MINUTE_MS)
    expect(stage.lines.slice(1)).toEqual(['3 resolved f-1 close'])
  })

  test('is told of more than fit into one notice', async () => {
    const stage = await Stage.open({ resolved: true })
    const ids = Array.from({ length: 1_001 }, (_, at) => `f-${at}`)
    await stage.happens(...ids.map(id => stage.page(id)))
    await stage.passes(10 * MINUTE_MS)
    await stage.happens(...ids.map(id => stage.closing(id)))
    await stage.passes(10 * MINUTE_MS)
    const over = stage.notes.filter(
      ({ notice, outcome }) => notice === 'resolved' && outcome === 'delivered',
    )
    expect(over.flatMap(({ told }) => told.map(({ id }) => id))).toEqual(ids)
  })

  test('is told also where it closed while nobody ran', async () => {
    const stage = await Stage.open({ resolved: true })
    await stage.happens(stage.page('f-1'))
    await stage.passes(10 * SECOND_MS)
    await stage.route.stop(0)
    await stage.happens(stage.closing('f-1'))
    await stage.again()
    await stage.passes(SECOND_MS)
    expect(stage.lines.slice(1)).toEqual(['2 resolved f-1 close'])
  })
})

describe('Of what has closed before it was told', () => {
  test('is not told once more that it is over, nor after a restart', async () => {
    const stage = await Stage.open({ resolved: true })
    await stage.happens(stage.page('f-1'), stage.closing('f-1'))
    await stage.passes(10 * SECOND_MS)
    await stage.again()
    await stage.passes(9 * HOUR_MS)
    expect(stage.lines).toEqual(['1 findings f-1 close'])
  })
})

describe('Trouble of the monitor', () => {
  test('is told when a sensor is blind, and that it sees again where it was told', async () => {
    const stage = await Stage.open()
    await stage.happens(blind(null))
    expect(stage.lines).toEqual(['1 blind begins'])
    await stage.again()
    await stage.happens(blind(2), blind(3, 'monitor/not_running/1'))
    expect(stage.lines.slice(1)).toEqual(['2 blind ends'])
  })

  test('is told once of an interval that is recorded twice, and anew of one that has ended', async () => {
    const stage = await Stage.open()
    await stage.happens(blind(null))
    await stage.happens(blind(null))
    await stage.again()
    await stage.happens(blind(null))
    expect(stage.lines).toEqual(['1 blind begins'])
    await stage.happens(blind(2), blind(null))
    expect(stage.lines.slice(1)).toEqual(['2 blind begins'])
    await stage.happens(blind(2), blind(2))
    expect(stage.lines.slice(2)).toEqual(['3 blind ends'])
  })

  test('is told once where it is over before it could be told', async () => {
    const stage = await Stage.open({ perMinuteMax: 1 })
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.happens(blind(null), blind(2))
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toEqual(['1 findings f-1 open', '2 blind ends'])
  })

  test('is told of another output, and never of itself', async () => {
    const stage = await Stage.open()
    await stage.happens(output('influx', 'degraded'), output('pager', 'degraded'))
    await stage.happens(output('influx', 'recovered'), output('mail', 'recovered'))
    expect(stage.lines).toEqual(['1 output influx degraded', '2 output influx recovered'])
  })

  test('is told once of an output that fails before and after a restart', async () => {
    const stage = await Stage.open()
    await stage.happens(output('influx', 'degraded'))
    await stage.again()
    await stage.happens(output('influx', 'degraded'))
    expect(stage.lines).toEqual(['1 output influx degraded'])
    await stage.happens(output('influx', 'recovered'))
    await stage.happens(output('influx', 'degraded'))
    expect(stage.lines.slice(1)).toEqual(['2 output influx recovered', '3 output influx degraded'])
  })

  test('says that it is back where an earlier process has said that it fails, once', async () => {
    const stage = await Stage.open()
    stage.wasDegraded = true
    await stage.again()
    expect(stage.states).toEqual([])
    await stage.happens(output('influx', 'degraded'))
    await stage.happens(output('influx', 'recovered'))
    expect(stage.states).toEqual(['recovered'])
  })

  test('counts as high', async () => {
    const filter = filterOf({ severity: 'critical' })
    const stage = await Stage.open({ filter })
    await stage.happens(blind(null), output('influx', 'degraded'))
    expect(stage.lines).toEqual([])
  })
})

describe('Events', () => {
  test('are all told, in order, those of one group together, whatever holds their pages', async () => {
    const stage = await Stage.open({ tells: 'events' })
    stage.held.set('f-1', { by: 'suppressed', id: 's-1' })
    await stage.happens(
      stage.page('f-1'),
      stage.page('f-2', {}, {}, { held: { by: 'suppressed', id: 's-1' } }),
      blind(null),
      stage.page('f-1', {}, {}, { phase: 'update', isPage: false }),
      stage.page('f-3', { row: 'R-3' }),
      stage.closing('f-1'),
    )
    expect(stage.lines).toEqual([
      '1 findings f-1 open, f-2 open, f-1 update',
      ...['2 findings f-3 open', '3 findings f-1 close'],
    ])
    await stage.passes(9 * HOUR_MS)
    expect(stage.lines).toHaveLength(3)
  })
})

describe('More than may be sent in a minute', () => {
  test('are told as one digest, and nothing is missing in the journal', async () => {
    const stage = await Stage.open({ perMinuteMax: 3 })
    const ids = Array.from({ length: 30 }, (_, at) => `f-${at}`)
    await stage.happens(...ids.map((id, at) => stage.page(id, { row: `R-${at}` })))
    await stage.passes(10 * SECOND_MS)
    expect(stage.lines.slice(0, 2)).toEqual(['1 findings f-0 open', '2 findings f-1 open'])
    expect(stage.lines[2]).toMatch(/^3 digest of 28: f-2 open, (?:f-\d+ open, ){8}f-11 open \+18$/)
    const told = stage.notes.filter(({ outcome }) => outcome === 'delivered')
    expect(told.flatMap(note => note.told.map(({ id }) => id))).toEqual(ids)
    await stage.happens(stage.page('f-99', { row: 'R-99', severity: 'critical' }))
    await stage.passes(59 * SECOND_MS)
    expect(stage.lines).toHaveLength(3)
    await stage.passes(SECOND_MS)
    expect(stage.lines[3]).toBe('4 findings f-99 open')
    expect(stage.route.state().books).toMatchObject({ enqueued: 31, acked: 31, pending: 0 })
  })

  test('of which some are about the monitor say what began, and what is over', async () => {
    const stage = await Stage.open({ perMinuteMax: 1 })
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.happens(blind(null), blind(2), output('influx', 'degraded'))
    await stage.passes(MINUTE_MS)
    expect(stage.receiver.taken.at(-1)).toMatchObject({
      kind: 'digest',
      troubles: ['output influx', 'blind eth0/silent/1 (over)'],
    })
  })

  test('of which many are about the monitor name what lasts first, and count the rest', async () => {
    const stage = await Stage.open({ perMinuteMax: 1 })
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.happens(blind(null, 'first'), blind(2, 'first'))
    await stage.happens(...Array.from({ length: 11 }, (_, at) => blind(null, `b-${at}`)))
    await stage.passes(MINUTE_MS)
    expect(stage.receiver.taken.at(-1)).toMatchObject({
      kind: 'digest',
      troubles: [...Array.from({ length: 9 }, (_, at) => `blind b-${at}`), '3 more'],
    })
  })

  test('holds for events, too', async () => {
    const stage = await Stage.open({ tells: 'events', perMinuteMax: 2 })
    const pages = [1, 2, 3, 4].map(number => stage.page(`f-${number}`, { row: `R-${number}` }))
    await stage.happens(...pages)
    expect(stage.lines).toEqual([
      '1 findings f-1 open',
      '2 digest of 3: f-2 open, f-3 open, f-4 open +0',
    ])
  })
})

test('A heartbeat comes every so often, whatever happens, and is no part of the journal', async () => {
  const stage = await Stage.open({ heartbeatS: 60, perMinuteMax: 1 })
  await stage.passes(59 * SECOND_MS)
  expect(stage.lines).toEqual([])
  await stage.happens(stage.page('f-1', { severity: 'critical' }))
  await stage.passes(61 * SECOND_MS)
  expect(stage.lines).toEqual([
    ...['1 findings f-1 open', '1 heartbeat All is well.', '1 heartbeat All is well.'],
  ])
  expect(stage.notes.map(({ outcome }) => outcome)).toEqual(['begun', 'trying', 'delivered'])
})

test('A new route begins with what comes, and one that is known where it was', async () => {
  const stage = new Stage()
  await stage.store.record([stage.page('f-1'), stage.page('f-2')])
  await stage.begin()
  await stage.passes(MINUTE_MS)
  expect(stage.lines).toEqual([])
  await stage.route.stop(0)
  await stage.happens(stage.page('f-3'))
  // Its cursor is a hint, and may be lost.
  stage.store.cursors.clear()
  await stage.again()
  await stage.passes(MINUTE_MS)
  expect(stage.lines).toEqual(['1 findings f-3 open'])
})
