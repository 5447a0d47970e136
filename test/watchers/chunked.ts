// An audit of packets that are handed in by so many at a time: results must not depend on it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding } from '../../src/model/finding.ts'
import type { MeasurementRow, QualityRecord } from '../../src/model/quality.ts'
import { Monitor } from '../../src/monitor.ts'
import { complianceFor } from '../support/audit.ts'
import type { Frame } from '../support/frames.ts'
import { chunksOf } from '../support/kernel.ts'
import { SITE } from './site.ts'

export interface Judged {
  readonly findings: readonly Finding[]
  readonly quality: readonly QualityRecord[]
  readonly rows: readonly MeasurementRow[]
}

/** Findings, records and rows for the site of the watchers' tests. */
export function judgedIn(frames: readonly Frame[], chunkPackets?: number): Judged {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-chunked-'))
  try {
    const siteFile = join(folder, 'site.yaml')
    writeFileSync(siteFile, SITE)
    const compliance = complianceFor(siteFile, null)
    const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
    const options = { seed: 1, dedup: true, measure: true, ports: compliance.ports, ...range }
    const monitor = new Monitor({ ...options, compliance })
    const [quality, rows]: [QualityRecord[], MeasurementRow[]] = [[], []]
    const take = (batch: {
      quality: readonly QualityRecord[]
      rows: readonly MeasurementRow[]
    }) => {
      quality.push(...batch.quality)
      rows.push(...batch.rows)
    }
    for (const chunk of chunksOf(frames, chunkPackets))
      for (const batch of monitor.read(chunk)) take(batch)
    for (const batch of monitor.finish()) take(batch)
    return { findings: compliance.findings.findings(), quality, rows }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
