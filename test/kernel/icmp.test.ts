// Pings and other ICMP messages as flows: which ones meet in one record, and who asked.

import { expect, test } from 'vitest'
import { icmp } from '../support/frames.ts'
import { lines } from '../support/kernel.ts'

const PING = 'icmp 10.0.0.1:8 > 10.0.0.2:0 app_request'

test('a request and its reply are one flow, and the one who asks is the client', () => {
  expect(lines([icmp(0, 'a > b', 8), icmp(1, 'b > a', 0)])).toEqual([`${PING} 1/1 capture_end`])
})

test('a reply alone tells who had asked', () => {
  expect(lines([icmp(0, 'b > a', 0)])).toEqual([`${PING} 0/1 capture_end`])
})

test('the same holds for IPv6', () => {
  expect(lines([icmp(0, 'B > A', 129), icmp(1, 'A > B', 128)])).toEqual([
    'icmp6 2001:db8::1:128 > 2001:db8::2:129 app_request 1/1 capture_end',
  ])
})

test('two hosts that ping each other have two flows', () => {
  expect(lines([icmp(0, 'a > b', 8), icmp(1, 'b > a', 8)])).toEqual([
    `${PING} 1/0 capture_end`,
    'icmp 10.0.0.2:8 > 10.0.0.1:0 app_request 1/0 capture_end',
  ])
})

test('timestamp, information and mask requests meet their replies', () => {
  for (const [request, reply] of [
    [13, 14],
    [15, 16],
    [17, 18],
    [10, 9],
  ] as const)
    expect(lines([icmp(0, 'b > a', reply), icmp(1, 'a > b', request)])).toEqual([
      `icmp 10.0.0.1:${request} > 10.0.0.2:${reply} app_request 1/1 capture_end`,
    ])
})

test('a message that has no reply stands alone, with its code', () => {
  expect(lines([icmp(0, 'a > b', 40, 3), icmp(1, 'b > a', 40, 3)])).toEqual([
    'icmp 10.0.0.1:40 > 10.0.0.2:3 first_packet 1/0 capture_end',
    'icmp 10.0.0.2:40 > 10.0.0.1:3 first_packet 1/0 capture_end',
  ])
})
