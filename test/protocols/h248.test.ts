// H.248 in text and in BER, with frames and without, over TCP and over UDP.

import { expect, test } from 'vitest'
import { type Bytes, bytesOf, join, u16 } from '../../fixtures/scenario/bytes.ts'
import { h248Audit, sipInvite } from '../../fixtures/scenario/payloads.ts'
import { ldapBind, snmpGet } from '../../fixtures/scenario/payloads-binary.ts'
import { h248, h248Datagram } from '../../src/protocols/h248.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { describeOpenings, within } from './watched.ts'

const framed = (message: Bytes): Uint8Array =>
  join([3, 0], u16(bytesOf(message).length + 4), message)

/** Version, who speaks (an IPv4 address), and a body. RFC 3525, annex A. */
const FIELDS = [0x80, 1, 1, 0xa1, 8, 0xa0, 6, 0x80, 4, 10, 10, 20, 11, 0xa2, 0]
const binary = (version = 1): Uint8Array =>
  join([0x30, 17, 0xa1, 15, 0x80, 1, version], FIELDS.slice(3))

const YES = {
  'a word and a version': h248Audit(),
  'a short word': '!/1 [10.23.1.42]:2944 P = 555282713{',
  'a domain': '!/1 <iMSS>\nT=555282713{',
  'version 2 of a device': 'MEGACO/2\r\nmg1 T=1{',
  'a frame and text': framed(h248Audit()),
  'a frame and BER': framed(binary()),
  BER: binary(),
  'BER of version 3': binary(3),
  'BER with long lengths': join([0x30, 0x81, 19, 0xa1, 0x82, 0, 15], FIELDS),
  'BER without lengths': join([0x30, 0x80, 0xa1, 0x80], FIELDS),
}
const UNSURE = {
  'a word alone': 'MEGACO/1',
  'nobody who speaks': '!/1   ',
  'half a frame': join([3, 0, 0]),
  'half of BER': binary().slice(0, 7),
}
const NO = {
  'a version that does not exist': 'MEGACO/9 [10.10.20.11]',
  'no space': '!/1[10.23.1.42]',
  'a comment of a shell': '#!/1',
  'a script': '!/bin/sh',
  'nobody to speak': '!/1 {}',
  'BER of another message': join([0x30, 17, 0xa2, 15], FIELDS),
  'BER of version 4': binary(4),
  'a frame around nothing known': framed('hello'),
  'a frame of another version': join([3, 1, 0, 30], h248Audit()),
}

describeOpenings(h248, {
  ...{ yes: { client: YES, server: YES }, unsure: { client: UNSURE, server: UNSURE } },
  no: { client: NO, server: NO },
})

const versions: readonly [message: string, bytes: Bytes, version: string][] = [
  ['text', 'MEGACO/2 <mg-tr>:16384\nReply = 17', 'H.248 v2'],
  ['BER', binary(3), 'H.248 v3'],
  ['text in a frame', framed(h248Audit()), 'H.248 v1'],
]
for (const [message, bytes, version] of versions)
  test(`H.248 in ${message} tells its version`, () => {
    expect(h248.server.read?.(within(bytes), true)).toEqual({ version })
  })

test.each([
  ['text', h248Audit(), Sender.Either],
  ['BER', binary(), Sender.Either],
  ['half a message', 'MEGACO/1', Sender.Nobody],
  ['SNMP', snmpGet(), Sender.Nobody],
  ['LDAP', ldapBind(), Sender.Nobody],
  ['SIP', sipInvite({ to: 'x@y' }), Sender.Nobody],
  ['nothing', '', Sender.Nobody],
])('a datagram of %s', (_, message, sender) => {
  const { bytes, at, end } = within(message, 0x20)
  expect(h248Datagram.sender(bytes, at, end)).toBe(sender)
})
