// A whole audit, and what watchers noted of the statements.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Compliance } from '../../src/compliance.ts'
import { type Audited, auditFile, complianceFor } from '../support/audit.ts'

/** As `auditBytes`, without a sensor. */
export async function audited(
  pcap: Uint8Array,
  siteYaml: string,
): Promise<Audited & { readonly statements: Compliance['statements'] }> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-audited-'))
  try {
    const [capture, siteFile] = [join(folder, 'capture.pcap'), join(folder, 'site.yaml')]
    writeFileSync(capture, pcap)
    writeFileSync(siteFile, siteYaml)
    const compliance = complianceFor(siteFile, null)
    const audited = await auditFile(capture, compliance)
    return { ...audited, statements: compliance.statements }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
