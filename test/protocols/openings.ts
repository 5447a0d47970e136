// What every recogniser must do, whatever its protocol: the same answer however long the opening is, and
// whatever lies outside it.

import { expect } from 'vitest'
import { join, type Part, u16 } from '../../fixtures/scenario/bytes.ts'
import type { AppFacts, NameAnswer } from '../../src/model/app.ts'
import {
  type DatagramRecogniser,
  Guess,
  type Listener,
  type Opening,
  Sender,
  type StreamRecogniser,
  type Voice,
} from '../../src/protocols/recogniser.ts'

/** Bytes as hexadecimal digits, spaced as one likes. */
export const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

/** A tag, a length and what it holds: X.690, 8.1. */
export function ber(tag: number, ...parts: readonly Part[]): Uint8Array {
  const value = join(...parts)
  return join([tag], value.length < 0x80 ? [value.length] : [0x82, ...u16(value.length)], value)
}

/** What may lie around an opening: nothing, and what would mislead a reader who went too far. */
const AROUND: readonly number[] = [0x00, 0x30, 0xff]
const MARGIN_BYTES = 300

export const opening = (bytes: Uint8Array): Opening => ({ bytes, at: 0, end: bytes.length })

/** The bytes amid others. */
function amid(bytes: Uint8Array, filler: number): Opening {
  const whole = new Uint8Array(bytes.length + 2 * MARGIN_BYTES).fill(filler)
  whole.set(bytes, MARGIN_BYTES)
  return { bytes: whole, at: MARGIN_BYTES, end: MARGIN_BYTES + bytes.length }
}

/** What a voice says of these bytes, once it is clear that it says the same wherever they lie. */
export function guess(voice: Voice, bytes: Uint8Array): Guess {
  const guesses = AROUND.map(filler => voice.look(amid(bytes, filler)))
  expect(new Set(guesses).size, 'does not depend on what lies around').toBe(1)
  return guesses[0] ?? Guess.No
}

/** The guesses of all beginnings, from the empty one on; none may be taken back. */
export function guesses(voice: Voice, bytes: Uint8Array): readonly Guess[] {
  const all = Array.from({ length: bytes.length + 1 }, (_, end) =>
    guess(voice, bytes.slice(0, end)),
  )
  const first = all.findIndex(one => one !== Guess.Unsure)
  if (first >= 0)
    expect(new Set(all.slice(first)), 'is never taken back').toEqual(new Set([all[first]]))
  return all
}

/** How many bytes it takes until the voice says Yes; undefined where it never does. */
export function bytesToYes(voice: Voice, bytes: Uint8Array): number | undefined {
  const index = guesses(voice, bytes).indexOf(Guess.Yes)
  return index < 0 ? undefined : index
}

/** Who sends the datagram, once it is clear that the answer does not depend on its surroundings. */
export function senderOf(recogniser: DatagramRecogniser, bytes: Uint8Array): Sender {
  const senders = AROUND.map(filler => {
    const { bytes: whole, at, end } = amid(bytes, filler)
    return recogniser.sender(whole, at, end)
  })
  expect(new Set(senders).size, 'does not depend on what lies around').toBe(1)
  return senders[0] ?? Sender.Nobody
}

/** The different answers for all beginnings of the datagram. */
export const sendersOf = (recogniser: DatagramRecogniser, bytes: Uint8Array): ReadonlySet<Sender> =>
  new Set(
    Array.from({ length: bytes.length + 1 }, (_, end) => senderOf(recogniser, bytes.slice(0, end))),
  )

export const idOf = (recogniser: DatagramRecogniser, bytes: Uint8Array): number | undefined =>
  recogniser.id?.(bytes, 0, bytes.length)

export const readOf = (
  recogniser: DatagramRecogniser,
  bytes: Uint8Array,
): Partial<AppFacts> | undefined =>
  recogniser.read?.(opening(bytes), recogniser.sender(bytes, 0, bytes.length))

/** A listener that keeps what it is told. */
export function listening(): { readonly listener: Listener; readonly answers: NameAnswer[] } {
  const answers: NameAnswer[] = []
  const listener: Listener = {
    wantsName: () => true,
    answered: answer => answers.push(answer),
    dataChannel: () => {},
    media: () => {},
  }
  return { listener, answers }
}

interface Words {
  readonly client?: Uint8Array
  readonly server?: Uint8Array
}

/**
 * The facts of a conversation, one segment after the other; `segmentBytes` cuts the segments further. What a
 * side said and was not done with comes again with what follows.
 */
export function followed(
  recogniser: StreamRecogniser,
  talk: readonly Words[],
  segmentBytes = Number.POSITIVE_INFINITY,
  listener = listening().listener,
): Partial<AppFacts> {
  const follower = recogniser.follow?.(listener)
  const waiting = { client: new Uint8Array(0), server: new Uint8Array(0) }
  for (const words of talk)
    for (const side of ['client', 'server'] as const)
      for (const piece of piecesOf(words[side] ?? new Uint8Array(0), segmentBytes)) {
        let bytes = Uint8Array.from([...waiting[side], ...piece])
        let done = 1
        while (bytes.length > 0 && done > 0 && follower?.isDone === false) {
          done = follower.feed(side === 'client', amid(bytes, 0xff), false)
          expect(done).toBeLessThanOrEqual(bytes.length)
          bytes = bytes.slice(done)
        }
        waiting[side] = bytes
      }
  return follower?.facts ?? {}
}

function piecesOf(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const step = Math.min(size, Math.max(1, bytes.length))
  const count = Math.ceil(bytes.length / step)
  return Array.from({ length: count }, (_, index) => bytes.slice(index * step, (index + 1) * step))
}
