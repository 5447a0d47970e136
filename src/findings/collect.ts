// Findings from verdicts: every hit of every judged flow is counted in exactly one finding (ledger L5).

import { type Finding, SEVERITIES } from '../model/finding.ts'
import type { FindingLedger } from '../model/ledger.ts'
import type { Observation } from '../model/observation.ts'
import type { Policy } from '../model/policy.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { Cause } from './cause.ts'
import { type Hit, hitsOf } from './hit.ts'
import { causeKey, findingId, type Hash } from './identity.ts'
import type { Member } from './members.ts'
import { Observed } from './observed.ts'
import { Overflow } from './overflow.ts'
import { foldScans } from './scan.ts'
import { severityScale, type Weight } from './severity.ts'
import { Unverified } from './unverified.ts'

/** Most findings that one row keeps apart; further causes share its overflow. */
const FINDINGS_PER_ROW_MAX = 10_000

/** What one row has. */
interface Bucket {
  readonly causes: Map<string, Cause>
  overflow: Overflow | null
}

export class FindingCollector {
  readonly #policy: Policy
  readonly #hash: Hash
  readonly #weigh: (hit: Hit) => Weight
  readonly #buckets = new Map<string, Bucket>()
  readonly #unverified: Unverified
  readonly #observed: Observed
  #inFindings = 0
  #inOverflow = 0

  /** `hash` gives text's hash as hex digits, at least 12. */
  constructor(policy: Policy, hash: Hash) {
    this.#policy = policy
    this.#hash = hash
    this.#weigh = severityScale(policy)
    this.#unverified = new Unverified(policy, hash, this.#weigh)
    this.#observed = new Observed(policy, hash)
  }

  /** Takes a flow that a row allows, for the share of each row that stays unverified. */
  share(judged: JudgedFlow, visibility: () => number | null): void {
    this.#unverified.add(judged, visibility)
  }

  /**
   * Counts what a flow has to tell and returns the findings that it opened. `visibility` is the share
   * of the pair's connections seen in both directions, 0 to 1; null if there were none.
   */
  add(judged: JudgedFlow, visibility: number | null): readonly Finding[] {
    return hitsOf(judged).flatMap(hit => this.#count(hit, visibility) ?? [])
  }

  /** Counts what a watcher says, and returns the finding that this opened. `visibility` as for `add`. */
  observe(observation: Observation, visibility: number | null): Finding | undefined {
    return this.#observed.add(observation, visibility)
  }

  /** All findings, the worst first, then by time. */
  findings(): Finding[] {
    const kept = [...this.#buckets.values()]
      .flatMap(({ causes, overflow }) => [...causes.values(), ...(overflow ? [overflow] : [])])
      .map(one => one.finding())
    return [
      ...foldScans(kept),
      ...this.#unverified.findings().map(({ finding }) => finding),
      ...this.#observed.findings(),
    ].sort(byUrgency)
  }

  ledger(): FindingLedger {
    const unverified = this.#unverified.findings().reduce((sum, { members }) => sum + members, 0)
    const inFindings = this.#inFindings + unverified + this.#observed.members
    return {
      hits: inFindings + this.#inOverflow,
      in_findings: inFindings,
      in_overflow: this.#inOverflow,
    }
  }

  /** The finding that the hit opened, if it opened one. */
  #count(hit: Hit, visibility: number | null): Finding | undefined {
    const bucket = this.#bucketOf(hit.row)
    const member: Member = { judged: hit.judged, visibility, weight: this.#weigh(hit) }
    const key = causeKey(hit)
    const known = bucket.causes.get(key)
    if (known === undefined && bucket.causes.size >= FINDINGS_PER_ROW_MAX)
      return this.#overflow(bucket, hit, member)
    this.#inFindings += 1
    const cause = known ?? new Cause(findingId(key, this.#hash), hit, this.#policy)
    cause.add(member)
    if (known !== undefined) return undefined
    bucket.causes.set(key, cause)
    return cause.finding()
  }

  #overflow(bucket: Bucket, hit: Hit, member: Member): Finding | undefined {
    this.#inOverflow += 1
    const known = bucket.overflow
    const id = (): string => findingId(JSON.stringify(['overflow', hit.row]), this.#hash)
    const overflow = known ?? new Overflow(id(), hit, this.#policy)
    overflow.add(hit, member)
    bucket.overflow = overflow
    return known === null ? overflow.finding() : undefined
  }

  #bucketOf(row: string): Bucket {
    const known = this.#buckets.get(row)
    if (known !== undefined) return known
    const bucket: Bucket = { causes: new Map(), overflow: null }
    this.#buckets.set(row, bucket)
    return bucket
  }
}

const byUrgency = (one: Finding, other: Finding): number =>
  SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
  one.firstNs - other.firstNs ||
  (one.id < other.id ? -1 : 1)
