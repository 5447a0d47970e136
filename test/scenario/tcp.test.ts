// How TCP connections can go, packet by packet.

import { describe, expect, test } from 'vitest'
import {
  IP_AT,
  ipId,
  packetOf,
  sequence,
  stage,
  story,
  tcpPayloadBytes,
  ttl,
  windowOf,
} from './story.ts'

describe('tcp', () => {
  test('shakes hands, asks, is answered, and closes from both sides', () => {
    const { net, web, app } = stage()
    net.at(1).tcp(web, app, 61_004, { request: 'ask', response: 'tell', rttMs: 1.2 })
    expect(story(net)).toEqual([
      '1000 web>app SYN',
      '1000.6 app>web SYN+ACK',
      '1001.2 web>app ACK',
      '1001.4 web>app PSH+ACK',
      '1002 app>web ACK',
      '1002.2 app>web PSH+ACK',
      '1002.8 web>app ACK',
      '1003 web>app FIN+ACK',
      '1003.6 app>web FIN+ACK',
      '1004.2 web>app ACK',
    ])
  })

  test('tells when it is over, and from which port it came', () => {
    const { net, web, app } = stage()
    const { clientPort, endSeconds } = net.at(2).tcp(web, app, 61_004, { clientPort: 3471 })
    expect(clientPort).toBe(3471)
    expect(endSeconds).toBe(2.0022)
  })

  test('takes the next client port of a host each time', () => {
    const { net, web, app } = stage()
    const ports = [1, 2].map(seconds => net.at(seconds).tcp(web, app, 80).clientPort)
    expect(ports).toEqual([49_152, 49_153])
  })

  test('cuts long payloads into segments of 1460 bytes', () => {
    const { net, web, app } = stage()
    net.tcpOpen(web, app, 80, { request: 'x'.repeat(3000) })
    expect(net.packets().slice(3).map(tcpPayloadBytes)).toEqual([1460, 1460, 80, 0])
  })

  test('lets the server speak first where the talk says so', () => {
    const { net, web, app } = stage()
    net.tcpOpen(web, app, 22, { talk: [{ server: 'SSH-2.0-a\r\n' }, { client: 'SSH-2.0-b\r\n' }] })
    expect(story(net)[3]).toBe('1.2 app>web PSH+ACK')
  })

  test('is broken off by either side', () => {
    const { net, web, app } = stage()
    net.tcp(web, app, 80, { close: 'server_reset' })
    expect(story(net).at(-1)).toBe('1.2 app>web RST+ACK')
  })
})

test('tcpOpen is never closed', () => {
  const { net, web, app } = stage()
  net.tcpOpen(web, app, 80)
  expect(story(net)).toEqual(['0 web>app SYN', '0.5 app>web SYN+ACK', '1 web>app ACK'])
})

test('tcpMidstream is data and acknowledgements, then keep-alives', () => {
  const { net, web, app } = stage()
  net.tcpMidstream(web, app, 5003, { exchanges: 1, everyMs: 60_000, keepAlives: 1 })
  expect(story(net)).toEqual([
    '0.2 web>app PSH+ACK',
    '0.7 app>web ACK',
    '0.9 app>web PSH+ACK',
    '1.4 web>app ACK',
    '60000 web>app ACK',
    '60000.5 app>web ACK',
  ])
})

describe('tcpRefused', () => {
  test('resets every SYN of one sequence number', () => {
    const { net, web, app } = stage()
    net.tcpRefused(web, app, 61_004, { tries: 2 })
    expect(story(net)).toEqual([
      '0 web>app SYN',
      '0.5 app>web RST+ACK',
      '500 web>app SYN',
      '500.5 app>web RST+ACK',
    ])
    const [first, , second] = net.packets().map(sequence)
    expect(second).toBe(first)
  })

  test('answers as the host itself: its TTL, its next IP identification, no window', () => {
    const { net, web, app } = stage()
    net.ping(web, app)
    net.at(1).tcpRefused(web, app, 61_004)
    const [echo, reset] = [packetOf(net, 1), packetOf(net, 3)]
    expect(ttl(reset)).toBe(64)
    expect(ipId(reset) - ipId(echo)).toBe(1)
    expect(windowOf(reset)).toBe(0)
  })
})

describe('tcpFiltered', () => {
  test('by reset: the filter answers in the name of the server, early, with its own TTL', () => {
    const { net, web, app, wall } = stage()
    net.tcpFiltered(web, app, 61_004, { by: wall, how: 'rst', rttMs: 10 })
    expect(story(net)).toEqual(['0 web>app SYN', '0.5 wall>web RST+ACK'])
    const reset = packetOf(net, 1)
    expect([...reset.bytes.subarray(IP_AT + 12, IP_AT + 16)]).toEqual([10, 10, 20, 11])
    expect(ttl(reset)).toBe(255)
  })

  test.each([
    [undefined, '3/13'],
    [9, '3/9'],
    [10, '3/10'],
  ])('by ICMP with code %s it says %s and quotes the SYN', (code, said) => {
    const { net, web, app, wall } = stage()
    const more = code === undefined ? {} : { code }
    net.tcpFiltered(web, app, 61_004, { by: wall, how: 'icmp', ttl: 60, ...more })
    expect(story(net)).toEqual(['0 web>app SYN', `0.05 wall>web icmp ${said}`])
    const [syn, error] = [packetOf(net, 0), packetOf(net, 1)]
    expect(ttl(error)).toBe(60)
    const quoted = error.bytes.subarray(IP_AT + 28, IP_AT + 56)
    expect(quoted).toEqual(syn.bytes.subarray(IP_AT, IP_AT + 28))
  })
})

test.each([
  [3, [0, 3000, 9000, 21_000]],
  [1, [0, 1000, 3000, 7000]],
])('tcpSilent repeats one SYN, first after %s s', (firstWait, times) => {
  const { net, web, app } = stage()
  net.tcpSilent(web, app, 61_004, { tries: 4, firstWait })
  expect(story(net)).toEqual(times.map(ms => `${ms} web>app SYN`))
  expect(new Set(net.packets().map(sequence)).size).toBe(1)
})

test.each([
  ['host', '3/1'],
  ['network', '3/0'],
] as const)('tcpUnreachable: no such %s is ICMP %s', (what, said) => {
  const { net, web, app, wall } = stage()
  net.tcpUnreachable(web, app, 61_004, { by: wall, what })
  expect(story(net)).toEqual(['0 web>app SYN', `0.5 wall>web icmp ${said}`])
})
