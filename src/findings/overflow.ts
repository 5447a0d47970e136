// Where the hits of a row go once it has as many findings as are kept apart: one finding that counts
// them all, as bad as the worst of them, so that a storm can neither fill the memory nor hide anything.

import { type Finding, SEVERITIES } from '../model/finding.ts'
import type { Policy } from '../model/policy.ts'
import { authorityOf } from './authority.ts'
import { type Hit, UNLISTED } from './hit.ts'
import { type Member, Members } from './members.ts'

export const VARIOUS = '(various)'

export class Overflow {
  readonly id: string
  readonly #policy: Policy
  readonly #members = new Members()
  #worst: { readonly hit: Hit; readonly rank: number }

  constructor(id: string, hit: Hit, policy: Policy) {
    this.id = id
    this.#policy = policy
    this.#worst = { hit, rank: SEVERITIES.length }
  }

  add(hit: Hit, member: Member): void {
    this.#members.add(member)
    const rank = SEVERITIES.indexOf(member.weight.severity)
    if (rank < this.#worst.rank) this.#worst = { hit, rank }
  }

  get members(): number {
    return this.#members.count
  }

  /** The finding as far as it is known now; its verdict is that of the worst hit. */
  finding(): Finding {
    const { hit } = this.#worst
    return {
      id: this.id,
      verdict: hit.verdict,
      reason: hit.reason,
      ...authorityOf(this.#policy, hit, null),
      title: `More causes concern ${placeOf(hit)} than are listed one by one`,
      source: VARIOUS,
      destination: VARIOUS,
      service: null,
      fix: 'Look at the findings of the same row first; they show where the storm comes from.',
      exception: null,
      ...this.#members.summary(),
      ...{ why: [], frames: [] },
    }
  }
}

const placeOf = ({ row }: Hit): string => (row === UNLISTED ? 'the tables' : `row ${row}`)
