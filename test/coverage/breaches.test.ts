// Which statements a finding contradicts, by what it says.

import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/policy.ts'
import { rowsOf } from '../../src/coverage/booking.ts'
import { breachesOf } from '../../src/coverage/breaches.ts'
import type { Finding } from '../../src/model/finding.ts'
import { sampleFinding } from '../support/samples.ts'

const rows = rowsOf(loadPolicy('rules').policy)
const against = (changes: Partial<Finding>): readonly string[] =>
  breachesOf(sampleFinding({ examples: [], ...changes }), { rows, isControlled: () => false })

describe('by its own row', () => {
  for (const verdict of ['escaped', 'misdropped', 'missing', 'degraded', 'topology'] as const)
    test(`${verdict} contradicts`, () => {
      expect(against({ verdict, reason: 'anything', row: 'S-01' })).toEqual(['S-01'])
    })
  for (const verdict of ['rejected', 'excepted', 'permitted_unverified', 'event'] as const)
    test(`${verdict} does not`, () => {
      expect(against({ verdict, row: 'I-31' })).toEqual([])
    })
  test('nothing of severity info does', () => {
    expect(against({ verdict: 'escaped', severity: 'info', row: 'T-07' })).toEqual([])
  })
  test('and by the same row in the other table', () => {
    expect(against({ verdict: 'misdropped', row: 'I-12' })).toEqual(['I-12', 'O-10', 'S-09'])
    expect(against({ verdict: 'degraded', row: 'O-08' })).toEqual(['O-08', 'I-32'])
  })
})

describe('an advisory', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'cached W-06': ['W-06'],
    'stale_ip_path W-07': ['W-07'],
    'socks_port_drift T-09': ['T-09'],
    'ntp_one_way S-11': ['S-11'],
    'ntp_control S-11': [],
    'cleartext I-15': [],
    'unexpected_source I-25': [],
    'shared_address I-05': [],
    'mixed_transport O-02': [],
    'tunnelled I-30.1': [],
    'no_time_source O-06': [],
    'resync_not_seen F-15': ['F-15'],
  }
  for (const [words, expected] of Object.entries(cases))
    test(`${words} contradicts ${expected.join() || 'nothing'}`, () => {
      const [reason = '', row = ''] = words.split(' ')
      expect(against({ verdict: 'advisory', severity: 'low', reason, row })).toEqual(expected)
    })
})
