// Which Application Server a card belongs to: as declared, else by the first card with which the node's own
// address was heard here. A later card is no proof: it may be an impostor's, and F-04 speaks of it.

import type { Node } from '../../model/inventory.ts'
import type { Watch } from '../watcher.ts'
import type { Claim } from './neighbours.ts'

export class Owners {
  /** The Application Servers, without the address that they share. */
  readonly nodes: readonly Node[]
  readonly #byCard = new Map<string, Node>()
  /** Nodes of which a card is known. */
  readonly #known = new Set<string>()
  /** Cards of one address each, where none is declared; a node may have several. */
  readonly #addresses = new Set<string>()

  constructor({ site }: Watch) {
    this.nodes = site.nodes.filter(node => node.roles.includes('app'))
    for (const node of this.nodes) for (const mac of node.macs) this.#keep(mac, node)
  }

  claimed({ node, mac, placement }: Claim): void {
    const isLearnt = node.roles.includes('app') && node.macs.length === 0
    if (!isLearnt || this.#addresses.has(placement.address.text)) return
    this.#addresses.add(placement.address.text)
    if (!this.#byCard.has(mac)) this.#keep(mac, node)
  }

  /** The server whose card it is; null where nothing says so. */
  of(mac: string): Node | null {
    return this.#byCard.get(mac) ?? null
  }

  /** Teamed interfaces of one server are one owner. */
  areOne(one: string, other: string): boolean {
    const owner = this.of(one)
    return one === other || (owner !== null && owner === this.of(other))
  }

  /** A card of each server is known, so that one of no server is a stranger's. */
  get areAllKnown(): boolean {
    return this.nodes.every(({ name }) => this.#known.has(name))
  }

  #keep(mac: string, node: Node): void {
    this.#byCard.set(mac, node)
    this.#known.add(node.name)
  }
}
