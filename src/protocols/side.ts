// What one end of a TCP connection has said so far, and what each recogniser makes of it.

import type { AppFacts } from '../model/app.ts'
import { STREAMS } from './index.ts'
import { Guess, type Opening } from './recogniser.ts'
import { STREAM_BYTES_MAX, Stream } from './stream.ts'

/** All recognisers, and those that know a message in the middle of a connection too. */
export const ALL = (1 << STREAMS.length) - 1
export const IN_THE_MIDDLE = STREAMS.reduce(
  (mask, { needsBeginning }, index) => (needsBeginning === true ? mask : mask | (1 << index)),
  0,
)
/** What a side has not shown in so many bytes it will not show. */
const LOOK_BYTES_MAX = 4096
/** In the middle of a connection each of the first segments may begin a message. */
const TRIES_MAX = 8

const NO_FACTS_YET: Partial<AppFacts> = {}
const NOTHING: Opening = { bytes: new Uint8Array(0), at: 0, end: 0 }

const CLIENT_LOOKS = STREAMS.map(({ client }) => client.look)
const SERVER_LOOKS = STREAMS.map(({ server }) => server.look)

export class Side {
  readonly stream: Stream
  /** As the client and as the server, by place in the list: what is excluded, and what is certain. */
  noClient = 0
  noServer = 0
  yesClient = 0
  yesServer = 0
  /** From where on this side was seen: from its first byte, or from anywhere. */
  readonly isWhole: boolean
  /** Nothing more of this side is wanted. */
  isQuiet = false
  /** Its opening has been read, or its first message. */
  isRead = false
  facts: Partial<AppFacts> = NO_FACTS_YET
  /** Since its beginning: a segment where it lies, or what the stream holds. */
  opening: Opening = NOTHING
  /** How much of the opening a follower is done with. */
  #fed = 0
  #tries = 0
  /** What came so far begins no message: the next segment may. */
  #isPassed = false
  /** Its opening is gone: what follows is no opening, whatever it looks like. */
  #isOver = false

  /** `base` is the sequence number of its first byte, null where that is not known. */
  constructor(base: number | null, isWhole: boolean) {
    this.stream = new Stream(base)
    this.isWhole = isWhole
  }

  /** Takes up a segment; false where it brings nothing that can be read now. */
  take(sequence: number, segment: Segment): boolean {
    const { bytes, at, end, isSnapped } = segment
    // Most openings come whole in one segment, and need not be copied.
    if (!isSnapped && this.stream.isNext(sequence)) this.opening = segment
    else {
      this.stream.add(sequence, bytes, at, end, isSnapped)
      this.opening = this.stream.content
    }
    return this.rest.at < this.rest.end
  }

  /** A later message begins here, whatever lies between it and the one before. */
  beginAt(sequence: number): void {
    this.stream.skip(sequence, 0)
    this.isRead = false
  }

  /** Keeps of the segment that take() left where it lies what is still wanted; `isLooked`: the rest of it. */
  keep(sequence: number, { bytes, at, end }: Segment, isLooked: boolean): void {
    if (this.opening.bytes === bytes) {
      const done = isLooked || this.#isPassed ? this.#fed : 0
      this.#isOver ||= isLooked && done > 0
      this.stream.skip(sequence, done)
      if (at + done < end) this.stream.add((sequence + done) | 0, bytes, at + done, end, false)
      this.#fed -= done
      this.opening = this.stream.content
      this.#isPassed = false
    } else this.keepRest(isLooked)
  }

  /** Keeps of what the stream holds what is still wanted. */
  keepRest(isLooked: boolean): void {
    if ((isLooked || this.#isPassed) && this.#fed > 0) {
      this.stream.discard(this.#fed)
      this.#fed = 0
      this.#isOver ||= isLooked
    }
    this.#isPassed = false
    this.opening = this.stream.content
  }

  /** What no follower has had yet. */
  get rest(): Opening {
    const { bytes, at, end } = this.opening
    return { bytes, at: at + this.#fed, end }
  }

  feed(count: number): void {
    this.#fed += count
  }

  /** No more can come, or be held. */
  get isFull(): boolean {
    return this.stream.isCut || lengthOf(this.opening) >= STREAM_BYTES_MAX
  }

  /** Behind a gap one goes on with what comes. */
  passGap(): void {
    this.stream.resume()
    this.#isOver = true
    this.#fed = 0
    this.opening = this.stream.content
  }

  /** Asks every recogniser of these that is still open in this role. */
  look(isClient: boolean, among: number): void {
    const looks = isClient ? CLIENT_LOOKS : SERVER_LOOKS
    let [no, yes] = isClient ? [this.noClient, this.yesClient] : [this.noServer, this.yesServer]
    for (let open = among & ~(no | yes); open !== 0; open &= open - 1) {
      const guess = looks[firstOf(open)]?.(this.opening) ?? Guess.No
      if (guess === Guess.No) no |= open & -open
      else if (guess === Guess.Yes) yes |= open & -open
    }
    if (isClient) [this.noClient, this.yesClient] = [no, yes]
    else [this.noServer, this.yesServer] = [no, yes]
  }

  /** Whether it has had its chance to show a protocol, and looking further is of no use. */
  get isLookedThrough(): boolean {
    return this.#isOver || this.stream.isCut || lengthOf(this.opening) >= LOOK_BYTES_MAX
  }

  /** Another segment may begin a message; false where enough have been tried. */
  tryNext(): boolean {
    if (this.isWhole || ++this.#tries >= TRIES_MAX) return false
    this.noClient = this.noServer = 0
    this.#fed = lengthOf(this.opening)
    this.#isPassed = true
    return true
  }

  quiet(): void {
    this.isQuiet = true
    this.stream.release()
    this.opening = NOTHING
    this.#fed = 0
  }
}

/** Payload of a segment: [at, end) of `bytes`; `isSnapped` where the capture cut it off there. */
export interface Segment extends Opening {
  readonly isSnapped: boolean
}

/** Place of the lowest bit of a mask. */
export const firstOf = (mask: number): number => 31 - Math.clz32(mask & -mask)

const lengthOf = ({ at, end }: Opening): number => end - at
