// What becomes of notices when their receiver is down, slow or silent, and when the store is: faults.md F10.

import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { DeliveryError } from '../../src/alerts/transport.ts'
import type { Notice } from '../../src/model/alert.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS, Stage } from './stage.ts'

const DAY_MS = 24 * HOUR_MS
const REFUSED = new DeliveryError('it refuses connections')

const letters = (stage: Stage): string => join(stage.folder, 'dead-letters', 'route-pager.jsonl')

/** Time passes until it holds; files take turns of their own. */
async function passesUntil(stage: Stage, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 2_000) expect.fail('it never came about')
    await stage.passes(MINUTE_MS)
    await setTimeout(1)
  }
}

describe('A receiver', () => {
  test('that refuses is tried again, ever more seldom, and gets the same notice', async () => {
    const stage = await Stage.open()
    stage.receiver.mood = REFUSED
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    const tries: number[] = []
    for (const seconds of [0, 1, 2, 4, 8, 16, 32, 60, 60]) {
      await stage.passes(seconds * SECOND_MS)
      tries.push(stage.receiver.tries)
    }
    expect(tries).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    stage.receiver.mood = 'takes'
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toEqual(['1 findings f-1 open'])
    expect(stage.states).toEqual(['degraded', 'recovered'])
    expect(stage.route.state()).toMatchObject({ retries: 9, state: 'healthy', reason: null })
    expect(stage.notes.map(({ outcome, seq }) => `${outcome} ${seq}`)).toEqual([
      ...['begun 0', 'trying 1', 'delivered 1'],
    ])
  })

  test('that fails once is no news', async () => {
    const stage = await Stage.open()
    stage.receiver.mood = REFUSED
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    stage.receiver.mood = 'takes'
    await stage.passes(SECOND_MS)
    expect(stage.states).toEqual([])
    expect(stage.lines).toHaveLength(1)
  })

  test('that keeps from somebody what it takes is told of, holds up nobody, and is well again afterwards', async () => {
    const stage = await Stage.open()
    stage.receiver.refuses = 'it refuses mail for bob@example.com'
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.happens(stage.page('f-2', { row: 'I-12', severity: 'critical' }))
    expect(stage.receiver.taken).toHaveLength(2)
    expect(stage.states).toEqual(['degraded'])
    expect(stage.route.state()).toMatchObject({
      ...{ state: 'degraded', retries: 0 },
      reason: 'it refuses mail for bob@example.com. The others have what is told.',
    })
    stage.receiver.refuses = null
    await stage.happens(stage.page('f-3', { row: 'I-06', severity: 'critical' }))
    expect(stage.states).toEqual(['degraded', 'recovered'])
    expect(stage.route.state()).toMatchObject({ state: 'healthy', reason: null })
  })

  test('that hangs is given thirty seconds, and holds up nothing but its own route', async () => {
    const [stage, other] = [await Stage.open(), await Stage.open({ name: 'mail' })]
    stage.receiver.mood = 'hangs'
    for (const one of [stage, other]) await one.happens(one.page('f-1', { severity: 'critical' }))
    expect(other.lines).toHaveLength(1)
    await stage.passes(29 * SECOND_MS)
    expect(stage.route.state()).toMatchObject({ retries: 0, state: 'healthy' })
    await stage.passes(32 * SECOND_MS)
    expect(stage.route.state()).toMatchObject({ retries: 2, state: 'degraded' })
    expect(stage.route.state().reason).toBe(
      'memory://receiver: no answer within 30 s. It has failed since 2026-03-02 10:00:30.000Z; what is to be told waits in the store.',
    )
    stage.receiver.mood = 'takes'
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toHaveLength(1)
  })

  test('that asks for time gets it, an hour at most', async () => {
    const stage = await Stage.open()
    stage.receiver.mood = new DeliveryError('busy', 90_000)
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.passes(89 * SECOND_MS)
    expect(stage.receiver.tries).toBe(1)
    stage.receiver.mood = new DeliveryError('busy', 10 * DAY_MS)
    await stage.passes(SECOND_MS)
    expect(stage.receiver.tries).toBe(2)
    await stage.passes(HOUR_MS)
    expect(stage.receiver.tries).toBe(3)
  })

  test('gets what came meanwhile, put together, when it is back', async () => {
    const stage = await Stage.open()
    stage.receiver.mood = REFUSED
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    for (let number = 2; number <= 30; number++) {
      await stage.passes(MINUTE_MS)
      await stage.happens(stage.page(`f-${number}`))
    }
    expect(stage.route.state().books).toMatchObject({ acked: 0 })
    stage.receiver.mood = 'takes'
    await stage.passes(10 * MINUTE_MS)
    expect(stage.lines[0]).toBe('1 findings f-1 open')
    expect(stage.lines[1]?.split(',')).toHaveLength(29)
    expect(stage.lines).toHaveLength(2)
    expect(stage.route.state().books).toMatchObject({ enqueued: 30, acked: 30, pending: 0 })
  })

  test('is not told of what was acknowledged while it was down', async () => {
    const stage = await Stage.open()
    stage.receiver.mood = REFUSED
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    const acknowledgement = {
      ...{ author: 'ada', comment: '', atMs: 1, members: 3, severity: 'critical' as const },
    }
    const quiet = { phase: 'update', isPage: false } as const
    await stage.happens(stage.page('f-1', {}, { acknowledgement }, quiet))
    stage.receiver.mood = 'takes'
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toEqual([])
    expect(stage.notes.at(-1)).toMatchObject({ outcome: 'withdrawn', seq: 1, told: [] })
    await stage.happens(stage.page('f-2', { row: 'I-12', severity: 'critical' }))
    expect(stage.lines).toEqual(['2 findings f-2 open'])
  })

  test('that breaks its own protocol is a failure of which no more than its kind is told', async () => {
    const stage = await Stage.open()
    stage.receiver.mood = 'hangs'
    stage.receiver.deliver = () => Promise.reject(new TypeError('password=hunter2'))
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.passes(5 * SECOND_MS)
    const { reason } = stage.route.state()
    expect(reason).toContain('TypeError')
    expect(reason).not.toContain('hunter2')
  })
})

describe('A dead letter', () => {
  test('is what could not be delivered for so long, and counts as told', async () => {
    const stage = await Stage.open({ repeatS: null })
    stage.receiver.mood = REFUSED
    const title = 'a\u202e\nb'
    await stage.happens(stage.page('f-1', { severity: 'critical', title }))
    await stage.happens(stage.page('f-2', { row: 'I-12', severity: 'critical' }))
    await stage.passes(23 * HOUR_MS)
    expect(stage.route.state().books).toMatchObject({ pending: 2, deadLettered: 0 })
    await passesUntil(stage, () => stage.route.state().books.deadLettered === 2)
    const text = readFileSync(letters(stage), 'utf8')
    expect(text).not.toContain('\u202e')
    const lines: { notice: Notice; reason: string }[] = text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ notice: { seq: 1, findings: [{ id: 'f-1', title }] } })
    expect(lines[0]?.reason).toContain('it refuses connections.')
    expect(statSync(letters(stage)).mode & 0o777).toBe(0o600)
    stage.receiver.mood = 'takes'
    await stage.again()
    await stage.passes(HOUR_MS)
    expect(stage.lines).toEqual([])
    expect(stage.notes.map(({ outcome }) => outcome)).toEqual([
      ...['begun', 'trying', 'dead_letter', 'trying', 'dead_letter'],
    ])
  })

  test('is not spoilt by one that a crash has cut', async () => {
    const stage = await Stage.open({ giveUpS: 60 })
    await mkdir(join(stage.folder, 'dead-letters'))
    writeFileSync(letters(stage), '{"notice":')
    stage.receiver.mood = REFUSED
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await passesUntil(stage, () => stage.route.state().books.deadLettered === 1)
    const [torn, whole = '', end] = readFileSync(letters(stage), 'utf8').split('\n')
    expect([torn, end]).toEqual(['{"notice":', ''])
    expect(JSON.parse(whole)).toMatchObject({ notice: { seq: 1 } })
  })

  test('that does not fit into its file is tried on, until there is room', async () => {
    const stage = await Stage.open({ giveUpS: 60 })
    await mkdir(join(stage.folder, 'dead-letters'))
    writeFileSync(letters(stage), '')
    truncateSync(letters(stage), 16 * 1024 * 1024)
    stage.receiver.mood = REFUSED
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await passesUntil(stage, () => stage.route.state().reason?.includes('is full') ?? false)
    expect(stage.route.state().books).toMatchObject({ pending: 1, deadLettered: 0 })
    truncateSync(letters(stage), 0)
    await passesUntil(stage, () => stage.route.state().books.deadLettered === 1)
  })
})

describe('A store', () => {
  test('that cannot be asked holds the route up, and says so', async () => {
    const stage = await Stage.open()
    await stage.store.record([stage.page('f-1', { severity: 'critical' })])
    stage.store.failure = new Error('The disk is on fire.')
    await stage.happens().catch(() => undefined)
    stage.route.wake()
    await stage.passes(MINUTE_MS)
    expect(stage.route.state()).toMatchObject({ state: 'degraded' })
    expect(stage.route.state().reason).toContain('The disk is on fire.')
    stage.store.failure = null
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toHaveLength(1)
    expect(stage.route.state()).toMatchObject({ state: 'healthy' })
  })

  test('that keeps nothing lets nothing be told', async () => {
    const stage = await Stage.open()
    stage.recordFailure = new Error('The disk is full.')
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    await stage.passes(HOUR_MS)
    expect(stage.receiver.tries).toBe(0)
    stage.recordFailure = null
    await stage.passes(MINUTE_MS)
    expect(stage.lines).toHaveLength(1)
  })

  test('that does not take what was told lets nothing more be told', async () => {
    const stage = await Stage.open()
    const { receiver } = stage
    const deliver = receiver.deliver.bind(receiver)
    receiver.deliver = (notice, signal) => {
      stage.recordFailure = new Error('The disk is full.')
      return deliver(notice, signal)
    }
    await stage.happens(
      stage.page('f-1', { severity: 'critical' }),
      stage.page('f-2', { row: 'I-12', severity: 'critical' }),
    )
    await stage.passes(HOUR_MS)
    expect(stage.lines).toHaveLength(1)
    receiver.deliver = deliver
    const first = receiver.taken[0]
    stage.recordFailure = null
    await stage.again()
    // Nobody knows that the first one arrived: it comes again, and says so by its id and its number.
    expect(stage.lines).toEqual([
      ...['1 findings f-1 open', '1 findings f-1 open', '2 findings f-2 open'],
    ])
    expect(receiver.taken[1]).toEqual(first)
  })
})

describe('Stopped', () => {
  test('it lets what is being delivered end', async () => {
    const stage = await Stage.open()
    let arrive = (): void => undefined
    stage.receiver.deliver = () =>
      new Promise(resolve => {
        arrive = () => resolve('taken')
      })
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    const stopped = stage.route.stop(5 * SECOND_MS)
    await stage.clock.settle()
    arrive()
    await stopped
    await stage.running
    expect(stage.notes.at(-1)).toMatchObject({ outcome: 'delivered', seq: 1 })
    expect(stage.receiver.isClosed).toBe(true)
  })

  test('it cuts off what does not end in time, and tells the same in the next run', async () => {
    const stage = await Stage.open()
    stage.receiver.mood = 'hangs'
    await stage.happens(stage.page('f-1', { severity: 'critical' }))
    const stopped = stage.route.stop(5 * SECOND_MS)
    await stage.passes(5 * SECOND_MS)
    await stopped
    await stage.running
    expect(stage.route.state().retries).toBe(0)
    stage.receiver.mood = 'takes'
    await stage.again()
    expect(stage.lines).toEqual(['1 findings f-1 open'])
    expect(stage.notes.map(({ outcome }) => outcome)).toEqual(['begun', 'trying', 'delivered'])
  })
})
