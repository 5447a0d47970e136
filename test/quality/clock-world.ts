// Hosts with clocks that are wrong in a known way, the ways between them, and a sensor in the middle with a
// clock of its own: what passes it when, and what is true.

import { join, u32, zeros } from '../../fixtures/scenario/bytes.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'

const UNIX_TO_NTP_SECONDS = 2_208_988_800
const NS = 1e9

/** A clock that is `aheadMs` ahead at the story's start and gains `ppm` on true time. */
export interface Clock {
  readonly aheadMs: number
  readonly ppm?: number
  /** It ticks no finer than this. */
  readonly tickMs?: number
}

/** Nanoseconds since the story's start by this clock, at a true time. */
export const clockNs = ({ aheadMs, ppm = 0, tickMs }: Clock, trueNs: number): number => {
  const ns = trueNs + aheadMs * 1e6 + trueNs * ppm * 1e-6
  return tickMs === undefined ? ns : Math.floor(ns / (tickMs * 1e6)) * tickMs * 1e6
}

/** How far the first is ahead of the second at a true time, milliseconds. */
export const apartMs = (one: Clock, other: Clock, trueNs: number): number =>
  one.aheadMs - other.aheadMs + (trueNs * ((one.ppm ?? 0) - (other.ppm ?? 0)) * 1e-6) / 1e6

/** One-way times, milliseconds: client to sensor, sensor to server, and back. */
export interface Ways {
  readonly up: readonly [number, number]
  readonly down: readonly [number, number]
}

export const even = (ms: number): Ways => ({ up: [ms, ms], down: [ms, ms] })

export interface Asking {
  readonly net: Scenario
  readonly client: Host
  readonly server: Host
  readonly clientClock: Clock
  readonly serverClock: Clock
  /** True time is the story's; the sensor stamps by its own clock. */
  readonly sensorClock: Clock
  readonly ways: Ways
}

export interface Exchange {
  /** True seconds since the story's start at which the client asks. */
  readonly at: number
  readonly clientPort?: number
  /** 3 and 4 unless told. */
  readonly modes?: readonly [number, number]
  /** What stands in the request in place of the client's time. */
  readonly transmit?: readonly number[]
  readonly stratum?: number
  readonly leap?: number
  readonly reference?: string
  readonly isLost?: 'request' | 'answer'
  readonly precision?: number
  /** How long the server thinks, milliseconds. */
  readonly thinksMs?: number
}

/** Asks once after another, and says in each request what came of the last one where `isTelling`. */
export class Asker {
  readonly #asking: Asking
  readonly #isTelling: boolean
  #before: { readonly origin: readonly number[]; readonly receive: readonly number[] } | null = null

  constructor(asking: Asking, isTelling = true) {
    this.#asking = asking
    this.#isTelling = isTelling
  }

  ask(exchange: Exchange): void {
    const { net, client, server, clientClock, serverClock, ways } = this.#asking
    const { at, modes = [3, 4], stratum = 3, leap = 0, reference, precision = 0xec } = exchange
    const { clientPort = 123, isLost, thinksMs = 0.05 } = exchange
    const time = (ns: number) => ntpTime(net.epochSeconds, ns)
    const askedNs = at * NS
    const t1 = exchange.transmit ?? time(clockNs(clientClock, askedNs))
    const tells = this.#isTelling ? this.#before : null
    const own = join(tells?.origin ?? zeros(8), tells?.receive ?? zeros(8), t1)
    const request = join([0x20 | (modes[0] ?? 3), 0, 6, precision], zeros(20), own)
    const [up, toServer] = ways.up
    this.#pass(
      askedNs + up * 1e6,
      [client, server],
      { clientPort, port: 123 },
      request,
      isLost === 'request',
    )
    const t2Ns = askedNs + (up + toServer) * 1e6
    const t3Ns = t2Ns + thinksMs * 1e6
    const [t2, t3] = [t2Ns, t3Ns].map(ns => time(clockNs(serverClock, ns))) as [number[], number[]]
    const head = [(leap << 6) | 0x20 | (modes[1] ?? 4), stratum, 6, 0xec]
    const source =
      reference === undefined ? [10, 10, 20, 53] : [...reference].map(c => c.charCodeAt(0))
    const answer = join(head, u32(0x80), u32(0x100), source, t2, t1, t2, t3)
    const [fromServer, down] = ways.down
    this.#pass(
      t3Ns + fromServer * 1e6,
      [server, client],
      { clientPort: 123, port: clientPort },
      answer,
      isLost === 'answer',
    )
    const t4Ns = t3Ns + (fromServer + down) * 1e6
    if (isLost === undefined)
      this.#before = { origin: t3, receive: time(clockNs(clientClock, t4Ns)) }
  }

  #pass(
    trueNs: number,
    [from, to]: readonly [Host, Host],
    { clientPort, port }: { readonly clientPort: number; readonly port: number },
    request: Uint8Array,
    isLost: boolean,
  ): void {
    const { net, sensorClock } = this.#asking
    if (isLost) return
    net.at(clockNs(sensorClock, trueNs) / NS).udpOneWay(from, to, port, { clientPort, request })
  }
}

/** RFC 5905, 6. */
function ntpTime(epochSeconds: number, ns: number): readonly number[] {
  const whole = Math.floor(ns / NS)
  const fraction = Math.floor(((ns - whole * NS) * 2 ** 32) / NS)
  return [...u32((epochSeconds + whole + UNIX_TO_NTP_SECONDS) >>> 0), ...u32(fraction >>> 0)]
}
