// Telnet: negotiation at the start of a side, and text, which may be anything.

import { describe, expect, test } from 'vitest'
import { join } from '../../fixtures/scenario/bytes.ts'
import { telnetAnswer, telnetOffer } from '../../fixtures/scenario/payloads-binary.ts'
import { telnet } from '../../src/protocols/telnet.ts'
import { describeOpenings, followed, type Talk } from './watched.ts'

const [SE, NOP, SB, WILL, WONT, DO, DONT, IAC] = [240, 241, 250, 251, 252, 253, 254, 255]
const [ECHO, TERMINAL] = [1, 24]

const YES = {
  'a subnegotiation, in the middle of a connection': join([IAC, SB, TERMINAL, 1, IAC, SE]),
  'an offer': telnetOffer(),
  'an answer': telnetAnswer(),
  'one refusal': join([IAC, WONT, ECHO]),
  'one objection and a text': join([IAC, DONT, ECHO], 'login: '),
  'text before it': join('\r\nWelcome\r\n', [IAC, DO, TERMINAL]),
  'a command before it': join([IAC, NOP, IAC, WILL, ECHO]),
}
const UNSURE = {
  'a prompt': '\r\nUser Access Verification\r\n\r\nUsername: ',
  'text in another language': 'Grüß Gott\r\n',
  'what somebody types': 'admin\r\0',
  'an interruption': '\x03',
  'a line of text': 'x'.repeat(63),
  'half a negotiation': join([IAC, WILL]),
  'one objection alone': join([IAC, DONT, ECHO]),
  'half a subnegotiation': join([IAC, SB, TERMINAL, 1, IAC]),
}
const NO = {
  'long text': 'x'.repeat(1000),
  'an option that has no number': join([IAC, WILL, 0x90]),
  'UTF-16': join([IAC, DONT, 0x31, 0, 0x32, 0]),
  'a picture': join([0xff, 0xd8, 0xff, 0xe0]),
  zeros: 'SSH\0',
  'control characters': join('SSH', [1, 2]),
  'the end of what has not begun': join([IAC, SE]),
}

describeOpenings(telnet, {
  ...{ yes: { client: YES, server: YES }, unsure: { client: UNSURE, server: UNSURE } },
  ...{ no: { client: NO, server: NO }, text: 'unsure', textBytesMax: 64 },
})

const OFFERS: Talk = [{ server: telnetOffer() }, { client: telnetAnswer() }]
const TERMINAL_NAME = join([IAC, SB, TERMINAL, 0], 'XTERM', [IAC, IAC, IAC, SE])

describe('a Telnet session', () => {
  const cases: readonly [isClear: boolean, what: string, talk: Talk][] = [
    [false, 'negotiates and says nothing', OFFERS],
    [false, 'prompts and hears nothing', [...OFFERS, { server: 'login: ' }]],
    [
      false,
      'hears only of the terminal',
      [...OFFERS, { server: 'login: ' }, { client: TERMINAL_NAME }],
    ],
    [true, 'hears a name', [...OFFERS, { server: 'login: ' }, { client: 'hunter2\r\0' }]],
    [
      true,
      'hears a name behind commands',
      [{ server: 'login: ' }, { client: join(TERMINAL_NAME, 'x') }],
    ],
    [
      true,
      'hears a doubled command, which is a letter',
      [{ server: '$' }, { client: join([IAC, IAC]) }],
    ],
  ]
  for (const [isClear, what, talk] of cases)
    test(`that ${what} has ${isClear ? 'a' : 'no'} login in clear`, () => {
      for (const bytes of [1, 2, 3, 65_536]) {
        const { facts, isDone } = followed(telnet, talk, bytes)
        expect({ facts, isDone }).toEqual({ facts: { isLoginClear: isClear }, isDone: isClear })
      }
    })
})
