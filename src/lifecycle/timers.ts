// When something is to be done about a finding, in milliseconds of capture time that has passed.

import type { ReportedFinding } from '../model/result.ts'
import type { State } from './records.ts'

const MINUTE_MS = 60_000
const QUIET_MS = 10 * MINUTE_MS
/** What is missing is told once for each window of 15 minutes in which it was, and never when it is back. */
const QUIET_MS_MISSING = 25 * MINUTE_MS
/** The record of a flow that goes on comes after 30 minutes, and 10 more if it then falls silent. */
const QUIET_MS_EARLY = 60 * MINUTE_MS

/** What has grown is told at least so often. */
export const UPDATE_MS = 15 * MINUTE_MS
/** One that has been closed for longer opens anew, and is followed no longer until then. */
export const REMEMBERED_MS = 24 * 60 * MINUTE_MS

/** After how much silence it closes. A storm closes with the last of its findings. */
export function quietAfter({ verdict }: ReportedFinding, isStorm: boolean): number {
  if (isStorm) return Number.POSITIVE_INFINITY
  return verdict === 'missing' ? QUIET_MS_MISSING : QUIET_MS
}

export const closesMs = ({ quietMs, quietAfterMs, isEarly }: State): number =>
  quietMs + (isEarly ? QUIET_MS_EARLY : quietAfterMs)

/** When it is to be told, to close, or to be followed no longer. */
export function dueMs(state: State): number {
  if (!state.isOpen) return state.quietMs + REMEMBERED_MS
  const updatesMs = state.isDirty ? state.toldMs + UPDATE_MS : Number.POSITIVE_INFINITY
  return Math.min(closesMs(state), updatesMs)
}
