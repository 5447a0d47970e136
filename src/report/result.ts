// The result of a run, put together from its parts: provenance, totals, findings, what could not be
// judged, and the ledger.

import type { CaptureInfo, Instant } from '../model/chunk.ts'
import type { Coverage } from '../model/coverage.ts'
import type { Finding } from '../model/finding.ts'
import type { Ledger } from '../model/ledger.ts'
import type { ReportedQuality } from '../model/reported-quality.ts'
import {
  type Conclusion,
  type NotJudged,
  type Provenance,
  RESULT_SCHEMA,
  type ReportedBaseline,
  type ReportedCapture,
  type Result,
  type Totals,
} from '../model/result.ts'
import type { RunContext } from '../model/run.ts'
import { byText, counted } from '../model/text.ts'
import { isoNanos } from '../model/time.ts'
import { worstFirst } from './json.ts'
import { reportedFinding } from './reported.ts'

export interface Parts {
  readonly provenance: Provenance
  readonly conclusion: Conclusion | null
  readonly baseline?: ReportedBaseline
  readonly totals: Totals
  readonly findings: readonly Finding[]
  readonly coverage: Coverage | null
  readonly quality: ReportedQuality | null
  readonly notJudged: readonly NotJudged[]
  readonly ledger: Ledger
}

export function resultOf(parts: Parts, run: RunContext): Result {
  const { provenance, conclusion, baseline, totals, findings } = parts
  const { coverage, quality, notJudged, ledger } = parts
  const times = provenance.captures.flatMap(({ first, last }) =>
    first === null || last === null ? [] : [{ first, last }],
  )
  return {
    schema: RESULT_SCHEMA,
    provenance,
    observed: {
      first: times.map(({ first }) => first).sort(byText)[0] ?? null,
      last:
        times
          .map(({ last }) => last)
          .sort(byText)
          .at(-1) ?? null,
    },
    conclusion,
    ...(baseline === undefined ? {} : { baseline }),
    totals,
    findings: findings.map(finding => reportedFinding(finding, run)).sort(worstFirst),
    coverage,
    quality,
    not_judged: notJudged,
    ledger,
  }
}

/** A capture in the words of the report. Nothing of the path but the name is told. */
export function reportedCapture(info: CaptureInfo, sensors: readonly string[]): ReportedCapture {
  return {
    name: info.name,
    sensor: sensors[info.sensor] ?? null,
    bytes: info.bytes,
    packets: info.packets,
    dropped: info.dropped,
    sha256: info.sha256,
    first: isoOf(info.first),
    last: isoOf(info.last),
    damage: info.damage.map(({ kind, packet, offset, skippedBytes, message }) => ({
      ...{ kind, packet, offset, skipped_bytes: skippedBytes, message },
    })),
  }
}

const isoOf = (instant: Instant | null): string | null =>
  instant === null ? null : isoNanos(instant.seconds, instant.nanos)

/** What the reader could not make use of, capture by capture and reason by reason. */
export function unread(captures: readonly ReportedCapture[], ledger: Ledger): NotJudged[] {
  const { reader, flows } = ledger
  const gaps: [kind: string, count: number, words: string][] = [
    [
      'truncated',
      reader.truncated,
      'cut off before the headers were whole; capture more of each packet',
    ],
    ['unsupported', reader.unsupported, 'in an encapsulation that is not read'],
    ['malformed', reader.malformed, 'malformed'],
    ['unflowed', flows.unflowed, 'without room in the flow table'],
  ]
  return [
    ...captures.flatMap(damageOf),
    ...captures.flatMap(droppedOf),
    ...gaps.flatMap(([kind, count, words]) =>
      count === 0 ? [] : [gap(kind, 'packets', count, `${counted(count, 'packet')} ${words}.`)],
    ),
    ...(reader.seen === 0 ? [gap('nothing_read', 'captures', 0, 'No packet was read.')] : []),
    ...(flows.evicted === 0 ? [] : [evicted(flows.evicted)]),
  ]
}

const damageOf = ({ name, damage }: ReportedCapture): NotJudged[] =>
  damage.map(place => gap('damage', name, 1, damageText(place)))

function droppedOf({ name, dropped, packets }: ReportedCapture): NotJudged[] {
  if (dropped === null || dropped === 0) return []
  const share = ((100 * dropped) / (packets + dropped)).toFixed(2)
  const reason = `${counted(dropped, 'packet')} dropped while this was captured, ${share} % of all, as the capture itself says; give it a larger buffer or a narrower filter.`
  return [gap('capture_drops', name, dropped, reason)]
}

/** `packet 151 at byte 44785: cut short`: where, then what. */
export const damageText = ({
  packet,
  offset,
  message,
}: ReportedCapture['damage'][number]): string => `packet ${packet} at byte ${offset}: ${message}`

const evicted = (count: number): NotJudged =>
  gap('evicted', 'flows', count, `${counted(count, 'flow')} ended early for want of room.`)

const gap = (kind: string, subject: string, count: number, reason: string): NotJudged => ({
  kind,
  subject,
  count,
  reason,
  incomplete: true,
})
