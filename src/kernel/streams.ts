// Streams of media, RFC 3550: what each synchronisation source sent, by sequence numbers and timestamps.

import { tcpAt } from './flows.ts'
import { MEDIA_HIGH, MEDIA_LOW } from './measured-layout.ts'
import { getI32, setI32 } from './memory.ts'

/** Takes the datagram at hand into the stream that it belongs to, where it looks like one; the flags after it. */
export function measureDatagram(flow: i32, flags: i32): i32 {
  return flow < 0 ? 0 : flags
}

/** The flow goes on under a new record: counts begin anew. */
export function resumeStreams(flow: i32): void {
  if (getI32(tcpAt(flow) + MEDIA_LOW) === 0) return
}

/** The flow is over. */
export function closeStreams(flow: i32): void {
  setI32(tcpAt(flow) + MEDIA_LOW, 0)
  setI32(tcpAt(flow) + MEDIA_HIGH, 0)
}
