// Bounds of what is remembered of clocks: requests that wait, exchanges of a second, pairs, connections.

import { expect } from 'vitest'
import type { NtpQuality } from '../../src/model/quality.ts'
import { TimeExchanges } from '../../src/quality/ntp.ts'
import { Clock } from '../../src/watchers/quality/clock.ts'
import { Trends } from '../../src/watchers/quality/trends.ts'
import type { Watch } from '../../src/watchers/watcher.ts'
import { messageOf, ntpTimeOf, seenAt } from '../quality/messages.ts'
import { policyOf } from '../support/judged.ts'
import { placed } from '../watchers/placed.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const CLOCK_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'requests for the time that wait for their answer': (max = 0, seconds = 0) => {
    expect(askedAmong(max - 1, 1)).toEqual([true, 0])
    expect(askedAmong(max, 1)).toEqual([false, 1])
    expect(askedAmong(0, seconds - 1)).toEqual([true, 0])
    expect(askedAmong(0, seconds + 1)).toEqual([false, 0])
  },

  'exchanges of time within a second': (max = 0) => {
    expect(blindAfter(max)).toEqual([])
    expect(blindAfter(max + 7)).toEqual(['7 exchanges of time came too fast to be read.'])
  },

  'pairs whose clocks are compared, connections whose timestamps are': (pairs = 0, most = 0) => {
    expect(legKnownAfter(pairs / 2 - 2)).toBe(true)
    expect(legKnownAfter(pairs)).toBe(false)
    const [web, app] = [placed('10.10.20.21'), placed('10.10.20.11')]
    const trendAfter = (others: number) => {
      const trends = new Trends()
      for (const connection of numbersTo(1 + others)) {
        const link = { transport: 'tcp' as const, client: web, server: app, serverPort: 5003 }
        // The first one lasts; the others are seen once.
        for (const turn of numbersTo(connection === 0 ? 20 : 1))
          for (const from of ['client', 'server'] as const)
            trends.add(link, from, turn * 10_000, turn * 10e9)
        trends.settle()
      }
      return trends.of(web.name, app.name)
    }
    expect(trendAfter(most - 1)?.ppm).toBeCloseTo(0, 6)
    expect(trendAfter(most)).toBeNull()
  },
}

/** Whether a request is answered among so many others, after so many seconds; and how many were dropped. */
function askedAmong(others: number, seconds: number): [isAnswered: boolean, dropped: number] {
  const all = new TimeExchanges()
  const t1 = ntpTimeOf(10e9)
  all.take(messageOf({ transmit: t1 }), seenAt(10e9, false))
  for (const other of numbersTo(others))
    all.take(messageOf({ transmit: ntpTimeOf(11e9 + other) }), seenAt(10e9, false))
  const now = ntpTimeOf((10 + seconds) * 1e9)
  const answer = messageOf({ mode: 4, origin: t1, receive: now, transmit: now })
  return [all.take(answer, seenAt((10 + seconds) * 1e9, true)) !== null, all.counts.dropped]
}

/** Whether what a client told of its way is known after exchanges of so many others. */
function legKnownAfter(others: number): boolean {
  const all = new TimeExchanges()
  const exchange = (at: number, address: string, told: object = {}) => {
    const { low, high } = seenAt(0, false).ends
    const ends = { low: { ...low, address: { ...low.address, text: address } }, high }
    const [t1, t2] = [ntpTimeOf(at * 1e9), ntpTimeOf(at * 1e9 + 2e6)]
    all.take(messageOf({ transmit: t1, ...told }), seenAt(at * 1e9, false, { ends }))
    const answer = messageOf({ mode: 4, origin: t1, receive: t2, transmit: t2 })
    return all.take(answer, seenAt(at * 1e9 + 4e6, true, { ends }))
  }
  exchange(10, 'a')
  const told = { origin: ntpTimeOf(10e9 + 2e6), receive: ntpTimeOf(10e9 + 4e6) }
  exchange(74, 'a', told)
  for (const other of numbersTo(others)) exchange(75 + other / 1000, `b ${other}`)
  return exchange(138, 'a')?.isClientLegKnown === true
}

const HIDDEN = {
  kind: 'ntp',
  kiss: 'RATE',
  leap: 0,
  stratum: 0,
  offsetMs: null,
  sensor: null,
} as never as NtpQuality

/** What is said of the statement when so many exchanges came within a second. */
function blindAfter(exchanges: number): readonly string[] {
  const said: string[] = []
  const [web, app] = [placed('10.10.20.21'), placed('10.10.20.11')]
  const watch = {
    ...{ policy: policyOf([]), sensors: [], observe: () => {}, measure: () => {} },
    blind: (_: string, reason: string) => said.push(reason),
  }
  const clock = new Clock(watch as never as Watch)
  const record = { ...HIDDEN, flow: { first: { file: 0, frame: 1, offset: 0 } }, timeNs: 1 }
  for (const _ of numbersTo(exchanges)) clock.measured(record as never as NtpQuality, web, app)
  clock.finish()
  return said
}
