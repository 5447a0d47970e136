// SIP over TCP and UDP: requests and responses of which either side may send either. RFC 3261, 7 and 18.

import type { AppFacts, AppRequest } from '../model/app.ts'
import { indexOf } from './bytes.ts'
import {
  type DatagramRecogniser,
  type Follower,
  Guess,
  type Listener,
  type Opening,
  Sender,
  type StreamRecogniser,
} from './recogniser.ts'
import { announce } from './sdp.ts'
import {
  contentLength,
  type Head,
  headOf,
  isCapital,
  MESSAGE_BYTES_MAX,
  type Message,
  mediaBody,
  messageId,
  messageOf,
  SIP_VERSION,
  Start,
  startOf,
} from './sip-message.ts'

const REQUESTS_MAX = 8
/** Empty lines before a message, by which connections are kept open (RFC 5626, 3.5.1). */
const EMPTY_BYTES_MAX = 64
const [LF, CR] = [0x0a, 0x0d]

export const sip: StreamRecogniser = {
  name: 'sip',
  client: { look: opening => look(opening, Start.Request) },
  server: { look: opening => look(opening, Start.Response) },
  later: 'all',
  follow: listener => new SipFollower(listener),
}

/** The other kind of message is SIP too, but not what tells this side from the other. */
function look({ bytes, at, end }: Opening, wanted: Start): Guess {
  const from = behindEmpty(bytes, at, Math.min(end, at + EMPTY_BYTES_MAX))
  const start = startOf({ bytes, at: from, end })
  if (start === Start.No) return Guess.No
  return start === wanted ? Guess.Yes : Guess.Unsure
}

function behindEmpty(bytes: Uint8Array, at: number, end: number): number {
  let index = at
  while (index < end && (bytes[index] === CR || bytes[index] === LF)) index++
  return index
}

export const sipDatagram: DatagramRecogniser = {
  name: 'sip',
  later: 'all',

  sender(bytes, at, end) {
    // Most datagrams are something else, and end here.
    if (!isCapital(bytes[at] as number)) return Sender.Nobody
    const start = startOf({ bytes, at, end })
    if (start === Start.Request) return Sender.Client
    return start === Start.Response ? Sender.Server : Sender.Nobody
  },

  id(bytes, at, end) {
    const opening = { bytes, at, end }
    return messageId(opening, headOf(opening))
  },

  read(opening) {
    const message = messageOf(opening, headOf(opening))
    const { software } = message
    return {
      version: SIP_VERSION,
      ...(isListed(message) ? { requests: [requestOf(message)] } : {}),
      ...(software === null ? {} : softwareOf(message.isRequest, software)),
    }
  },

  tell(opening, _, listener) {
    // Most messages have no body.
    if (hasBody(opening)) tellMedia(opening, headOf(opening), listener)
  },
}

/** Whether anything stands behind the first empty line, or the line has not come. */
function hasBody({ bytes, at, end }: Opening): boolean {
  for (let index = at; index + 2 < end; index++) {
    if (bytes[index] !== LF) continue
    const next = bytes[index + 1] === CR ? index + 2 : index + 1
    if (bytes[next] === LF) return next + 1 < end
  }
  return true
}

const softwareOf = (isClient: boolean, software: string): Partial<AppFacts> =>
  isClient ? { clientSoftware: software } : { serverSoftware: software }

/** ACK closes an INVITE and asks for nothing. */
const isListed = ({ method }: Message): boolean => method !== null && method !== 'ACK'

const requestOf = ({ method, target, status }: Message): AppRequest => ({
  ...{ method, target, status, port: null, form: null, path: null },
  ...{ isCached: false, contentType: null },
})

function tellMedia(opening: Opening, head: Head, listener: Listener): void {
  const body = mediaBody(opening, head)
  if (body !== null) announce(body, listener)
}

interface Asked {
  id: number
  request: AppRequest
}

/** Reads message after message of both sides. What is no message is passed over line by line. */
class SipFollower implements Follower {
  readonly #listener: Listener
  readonly #asked: Asked[] = []
  #clientSoftware: string | null = null
  #serverSoftware: string | null = null
  readonly isDone = false

  constructor(listener: Listener) {
    this.#listener = listener
  }

  get facts(): Partial<AppFacts> {
    return {
      ...{ version: SIP_VERSION, requests: this.#asked.map(({ request }) => request) },
      ...{ clientSoftware: this.#clientSoftware, serverSoftware: this.#serverSoftware },
    }
  }

  feed(isClient: boolean, { bytes, at, end }: Opening, isWhole: boolean): number {
    let from = at
    while (from < end) {
      const done = this.#next(isClient, { bytes, at: from, end }, isWhole)
      if (done === 0) break
      from += done
    }
    return from - at
  }

  /** Bytes of the next message, or of what stands in its place. */
  #next(isClient: boolean, opening: Opening, isWhole: boolean): number {
    const { bytes, at, end } = opening
    const start = startOf(opening)
    if (start === Start.Unsure && !isWhole) return 0
    if (start === Start.Unsure || start === Start.No) return restOfLine(opening)
    const head = headOf(opening)
    const messageBytes = bytesOf(opening, head)
    const isThere = messageBytes <= end - at || isWhole || end - at >= MESSAGE_BYTES_MAX
    if (!isThere) return 0
    const messageEnd = Math.min(end, at + messageBytes)
    this.#take(isClient, { bytes, at, end: messageEnd }, head)
    return messageEnd - at
  }

  #take(isClient: boolean, opening: Opening, head: Head): void {
    const message = messageOf(opening, head)
    if (isClient) this.#clientSoftware ??= message.software
    else this.#serverSoftware ??= message.software
    if (message.isRequest) this.#ask(message)
    else this.#answer(message)
    tellMedia(opening, head, this.#listener)
  }

  /** One entry for each method and target, whose latest answer stands. */
  #ask(message: Message): void {
    const known = this.#asked.find(
      ({ request: { method, target } }) => method === message.method && target === message.target,
    )
    if (known !== undefined) known.id = message.id
    else if (isListed(message) && this.#asked.length < REQUESTS_MAX)
      this.#asked.push({ id: message.id, request: requestOf(message) })
  }

  /** Of provisional answers the first stands until the final one comes (RFC 3261, 7.2). */
  #answer({ id, status }: Message): void {
    const asked = this.#asked.find(one => one.id === id)
    if (asked === undefined || status === null) return
    if (status >= 200 || asked.request.status === null) asked.request = { ...asked.request, status }
  }
}

/** Over TCP the length of the body must be told (RFC 3261, 18.3); where the head goes on, it cannot be known. */
function bytesOf(opening: Opening, head: Head): number {
  if (head.bodyAt < 0) return Number.POSITIVE_INFINITY
  return head.bodyAt - opening.at + (contentLength(opening, head) ?? 0)
}

function restOfLine({ bytes, at, end }: Opening): number {
  const newline = indexOf(bytes, at, end, LF)
  return newline < 0 ? end - at : newline + 1 - at
}
