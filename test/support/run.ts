// A run of the monitor over frames in the test process, chunk by chunk: what is judged, and what came of it.

import type { Compliance } from '../../src/compliance.ts'
import type { Batch } from '../../src/model/batch.ts'
import type { Chunk } from '../../src/model/chunk.ts'
import type { Coverage } from '../../src/model/coverage.ts'
import type { Finding } from '../../src/model/finding.ts'
import { type Ledger, openEquations } from '../../src/model/ledger.ts'
import type { MeasurementRow, QualityRecord } from '../../src/model/quality.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { Monitor } from '../../src/monitor.ts'
import type { MonitorOptions } from '../../src/monitor-options.ts'
import type { Frame } from './frames.ts'
import { chunksOf } from './kernel.ts'

export interface RunOptions {
  readonly epochSeconds?: number
  readonly chunkPackets?: number
  readonly options?: Partial<MonitorOptions>
  /** The chunk as the monitor is to have it; its packets lie in the kernel's buffer. */
  readonly chunk?: (chunk: Chunk, first: Frame, next: Frame | undefined) => Chunk
  /** After each chunk, with what it gave. */
  readonly after?: (monitor: Monitor, batches: readonly Batch[], frame: number) => void
}

export interface Ran {
  readonly monitor: Monitor
  readonly flows: readonly JudgedFlow[]
  readonly findings: readonly Finding[]
  readonly coverage: Coverage
  readonly ledger: Ledger
  readonly quality: readonly QualityRecord[]
  readonly rows: readonly MeasurementRow[]
}

/** Judges the frames; the ledger must close. */
export function ran(frames: readonly Frame[], compliance: Compliance, how: RunOptions = {}): Ran {
  const { epochSeconds = 0, chunkPackets, options, chunk: change, after } = how
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const fixed = { seed: 1, dedup: true, measure: true, ports: compliance.ports, ...range }
  const monitor = new Monitor({ ...fixed, compliance, ...options })
  const [flows, quality, rows]: [JudgedFlow[], QualityRecord[], MeasurementRow[]] = [[], [], []]
  const take = (batch: Batch): Batch => {
    flows.push(...(batch.flows as JudgedFlow[]))
    quality.push(...batch.quality)
    rows.push(...batch.rows)
    return batch
  }
  for (const made of chunksOf(frames, chunkPackets)) {
    const [at, end] = [made.frame - 1, made.frame - 1 + made.packets]
    const dated = { ...made, epochSeconds }
    const chunk = change?.(dated, frames[at] as Frame, frames[end]) ?? dated
    const batches = [...monitor.read(chunk)].map(take)
    after?.(monitor, batches, end)
  }
  for (const batch of monitor.finish()) take(batch)
  const ledger = monitor.ledger()
  const open = openEquations(ledger)
  if (open.length > 0) throw new Error(`the ledger does not close: ${open.join('; ')}`)
  const findings = compliance.findings.findings()
  const coverage = compliance.coverage(findings)
  return { monitor, flows, findings, coverage, ledger, quality, rows }
}
