// Who has an address? The question goes to everybody or to a group, the answer to who asked.

import { expect, test } from 'vitest'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { START } from './story.ts'

const ASKER = '02:00:00:00:00:01'
const ASKED = '02:00:00:00:00:02'

/** Of each packet: the target's card, and the bytes that tell question from answer. */
function asked(ips: readonly [string, string], kindAt: number, answered = true): readonly string[] {
  const net = scenario({ start: START })
  const asker = net.host('asker', { ip: ips[0], mac: ASKER })
  net.arp(asker, net.host('asked', { ip: ips[1], mac: ASKED }), { answered })
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return net
    .packets()
    .map(({ bytes }) => `${hex(bytes.subarray(0, 6))} ${hex(bytes.subarray(kindAt, kindAt + 2))}`)
}

test('ARP asks everybody and is answered alone', () => {
  expect(asked(['10.0.0.1', '10.0.0.2'], 20)).toEqual(['ffffffffffff 0001', '020000000001 0002'])
})

test('ARP may go unanswered', () => {
  expect(asked(['10.0.0.1', '10.0.0.2'], 20, false)).toEqual(['ffffffffffff 0001'])
})

test('neighbour discovery asks the group of the last three bytes', () => {
  const seen = asked(['2001:db8::1', '2001:db8::12:3456'], 54)
  expect(seen).toEqual(['3333ff123456 8700', '020000000001 8800'])
})
