// How much a notice matters, for receivers that sort by it.

import type { Notice, ToldAlert } from '../model/alert.ts'
import { type Severity, worse } from '../model/finding.ts'
import { TROUBLE_SEVERITY } from './filter.ts'

/** `info` wakes nobody. */
export type Level = Severity

/** Of a notice as a whole: the worst in it, and what is over is `info`. */
export function levelOf(notice: Notice): Level {
  if (notice.kind === 'findings') return worstOf(notice.findings)
  if (notice.kind === 'digest') {
    const trouble = notice.troubles.length > 0 ? TROUBLE_SEVERITY : 'info'
    return worse(worstOf(notice.findings), trouble)
  }
  if (notice.kind === 'blind') return notice.interval.toMs === null ? TROUBLE_SEVERITY : 'info'
  if (notice.kind === 'output') return notice.state === 'degraded' ? TROUBLE_SEVERITY : 'info'
  return 'info'
}

const worstOf = (alerts: readonly ToldAlert[]): Severity =>
  alerts.map(({ finding }) => finding.severity).reduce<Severity>(worse, 'info')
