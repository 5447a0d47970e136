// What a flow wants of WebEx, as names tell it: the second half of its scope (semantics 3.3), and
// the ground on which webex.ts and proxy.ts decide. Names beat addresses; by a proxy, the
// target of the request is meant and not the peer. Only flows of MeetingPlace servers,
// declared users and proxies have errands.

import { type Address, parseAddress } from '../model/address.ts'
import type { AppRequest } from '../model/app.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { Inventory } from './inventory.ts'
import { type Denial, isWebexName, type NameBook } from './names.ts'
import type { Rulebook, Service } from './rulebook.ts'

/** A name of the WebEx domain, and by what the server is known to have it. */
export interface Named {
  readonly name: string
  readonly by: 'sni' | 'host' | 'dns'
}

export type Errand =
  /** To WebEx itself: by its address, by its name, or by both. */
  | { readonly kind: 'direct'; readonly named: Named | null }
  /** To a proxy, with these requests for WebEx. */
  | { readonly kind: 'proxied'; readonly requests: readonly AppRequest[] }
  /** A MeetingPlace server speaks TLS with an HTTP proxy: for what, nobody can see. */
  | { readonly kind: 'hidden' }
  /** A MeetingPlace server speaks SOCKS; null where its request was not seen. */
  | { readonly kind: 'socks'; readonly request: AppRequest | null }
  /** A name server denied a name of WebEx. */
  | { readonly kind: 'lookup'; readonly denial: Denial }

export class Errands {
  readonly book: Rulebook
  readonly names: NameBook
  readonly #inventory: Inventory
  /** Names that W-03 demands in so many words. */
  readonly #least: ReadonlySet<string>
  readonly #cdn: ReadonlySet<string>

  constructor(inventory: Inventory, book: Rulebook, names: NameBook) {
    const { cdnNames } = book.policy.webex
    const { webexSite } = book.conditions
    this.#inventory = inventory
    this.book = book
    this.names = names
    this.#cdn = new Set(cdnNames)
    this.#least = new Set(webexSite === null ? cdnNames : [...cdnNames, webexSite])
  }

  /** The errand of a flow of this direction; null for the many that have none. */
  of(flow: FlowRecord, client: Placement, server: Placement): Errand | null {
    if (!client.isMeetingPlace && !client.isWebexUser) return null
    return this.#lookup(flow) ?? this.#viaProxy(flow, client, server) ?? this.#direct(flow, server)
  }

  /** The statement that demands a way to the name: W-03 for the least that there must be. */
  statementOf(name: string | null): string {
    if (name === null || !isWebexName(name)) return 'W-01'
    return this.#least.has(name) ? 'W-03' : 'W-02'
  }

  /** Whether the name must exist, so that denying it is no matter of spelling. */
  isLeast(name: string): boolean {
    return this.#least.has(name)
  }

  /** Whether a content network serves the name, from addresses outside the ranges. */
  isCdn(name: string | null): boolean {
    return name !== null && this.#cdn.has(name)
  }

  /**
   * Whether what a proxy is asked for is WebEx: by name, by range, or by a name that its address
   * had.
   */
  isWebex(target: string | null, atNs: number): boolean {
    if (target === null) return false
    if (isWebexName(target)) return true
    const address = parseAddress(target.replace(/^\[|\]$/g, ''))
    if (address === undefined) return false
    return this.#inventory.rangeOf(address) !== null || this.names.nameAt(address, atNs) !== null
  }

  #lookup(flow: FlowRecord): Errand | null {
    if (flow.app.protocol !== 'dns') return null
    const denial = this.names.denialIn(flow.client, flow.server, flow)
    return denial === null ? null : { kind: 'lookup', denial }
  }

  #viaProxy(flow: FlowRecord, client: Placement, server: Placement): Errand | null {
    const { protocol } = flow.app
    if (server.webexRange !== null) return null
    if (protocol === 'tls')
      return client.isMeetingPlace && server.labels.has('http-proxy') ? HIDDEN : null
    if (protocol === 'socks' && client.isMeetingPlace)
      return { kind: 'socks', request: flow.app.facts.requests[0] ?? null }
    if (protocol !== 'http' && protocol !== 'socks') return null
    const isProxy = isProxyOf(server)
    if (!isProxy && !client.isMeetingPlace) return null
    const requests = flow.app.facts.requests.filter(
      ({ form, target }) =>
        // Whoever is asked like that by a MeetingPlace server is a proxy, declared or not.
        (isProxy || form === 'absolute' || form === 'authority') &&
        this.isWebex(target, flow.firstNs),
    )
    return requests.length === 0 ? null : { kind: 'proxied', requests }
  }

  /** The site's own hosts are what they are declared to be, whatever name they are called by. */
  #direct(flow: FlowRecord, server: Placement): Errand | null {
    if (server.isMeetingPlace || server.node !== null) return null
    const named = this.#nameOf(flow)
    return named === null && server.webexRange === null ? null : { kind: 'direct', named }
  }

  /** What the client calls the server, or else the name for which its address was told. */
  #nameOf({ app: { facts }, server, firstNs, resumed }: FlowRecord): Named | null {
    if (facts.sni !== null) return namedBy('sni', facts.sni)
    const called = facts.requests.find(request => request.form === 'origin' && hasName(request))
    if (called?.target) return namedBy('host', called.target)
    const name = this.#toldName(server.address, firstNs, resumed)
    return name === null ? null : namedBy('dns', name)
  }

  /** A connection that goes on under a new record began when its name still held. */
  #toldName(address: Address, firstNs: number, resumed: boolean): string | null {
    return resumed ? this.names.lastNameOf(address, firstNs) : this.names.nameAt(address, firstNs)
  }
}

const HIDDEN: Errand = { kind: 'hidden' }

/** By name or by address literal, the server is asked for itself; a literal names nobody. */
const hasName = ({ target }: AppRequest): boolean =>
  target !== null && !target.startsWith('[') && parseAddress(target) === undefined

const namedBy = (by: Named['by'], name: string): Named | null =>
  isWebexName(name) ? { name, by } : null

export const isProxyOf = ({ labels }: Placement): boolean =>
  labels.has('http-proxy') || labels.has('socks-proxy')

/**
 * The server as rows shall see it: one that has a name of WebEx is WebEx, wherever it stands
 * (A-03).
 */
export function seenBy(errand: Errand | null, server: Placement): Placement {
  if (errand?.kind !== 'direct' || server.webexRange !== null) return server
  return { ...server, labels: new Set([...server.labels, 'webex']) }
}

/** SOCKS is judged as SOCKS on whatever port of the proxy it is spoken (T-09). */
export function askedBy(
  errand: Errand | null,
  server: Placement,
  service: Service,
  book: Rulebook,
): Service {
  if (errand?.kind !== 'socks' || !server.labels.has('socks-proxy')) return service
  return book.socks ?? service
}
