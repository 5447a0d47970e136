// A whole audit, and what its watchers said: findings, statements that were seen to hold, and those of which
// they said why they cannot be told.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Compliance } from '../../src/compliance.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Limit } from '../../src/model/policy.ts'
import { auditFile } from '../support/audit.ts'
import { SITE } from './site.ts'

export interface Told {
  readonly findings: readonly Finding[]
  /** `degraded:heartbeat_late F-08 app-a > app-b`, those of watchers on connections only. */
  readonly said: readonly string[]
  kept(statement: string): boolean
  blind(statement: string): string | null
}

const { policy: POLICY } = loadPolicy('rules')
/** Verdicts on flows, and what is missing in stories that tell of one connection only. */
const OTHERS: readonly string[] = [
  ...['escaped', 'misdropped', 'rejected', 'excepted', 'permitted_unverified', 'missing'],
]

/** `limits` are those of the policy unless told. */
export async function toldOf(pcap: Uint8Array, limits?: readonly Limit[]): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-told-'))
  try {
    const [capture, siteFile] = [join(folder, 'capture.pcap'), join(folder, 'site.yaml')]
    writeFileSync(capture, pcap)
    writeFileSync(siteFile, SITE)
    const { site } = loadSite(siteFile)
    const compliance = new Compliance(limits ? { ...POLICY, limits } : POLICY, site, [])
    const { findings } = await auditFile(capture, compliance)
    const own = findings.filter(({ verdict, reason }) => {
      return !OTHERS.includes(verdict) && reason !== 'service_down'
    })
    return {
      findings: own,
      said: own.map(
        ({ verdict, reason, row, source, destination }) =>
          `${verdict}:${reason} ${row} ${source} > ${destination}`,
      ),
      kept: statement => (compliance.statements.of(statement)?.kept ?? 0) > 0,
      blind: statement => compliance.statements.of(statement)?.blind ?? null,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
