// SMB: both generations of its header, with and without a NetBIOS session before them.

import { expect, test } from 'vitest'
import { join } from '../../fixtures/scenario/bytes.ts'
import { smbRequest, smbResponse } from '../../fixtures/scenario/office-payloads.ts'
import { Guess } from '../../src/protocols/recogniser.ts'
import { smb } from '../../src/protocols/smb.ts'
import { bytesToYes, guesses, hex, opening } from './openings.ts'

/** MS-CIFS, 4.1: a negotiation with one dialect, NT LM 0.12. */
const OLD_REQUEST = hex(`
  00 00002f ff534d42 72 00000000 18 0128 0000 0000000000000000 0000 0000 2f4b 0000 c55e
  00 0c00 02 4e54204c4d20302e3132 00`)
const OLD_ANSWER = OLD_REQUEST.map((byte, index) => (index === 13 ? 0x98 : byte))
const SESSION = join([0x81, 0, 0, 0x44], [0x20], 'CA'.repeat(16), [0, 0x20], 'CB'.repeat(16), [0])
const ACCEPTED = hex('82 000000')

test.each([
  ['SMB 1', smb.client, OLD_REQUEST, 14],
  ['SMB 2', smb.client, smbRequest(), 21],
  ['SMB 1 within a session', smb.client, join(SESSION, OLD_REQUEST), 86],
  ['the answer of SMB 1', smb.server, OLD_ANSWER, 14],
  ['the answer of SMB 2', smb.server, smbResponse(), 21],
  ['an answer within a session', smb.server, join(ACCEPTED, OLD_ANSWER), 18],
])('%s is known', (_, voice, bytes, needed) => {
  expect(bytesToYes(voice, bytes)).toBe(needed)
})

test.each([
  ['an answer from the client', smb.client, smbResponse()],
  ['a request from the server', smb.server, OLD_REQUEST],
  ['a length below the header', smb.client, hex('00 000010 fe534d42')],
  ['a length of 16 MB', smb.client, hex('00 ffffff fe534d42')],
  ['another mark', smb.client, hex('00 000040 fe534d43')],
  ['a session of another length', smb.client, hex('81 000045')],
  ['DNS over TCP', smb.client, hex('001d 1234 0100')],
])('%s is not SMB', (_, voice, bytes) => {
  expect(guesses(voice, bytes).at(-1)).toBe(Guess.No)
})

test('the server says which dialect it chose, once that is there', () => {
  const whole = smbResponse()
  expect(smb.server.read?.(opening(whole), false)).toEqual({ version: 'SMB 2.0.2' })
  expect(smb.server.read?.(opening(whole.slice(0, 40)), false)).toBeUndefined()
  expect(smb.server.read?.(opening(whole.slice(0, 40)), true)).toEqual({ version: 'SMB 2' })
  expect(smb.server.read?.(opening(OLD_ANSWER), false)).toEqual({ version: 'SMB 1' })
})
