// Rows with a signature of which too many flows carry nothing that anybody recognises: one finding for each
// row and pair, once their share is known. Flows without payload have shown nothing and do not count; nor do
// connections older than the capture, whose protocol would have shown itself at their beginning.

import type { Finding } from '../model/finding.ts'
import type { FlowRecord } from '../model/flow.ts'
import { PairTable } from '../model/pair-table.ts'
import type { Policy } from '../model/policy.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { Cause } from './cause.ts'
import type { Hit } from './hit.ts'
import { causeKey, findingId, type Hash } from './identity.ts'
import type { Weight } from './severity.ts'

/** Share of a row's flows that may stay unverified (semantics 3.5). */
const SHARE_MAX = 0.1
/** Pairs of one row are few; a storm of them is no reason to forget anything else. */
const CAUSES_MAX = 10_000

interface Share {
  readonly cause: Cause
  readonly row: string
  members: number
}

export class Unverified {
  readonly #policy: Policy
  readonly #hash: Hash
  readonly #weigh: (hit: Hit) => Weight
  readonly #rows: ReadonlySet<string>
  readonly #shares = new Map<string, Share>()
  /** Flows of each row that showed their protocol, by the names of the pair. */
  readonly #verified = new Map<string, PairTable<{ flows: number }>>()

  constructor(policy: Policy, hash: Hash, weigh: (hit: Hit) => Weight) {
    this.#policy = policy
    this.#hash = hash
    this.#weigh = weigh
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
    if (verdict.verified !== 'none') this.#count(row, client.name, server.name)
    else if (!isLate(flow)) this.#leave(judged, row, visibility())
  }

  /** The pairs that stay unverified beyond the share, in the order in which they began. */
  findings(): readonly { readonly finding: Finding; readonly members: number }[] {
    return [...this.#shares.values()].flatMap(share => {
      const finding = share.cause.finding()
      const verified = this.#verified.get(share.row)?.get(finding.source, finding.destination)
      const part = share.members / (share.members + (verified?.flows ?? 0))
      if (part <= SHARE_MAX) return []
      const title = `${(part * 100).toFixed(1)} % of what ${finding.source} sent ${finding.destination} on row ${share.row} is not recognised`
      return [{ finding: { ...finding, title }, members: share.members }]
    })
  }

  #count(row: string, client: string, server: string): void {
    const known = this.#verified.get(row)
    const pairs = known ?? new PairTable()
    if (known === undefined) this.#verified.set(row, pairs)
    pairs.take(client, server, () => ({ flows: 0 })).flows++
  }

  #leave(judged: JudgedFlow, row: string, visibility: number | null): void {
    const hit: Hit = {
      ...{ verdict: 'permitted_unverified', reason: 'unrecognised', row, exception: null },
      judged,
    }
    const key = causeKey(hit)
    const known = this.#shares.get(key)
    if (known === undefined && this.#shares.size >= CAUSES_MAX) return
    const share = known ?? {
      cause: new Cause(findingId(key, this.#hash), hit, this.#policy),
      row,
      members: 0,
    }
    share.members++
    share.cause.add({ judged, visibility, weight: this.#weigh(hit) })
    this.#shares.set(key, share)
  }
}

/** Picked up in the middle: neither a SYN nor its answer was seen. */
const isLate = ({ tcp }: FlowRecord): boolean =>
  tcp !== null && tcp.syn === null && tcp.synAck === null
