// One TCP connection told segment by segment, for stories in which it matters what is acknowledged when.

import { ETHER, ethernetFrame, FLAG, tcpPacket } from '../../fixtures/scenario/packet.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'

type Side = 'client' | 'server'

interface Told {
  readonly bytes?: number
  readonly flags?: number
  /** How many bytes before the next one, as when data is sent again. */
  readonly back?: number
  /** How many bytes of the other side it does not acknowledge. */
  readonly left?: number
  readonly window?: number
  readonly ttl?: number
}

interface End {
  readonly host: Host
  readonly port: number
  next: number
}

const WINDOW = 64_240
const MS = 0.001

export class Line {
  readonly #net: Scenario
  readonly #ends: Readonly<Record<Side, End>>
  /** Sides that the sensor does not hear. */
  readonly #unheard: readonly Side[]
  #id = 1

  constructor(
    net: Scenario,
    [client, server]: readonly [Host, Host],
    port: number,
    told: { readonly clientPort?: number; readonly first?: number; readonly unheard?: Side[] } = {},
  ) {
    const { clientPort = 50_000, first = 1000, unheard = [] } = told
    this.#net = net
    this.#unheard = unheard
    this.#ends = {
      client: { host: client, port: clientPort, next: first },
      server: { host: server, port, next: first },
    }
  }

  /** A segment that acknowledges all that the other side has sent, unless told. */
  send(at: number, side: Side, told: Told = {}): void {
    const { bytes = 0, flags = FLAG.ACK, back = 0, left = 0, window = WINDOW } = told
    const [from, to] = [this.#ends[side], this.#ends[side === 'client' ? 'server' : 'client']]
    const header = {
      ...{ source: from.host.address, target: to.host.address },
      ...{ ttl: told.ttl ?? from.host.ttl, id: this.#id++ & 0xffff },
    }
    const packet = tcpPacket(header, {
      ...{ sourcePort: from.port, targetPort: to.port, flags, window },
      sequence: (from.next - back) >>> 0,
      acknowledgement: flags & FLAG.ACK ? (to.next - left) >>> 0 : 0,
      payload: new Uint8Array(bytes).fill(0xa5),
    })
    if (back === 0) from.next = (from.next + bytes + (flags & 3 ? 1 : 0)) >>> 0
    if (this.#unheard.includes(side)) return
    const ends = { source: from.host.mac, target: to.host.mac, vlan: null }
    this.#net.at(at).frame(ethernetFrame(ends, ETHER.IPV4, packet))
  }

  open(at: number): void {
    this.send(at, 'client', { flags: FLAG.SYN })
    this.send(at + MS, 'server', { flags: FLAG.SYN | FLAG.ACK })
    this.send(at + 2 * MS, 'client')
  }

  /** A question and its answer, each acknowledged. */
  exchange(at: number, request = 24, response = 24): void {
    this.send(at, 'client', { bytes: request })
    this.send(at + MS, 'server', { bytes: response })
    this.send(at + 2 * MS, 'client')
  }

  /** The same data again and again, after twice the time each time; nothing comes back. */
  vain(at: number, side: Side, tries: number, bytes = 24): number {
    let moment = at
    for (let again = 0; again <= tries; again++) {
      this.send(moment, side, again === 0 ? { bytes } : { bytes, back: bytes })
      moment += 0.3 * 2 ** again
    }
    return moment
  }

  /** So many full segments, each acknowledged after a while; three are under way at any time. */
  backlog(at: number, segments: number, everySeconds: number): number {
    const bytes = 1460
    for (let index = 0; index < segments + 2; index++) {
      const moment = at + index * everySeconds
      if (index < segments) this.send(moment, 'client', { bytes })
      if (index < 2) continue
      const left = Math.min(2, segments + 1 - index) * bytes
      this.#acknowledge(moment + everySeconds / 2, left)
    }
    return at + (segments + 2) * everySeconds
  }

  reset(at: number, side: Side, ttl?: number): void {
    this.send(at, side, {
      flags: FLAG.RST | FLAG.ACK,
      window: 0,
      ...(ttl !== undefined && { ttl }),
    })
  }

  close(at: number): void {
    this.send(at, 'client', { flags: FLAG.FIN | FLAG.ACK })
    this.send(at + MS, 'server', { flags: FLAG.FIN | FLAG.ACK })
    this.send(at + 2 * MS, 'client')
  }

  /** The server acknowledges all but so many bytes. */
  #acknowledge(at: number, left: number): void {
    const { client } = this.#ends
    client.next = (client.next - left) >>> 0
    this.send(at, 'server')
    client.next = (client.next + left) >>> 0
  }
}

/** Others talk all the while, so that silence is known to be one: a datagram every five seconds. */
export function others(net: Scenario, [from, until]: readonly [number, number]): void {
  const [one, other] = [`other-${from}`, `another-${from}`].map((name, index) =>
    net.host(name, { ip: `172.16.0.${index + 1}` }),
  )
  if (one === undefined || other === undefined) return
  const count = Math.floor((until - from) / 5)
  net.at(from).udpOneWay(one, other, 9100, { count, everyMs: 5000 })
}
