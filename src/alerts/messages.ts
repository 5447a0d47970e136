// A notice as messages for receivers that take one line at a time, syslog and CEF: one for each finding that it tells,
// or one for all that it says where it is about no finding.

import type { Notice, ToldAlert } from '../model/alert.ts'
import { type Level, levelOf } from './level.ts'
import { subjectOf } from './words.ts'

export interface Message {
  readonly notice: Notice
  /** From 1: with the notice's id it names the message, in every try. */
  readonly part: number
  readonly parts: number
  readonly level: Level
  /** What happened, in one sentence. */
  readonly title: string
  /** The finding it tells; null where it is about none. */
  readonly alert: ToldAlert | null
}

/** In the order of the notice; at least one. */
export function messagesOf(notice: Notice): readonly Message[] {
  const about = toldIn(notice).map(alert => ({
    ...{ notice, alert, title: alert.finding.title },
    level: isOver(notice, alert) ? ('info' as const) : alert.finding.severity,
  }))
  const isWhole = notice.kind === 'findings' || notice.kind === 'resolved'
  const head = { notice, alert: null, title: subjectOf(notice), level: levelOf(notice) }
  const all = isWhole && about.length > 0 ? about : [head, ...about]
  return all.map((message, index) => ({ ...message, part: index + 1, parts: all.length }))
}

/** The findings that a notice tells, the worst first. */
const toldIn = (notice: Notice): readonly ToldAlert[] =>
  'findings' in notice ? notice.findings : []

const isOver = ({ kind }: Notice, { phase }: ToldAlert): boolean =>
  kind === 'resolved' || phase === 'close'
