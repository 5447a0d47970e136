// The members of one finding: how many, how much, from when to when, the first few, and the worst of
// what they say. Fixed memory, however many there are; the order in which they come does not matter.

import { type Example, type Severity, worse } from '../model/finding.ts'
import type { Confidence, JudgedFlow } from '../model/verdict.ts'
import { type Episode, isLasting, withMember } from './episode.ts'
import type { Weight } from './severity.ts'

/** A flow as a member of one finding. */
export interface Member {
  readonly judged: JudgedFlow
  readonly visibility: number | null
  readonly weight: Weight
}

export const EXAMPLES_MAX = 5
const BY_STRENGTH: readonly Confidence[] = ['confirmed', 'probable', 'possible']

export class Members {
  #count = 0
  #packets = 0
  #bytes = 0
  #firstNs = Number.POSITIVE_INFINITY
  #lastNs = Number.NEGATIVE_INFINITY
  #confidence: Confidence = 'possible'
  #severity: Severity = 'info'
  #severityIfLasting: Severity = 'info'
  #episode: Episode | null = null
  /** By time, at most five. */
  readonly #examples: Example[] = []

  get count(): number {
    return this.#count
  }

  add({ judged, visibility, weight }: Member): void {
    const { flow, verdict } = judged
    this.#count += 1
    this.#packets += flow.toServer.packets + flow.toClient.packets
    this.#bytes += flow.toServer.bytes + flow.toClient.bytes
    this.#firstNs = Math.min(this.#firstNs, flow.firstNs)
    this.#lastNs = Math.max(this.#lastNs, flow.lastNs)
    this.#confidence = stronger(this.#confidence, verdict.confidence)
    this.#severity = worse(this.#severity, weight.severity)
    this.#severityIfLasting = worse(this.#severityIfLasting, weight.severityIfLasting)
    this.#episode = withMember(this.#episode, flow.firstNs, flow.lastNs)
    this.#keepExample(judged, visibility)
  }

  /** The fields of a finding that count its members. */
  summary() {
    return {
      severity: isLasting(this.#episode) ? this.#severityIfLasting : this.#severity,
      confidence: this.#confidence,
      members: this.#count,
      packets: this.#packets,
      bytes: this.#bytes,
      firstNs: this.#firstNs,
      lastNs: this.#lastNs,
      examples: [...this.#examples],
    }
  }

  #keepExample({ flow, client, server, verdict }: JudgedFlow, visibility: number | null): void {
    const after = this.#examples.findIndex(example => isEarlier(flow, example.flow))
    const at = after === -1 ? this.#examples.length : after
    if (at >= EXAMPLES_MAX) return
    const { outcome, why } = verdict
    this.#examples.splice(at, 0, { flow, client, server, outcome, visibility, why })
    if (this.#examples.length > EXAMPLES_MAX) this.#examples.pop()
  }
}

/** The more certain of two. */
export const stronger = (one: Confidence, other: Confidence): Confidence =>
  BY_STRENGTH.indexOf(one) <= BY_STRENGTH.indexOf(other) ? one : other

/** By time, then by place in the captures: two flows never share their first packet. */
const isEarlier = (one: JudgedFlow['flow'], other: JudgedFlow['flow']): boolean =>
  (one.firstNs - other.firstNs ||
    one.first.file - other.first.file ||
    one.first.frame - other.first.frame) < 0
