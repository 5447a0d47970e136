// Flows that two judges see differently, by what each says of them and by pair and service.

import { serviceOf } from '../../findings/hit.ts'
import type { Batch } from '../../model/batch.ts'
import { assert } from '../../model/errors.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import { FlowGroups } from './flow-groups.ts'
import { verdictText } from './own-tests.ts'

/** Flows of one pair and service about which the two disagree in the same way. */
export interface FlowChange {
  readonly flows: number
  /** `escaped:over_exposed I-01`, with remarks behind a comma. */
  readonly before: string
  readonly after: string
  readonly source: string
  readonly destination: string
  readonly service: string
}

type Key = readonly [
  ...[before: string, after: string],
  ...[source: string, destination: string, service: string],
]

export class FlowChanges {
  /** Flows that both have judged. */
  judged = 0
  readonly #groups = new FlowGroups<Key>()

  take({ flows, second }: Batch): void {
    assert(flows.length === second.length, 'both judges have judged every record')
    for (const [index, before] of flows.entries()) {
      const after = second[index]
      if (after !== undefined && 'verdict' in before) this.#take(before, after)
    }
  }

  /** Flows about which the two disagree. */
  get flows(): number {
    return this.#groups.flows
  }

  /** Such flows that are in no group, since every group was taken. */
  get beyond(): number {
    return this.#groups.beyond
  }

  /** The groups, the largest first. */
  get changes(): FlowChange[] {
    return this.#groups.groups
      .toSorted((one, other) => other.flows - one.flows)
      .map(({ key: [before, after, source, destination, service], flows }) => {
        return { flows, before, after, source, destination, service }
      })
  }

  #take(one: JudgedFlow, other: JudgedFlow): void {
    this.judged++
    const [before, after] = [textOf(one), textOf(other)]
    if (before === after) return
    const source = either(one.client.name, other.client.name)
    const destination = either(one.server.name, other.server.name)
    const service = either(serviceOf(one.flow), serviceOf(other.flow))
    this.#groups.add([before, after, source, destination, service])
  }
}

function textOf({ verdict }: JudgedFlow): string {
  const { excepted, serviceDown, advisories } = verdict
  const remarks = [
    ...(excepted === null ? [] : [excepted.id]),
    ...(serviceDown ? ['service_down'] : []),
    ...advisories,
  ]
  return [verdictText(verdict), ...remarks].join(', ')
}

/** The two may know a host by other names, or take the other end for the client. */
const either = (before: string, after: string): string =>
  before === after ? before : `${before}, then ${after}`
