// SOCKS: greetings, requests and replies of all versions, and the target that was asked for.

import { describe, expect, test } from 'vitest'
import { join } from '../../fixtures/scenario/bytes.ts'
import * as payloads from '../../fixtures/scenario/payloads-binary.ts'
import { ipv4 } from '../../src/model/address.ts'
import { Guess } from '../../src/protocols/recogniser.ts'
import { socks } from '../../src/protocols/socks.ts'
import { bytesToYes, followed, guesses, hex } from './openings.ts'
import { watched, followed as watchedFollow } from './watched.ts'

const { Unsure, No } = Guess
/** Recorded: a browser asks for a name. */
const GREETING = hex('05 01 00')
const CHOICE = hex('05 00')
const NAMED = hex('05 01 00 03 0e 7777772e676f6f676c652e636f6d 0050')
const REPLY = hex('05 00 00 01 0a000002 0050')
/** Recorded: curl asks a proxy of version 4a, and of version 4. */
const OLD_NAMED = hex('04 01 0050 00000001 00 7777772e6578616d706c652e636f6d 00')
const OLD = hex('04 01 0050 5db8d877 00')
const OLD_REPLY = hex('00 5a dfb30ab49cf9')
/** RFC 1929. */
const PASSWORD_OFFERED = hex('05 02 00 02')
const PASSWORD_CHOSEN = hex('05 02')
const LOGIN = join([1, 5], 'admin', [7], 'hunter2')
const LOGGED_IN = hex('01 00')

test.each([
  ['a request for a name', socks.client, join(GREETING, NAMED), 24],
  ['our own', socks.client, join(GREETING, payloads.socksConnect(ipv4(1), 443)), 13],
  ['a login', socks.client, join(PASSWORD_OFFERED, LOGIN), 6],
  ['version 4', socks.client, OLD, 9],
  ['version 4a', socks.client, OLD_NAMED, 25],
  ['a reply', socks.server, join(CHOICE, REPLY), 12],
  ['a reply after a login', socks.server, join(PASSWORD_CHOSEN, LOGGED_IN, REPLY), 14],
  ['a refusal of all methods', socks.server, hex('05 ff'), 2],
  ['an empty reply of version 4', socks.server, hex('00 5b 0000 00000000'), 8],
])('%s is known', (_, voice, bytes, needed) => {
  expect(bytesToYes(voice, bytes)).toBe(needed)
})

test.each([
  ['a greeting alone', socks.client, GREETING],
  ['a choice alone', socks.server, CHOICE],
  ['a reply of version 4 with an address', socks.server, OLD_REPLY],
  ['a choice of GSSAPI and its token', socks.server, hex('05 01 01 01 00 02 aa bb')],
])('%s may yet be anything', (_, voice, bytes) => {
  expect(guesses(voice, bytes).at(-1)).toBe(Unsure)
})

test.each([
  ['a greeting and then text', socks.client, '05 01 00 47 45 54'],
  ['a greeting without methods', socks.client, '05 00'],
  ['a method that is not assigned', socks.client, '05 01 44'],
  ['a login that was not offered', socks.client, '05 01 00 01 05'],
  ['an unknown command', socks.client, '05 01 00 05 09 00 01'],
  ['an unknown kind of address', socks.client, '05 01 00 05 01 00 02'],
  ['a name of no letters', socks.client, '05 01 00 05 01 00 03 00'],
  ['DCE/RPC', socks.client, '05 00 0b 03 10 00 00 00'],
  ['version 4 to port 0', socks.client, '04 01 0000 5db8d877 00'],
  ['version 4 to a group', socks.client, '04 01 0050 e0000001 00'],
  ['a user that is not text', socks.client, '04 01 0050 5db8d877 07'],
  ['a choice and then text', socks.server, '05 00 48 54'],
  ['an unknown code', socks.server, '05 00 05 77'],
  ['DNS over TCP', socks.server, '00 52 1234 8180'],
])('%s is not SOCKS', (_, voice, digits) => {
  expect(guesses(voice, hex(digits)).at(-1)).toBe(No)
})

describe('what is kept', () => {
  const connect = { method: 'CONNECT', status: null }
  test.each([
    [
      'a name',
      [{ client: GREETING }, { server: CHOICE }, { client: NAMED }, { server: REPLY }],
      {
        version: 'SOCKS 5',
        requests: [{ ...connect, target: 'www.google.com', port: 80, status: 0 }],
      },
    ],
    [
      'an address of IPv4, unanswered',
      [
        { client: GREETING },
        { server: CHOICE },
        { client: payloads.socksConnect(ipv4(0x0a0a140b), 443) },
      ],
      { version: 'SOCKS 5', requests: [{ ...connect, target: '10.10.20.11', port: 443 }] },
    ],
    [
      'an address of IPv6, refused',
      [
        ...[{ client: GREETING }, { server: CHOICE }],
        { client: hex('05 01 00 04 20010db8000000000000000000000001 01bb') },
        { server: hex('05 02 00 01 00000000 0000') },
      ],
      {
        version: 'SOCKS 5',
        requests: [{ ...connect, target: '2001:db8::1', port: 443, status: 2 }],
      },
    ],
    [
      'version 4',
      [{ client: OLD }, { server: OLD_REPLY }],
      {
        version: 'SOCKS 4',
        requests: [{ ...connect, target: '93.184.216.119', port: 80, status: 90 }],
      },
    ],
    [
      'version 4a',
      [{ client: OLD_NAMED }, { server: OLD_REPLY }],
      {
        version: 'SOCKS 4a',
        requests: [{ ...connect, target: 'www.example.com', port: 80, status: 90 }],
      },
    ],
    [
      'a login in clear',
      [
        ...[{ client: PASSWORD_OFFERED }, { server: PASSWORD_CHOSEN }],
        ...[{ client: LOGIN }, { server: LOGGED_IN }, { client: NAMED }, { server: REPLY }],
      ],
      { isLoginClear: true, requests: [{ target: 'www.google.com', status: 0 }] },
    ],
    [
      'a refusal of all methods',
      [{ client: PASSWORD_OFFERED }, { server: hex('05 ff') }],
      { version: 'SOCKS 5', requests: [], isLoginClear: false },
    ],
  ])('%s', (_, talk, facts) => {
    for (const size of [1, 3, 1000]) {
      const kept = followed(socks, talk, size)
      expect(kept).toMatchObject(facts)
      expect(JSON.stringify(kept)).not.toMatch(/hunter2|admin/)
    }
  })
})

test('of hostile greetings every byte is read a few times at most', () => {
  for (const start of ['05ff', '0401005001010101', '0401005000000001'])
    for (const byte of [0x00, 0x01, 0x41, 0xff]) {
      const bytes = join(hex(start), new Uint8Array(65_536).fill(byte))
      const all = watched(bytes)
      socks.client.look(all)
      expect(all.reads).toBeLessThan(1000)
      const { reads } = watchedFollow(socks, [{ client: bytes }, { server: bytes }])
      expect(reads).toBeLessThan(4 * bytes.length)
    }
})
