// The first message of each side of UDP flows, kept as bytes: most flows end without anybody asking what was
// said in them, so that it is read when somebody does. A ring, in which the oldest messages give way.

import { type AppFacts, factsOf, NO_FACTS, type Protocol } from '../model/app.ts'
import { DATAGRAMS } from './index.ts'
import type { DatagramRecogniser, Opening, Sender } from './recogniser.ts'

/** Some hundred thousand messages of the usual size. */
const RING_BYTES = 32 * 1024 * 1024
/** It begins with this and doubles while it is first filled: a short capture needs a small part of it. */
const BYTES_FIRST = 64 * 1024
/** Longer messages are kept as far as this. */
const MESSAGE_BYTES_MAX = 1024
const [UNIT_BYTES, WORD_BYTES] = [8, 4]
const RING_UNITS = RING_BYTES / UNIT_BYTES
// Before each message, in words: place of the flow's message before it, flow, bytes, sender.
const [BEFORE, FLOW, BYTES, SENDER] = [0, 1, 2, 3]
const HEADER_BYTES = 16

type Read = NonNullable<DatagramRecogniser['read']>

export class FirstMessages {
  #bytes = new Uint8Array(BYTES_FIRST)
  #words = new Int32Array(this.#bytes.buffer)
  /** Where the next message goes, in units; counted on behind the ring's end. */
  #next = 1
  /** Messages that were asked for when they had given way. */
  forgotten = 0

  /** Takes a message of the flow and gives its place; `before` is that of the flow's last one, 0 for none. */
  keep(flow: number, before: number, sender: Sender, { bytes, at, end }: Opening): number {
    const count = Math.min(end - at, MESSAGE_BYTES_MAX)
    const units = Math.ceil((HEADER_BYTES + count) / UNIT_BYTES)
    const left = RING_UNITS - (this.#next & (RING_UNITS - 1))
    if (units > left) this.#next = (this.#next + left) | 0
    const place = this.#next
    this.#next = (place + units) | 0
    const word = wordOf(place)
    if (word * WORD_BYTES + units * UNIT_BYTES > this.#bytes.length) this.#grow()
    this.#words[word + BEFORE] = before
    this.#words[word + FLOW] = flow
    this.#words[word + BYTES] = count
    this.#words[word + SENDER] = sender
    this.#bytes.set(bytes.subarray(at, at + count), word * WORD_BYTES + HEADER_BYTES)
    return place
  }

  /** What the flow's messages say, of which the last one is at this place. */
  factsOf(flow: number, place: number, protocol: Protocol | null): AppFacts {
    const read = DATAGRAMS.find(({ name }) => name === protocol)?.read
    if (read === undefined) return NO_FACTS
    const before = this.#beforeOf(flow, place)
    const earlier = before === 0 ? {} : this.#readAt(flow, before, read)
    return factsOf(earlier, this.#readAt(flow, place, read))
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#bytes.length)
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#words = new Int32Array(grown.buffer)
  }

  #readAt(flow: number, place: number, read: Read): Partial<AppFacts> {
    if (!this.#isThere(flow, place)) {
      this.forgotten++
      return {}
    }
    const word = wordOf(place)
    const at = word * WORD_BYTES + HEADER_BYTES
    const end = at + (this.#words[word + BYTES] as number)
    return read({ bytes: this.#bytes, at, end }, this.#words[word + SENDER] as Sender) ?? {}
  }

  #beforeOf(flow: number, place: number): number {
    return this.#isThere(flow, place) ? (this.#words[wordOf(place) + BEFORE] as number) : 0
  }

  #isThere(flow: number, place: number): boolean {
    const isInRing = (this.#next - place) >>> 0 <= RING_UNITS
    return isInRing && this.#words[wordOf(place) + FLOW] === flow
  }
}

const wordOf = (place: number): number => (place & (RING_UNITS - 1)) * (UNIT_BYTES / WORD_BYTES)
