// Findings from verdicts: every hit of every judged flow is counted in exactly one finding (ledger L5).

import { type Finding, SEVERITIES } from '../model/finding.ts'
import type { FindingLedger } from '../model/ledger.ts'
import type { Observation } from '../model/observation.ts'
import type { Policy } from '../model/policy.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { Cause } from './cause.ts'
import { Changes, type FindingChanges, type Foldable, type Growing } from './changes.ts'
import { type Hit, hitsOf, UNLISTED } from './hit.ts'
import { causeKey, findingId, type Hash, isSplitByService } from './identity.ts'
import type { Member } from './members.ts'
import { Observed } from './observed.ts'
import { Overflow, VARIOUS } from './overflow.ts'
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

/** A finding that a flow which goes on will open. */
export interface Foreseen {
  readonly finding: Finding
  readonly row: string
  readonly key: string
}

export class FindingCollector {
  readonly #policy: Policy
  readonly #hash: Hash
  readonly #weigh: (hit: Hit) => Weight
  readonly #buckets = new Map<string, Bucket>()
  readonly #unverified: Unverified
  readonly #observed: Observed
  /** Null until somebody asks for changes: an audit never does, and need not keep what nobody wants. */
  #changes: Changes | null = null
  #inFindings = 0
  #inOverflow = 0

  /** `hash` gives text's hash as hex digits, at least 12. */
  constructor(policy: Policy, hash: Hash) {
    this.#policy = policy
    this.#hash = hash
    this.#weigh = severityScale(policy)
    const touch = (one: Growing) => this.#changes?.touch(one)
    this.#unverified = new Unverified(policy, { hash, weigh: this.#weigh, touch })
    this.#observed = new Observed(policy, hash, touch)
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

  /** The finding that the verdict would open now, which is not counted; null where it would open none. */
  foresee(judged: JudgedFlow, visibility: number | null): Foreseen | null {
    const [hit] = hitsOf(judged)
    if (hit === undefined) return null
    const key = causeKey(hit)
    const causes = this.#buckets.get(hit.row)?.causes
    if (causes !== undefined && (causes.has(key) || causes.size >= FINDINGS_PER_ROW_MAX))
      return null
    const cause = new Cause(findingId(key, this.#hash), hit, this.#policy)
    cause.add({ judged, visibility, weight: this.#weigh(hit) })
    return { finding: cause.finding(), row: hit.row, key }
  }

  /** Whether some flow has opened what was foreseen. */
  hasOpened({ row, key }: Foreseen): boolean {
    return this.#buckets.get(row)?.causes.has(key) === true
  }

  /** Counts what a watcher says, and returns the finding that this opened. `visibility` as for `add`. */
  observe(observation: Observation, visibility: number | null): Finding | undefined {
    return this.#observed.add(observation, visibility)
  }

  /**
   * What has changed since this was last asked: at most `max` findings that are new or have grown, and ids of those
   * told before that are none any more. The rest comes the next time. The first time, everything there is is new.
   */
  changes(max: number): FindingChanges {
    this.#changes ??= this.#everything()
    return this.#changes.take(max)
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
    this.#changes?.touch(cause)
    if (known !== undefined) return undefined
    bucket.causes.set(key, cause)
    if (this.#changes !== null) enterCause(this.#changes, cause)
    return cause.finding()
  }

  #overflow(bucket: Bucket, hit: Hit, member: Member): Finding | undefined {
    this.#inOverflow += 1
    const known = bucket.overflow
    const id = (): string => findingId(JSON.stringify(['overflow', hit.row]), this.#hash)
    const overflow = known ?? new Overflow(id(), hit, this.#policy)
    overflow.add(hit, member)
    bucket.overflow = overflow
    this.#changes?.touch(overflow)
    if (known === null && this.#changes !== null) enterOverflow(this.#changes, overflow)
    return known === null ? overflow.finding() : undefined
  }

  #everything(): Changes {
    const changes = new Changes()
    for (const { causes, overflow } of this.#buckets.values()) {
      for (const cause of causes.values()) enterCause(changes, cause)
      if (overflow !== null) enterOverflow(changes, overflow)
    }
    for (const one of [...this.#unverified.all, ...this.#observed.all]) changes.touch(one)
    return changes
  }

  #bucketOf(row: string): Bucket {
    const known = this.#buckets.get(row)
    if (known !== undefined) return known
    const bucket: Bucket = { causes: new Map(), overflow: null }
    this.#buckets.set(row, bucket)
    return bucket
  }
}

/** What is told for each service alone was answered, and is no part of a scan. */
function enterCause(changes: Changes, cause: Cause): void {
  changes.touch(cause)
  const { hit } = cause
  if (isSplitByService(hit)) return
  const ends = [hit.judged.client.name, hit.judged.server.name] as const
  changes.enter(cause, ends, hit.reason === UNLISTED)
}

function enterOverflow(changes: Changes, overflow: Foldable): void {
  changes.touch(overflow)
  changes.enter(overflow, [VARIOUS, VARIOUS], true)
}

const byUrgency = (one: Finding, other: Finding): number =>
  SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
  one.firstNs - other.firstNs ||
  (one.id < other.id ? -1 : 1)
