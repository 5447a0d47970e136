// Rules that were replaced while a run went on: what they have come to, and the sums over all of them, so that the
// ledger of the whole run closes.

import type { Compliance } from './compliance.ts'
import type { Batch } from './model/batch.ts'
import type { Coverage } from './model/coverage.ts'
import type { Finding } from './model/finding.ts'
import type { FindingLedger, Ledger } from './model/ledger.ts'
import { VERDICTS } from './model/verdict.ts'

type Verdicts = NonNullable<Ledger['verdicts']>

/** What a generation of rules leaves behind. */
export interface Retired {
  /** Counts the rules that were loaded, from 1. */
  readonly generation: number
  /** What was judged by them and not handed over yet. */
  readonly batch: Batch
  readonly findings: readonly Finding[]
  readonly coverage: Coverage
  /** Flow records by verdict, of this generation alone. */
  readonly verdicts: Verdicts
}

export class Generations {
  #number = 1
  #verdicts: Verdicts | null = null
  #findings: FindingLedger | null = null

  /** That of the rules in force, from 1. */
  get number(): number {
    return this.#number
  }

  /** The rules are in force no more; their watchers have finished, and `batch` is the last one. */
  retire(compliance: Compliance, batch: Batch): Retired {
    const findings = compliance.findings.findings()
    const verdicts = compliance.verdicts()
    const coverage = compliance.coverage(findings)
    this.#verdicts = this.verdicts(verdicts)
    this.#findings = this.findings(compliance.findings.ledger())
    return { generation: this.#number++, batch, findings, coverage, verdicts }
  }

  /** Those in force and all before them. */
  verdicts(now: Verdicts): Verdicts {
    const before = this.#verdicts
    if (before === null) return now
    const sum = { ...now, pending: now.pending + before.pending }
    for (const kind of VERDICTS) sum[kind] += before[kind]
    return sum
  }

  findings(now: FindingLedger): FindingLedger {
    const before = this.#findings
    if (before === null) return now
    return {
      hits: now.hits + before.hits,
      in_findings: now.in_findings + before.in_findings,
      in_overflow: now.in_overflow + before.in_overflow,
    }
  }
}
