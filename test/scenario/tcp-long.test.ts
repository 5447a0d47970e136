// Connections that last, and one that a filter forgets.

import { expect, test } from 'vitest'
import { packetOf, sequence, stage, story, tcpPayloadBytes, ttl } from './story.ts'

/** Whole seconds at which data passed. */
const dataSeconds = (lines: readonly string[]): readonly number[] =>
  lines
    .filter(line => line.endsWith('PSH+ACK'))
    .map(line => Math.floor(Number.parseFloat(line) / 1000))

test('tcpLong exchanges at even times, and closes behind the last', () => {
  const { net, web, app } = stage()
  net.at(1).tcpLong(web, app, 5003, { exchanges: 3, everyMs: 60_000 })
  expect(dataSeconds(story(net))).toEqual([1, 1, 61, 61, 121, 121])
  expect(story(net).slice(-3)).toEqual([
    '121001.6 web>app FIN+ACK',
    '121002.1 app>web FIN+ACK',
    '121002.6 web>app ACK',
  ])
})

test('tcpLong leaves out what it is told to, and may stay open', () => {
  const { net, web, app } = stage()
  net.tcpLong(web, app, 5003, {
    ...{ exchanges: 3, everyMs: 60_000, close: 'open' },
    isLeftOut: index => index === 1,
  })
  expect(dataSeconds(story(net))).toEqual([0, 0, 120, 120])
  expect(story(net).at(-1)).toMatch(/web>app ACK$/)
})

test('tcpLong says each time what it is told', () => {
  const { net, web, app } = stage()
  const request = (index: number) => 'x'.repeat(index + 1)
  net.tcpLong(web, app, 5003, { exchanges: 2, request, response: '' })
  const sizes = net.packets().map(tcpPayloadBytes)
  expect(sizes.filter(bytes => bytes > 0)).toEqual([1, 2])
})

test('tcpForgotten repeats the same data ever slower, and a stranger resets it in the end', () => {
  const { net, web, app, wall } = stage()
  net.tcpForgotten(web, app, 61_004, { idleSeconds: 2400, by: wall, tries: 3 })
  const behind = story(net).slice(7)
  expect(behind).toEqual([
    '2400002.4 web>app PSH+ACK',
    '2400302.4 web>app PSH+ACK',
    '2400902.4 web>app PSH+ACK',
    '2402102.4 wall>web RST+ACK',
  ])
  const [first, second, third] = [7, 8, 9].map(index => sequence(packetOf(net, index)))
  expect([second, third]).toEqual([first, first])
  expect(ttl(packetOf(net, 10))).toBe(255)
})
