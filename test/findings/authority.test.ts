// What a finding cites: its row, its statement, or the table in which no row was found.

import { expect, test } from 'vitest'
import { type Authority, authorityOf } from '../../src/findings/authority.ts'
import { hitsOf } from '../../src/findings/hit.ts'
import type { Statement } from '../../src/model/policy.ts'
import { judged, policyOf, row } from '../support/judged.ts'

const statement = (id: string): [string, Statement] => {
  const cite = { section: 'Some Section', table: null, server: null, row: null }
  return [id, { id, cite, says: `What ${id} demands.`, where: `rules/policy.yaml:${id}` }]
}
const cite = (server: string, label: string) => {
  return { section: 'TCP/UDP Ports', table: 'incoming' as const, server, row: label }
}
const POLICY = policyOf(
  [
    row('I-01', 'admin -> app tcp/22', { cite: cite('Application Server', 'SSH 22') }),
    row('I-14', 'admin -> media tcp/21', { cite: cite('Media Server', 'FTP 21') }),
    row('I-15', 'admin -> media tcp/23', { cite: cite('Media Server', 'Telnet 23') }),
  ],
  { statements: new Map([statement('S-10'), statement('T-07')]) },
)

function cited(flow: string, verdict: string, policy = POLICY): Authority | undefined {
  return hitsOf(judged(flow, verdict)).map(hit => authorityOf(policy, hit, null))[0]
}

test('a row is cited with its place, what it demands and where it stands in the rules', () => {
  expect(cited('external -> app-a tcp/22', 'escaped:over_exposed I-01')).toEqual({
    row: 'I-01',
    cite: cite('Application Server', 'SSH 22'),
    says: 'What I-01 demands.',
    where: 'rules/policy.yaml:I-01',
    expected: 'admin -> app tcp/22',
  })
})

test('a statement that is no row is cited just as well', () => {
  expect(cited('app-a -> web-int-1 tcp/61004', 'escaped:wrong_direction S-10')).toMatchObject({
    row: 'S-10',
    cite: { section: 'Some Section', table: null },
    says: 'What S-10 demands.',
    where: 'rules/policy.yaml:S-10',
  })
})

test('an unlisted flow to a server cites the incoming table of that server', () => {
  expect(cited('admin -> media-1 tcp/443', 'escaped:unlisted unlisted')).toMatchObject({
    row: 'unlisted',
    cite: { section: 'TCP/UDP Ports', table: 'incoming', server: 'Media Server', row: null },
    says: 'The table lists no such port for this server.',
    where: 'rules/policy.yaml:I-14',
  })
})

test('where the table has no row for the server, it is cited as a whole', () => {
  expect(cited('admin -> sametime-gw-1 tcp/443', 'escaped:unlisted unlisted')).toMatchObject({
    row: 'unlisted',
    cite: { section: 'TCP/UDP Ports', table: 'incoming', server: null, row: null },
    where: '',
  })
})

test('an unlisted flow from a server cites that the outgoing table is partial', () => {
  expect(cited('app-a -> external tcp/514', 'escaped:unlisted unlisted')).toMatchObject({
    row: 'T-07',
    says: 'What T-07 demands.',
    where: 'rules/policy.yaml:T-07',
  })
})

test('the partial table is explained even by a policy that does not state it', () => {
  const told = cited('app-a -> external tcp/514', 'escaped:unlisted unlisted', policyOf([]))
  expect(told).toMatchObject({
    row: 'T-07',
    cite: { section: 'TCP/UDP Ports', table: 'outgoing', server: null, row: null },
    says: 'The outgoing table is only partial, so a flow outside it needs a look and proves no breach.',
  })
})
