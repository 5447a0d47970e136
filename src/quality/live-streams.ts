// Streams of media while they last. Of all of them the kernel's number is kept, by which the clock of a source
// is found when somebody reports about it; whoever follows one is given a way to look at it.

import { flowAt } from '../kernel/flows.ts'
import { FLOW_HIGH, FLOW_KIND, FLOW_LOW, KIND_V6 } from '../kernel/layout.ts'
import { getI32 } from '../kernel/memory.ts'
import type { MeasuredFlow, MediaStream, Side } from '../model/quality.ts'
import { type LiveStream, liveSource, liveStream } from './streams.ts'

/** Places for numbers of streams, two that a source may have. */
const SLOTS = 131_072
const WAYS = 2
/** Knuth's multiplier: sources that were counted up fall into places far apart. */
const SPREAD = 0x9e3779b1

export class LiveStreams {
  /** By source; the later stream takes the place of the one that has been there for longer. */
  readonly #numbers = new Int32Array(SLOTS)

  /** The stream of this number is certain. */
  note(number: number): void {
    const ssrc = liveSource(number)
    if (ssrc === null) return
    const slot = slotOf(ssrc)
    this.#numbers[slot + 1] = this.#numbers[slot] as number
    this.#numbers[slot] = number
  }

  /** Of a source that sends between the hosts of this kernel flow; null where it is not known. */
  rateOf(flow: number, ssrc: number): number | null {
    const slot = slotOf(ssrc)
    for (let way = slot; way < slot + WAYS; way++) {
      const number = this.#numbers[way] as number
      const stream = number === 0 ? null : liveStream(number)
      if (stream?.ssrc === ssrc && isBetweenSame(stream, flow)) return stream.clockRate
    }
    return null
  }
}

/** A way to look at the stream of this number, until that is another one's; null where it is over already. */
export function lookAt(number: number, flow: MeasuredFlow, from: Side): MediaStream | null {
  const first = liveStream(number)
  if (first === null) return null
  const { ssrc, flow: owner, isHigh } = first
  const now = () => {
    const state = liveStream(number)
    const isSame = state?.ssrc === ssrc && state.flow === owner && state.isHigh === isHigh
    return isSame ? state : null
  }
  return { flow, from, ssrc, now }
}

const slotOf = (ssrc: number): number => (Math.imul(ssrc, SPREAD) >>> 16) * WAYS

/** Addresses of both are in the same order, or one and the same; IPv6 addresses go by number. */
function isBetweenSame({ flow }: LiveStream, other: number): boolean {
  const [one, two] = [flowAt(flow), flowAt(other)]
  return (
    getI32(one + FLOW_LOW) === getI32(two + FLOW_LOW) &&
    getI32(one + FLOW_HIGH) === getI32(two + FLOW_HIGH) &&
    (getI32(one + FLOW_KIND) & KIND_V6) === (getI32(two + FLOW_KIND) & KIND_V6)
  )
}
