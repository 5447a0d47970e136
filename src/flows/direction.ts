// Who is the client? The kernel knows where it saw a SYN, a SYN-ACK or an ICMP request. For the rest this
// asks the ports: one that a policy row reserves, then one that has answered before, then who spoke first.

import type { Endpoint } from '../model/flow.ts'
import type { PortRange } from '../model/inventory.ts'
import type { Ends, Orientation } from './record.ts'

const SERVICES_MAX = 65_536
const TCP = 6
const UDP = 17

/** The knowledge about ports that direction needs. */
export interface PortKnowledge {
  /** A port that a row of the policy names for this IP protocol. */
  isReserved(protocol: number, port: number): boolean
  /** The ranges from which the host's own client ports come. */
  dynamicPorts(endpoint: Endpoint): readonly PortRange[]
}

/** Old Windows and current systems together: a port in here proves nothing about its owner. */
export const DYNAMIC_PORTS: readonly PortRange[] = [
  { first: 1025, last: 5000 },
  { first: 32_768, last: 65_535 },
]

export class Directions {
  #ports: PortKnowledge
  /** Per address, the protocols and ports that have answered a handshake; bounded in all. */
  readonly #services = new Map<string, Set<number>>()
  #serviceCount = 0

  constructor(ports: PortKnowledge) {
    this.#ports = ports
  }

  /** Other ports are reserved from now on; what has answered stays known. */
  reserve(ports: PortKnowledge): void {
    this.#ports = ports
  }

  /** Remembers the server of a flow whose direction is proven. */
  learn({ protocol, low, high, orientation }: Ends): void {
    if (orientation.basis !== 'syn' && orientation.basis !== 'synack') return
    const { address, port } = orientation.clientHigh ? low : high
    const known = this.#services.get(address.text) ?? new Set<number>()
    const service = serviceOf(protocol, port)
    if (this.#serviceCount >= SERVICES_MAX || known.has(service)) return
    this.#services.set(address.text, known.add(service))
    this.#serviceCount++
  }

  /** The strongest orientation that can be had. */
  of(ends: Ends): Orientation {
    const { protocol, low, high, orientation } = ends
    if (orientation.basis !== 'first_packet') return orientation
    if (protocol !== TCP && protocol !== UDP) return orientation
    const reserved = this.#byOneEnd(
      this.#isReserved(protocol, low, high),
      this.#isReserved(protocol, high, low),
      'reserved_port',
    )
    if (reserved !== undefined) return reserved
    const seen = ({ address, port }: Endpoint) =>
      this.#services.get(address.text)?.has(serviceOf(protocol, port)) ?? false
    return this.#byOneEnd(seen(low), seen(high), 'service_seen') ?? orientation
  }

  /** A row's port that lies outside the dynamic ranges of both ends. */
  #isReserved(protocol: number, end: Endpoint, other: Endpoint): boolean {
    if (!this.#ports.isReserved(protocol, end.port)) return false
    return !this.#isDynamic(end, end.port) && !this.#isDynamic(other, end.port)
  }

  #isDynamic(end: Endpoint, port: number): boolean {
    return this.#ports.dynamicPorts(end).some(({ first, last }) => port >= first && port <= last)
  }

  #byOneEnd(low: boolean, high: boolean, basis: Orientation['basis']): Orientation | undefined {
    return low === high ? undefined : { clientHigh: low, basis }
  }
}

const serviceOf = (protocol: number, port: number): number => protocol * 65_536 + port
