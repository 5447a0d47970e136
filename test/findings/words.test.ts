// The sentences of findings: for every verdict and reason what happened, who may, and what to do.

import { describe, expect, test } from 'vitest'
import { FindingCollector } from '../../src/findings/collect.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Row } from '../../src/model/policy.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { type Circumstances, exception, judged, policyOf, row, sha256 } from '../support/judged.ts'

const http = { expect: ['http'], not: [] }
const ROWS: readonly Row[] = [
  row('I-01', 'admin -> app tcp/22', { exposure: 'X1', app: { expect: ['ssh'], not: [] } }),
  row('I-02', 'admin -> app tcp/80,tcp/443', {
    exposure: 'X1',
    app: { expect: ['http', 'tls'], not: [] },
  }),
  row('I-06', 'web -> app tcp/5003', {
    obligation: 'required',
    mode: { machine: 'gwsim', opener: 'web' },
  }),
  row('I-08', 'app,media -> app tcp/8080', { exposure: 'X0', app: http }),
  row('I-12', 'web -> app tcp/61004', { obligation: 'required', reversed: 'S-10', app: http }),
  row('I-13', 'media -> app udp/16384-32767', { app: { expect: ['rtp', 'rtcp'], not: [] } }),
  row('I-31', 'web -> web,sql tcp/1433', { exposure: 'X0', app: { expect: ['tds'], not: [] } }),
  row('I-34', 'sametime -> sametime-gw tcp/8083,udp/8083'),
  row('O-05', 'meetingplace -> dns tcp/53,udp/53', { kind: 'outgoing' }),
  row('F-09', 'app -> app icmp/8', { kind: 'statement' }),
  row('O-15', 'media -> phone udp/any', { kind: 'outgoing' }),
]

const POLICY = policyOf(ROWS, { exceptions: [exception('EX-7')] })

function findingOf(...flows: readonly JudgedFlow[]): Finding | undefined {
  const collector = new FindingCollector(POLICY, sha256)
  for (const flow of flows) collector.add(flow, null)
  return collector.findings()[0]
}

interface Sentences {
  readonly title: string
  readonly expected: string
  readonly fix: string
}
type Line = readonly [flow: string, verdict: string, circumstances: Circumstances, told: Sentences]

const ACCEPT = 'add an exception on row unlisted with an owner and an end date'

const TABLE: Readonly<Record<string, readonly Line[]>> = {
  'over-exposed': [
    [
      'external -> web-dmz-1 tcp/1433',
      'escaped:over_exposed I-31',
      {},
      {
        title: 'SQL Server on web-dmz-1 answered the Internet',
        expected: 'web -> web, sql tcp/1433',
        fix: 'Close tcp/1433 towards 192.0.2.20 on the external firewall.',
      },
    ],
    [
      'web-dmz-1 -> app-a tcp/8080',
      'escaped:over_exposed I-08',
      {},
      {
        title: 'The HTTP service on app-a was reached from the DMZ',
        expected: 'app, media -> app tcp/8080',
        fix: 'Close tcp/8080 from 192.0.2.20 to 10.10.20.11 on the DMZ firewall.',
      },
    ],
    [
      'enduser -> app-a tcp/22',
      'escaped:over_exposed I-01',
      { state: 'unanswered' },
      {
        title: 'SSH on app-a was tried from the user network, past the firewall',
        expected: 'admin -> app tcp/22',
        fix:
          'Close tcp/22 from the user network to 10.10.20.11 on the firewall between ' +
          'the user network and the core network.',
      },
    ],
    [
      'unknown@core -> app-a udp/20000',
      'escaped:over_exposed I-13',
      { state: 'one_way' },
      {
        title:
          'The media service on app-a received traffic from an undeclared host in the core network',
        expected: 'media -> app udp/16384-32767',
        fix:
          'Close udp/20000 towards 10.10.20.11 on app-a itself, ' +
          'or declare 10.10.20.99 in the site file if it belongs there.',
      },
    ],
  ],
  'wrong direction': [
    [
      'app-b -> web-int-1 tcp/61004',
      'escaped:wrong_direction S-10',
      {},
      {
        title: 'app-b opened port 61004 towards web-int-1',
        expected: 'web -> app tcp/61004',
        fix: 'Find what on app-b opens port 61004; the document lets only the other side open it.',
      },
    ],
    [
      'app-b -> web-int-1 tcp/61004',
      'escaped:wrong_direction S-10',
      { state: 'blocked' },
      {
        title: 'app-b tried to open port 61004 towards web-int-1',
        expected: 'web -> app tcp/61004',
        fix: 'Find what on app-b opens port 61004; the document lets only the other side open it.',
      },
    ],
  ],
  'forbidden by mode': [
    [
      'web-dmz-1 -> app-a tcp/5003',
      'escaped:forbidden_by_mode I-06.2',
      {},
      {
        title: 'app-a accepted port 5003 from web-dmz-1 while the reverse connection is in use',
        expected: 'app -> web tcp/5003 only, in reverse mode',
        fix:
          'Block tcp/5003 from web-dmz-1 to app-a, ' +
          'or remove the reverse configuration of this unit.',
      },
    ],
    [
      'app-a -> web-dmz-1 tcp/5003',
      'escaped:forbidden_by_mode I-06.1',
      {},
      {
        title: 'web-dmz-1 accepted port 5003 from app-a while the normal connection is in use',
        expected: 'web -> app tcp/5003 only, in normal mode',
        fix: 'Block tcp/5003 from app-a to web-dmz-1, or declare this unit as reverse.',
      },
    ],
  ],
  unlisted: [
    [
      'external -> app-a tcp/4444',
      'escaped:unlisted unlisted',
      {},
      {
        title: 'app-a answered the Internet on port 4444, which no row lists',
        expected: 'nobody -> app tcp/4444',
        fix: `Close tcp/4444 towards 10.10.20.11 on the external firewall, or ${ACCEPT}.`,
      },
    ],
    [
      'external -> app-a udp/4444',
      'escaped:unlisted unlisted',
      { state: 'one_way' },
      {
        title: 'A host on the Internet sent to UDP port 4444 on app-a, which no row lists',
        expected: 'nobody -> app udp/4444',
        fix: `Close udp/4444 towards 10.10.20.11 on the external firewall, or ${ACCEPT}.`,
      },
    ],
    [
      'admin -> app-a icmp/8',
      'escaped:unlisted unlisted',
      {},
      {
        title: 'An administrator pinged app-a, which no row lists',
        expected: 'nobody -> app icmp/echo',
        fix:
          'Close icmp/echo towards 10.10.20.11 on the firewall between the administration ' +
          `network and the core network, or ${ACCEPT}.`,
      },
    ],
    [
      'app-a -> external tcp/514',
      'escaped:unlisted unlisted',
      {},
      {
        title: 'app-a opened port 514 towards the Internet, which no row lists',
        expected: 'no row for app -> external@internet tcp/514',
        fix: `If 203.0.113.77 is intended, declare it or ${ACCEPT}.`,
      },
    ],
    [
      'app-a -> external tcp/25',
      'escaped:unlisted unlisted',
      {},
      {
        title: 'app-a sends mail past the declared relay',
        expected: 'no row for app -> external@internet tcp/25',
        fix: `If this relay is intended, declare it or ${ACCEPT}.`,
      },
    ],
    [
      'app-a -> exchange-1 tcp/445',
      'escaped:unlisted unlisted',
      { verdict: { practice: 'P-07' } },
      {
        title: 'app-a opened port 445 towards exchange-1, which no row lists',
        expected: 'no row for app -> exchange-1 tcp/445',
        fix:
          'Turn on practice item P-07 if this traffic is wanted; ' +
          'else stop it on exchange-1 itself.',
      },
    ],
    [
      'sametime-1 -> sametime-gw-1 tcp/50001',
      'escaped:unlisted unlisted',
      {},
      {
        title: 'sametime-gw-1 answered sametime-1 on port 50001, which no row lists',
        expected: 'nobody -> sametime-gw tcp/50001',
        fix: `Find out whether Java RMI handed out this port for a callback; if so, ${ACCEPT}.`,
      },
    ],
  ],
  misdropped: [
    [
      'web-dmz-1 -> app-a tcp/61004',
      'misdropped I-12',
      { state: 'blocked', signature: 'BS2' },
      {
        title: 'Required port 61004 gets no answer from app-a',
        expected: 'web -> app tcp/61004',
        fix: 'Allow tcp/61004 from 192.0.2.20 to 10.10.20.11 on the DMZ firewall.',
      },
    ],
    [
      'web-dmz-1 -> app-a tcp/61004',
      'misdropped I-12',
      { state: 'blocked', signature: 'BS5' },
      {
        title: 'Required port 61004 on app-a is dropped on the way for web-dmz-1',
        expected: 'web -> app tcp/61004',
        fix:
          'Allow tcp/61004 from 192.0.2.20 to 10.10.20.11 on the DMZ firewall, ' +
          'which lies between the two sensors.',
      },
    ],
    [
      'admin -> app-a tcp/22',
      'misdropped I-01',
      { state: 'blocked', signature: 'BS1' },
      {
        title: 'Port 22 on app-a is blocked for an administrator',
        expected: 'admin -> app tcp/22',
        fix:
          'Allow tcp/22 from the administration network to 10.10.20.11 on the firewall between ' +
          'the administration network and the core network.',
      },
    ],
    [
      'app-a -> app-b icmp/8',
      'misdropped F-09',
      { state: 'blocked', signature: 'BS1' },
      {
        title: 'ICMP echo on app-b is blocked for app-a',
        expected: 'app -> app icmp/echo',
        fix: 'Allow icmp/echo from 10.10.20.11 to 10.10.20.12 on every filter between the two.',
      },
    ],
  ],
  rejected: [
    [
      'external -> app-a tcp/8080',
      'rejected I-08',
      { state: 'blocked', signature: 'BS1' },
      {
        title: 'The HTTP service on app-a is closed to the Internet, as it should be',
        expected: 'app, media -> app tcp/8080',
        fix: 'Nothing to do: this proves that the port is closed, as T-04 demands.',
      },
    ],
    [
      'enduser -> app-a tcp/22',
      'rejected I-01',
      { state: 'blocked', signature: 'BS1' },
      {
        title: 'SSH on app-a is closed to an end user, as it should be',
        expected: 'admin -> app tcp/22',
        fix: 'Nothing to do: this proves that row I-01 is open only to those it names.',
      },
    ],
    [
      'web-dmz-1 -> app-a tcp/5003',
      'rejected I-06.2',
      { state: 'refused', signature: 'BS4' },
      {
        title: 'Port 5003 on app-a is closed to web-dmz-1, as it should be',
        expected: 'app -> web tcp/5003 only, in reverse mode',
        fix: 'Nothing to do: the mode in use wants this port closed.',
      },
    ],
    [
      'external -> app-a tcp/8080',
      'rejected I-08',
      { state: 'refused', signature: 'BS4' },
      {
        title: 'app-a itself refused the Internet on port 8080',
        expected: 'app, media -> app tcp/8080',
        fix:
          'Close tcp/8080 towards 10.10.20.11 on the external firewall; ' +
          'the refusal does not prove a filter.',
      },
    ],
    [
      'external -> app-a tcp/8080',
      'rejected I-08',
      { state: 'blocked', signature: 'BS2', verdict: { confidence: 'possible' } },
      {
        title: 'The HTTP service on app-a gave the Internet no answer',
        expected: 'app, media -> app tcp/8080',
        fix: 'Nothing to do, but silence alone does not prove that a filter works.',
      },
    ],
    [
      'app-a -> external tcp/25',
      'rejected unlisted',
      { state: 'blocked', signature: 'BS1' },
      {
        title: 'app-a was stopped on its way to the Internet',
        expected: 'no row for app -> external@internet tcp/25',
        fix: 'Nothing to do: no row lists what was stopped.',
      },
    ],
  ],
  excepted: [
    [
      'app-a -> external tcp/514',
      'excepted unlisted',
      { verdict: { excepted: { id: 'EX-7', kind: 'escaped', reason: 'unlisted' } } },
      {
        title: 'Exception EX-7 accepts port 514 from app-a to the Internet',
        expected: 'no row for app -> external@internet tcp/514',
        fix: 'Nothing to do until 2027-01-31; noc answers for it.',
      },
    ],
  ],
  degraded: [
    [
      'web-dmz-1 -> app-a tcp/61004',
      'permitted I-12',
      { state: 'refused', signature: 'BS4', verdict: { serviceDown: true } },
      {
        title: 'Nothing serves port 61004 on app-a',
        expected: 'web -> app tcp/61004',
        fix: 'Start the service on tcp/61004 of app-a.',
      },
    ],
    [
      'web-dmz-1 -> app-a tcp/61004',
      'permitted I-12',
      { state: 'refused', signature: 'BS8', verdict: { serviceDown: true } },
      {
        title: 'app-a cannot be reached on port 61004',
        expected: 'web -> app tcp/61004',
        fix: 'Find out why 10.10.20.11 is down, or has no route.',
      },
    ],
  ],
  advisories: [
    [
      'app-b -> app-a tcp/22',
      'permitted I-01',
      { verdict: { advisories: ['unexpected_source'] } },
      {
        title: 'SSH on app-a was used by app-b, whom the row does not name',
        expected: 'admin -> app tcp/22',
        fix:
          'If this is wanted, add app to the sources of row I-01; ' +
          'the document does not name this role there.',
      },
    ],
    [
      'sametime-1 -> sametime-gw-1 udp/8083',
      'permitted I-34',
      { verdict: { advisories: ['transport_unusual'] } },
      {
        title:
          'sametime-1 used UDP port 8083 on sametime-gw-1, a transport unusual for this service',
        expected: 'sametime -> sametime-gw tcp/8083, udp/8083',
        fix: 'Find out what uses udp/8083 on sametime-gw-1.',
      },
    ],
    [
      'app-b -> app-vip tcp/2008',
      'permitted I-05',
      { verdict: { advisories: ['shared_address'] } },
      {
        title:
          'Replication between app-b and app-vip uses the shared address of the Application Servers',
        expected: 'nobody',
        fix: 'Let replication use the own addresses of the two nodes, not the shared one.',
      },
    ],
  ],
  'a reason without words of its own': [
    [
      'media-1 -> external udp/9',
      'escaped:unheard_of O-15',
      {},
      {
        title: 'UDP port 9 on the Internet needs a look: unheard_of',
        expected: 'media -> phone udp/any',
        fix: 'Compare udp/9 from 10.10.20.31 to 203.0.113.77 with row O-15.',
      },
    ],
  ],
}

for (const [group, lines] of Object.entries(TABLE))
  describe(group, () => {
    for (const [flow, verdict, circumstances, told] of lines)
      test(told.title, () => {
        expect(findingOf(judged(flow, verdict, circumstances))).toMatchObject(told)
      })
  })

test('a host that refuses is no proof of a firewall, and the advisory says so', () => {
  const advisories = ['not_filtered'] as const
  const flow = judged('external -> app-a tcp/8080', 'rejected I-08', {
    ...{ state: 'refused', signature: 'BS4' },
    verdict: { advisories },
  })
  expect(findingOf(flow)).toMatchObject({
    ...{ verdict: 'advisory', reason: 'not_filtered', severity: 'low' },
    title: 'app-a itself refused the Internet on port 8080; no firewall is proven',
  })
})

test('a router that knows no way to the host is not taken for the host', () => {
  const unreachable = { state: 'refused', signature: 'BS8' } as const
  expect(findingOf(judged('external -> app-a tcp/8080', 'rejected I-08', unreachable))?.title).toBe(
    'app-a could not be reached from the Internet on port 8080',
  )
})

describe('several members', () => {
  test('a cause on several ports names the row, not a port', () => {
    const verdict = 'escaped:over_exposed I-02'
    const finding = findingOf(
      judged('enduser -> app-a tcp/80', verdict),
      judged('enduser -> app-a tcp/443', verdict),
    )
    expect(finding).toMatchObject({
      service: null,
      title: 'A port of row I-02 on app-a was reached from the user network',
      fix:
        'Close tcp/80, tcp/443 from the user network to 10.10.20.11 on the firewall between ' +
        'the user network and the core network.',
    })
  })

  test('a stopped port scan is told without ports', () => {
    const blocked = { state: 'blocked', signature: 'BS1' } as const
    const finding = findingOf(
      judged('external -> app-a tcp/1', 'rejected unlisted', blocked),
      judged('external -> app-a tcp/2', 'rejected unlisted', blocked),
    )
    expect(finding).toMatchObject({
      ...{ service: null, members: 2 },
      title: 'More than one port on app-a is closed to the Internet, as it should be',
      expected: 'nobody -> app on ports outside the table',
    })
  })
})
