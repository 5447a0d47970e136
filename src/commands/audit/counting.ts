// What a run adds to a finding that a store may have already: the sums of all runs, each counted once.

import { SEVERITIES } from '../../model/finding.ts'
import type { Counted, FindingEvent, StoredFinding } from '../../model/lifecycle.ts'
import type { ReportedExample, ReportedFinding } from '../../model/result.ts'
import { byText } from '../../model/text.ts'

const EXAMPLES_MAX = 5

interface Moment {
  readonly captureMs: number
  readonly atMs: number
}

interface Counting {
  readonly run: string
  /** Runs whose counts this one replaces. */
  readonly gone: readonly string[]
  readonly at: Moment
}

/** The event by which the finding of a run becomes part of what is stored. Audits wake nobody. */
export function counting(
  known: StoredFinding | null,
  finding: ReportedFinding,
  { run, gone, at }: Counting,
): FindingEvent {
  const { members, packets, bytes } = finding
  const counted = { ...without(known?.counted ?? {}, gone), [run]: { members, packets, bytes } }
  const openedMs = Date.parse(finding.first)
  const lastMs = Math.max(known?.lastMs ?? 0, Date.parse(finding.last))
  const stored: StoredFinding =
    known === null
      ? {
          ...{ finding, state: 'open', firstOpenedMs: openedMs, openedMs, closedMs: null },
          ...{ lastMs, episodes: 1, storm: null, acknowledgement: null, counted },
        }
      : {
          ...known,
          ...{ finding: joined(known.finding, finding, sumOf(counted)), lastMs, counted },
          firstOpenedMs: Math.min(known.firstOpenedMs, openedMs),
        }
  return eventOf(stored, known === null ? 'open' : 'update', at)
}

/** The event by which a finding loses what runs counted that are replaced; it closes where nothing is left. */
export function withdrawing(
  known: StoredFinding,
  { gone, at }: Pick<Counting, 'gone' | 'at'>,
): FindingEvent {
  const counted = without(known.counted, gone)
  const sum = sumOf(counted)
  const stored = { ...known, finding: { ...known.finding, ...sum }, counted }
  return sum.members > 0 || known.state === 'closed'
    ? eventOf(stored, 'update', at)
    : eventOf({ ...stored, state: 'closed', closedMs: at.captureMs }, 'close', at)
}

const eventOf = (
  stored: StoredFinding,
  phase: FindingEvent['phase'],
  at: Moment,
): FindingEvent => ({ kind: 'finding', phase, ...at, stored, isPage: false, held: null })

const without = (
  counted: StoredFinding['counted'],
  gone: readonly string[],
): StoredFinding['counted'] =>
  Object.fromEntries(Object.entries(counted).filter(([run]) => !gone.includes(run)))

function sumOf(counted: StoredFinding['counted']): Counted {
  const sum = { members: 0, packets: 0, bytes: 0 }
  for (const { members, packets, bytes } of Object.values(counted)) {
    sum.members += members
    sum.packets += packets
    sum.bytes += bytes
  }
  return sum
}

/** As the later run tells it, over the time of both, with the first examples. */
function joined(known: ReportedFinding, mine: ReportedFinding, sum: Counted): ReportedFinding {
  const isWorse = SEVERITIES.indexOf(known.severity) < SEVERITIES.indexOf(mine.severity)
  return {
    ...mine,
    ...sum,
    severity: isWorse ? known.severity : mine.severity,
    first: [known.first, mine.first].toSorted(byText).at(0) ?? mine.first,
    last: [known.last, mine.last].toSorted(byText).at(-1) ?? mine.last,
    examples: firstOf([...mine.examples, ...known.examples]),
  }
}

function firstOf(examples: readonly ReportedExample[]): readonly ReportedExample[] {
  const byFlow = new Map(examples.map(example => [`${example.first} ${example.flow_id}`, example]))
  return [...byFlow.values()]
    .toSorted((left, right) => byText(left.first, right.first))
    .slice(0, EXAMPLES_MAX)
}
