// Steps 7 and 8: rulings and outcomes, each with each. Not one of them goes without a verdict.

import { describe, expect, test } from 'vitest'
import type { FlowRecord } from '../../src/model/flow.ts'
import type { EscapedReason, Outcome } from '../../src/model/verdict.ts'
import { decide } from '../../src/policy/decision.ts'
import type { Ground, Oriented } from '../../src/policy/orientation.ts'
import type { Ruling } from '../../src/policy/ruling.ts'
import { row } from '../support/judged.ts'
import { flow, host, tcp } from './builders.ts'

const WITH_SIGNATURE = [row('I-01', 'admin -> app tcp/22', { app: { expect: ['ssh'], not: [] } })]
const OPAQUE = [row('I-05', 'app -> app tcp/2008', { app: { expect: ['opaque'], not: ['tls'] } })]

const RULINGS: Readonly<Record<string, Ruling>> = {
  allowed: { kind: 'allowed', reason: null, row: 'I-01', rows: WITH_SIGNATURE, bound: null },
  opaque: { kind: 'allowed', reason: null, row: 'I-05', rows: OPAQUE, bound: null },
  mixed: {
    kind: 'allowed',
    reason: null,
    row: 'I-05',
    rows: [...OPAQUE, ...WITH_SIGNATURE],
    bound: null,
  },
  unexpected: { kind: 'unexpected', reason: null, row: 'I-01', rows: WITH_SIGNATURE, bound: null },
}
const forbidden = (reason: EscapedReason): Ruling => {
  return { kind: 'not_allowed', reason, row: 'I-00', rows: [], bound: null }
}

/** `<state>` or a block signature's outcome, with a confidence where that is not the usual one. */
const OUTCOMES: Readonly<Record<string, Omit<Outcome, 'why'>>> = {
  answered: { state: 'answered', signature: null, confidence: 'confirmed' },
  one_way: { state: 'one_way', signature: null, confidence: 'confirmed' },
  pending: { state: 'pending', signature: null, confidence: 'possible' },
  unanswered: { state: 'unanswered', signature: null, confidence: 'possible' },
  BS1: { state: 'blocked', signature: 'BS1', confidence: 'confirmed' },
  BS2: { state: 'blocked', signature: 'BS2', confidence: 'probable' },
  BS3: { state: 'blocked', signature: 'BS3', confidence: 'probable' },
  BS4: { state: 'refused', signature: 'BS4', confidence: 'confirmed' },
}

interface Told {
  readonly ground?: Ground
  readonly record?: FlowRecord
}

/**
 * `permitted confirmed`, `escaped:unlisted probable`, `undetermined:pending possible`, remarks
 * after.
 */
function decided(
  ruling: Ruling | undefined,
  outcome: string,
  { ground = 'proven', record }: Told = {},
) {
  const told = OUTCOMES[outcome]
  if (ruling === undefined || told === undefined) throw new Error(`no "${outcome}"`)
  const oriented: Oriented = {
    flow: record ?? flow('10.2.0.9:50000 -> 10.1.0.9:22 tcp', { tcp: tcp() }),
    client: host('web@dmz', 'web'),
    server: host('app@core', 'app'),
    service: { transport: 'tcp', port: 22 },
    ...{ ruling, errand: null, ground },
  }
  const verdict = decide(oriented, { ...told, why: [] }, ['dmz'], () => false)
  const reason = verdict.reason === null ? '' : `:${verdict.reason}`
  const remarks = [...verdict.advisories, ...(verdict.serviceDown ? ['service_down'] : [])]
  return [`${verdict.kind}${reason} ${verdict.confidence}`, ...remarks].join(', ')
}

const udp = flow('10.2.0.9:50000 -> 10.1.0.9:161 udp')
const weak: FlowRecord = { ...udp, basis: 'first_packet' }

describe('what a row allows', () => {
  test.each([
    ['allowed', 'answered', 'permitted_unverified confirmed'],
    ['opaque', 'answered', 'permitted confirmed'],
    ['mixed', 'answered', 'permitted_unverified confirmed'],
    ['unexpected', 'answered', 'permitted_unverified confirmed, unexpected_source'],
    ['allowed', 'BS1', 'misdropped confirmed'],
    ['allowed', 'BS2', 'misdropped probable'],
    ['allowed', 'BS3', 'misdropped probable'],
    ['unexpected', 'BS1', 'misdropped probable'],
    ['allowed', 'BS4', 'permitted confirmed, service_down'],
    ['unexpected', 'BS4', 'permitted_unverified confirmed, unexpected_source, service_down'],
    ['allowed', 'unanswered', 'undetermined:unanswered possible'],
    ['allowed', 'pending', 'undetermined:pending possible'],
    // TCP one way belongs to no connection that was seen.
    ['allowed', 'one_way', 'undetermined:one_way possible'],
  ])('as %s, %s, is %s', (ruling, outcome, expected) => {
    expect(decided(RULINGS[ruling], outcome)).toBe(expected)
  })

  test('as a datagram one way is not verified, whatever it carries', () => {
    expect(decided(RULINGS['allowed'], 'one_way', { record: udp })).toBe(
      'permitted_unverified confirmed',
    )
    expect(decided(RULINGS['opaque'], 'one_way', { record: udp })).toBe(
      'permitted_unverified confirmed',
    )
  })
})

describe('what no row allows', () => {
  test.each([
    ['over_exposed', 'answered', 'escaped:over_exposed confirmed'],
    ['unlisted', 'BS1', 'rejected:unlisted confirmed'],
    ['unlisted', 'BS2', 'rejected:unlisted probable'],
    ['unlisted', 'BS3', 'rejected:unlisted probable'],
    ['unlisted', 'BS4', 'rejected:unlisted confirmed, not_filtered'],
    ['unlisted', 'unanswered', 'rejected:unlisted possible'],
    ['unlisted', 'pending', 'undetermined:pending possible'],
    ['unlisted', 'one_way', 'undetermined:one_way possible'],
    ['forbidden_by_mode', 'answered', 'escaped:forbidden_by_mode confirmed'],
    ['forbidden_by_mode', 'BS2', 'rejected:forbidden_by_mode probable'],
    ['forbidden_by_mode', 'BS4', 'rejected:forbidden_by_mode confirmed'],
    ['forbidden_by_mode', 'unanswered', 'rejected:forbidden_by_mode possible'],
    // The attempt itself is the violation, whatever came of it.
    ['wrong_direction', 'answered', 'escaped:wrong_direction confirmed'],
    ['wrong_direction', 'BS1', 'escaped:wrong_direction confirmed'],
    ['wrong_direction', 'BS4', 'escaped:wrong_direction confirmed'],
    ['wrong_direction', 'unanswered', 'escaped:wrong_direction confirmed'],
    ['wrong_direction', 'pending', 'escaped:wrong_direction confirmed'],
  ] as const)('%s, %s, is %s', (reason, outcome, expected) => {
    expect(decided(forbidden(reason), outcome)).toBe(expected)
  })

  test('as a datagram one way escaped, since nothing shows that it was stopped', () => {
    const told = { record: udp }
    expect(decided(forbidden('unlisted'), 'one_way', told)).toBe('escaped:unlisted confirmed')
  })
})

describe('a direction that is not proven', () => {
  test.each([
    ['allowed', 'either', 'answered', 'permitted_unverified probable'],
    ['opaque', 'either', 'answered', 'permitted probable'],
    ['allowed', 'either', 'BS1', 'misdropped probable'],
    ['opaque', 'one_row', 'answered', 'permitted_unverified possible'],
    ['opaque', 'one_row', 'one_way', 'permitted_unverified possible'],
    ['opaque', 'one_row', 'BS1', 'undetermined:blocked possible'],
    ['opaque', 'one_row', 'BS4', 'undetermined:refused possible'],
    ['opaque', 'unclear', 'answered', 'undetermined:weak_direction possible'],
  ] as const)('%s, %s, %s, is %s', (ruling, ground, outcome, expected) => {
    expect(decided(RULINGS[ruling], outcome, { ground, record: weak })).toBe(expected)
  })

  test.each([
    ['answered', 'escaped:over_exposed probable'],
    ['one_way', 'escaped:over_exposed probable'],
    ['BS1', 'rejected:over_exposed probable'],
    ['BS4', 'rejected:over_exposed probable, not_filtered'],
  ])('allowed neither way, %s, is %s', (outcome, expected) => {
    const told = { ground: 'neither', record: weak } as const
    expect(decided(forbidden('over_exposed'), outcome, told)).toBe(expected)
  })

  test('but rests on a reserved port is probable', () => {
    const record: FlowRecord = { ...udp, basis: 'reserved_port' }
    expect(decided(RULINGS['opaque'], 'answered', { record })).toBe('permitted probable')
  })
})

describe('a remark', () => {
  const advised = (advisory: string): Ruling => {
    const rows = [row('I-34', 'lcs -> app tcp/8083', { advisory })]
    return { kind: 'allowed', reason: null, row: 'I-34', rows, bound: null }
  }

  test('on a transport is made on that transport alone (A-22)', () => {
    const ruling = advised('udp:transport_unusual')
    expect(decided(ruling, 'answered', { record: udp })).toBe(
      'permitted confirmed, transport_unusual',
    )
    expect(decided(ruling, 'answered')).toBe('permitted confirmed')
  })

  test('on the shared address needs the shared address (A-46)', () => {
    expect(decided(advised('shared_address'), 'answered')).toBe('permitted confirmed')
  })

  test('on a source is not made of users at WebEx, where no port is limited (A-06)', () => {
    const rows = [row('W-01', 'admin -> webex tcp/443', { kind: 'webex' })]
    const ruling: Ruling = { kind: 'unexpected', reason: null, row: 'W-01', rows, bound: null }
    expect(decided(ruling, 'answered')).toBe('permitted_unverified confirmed')
  })
})
