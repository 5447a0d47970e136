// An earlier result beside a new one: what is new, gone, still there, or worse, and what the exit code
// makes of it.

import { describe, expect, test } from 'vitest'
import type { Finding, Severity } from '../../src/model/finding.ts'
import { besideEarlier, changesSince } from '../../src/report/baseline.ts'
import { conclude } from '../../src/report/conclusion.ts'
import { reportedFinding } from '../../src/report/reported.ts'
import type { StoredFinding, StoredResult } from '../../src/report/stored-result.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { EveWriter } from '../../src/sinks/eve.ts'
import { run, sampleFinding, sampleLedger, sampleResult } from '../support/samples.ts'
import { complaints } from '../support/schemas.ts'

const HASHES = { policy: `sha256:${'a'.repeat(64)}`, site: `sha256:${'b'.repeat(64)}` }
const SPAN = { first: '2026-03-01T10:15:00.000000000Z', last: '2026-03-01T10:25:00.000000000Z' }
const PROVENANCE = {
  policy: { id: 'p', hash: HASHES.policy, webex_ranges: '1' },
  site: { name: 's', hash: HASHES.site, sensor: null },
}
const id = (digit: string): string => `f-${digit.repeat(12)}`
const now = (digit: string, severity: Severity, members = 3): Finding =>
  sampleFinding({ id: id(digit), severity, members })

const was = (digit: string, severity: Severity, members = 3): StoredFinding => ({
  ...{ id: id(digit), severity, members, verdict: 'escaped', reason: null },
  ...{ title: `finding ${digit}`, row: 'I-31', examples: [], frames: [] },
})

const earlierOf = (findings: StoredFinding[]): StoredResult => ({
  provenance: {
    ...{ policy: { hash: HASHES.policy }, site: { hash: HASHES.site } },
    ...{ captures: [], from: null, to: null },
  },
  observed: SPAN,
  findings,
})

const EARLIER = earlierOf([was('1', 'high'), was('2', 'low', 1), was('3', 'low'), was('4', 'high')])
const MARKED = besideEarlier([now('1', 'high'), now('2', 'medium'), now('5', 'low')], EARLIER)
const changes = () => changesSince(EARLIER, MARKED, PROVENANCE)

test('a finding that the earlier result has not is new, one that it has is still there', () => {
  expect(changes()).toMatchObject({ new: [id('5')], still: 2 })
})

test('one that only the earlier result has is gone, the worst first', () => {
  expect(changes().gone).toEqual([
    { id: id('4'), title: 'finding 4', severity: 'high', row: 'I-31' },
    { id: id('3'), title: 'finding 3', severity: 'low', row: 'I-31' },
  ])
})

test('one that got worse is named, one that got better is not', () => {
  const better = besideEarlier([now('1', 'low')], EARLIER)
  expect(changes().raised).toEqual([id('2')])
  expect(changesSince(EARLIER, better, PROVENANCE).raised).toEqual([])
})

test('another policy and another site file are told apart', () => {
  const site = { ...PROVENANCE.site, hash: `sha256:${'c'.repeat(64)}` }
  expect(changes()).toMatchObject({ policy_same: true, site_same: true })
  expect(changesSince(EARLIER, MARKED, { ...PROVENANCE, site })).toMatchObject({
    policy_same: true,
    site_same: false,
  })
})

describe('the exit code', () => {
  const codeOf = (findings: readonly Finding[], failOn: Severity, failOnNew: boolean): number =>
    conclude({
      ...{ findings, failOn, failOnNew, notJudged: [], captures: [], ledger: sampleLedger() },
      malformedMax: 1,
    }).exit_code
  const beside = (...findings: readonly Finding[]) => besideEarlier(findings, EARLIER)

  test('counts what is still there, unless only news are to count', () => {
    expect(codeOf(beside(now('1', 'high')), 'low', false)).toBe(1)
    expect(codeOf(beside(now('1', 'high')), 'low', true)).toBe(0)
  })

  test('counts what is new', () => {
    expect(codeOf(beside(now('5', 'low')), 'low', true)).toBe(1)
    expect(codeOf(beside(now('5', 'low')), 'medium', true)).toBe(0)
  })

  test('counts what got worse, where it is now severe enough', () => {
    expect(codeOf(beside(now('2', 'medium')), 'medium', true)).toBe(1)
    expect(codeOf(beside(now('2', 'medium')), 'high', true)).toBe(0)
    expect(codeOf(beside(now('1', 'medium')), 'low', true)).toBe(0)
  })
})

describe('the reports', () => {
  const reported = MARKED.map(finding => reportedFinding(finding, run))
  const result = sampleResult({ findings: reported, baseline: changes() })

  test('say of each finding how it stands, as the schema has it', () => {
    expect(reported.map(({ baseline, before }) => [baseline, before])).toEqual([
      ['still_there', { members: 3, severity: 'high' }],
      ['still_there', { members: 1, severity: 'low' }],
      ['new', undefined],
    ])
    expect(complaints('result', result)).toEqual([])
  })

  test('say nothing of it where nothing is compared', () => {
    expect(Object.keys(reportedFinding(sampleFinding(), run))).not.toContain('baseline')
  })

  test('of events too', () => {
    const lines: string[] = []
    const writer = new EveWriter(text => lines.push(text), {
      ...run,
      ...{ sensor: null, hasSeveralSensors: false, policy: null },
    })
    for (const finding of MARKED) writer.finding(finding)
    const events = lines.map(line => JSON.parse(line))
    expect(events.flatMap(event => complaints('eve', event))).toEqual([])
    expect(events.map(({ mp }) => [mp.baseline, mp.before?.members])).toEqual([
      ['still_there', 3],
      ['still_there', 1],
      ['new', undefined],
    ])
  })

  test('on a terminal begin with the numbers', () => {
    const text = renderTerminal(result, { color: false, width: 100 })
    expect(text).toContain(`Compared with the earlier result
  1 new, 2 gone, 2 still there, 1 of them more severe, since 2026-03-01 10:25:00.000Z.
  gone  finding 4 (I-31, was high)
  gone  finding 3 (I-31, was low)
  Gone means not seen in these captures, which is no proof that it was put right.
`)
  })

  test('mark what is new, and say how the others have changed', () => {
    const text = renderTerminal(result, { color: false, width: 100 })
    expect(text.match(/answered the Internet \[new\]/g)).toHaveLength(1)
    expect(text.match(/ {2}Before {4}.*/g)).toEqual([
      '  Before    1 flow, low; now 3 flows, medium',
    ])
  })

  test('warn where another policy or site file judged', () => {
    const baseline = { ...changes(), policy_same: false, site_same: false }
    const text = renderTerminal({ ...result, baseline }, { color: false, width: 200 })
    expect(text).toContain(
      '  ! The earlier result was made with another policy and site file: what is new or gone may be so by judgement, not by traffic.\n',
    )
  })
})
