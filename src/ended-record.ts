// The record of a flow that ends, as the judge of a bench wants it: with the client that its directions tell, and what
// the flow carried. The judge is told when its ends were last heard.

import type { Bench } from './bench.ts'
import { lastFrom } from './flows/heard.ts'
import { type Ends, recordOf } from './flows/record.ts'
import { STOP_REASON } from './kernel/layout.ts'
import { getI32 } from './kernel/memory.ts'
import type { FlowRecord, IcmpError } from './model/flow.ts'
import type { Payloads } from './payloads.ts'

/** What is known of a record that ends, before anybody has said who its client is. */
export interface Told {
  readonly flow: number
  readonly ends: Ends
  readonly icmpError: IcmpError | null
  /** It is a session of the monitor itself, from which nothing is learnt. */
  readonly isOwn: boolean
}

/** The record of the stop at hand; `isLast` where nobody asks again what it carried. */
export function endedRecord(
  { compliance, directions }: Bench,
  payloads: Payloads,
  { flow, ends, icmpError, isOwn }: Told,
  isLast: boolean,
): FlowRecord {
  const orientation = directions.of(ends)
  const app = payloads.appOf(flow, orientation.clientHigh, isLast)
  if (compliance !== null && !isOwn) {
    compliance.heard(ends.low.address, lastFrom(flow, false))
    compliance.heard(ends.high.address, lastFrom(flow, true))
  }
  return recordOf(flow, getI32(STOP_REASON), ends, orientation, { icmpError, app })
}
