// The ledger, drawn up from the kernel's counters.

import { Count, FATE_NAMES } from './kernel/layout.ts'
import { counter, liveFlows } from './kernel/session.ts'
import type { FindingLedger, FlowLedger, Ledger, ReaderLedger } from './model/ledger.ts'

/** The books as they stand now; `notes` are the slow path's own counters, by name. `verdicts` and `findings` are null where nothing is judged. */
export function drawUp(
  verdicts: Ledger['verdicts'],
  findings: FindingLedger | null,
  notes: Readonly<Record<string, number>>,
): Ledger {
  return { reader: reader(), reasons: reasons(notes), flows: flows(), verdicts, findings }
}

function reader(): ReaderLedger {
  return {
    seen: counter(Count.Seen),
    decoded: sumOf('in_flow') + sumOf('no_flow') + sumOf('unflowed'),
    malformed: sumOf('malformed'),
    truncated: sumOf('truncated'),
    unsupported: sumOf('unsupported'),
    filtered: sumOf('filtered'),
    duplicate: sumOf('duplicate'),
    dropped: 0,
  }
}

function flows(): FlowLedger {
  return {
    in_flow: sumOf('in_flow'),
    no_flow: sumOf('no_flow'),
    unflowed: sumOf('unflowed'),
    created: counter(Count.FlowsCreated),
    live: liveFlows(),
    ended: counter(Count.FlowsEnded),
    evicted: counter(Count.FlowsEvicted),
  }
}

/** Packets of all fates of one category: the word before the dot. */
const sumOf = (category: string): number =>
  FATE_NAMES.reduce(
    (sum, name, fate) => (name.split('.')[0] === category ? sum + counter(fate) : sum),
    0,
  )

/** Remarks that are no fate: a packet may have several, or none. */
const REMARKS: readonly (readonly [string, number])[] = [
  ['note.checksum_ipv4', Count.ChecksumIpv4],
  ['note.dormant_forgotten', Count.DormantForgotten],
  ['note.length_beyond_frame', Count.LengthBeyondFrame],
  ['note.snapped', Count.Snapped],
  ['note.time_backwards', Count.TimeBackwards],
  ['note.time_wild', Count.TimeWild],
]

function reasons(notes: Readonly<Record<string, number>>): Record<string, number> {
  const fates = FATE_NAMES.map((name, fate) => [name, counter(fate)] as const)
  const named = fates.filter(([name]) => name.includes('.'))
  const remarks = REMARKS.map(([name, which]) => [name, counter(which)] as const)
  return Object.fromEntries(
    [...named, ...remarks, ...Object.entries(notes)].filter(([, count]) => count > 0),
  )
}
