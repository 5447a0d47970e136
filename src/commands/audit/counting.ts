// What a run adds to a finding that a store may have already: the sums of all runs, each counted once.

import { sum } from '../../lifecycle/grown.ts'
import { worse } from '../../model/finding.ts'
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
  /** Of the finding among those of the run, which another store is told in the same order. */
  readonly place: number
}

/** The event by which the finding of a run becomes part of what is stored. Audits wake nobody. */
export function counting(
  known: StoredFinding | null,
  finding: ReportedFinding,
  { run, gone, at, place }: Counting,
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
          ...{ finding: joined(known.finding, finding, sum(counted)), lastMs, counted },
          firstOpenedMs: Math.min(known.firstOpenedMs, openedMs),
        }
  return eventOf(stored, known === null ? 'open' : 'update', { ...at, place })
}

/** The event by which a finding loses what runs counted that are replaced; it closes where nothing is left. */
export function withdrawing(
  known: StoredFinding,
  { gone, at, place }: Pick<Counting, 'gone' | 'at' | 'place'>,
): FindingEvent {
  const counted = without(known.counted, gone)
  const rest = sum(counted)
  const stored = { ...known, finding: { ...known.finding, ...rest }, counted }
  return rest.members > 0 || known.state === 'closed'
    ? eventOf(stored, 'update', { ...at, place })
    : eventOf({ ...stored, state: 'closed', closedMs: at.captureMs }, 'close', { ...at, place })
}

const eventOf = (
  stored: StoredFinding,
  phase: FindingEvent['phase'],
  at: Moment & Pick<Counting, 'place'>,
): FindingEvent => ({ kind: 'finding', phase, ...at, stored, isPage: false, held: null })

const without = (
  counted: StoredFinding['counted'],
  gone: readonly string[],
): StoredFinding['counted'] =>
  Object.fromEntries(Object.entries(counted).filter(([run]) => !gone.includes(run)))

/** As the later run tells it, over the time of both, with the first examples. */
function joined(known: ReportedFinding, mine: ReportedFinding, count: Counted): ReportedFinding {
  return {
    ...mine,
    ...count,
    severity: worse(known.severity, mine.severity),
    first: byText(known.first, mine.first) <= 0 ? known.first : mine.first,
    last: byText(known.last, mine.last) >= 0 ? known.last : mine.last,
    examples: firstOf([...mine.examples, ...known.examples]),
  }
}

function firstOf(examples: readonly ReportedExample[]): readonly ReportedExample[] {
  const byFlow = new Map(examples.map(example => [`${example.first} ${example.flow_id}`, example]))
  return [...byFlow.values()]
    .toSorted((left, right) => byText(left.first, right.first))
    .slice(0, EXAMPLES_MAX)
}
