// Rows with a signature of which too many flows carry nothing that anybody recognises: one finding for each
// row and pair, once their share is known. Flows without payload have shown nothing and do not count; nor do
// connections older than the capture, whose protocol would have shown itself at their beginning.

import type { Finding } from '../model/finding.ts'
import type { FlowRecord } from '../model/flow.ts'
import { PairTable } from '../model/pair-table.ts'
import type { Policy } from '../model/policy.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { Cause } from './cause.ts'
import type { Growing } from './changes.ts'
import type { Hit } from './hit.ts'
import { causeKey, findingId, type Hash } from './identity.ts'
import type { Member } from './members.ts'
import type { Weight } from './severity.ts'

/** Share of a row's flows that may stay unverified (semantics 3.5). */
const SHARE_MAX = 0.1
/** Pairs of one row are few; a storm of them is no reason to forget anything else. */
const CAUSES_MAX = 10_000

/** What of a row and a pair nobody recognised; a finding only while it is more than may be. */
class Share implements Growing {
  readonly #cause: Cause
  readonly #row: string
  readonly #pair: Pair
  members = 0

  constructor(cause: Cause, row: string, pair: Pair) {
    this.#cause = cause
    this.#row = row
    this.#pair = pair
  }

  get id(): string {
    return this.#cause.id
  }

  add(member: Member): void {
    this.members++
    this.#cause.add(member)
  }

  finding(): Finding | null {
    const part = this.members / (this.members + this.#pair.flows)
    if (part <= SHARE_MAX) return null
    const finding = this.#cause.finding()
    const title = `${(part * 100).toFixed(1)} % of what ${finding.source} sent ${finding.destination} on row ${this.#row} is not recognised`
    return { ...finding, title }
  }
}

/** Two names on a row. */
interface Pair {
  /** Flows that showed their protocol. */
  flows: number
  /** Null while every one did. */
  share: Share | null
}

interface Context {
  readonly hash: Hash
  readonly weigh: (hit: Hit) => Weight
  /** Hears of what begins, grows and shrinks. */
  readonly touch: (one: Growing) => void
}

export class Unverified {
  readonly #policy: Policy
  readonly #hash: Hash
  readonly #weigh: (hit: Hit) => Weight
  readonly #rows: ReadonlySet<string>
  readonly #touch: (one: Growing) => void
  /** In the order in which they began. */
  readonly #shares: Share[] = []
  /** By row and the names of the pair. */
  readonly #pairs = new Map<string, PairTable<Pair>>()

  constructor(policy: Policy, { hash, weigh, touch }: Context) {
    this.#policy = policy
    this.#hash = hash
    this.#weigh = weigh
    this.#touch = touch
    const withSignature = policy.rows.filter(
      ({ app }) => app.expect.length > 0 && !app.expect.includes('opaque'),
    )
    this.#rows = new Set(withSignature.map(({ id }) => id))
  }

  /** Takes a flow that a row allows; `visibility` as for any member of a finding. */
  add(judged: JudgedFlow, visibility: () => number | null): void {
    const { flow, verdict, client, server } = judged
    const { kind, row } = verdict
    if (kind !== 'permitted' && kind !== 'permitted_unverified') return
    if (row === null || !this.#rows.has(row) || !(flow.data.client || flow.data.server)) return
    const pair = this.#pairOf(row, client.name, server.name)
    if (verdict.verified !== 'none') {
      pair.flows++
      if (pair.share !== null) this.#touch(pair.share)
    } else if (!isLate(flow)) this.#leave(judged, row, pair, visibility())
  }

  /** Everything that there is. */
  get all(): Iterable<Growing> {
    return this.#shares
  }

  /** The pairs that stay unverified beyond the share, in the order in which they began. */
  findings(): readonly { readonly finding: Finding; readonly members: number }[] {
    return this.#shares.flatMap(share => {
      const finding = share.finding()
      return finding === null ? [] : [{ finding, members: share.members }]
    })
  }

  #pairOf(row: string, client: string, server: string): Pair {
    const known = this.#pairs.get(row)
    const pairs = known ?? new PairTable()
    if (known === undefined) this.#pairs.set(row, pairs)
    return pairs.take(client, server, () => ({ flows: 0, share: null }))
  }

  #leave(judged: JudgedFlow, row: string, pair: Pair, visibility: number | null): void {
    if (pair.share === null && this.#shares.length >= CAUSES_MAX) return
    const hit: Hit = {
      ...{ verdict: 'permitted_unverified', reason: 'unrecognised', row, exception: null },
      judged,
    }
    const share = pair.share ?? this.#begin(hit, pair)
    share.add({ judged, visibility, weight: this.#weigh(hit) })
    this.#touch(share)
  }

  #begin(hit: Hit, pair: Pair): Share {
    const cause = new Cause(findingId(causeKey(hit), this.#hash), hit, this.#policy)
    const share = new Share(cause, hit.row, pair)
    pair.share = share
    this.#shares.push(share)
    return share
  }
}

/** Picked up in the middle: neither a SYN nor its answer was seen. */
const isLate = ({ tcp }: FlowRecord): boolean =>
  tcp !== null && tcp.syn === null && tcp.synAck === null
