// TDS: pre-logins, logins and answers as SQL Server and Sybase speak, and what of a login is kept.

import { describe, expect, test } from 'vitest'
import { join, u16, zeros } from '../../fixtures/scenario/bytes.ts'
import { tdsPrelogin, tdsPreloginAnswer } from '../../fixtures/scenario/payloads-binary.ts'
import { Guess } from '../../src/protocols/recogniser.ts'
import { tds } from '../../src/protocols/tds.ts'
import { bytesToYes, followed, guesses, hex } from './openings.ts'

/** MS-TDS, 4.1 and 4.2: a pre-login and its answer. */
const PRELOGIN = hex(`
  12 01 00 2f 00 00 01 00 00 00 1a 00 06 01 00 20 00 01 02 00 21 00 01 03 00 22 00 04 04 00 26 00 01 ff
  09 00 00 00 00 00 01 00 b8 0d 00 00 01`)
const PRELOGIN_ANSWER = hex(`
  04 01 00 2b 00 00 01 00 00 00 1a 00 06 01 00 20 00 01 02 00 21 00 01 03 00 22 00 00 04 00 22 00 01 ff
  09 00 07 d0 00 00 02 00 00`)
/** MS-TDS, 4.3: a login to SQL Server 2005, cut behind its fixed part and filled up. */
const LOGIN = join(
  hex('10 01 00 90 00 00 01 00 88 00 00 00 02 00 09 72 00 10 00 00 00 00 00 07 00 01 00 00'),
  zeros(0x90 - 28),
)
const LOGIN_ANSWER = hex('04 01 01 61 00 00 01 00 e3 1b 00 01 06 6d 00')
/** TDS 5.0: host, user and password, each thirty bytes and a count. */
const field = (text: string): Uint8Array => join(text, zeros(30 - text.length), [text.length])
const OLD_LOGIN = join(
  ...[hex('02 00 02 00 00 00 00 00'), field('app'), field('sa'), field('hunter2')],
  ...[zeros(458 - 93), [5, 0, 0, 0], zeros(512 - 8 - 462)],
)
const TLS_WITHIN = join(hex('12 01 00 10 00 00 00 00 16 03 01 00 03 01 00 00'))

test.each([
  ['a pre-login', tds.client, PRELOGIN, 13],
  ['our own pre-login', tds.client, tdsPrelogin(), 13],
  ['a login', tds.client, LOGIN, 16],
  ['a login of TDS 5.0', tds.client, OLD_LOGIN, 101],
  ['the answer to a pre-login', tds.server, PRELOGIN_ANSWER, 13],
  ['our own answer', tds.server, tdsPreloginAnswer(), 13],
  ['the answer to a login', tds.server, LOGIN_ANSWER, 9],
  ['a message of Sybase', tds.server, hex('04 01 00 a3 00 00 00 00 e2'), 9],
])('%s is known', (_, voice, bytes, needed) => {
  expect(bytesToYes(voice, bytes)).toBe(needed)
})

test.each([
  ['a status of 9', tds.client, '12 09 00 2f 00 00 01 00 00 00 1a 00 06'],
  ['packet 7', tds.client, '12 01 00 2f 00 00 07 00 00 00 1a 00 06'],
  ['a window', tds.client, '12 01 00 2f 00 00 01 01 00 00 1a 00 06'],
  ['no content', tds.client, '12 01 00 08 00 00 01 00'],
  ['a version behind the end', tds.client, '12 01 00 2f 00 00 01 00 00 00 24 00 06'],
  ['a login of another length', tds.client, '10 01 00 90 00 00 01 00 89 00 00 00 02 00 09 72'],
  ['a login of version 6', tds.client, '10 01 00 90 00 00 01 00 88 00 00 00 02 00 09 60'],
  ['a user of 31 letters', tds.client, `02 00 02 00 00 00 00 00 ${'61'.repeat(30)}1f`],
  ['SOCKS 4', tds.client, '04 01 00 50 5d b8 d8 77 00'],
  ['an unknown token', tds.server, '04 01 00 11 01 3a 01 00 44'],
  ['text', tds.server, '32 32 30 20 6d 61 69 6c'],
])('%s is not TDS', (_, voice, digits) => {
  expect(guesses(voice, hex(digits)).at(-1)).toBe(Guess.No)
})

describe('what is kept', () => {
  test.each([
    [
      'a login in clear after a pre-login',
      [{ client: PRELOGIN }, { server: PRELOGIN_ANSWER }, { client: LOGIN }],
      { operation: 'prelogin', version: 'TDS 7.2', isLoginClear: true, isUpgraded: false },
    ],
    [
      'a login of TDS 5.0',
      [{ client: OLD_LOGIN }],
      { operation: 'login', version: 'TDS 5.0', isLoginClear: true, isUpgraded: false },
    ],
    [
      'TLS within pre-logins',
      [
        { client: PRELOGIN },
        { server: PRELOGIN_ANSWER },
        { client: TLS_WITHIN },
        { client: LOGIN },
      ],
      { operation: 'prelogin', version: null, isLoginClear: false, isUpgraded: true },
    ],
  ])('%s', (_, talk, facts) => {
    for (const size of [1, 9, 100, 10_000]) {
      const kept = followed(tds, talk, size)
      expect(kept).toEqual(facts)
      expect(JSON.stringify(kept)).not.toContain('hunter2')
    }
  })

  test('packets of no length do not hold it up', () => {
    const follower = tds.follow?.({
      wantsName: () => true,
      answered() {},
      dataChannel() {},
      media() {},
    })
    const bytes = join([0x12, 1], u16(0), zeros(65_000))
    expect(follower?.feed(true, { bytes, at: 0, end: bytes.length }, false)).toBeGreaterThan(0)
    expect(follower?.isDone).toBe(true)
  })
})
