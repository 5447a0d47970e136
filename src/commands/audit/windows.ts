// The time series that the engine itself makes of an audit, as a monitor makes them of what it watches: flows, sensors and
// coverage. They go by batches, which come at whole seconds of capture time, so that the same captures give the same
// points.

import type { Compliance } from '../../compliance.ts'
import type { Batch } from '../../model/batch.ts'
import type { Point } from '../../model/live.ts'
import type { Result } from '../../model/result.ts'
import type { RunContext } from '../../model/run.ts'
import type { Monitor } from '../../monitor.ts'
import { unixMillis } from '../../watch/rows.ts'
import { Windows } from '../../watch/windows.ts'

/** No window is shorter. */
const WINDOW_MS = 10_000

/** The run whose windows these are. */
export interface AuditRun {
  readonly monitor: Monitor
  readonly compliance: Compliance
  readonly context: RunContext
}

export class AuditWindows {
  readonly #run: AuditRun
  readonly #windows: Windows
  #points: Point[] = []
  /** Counted from 1970; null before the first batch. */
  #window: number | null = null

  /** @param known Tags of series of flows that the store has; they stay apart. */
  constructor(site: string, run: AuditRun, known: readonly Point['tags'][]) {
    this.#run = run
    this.#windows = new Windows(
      { site, sensorsOf: run.context.sensorsOf, known },
      point => this.#points.push(point),
      () => undefined,
    )
  }

  /** The points of the windows that are over with the batch. */
  take({ flows }: Batch): readonly Point[] {
    const { monitor, compliance } = this.#run
    const { epochSeconds, clockNs } = monitor
    const judged = flows.filter(flow => 'verdict' in flow)
    this.#windows.flows(judged, epochSeconds, clockNs ?? 0)
    const captureMs = unixMillis(epochSeconds, clockNs ?? 0)
    const window = Math.floor(captureMs / WINDOW_MS)
    if (clockNs !== null && window !== this.#window) {
      this.#window = window
      this.#windows.tick({
        ...{ captureMs, lagSeconds: null, isLast: false },
        // What a capture says of its interfaces it says at its end.
        books: { interfaces: [], ledger: monitor.ledger() },
        coverage: () => compliance.coverage(compliance.findings.findings()),
      })
    }
    return this.#points.splice(0)
  }

  /** The points of the windows that the end cuts; none where there was no packet. */
  finish({ ledger, coverage }: Pick<Result, 'ledger' | 'coverage'>): readonly Point[] {
    const { epochSeconds, clockNs } = this.#run.monitor
    if (clockNs === null || coverage === null) return []
    this.#windows.tick({
      ...{ captureMs: unixMillis(epochSeconds, clockNs), lagSeconds: null, isLast: true },
      ...{ books: { interfaces: [], ledger }, coverage: () => coverage },
    })
    return this.#points.splice(0)
  }
}
