// What a watcher of clocks takes from TCP: handshakes tell how far a server is from the sensor, timestamps how
// fast its clock runs. Clients here say nothing of their way.

import { expect, test } from 'vitest'
import type { Observation } from '../../src/model/observation.ts'
import type { NtpQuality } from '../../src/model/quality.ts'
import { TimeExchanges } from '../../src/quality/ntp.ts'
import { Clock } from '../../src/watchers/quality/clock.ts'
import type { Watch } from '../../src/watchers/watcher.ts'
import { policyOf } from '../support/judged.ts'
import { placed } from '../watchers/placed.ts'
import { messageOf, ntpTimeOf, seenAt } from './messages.ts'

const [WEB, APP] = [placed('10.10.20.21'), placed('10.10.20.11')]
const LINK = { transport: 'tcp' as const, client: WEB, server: APP, serverPort: 5003 }

interface Told {
  readonly observations: readonly Observation[]
  readonly kept: number
  readonly blind: readonly string[]
}

/** The Web Server asks five times, its clock so far ahead; `tell` tells what else was measured. */
function watched(aheadMs: number, tell: (clock: Clock) => void): Told {
  const [observations, blind]: [Observation[], string[]] = [[], []]
  let kept = 0
  const watch = {
    ...{ policy: policyOf([]), sensors: [], measure: () => {}, kept: () => kept++ },
    observe: (observation: Observation) => observations.push(observation),
    blind: (_: string, reason: string) => blind.push(reason),
  }
  const clock = new Clock(watch as never as Watch)
  const all = new TimeExchanges()
  tell(clock)
  clock.tick()
  for (let at = 700; at < 1000; at += 64) {
    const ns = at * 1e9
    const t1 = ntpTimeOf(ns + aheadMs * 1e6)
    all.take(messageOf({ transmit: t1 }), seenAt(ns + 1e6, false))
    const server = ntpTimeOf(ns + 2e6)
    const answer = messageOf({ mode: 4, origin: t1, receive: server, transmit: server })
    clock.measured(all.take(answer, seenAt(ns + 3e6, true)) as NtpQuality, WEB, APP)
    clock.tick()
  }
  clock.finish()
  return { observations, kept, blind }
}

const handshake =
  (ms: number, leg: 'client' | 'server' = 'client', method: 'syn' | 'seqack' = 'syn') =>
  (clock: Clock) =>
    clock.roundTrip(LINK, { method, leg, ns: ms * 1e6, timeNs: 1e9 })

test.each([
  [940, 'nothing', () => {}, [0, 0, 1]],
  [940, 'a handshake of 2 ms', handshake(2), [0, 5, 0]],
  [1060, 'nothing', () => {}, [1, 0, 0]],
  [1060, 'a handshake of 2 ms', handshake(2), [1, 0, 0]],
  [-940, 'nothing', () => {}, [0, 5, 0]],
  [-1060, 'nothing', () => {}, [0, 0, 1]],
  [-1060, 'a handshake of 2 ms', handshake(2), [1, 0, 0]],
  [-1060, 'a handshake of 100 ms', handshake(100), [0, 0, 1]],
  [-1060, 'a handshake with the other end', handshake(2, 'server'), [0, 0, 1]],
  [-1060, 'an acknowledgement, which may be late', handshake(2, 'client', 'seqack'), [0, 0, 1]],
] as const)('%d ms, with %s of TCP', (aheadMs, _, tell, [found, kept, blind]) => {
  const told = watched(aheadMs, tell)
  const members = told.observations.filter(({ goesOn }) => goesOn !== true)
  const clocks = members.filter(({ reason }) => reason === 'clock')
  expect([clocks.length, told.kept, told.blind.length]).toEqual([found, kept, blind])
})

test('is sure where the way is known, and probable where it is assumed', () => {
  const confidence = (tell: (clock: Clock) => void) =>
    watched(5000, tell).observations.find(({ reason }) => reason === 'clock')?.confidence
  expect([confidence(handshake(2)), confidence(() => {})]).toEqual(['confirmed', 'probable'])
})

test('says how fast the clock runs, by the timestamps of TCP', () => {
  const { observations } = watched(5000, clock => {
    for (let at = 0; at <= 600; at += 10)
      for (const from of ['client', 'server'] as const) {
        const rate = from === 'client' ? 1 + 80e-6 : 1
        clock.stamped(LINK, from, Math.floor(at * 1000 * rate), at * 1e9)
      }
  })
  expect(observations.find(({ reason }) => reason === 'clock')?.why[1]).toMatch(
    /^By timestamps of TCP, the clock of web-1 runs (79|80|81)\.\d ppm faster than that of app-a, give or take \d+\.\d ppm\.$/,
  )
})

test('says that clocks run alike where nothing else shows', () => {
  const { observations } = watched(5000, clock => {
    for (let at = 0; at <= 600; at += 10)
      for (const from of ['client', 'server'] as const)
        clock.stamped(LINK, from, at * 1000, at * 1e9)
  })
  expect(observations.find(({ reason }) => reason === 'clock')?.why[1]).toMatch(
    /^By timestamps of TCP, both clocks run alike within \d+\.\d ppm\.$/,
  )
})

test('what is told within a second may come in any order', () => {
  const all = new TimeExchanges()
  const t1 = ntpTimeOf(10e9 - 1060e6)
  all.take(messageOf({ transmit: t1 }), seenAt(10.001e9, false))
  const server = ntpTimeOf(10.002e9)
  const answer = messageOf({ mode: 4, origin: t1, receive: server, transmit: server })
  const record = all.take(answer, seenAt(10.003e9, true)) as NtpQuality
  const steps: readonly ((clock: Clock) => void)[] = [
    clock => clock.measured(record, WEB, APP),
    handshake(2),
    clock => clock.stamped(LINK, 'client', 1, 10e9),
  ]
  const tellOf = (order: readonly number[]) => (clock: Clock) => {
    for (const index of order) steps[index]?.(clock)
  }
  const orders = [
    [0, 1, 2],
    [1, 0, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]
  const [first, ...others] = orders.map(order => watched(-1060, tellOf(order)))
  expect(first?.observations.some(({ reason }) => reason === 'clock')).toBe(true)
  for (const other of others) expect(other).toEqual(first)
})
