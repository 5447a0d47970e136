// LDAP: BER messages over TCP, RFC 4511; and over UDP, as domain controllers are looked for (RFC 1798 and
// MS-ADTS, 6.3.3). Passwords are passed over; that one went by in clear is remembered.

import type { AppFacts } from '../model/app.ts'
import {
  BROKEN,
  CUT,
  elementEnd,
  enter,
  OCTETS,
  SEQUENCE,
  skip,
  skipInteger,
  valueAt,
} from './ber.ts'
import { hasText } from './bytes.ts'
import {
  BIND,
  EXTENDED,
  EXTENDED_RESPONSE,
  isAnswer,
  isRequest,
  operationAt,
  requestName,
} from './ldap-message.ts'
import {
  type DatagramRecogniser,
  type Follower,
  Guess,
  type Opening,
  Sender,
  type StreamRecogniser,
} from './recogniser.ts'
import { Rest } from './rest.ts'

/** RFC 4511, 4.14.1. */
const START_TLS = '1.3.6.1.4.1.1466.20037'
const [SIMPLE, SASL] = [0x80, 0xa3]
const SEARCH = 0x63
const [ENTRY, SEARCH_DONE] = [0x64, 0x65]
/** Enough of a message to find what is looked for in it. */
const HEAD_BYTES = 1024
const MESSAGES_MAX = 64

export const ldap: StreamRecogniser = {
  name: 'ldap',
  client: { look: opening => look(opening, isRequest) },
  server: { look: opening => look(opening, isAnswer) },
  later: 'all',
  follow: () => new LdapFollower(),
}

/** Over UDP there are searches and what they find; the rest needs a connection. */
export const ldapDatagram: DatagramRecogniser = {
  name: 'ldap',

  sender(bytes, at, end) {
    if (end - at < 2 || bytes[at] !== SEQUENCE) return Sender.Nobody
    const operation = operationAt(bytes, at, end)
    if (operation < 0) return Sender.Nobody
    const tag = bytes[operation]
    if (tag === SEARCH) return Sender.Client
    return tag === ENTRY || tag === SEARCH_DONE ? Sender.Server : Sender.Nobody
  },

  read({ bytes, at, end }, sender) {
    const tag = bytes[operationAt(bytes, at, end)] as number
    return sender === Sender.Client ? { operation: requestName(tag) } : {}
  },
}

function look({ bytes, at, end }: Opening, isKnown: (tag: number) => boolean): Guess {
  const operation = operationAt(bytes, at, end)
  if (operation === CUT) return Guess.Unsure
  if (operation === BROKEN) return Guess.No
  return isKnown(bytes[operation] as number) ? Guess.Yes : Guess.No
}

/** Watches for a password in clear, until both sides turn to TLS or to something else unreadable. */
class LdapFollower implements Follower {
  readonly #rest = new Rest()
  #operation: string | null = null
  #version: string | null = null
  #isLoginClear = false
  #isUpgraded = false
  #isTlsAsked = false
  #messages = 0
  isDone = false

  get facts(): Partial<AppFacts> {
    return {
      ...{ operation: this.#operation, version: this.#version },
      ...{ isLoginClear: this.#isLoginClear, isUpgraded: this.#isUpgraded },
    }
  }

  feed(isClient: boolean, { bytes, at, end }: Opening, isWhole: boolean): number {
    const passed = this.#rest.passOver(isClient, end - at)
    if (passed > 0) return passed
    const messageEnd = skip(bytes, at, end, SEQUENCE)
    if (messageEnd === CUT && !isWhole) return 0
    if (messageEnd < 0) return this.#stop(end - at)
    const isHead = end >= messageEnd || end - at >= HEAD_BYTES || isWhole
    if (!isHead) return 0
    const stop = Math.min(end, messageEnd)
    this.#take(isClient, bytes, at, stop)
    this.#rest.expect(isClient, messageEnd - stop)
    return stop - at
  }

  #stop(count: number): number {
    this.isDone = true
    return count
  }

  #take(isClient: boolean, bytes: Uint8Array, at: number, end: number): void {
    const operation = operationAt(bytes, at, end)
    if (operation < 0 || ++this.#messages >= MESSAGES_MAX) this.isDone = true
    if (operation < 0) return
    const tag = bytes[operation] as number
    if (isClient) {
      this.#operation ??= requestName(tag)
      if (tag === BIND) this.#bind(bytes, operation, end)
      if (tag === EXTENDED) this.#isTlsAsked ||= isStartTls(bytes, operation, end)
    } else if (tag === EXTENDED_RESPONSE && this.#isTlsAsked) {
      this.#isUpgraded = isSuccess(bytes, operation, end)
      this.#isTlsAsked = false
      if (this.#isUpgraded) this.isDone = true
    }
  }

  #bind(bytes: Uint8Array, at: number, end: number): void {
    const version = enter(bytes, at, end, BIND)
    this.#version ??= `LDAPv${bytes[version + 2]}`
    this.#isLoginClear ||= isPasswordClear(bytes, version, end)
  }
}

/** RFC 4511, 4.2: version, name, and a password that is not empty; or the one of PLAIN (RFC 4616). */
function isPasswordClear(bytes: Uint8Array, at: number, end: number): boolean {
  const choice = skip(bytes, skipInteger(bytes, at, end, 1), end, OCTETS)
  const past = elementEnd(bytes, choice, end)
  if (past < 0) return false
  const value = valueAt(bytes, choice)
  if (bytes[choice] === SIMPLE) return past > value
  const mechanism = bytes[choice] === SASL ? enter(bytes, value, end, OCTETS) : BROKEN
  return mechanism > 0 && hasText(bytes, mechanism, end, 'PLAIN')
}

function isStartTls(bytes: Uint8Array, at: number, end: number): boolean {
  const name = enter(bytes, enter(bytes, at, end, EXTENDED), end, 0x80)
  return name > 0 && hasText(bytes, name, end, START_TLS)
}

/** ENUMERATED 0. */
function isSuccess(bytes: Uint8Array, at: number, end: number): boolean {
  const result = enter(bytes, at, end, EXTENDED_RESPONSE)
  return result > 0 && result + 3 <= end && bytes[result + 2] === 0
}
