// How bad a hit is: the severity table of the requirements as data, with each adjustment named. The
// first grade that fits gives the base. Reasons to raise count one step together, since the table says
// "by one if" any of them holds, and an optional path must not outrank a required one. Reasons to lower
// are independent doubts and count one step each, but no violation sinks below low.

import { SEVERITIES, type Severity, worse } from '../model/finding.ts'
import type { Policy, Row } from '../model/policy.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { type Hit, isEcho, isInbound, isMail, UNLISTED } from './hit.ts'
import { listsPort } from './ports.ts'

/** How bad a hit is by itself, and if its cause should turn out to go on for over 15 minutes. */
export interface Weight {
  readonly severity: Severity
  readonly severityIfLasting: Severity
}

/** What an adjustment may look at. */
interface Weighed {
  readonly judged: JudgedFlow
  /** Undefined for unlisted flows and for statements that are no row. */
  readonly rule: Row | undefined
  /** Telnet, SQL, replication. */
  readonly sensitiveRows: readonly Row[]
  readonly strictOutbound: boolean
}

type Condition = (weighed: Weighed) => boolean
type Fit = (hit: Hit, rule: Row | undefined) => boolean

interface Grade {
  readonly fits: Fit
  readonly base: Severity
  readonly raise: readonly Condition[]
  readonly raiseIfLasting: boolean
  readonly lower: readonly Condition[]
}

// Adjustments.
const isPossible: Condition = ({ judged }) => judged.verdict.confidence === 'possible'
const isUnanswered: Condition = ({ judged }) => judged.verdict.outcome.state === 'unanswered'
const isRetriedOnly: Condition = ({ judged }) => judged.verdict.outcome.signature === 'BS7'
const isBlocked: Condition = ({ judged }) => judged.verdict.outcome.state === 'blocked'
const isPractice: Condition = ({ judged }) => judged.verdict.practice !== null
const isMailToUndeclared: Condition = ({ judged }) => isMail(judged.flow)
const isStrict: Condition = ({ strictOutbound }) => strictOutbound
const isInferred: Condition = ({ rule }) => rule?.from.basis === 'inferred'
const isOptional: Condition = ({ rule }) => rule?.obligation === 'optional'
const isNotRequired: Condition = ({ rule }) => rule?.obligation !== 'required'
const isAmongMeetingPlace: Condition = ({ judged }) =>
  judged.client.isMeetingPlace && judged.server.isMeetingPlace
// Where another row knows the port as sensitive, the port is what counts.
const isSensitive: Condition = ({ rule, sensitiveRows, judged }) =>
  rule?.sensitive === true || listsPort(sensitiveRows, judged.flow)

// What a grade is for.
const ofVerdict =
  (...verdicts: readonly string[]): Fit =>
  ({ verdict }) =>
    verdicts.includes(verdict)
const escaped =
  (...reasons: readonly (string | null)[]): Fit =>
  ({ verdict, reason }) =>
    verdict === 'escaped' && reasons.includes(reason)
const overExposedFrom =
  (zone: string): Fit =>
  ({ verdict, reason, judged }) =>
    verdict === 'escaped' && reason === 'over_exposed' && judged.client.zone === zone
const unlistedEcho: Fit = ({ verdict, reason, judged }) =>
  verdict === 'escaped' && reason === UNLISTED && isEcho(judged.flow)
const unlistedInbound: Fit = ({ verdict, reason, judged }) =>
  verdict === 'escaped' && reason === UNLISTED && isInbound(judged)
const requiredDropped: Fit = ({ verdict }, rule) =>
  verdict === 'misdropped' && rule?.obligation === 'required'

const grade = (fits: Fit, base: Severity, steps: Partial<Grade> = {}): Grade => {
  return { fits, base, raise: [], raiseIfLasting: false, lower: [], ...steps }
}

const GRADES: readonly Grade[] = [
  grade(ofVerdict('rejected', 'excepted'), 'info'),
  grade(ofVerdict('advisory', 'permitted_unverified'), 'low'),
  grade(overExposedFrom('internet'), 'critical', { lower: [isPossible, isUnanswered] }),
  // Over-exposure rests on the document's exposure column, so inferred sources do not weaken it.
  grade(overExposedFrom('dmz'), 'high', { raise: [isSensitive], lower: [isUnanswered] }),
  grade(escaped('over_exposed', 'unsupported_proxy'), 'medium', {
    raise: [isSensitive],
    lower: [isUnanswered],
  }),
  // Of these, only a wrong direction stays escaped when a filter stopped it.
  grade(escaped('forbidden_by_mode', 'wrong_direction', 'wrong_protocol'), 'high', {
    raise: [isSensitive],
    lower: [isInferred, isUnanswered, isBlocked],
  }),
  // an echo request outside the rows deserves a line, not a failed audit.
  grade(unlistedEcho, 'info'),
  grade(unlistedInbound, 'high', { raise: [isSensitive], lower: [isUnanswered, isPractice] }),
  // T-07: the outgoing table is partial by its own words, so this is no proof of a breach.
  grade(escaped(UNLISTED), 'medium', {
    raise: [isMailToUndeclared, isStrict],
    raiseIfLasting: true,
    lower: [isUnanswered, isPractice],
  }),
  grade(escaped('off_range'), 'low'),
  // BS7 alone may be a server that is down.
  grade(requiredDropped, 'high', { lower: [isRetriedOnly] }),
  grade(ofVerdict('misdropped'), 'medium', {
    raise: [isAmongMeetingPlace],
    raiseIfLasting: true,
    lower: [isOptional, isRetriedOnly],
  }),
  grade(ofVerdict('degraded'), 'medium', { raiseIfLasting: true, lower: [isNotRequired] }),
]

// What the table does not name yet is neither hidden nor an alarm.
const OTHERWISE = grade(() => true, 'medium')

/** The scale of one policy: which rows are required, which ports are sensitive, how strict it is. */
export function severityScale(policy: Policy): (hit: Hit) => Weight {
  const rules = new Map(policy.rows.map(row => [row.id, row]))
  const sensitiveRows = policy.rows.filter(row => row.sensitive)
  const { strictOutbound } = policy
  return hit => {
    const rule = rules.get(hit.row)
    const grade = GRADES.find(({ fits }) => fits(hit, rule)) ?? OTHERWISE
    return weigh(grade, { judged: hit.judged, rule, sensitiveRows, strictOutbound })
  }
}

function weigh({ base, raise, raiseIfLasting, lower }: Grade, weighed: Weighed): Weight {
  const isRaised = raise.some(holds => holds(weighed))
  const down = lower.filter(holds => holds(weighed)).length
  return {
    severity: stepped(base, isRaised, down),
    severityIfLasting: stepped(base, isRaised || raiseIfLasting, down),
  }
}

function stepped(base: Severity, isRaised: boolean, down: number): Severity {
  const step = SEVERITIES.indexOf(base) - (isRaised ? 1 : 0) + down
  const least: Severity = base === 'info' ? 'info' : 'low'
  return worse(SEVERITIES[Math.max(0, step)] ?? least, least)
}
