// Protocols whose first bytes on one side prove little: they are still there when more of them come.

import { expect, test } from 'vitest'
import { socksGreeting, socksGreetingAnswer } from '../../fixtures/scenario/payloads-binary.ts'
import { socksConnectName, socksReply } from '../../fixtures/scenario/payloads-webex.ts'
import { Conversation } from '../../src/protocols/conversation.ts'
import type { Listener } from '../../src/protocols/recogniser.ts'

const NOBODY: Listener = {
  ...{ wantsName: () => true, answered() {}, dataChannel() {}, media() {} },
}

test('a choice of two bytes is read once the reply behind it has shown what it is', () => {
  const talk = new Conversation(false, 0, null, true)
  const say = (isHigh: boolean, sequence: number, bytes: Uint8Array) =>
    talk.take(isHigh, sequence, { bytes, at: 0, end: bytes.length, isSnapped: false }, NOBODY)
  say(false, 0, socksGreeting())
  say(true, 0, socksGreetingAnswer())
  say(false, 3, socksConnectName('acme.webex.com'))
  say(true, 2, socksReply(2))
  expect(talk.protocol?.name).toBe('socks')
  expect(talk.shownBy(false)).toEqual({ client: true, server: true })
  expect(talk.facts.requests).toMatchObject([{ target: 'acme.webex.com', status: 2 }])
})
