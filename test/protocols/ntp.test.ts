// NTP: requests and replies of real clocks, the two side doors, and what only looks like it.

import { expect, test } from 'vitest'
import { ntpReply, ntpRequest } from '../../fixtures/scenario/payloads-binary.ts'
import { ntp } from '../../src/protocols/ntp.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { hex, readOf, senderOf, sendersOf } from './openings.ts'

const zeros = (count: number): string => '00'.repeat(count)
const REQUEST = hex(
  '230206ea00000bd90000073a55c7d663e09ab55c12dcc914e09ab6620ef01df2e09ab6621447957de09ab6a50706de1a',
)
const REPLY = hex(
  '240406e800000c810000134e69edcf1ce09ab29cb8c778ebe09ab6a50706de1ae09ab6a511b7e144e09ab6a511ba2d30',
)

test.each<[string, Uint8Array, Sender, string, string]>([
  ['a request', REQUEST, Sender.Client, 'v4', 'time'],
  ['a reply', REPLY, Sender.Server, 'v4', 'time'],
  ['our own request', ntpRequest(), Sender.Client, 'v3', 'time'],
  ['our own reply', ntpReply(), Sender.Server, 'v3', 'time'],
  ['SNTP, RFC 4330', hex(`1b${zeros(47)}`), Sender.Client, 'v3', 'time'],
  [
    'a client that hides its clock',
    hex(`23000620 ${zeros(36)} 8f2a91c37be01d44`),
    Sender.Client,
    'v4',
    'time',
  ],
  ['a broadcast', hex(`25 02 06 ec 00000080 00000100 ${zeros(36)}`), Sender.Server, 'v4', 'time'],
  ['a peer', hex(`21 02 06 ec 00000080 00000100 ${zeros(36)}`), Sender.Either, 'v4', 'time'],
  [
    'a reply with a MAC',
    hex(`${Buffer.from(REPLY).toString('hex')} 00000001 ${zeros(16)}`),
    Sender.Server,
    'v4',
    'time',
  ],
  ['a control request', hex('160100010000000000000000'), Sender.Client, 'v2', 'control'],
  ['a control answer', hex('1681000106150000000000040a0b0c0d'), Sender.Server, 'v2', 'control'],
  ['a list of clients is asked for', hex('1700032a00000000'), Sender.Client, 'v2', 'private'],
  ['a list of clients', hex(`9700032a00020004 ${zeros(8)}`), Sender.Server, 'v2', 'private'],
])('%s is known', (_, bytes, sender, version, operation) => {
  expect(senderOf(ntp, bytes)).toBe(sender)
  expect(readOf(ntp, bytes)).toEqual({ version, operation })
})

test('cut anywhere it is itself or nothing', () => {
  expect(sendersOf(ntp, REQUEST)).toEqual(new Set([Sender.Nobody, Sender.Client]))
  expect(sendersOf(ntp, REPLY)).toEqual(new Set([Sender.Nobody, Sender.Server]))
})

test.each([
  ['version 0', `03${zeros(47)}`],
  ['version 5', `2b${zeros(47)}`],
  ['stratum 17', `2311 06ea${zeros(44)}`],
  ['a poll of 36 days', `2302 16ea${zeros(44)}`],
  ['a clock that ticks every hour', `2302 060c${zeros(44)}`],
  ['a clock minutes away from its source', `2302 06ea 01010000 00010000 ${zeros(36)}`],
  ['47 bytes', `1b${zeros(46)}`],
  ['DTLS 1.2', `16 fefd 0000 000000000000 0050 ${zeros(80)}`],
  ['DTLS before its standard', `17 0100 0001 000000000001 0070 ${zeros(112)}`],
  ['a DNS query', '2304 0100 0001 0000 0000 0000 0161 00 0001 0001'.padEnd(120, '0')],
  ['a DNS answer', `2404 8180 0001 0001 0000 0000 ${zeros(40)}`],
])('%s is not NTP', (_, digits) => {
  expect(senderOf(ntp, hex(digits))).toBe(Sender.Nobody)
})
