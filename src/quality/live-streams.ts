// Streams of media while they last, by the numbers that the kernel gives them, and the clock rates by which
// reports about them are read.

import type { MeasuredFlow, MediaStream, Side } from '../model/quality.ts'
import { Recent } from '../model/recent.ts'
import { liveStream } from './streams.ts'

/** Streams whose sources are known by number. */
const STREAMS_MAX = 65_536

export class LiveStreams {
  readonly #streams = new Recent<string, MediaStream>(STREAMS_MAX)

  /** The stream of this number is certain; null where it is over already. */
  began(number: number, flow: MeasuredFlow, from: Side): MediaStream | null {
    const first = liveStream(number)
    if (first === null) return null
    const { ssrc } = first
    const now = () => {
      const state = liveStream(number)
      const isSame =
        state?.ssrc === ssrc && state.flow === first.flow && state.isHigh === first.isHigh
      return isSame ? state : null
    }
    const stream = { flow, from, ssrc, now }
    this.#streams.set(keyOf(flow, ssrc), stream)
    return stream
  }

  /** Of a source that sends between the hosts of this flow; null where it is not known. */
  rateOf(flow: MeasuredFlow, ssrc: number): number | null {
    return this.#streams.get(keyOf(flow, ssrc))?.now()?.clockRate ?? null
  }
}

function keyOf({ client, server }: MeasuredFlow, ssrc: number): string {
  const [a, b] = [client.address.text, server.address.text]
  return a < b ? `${a} ${b} ${ssrc}` : `${b} ${a} ${ssrc}`
}
