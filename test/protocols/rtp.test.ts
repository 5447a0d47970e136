// RTP: the header's checks, and which message is the sequel of which.

import { expect, test } from 'vitest'
import { Sender } from '../../src/protocols/recogniser.ts'
import { rtp } from '../../src/protocols/rtp.ts'
import { hex, idOf, senderOf } from './openings.ts'

const VOICE = hex('8088e6fd 000000f0 dee0ee8f d5d5d5d5d5d5')

test.each([
  ['A-law with a marker', VOICE],
  ['an agreed type', hex('8060 0001 00000000 00000001 00')],
  ['two sources', hex('8200 0001 00000000 00000001 0000000a 0000000b 00')],
  ['an extension', hex('9000 0001 00000000 00000001 bede0001 10000000 00')],
  ['padding', hex('a000 0001 00000000 00000001 00 000003')],
])('%s is known', (_, bytes) => {
  expect(senderOf(rtp, bytes)).toBe(Sender.Either)
})

test.each([
  ['version 1', '4000 0001 00000000 00000001 00'],
  ['a type that nobody has', '8040 0001 00000000 00000001 00'],
  ['RTCP', '80c8 0006 00000001 00000000 00'],
  ['no payload', '8000 0001 00000000 00000001'],
  ['sources behind the end', '8f00 0001 00000000 00000001 00'],
  ['an extension behind the end', '9000 0001 00000000 00000001 bede00ff 00'],
  ['half an extension', '9000 0001 00000000 00000001 bede00'],
  ['padding that leaves nothing', 'a000 0001 00000000 00000001 00 02'],
  ['padding of 0', 'a000 0001 00000000 00000001 00 00'],
  ['a source numbered 0, as in DNS', '84e7 0110 00010000 00000000 2045'],
  ['STUN', '0001 0000 2112a442 00000001 00'],
])('%s is not RTP', (_, digits) => {
  expect(senderOf(rtp, hex(digits))).toBe(Sender.Nobody)
})

test('its id is the source, and it has a sequence', () => {
  expect(idOf(rtp, VOICE)).toBe(0xdee0ee8f)
  expect(rtp.sequence?.(VOICE, 0)).toBe(0xe6fd)
})

test.each<[string, number, boolean]>([
  ['the next', 1001, true],
  ['a hundred later', 1100, true],
  ['the same again', 1000, true],
  ['a little late', 980, true],
  ['far ahead', 1101, false],
  ['far behind', 979, false],
])('%s: %i after 1000', (_, sequence, isSequel) => {
  expect(rtp.isSequel?.({ id: 7, sequence: 1000 }, { id: 7, sequence })).toBe(isSequel)
})

test('0 follows 65,535, and another source follows nothing', () => {
  expect(rtp.isSequel?.({ id: 7, sequence: 65_535 }, { id: 7, sequence: 0 })).toBe(true)
  expect(rtp.isSequel?.({ id: 7, sequence: 1 }, { id: 8, sequence: 2 })).toBe(false)
})
