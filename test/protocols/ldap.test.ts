// LDAP: operations and answers, passwords in clear, StartTLS, and searches over UDP.

import { describe, expect, test } from 'vitest'
import { join, type Part } from '../../fixtures/scenario/bytes.ts'
import { ldapBind, ldapBindResponse } from '../../fixtures/scenario/payloads-binary.ts'
import { ldap, ldapDatagram } from '../../src/protocols/ldap.ts'
import { Guess, Sender } from '../../src/protocols/recogniser.ts'
import { ber, bytesToYes, followed, guesses, hex, readOf, senderOf, sendersOf } from './openings.ts'
import { watched, followed as watchedFollow } from './watched.ts'

const message = (...operation: readonly Part[]): Uint8Array => ber(0x30, [2, 1, 1], ...operation)
const bind = (...choice: readonly Part[]): Uint8Array =>
  message(ber(0x60, [2, 1, 3], ber(4, 'cn=admin'), ...choice))
const SIMPLE = bind(ber(0x80, 'hunter2'))
const PLAIN = bind(ber(0xa3, ber(4, 'PLAIN'), ber(4, '\0admin\0hunter2')))
const NTLM = bind(ber(0xa3, ber(4, 'GSS-SPNEGO'), ber(4, 'NTLMSSP\0')))
/** A search for everything, as ldapsearch writes it. */
const SEARCH = message(
  ber(
    0x63,
    [4, 0, 10, 1, 2, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0],
    ber(0x87, 'objectClass'),
    [0x30, 0],
  ),
)
/** Active Directory writes every length with four bytes. */
const DIRECTORY_ANSWER = hex('30 84 00000010 02 01 01 61 84 00000007 0a 01 00 04 00 04 00')
/** Recorded with OpenLDAP. */
const START_TLS = hex('301d02010177188016312e332e362e312e342e312e313436362e3230303337')
const START_TLS_ANSWER = hex('300c02010178070a010004000400')
const REFUSED = hex('300c02010178070a013504000400')

test.each([
  ['our own bind', ldap.client, ldapBind()],
  ['a simple bind', ldap.client, SIMPLE],
  ['a search', ldap.client, SEARCH],
  ['an unbind', ldap.client, hex('30 05 02 01 03 42 00')],
  ['a deletion', ldap.client, message(ber(0x4a, 'cn=old'))],
  ['StartTLS', ldap.client, START_TLS],
  ['our own bind response', ldap.server, ldapBindResponse()],
  ['Active Directory', ldap.server, DIRECTORY_ANSWER],
  ['an entry', ldap.server, message(ber(0x64, ber(4, 'cn=a'), [0x30, 0]))],
  ['notice of disconnection', ldap.server, hex('30 0c 02 01 00 78 07 0a 01 34 04 00 04 00')],
])('%s is known', (_, voice, bytes) => {
  expect(bytesToYes(voice, bytes)).toBeDefined()
})

test.each([
  ['an answer from the client', ldap.client, DIRECTORY_ANSWER],
  ['a request from the server', ldap.server, SEARCH],
  ['SNMP', ldap.client, hex('302602010004067075626c6963a019020126')],
  ['an operation that leaves the message', ldap.client, hex('30 0a 02 01 01 60 06 02 01 03 04 00')],
  [
    'a name that leaves the operation',
    ldap.client,
    hex('30 0c 02 01 01 63 07 04 30 61 61 61 61 61'),
  ],
  ['a message too short for anything', ldap.client, hex('30 03 02 01 01')],
  ['a length of 4 GB', ldap.client, hex('30 84 ff ff ff ff 02 01 01')],
  ['an endless length', ldap.client, hex('30 80 02 01 01 60')],
  ['a certificate', ldap.client, hex('30 82 03 83 30 82 02 6b 02 04 4e')],
  ['TLS', ldap.client, hex('16 03 01 00 c4')],
])('%s is not LDAP', (_, voice, bytes) => {
  expect(guesses(voice, bytes).at(-1)).toBe(Guess.No)
})

describe('what is kept', () => {
  const bound = { operation: 'bind', version: 'LDAPv3', isUpgraded: false }
  test.each([
    ['a password in clear', [{ client: SIMPLE }], { ...bound, isLoginClear: true }],
    ['PLAIN in clear', [{ client: PLAIN }], { ...bound, isLoginClear: true }],
    ['an empty password', [{ client: ldapBind() }], { ...bound, isLoginClear: false }],
    ['NTLM', [{ client: NTLM }], { ...bound, isLoginClear: false }],
    [
      'StartTLS, after which nothing is read',
      [{ client: START_TLS }, { server: START_TLS_ANSWER }, { client: SIMPLE }],
      { operation: 'extended', version: null, isLoginClear: false, isUpgraded: true },
    ],
    [
      'StartTLS refused, and a password all the same',
      [{ client: START_TLS }, { server: REFUSED }, { client: SIMPLE }],
      { operation: 'extended', version: 'LDAPv3', isLoginClear: true, isUpgraded: false },
    ],
    [
      'a search before the bind',
      [{ client: join(SEARCH, SIMPLE) }],
      { operation: 'search', version: 'LDAPv3', isLoginClear: true, isUpgraded: false },
    ],
  ])('%s', (_, talk, facts) => {
    for (const size of [1, 5, 1000]) {
      const kept = followed(ldap, talk, size)
      expect(kept).toEqual(facts)
      expect(JSON.stringify(kept)).not.toContain('hunter2')
    }
  })

  test('of a long message the head is enough', () => {
    const long = message(ber(0x64, ber(4, 'cn=a'), new Uint8Array(60_000)))
    const talk = [{ client: SEARCH }, { server: join(long, START_TLS_ANSWER) }, { client: SIMPLE }]
    expect(followed(ldap, talk, 1460)).toMatchObject({ operation: 'search', isLoginClear: true })
  })
})

describe('over UDP', () => {
  /** A controller is looked for, and answers; recorded, the latter cut. */
  const PING = message(
    ber(0x63, [4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0], ber(0xa0), [0x30, 0]),
  )
  const FOUND = hex('3081860201016481800400307c307a04086e65746c6f676f6e316e046c1700')

  test('searches and what they find are known', () => {
    expect(sendersOf(ldapDatagram, PING)).toEqual(new Set([Sender.Nobody, Sender.Client]))
    expect(sendersOf(ldapDatagram, FOUND)).toEqual(new Set([Sender.Nobody, Sender.Server]))
    expect(readOf(ldapDatagram, PING)).toEqual({ operation: 'search' })
  })

  test('other operations and SNMP are not', () => {
    for (const bytes of [SIMPLE, hex('302602010004067075626c6963a0190201260201000201003000')])
      expect(senderOf(ldapDatagram, bytes)).toBe(Sender.Nobody)
  })
})

test('of hostile messages every byte is read a few times at most', () => {
  for (const byte of [0x00, 0x02, 0x30, 0x60, 0x84, 0xff]) {
    const bytes = join([0x30, 0x82, 0xff, 0xff, 2, 1, 1], new Uint8Array(65_535).fill(byte))
    const all = watched(bytes)
    ldap.client.look(all)
    expect(all.reads).toBeLessThan(1000)
    const { reads } = watchedFollow(ldap, [{ client: bytes }, { server: bytes }])
    expect(reads).toBeLessThan(4 * bytes.length)
  }
})
