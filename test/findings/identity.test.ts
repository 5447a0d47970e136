// What is one finding and what are two, and what an id depends on.

import { expect, test } from 'vitest'
import { hitsOf } from '../../src/findings/hit.ts'
import { causeKey, findingId } from '../../src/findings/identity.ts'
import { type Circumstances, judged } from '../support/judged.ts'

const keysOf = (flow: string, verdict: string, circumstances: Circumstances = {}): string[] =>
  hitsOf(judged(flow, verdict, circumstances)).map(causeKey)

test('the key is verdict, reason, row and the two names', () => {
  expect(keysOf('external -> web-dmz-1 tcp/1433', 'escaped:over_exposed I-31')).toEqual([
    '["escaped","over_exposed","I-31","external@internet","web-dmz-1"]',
  ])
})

test('the id is f- and the first twelve digits of the hash', () => {
  expect(findingId('key', text => (text === 'key' ? '0123456789abcdef' : ''))).toBe(
    'f-0123456789ab',
  )
})

test('two undeclared hosts of one role and zone are one cause', () => {
  const verdict = 'escaped:over_exposed I-31'
  const one = keysOf('external -> web-dmz-1 tcp/1433', verdict, { from: '203.0.113.1' })
  const other = keysOf('external -> web-dmz-1 tcp/1433', verdict, { from: '198.51.100.2' })
  expect(one).toEqual(other)
})

test('two declared nodes of one role are two causes', () => {
  const verdict = 'escaped:wrong_direction S-10'
  const one = keysOf('app-a -> web-int-1 tcp/61004', verdict)
  const other = keysOf('app-b -> web-int-1 tcp/61004', verdict)
  expect(one).not.toEqual(other)
})

test('an unlisted flow is known by its port', () => {
  expect(keysOf('external -> app-a tcp/4444', 'escaped:unlisted unlisted')).toEqual([
    '["escaped","unlisted","unlisted","external@internet","app-a","tcp/4444"]',
  ])
})

test('an unlisted ping is known as echo, not by its code', () => {
  expect(keysOf('external -> app-a icmp/8', 'escaped:unlisted unlisted')).toEqual([
    '["escaped","unlisted","unlisted","external@internet","app-a","icmp/echo"]',
  ])
})

test('an unlisted tunnel is known by its protocol number', () => {
  expect(keysOf('external -> app-a gre/0', 'escaped:unlisted unlisted')).toEqual([
    '["escaped","unlisted","unlisted","external@internet","app-a","ip/47"]',
  ])
})

test('a listed row is one cause on all its ports', () => {
  const verdict = 'escaped:over_exposed I-02'
  const one = keysOf('enduser -> app-a tcp/80', verdict)
  expect(one).toEqual(keysOf('enduser -> app-a tcp/443', verdict))
})

test('a port scan that was stopped is one cause', () => {
  const blocked = { state: 'blocked' } as const
  const one = keysOf('external -> app-a tcp/22', 'rejected unlisted', blocked)
  expect(one).toEqual(keysOf('external -> app-a tcp/4444', 'rejected unlisted', blocked))
})

test('a flow has one hit for its verdict, its dead service and each remark', () => {
  const verdict = { serviceDown: true, advisories: ['not_filtered', 'unexpected_source'] } as const
  const keys = keysOf('enduser -> app-a tcp/22', 'rejected I-01', { verdict })
  expect(keys).toEqual([
    '["rejected",null,"I-01","enduser-int@user-net","app-a"]',
    '["degraded","service_down","I-01","enduser-int@user-net","app-a"]',
    '["advisory","not_filtered","I-01","enduser-int@user-net","app-a"]',
    '["advisory","unexpected_source","I-01","enduser-int@user-net","app-a"]',
  ])
})

for (const kind of ['permitted', 'permitted_unverified', 'undetermined', 'out_of_scope'])
  test(`${kind} alone is nothing to tell`, () => {
    expect(keysOf('admin -> app-a tcp/22', `${kind} I-01`)).toEqual([])
  })

test('an excepted flow names its exception and keeps the reason it excuses', () => {
  const excepted = { id: 'EX-7', kind: 'escaped', reason: 'unlisted' } as const
  const keys = keysOf('app-a -> external tcp/514', 'excepted unlisted', { verdict: { excepted } })
  expect(keys).toEqual([
    '["excepted","unlisted","unlisted","app-a","external@internet","tcp/514","EX-7"]',
  ])
})

test('an excepted flow without a reason keeps the verdict it replaced', () => {
  const excepted = { id: 'EX-8', kind: 'misdropped', reason: null } as const
  const keys = keysOf('admin -> app-a tcp/22', 'excepted I-01', { verdict: { excepted } })
  expect(keys).toEqual(['["excepted","misdropped","I-01","admin@admin-net","app-a","EX-8"]'])
})
