// SNMP: messages of all versions and operations as agents and managers send them, and where the secret stays.

import { describe, expect, test } from 'vitest'
import { snmpGet, snmpResponse } from '../../fixtures/scenario/payloads-binary.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { snmp } from '../../src/protocols/snmp.ts'
import { hex, idOf, readOf, senderOf, sendersOf } from './openings.ts'

const GET = hex('302602010004067075626c6963a019020126020100020100300e300c06082b060102010102000500')
const RESPONSE = hex(
  '303802010004067075626c6963a22b0201260201000201003020301e06082b0601020101020006122b060104018f5101010182295d011b020201',
)
const TRAP = hex(
  '303b02010004067075626c6963a42e06092b0601040181f4690040047f000001020100020100430400000000300f300d06082b06010201010200020121',
)
const BULK = hex('30230201010400a51c02046c4e552d020100020100300e300c06082b060102010105000500')
const GET_3 = hex(
  '3040020103300f02030091c8020205dc040104020103041530130400020100020100040561646d696e04000400301304000400a00d02030091c80201000201003000',
)
const REPORT_3 = hex(
  '306c020103300f02030091c80202080004010002010304243022040c000039e7000000a1c0a81da0020202f0020302fde7040561646d696e040004003030040c000039e7000000a1c0a81da00400a81e02030091c80201000201003011300f060a2b060106030f01010400410101',
)
/** Encrypted; whether an answer is awaited stands in the flags. */
const secret = (flags: string): Uint8Array =>
  hex(`3026 020103 300f 02030091c9 02020800 0401${flags} 020103 0402 3000 040c ${'c3'.repeat(12)}`)

/** What the messages below differ from. */
const SHORT = '301a 020101 0400 a013 020101 020100 020100 3008 3006 0602 2b06 0500'

test.each<[string, Uint8Array, Sender, string, string | null]>([
  ['the shortest', hex(SHORT), Sender.Client, 'v2c', 'get'],
  ['get', GET, Sender.Client, 'v1', 'get'],
  ['response', RESPONSE, Sender.Server, 'v1', 'response'],
  ['trap', TRAP, Sender.Client, 'v1', 'trap'],
  ['getbulk', BULK, Sender.Client, 'v2c', 'getbulk'],
  ['our own get', snmpGet(), Sender.Client, 'v2c', 'get'],
  ['our own response', snmpResponse(), Sender.Server, 'v2c', 'response'],
  ['get of version 3', GET_3, Sender.Client, 'v3', 'get'],
  ['report', REPORT_3, Sender.Server, 'v3', 'report'],
  ['an encrypted request', secret('07'), Sender.Client, 'v3', null],
  ['an encrypted response', secret('03'), Sender.Either, 'v3', null],
])('%s is known', (_, bytes, sender, version, operation) => {
  expect(senderOf(snmp, bytes)).toBe(sender)
  expect(readOf(snmp, bytes)).toEqual({ version, operation, isLoginClear: version !== 'v3' })
})

test.each([
  ...[
    ['a0', 'get'],
    ['a1', 'getnext'],
    ['a2', 'response'],
    ['a3', 'set'],
    ['a5', 'getbulk'],
  ],
  ...[
    ['a6', 'inform'],
    ['a7', 'trap2'],
    ['a8', 'report'],
  ],
])('operation %s is %s', (tag, operation) => {
  const digits = `3018 020101 0400 ${tag}11 020101 020100 020100 3006 3004 06 00 0500`
  expect(readOf(snmp, hex(digits))).toMatchObject({ operation })
})

describe('the id', () => {
  test('is that of the request, and shared with its answer', () => {
    expect(idOf(snmp, GET)).toBe(0x26)
    expect(idOf(snmp, RESPONSE)).toBe(0x26)
    expect(idOf(snmp, BULK)).toBe(0x6c4e552d)
  })

  test('is that of the message in version 3', () => {
    expect(idOf(snmp, GET_3)).toBe(0x91c8)
    expect(idOf(snmp, REPORT_3)).toBe(0x91c8)
  })

  test('is never 0 where there is one, and 0 for a trap', () => {
    expect(idOf(snmp, snmpGet(0))).toBe(1)
    expect(idOf(snmp, TRAP)).toBe(0)
  })
})

test('cut anywhere a message is itself or nothing', () => {
  for (const [bytes, sender] of [
    [GET, Sender.Client],
    [RESPONSE, Sender.Server],
    [TRAP, Sender.Client],
  ] as const)
    expect(sendersOf(snmp, bytes)).toEqual(new Set([Sender.Nobody, sender]))
})

test('the community stays where it is', () => {
  expect(JSON.stringify(readOf(snmp, snmpGet(1, 'hunter2')))).not.toContain('hunter2')
})

test.each([
  ['bytes behind the message', `${SHORT} 00`],
  ['version 2', '301a 020102 0400 a013 020101 020100 020100 3008 3006 0602 2b06 0500'],
  ['getbulk in version 1', '301a 020100 0400 a513 020101 020100 020100 3008 3006 0602 2b06 0500'],
  [
    'a trap of version 1 in 2c',
    '301a 020101 0400 a413 0602 2b06 020100 020100 3008 3006 0602 2b06',
  ],
  [
    'an operation that is too long',
    '301a 020101 0400 a014 020101 020100 020100 3008 3006 0602 2b06 0500',
  ],
  ['a length of 4 GB', '3084ffffffff 020101 0400 a013 020101 020100 020100'],
  ['an endless length', '3080 020101 0400 a013 020101 020100 020100 0000'],
  ['LDAP', '3025 020101 6320 0400 0a0100 0a0100 020100 020100 010100 870b 6f626a656374436c617373'],
  ['Kerberos', '6a81 9130 818e a103 0201 05a2 0302 010a a30e 300c'],
])('%s is not SNMP', (_, digits) => {
  expect(senderOf(snmp, hex(digits))).toBe(Sender.Nobody)
})
