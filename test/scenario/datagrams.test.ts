// UDP, media streams and echoes, packet by packet.

import { expect, test } from 'vitest'
import { stage, story, u16 } from './story.ts'

test('udp asks in a rhythm from one port, and each question is answered', () => {
  const { net, web, app } = stage()
  net.udp(web, app, 123, { count: 2, everyMs: 64_000, clientPort: 123, rttMs: 2 })
  expect(story(net)).toEqual([
    '0 web>app udp 123>123',
    '1 app>web udp 123>123',
    '64000 web>app udp 123>123',
    '64001 app>web udp 123>123',
  ])
})

test('a payload can count', () => {
  const { net, web, app } = stage()
  net.udpOneWay(web, app, 162, { count: 2, request: index => `trap ${index}` })
  const said = net.packets().map(({ bytes }) => Buffer.from(bytes.subarray(42, 48)).toString())
  expect(said).toEqual(['trap 0', 'trap 1'])
})

test('a datagram that needs fragments is refused', () => {
  const { net, web, app } = stage()
  const tellTooMuch = () => net.udpOneWay(web, app, 162, { request: 'x'.repeat(1453) })
  expect(tellTooMuch).toThrow('a datagram of 1453 bytes needs fragments')
})

test('udpRefused is answered by the server itself', () => {
  const { net, web, app } = stage()
  net.udpRefused(web, app, 161, { clientPort: 5000 })
  expect(story(net)).toEqual(['0 web>app udp 5000>161', '0.5 app>web icmp 3/3'])
})

test('udpFiltered is answered by the filter', () => {
  const { net, web, app, wall } = stage()
  net.udpFiltered(web, app, 161, { by: wall, clientPort: 5000 })
  expect(story(net)).toEqual(['0 web>app udp 5000>161', '0.5 wall>web icmp 3/13'])
})

test('rtp goes one way, evenly', () => {
  const { net, web, app } = stage()
  net.rtp(web, app, {
    sourcePort: 20_000,
    port: 16_384,
    packets: 3,
    ssrc: 0xabcd,
    sequence: 65_535,
  })
  expect(story(net)).toEqual([
    '0 web>app udp 20000>16384',
    '20 web>app udp 20000>16384',
    '40 web>app udp 20000>16384',
  ])
  expect(net.packets().map(packet => u16(packet, 44))).toEqual([65_535, 0, 1])
})

test('ping is answered, or not', () => {
  const { net, web, app } = stage()
  net.ping(web, app)
  net.at(1).ping(web, app, { answered: false })
  expect(story(net)).toEqual([
    '0 web>app icmp 8/0',
    '0.5 app>web icmp 0/0',
    '1000 web>app icmp 8/0',
  ])
})
