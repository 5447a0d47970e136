// The ledger: every packet and every flow is in exactly one place, and the sums say so.

import type { VerdictKind } from './verdict.ts'

/** L2: what became of a packet that the reader delivered. */
export interface ReaderLedger {
  readonly seen: number
  readonly decoded: number
  readonly malformed: number
  readonly truncated: number
  readonly unsupported: number
  readonly filtered: number
  readonly duplicate: number
  readonly dropped: number
}

/** L3: where the decoded packets and the flows are. */
export interface FlowLedger {
  readonly in_flow: number
  readonly no_flow: number
  readonly unflowed: number
  readonly created: number
  readonly live: number
  readonly ended: number
  readonly evicted: number
}

/** L5: hits that make a finding, and where they are kept. */
export interface FindingLedger {
  readonly hits: number
  readonly in_findings: number
  readonly in_overflow: number
}

export interface Ledger {
  readonly reader: ReaderLedger
  /** Packets by named reason, e.g. `truncated.tcp`, `no_flow.arp`; only those above zero. */
  readonly reasons: Readonly<Record<string, number>>
  readonly flows: FlowLedger
  /** L4, absent where nothing was judged. */
  readonly verdicts: (Readonly<Record<VerdictKind, number>> & { readonly pending: number }) | null
  readonly findings: FindingLedger | null
}

/** The equations that do not hold, in words; empty when the ledger closes. */
export function openEquations(ledger: Ledger): string[] {
  const { reader, flows, verdicts, findings } = ledger
  const sums: [name: string, left: number, right: number][] = [
    ['L2 seen', reader.seen, sum(reader) - reader.seen],
    ['L3 decoded', reader.decoded, flows.in_flow + flows.no_flow + flows.unflowed],
    ['L3 flows created', flows.created, flows.live + flows.ended + flows.evicted],
  ]
  if (verdicts !== null) sums.push(['L4 flows created', flows.created, sum(verdicts) + flows.live])
  if (findings !== null)
    sums.push(['L5 hits', findings.hits, findings.in_findings + findings.in_overflow])
  return sums
    .filter(([, left, right]) => left !== right)
    .map(([name, left, right]) => `${name} ${left} is not ${right}`)
}

const sum = (counts: object): number =>
  Object.values(counts).reduce((total: number, count: number) => total + count, 0)
