// Findings from observations: what watchers say, one finding for each cause, with its severity.

import { type Example, type Finding, SEVERITIES, type Severity } from '../model/finding.ts'
import type { Observation } from '../model/observation.ts'
import type { Policy } from '../model/policy.ts'
import type { Confidence, JudgedFlow } from '../model/verdict.ts'
import { statementOf } from './authority.ts'
import type { Growing } from './changes.ts'
import { type Episode, isLasting, withMember } from './episode.ts'
import { findingId, type Hash } from './identity.ts'
import { EXAMPLES_MAX, stronger } from './members.ts'

interface Kept extends Growing {
  finding(): Finding
  /** The first of all, as it was told last; its words stand for the others. */
  observation: Observation
  readonly examples: Example[]
  readonly frames: Finding['frames'][number][]
  members: number
  packets: number
  bytes: number
  firstNs: number
  lastNs: number
  proofs: number
  confidence: Confidence
  episode: Episode | null
  isGrave: boolean
}

/** Causes are made of names and words of closed sets, so what is kept grows with the site and not with traffic. */
export class Observed {
  readonly #policy: Policy
  readonly #hash: Hash
  readonly #kept = new Map<string, Kept>()
  readonly #touch: (one: Growing) => void
  #members = 0

  /** `touch` hears of what begins and grows. */
  constructor(policy: Policy, hash: Hash, touch: (one: Growing) => void) {
    this.#policy = policy
    this.#hash = hash
    this.#touch = touch
  }

  /** Everything that there is. */
  get all(): Iterable<Growing> {
    return this.#kept.values()
  }

  get members(): number {
    return this.#members
  }

  /** The finding that the observation opened, if it opened one; `visibility` is that of its two ends. */
  add(observation: Observation, visibility: number | null): Finding | undefined {
    const { verdict, reason, row, source, destination } = observation
    const key = JSON.stringify([verdict, reason, row, source.name, destination.name])
    const known = this.#kept.get(key)
    const kept = known ?? begin(findingId(key, this.#hash), observation, one => this.#finding(one))
    if (known === undefined || !observation.goesOn) {
      this.#members += 1
      kept.members += 1
    }
    if (observation.isRetold && kept.members === 1) kept.observation = observation
    take(kept, observation, visibility)
    this.#touch(kept)
    if (known !== undefined) return undefined
    this.#kept.set(key, kept)
    return kept.finding()
  }

  findings(): Finding[] {
    return [...this.#kept.values()].map(kept => kept.finding())
  }

  #finding(kept: Kept): Finding {
    const { id, observation, members, packets, bytes, firstNs, lastNs, confidence } = kept
    const { verdict, reason, source, destination, service, title, fix, expected, why } = observation
    return {
      ...{ id, verdict, reason, confidence, members, packets, bytes, firstNs, lastNs },
      severity: this.#severity(kept),
      ...statementOf(this.#policy, observation.row),
      ...{ title, fix, service, expected, why, exception: null },
      ...{ source: source.name, destination: destination.name },
      examples: [...kept.examples],
      frames: [...kept.frames],
    }
  }

  /** The table of semantics 3.5; each step down is a doubt, and no violation sinks below low. */
  #severity({ observation, proofs, episode, confidence, isGrave }: Kept): Severity {
    const { verdict, reason, row } = observation
    if (verdict === 'event') return 'info'
    if (verdict === 'advisory') return 'low'
    if (reason === 'interrupted' && !this.#policy.limits.some(({ id }) => id === row)) return 'low'
    if (reason === 'split_brain') return confidence === 'possible' ? 'high' : 'critical'
    if (verdict === 'topology') return proofs > 1 || reason === 'remote_blade' ? 'high' : 'medium'
    const rule = this.#policy.rows.find(({ id }) => id === row)
    const isOptional = rule !== undefined && rule.obligation === 'optional'
    // What is only possible pages nobody, however long it lasts.
    const isRaised = (isLasting(episode) || isGrave) && confidence !== 'possible'
    return SEVERITIES[2 - (isRaised ? 1 : 0) + (isOptional ? 1 : 0)] ?? 'medium'
  }
}

function begin(id: string, observation: Observation, told: (kept: Kept) => Finding): Kept {
  const kept: Kept = {
    ...{ id, observation, examples: [], frames: [], members: 0, packets: 0, bytes: 0 },
    firstNs: Number.POSITIVE_INFINITY,
    lastNs: Number.NEGATIVE_INFINITY,
    ...{ proofs: 0, confidence: 'possible', episode: null, isGrave: false },
    finding: () => told(kept),
  }
  return kept
}

function take(kept: Kept, observation: Observation, visibility: number | null): void {
  const { firstNs, lastNs, confidence, proofs, flows, frames } = observation
  kept.firstNs = Math.min(kept.firstNs, firstNs)
  kept.lastNs = Math.max(kept.lastNs, lastNs)
  kept.proofs = Math.max(kept.proofs, proofs)
  kept.isGrave ||= observation.isGrave === true
  kept.confidence = stronger(kept.confidence, confidence)
  kept.episode = withMember(kept.episode, firstNs, lastNs)
  kept.frames.push(...frames.slice(0, EXAMPLES_MAX - kept.frames.length))
  for (const judged of flows) takeFlow(kept, judged, visibility)
}

function takeFlow(kept: Kept, judged: JudgedFlow, visibility: number | null): void {
  const { flow, client, server, verdict } = judged
  kept.packets += flow.toServer.packets + flow.toClient.packets
  kept.bytes += flow.toServer.bytes + flow.toClient.bytes
  if (kept.examples.length >= EXAMPLES_MAX) return
  const { outcome, why } = verdict
  kept.examples.push({ flow, client, server, outcome, visibility, why })
}
