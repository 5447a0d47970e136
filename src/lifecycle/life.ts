// The steps in the life of a finding. Its own times never run backwards: where the capture clock has gone back they
// stand still, so that nothing lasts for less than no time.

import { type Severity, worse } from '../model/finding.ts'
import type { StoredFinding } from '../model/lifecycle.ts'
import type { ReportedFinding } from '../model/result.ts'
import type { Grown } from './grown.ts'

/** Whom nothing is wrong with, or who may be wrong himself, wakes nobody. */
export const mayPage = ({ severity, confidence }: ReportedFinding): boolean =>
  severity !== 'info' && confidence !== 'possible'

/** Whether it deserves to be told of where it did not before, or more than before. */
export const hasRisen = (before: ReportedFinding, now: ReportedFinding): boolean =>
  mayPage(now) && (!mayPage(before) || isMoreSevere(now.severity, before.severity))

export const opened = (now: Grown, captureMs: number): StoredFinding => ({
  ...now,
  state: 'open',
  firstOpenedMs: captureMs,
  openedMs: captureMs,
  closedMs: null,
  episodes: 1,
  storm: null,
  acknowledgement: null,
})

export const reopened = (
  known: StoredFinding,
  now: Grown,
  captureMs: number,
  storm: string | null,
): StoredFinding => ({
  ...known,
  ...now,
  state: 'open',
  openedMs: Math.max(captureMs, known.firstOpenedMs, known.closedMs ?? captureMs),
  closedMs: null,
  episodes: known.episodes + 1,
  storm,
})

export const closed = (known: StoredFinding, captureMs: number): StoredFinding => ({
  ...withoutDebt(known),
  state: 'closed',
  closedMs: Math.max(captureMs, known.openedMs),
})

/** With a page that is owed, or none. */
export const withDebt = (stored: StoredFinding, isOwed: boolean): StoredFinding =>
  isOwed ? { ...stored, isPageOwed: true } : withoutDebt(stored)

function withoutDebt(stored: StoredFinding): StoredFinding {
  const { isPageOwed: _, ...rest } = stored
  return rest
}

/** What was acknowledged is known no more when there are ten times as many, or it is more severe. */
const TIMES = 10

/** The finding without its acknowledgement where it has outgrown it. */
export function lapsed(stored: StoredFinding): StoredFinding {
  const { acknowledgement, finding } = stored
  if (acknowledgement === null) return stored
  const isOutgrown =
    finding.members >= TIMES * Math.max(1, acknowledgement.members) ||
    isMoreSevere(finding.severity, acknowledgement.severity)
  return isOutgrown ? { ...stored, acknowledgement: null } : stored
}

const isMoreSevere = (one: Severity, other: Severity): boolean =>
  one !== other && worse(one, other) === one

/** Told at 1, 10, 100, ... members. */
export const hasCrossed = (membersBefore: number, members: number): boolean =>
  String(members).length > String(membersBefore).length && members > membersBefore
