// A batch: what the monitor hands to its outputs after each tick of capture time.

import type { Finding } from './finding.ts'
import type { FlowRecord } from './flow.ts'
import type { MeasurementRow, QualityRecord } from './quality.ts'
import type { JudgedFlow } from './verdict.ts'

export interface Batch {
  /** Records closed in this tick, in the order in which they closed; judged where there is a site. */
  readonly flows: readonly (JudgedFlow | UnjudgedFlow)[]
  /** The same records as a second judge has them, one for one; none where there is no second judge. */
  readonly second: readonly JudgedFlow[]
  /** Findings that this tick opened, in order. Their counts are final only at the end. */
  readonly opened: readonly Finding[]
  /** Findings that flows will open which go on: told at once, with `MonitorOptions.early`. */
  readonly early: readonly Finding[]
  /** Ids of early ones that came to nothing, since the record of their flow got another verdict. */
  readonly withdrawn: readonly string[]
  /** What was measured of flows and exchanges, in the order in which it was known. */
  readonly quality: readonly QualityRecord[]
  /** Points of time series whose window ended in this tick. */
  readonly rows: readonly MeasurementRow[]
}

export interface UnjudgedFlow {
  readonly flow: FlowRecord
}
