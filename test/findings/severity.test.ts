// The severity table, case by case: the base of each verdict, and each adjustment alone.

import { describe, expect, test } from 'vitest'
import { hitsOf } from '../../src/findings/hit.ts'
import { severityScale } from '../../src/findings/severity.ts'
import type { Policy, Row } from '../../src/model/policy.ts'
import { type Circumstances, judged, policyOf, row } from '../support/judged.ts'

const inferred: Partial<Row> = {
  from: { selectors: [{ label: 'app', zone: null, text: 'app' }], basis: 'inferred' },
}
const ROWS: readonly Row[] = [
  row('I-01', 'admin -> app tcp/22'),
  row('I-05', 'app -> app tcp/2008', { sensitive: true, obligation: 'required' }),
  row('I-08', 'app -> app tcp/8080', inferred),
  row('I-11', 'app,media -> app tcp/61003', inferred),
  row('I-12', 'web -> app tcp/61004', { obligation: 'required', reversed: 'S-10' }),
  row('I-15', 'admin -> media tcp/23', { sensitive: true }),
  row('I-30', 'admin,enduser-int -> web tcp/1627', { obligation: 'optional' }),
  row('I-31', 'web -> web,sql tcp/1433', { sensitive: true, ...inferred }),
  row('O-03', 'app -> smtp tcp/25', { app: { expect: ['smtp'], not: [] } }),
]

type Case = Circumstances & { readonly lasting?: boolean; readonly policy?: Partial<Policy> }

function severitiesOf(flow: string, verdict: string, { lasting, policy, ...rest }: Case): string[] {
  const scale = severityScale(policyOf(ROWS, policy))
  return hitsOf(judged(flow, verdict, rest)).map(hit => {
    const { severity, severityIfLasting } = scale(hit)
    return lasting === true ? severityIfLasting : severity
  })
}

const unanswered: Case = { state: 'unanswered' }
const blocked: Case = { state: 'blocked' }
const possible: Case = { verdict: { confidence: 'possible' } }
const practice: Case = { verdict: { practice: 'P-01' } }
const lasting: Case = { lasting: true }
const strict: Case = { policy: { strictOutbound: true } }

type Line = readonly [flow: string, verdict: string, expected: string, circumstances?: Case]

const TABLE: Readonly<Record<string, readonly Line[]>> = {
  'over-exposed': [
    ['external -> app-a tcp/22', 'escaped:over_exposed I-01', 'critical'],
    ['external -> app-a tcp/22', 'escaped:over_exposed I-01', 'high', possible],
    ['external -> app-a tcp/22', 'escaped:over_exposed I-01', 'high', unanswered],
    [
      'external -> app-a tcp/22',
      'escaped:over_exposed I-01',
      'medium',
      { ...unanswered, ...possible },
    ],
    ['unknown@dmz -> app-a tcp/22', 'escaped:over_exposed I-01', 'high'],
    ['unknown@dmz -> app-a tcp/22', 'escaped:over_exposed I-01', 'medium', unanswered],
    ['unknown@dmz -> app-a tcp/22', 'escaped:over_exposed I-01', 'high', possible],
    ['unknown@dmz -> app-a tcp/8080', 'escaped:over_exposed I-08', 'high'],
    ['unknown@dmz -> app-a tcp/2008', 'escaped:over_exposed I-05', 'critical'],
    ['enduser -> app-a tcp/22', 'escaped:over_exposed I-01', 'medium'],
    ['enduser -> app-a tcp/22', 'escaped:over_exposed I-01', 'low', unanswered],
    ['enduser -> media-1 tcp/23', 'escaped:over_exposed I-15', 'high'],
  ],
  'against the rules of direction': [
    ['app-a -> web-dmz-1 tcp/61004', 'escaped:wrong_direction S-10', 'high'],
    ['app-a -> web-dmz-1 tcp/61004', 'escaped:wrong_direction S-10', 'high', { state: 'refused' }],
    ['app-a -> web-dmz-1 tcp/61004', 'escaped:wrong_direction S-10', 'medium', blocked],
    ['app-a -> web-dmz-1 tcp/61004', 'escaped:wrong_direction S-10', 'medium', unanswered],
    ['app-a -> media-1 tcp/61003', 'escaped:wrong_direction I-11', 'medium'],
    ['app-a -> media-1 tcp/61003', 'escaped:wrong_direction I-11', 'low', unanswered],
    ['app-a -> media-1 tcp/2008', 'escaped:wrong_direction I-05', 'critical'],
    ['web-dmz-1 -> app-a tcp/5003', 'escaped:forbidden_by_mode I-06.2', 'high'],
    ['web-dmz-1 -> app-a tcp/5003', 'escaped:forbidden_by_mode I-06.2', 'medium', unanswered],
  ],
  'unlisted inbound': [
    ['external -> app-a tcp/4444', 'escaped:unlisted unlisted', 'high'],
    ['external -> app-a tcp/4444', 'escaped:unlisted unlisted', 'medium', unanswered],
    ['external -> app-a tcp/4444', 'escaped:unlisted unlisted', 'medium', practice],
    ['external -> app-a tcp/4444', 'escaped:unlisted unlisted', 'high', lasting],
    ['external -> app-a tcp/23', 'escaped:unlisted unlisted', 'critical'],
    ['external -> app-a udp/23', 'escaped:unlisted unlisted', 'high'],
    ['external -> app-a icmp/8', 'escaped:unlisted unlisted', 'info'],
    ['external -> app-a icmp6/128', 'escaped:unlisted unlisted', 'info'],
    ['external -> app-a icmp/13', 'escaped:unlisted unlisted', 'high'],
  ],
  'unlisted outbound': [
    ['app-a -> external tcp/514', 'escaped:unlisted unlisted', 'medium'],
    ['app-a -> external tcp/514', 'escaped:unlisted unlisted', 'low', unanswered],
    ['app-a -> external tcp/514', 'escaped:unlisted unlisted', 'low', practice],
    ['app-a -> external tcp/514', 'escaped:unlisted unlisted', 'high', lasting],
    ['app-a -> external tcp/514', 'escaped:unlisted unlisted', 'high', strict],
    ['app-a -> external tcp/25', 'escaped:unlisted unlisted', 'high'],
    ['app-a -> external tcp/25', 'escaped:unlisted unlisted', 'high', { ...strict, ...lasting }],
    [
      'app-a -> external tcp/514',
      'escaped:unlisted unlisted',
      'medium',
      { ...lasting, ...practice },
    ],
  ],
  misdropped: [
    ['web-dmz-1 -> app-a tcp/61004', 'misdropped I-12', 'high', blocked],
    ['web-dmz-1 -> app-a tcp/61004', 'misdropped I-12', 'high', { ...blocked, ...lasting }],
    ['admin -> app-a tcp/22', 'misdropped I-01', 'medium', blocked],
    ['admin -> app-a tcp/22', 'misdropped I-01', 'high', { ...blocked, ...lasting }],
    ['app-a -> app-b tcp/8080', 'misdropped I-08', 'high', blocked],
    ['app-a -> app-b tcp/8080', 'misdropped I-08', 'high', { ...blocked, ...lasting }],
    ['enduser -> web-int-1 tcp/1627', 'misdropped I-30', 'low', blocked],
  ],
  'good news': [
    ['external -> app-a tcp/8080', 'rejected I-08', 'info', blocked],
    ['external -> media-1 tcp/23', 'rejected I-15', 'info', { ...blocked, ...lasting }],
    ['app-a -> external tcp/514', 'excepted unlisted', 'info'],
  ],
  'what protocols and ranges will show': [
    ['admin -> app-a tcp/22', 'escaped:wrong_protocol I-01', 'high'],
    ['app-a -> media-1 tcp/61003', 'escaped:wrong_protocol I-11', 'medium'],
    ['app-a -> external tcp/8080', 'escaped:unsupported_proxy T-10', 'medium'],
    ['app-a -> external tcp/443', 'escaped:off_range W-01', 'low'],
  ],
  'a reason the table does not name': [
    ['app-a -> external tcp/80', 'escaped:something_new I-01', 'medium'],
  ],
}

for (const [group, lines] of Object.entries(TABLE))
  describe(group, () => {
    for (const [flow, verdict, expected, circumstances = {}] of lines) {
      const told = JSON.stringify(circumstances)
      test(`${flow} ${verdict} ${told} is ${expected}`, () => {
        expect(severitiesOf(flow, verdict, circumstances)).toEqual([expected])
      })
    }
  })

test('a dead service on a required row is medium, elsewhere low', () => {
  const dead: Case = { state: 'refused', verdict: { serviceDown: true } }
  expect(severitiesOf('web-dmz-1 -> app-a tcp/61004', 'permitted I-12', dead)).toEqual(['medium'])
  expect(severitiesOf('admin -> app-a tcp/22', 'permitted I-01', dead)).toEqual(['low'])
})

test('a dead service on a required row that stays dead is high', () => {
  const dead: Case = { state: 'refused', verdict: { serviceDown: true }, lasting: true }
  expect(severitiesOf('web-dmz-1 -> app-a tcp/61004', 'permitted I-12', dead)).toEqual(['high'])
})

test('an advisory is low, whatever it is about', () => {
  const remark: Case = { verdict: { advisories: ['unexpected_source'] }, lasting: true }
  expect(severitiesOf('app-a -> media-1 tcp/23', 'permitted I-15', remark)).toEqual(['low'])
})

test('doubts never make a violation less than low', () => {
  const doubts: Case = { ...unanswered, verdict: { practice: 'P-01', confidence: 'possible' } }
  expect(severitiesOf('app-a -> external tcp/514', 'escaped:unlisted unlisted', doubts)).toEqual([
    'low',
  ])
})
