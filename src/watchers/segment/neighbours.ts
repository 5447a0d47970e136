// Who stands on the segment of the sensor: which network card answers for the address of a declared node,
// and which cards are routers. Rules about cards hold only where the sensor proves that it hears the node
// itself: by ARP, which no router passes on (RFC 826), or by a TTL that no router has lowered.

import { type Address, contains } from '../../model/address.ts'
import type { PacketRef } from '../../model/flow.ts'
import type { Node, Placement } from '../../model/inventory.ts'
import { PairTable } from '../../model/pair-table.ts'
import type { ArpSighting, SourceSighting } from '../../model/sighting.ts'
import type { Watch } from '../watcher.ts'
import { hopsOf } from './hops.ts'

/** Cards kept of a node; who goes through more of them is known by the first ones and the last. */
const CARDS_MAX = 8
/** VRRP for both families, HSRP in both versions, GLBP: addresses that several routers share. */
const ROUTERS_SHARE = /^(00:00:5e:00:0[12]:|00:00:0c:07:ac:|00:00:0c:9f:f|00:07:b4:0)/

/** A card, as it was last seen with an address of a node. */
export interface Card {
  readonly mac: string
  readonly vlan: number | null
  /** Routers in between; 0 by ARP, null where the TTL told nothing. */
  readonly hops: number | null
  readonly timeNs: number
  readonly packet: PacketRef
  /** What was seen, for people: `02:00:00:00:00:31 sends from 10.10.20.31 with TTL 64`. */
  readonly says: string
}

/** A card on this segment says that the address is its own. */
export interface Claim extends Card {
  readonly placement: Placement
  readonly node: Node
  /** Whom an ARP reply answers, else null. */
  readonly asker: string | null
}

/** What is known of a card by the nodes whose addresses it carries. */
interface Load {
  readonly nodes: Set<string>
  readonly networks: Set<string | null>
  /** Nodes from which it brought packets on. */
  readonly routed: Set<string>
  isRouter: boolean
}

export class Neighbours {
  readonly #watch: Watch
  readonly #cards = new Map<string, Map<string, Card>>()
  readonly #latest = new Map<string, Card>()
  readonly #loads = new Map<string, Load>()
  readonly #routers: ReadonlySet<string>
  /** Application and Media Servers, the one that answered first. */
  readonly #asked = new PairTable<true>()

  constructor(watch: Watch) {
    this.#watch = watch
    const routers = watch.site.nodes.filter(({ roles }) => roles.includes('router'))
    this.#routers = new Set(routers.flatMap(({ macs }) => macs))
  }

  /** Takes the packet in; what its sender claims, if that is a node on this segment. */
  arp({ operation, sender, target, ...seen }: ArpSighting): Claim | null {
    const { mac, address } = sender
    const verb = operation === 'reply' ? 'answers ARP for' : 'asks by ARP as'
    const card = { ...seen, mac, hops: 0, says: `${mac} ${verb} ${address.text}` }
    const asker = operation === 'reply' ? target.text : null
    const claim = this.#take(address, card, asker)
    if (claim === null || operation !== 'reply') return claim
    const other = this.#watch.place(target)
    if (isAppAndMedia(claim.placement, other) || isAppAndMedia(other, claim.placement))
      this.#asked.take(claim.node.name, other.name, () => true)
    return claim
  }

  /** As `arp`, of a packet's source. */
  sourced({ address, mac, ttl, nextHopMac: _, ...seen }: SourceSighting): Claim | null {
    const says = `${mac} sends from ${address.text} with TTL ${ttl}`
    return this.#take(address, { ...seen, mac, hops: hopsOf(ttl), says }, null)
  }

  /** Whether the card passes packets of others on, by other signs than a TTL. */
  isRouter(mac: string): boolean {
    if (this.#routers.has(mac) || ROUTERS_SHARE.test(mac)) return true
    const load = this.#loads.get(mac)
    if (load === undefined) return false
    return load.isRouter || load.networks.size > 1 || load.routed.size > 1
  }

  /** The card by which the node itself is heard here; undefined where it is not. */
  ownCard(node: string): Card | undefined {
    const latest = this.#latest.get(node)
    if (latest !== undefined && this.#isOwn(latest)) return latest
    const cards = [...(this.#cards.get(node)?.values() ?? [])]
    return cards.findLast(card => this.#isOwn(card))
  }

  /** The card with which an address of the node was seen last, its own or a router's. */
  latestCard(node: string): Card | undefined {
    return this.#latest.get(node)
  }

  /** Whether one of the two was seen answering when the other asked for its card. */
  haveAsked(one: string, other: string): boolean {
    return (this.#asked.get(one, other) ?? this.#asked.get(other, one)) === true
  }

  /** Whether a declared network holds both, as far as that is declared. */
  shareNetwork(one: Address, other: Address): boolean {
    const network = this.#networkOf(one)
    return network !== null && network === this.#networkOf(other)
  }

  #isOwn = ({ hops, mac }: Card): boolean => hops === 0 && !this.isRouter(mac)

  #take(address: Address, card: Card, asker: string | null): Claim | null {
    const placement = this.#watch.place(address)
    const { node, basis } = placement
    if (node === null || basis !== 'node' || !isOneHosts(card.mac)) return null
    this.#note(node, address, card)
    return this.#isOwn(card) ? { ...card, placement, node, asker } : null
  }

  #note(node: Node, address: Address, card: Card): void {
    this.#latest.set(node.name, card)
    const cards = this.#cards.get(node.name) ?? new Map<string, Card>()
    if (cards.size === 0) this.#cards.set(node.name, cards)
    if (cards.size >= CARDS_MAX && !cards.has(card.mac)) return
    // A copy that was routed says nothing new of a card that is known as the node's own.
    if (card.hops === 0 || cards.get(card.mac)?.hops !== 0) cards.set(card.mac, card)
    // The shared address goes with whoever is active, in whichever network it lies.
    if (!isShared(node)) this.#load(node, address, card)
  }

  #load(node: Node, address: Address, { mac, hops }: Card): void {
    const load = this.#loads.get(mac) ?? noLoad()
    this.#loads.set(mac, load)
    // A host may stand in several networks itself; what it carries for others makes a router.
    if (!load.nodes.has(node.name)) load.networks.add(this.#networkOf(address))
    load.nodes.add(node.name)
    if (hops !== null && hops > 0) load.routed.add(node.name)
    if (node.roles.includes('router')) load.isRouter = true
  }

  /** The longest declared network that holds the address. */
  #networkOf(address: Address): string | null {
    let best: { readonly text: string; readonly length: number } | null = null
    for (const { prefix } of this.#watch.site.networks)
      if (prefix.length > (best?.length ?? -1) && contains(prefix, address)) best = prefix
    return best?.text ?? null
  }
}

/** The address that the Application Servers share, as the site declares it. */
export const isShared = ({ roles }: Node): boolean =>
  roles.includes('app-vip') && !roles.includes('app')

const isAppAndMedia = (one: Placement, other: Placement): boolean =>
  one.basis === 'node' &&
  one.labels.has('app') &&
  other.basis === 'node' &&
  other.labels.has('media')

const noLoad = (): Load => ({
  ...{ nodes: new Set(), networks: new Set(), routed: new Set(), isRouter: false },
})

/** No group and no blank: the address of a single card. */
function isOneHosts(mac: string): boolean {
  const first = Number.parseInt(mac.slice(0, 2), 16)
  return (first & 1) === 0 && mac !== '00:00:00:00:00:00'
}
