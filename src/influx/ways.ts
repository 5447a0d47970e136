// Between which declared nodes something is measured, on which rows and by which methods: what mp_latency and mp_loss may
// have as tags. Hosts that stand alike have the same rows, so what is worked out once for each kind of host serves all of
// its kind. It says no less than watchers may write, see watchers/quality/paths.ts and rows.ts there.

import type { Address } from '../model/address.ts'
import type { Node, Placement } from '../model/inventory.ts'
import { OTHER } from '../model/measurement.ts'
import type { Policy, Row, Selector } from '../model/policy.ts'
import { byText } from '../model/text.ts'

const TCP_METHODS = ['syn', 'seqack', 'tsopt'] as const
const METHODS_OF: Readonly<Record<Row['match'][number]['transport'], readonly string[]>> = {
  ...{ tcp: TCP_METHODS, udp: ['rtcp'], icmp: ['icmp'] },
}
const ALL_METHODS: readonly string[] = [...TCP_METHODS, 'rtcp', 'icmp']
const LEGS: readonly string[] = ['total', 'client', 'server']
const DIRECTIONS: readonly string[] = ['ab', 'ba']
const MEDIA_METHODS: readonly string[] = ['rtp', 'rtcp']
/** Rows of media, by the label of the end whose they are. */
const MEDIA_ROWS: Readonly<Record<string, readonly string[]>> = {
  ...{ 'media-audio': ['I-25', 'O-13', 'I-13'], 'media-video': ['I-26', 'O-14', 'I-13'] },
}

type Methods = ReadonlyMap<string, ReadonlySet<string>>

/** By row, with which methods; of round trips and of losses. */
interface Way {
  readonly latency: Methods
  readonly loss: Methods
}

/** Hosts that stand alike. */
interface Kind {
  readonly placements: readonly Placement[]
  readonly nodes: string[]
}

export interface WayGrounds {
  readonly policy: Pick<Policy, 'rows'>
  readonly nodes: readonly Node[]
  /** Where an address stands, as flows from and to it are judged. */
  readonly place: (address: Address) => Placement
}

export class Ways {
  readonly #rows: readonly Row[]
  readonly #kinds = new Map<string, Kind>()
  readonly #kindOf = new Map<string, Kind>()
  readonly #known = new Map<Kind, Map<Kind, Way>>()
  /** Of pairs of which one is not declared by its own name. */
  readonly #others: Way

  constructor({ policy, nodes, place }: WayGrounds) {
    this.#rows = policy.rows.filter(({ kind }) => kind !== 'practice')
    for (const node of nodes) {
      const placements = [...node.addresses, ...node.nat].map(place)
      const key = placements.map(kindKey).sort(byText).join(' ')
      const kind = this.#kinds.get(key) ?? { placements, nodes: [] }
      kind.nodes.push(node.name)
      this.#kinds.set(key, kind)
      this.#kindOf.set(node.name, kind)
    }
    this.#others = wayOn(this.#rows, Object.values(MEDIA_ROWS).flat(), true)
  }

  /** Series of mp_latency, and of mp_loss, for one sensor. */
  get bounds(): { readonly latency: number; readonly loss: number } {
    const kinds = [...this.#kinds.values()]
    let [latency, loss] = [seriesOf(this.#others.latency), seriesOf(this.#others.loss)]
    for (const [index, one] of kinds.entries())
      for (const other of kinds.slice(index)) {
        const pairs =
          one === other
            ? (one.nodes.length * (one.nodes.length - 1)) / 2
            : one.nodes.length * other.nodes.length
        const way = this.#between(one, other)
        latency += pairs * seriesOf(way.latency)
        loss += pairs * seriesOf(way.loss)
      }
    return { latency: latency * LEGS.length, loss: loss * DIRECTIONS.length }
  }

  hasLatency({ pair = '', row = '', method = '', leg = '' }: Tags): boolean {
    return LEGS.includes(leg) && this.#wayOf(pair)?.latency.get(row)?.has(method) === true
  }

  hasLoss({ pair = '', row = '', method = '', dir = '' }: Tags): boolean {
    return DIRECTIONS.includes(dir) && this.#wayOf(pair)?.loss.get(row)?.has(method) === true
  }

  /** Names of nodes have no slash, and stand in their order. */
  #wayOf(pair: string): Way | null {
    if (pair === OTHER) return this.#others
    const [one = '', other = '', ...more] = pair.split('/')
    const kinds = [this.#kindOf.get(one), this.#kindOf.get(other)] as const
    if (kinds[0] === undefined || kinds[1] === undefined) return null
    return more.length === 0 && byText(one, other) < 0 ? this.#between(kinds[0], kinds[1]) : null
  }

  #between(one: Kind, other: Kind): Way {
    const known = this.#known.get(one)?.get(other) ?? this.#known.get(other)?.get(one)
    if (known !== undefined) return known
    const way = this.#find(one.placements, other.placements)
    const ofOne = this.#known.get(one) ?? new Map<Kind, Way>()
    this.#known.set(one, ofOne.set(other, way))
    return way
  }

  #find(one: readonly Placement[], other: readonly Placement[]): Way {
    const [isOne, isOther] = [one, other].map(all => all.some(each => each.isMeetingPlace))
    if (!isOne && !isOther) return NO_WAY
    const rows = this.#rows.filter(
      ({ from, to }) =>
        (isAny(from.selectors, one) && isAny(to.selectors, other)) ||
        (isAny(from.selectors, other) && isAny(to.selectors, one)),
    )
    const media = Object.entries(MEDIA_ROWS).flatMap(([label, ids]) =>
      [...one, ...other].some(({ labels }) => labels.has(label)) ? ids : [],
    )
    return wayOn(rows, media, isOne === true && isOther === true)
  }
}

type Tags = Readonly<Record<string, string>>

const NO_WAY: Way = { latency: new Map(), loss: new Map() }

/** Of ways that have one end alone at MeetingPlace reports tell, and nothing else does. */
function wayOn(rows: readonly Row[], media: readonly string[], isInside: boolean): Way {
  const latency = new Map<string, Set<string>>()
  const loss = new Map<string, Set<string>>()
  const add = (to: Map<string, Set<string>>, row: string, methods: readonly string[]) => {
    const own = to.get(row) ?? new Set()
    for (const method of methods) own.add(method)
    if (own.size > 0) to.set(row, own)
  }
  for (const { id, match } of rows)
    for (const { transport } of match) {
      if (isInside || transport === 'udp') add(latency, id, METHODS_OF[transport])
      if (isInside && transport === 'tcp') add(loss, id, ['tcp'])
    }
  add(latency, OTHER, isInside ? ALL_METHODS : METHODS_OF.udp)
  if (isInside) add(loss, OTHER, ['tcp'])
  for (const row of media) add(loss, row, MEDIA_METHODS)
  return { latency, loss }
}

const seriesOf = (methods: Methods): number =>
  [...methods.values()].reduce((total, { size }) => total + size, 0)

const kindKey = ({ labels, zone }: Placement): string => `${[...labels].join('+')}@${zone}`

const isAny = (selectors: readonly Selector[], placements: readonly Placement[]): boolean =>
  placements.some(({ labels, zone }) =>
    selectors.some(one => labels.has(one.label) && (one.zone === null || one.zone === zone)),
  )
