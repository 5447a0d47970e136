// Batches of mutated packets. A batch is made from the seed and its own number alone, so that any of them can
// be made again without those before.

import { type Random, seeded } from '../../fixtures/scenario/random.ts'
import type { Frame } from '../../test/support/frames.ts'
import { mutated, pick, spliced } from './mutate.ts'
import type { Seeds } from './seeds.ts'
import { type Linked, linked, nested } from './wrap.ts'

export const BATCH_PACKETS = 1000
/** Capture time from one batch to the next. */
const BATCH_NS = 2e9
const PACKET_NS = 1e6
const FRAME_BYTES_MAX = 262_144
const LINKS = [0, 1, 9, 10, 12, 14, 101, 105, 108, 113, 119, 127, 163, 228, 229, 239, 276]

// Silences beyond each limit of a flow's life, and stamps that are plainly wrong.
const JUMPS_NS = [
  ...[-1e9, 1e9, 11e9, 31e9, 61e9, 601e9, 1801e9, 3601e9, -3601e9],
  ...[-1e15, 1e15, 90_000e9, 0.5, -1],
]

/** The packets of batch `number`, from 0, of the stream that `seed` names. */
export function batchOf(seeds: Seeds, seed: number, number: number): readonly Frame[] {
  const next = seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
  let timeNs = number * BATCH_NS
  return Array.from({ length: BATCH_PACKETS }, () => {
    timeNs += next() % 300 === 0 ? pick(JUMPS_NS, next) : next() % PACKET_NS
    return { timeNs, ...lengthsOf(frameOf(seeds, next), next) }
  })
}

/** Some as they are, so that flows come about; most changed; a few pieced together. */
function frameOf(seeds: Seeds, next: Random): Linked {
  const { link, bytes } = pick(seeds.frames, next)
  const kind = next() % 40
  if (kind < 8) return { link, bytes }
  if (kind < 12) return { link, bytes: spliced(bytes, pick(seeds.frames, next).bytes, next) }
  if (kind < 14) return changedInside(seeds, next)
  if (kind < 16) return { link: anyLink(next), bytes: mutated(bytes, next() % 3, next) }
  if (kind === 16 && next() % 50 === 0) return { link, bytes: huge(bytes, next) }
  return { link, bytes: mutated(bytes, 1 + (next() % 6), next) }
}

const anyLink = (next: Random): number => (next() % 8 === 0 ? next() % 300 : pick(LINKS, next))

/** The change lies in the innermost packet, behind headers that are whole. */
function changedInside({ packets }: Seeds, next: Random): Linked {
  const inner = mutated(pick(packets, next), 1 + (next() % 4), next)
  return linked(nested(inner, next), next)
}

/** As long as a packet may be, filled with one byte or with itself. */
function huge(bytes: Uint8Array, next: Random): Uint8Array {
  const whole = new Uint8Array(FRAME_BYTES_MAX - (next() % 3))
  if (next() % 2 === 0 || bytes.length === 0) whole.fill(next())
  else for (let at = 0; at + bytes.length <= whole.length; at += bytes.length) whole.set(bytes, at)
  whole.set(bytes.subarray(0, whole.length))
  return whole
}

/** Some were longer on the wire than what was captured, by a little or beyond belief. */
function lengthsOf({ link, bytes }: Linked, next: Random): Omit<Frame, 'timeNs'> {
  const isCut = next() % 10 === 0
  const wire = isCut
    ? Math.min(bytes.length + (next() >>> (next() % 32)), 0x7fffffff)
    : bytes.length
  return { link, wire, bytes: isCut ? bytes.subarray(0, next() % (bytes.length + 1)) : bytes }
}
