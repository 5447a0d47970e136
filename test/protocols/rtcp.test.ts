// RTCP: compound and reduced packets, whose lengths add up.

import { expect, test } from 'vitest'
import { rtcpSenderReport } from '../../fixtures/scenario/payloads-binary.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { rtcp } from '../../src/protocols/rtcp.ts'
import { hex, senderOf, sendersOf } from './openings.ts'

const COMPOUND = hex(`
  81c8000c5d931534dd3ac1704d614df800007d00000000c800007d00 000000000000000001000000000000000000000000000000
  81ca000e5d931534010835643933313533340725467265655357495443482e6f7267202d2d20436f6d6520746f20436c7565436f6e
  2e636f6d000000`)

test.each([
  ['a sender report with a name', COMPOUND],
  ['our own', rtcpSenderReport(1, 9)],
  ['an empty receiver report', hex('80c9 0001 00000001')],
  ['a report and a farewell', hex('80c9 0001 00000001 81cb 0001 00000001')],
  ['feedback alone', hex('81cd 0003 00000001 00000002 00010000')],
  ['a picture asked for', hex('81ce 0002 00000001 00000002')],
  ['padding at the end', hex('80c9 0001 00000001 a1cb 0002 00000001 00000004')],
])('%s is known', (_, bytes) => {
  expect(senderOf(rtcp, bytes)).toBe(Sender.Either)
})

test.each([
  ['a farewell alone', '81cb 0001 00000001'],
  ['bytes that are left over', '80c9 0001 00000001 00'],
  ['a length beyond the end', '80c9 0002 00000001'],
  ['more blocks than fit', '81c9 0001 00000001'],
  ['padding before the end', 'a0c9 0001 00000001 81cb 0001 00000001'],
  ['a second packet of voice', '80c9 0001 00000001 8000 0001 00000001'],
  ['version 1', '40c9 0001 00000001'],
  ['lengths of 256 KB', '80c9 ffff 00000001'],
  ['RTP', '8000 0001 00000000 00000001 00000000'],
])('%s is not RTCP', (_, digits) => {
  expect(senderOf(rtcp, hex(digits))).toBe(Sender.Nobody)
})

test('cut anywhere but between packets it is nothing', () => {
  const known = Array.from({ length: COMPOUND.length + 1 }, (_, end) => end).filter(
    end => senderOf(rtcp, COMPOUND.slice(0, end)) !== Sender.Nobody,
  )
  expect(known).toEqual([52, 112])
  expect(sendersOf(rtcp, COMPOUND)).toEqual(new Set([Sender.Nobody, Sender.Either]))
})
