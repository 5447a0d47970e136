// A whole audit inside the test process: packets in, judged flows and findings out, through the same
// reader, kernel, judge and collector as the command line.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Taken } from '../../src/capture/capture.ts'
import { openSource } from '../../src/capture/source.ts'
import { takenBy } from '../../src/commands/sensors.ts'
import { Compliance } from '../../src/compliance.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import type { Batch } from '../../src/model/batch.ts'
import type { Coverage } from '../../src/model/coverage.ts'
import type { Finding } from '../../src/model/finding.ts'
import { type Ledger, openEquations } from '../../src/model/ledger.ts'
import type { MeasurementRow, QualityRecord } from '../../src/model/quality.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { Monitor } from '../../src/monitor.ts'
import { run } from '../../src/pipeline.ts'

export interface Audited {
  readonly flows: readonly JudgedFlow[]
  readonly findings: readonly Finding[]
  readonly coverage: Coverage
  readonly ledger: Ledger
  /** What was measured, in the order in which it was known. */
  readonly quality: readonly QualityRecord[]
  readonly rows: readonly MeasurementRow[]
}

/** What is not as in every audit. */
export interface AuditOptions {
  readonly halfOpenMax?: number
  readonly early?: boolean
  /** Called with each batch as it is handed over. */
  readonly onBatch?: (batch: Batch, run: Running) => void
}

/** A run that goes on. */
export interface Running {
  readonly compliance: Compliance
  readonly monitor: Monitor
}

const { policy: POLICY } = loadPolicy('rules')

/**
 * Audits a pcap file's bytes for the site of the YAML text. `sensor` names the sensor that took it,
 * null for a vantage that is not declared. The ledger must close.
 */
export async function auditBytes(
  pcap: Uint8Array,
  siteYaml: string,
  sensor: string | null = null,
  options: AuditOptions = {},
): Promise<Audited> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-audit-'))
  try {
    const [capture, siteFile] = [join(folder, 'capture.pcap'), join(folder, 'site.yaml')]
    writeFileSync(capture, pcap)
    writeFileSync(siteFile, siteYaml)
    return await auditFile(capture, complianceFor(siteFile, sensor), options)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Everything that judges for the site of the file. */
export function complianceFor(siteFile: string, sensor: string | null): Compliance {
  const { site, exceptions } = loadSite(siteFile)
  const policy = { ...POLICY, exceptions: [...POLICY.exceptions, ...exceptions] }
  return new Compliance(policy, site, sensor === null ? [] : [sensor])
}

/** Audits a capture file, perhaps with less room for flows than there is. The ledger must close. */
export const auditFile = (
  capture: string,
  compliance: Compliance,
  options: AuditOptions = {},
): Promise<Audited> => auditFiles([capture], compliance, options)

async function auditFiles(
  captures: readonly (string | Taken)[],
  compliance: Compliance,
  { onBatch, early = false, ...bounds }: AuditOptions & { readonly sensors?: number } = {},
): Promise<Audited> {
  const monitor = new Monitor({
    ...{ seed: 1, dedup: true, measure: true, early, ...bounds },
    fromSeconds: Number.NEGATIVE_INFINITY,
    toSeconds: Number.POSITIVE_INFINITY,
    compliance,
    ports: compliance.ports,
  })
  const flows: JudgedFlow[] = []
  const quality: QualityRecord[] = []
  const rows: MeasurementRow[] = []
  const collect = {
    take(batch: Batch) {
      onBatch?.(batch, { compliance, monitor })
      flows.push(...(batch.flows as JudgedFlow[]))
      quality.push(...batch.quality)
      rows.push(...batch.rows)
    },
  }
  await run(openSource(captures, { hash: false }), monitor, [collect])
  const ledger = monitor.ledger()
  const open = openEquations(ledger)
  if (open.length > 0) throw new Error(`the ledger does not close: ${open.join('; ')}`)
  const findings = compliance.findings.findings()
  const coverage = compliance.coverage(findings)
  return { flows, findings, coverage, ledger, quality, rows }
}

/** The same with what several sensors of the site took, by their names. */
export async function auditSensors(
  pcaps: Readonly<Record<string, Uint8Array>>,
  siteYaml: string,
): Promise<Audited> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-audit-'))
  try {
    const siteFile = join(folder, 'site.yaml')
    writeFileSync(siteFile, siteYaml)
    for (const [name, pcap] of Object.entries(pcaps)) writeFileSync(join(folder, name), pcap)
    const { site } = loadSite(siteFile)
    const pairs = Object.keys(pcaps).map(name => `${name}=${join(folder, name)}`)
    const { captures, sensors } = takenBy(site, [], pairs)
    return await auditFiles(captures, new Compliance(POLICY, site, sensors), {
      sensors: sensors.length,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** `escaped:over_exposed I-01`: how the cases write a verdict down. */
export function verdictText({ verdict: { kind, reason, row } }: JudgedFlow): string {
  const why = kind === 'escaped' && reason !== null ? `:${reason}` : ''
  return row === null ? `${kind}${why}` : `${kind}${why} ${row}`
}
