// What flows show of each statement, as counts: kept, contradicted, or left open. Keys are ids of the rules
// and words of closed sets, so nothing here grows with the traffic, and no count depends on the order.

/** Why a flow that a row covers shows nothing of it. */
export type Open =
  | 'one_way' // one direction of a conversation that has two
  | 'pending' // the capture ended within the hold time
  | 'unanswered' // silence, where nobody knows whether an answer would be seen
  | 'weak_direction' // picked up in the middle, and either end may be the server

/** How flows contradict a row, or a range of WebEx. */
export type Breach = 'kept_back' | 'came_in'

/** What was seen at all, and decides what silence means. */
export type Fact =
  | 'site' // any flow of the site
  | 'webex' // WebEx let somebody in
  | 'webex_named' // and was called by its name
  | 'webex_http' // a request to it in clear text was answered
  | 'proxy_to_webex' // a proxy reached it

export interface Kept {
  readonly flows: number
  /** Of these, flows that showed what they carry, or have nothing to show. */
  readonly verified: number
  /** Nanoseconds since the run's epoch. */
  readonly lastNs: number
}

interface Signs {
  kept: { flows: number; verified: number; lastNs: number } | null
  readonly open: Map<Open, number>
  readonly breaches: Map<Breach, number>
}

export class Evidence {
  readonly #signs = new Map<string, Signs>()
  readonly #facts = new Set<Fact>()
  /** Names of declared Web Servers. */
  readonly #controlled = new Set<string>()

  note(fact: Fact): void {
    this.#facts.add(fact)
  }

  has(fact: Fact): boolean {
    return this.#facts.has(fact)
  }

  /** A control connection of this Web Server got through. */
  control(web: string): void {
    this.#controlled.add(web)
  }

  isControlled(web: string): boolean {
    return this.#controlled.has(web)
  }

  keep(id: string, { flows, verified, lastNs }: Kept): void {
    if (flows === 0) return
    const signs = this.#of(id)
    signs.kept ??= { flows: 0, verified: 0, lastNs }
    signs.kept.flows += flows
    signs.kept.verified += verified
    signs.kept.lastNs = Math.max(signs.kept.lastNs, lastNs)
  }

  leave(id: string, why: Open, flows: number): void {
    if (flows > 0) count(this.#of(id).open, why, flows)
  }

  contradict(id: string, how: Breach, flows: number): void {
    count(this.#of(id).breaches, how, flows)
  }

  kept(id: string): Kept | null {
    return this.#signs.get(id)?.kept ?? null
  }

  open(id: string): ReadonlyMap<Open, number> {
    return this.#signs.get(id)?.open ?? new Map()
  }

  breaches(id: string): ReadonlyMap<Breach, number> {
    return this.#signs.get(id)?.breaches ?? new Map()
  }

  #of(id: string): Signs {
    const known = this.#signs.get(id)
    if (known !== undefined) return known
    const signs: Signs = { kept: null, open: new Map(), breaches: new Map() }
    this.#signs.set(id, signs)
    return signs
  }
}

const count = <Key>(counts: Map<Key, number>, key: Key, by: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
