// Streams of media while they last, by the numbers that the kernel gives them, and the clock rates by which
// reports about them are read.

import type { MeasuredFlow, MediaStream, Side, StreamState } from '../model/quality.ts'
import { Recent } from '../model/recent.ts'

/** Streams whose sources are known by number. */
const STREAMS_MAX = 65_536

/** The stream of this number as it is; null where the number is another stream's by now, or nobody's. */
export type ReadStream = (number: number, ssrc: number) => StreamState | null

export class LiveStreams {
  readonly #read: ReadStream
  readonly #streams = new Recent<string, MediaStream>(STREAMS_MAX)

  constructor(read: ReadStream) {
    this.#read = read
  }

  began(number: number, ssrc: number, flow: MeasuredFlow, from: Side): MediaStream {
    const stream = { flow, from, ssrc, now: () => this.#read(number, ssrc) }
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
