// One TCP connection while it is being recognised: the openings of both sides against all recognisers, in
// both directions where the handshake does not tell who is the client. Once the protocol is known its facts
// are read, and for some protocols what follows is read on.

import { type AppFacts, factsOf } from '../model/app.ts'
import { STREAMS } from './index.ts'
import type { Follower, Listener, StreamRecogniser } from './recogniser.ts'
import { ALL, firstOf, IN_THE_MIDDLE, type Segment, Side } from './side.ts'

/** A way to see the two ends. */
interface Reading {
  readonly clientHigh: boolean
  /** Recognisers that nothing speaks against, and of these the ones that a side is sure of. */
  readonly open: number
  readonly sure: number
  /** 2 where both sides are sure of the same one, 1 where the client is. */
  readonly certainty: number
}

export class Conversation {
  readonly low: Side
  readonly high: Side
  /** Who the client is, by the handshake; null where that was not seen. */
  readonly #clientHigh: boolean | null
  /** Recognisers that come into question at all. */
  readonly #among: number
  readonly #isWanted: boolean
  #protocol: StreamRecogniser | null = null
  #reading: Reading | null = null
  /** What was said fits the other way round less well, or not at all: sealed records of TLS fit both. */
  #isTold = false
  #follower: Follower | null = null

  /**
   * `client` and `server` are the sequence numbers of their first bytes, null where they are not known.
   * `isWanted`: somebody wants to know more than the protocol.
   */
  constructor(
    clientHigh: boolean | null,
    client: number | null,
    server: number | null,
    isWanted: boolean,
  ) {
    const isWhole = clientHigh !== null
    this.#clientHigh = clientHigh
    this.#isWanted = isWanted
    this.#among = isWhole ? ALL : IN_THE_MIDDLE
    const [low, high] = clientHigh === true ? [server, client] : [client, server]
    this.low = new Side(low, isWhole)
    this.high = new Side(high, isWhole)
  }

  get protocol(): StreamRecogniser | null {
    return this.#protocol
  }

  /** Nothing more is wanted of either side. */
  get isSettled(): boolean {
    return this.low.isQuiet && this.high.isQuiet
  }

  /** Whether only segments that begin a message are wanted of this side from now on. */
  wantsStarts(isHigh: boolean): boolean {
    const isRead = this.#isWanted && (isHigh ? this.high : this.low).isRead
    return isRead && this.#protocol?.later === 'starts'
  }

  get held(): number {
    return this.low.stream.held + this.high.stream.held
  }

  get conflicts(): number {
    return this.low.stream.conflicts + this.high.stream.conflicts
  }

  /** The client by what was said, where the protocol tells; null where it does not. */
  get clientHigh(): boolean | null {
    if (this.#reading === null || this.#protocol?.isSymmetric === true) return null
    return this.#isTold ? this.#reading.clientHigh : null
  }

  /** Which sides showed the protocol that was recognised. */
  shownBy(clientHigh: boolean): { client: boolean; server: boolean } {
    const bit = this.#bit
    const [client, server] = this.#roles(clientHigh)
    return { client: (client.yesClient & bit) !== 0, server: (server.yesServer & bit) !== 0 }
  }

  get hasFacts(): boolean {
    return this.#isWanted && this.#protocol !== null
  }

  /** What the server says counts for more: it has the last word on versions. */
  get facts(): AppFacts {
    const [client, server] = this.#roles(this.#isClient(true))
    return factsOf(client.facts, server.facts, this.#follower?.facts)
  }

  /**
   * The side has heard all that the other one sent before this number. What is missing of it was sent, was
   * not captured, and will not come any more.
   */
  acknowledge(isHigh: boolean, acknowledged: number, listener: Listener): void {
    const other = isHigh ? this.low : this.high
    if (this.#follower === null || other.isQuiet || !other.stream.isMissing(acknowledged)) return
    other.passGap()
    this.#hear(!isHigh, other, listener)
    if (!other.isQuiet) other.keepRest(this.#isLooked(other, !isHigh))
  }

  /** Takes a segment of one side. `listener` hears what the protocol says about other flows. */
  take(isHigh: boolean, sequence: number, segment: Segment, listener: Listener): void {
    const side = isHigh ? this.high : this.low
    if (side.isQuiet) return
    if (this.wantsStarts(isHigh)) {
      if (side.stream.isRepeated(sequence)) return
      side.beginAt(sequence)
    }
    const isNew = side.take(sequence, segment)
    if (isNew) this.#hear(isHigh, side, listener)
    else if (this.#follower !== null && side.stream.isCut) side.passGap()
    if (!side.isQuiet && isNew) side.keep(sequence, segment, this.#isLooked(side, isHigh))
  }

  /** No more will come: what is there must do. */
  end(listener: Listener): void {
    this.low.stream.isCut = true
    this.high.stream.isCut = true
    if (this.#protocol !== null) this.#read(listener)
  }

  #hear(isHigh: boolean, side: Side, listener: Listener): void {
    if (this.#protocol === null || !this.#isLooked(side, isHigh)) this.#look(isHigh, side)
    if (this.#protocol !== null) this.#read(listener)
  }

  get #bit(): number {
    return this.#protocol === null ? 0 : 1 << STREAMS.indexOf(this.#protocol)
  }

  #roles(clientHigh: boolean): readonly [client: Side, server: Side] {
    return clientHigh ? [this.high, this.low] : [this.low, this.high]
  }

  /** Whether the side is the client, as far as one knows: by the handshake, else by what was said. */
  #isClient(isHigh: boolean): boolean {
    return (this.#clientHigh ?? this.#reading?.clientHigh ?? false) === isHigh
  }

  /** Whether it is settled what the side has to do with the protocol. */
  #isLooked(side: Side, isHigh: boolean): boolean {
    const client = this.#clientHigh === !isHigh ? ALL : side.noClient | side.yesClient
    const server = this.#clientHigh === isHigh ? ALL : side.noServer | side.yesServer
    return this.#protocol !== null && ((client & server & this.#bit) !== 0 || side.isLookedThrough)
  }

  #look(isHigh: boolean, side: Side): void {
    if (this.#clientHigh !== !isHigh) side.look(true, this.#among)
    if (this.#clientHigh !== isHigh) side.look(false, this.#among)
    const readings = this.#readings()
    const best = readings.find(({ sure }) => sure !== 0) ?? null
    this.#reading = best
    this.#isTold = best !== null && readings.every(one => one === best || isWorse(one, best))
    this.#become(best === null ? null : (STREAMS[firstOf(best.sure)] ?? null))
    if (best === null) this.#miss(side, readings)
    else if (this.#showsNothing(side) && !side.tryNext()) side.quiet()
  }

  /** Nothing is certain yet, and perhaps nothing ever will be. */
  #miss(side: Side, readings: readonly Reading[]): void {
    if (readings.every(({ open }) => open === 0)) this.#giveUp()
    else if (this.#showsNothing(side) ? !side.tryNext() : side.isLookedThrough) side.quiet()
  }

  /** Picked up in the middle of what may be anything. */
  #showsNothing(side: Side): boolean {
    if (side.isWhole) return false
    const all = this.#among
    const isSure = (side.yesClient | side.yesServer) !== 0
    return !isSure && (side.noClient & side.noServer & all) === all
  }

  #become(protocol: StreamRecogniser | null): void {
    if (protocol === this.#protocol) return
    this.#protocol = protocol
    this.#follower = null
  }

  #readings(): readonly Reading[] {
    if (this.#clientHigh !== null) return [this.#readingAs(this.#clientHigh)]
    // Where either way is possible, the more certain one goes first.
    const both = [this.#readingAs(false), this.#readingAs(true)]
    return both.toSorted((one, other) => other.certainty - one.certainty)
  }

  #readingAs(clientHigh: boolean): Reading {
    const [client, server] = this.#roles(clientHigh)
    // What was picked up in the middle may not be a beginning at all, so it speaks against nothing.
    const open = client.isWhole ? ALL & ~(client.noClient | server.noServer) : this.#among
    const [byClient, byServer] = [open & client.yesClient, open & server.yesServer]
    const certainty = (byClient & byServer) !== 0 ? 2 : byClient !== 0 ? 1 : 0
    const sure = certainty === 2 ? byClient & byServer : byClient | byServer
    return { clientHigh, open, sure, certainty }
  }

  /** Reads the facts of both sides, and lets a follower read on. */
  #read(listener: Listener): void {
    const protocol = this.#protocol
    if (protocol === null) return
    if (protocol.follow !== undefined && this.#isWanted)
      this.#follower ??= protocol.follow(listener)
    this.#readSide(protocol, this.low, false)
    this.#readSide(protocol, this.high, true)
    if (this.#follower?.isDone === true) this.#giveUp()
  }

  #readSide(protocol: StreamRecogniser, side: Side, isHigh: boolean): void {
    if (side.isQuiet || side.rest.at === side.rest.end) return
    const isClient = this.#isClient(isHigh)
    const voice = isClient ? protocol.client : protocol.server
    if (this.#isWanted && !side.isRead && voice.read !== undefined) {
      const facts = voice.read(side.opening, side.isFull)
      if (facts === undefined) return
      side.facts = facts
    }
    if (this.#follower !== null) feed(this.#follower, side, isClient)
    else if (this.#isLooked(side, isHigh) || side.isFull) {
      side.isRead = true
      side.quiet()
    }
  }

  #giveUp(): void {
    this.low.quiet()
    this.high.quiet()
  }
}

/** Whether the way to see the two ends is excluded by what makes the other certain. */
const isWorse = (reading: Reading, best: Reading): boolean =>
  best.certainty === 2 ? reading.certainty < 2 : (reading.sure & best.sure & -best.sure) === 0

function feed(follower: Follower, side: Side, isClient: boolean): void {
  const { isFull } = side
  for (let { rest } = side; rest.at < rest.end; rest = side.rest) {
    const done = follower.feed(isClient, rest, isFull)
    if (done > 0) side.isRead = true
    // What a follower cannot get on with and that cannot grow is passed over.
    if (done <= 0 && !isFull) return
    side.feed(done > 0 ? done : rest.end - rest.at)
  }
}
