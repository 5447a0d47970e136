// The connections that the kernel holds open, for whoever begins to watch in the middle of a run.

import { flowAt } from '../kernel/flows.ts'
import { FLOW_FLAGS, Flag, USED } from '../kernel/layout.ts'
import { lastOf } from '../kernel/lifetime.ts'
import { getI32 } from '../kernel/memory.ts'

/** A kernel flow that was seen in both directions, and its latest packet. */
export interface OpenFlow {
  readonly flow: number
  readonly lastNs: number
}

/** Those of them that are wanted, the one that was heard last at the end. A look at all flows, made rarely. */
export function openFlows(isWanted: (flow: number) => boolean): readonly OpenFlow[] {
  const open: OpenFlow[] = []
  for (let flow = 0; flow < getI32(USED); flow++) {
    const flags = getI32(flowAt(flow) + FLOW_FLAGS)
    if ((flags & Flag.Live) === 0 || (flags & Flag.Answered) === 0 || !isWanted(flow)) continue
    open.push({ flow, lastNs: lastOf(flow) })
  }
  return open.sort((one, other) => one.lastNs - other.lastNs || one.flow - other.flow)
}
