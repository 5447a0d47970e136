// A policy against its own tests: each sentence is acted out on the stage and judged.

import type { Reading } from '../../config/reading.ts'
import type { Policy, PolicyTest } from '../../model/policy.ts'
import type { Verdict } from '../../model/verdict.ts'
import { ask } from './ask.ts'
import type { Imagined } from './imagined.ts'
import { readSentence, type Sentence } from './sentence.ts'
import { hostOf, stageOf } from './stage.ts'

export interface FailedTest {
  readonly test: PolicyTest
  /** `escaped:unlisted unlisted`, or the sentence that says why the flow cannot be acted out. */
  readonly cameOut: string
  /** Whether there was a verdict at all. */
  readonly isJudged: boolean
}

/**
 * The tests that failed, in the order of the policy. The policy's exceptions do not count: its tests
 * are about its rows, and must not change on the day on which an exception ends.
 */
export function failedTests(policy: Policy): FailedTest[] {
  const lawOnly = { ...policy, exceptions: [] }
  return policy.tests.flatMap((test): FailedTest[] => {
    const outcome = actedOut(test, lawOnly)
    if ('wrong' in outcome) return [{ test, cameOut: outcome.wrong, isJudged: false }]
    return outcome.value === test.expect ? [] : [{ test, cameOut: outcome.value, isJudged: true }]
  })
}

/** `escaped:over_exposed I-01`, `rejected unlisted`: the verdict as tests write it down. */
export function verdictText({ kind, reason, row }: Verdict): string {
  const what = kind === 'escaped' && reason !== null ? `${kind}:${reason}` : kind
  return row === null ? what : `${what} ${row}`
}

function actedOut({ flow }: PolicyTest, policy: Policy): Reading<string> {
  const sentence = readSentence(flow)
  if ('wrong' in sentence) return sentence
  const site = stageOf(sentence.value.mode)
  const imagined = cast(sentence.value, site, policy)
  if ('wrong' in imagined) return imagined
  const court = { policy, site, sensor: null, epochSeconds: 0 }
  return { value: verdictText(ask(court, imagined.value).judged.verdict) }
}

/** Gives both parts of the sentence to hosts of the stage. */
function cast(
  { from, to, service, outcome }: Sentence,
  site: ReturnType<typeof stageOf>,
  { webex }: Policy,
): Reading<Imagined> {
  const client = hostOf(from, 1, site, webex.ranges)
  const server = hostOf(to, 2, site, webex.ranges)
  if ('wrong' in client) return client
  if ('wrong' in server) return server
  return { value: { client: client.value, server: server.value, service, outcome } }
}
