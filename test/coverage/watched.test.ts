// What findings of watchers mean for the statements, and what else falls with a control connection that is
// kept back.

import { describe, expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { MINUTE } from '../watchers/failover-story.ts'
import { Line, others } from '../watchers/line.ts'
import { VENDOR } from '../watchers/story.ts'
import { among, inCall, onSegment, type Scene } from './scenes.ts'
import { coverageOf, type Story, statementIn, stateOf, titleOf } from './telling.ts'

const page = { request: httpRequest(), response: httpResponse() }

/** `web-1 -> app-a` is in use for a quarter of an hour and more, every five minutes. */
const inUse = 22 * MINUTE
const everyFive = (tell: (at: number) => void): void => {
  for (let at = 5; at < inUse; at += 5 * MINUTE) tell(at)
}

const cases: readonly (readonly [Scene, Readonly<Record<string, string>>])[] = [
  [
    among('5003 is opened from both sides', 300, (net, { webDmz, appA }) => {
      net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
      net.at(60).tcp(webDmz, appA, 5003, VENDOR)
    }),
    { 'I-06.1': 'violated', 'S-01': 'kept' },
  ],
  [
    among('5003 turns round after eleven minutes', 900, (net, { web, appA }) => {
      net.at(1).tcpMidstream(web, appA, 5003, VENDOR)
      for (const at of [700, 720]) net.at(at).tcpMidstream(appA, web, 5003, VENDOR)
    }),
    { 'I-06.1': 'kept', 'S-02': 'kept', 'S-03': 'kept' },
  ],
  [
    among('nobody tries 5003 while 61004 is in use', inUse, (net, { web, appA }) => {
      everyFive(at => void net.at(at).tcp(web, appA, 61_004, page))
    }),
    { 'S-01': 'violated', 'S-09': 'kept', 'I-06': 'absent' },
  ],
  [
    among('nobody tries 61004 while users are served', inUse, (net, all) => {
      net.at(1).tcpOpen(all.appA, all.webDmz, 5003, VENDOR)
      everyFive(at => void net.at(at).tcp(all.customer, all.webDmz, 80, page))
    }),
    { 'S-09': 'violated', 'S-01': 'kept', 'I-12': 'absent' },
  ],
  [
    among('a filter forgets a connection between the nodes', 47 * MINUTE, (net, { appA, appB }) => {
      others(net, [1, 47 * MINUTE])
      for (let at = 5; at < 47 * MINUTE; at += 2 * MINUTE) net.at(at).tcp(appB, appA, 2008, VENDOR)
      const line = new Line(net, [appA, appB], 2008)
      line.open(1)
      line.exchange(2)
      line.vain(2 + 42 * MINUTE, 'client', 4)
    }),
    { 'T-02': 'violated' },
  ],
  [
    onSegment('the shared address moves', (net, { a, b, vip, vipAtB, router }) => {
      for (const host of [a, b, vip]) net.at(1).ping(host, router)
      net.at(90).ping(vipAtB, router)
      net.at(180).ping(vipAtB, router)
    }),
    { 'F-06': 'kept' },
  ],
  [
    inCall('voice goes both ways', 20, ({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 15 })
      say(cast.phone, cast.audio, { from: 5.01, to: 15 })
    }),
    { 'I-25': 'kept', 'O-13': 'kept', 'I-26': 'absent', 'O-14': 'absent' },
  ],
  [
    inCall('a phone is not heard any more', 20, ({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 15 })
      say(cast.phone, cast.audio, { from: 5.01, to: 9 })
    }),
    { 'I-25': 'violated', 'O-13': 'kept' },
  ],
  [
    inCall('a blade is not heard any more', 20, ({ cast, say }) => {
      say(cast.audio, cast.phone, { from: 5, to: 9 })
      say(cast.phone, cast.audio, { from: 5.01, to: 15 })
    }),
    { 'I-25': 'kept', 'O-13': 'violated' },
  ],
  [
    inCall('a phone is not heard any more by a video blade', 20, ({ cast, say }) => {
      say(cast.video, cast.phone, { from: 5, to: 15, ports: [20_010, 24_580] })
      say(cast.phone, cast.video, { from: 5.01, to: 9, ports: [24_580, 20_010] })
    }),
    { 'I-26': 'violated', 'O-14': 'kept', 'I-25': 'absent' },
  ],
  [
    inCall('a recording goes one way', 20, ({ cast, say }) =>
      say(cast.audio, cast.app, { from: 5, to: 15, ports: [16_410, 22_000] }),
    ),
    { 'I-13': 'kept', 'I-25': 'absent' },
  ],
]

describe('what watchers find', () => {
  for (const [scene, states] of cases)
    for (const [id, state] of Object.entries(states))
      test(`${titleOf(scene)}: ${id} is ${state}`, async () => {
        expect(stateOf(await coverageOf(scene), id)).toBe(state)
      })
})

const KEPT_BACK = 'web-normal -> app tcp/5003 filtered'
const THROUGH = 'web-normal -> app-b tcp/5003 opaque'

describe('a control connection that is kept back', () => {
  const states: readonly (readonly [string, Story, string])[] = [
    ['leaves the Web Server without any', { tell: [KEPT_BACK] }, 'violated'],
    [
      'whatever others have',
      { tell: [KEPT_BACK, 'web-int -> app tcp/5003 opaque', 'app -> web-reverse tcp/5003 opaque'] },
      'violated',
    ],
    ['but not where another one got through', { tell: [KEPT_BACK, THROUGH] }, 'kept'],
  ]
  for (const [title, story, state] of states)
    test(`${title}: S-01 is ${state}`, async () => {
      expect(statementIn(await coverageOf(story), 'S-01').state).toBe(state)
    })
})

describe('what flows and watchers see alike', () => {
  const once: Readonly<Record<string, string>> = {
    'app -> web-dmz udp/123 ntp': 'S-11',
    'web-dmz -> ntp udp/123 ntp': 'S-12',
    'web-reverse -> app tcp/5003 filtered': 'I-06.2',
    'app -> web-reverse tcp/5003 opaque': 'I-06.1',
  }
  for (const [sentence, id] of Object.entries(once))
    test(`counts once: ${sentence} for ${id}`, async () => {
      const { times_kept } = statementIn(await coverageOf({ tell: [sentence] }), id)
      expect(times_kept).toBe(1)
    })
})
