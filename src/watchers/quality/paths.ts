// Where something was measured, in the words of time series and findings: a pair of servers, and the row that
// lets one of them open connections to the other.

import type { Placement } from '../../model/inventory.ts'
import type { Limit, Policy, Row, Selector } from '../../model/policy.ts'
import type { Side } from '../../model/quality.ts'
import type { Link } from '../../model/sighting.ts'
import { byText } from '../../model/text.ts'
import type { JudgedFlow } from '../../model/verdict.ts'

/** Pairs of servers that are told apart. */
const PAIRS_MAX = 1024
const OTHER = 'other'
/** What echo replies have as their type: ICMP (RFC 792), ICMPv6 (RFC 4443). */
const ECHO_REPLIES: readonly number[] = [0, 129]
const ECHO_REQUEST = 8

/** 0 for the first of the two names, 1 for the second. */
export type End = 0 | 1

/** Two servers, in the order of their names, and what is known of the way between them. */
export interface Pair<State> {
  readonly ends: readonly [Placement, Placement]
  /** `app-a/web-dmz-1`; `other` where one of the two is not declared by its own name. */
  readonly tag: string
  readonly state: State
}

/** A pair, and one row on which it talks: one object for the same two. */
export interface Path<State> {
  readonly pair: Pair<State>
  /** The row's id, or `other`. */
  readonly row: string
  /** The limit speaks of this row. */
  readonly isLimited: boolean
}

/** The ways between servers; `State` is what somebody remembers of each pair. */
export class Paths<State> {
  readonly #limited: readonly string[]
  readonly #rows: readonly Row[]
  readonly #begin: () => State
  readonly #links = new WeakMap<Link, Path<State> | null>()
  readonly #pairs = new Map<string, Pair<State>>()
  readonly #paths = new Map<string, Path<State>>()
  /** Connections of pairs that found no room. */
  missed = 0

  /** Rows of which the limit speaks come before others. */
  constructor({ rows }: Policy, limit: Limit | undefined, begin: () => State) {
    this.#limited = limit?.on ?? []
    this.#begin = begin
    const isLimited = ({ id }: Row) => this.#limited.includes(id)
    const own = rows.filter(({ kind }) => kind !== 'practice')
    this.#rows = [...own.filter(isLimited), ...own.filter(row => !isLimited(row))]
  }

  get pairs(): Iterable<Pair<State>> {
    return this.#pairs.values()
  }

  /** Null where both ends are one host, and for pairs that find no room. */
  of(link: Link): Path<State> | null {
    const known = this.#links.get(link)
    if (known !== undefined) return known
    const path = link.client.name === link.server.name ? null : this.#find(link)
    this.#links.set(link, path)
    return path
  }

  /** Whether the limit speaks of the connection; nothing is remembered of it. */
  isLimited(link: Link): boolean {
    const { client, server } = link
    if (!client.isMeetingPlace || !server.isMeetingPlace) return false
    return this.#limited.includes(this.#rowOf(link))
  }

  /** The pair of a TCP record that has ended, where the limit speaks of its row and something was measured. */
  pairOf({ flow, client, server }: JudgedFlow): Pair<State> | null {
    if (flow.transport !== 'tcp') return null
    const link = { transport: flow.transport, client, server, serverPort: flow.server.port }
    const pair = this.#pairs.get(keyOf(endsOf(link)))
    return pair !== undefined && this.isLimited(link) ? pair : null
  }

  #rowOf(link: Link): string {
    return this.#rows.find(one => isOn(one, link))?.id ?? OTHER
  }

  #find(link: Link): Path<State> | null {
    const ends = endsOf(link)
    const key = keyOf(ends)
    const pair = this.#pairs.get(key) ?? this.#newPair(key, ends)
    if (pair === null) return null
    const row = this.#rowOf(link)
    const known = this.#paths.get(`${key} ${row}`)
    if (known !== undefined) return known
    const path = { pair, row, isLimited: this.#limited.includes(row) }
    this.#paths.set(`${key} ${row}`, path)
    return path
  }

  #newPair(key: string, ends: Pair<State>['ends']): Pair<State> | null {
    if (this.#pairs.size >= PAIRS_MAX) {
      this.missed += 1
      return null
    }
    const isDeclared = ends.every(({ node }) => node !== null)
    const tag = isDeclared ? ends.map(({ name }) => name).join('/') : OTHER
    const pair = { ends, tag, state: this.#begin() }
    this.#pairs.set(key, pair)
    return pair
  }
}

/** Which end of the pair the side of a connection is. */
export const endOf = <State>({ pair }: Path<State>, link: Link, side: Side): End =>
  link[side].name === pair.ends[0].name ? 0 : 1

export const otherEnd = (end: End): End => (end === 0 ? 1 : 0)

const endsOf = ({ client, server }: Link): readonly [Placement, Placement] =>
  byText(client.name, server.name) < 0 ? [client, server] : [server, client]

const keyOf = ([one, other]: readonly [Placement, Placement]): string => `${one.name} ${other.name}`

function isOn({ match, from, to }: Row, { transport, serverPort, client, server }: Link): boolean {
  const isIcmp = transport === 'icmp' || transport === 'icmp6'
  const named = isIcmp ? 'icmp' : transport
  const port = isIcmp && ECHO_REPLIES.includes(serverPort) ? ECHO_REQUEST : serverPort
  const isNamed = match.some(
    ({ transport: one, ports }) => one === named && port >= ports.first && port <= ports.last,
  )
  return isNamed && isPeer(from.selectors, client) && isPeer(to.selectors, server)
}

const isPeer = (selectors: readonly Selector[], { labels, zone }: Placement): boolean =>
  selectors.some(one => labels.has(one.label) && (one.zone === null || one.zone === zone))
