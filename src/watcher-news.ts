// What watchers have come to, until the monitor takes it: findings that they have opened, and points of time series.

import type { Finding } from './model/finding.ts'
import type { MeasurementRow } from './model/quality.ts'

const NO_FINDINGS: readonly Finding[] = []
const NO_ROWS: readonly MeasurementRow[] = []

export class WatcherNews {
  #opened: Finding[] = []
  #rows: MeasurementRow[] = []

  open(finding: Finding): void {
    this.#opened.push(finding)
  }

  measure(row: MeasurementRow): void {
    this.#rows.push(row)
  }

  /** Whether there is anything that nobody has taken. */
  get isWaiting(): boolean {
    return this.#opened.length > 0 || this.#rows.length > 0
  }

  /** The findings that were opened since this was last asked. */
  takeOpened(): readonly Finding[] {
    if (this.#opened.length === 0) return NO_FINDINGS
    const opened = this.#opened
    this.#opened = []
    return opened
  }

  /** The points since this was last asked. */
  takeRows(): readonly MeasurementRow[] {
    if (this.#rows.length === 0) return NO_ROWS
    const rows = this.#rows
    this.#rows = []
    return rows
  }
}
