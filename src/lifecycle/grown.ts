// A finding and what was told of it anew, put together: counts by run, the first and last member, the first examples.

import { worse } from '../model/finding.ts'
import type { Counted, StoredFinding } from '../model/lifecycle.ts'
import type { ToldFinding } from '../model/live.ts'
import type { ReportedExample, ReportedFinding, ReportedFrame } from '../model/result.ts'
import { byText } from '../model/text.ts'

const EXAMPLES_MAX = 5
/** All watching but that of the present rules. Audits count under ids of their own. */
export const WATCHED = 'watch'

/** Under what a run counts while its rules stay the same. */
export const countingKey = (run: string, generation: number): string =>
  `${WATCHED}:${run}:${generation}`

export interface Grown {
  readonly finding: ReportedFinding
  readonly counted: StoredFinding['counted']
  readonly lastMs: number
}

/**
 * What is known with what is told now; counts of the same key replace what they were. The words are those of the
 * telling. `isAnew` where an episode of long ago is over, whose severity says nothing of this one.
 */
export function grown(
  known: StoredFinding | null,
  told: ToldFinding,
  key: string,
  isAnew: boolean,
): Grown {
  const { members, packets, bytes } = told.finding
  const early = told.isEarly ? ({ isEarly: true } as const) : {}
  const count: Counted = { members, packets, bytes, ...early }
  const counted = { ...folded(known, key), [key]: count }
  const lastMs = Math.max(told.lastMs, known?.lastMs ?? Number.NEGATIVE_INFINITY)
  return { finding: { ...merged(known, told, isAnew), ...sum(counted) }, counted, lastMs }
}

function merged(known: StoredFinding | null, told: ToldFinding, isAnew: boolean): ReportedFinding {
  if (known === null) return told.finding
  const { finding: before } = known
  const { finding: now } = told
  return {
    ...now,
    severity: isAnew ? now.severity : worse(before.severity, now.severity),
    first: byText(before.first, now.first) <= 0 ? before.first : now.first,
    last: byText(before.last, now.last) >= 0 ? before.last : now.last,
    examples: firstExamples([...before.examples, ...now.examples]),
    frames: firstFrames([...before.frames, ...now.frames]),
  }
}

/** One entry for all earlier watching, since it is never repeated and there is no end of it. */
function folded(known: StoredFinding | null, key: string): Record<string, Counted> {
  if (known === null) return {}
  const isOver = (one: string) => one === WATCHED || (one.startsWith(`${WATCHED}:`) && one !== key)
  const entries = Object.entries(known.counted)
  // What was told early, and not confirmed before the rules of this run changed, is confirmed under the present key.
  // Where the finding has closed meanwhile it counts, so that what comes now is more, and opens it again.
  const ofRun = key.slice(0, key.lastIndexOf(':') + 1)
  const isAnew = ([one, { isEarly }]: readonly [string, Counted]) =>
    isEarly === true && one.startsWith(ofRun) && known.state === 'open'
  const over = entries.filter(entry => isOver(entry[0]) && !isAnew(entry))
  const rest = entries.filter(([one]) => !isOver(one))
  if (over.length === 0) return Object.fromEntries(rest)
  return Object.fromEntries([...rest, [WATCHED, sum(Object.fromEntries(over))]])
}

/** What all runs have counted. */
export const sum = (counted: StoredFinding['counted']): Counted =>
  Object.values(counted).reduce(
    (total, { members, packets, bytes }) => ({
      members: total.members + members,
      packets: total.packets + packets,
      bytes: total.bytes + bytes,
    }),
    { members: 0, packets: 0, bytes: 0 },
  )

/** The first five by time; of the same one, what was told last. */
export function firstExamples(examples: readonly ReportedExample[]): readonly ReportedExample[] {
  const keyOf = ({ first, community_id, packet }: ReportedExample) =>
    JSON.stringify([first, community_id, packet.capture, packet.frame])
  return firsts(new Map(examples.map(example => [keyOf(example), example])))
}

function firstFrames(frames: readonly ReportedFrame[]): readonly ReportedFrame[] {
  const keyOf = ({ time, packet }: ReportedFrame) =>
    JSON.stringify([time, packet.capture, packet.frame])
  return firsts(new Map(frames.map(frame => [keyOf(frame), frame])))
}

/** Keys begin with the time. */
const firsts = <One>(byKey: ReadonlyMap<string, One>): readonly One[] =>
  [...byKey]
    .toSorted(([left], [right]) => byText(left, right))
    .slice(0, EXAMPLES_MAX)
    .map(([, one]) => one)
