// What the evaluators of rule files decide about, and sets of addresses for them. Written without a look at
// the writers: node's own block lists hold the addresses.

import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** The first packet of a flow. For an echo the ports say nothing. */
export interface Packet {
  readonly transport: 'tcp' | 'udp' | 'echo'
  readonly source: string
  readonly sourcePort: number
  readonly target: string
  readonly targetPort: number
}

/** Whether a rule file lets the packet through. */
export type Evaluator = (packet: Packet) => boolean

export const versionOf = (address: string): 4 | 6 => (isIPv4(address) ? 4 : 6)

/** Addresses of one IP version, as rule files write them. */
export class Addresses {
  readonly #version: 4 | 6
  readonly #list = new BlockList()

  constructor(version: 4 | 6) {
    this.#version = version
  }

  /** `10.1.2.3`, `10.1.0.0/16` or `10.1.2.3-10.1.2.9`. */
  add(text: string): void {
    const [first = '', last] = text.split('-')
    const [address = '', length] = first.split('/')
    this.#demand(address)
    if (last !== undefined) {
      this.#demand(last)
      this.#list.addRange(address, last, this.#family)
    } else if (length !== undefined) this.#list.addSubnet(address, Number(length), this.#family)
    else this.#list.addAddress(address, this.#family)
  }

  has(address: string): boolean {
    return versionOf(address) === this.#version && this.#list.check(address, this.#family)
  }

  get #family(): 'ipv4' | 'ipv6' {
    return this.#version === 4 ? 'ipv4' : 'ipv6'
  }

  #demand(address: string): void {
    const isOne = this.#version === 4 ? isIPv4(address) : isIPv6(address)
    if (!isOne) throw new Error(`${address} is no address of IPv${this.#version}`)
  }
}

/** `80` and `80-90`, or with another sign between; an empty text is any port. */
export function isPort(text: string | undefined, port: number, sign = '-'): boolean {
  if (text === undefined || text === '') return true
  const [first = '', last = first] = text.split(sign)
  if (!/^\d+$/.test(first) || !/^\d+$/.test(last)) throw new Error(`${text} is no port`)
  return port >= Number(first) && port <= Number(last)
}

/** The parts of a line that matches; a line that a format has no such thing for is an error. */
export function partsOf(
  line: string,
  pattern: RegExp,
): Readonly<Record<string, string | undefined>> {
  const groups = pattern.exec(line)?.groups
  if (groups === undefined) throw new Error(`not understood: ${line}`)
  return groups
}
