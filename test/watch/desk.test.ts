// What is told, done and noted is on the disk before anybody knows of it, or it has not happened.

import { setTimeout } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { Unavailable } from '../../src/model/desk.ts'
import { UsageError } from '../../src/model/errors.ts'
import type { Entry } from '../../src/model/lifecycle.ts'
import type { BlindInterval } from '../../src/model/live.ts'
import { HOUR_MS, MINUTE_MS, START_MS, told } from '../lifecycle/story.ts'
import { sampleCoverage, sampleLedger } from '../support/samples.ts'
import { type Office, office, runOf } from './desk.ts'

const ALL = { fromMs: 0, toMs: 9e12, limit: 1000 }
const SAID = { author: 'ann', comment: 'change 4411' }
const QUIET = {
  ...{ scope: { rows: ['I-31'] }, reason: 'the firewall is being replaced', author: 'ann' },
  ...{ fromMs: null, untilMs: START_MS + HOUR_MS },
}
const BLIND: BlindInterval = {
  ...{ id: 'span0/link_down/1', sensor: 'dmz-span', interface: 'span0', cause: 'link_down' },
  ...{ fromMs: START_MS, toMs: null, detail: 'The interface has no carrier.' },
}
const found = ({ telling, clock }: Office, id = 'f-1', members = 1) =>
  telling({ findings: [told(id, members, clock.atMs)] })
const inWords = (entries: readonly Entry[]) =>
  entries.map(entry =>
    entry.kind === 'finding' ? `${entry.phase} ${entry.stored.finding.id}` : entry.kind,
  )
/** Until the first try to write has failed. */
const untilTroubled = ({ desk }: Office) =>
  vi.waitFor(async () => expect((await desk.status()).store.state).toBe('degraded'), {
    ...{ timeout: 20_000, interval: 5 },
  })
const openIds = async ({ store }: Office) =>
  (await store.findings({ state: 'open', limit: 100, offset: 0 })).map(({ finding }) => finding.id)

describe('a telling', () => {
  test('is on the disk when its promise is kept, and told to listeners in the order of the disk', async () => {
    const one = await office()
    await one.telling({ findings: [told('f-1', 1, START_MS)], blind: [BLIND] })
    expect(inWords(one.heard)).toEqual(['started', 'blind', 'open f-1'])
    expect(await openIds(one)).toEqual(['f-1'])
    expect(await one.store.events(ALL)).toHaveLength(1)
    expect(await one.store.blind(ALL)).toEqual([BLIND])
  })

  test('hands over coverage, and what was left out as incidents, once a minute and at the end', async () => {
    const one = await office()
    const coverage = sampleCoverage()
    await one.telling({ coverage, leftOut: { flows: 3, points: 0 } })
    await one.telling({ leftOut: { flows: 5, points: 1 } })
    one.clock.atMs += MINUTE_MS
    await one.telling({ leftOut: { flows: 9, points: 1 } })
    await one.telling({ leftOut: { flows: 10, points: 1 } })
    await one.desk.stop()
    const lost = one.heard.flatMap(entry =>
      entry.kind === 'lost' ? [`${entry.what} ${entry.count}`] : [],
    )
    expect(lost).toEqual(['flows 3', 'flows 6', 'points 1', 'flows 1'])
    expect(await one.store.coverage()).toMatchObject({ captureMs: START_MS, coverage })
  })

  test('looks up findings that closed long ago', async () => {
    const one = await office()
    await found(one)
    for (let hours = 0; hours < 26 * 60; hours += 10) {
      one.clock.atMs += 10 * MINUTE_MS
      await one.telling()
    }
    await found(one, 'f-1', 2)
    expect(inWords(one.heard)).toEqual(['started', 'open f-1', 'close f-1', 'reopen f-1'])
    expect(one.heard.at(-1)).toMatchObject({ isPage: true, stored: { episodes: 2 } })
  })
})

describe('while the disk is full', () => {
  test('nobody is told, the status says so, and everything goes on in order when there is room', async () => {
    const one = await office()
    await one.telling()
    one.disk.isFull = true
    const first = found(one, 'f-1')
    const second = found(one, 'f-2')
    const isKept = vi.fn()
    first.then(isKept)
    await setTimeout(100)
    expect(isKept).not.toHaveBeenCalled()
    expect(inWords(one.heard)).toEqual(['started'])
    expect(await one.desk.status()).toMatchObject({
      ...{ state: 'compliant', store: { state: 'degraded' } },
    })
    expect((await one.desk.status()).store.reason).toMatch(/no space left/i)

    one.disk.isFull = false
    await Promise.all([first, second])
    expect(inWords(one.heard)).toEqual(['started', 'open f-1', 'open f-2'])
    expect(await one.store.events(ALL)).toHaveLength(2)
    expect(await one.desk.status()).toMatchObject({ state: 'violations' })
  })

  test('an act is refused at once with the reason, and has not happened', async () => {
    const one = await office()
    await found(one)
    one.disk.isFull = true
    const acknowledging = one.desk.acknowledge(['f-1'], SAID)
    await expect(acknowledging).rejects.toThrow(Unavailable)
    await expect(acknowledging).rejects.toThrow(/no space left.*Nothing was done/i)
    await expect(one.desk.suppress(QUIET)).rejects.toThrow(/no space left/i)
    const waiting = found(one, 'f-2')
    // Behind the telling that is tried again and again, and then while it is.
    await expect(one.desk.suppress(QUIET)).rejects.toThrow(Unavailable)
    await expect(one.desk.maintain(QUIET)).rejects.toThrow(/no space left.*Nothing was done/)
    one.disk.isFull = false
    await waiting
    const [stored] = await one.desk.find(['f-1'])
    expect(stored?.acknowledgement).toBeNull()
    expect(await one.desk.quieted()).toEqual({ suppressions: [], maintenances: [] })
    one.clock.atMs += 1000
    await one.telling({ findings: [told('f-1', 2, START_MS, { severity: 'critical' })] })
    expect(one.heard.at(-1)).toMatchObject({ phase: 'update', isPage: true, held: null })
  })

  test('stopping gives up what waits, and says so to whoever waits for it', async () => {
    const one = await office()
    await one.telling()
    one.disk.isFull = true
    const waiting = found(one)
    const rejected = expect(waiting).rejects.toThrow(/no space left/i)
    await untilTroubled(one)
    await expect(one.desk.stop()).rejects.toThrow(/no space left/i)
    await rejected
    expect(inWords(one.heard)).toEqual(['started'])
  })

  test('stopping keeps what waited where there is room at the last moment', async () => {
    const one = await office({ retryMs: HOUR_MS })
    await one.telling()
    one.disk.isFull = true
    const waiting = found(one)
    await untilTroubled(one)
    one.disk.isFull = false
    await one.desk.stop()
    await waiting
    expect(inWords(one.heard)).toEqual(['started', 'open f-1', 'stopped'])
  })

  test('stopping keeps what was given up, where there is room for its own last word', async () => {
    const one = await office({ retryMs: HOUR_MS })
    await one.telling()
    one.disk.isFull = true
    const waiting = found(one).catch(() => {
      one.disk.isFull = false
    })
    await untilTroubled(one)
    await one.desk.stop()
    await waiting
    expect(inWords(one.heard)).toEqual(['started', 'open f-1', 'stopped'])
    expect(await openIds(one)).toEqual(['f-1'])
  })

  test('watching begins all the same', async () => {
    const before = await office()
    await before.telling()
    await before.kill()
    const one = await office({ folder: before.folder })
    one.disk.isFull = true
    const waiting = found(one)
    await setTimeout(30)
    one.disk.isFull = false
    await waiting
    expect(await openIds(one)).toEqual(['f-1'])
  })
})

describe('an act', () => {
  test('is on the disk when its promise is kept', async () => {
    const one = await office()
    await found(one)
    await one.desk.acknowledge(['f-1'], SAID)
    const suppression = await one.desk.suppress(QUIET)
    const maintenance = await one.desk.maintain({ ...QUIET, scope: {} })
    await one.kill()

    const two = await office({ folder: one.folder, run: runOf('w-2') })
    expect((await two.desk.find(['f-1']))[0]?.acknowledgement?.author).toBe('ann')
    expect(await two.desk.quieted()).toEqual({
      ...{ suppressions: [suppression], maintenances: [maintenance] },
    })
    await found(two, 'f-2')
    expect(two.heard.at(-1)).toMatchObject({ held: { by: 'suppressed', id: suppression.id } })
    await two.desk.end(suppression.id, 'bob')
    await two.desk.end(maintenance.id, 'bob')
    await two.kill()
    const three = await office({ folder: one.folder, run: runOf('w-3') })
    expect(await three.desk.quieted()).toEqual({ suppressions: [], maintenances: [] })
  })

  test('that is wrong is refused, and writes nothing', async () => {
    const one = await office()
    await found(one)
    const before = (await one.store.timeline(ALL)).length
    await expect(one.desk.acknowledge(['f-1', 'f-nobody'], SAID)).rejects.toThrow(UsageError)
    await expect(one.desk.suppress({ ...QUIET, reason: 'no' })).rejects.toThrow(UsageError)
    await expect(one.desk.end('s-nobody', 'ann')).rejects.toThrow(UsageError)
    expect(await one.store.timeline(ALL)).toHaveLength(before)
    expect((await one.desk.find(['f-1']))[0]?.acknowledgement).toBeNull()
  })

  test('may be done where nobody watches', async () => {
    const one = await office()
    await found(one)
    await one.kill()
    const alone = await office({ folder: one.folder, run: null })
    await alone.desk.acknowledge(['f-1'], SAID)
    await alone.desk.unacknowledge(['f-1'], SAID)
    await alone.desk.acknowledge(['f-1'], SAID)
    expect(inWords(alone.heard)).toEqual([
      ...['acknowledge', 'update f-1', 'unacknowledge', 'update f-1', 'acknowledge', 'update f-1'],
    ])
    await expect(alone.desk.reload()).rejects.toThrow(Unavailable)
    expect((await alone.desk.status()).sentence).toBe('1 violation open. No monitor is running.')
  })
})

describe('a monitor that begins again', () => {
  test('after a kill knows what was reported, and says that nobody watched meanwhile', async () => {
    const one = await office()
    await one.telling({ findings: [told('f-1', 7, START_MS)], blind: [BLIND] })
    await one.kill()

    const lastCaptureMs = START_MS + 500
    const two = await office({ folder: one.folder, run: runOf('w-2'), lastCaptureMs })
    two.clock.atMs += MINUTE_MS
    await two.telling({ findings: [told('f-1', 2, two.clock.atMs)] })
    await two.telling()
    expect(inWords(two.heard)).toEqual(['started', 'blind', 'blind'])
    const [left, absent, ...more] = await two.store.blind(ALL)
    expect(more).toEqual([])
    expect(left).toEqual({ ...BLIND, toMs: lastCaptureMs })
    expect(absent).toMatchObject({
      ...{
        cause: 'not_running',
        interface: null,
        fromMs: lastCaptureMs,
        toMs: START_MS + MINUTE_MS,
      },
    })
    await two.desk.stop()
    expect((await two.desk.find(['f-1']))[0]?.finding.members).toBe(9)
  })

  test('by stopping well loses no member', async () => {
    const one = await office()
    await found(one)
    await found(one, 'f-1', 6)
    await one.desk.stop()
    expect(inWords(one.heard)).toEqual(['started', 'open f-1', 'update f-1', 'stopped'])
    expect((await one.store.find(['f-1']))[0]?.finding.members).toBe(6)
  })
})

describe('the status', () => {
  const sentence = async ({ desk }: Office) => (await desk.status()).sentence
  const nothing = {
    ...{ permitted: 0, permitted_unverified: 0, escaped: 0, rejected: 0, misdropped: 0 },
    ...{ excepted: 0, undetermined: 0, out_of_scope: 7, pending: 1 },
  }

  test('is never compliant where nothing was seen', async () => {
    const one = await office()
    expect(await sentence(one)).toBe('Not observed. No packet has come yet.')
    await one.telling({ ledger: sampleLedger({ verdicts: nothing }) })
    expect(await sentence(one)).toBe('Not observed. No flow of the site has been seen.')
    await one.telling()
    expect(await sentence(one)).toBe('Compliant as observed.')
    await one.telling({ blind: [BLIND] })
    expect(await one.desk.status()).toMatchObject({
      ...{ state: 'not_observed', sentence: 'Not observed. span0 has no link.', blind: [BLIND] },
    })
    await one.telling({ blind: [{ ...BLIND, toMs: START_MS + 5 }] })
    expect(await sentence(one)).toBe('Compliant as observed.')
  })

  test('counts violations, and what nothing is wrong with is none', async () => {
    const one = await office()
    const findings = [
      told('f-1', 1, START_MS),
      told('f-2', 1, START_MS, { severity: 'low' }),
      told('f-3', 1, START_MS, { severity: 'info', verdict: 'rejected' }),
      told('f-4', 1, START_MS, { severity: 'low', verdict: 'advisory' }),
    ]
    await one.telling({ findings, blind: [BLIND] })
    expect(await one.desk.status()).toMatchObject({
      ...{ state: 'violations', sentence: '2 violations open. span0 has no link.' },
      ...{
        isWatching: true,
        site: 'hq',
        generation: 1,
        captureMs: START_MS,
        policyHash: 'sha256:aa',
      },
    })
  })

  test('names the rules that are in force', async () => {
    const one = await office()
    const hashes = { policyHash: 'sha256:cc', siteHash: 'sha256:dd' }
    await one.desk.note([{ kind: 'rules_loaded', atMs: START_MS, ...hashes }])
    expect(await one.desk.status()).toMatchObject(hashes)
  })
})
