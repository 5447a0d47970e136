// Findings of what watchers observe: which observations are one finding, whose words it has, and how bad it is.

import { describe, expect, test } from 'vitest'
import { Observed } from '../../src/findings/observed.ts'
import type { Observation } from '../../src/model/observation.ts'
import { judged, policyOf, sha256 } from '../support/judged.ts'

const { client: web, server: app } = judged('web-dmz-1 -> app-a tcp/61004', 'permitted I-12')
const MINUTE_NS = 60e9

/** A slow way from one minute to another. */
const slow = (from: number, to: number, more: Partial<Observation> = {}): Observation => ({
  ...{ verdict: 'degraded', reason: 'rtt', row: 'S-07', source: web, destination: app },
  ...{
    service: 'tcp/61004',
    confidence: 'confirmed',
    proofs: 1,
    title: 'It is slow',
    fix: 'Look.',
  },
  ...{ expected: '100 ms', why: [`Minutes ${from} to ${to}.`], flows: [], frames: [] },
  ...{ firstNs: from * MINUTE_NS, lastNs: to * MINUTE_NS },
  ...more,
})

function findingOf(...observations: readonly Observation[]) {
  const observed = new Observed(policyOf([]), sha256, () => {})
  for (const observation of observations) observed.add(observation, null)
  const findings = observed.findings()
  expect(findings).toHaveLength(1)
  return findings[0]
}

const goingOn = { goesOn: true, isRetold: true }

describe('words', () => {
  test('of the first stand for those that follow', () => {
    expect(findingOf(slow(0, 1), slow(30, 31))).toMatchObject({
      members: 2,
      why: ['Minutes 0 to 1.'],
    })
  })
  test('of what goes on stand, unless it is told anew', () => {
    const same = slow(0, 2, { goesOn: true })
    expect(findingOf(slow(0, 1), same)).toMatchObject({ members: 1, why: ['Minutes 0 to 1.'] })
    const anew = slow(0, 2, goingOn)
    expect(findingOf(slow(0, 1), anew)).toMatchObject({ members: 1, why: ['Minutes 0 to 2.'] })
  })
  test('of another case that is told anew do not replace those of the first', () => {
    const finding = findingOf(slow(0, 1), slow(30, 31), slow(30, 32, goingOn))
    expect(finding).toMatchObject({ members: 2, why: ['Minutes 0 to 1.'], lastNs: 32 * MINUTE_NS })
  })
})

describe('a slow way is', () => {
  const minutes = (count: number) =>
    Array.from({ length: count }, (_, index) => slow(0, index + 1, index === 0 ? {} : goingOn))
  test('medium', () => expect(findingOf(slow(0, 1))?.severity).toBe('medium'))
  test('medium after 15 minutes', () => expect(findingOf(...minutes(15))?.severity).toBe('medium'))
  test('high after 16', () => expect(findingOf(...minutes(16))?.severity).toBe('high'))
  test('medium however long, where it is only possible', () => {
    const possible = minutes(16).map(one => ({ ...one, confidence: 'possible' as const }))
    expect(findingOf(...possible)?.severity).toBe('medium')
  })
})
