// DNS over UDP and over TCP, where each message stands behind its length. RFC 1035, 4.2; strict, since the
// twelve bytes of its header alone could be many things.

import type { AppFacts, AppRequest } from '../model/app.ts'
import { CUT } from './ber.ts'
import { shortened, u16 } from './bytes.ts'
import {
  answerOf,
  COUNTS_AT,
  HEADER_BYTES,
  isFilled,
  isHeader,
  isStart,
  type Question,
  questionEnd,
  questionOf,
  RESPONSE,
} from './dns-message.ts'
import {
  type DatagramRecogniser,
  type Follower,
  Guess,
  type Listener,
  type Opening,
  Sender,
  type StreamRecogniser,
} from './recogniser.ts'
import { Rest } from './rest.ts'

const LENGTH_BYTES = 2
const REQUESTS_MAX = 8

export const dnsDatagram: DatagramRecogniser = {
  name: 'dns',
  later: 'all',

  sender(bytes, at, end) {
    if (end - at < HEADER_BYTES || !isHeader(bytes, at)) return Sender.Nobody
    const records = questionEnd(bytes, at, end)
    if (records < 0 || !isFilled(bytes, at, records, end)) return Sender.Nobody
    return ((bytes[at + 2] as number) & RESPONSE) === 0 ? Sender.Client : Sender.Server
  },

  id: (bytes, at) => u16(bytes, at) + 1,

  read({ bytes, at, end }) {
    const question = questionOf(bytes, at, end)
    return question === undefined ? {} : { requests: [requestOf(question)] }
  },

  tell({ bytes, at, end }, sender, listener) {
    if (sender === Sender.Server) tellAnswer(bytes, at, end, listener)
  },
}

export const dns: StreamRecogniser = {
  name: 'dns',
  client: { look: opening => firstMessage(opening, 0) },
  server: { look: opening => firstMessage(opening, RESPONSE) },
  later: 'all',
  follow: listener => new DnsFollower(listener),
}

/** Length, header and question; without records the length is exactly theirs. */
function firstMessage({ bytes, at, end }: Opening, response: number): Guess {
  const message = at + LENGTH_BYTES
  if (end >= message && u16(bytes, at) < HEADER_BYTES) return Guess.No
  if (end >= message + 3 && ((bytes[message + 2] as number) & RESPONSE) !== response)
    return Guess.No
  if (end >= message + COUNTS_AT && !isStart(bytes, message)) return Guess.No
  if (end < message + HEADER_BYTES) return Guess.Unsure
  const messageEnd = message + u16(bytes, at)
  if (!isHeader(bytes, message)) return Guess.No
  const records = questionEnd(bytes, message, Math.min(end, messageEnd))
  if (records === CUT && end < messageEnd) return Guess.Unsure
  if (records < 0) return Guess.No
  const isBare = u16(bytes, message + 6) + u16(bytes, message + 8) + u16(bytes, message + 10) === 0
  return isBare === (records === messageEnd) ? Guess.Yes : Guess.No
}

const NO_REQUEST: AppRequest = {
  ...{ target: null, port: null, method: null, form: null, path: null, status: null },
  ...{ isCached: false, contentType: null },
}

const requestOf = ({ name, type, code }: Question): AppRequest => ({
  ...NO_REQUEST,
  ...{ target: shortened(name), method: type, status: code },
})

function tellAnswer(bytes: Uint8Array, at: number, end: number, listener: Listener): void {
  if (!listener.wantsName(bytes, at + HEADER_BYTES, end)) return
  const answer = answerOf(bytes, at, end)
  if (answer !== undefined) listener.answered(answer)
}

/** One message after the other; answers come in any order (RFC 7766, 7). */
class DnsFollower implements Follower {
  readonly #listener: Listener
  readonly #requests: AppRequest[] = []
  readonly #rest = new Rest()
  isDone = false

  constructor(listener: Listener) {
    this.#listener = listener
  }

  get facts(): Partial<AppFacts> {
    return { requests: [...this.#requests] }
  }

  feed(isClient: boolean, { bytes, at, end }: Opening, isWhole: boolean): number {
    const passed = this.#rest.passOver(isClient, end - at)
    if (passed > 0) return passed
    if (end - at < LENGTH_BYTES) return isWhole ? end - at : 0
    const message = at + LENGTH_BYTES
    const messageEnd = message + u16(bytes, at)
    if (messageEnd > end && !isWhole) return 0
    this.#rest.expect(isClient, Math.max(0, messageEnd - end))
    const stop = Math.min(end, messageEnd)
    if (isMessage(bytes, message, stop, isClient)) this.#take(bytes, message, stop)
    // What is no message here would be none for ever after.
    else this.isDone = true
    return stop - at
  }

  #take(bytes: Uint8Array, at: number, end: number): void {
    const question = questionOf(bytes, at, end)
    if (question === undefined) return
    if (question.code !== null) tellAnswer(bytes, at, end, this.#listener)
    const index = this.#requests.findIndex(
      one => one.target === shortened(question.name) && one.method === question.type,
    )
    if (index >= 0) {
      if (this.#requests[index]?.status === null) this.#requests[index] = requestOf(question)
    } else if (this.#requests.length < REQUESTS_MAX) this.#requests.push(requestOf(question))
  }
}

/** In a zone transfer, messages after the first may leave out the question (RFC 5936, 2.2.1). */
function isMessage(bytes: Uint8Array, at: number, end: number, isClient: boolean): boolean {
  if (end - at < HEADER_BYTES) return false
  const isResponse = ((bytes[at + 2] as number) & RESPONSE) !== 0
  if (isResponse === isClient) return false
  if (isResponse && u16(bytes, at + 4) === 0) return true
  return isHeader(bytes, at) && questionEnd(bytes, at, end) > 0
}
