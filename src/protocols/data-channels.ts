// Data connections that FTP control connections announce: PORT and EPRT for the client's end, PASV and EPSV
// for the server's. RFC 959, 3.2; RFC 2428. What is announced names a connection, and never allows one: an
// end must be one of the control connection's own, and it names one connection that follows soon.

import type { Control } from '../model/app.ts'
import type { Endpoint } from '../model/flow.ts'

const CHANNELS_MAX = 4096
/** Longer than servers wait for a connection that was announced to them, or by them. */
const EXPECTED_NS_MAX = 120e9

/** The two ends of a kernel flow, by the order of its key. */
export interface FlowEnds {
  readonly low: Endpoint
  readonly high: Endpoint
}

export interface Announced {
  /** Whose end listens. */
  readonly side: 'client' | 'server'
  /** 4 or 16 bytes; null for the control connection's own address. */
  readonly address: Uint8Array | null
  readonly port: number
  /** Capture time. */
  readonly timeNs: number
}

interface Expected {
  readonly control: Control
  readonly timeNs: number
}

export class DataChannels {
  readonly #expected = new Map<string, Expected>()

  get isEmpty(): boolean {
    return this.#expected.size === 0
  }

  /** `ends` are those of the control connection. An announcement for somebody else's address is ignored. */
  expect({ low, high }: FlowEnds, clientHigh: boolean, announced: Announced): void {
    const { side, address, port, timeNs } = announced
    const [client, server] = clientHigh ? [high, low] : [low, high]
    const listening = side === 'client' ? client : server
    const other = side === 'client' ? server : client
    const own = listening.address.bytes
    if (
      address !== null &&
      !(address.length === own.length && address.every((byte, at) => byte === own[at]))
    )
      return
    if (this.#expected.size >= CHANNELS_MAX) {
      const [oldest] = this.#expected.keys()
      if (oldest !== undefined) this.#expected.delete(oldest)
    }
    const key = keyOf(other.address.text, listening.address.text, port)
    const control = { client: client.address, server: server.address, port: server.port }
    this.#expected.delete(key)
    this.#expected.set(key, { control, timeNs })
  }

  /**
   * The control connection to which a connection between these ends belongs; null if to none. Whoever wants
   * another one announces it anew.
   */
  take(ends: FlowEnds, timeNs: number): Control | null {
    for (const key of keysOf(ends)) {
      const expected = this.#expected.get(key)
      this.#expected.delete(key)
      if (isInTime(expected, timeNs)) return expected.control
    }
    return null
  }

  /** Whether a connection that began between these ends at this time has been announced. */
  isExpected(ends: FlowEnds, timeNs: number): boolean {
    if (this.isEmpty) return false
    return keysOf(ends).some(key => isInTime(this.#expected.get(key), timeNs))
  }
}

const isInTime = (expected: Expected | undefined, timeNs: number): expected is Expected =>
  expected !== undefined && timeNs - expected.timeNs <= EXPECTED_NS_MAX

/** Under which a connection between these ends may have been announced: either may be the one that listens. */
const keysOf = ({ low, high }: FlowEnds): readonly string[] => [
  keyOf(low.address.text, high.address.text, high.port),
  keyOf(high.address.text, low.address.text, low.port),
]

const keyOf = (from: string, to: string, port: number): string => `${from} ${to} ${port}`
