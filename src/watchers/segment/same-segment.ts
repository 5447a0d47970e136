// M-01 and M-02: Media Server and Application Server stand on one local segment, which is a broadcast domain
// . Judged by flows between the two, and only where one of them is heard on the sensor's segment.

import type { Placement } from '../../model/inventory.ts'
import type { Frame, Observation } from '../../model/observation.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch } from '../watcher.ts'
import { hopsOf } from './hops.ts'
import type { Card, Neighbours } from './neighbours.ts'
import { frameOf, NO_VANTAGE } from './shared-address.ts'

const SAME = 'M-01'
const REMOTE = 'M-02'

/** One sign that something stands between the two. */
interface Sign {
  readonly kind: 'ttl' | 'router' | 'vlan'
  readonly why: string
}

interface Pair {
  readonly app: Placement
  readonly media: Placement
  readonly judged: JudgedFlow
}

type Reading = 'apart' | 'together' | 'elsewhere' | 'unsure'

export class SameSegment {
  readonly #watch: Watch
  readonly #neighbours: Neighbours
  readonly #readings = new Set<Reading>()

  constructor(watch: Watch, neighbours: Neighbours) {
    this.#watch = watch
    this.#neighbours = neighbours
  }

  ended(judged: JudgedFlow): void {
    const pair = pairOf(judged)
    if (pair === null) return
    const signs = this.#signs(pair)
    const reading = this.#read(pair, signs)
    this.#readings.add(reading)
    if (reading === 'apart') this.#tell(pair, signs)
    if (reading !== 'together') return
    for (const statement of [SAME, REMOTE]) this.#watch.kept(statement, judged.flow.lastNs)
  }

  finish(): void {
    if (this.#readings.has('apart') || this.#readings.has('together')) return
    for (const statement of [SAME, REMOTE]) this.#watch.blind(statement, this.#why())
  }

  #why(): string {
    if (this.#readings.size === 0)
      return 'No Application Server was seen talking with a Media Server.'
    if (this.#readings.has('unsure')) return UNSURE
    return `${NO_VANTAGE('an Application Server or a Media Server')}.`
  }

  #read({ app, media }: Pair, signs: readonly Sign[]): Reading {
    const own = [app, media].map(({ name }) => this.#neighbours.ownCard(name))
    const isHere = own.some(card => card !== undefined)
    if (!isHere) return 'elsewhere'
    if (signs.length > 0) return 'apart'
    if (!own.every(card => card !== undefined)) return 'elsewhere'
    const isJoined =
      this.#neighbours.haveAsked(app.name, media.name) ||
      this.#neighbours.shareNetwork(app.address, media.address)
    return isJoined ? 'together' : 'unsure'
  }

  /** What speaks against one segment; each kind counts once, and they do not rest on one another. */
  #signs(pair: Pair): readonly Sign[] {
    return [this.#lowered(pair), this.#routed(pair), this.#tagged(pair)].flatMap(sign => sign ?? [])
  }

  #lowered({ app, media, judged }: Pair): Sign | null {
    const { client, flow } = judged
    for (const end of [media, app]) {
      const segment = end === client ? flow.tcp?.syn : flow.tcp?.synAck
      const hops = segment ? hopsOf(segment.ttl) : this.#hopsOf(end.name)
      if (hops === null || hops === 0) continue
      const said = segment ? ` with TTL ${segment.ttl}` : ''
      const routers = hops === 1 ? 'one router' : `${hops} routers`
      return { kind: 'ttl', why: `${end.name} is heard${said}: ${routers} in between.` }
    }
    return null
  }

  /** Of a host that is never heard itself, as far as its packets tell. */
  #hopsOf(name: string): number | null {
    if (this.#neighbours.ownCard(name) !== undefined) return 0
    return this.#neighbours.latestCard(name)?.hops ?? null
  }

  #routed({ app, media }: Pair): Sign | null {
    for (const { name } of [media, app]) {
      const card = this.#neighbours.latestCard(name)
      if (card === undefined || this.#neighbours.ownCard(name) !== undefined) continue
      if (!this.#neighbours.isRouter(card.mac)) continue
      return {
        kind: 'router',
        why: `The packets of ${name} come from the card of a router, ${card.mac}.`,
      }
    }
    return null
  }

  #tagged({ app, media }: Pair): Sign | null {
    // Who hears the other's ARP shares a segment, however a switch tags its halves.
    if (this.#neighbours.haveAsked(app.name, media.name)) return null
    const [one, other] = [app, media].map(
      ({ name }) => this.#neighbours.ownCard(name)?.vlan ?? null,
    )
    if (one === null || other === null || one === undefined || one === other) return null
    return { kind: 'vlan', why: `${app.name} is in VLAN ${one}, ${media.name} in VLAN ${other}.` }
  }

  #tell(pair: Pair, signs: readonly Sign[]): void {
    const { app, media } = pair
    this.#watch.observe({
      ...this.#found(pair, signs),
      ...{ reason: 'not_same_segment', row: SAME },
      title: `${app.name} and ${media.name} are not on the same network segment`,
    })
    const kinds = new Set(signs.map(({ kind }) => kind))
    if (!kinds.has('ttl') || !kinds.has('router')) return
    this.#watch.observe({
      ...this.#found(pair, signs),
      ...{ reason: 'remote_blade', row: REMOTE, confidence: 'confirmed', proofs: signs.length },
      title: `${app.name} uses ${media.name} through a router`,
    })
  }

  #found({ app, media, judged }: Pair, signs: readonly Sign[]): Omit<Observation, 'title'> {
    const { firstNs, lastNs } = judged.flow
    return {
      ...{ verdict: 'topology', reason: 'not_same_segment', row: SAME, service: null },
      ...{ source: app, destination: media, proofs: 1 },
      confidence: signs.length > 1 ? 'confirmed' : 'probable',
      fix: `Attach ${media.name} to the segment of ${app.name}: the same VLAN, no router in between.`,
      expected: 'app and media on one segment: cards of their own, one VLAN, no TTL lowered',
      why: signs.map(({ why }) => why),
      ...{ firstNs, lastNs, flows: [judged], frames: this.#frames([app.name, media.name]) },
    }
  }

  #frames(names: readonly string[]): readonly Frame[] {
    const cards: readonly (Card | undefined)[] = names.map(
      name => this.#neighbours.ownCard(name) ?? this.#neighbours.latestCard(name),
    )
    return cards.flatMap(card => (card === undefined ? [] : [frameOf(card)]))
  }
}

const UNSURE =
  'The servers are heard here, but neither ARP between them nor a declared network shows that they share a segment.'

/** An answered flow between an Application Server and a Media Server, each seen by its own address. */
function pairOf(judged: JudgedFlow): Pair | null {
  const { client, server, verdict } = judged
  if (verdict.outcome.state !== 'answered') return null
  if (client.basis !== 'node' || server.basis !== 'node') return null
  if (client.labels.has('app') && server.labels.has('media'))
    return { app: client, media: server, judged }
  if (server.labels.has('app') && client.labels.has('media'))
    return { app: server, media: client, judged }
  return null
}
