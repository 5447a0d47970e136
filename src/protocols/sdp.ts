// SDP: where a side will receive media, and by which clocks. RFC 8866, 5.7, 5.14 and 6.6; a=rtcp is RFC 3605.

import { parseAddress } from '../model/address.ts'
import { indexOf, textOf } from './bytes.ts'
import type { Listener, Opening } from './recogniser.ts'

/** Ports that one message may tell of. */
const PORTS_MAX = 16
const LINES_MAX = 512
/** Payload types of one medium whose clocks are told. */
const CLOCKS_MAX = 32
const PORT_MAX = 65_535
const [LF, EQUALS] = [0x0a, 0x3d]

/** `m=audio 49170/2 RTP/AVP 0`, also with UDP/TLS/ or SAVPF; other transports carry no RTP. */
const MEDIA = /^m=[a-z]+ (\d{1,5})(?:\/(\d{1,3}))? (?:[A-Z/]+\/)?RTP\//i
const CONNECTION = /^c=IN IP[46] ([0-9A-Fa-f.:]+)/
/** `a=rtpmap:96 opus/48000/2`; no clock of media is slower than text's (RFC 4103) or faster than this. */
const CLOCK = /^a=rtpmap:(\d{1,3}) [^/]{1,64}\/(\d{4,7})(?!\d)/
const [TYPE_MAX, RATE_MIN, RATE_MAX] = [127, 1000, 1_000_000]
const RTCP = /^a=rtcp:(\d{1,5})(?: IN IP[46] ([0-9A-Fa-f.:]+))?/

interface Media {
  readonly port: number
  /** How many ports, each with one for RTCP behind it. */
  readonly count: number
  address: Uint8Array | null
  rtcpPort: number | null
  rtcpAddress: Uint8Array | null
  /** Clock rates by payload type. */
  readonly clocks: Map<number, number>
}

/** Tells of all ports for RTP and RTCP in a body, whatever stands around the description. */
export function announce({ bytes, at, end }: Opening, listener: Listener): void {
  const description = new Description(listener)
  let line = at
  for (let lines = 0; line < end && lines < LINES_MAX; lines++) {
    const newline = indexOf(bytes, line, end, LF)
    const stop = newline < 0 ? end : newline
    if (stop - line > 2 && bytes[line + 1] === EQUALS) description.take(textOf(bytes, line, stop))
    line = stop + 1
  }
  description.end()
}

class Description {
  readonly #listener: Listener
  /** Of the whole session, which precedes all media; one of these may have its own. */
  #address: Uint8Array | null = null
  #media: Media | null = null
  #told = 0

  constructor(listener: Listener) {
    this.#listener = listener
  }

  take(line: string): void {
    if (line.startsWith('v=')) this.#begin()
    else if (line.startsWith('m=')) this.#medium(MEDIA.exec(line))
    else if (line.startsWith('c=')) this.#connection(CONNECTION.exec(line)?.[1])
    else if (line.startsWith('a=rtcp:')) this.#rtcp(RTCP.exec(line))
    else if (line.startsWith('a=rtpmap:')) this.#clock(CLOCK.exec(line))
  }

  /** A medium is complete only where the next begins, since its own address follows it. */
  end(): void {
    const media = this.#media
    this.#media = null
    // Port 0 refuses the medium (RFC 3264, 6).
    if (media === null || media.port === 0) return
    for (let index = 0; index < media.count; index++) {
      const port = media.port + 2 * index
      if (this.#tell(media.address, port)) this.#tellClocks(media, port)
      const rtcpPort = index === 0 ? media.rtcpPort : null
      this.#tell(media.rtcpAddress ?? media.address, rtcpPort ?? port + 1)
    }
  }

  #begin(): void {
    this.end()
    this.#address = null
  }

  #medium(match: RegExpExecArray | null): void {
    this.end()
    // A medium without RTP is one with port 0, so that its address is not taken for the session's.
    const [, port = '0', count = '1'] = match ?? []
    this.#media = {
      ...{ port: Number(port), count: Math.min(Number(count), PORTS_MAX) },
      ...{ address: this.#address, rtcpPort: null, rtcpAddress: null },
      clocks: new Map(),
    }
  }

  #connection(text: string | undefined): void {
    const address = bytesOf(text)
    if (this.#media === null) this.#address = address
    else this.#media.address = address
  }

  #rtcp(match: RegExpExecArray | null): void {
    if (this.#media === null || match === null) return
    this.#media.rtcpPort = Number(match[1])
    this.#media.rtcpAddress = bytesOf(match[2])
  }

  #clock(match: RegExpExecArray | null): void {
    const clocks = this.#media?.clocks
    if (clocks === undefined || match === null || clocks.size >= CLOCKS_MAX) return
    const [type, rate] = [Number(match[1]), Number(match[2])]
    if (type <= TYPE_MAX && rate >= RATE_MIN && rate <= RATE_MAX) clocks.set(type, rate)
  }

  /** Whether there was anything to tell. */
  #tell(address: Uint8Array | null, port: number): boolean {
    if (address === null || port < 1 || port > PORT_MAX || this.#told >= PORTS_MAX) return false
    this.#told++
    this.#listener.media(address, port)
    return true
  }

  #tellClocks({ address, clocks }: Media, port: number): void {
    if (address === null) return
    for (const [type, rate] of clocks) this.#listener.clockRate?.(address, port, type, rate)
  }
}

/** Null for a name, and for the address of nobody, by which a call is put on hold (RFC 3264, 8.4). */
function bytesOf(text: string | undefined): Uint8Array | null {
  const bytes = parseAddress(text ?? '')?.bytes ?? null
  return bytes?.some(byte => byte !== 0) === true ? bytes : null
}
