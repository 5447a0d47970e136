// I-28.2: port 80 of a Web Server may be closed where its 443 serves HTTPS, to those for whom it does.

import { describe, expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { tlsClientHello, tlsServerHello } from '../../fixtures/scenario/payloads-binary.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { verdictText } from '../support/audit.ts'
import { SITE } from '../watchers/site.ts'
import { type Cast, linesOf, story, told } from '../watchers/story.ts'

const HTTPS = `${SITE}
modes: {https: true}
`
const tls = { request: tlsClientHello(), response: tlsServerHello() }
const page = { request: httpRequest(), response: httpResponse() }

async function on80(tell: (net: Scenario, cast: Cast) => void, site = SITE) {
  const audit = await told(story(120, tell), site)
  const flows = audit.flows.filter(({ flow }) => flow.server.port === 80)
  return flows.map(judged => verdictText(judged))
}

describe('a closed port 80 is as it should be', () => {
  test.each(['filtered', 'refused', 'silent'] as const)('%s, after TLS on 443', async how => {
    const verdicts = await on80((net, { user, web, wall }) => {
      net.at(1).tcp(user, web, 443, tls)
      if (how === 'filtered') net.at(20).tcpFiltered(user, web, 80, { by: wall, how: 'icmp' })
      if (how === 'refused') net.at(20).tcpRefused(user, web, 80)
      if (how === 'silent') net.at(20).tcpSilent(user, web, 80)
    })
    expect(verdicts).toEqual(['rejected I-28.2'])
  })

  test('with a 443 that is still open, where the site declares HTTPS', async () => {
    const open = (net: Scenario, { user, web, wall }: Cast) => {
      net.at(1).tcpFiltered(user, web, 80, { by: wall, how: 'icmp' })
      net.at(2).tcpOpen(user, web, 443, tls)
    }
    expect(await on80(open, HTTPS)).toEqual(['rejected I-28.2'])
  })

  test('and the finding says so', async () => {
    const { findings } = await told(
      story(120, (net, { user, web, wall }) => {
        net.at(1).tcp(user, web, 443, tls)
        net.at(20).tcpFiltered(user, web, 80, { by: wall, how: 'icmp' })
      }),
    )
    expect(findings).toMatchObject([
      {
        ...{ verdict: 'rejected', reason: 'https_only', row: 'I-28.2', severity: 'info' },
        title: 'Port 80 on web-1 is closed to an end user, for HTTPS is open',
        expected: 'admin, enduser-int -> web tcp/443',
        fix: 'Nothing to do: port 80 may be closed while 443 serves HTTPS.',
      },
    ])
  })
})

describe('a closed port 80 is', () => {
  test('misdropped where 443 was never tried', async () => {
    const verdicts = await on80((net, { user, web, wall }) => {
      net.at(20).tcpFiltered(user, web, 80, { by: wall, how: 'icmp' })
    }, HTTPS)
    expect(verdicts).toEqual(['misdropped I-28'])
  })

  test('misdropped where 443 is blocked, too', async () => {
    const verdicts = await on80((net, { user, web, wall }) => {
      net.at(1).tcpFiltered(user, web, 443, { by: wall, how: 'icmp' })
      net.at(20).tcpFiltered(user, web, 80, { by: wall, how: 'icmp' })
    }, HTTPS)
    expect(verdicts).toEqual(['misdropped I-28'])
  })

  test('misdropped where 443 speaks no TLS', async () => {
    const verdicts = await on80((net, { user, web, wall }) => {
      net.at(1).tcp(user, web, 443, page)
      net.at(20).tcpFiltered(user, web, 80, { by: wall, how: 'icmp' })
    })
    expect(verdicts).toEqual(['misdropped I-28'])
  })

  test('misdropped for the Internet, where HTTPS is open to colleagues only', async () => {
    const verdicts = await on80((net, { user, customer, webDmz, wall }) => {
      net.at(1).tcp(user, webDmz, 443, tls)
      net.at(20).tcpFiltered(customer, webDmz, 80, { by: wall, how: 'icmp' })
    })
    expect(verdicts).toEqual(['misdropped I-28.1'])
  })

  test('a dead service where the host itself refuses both', async () => {
    const audit = await told(
      story(120, (net, { user, web }) => {
        net.at(1).tcpRefused(user, web, 443)
        net.at(20).tcpRefused(user, web, 80)
      }),
    )
    expect(linesOf(audit).toSorted()).toEqual([
      'degraded:service_down I-28 enduser-int@user-net -> web-1',
      'degraded:service_down I-29 enduser-int@user-net -> web-1',
    ])
  })
})

test('external users need one way in that completes', async () => {
  const audit = await told(
    story(120, (net, { customer, webDmz }) => {
      net.at(1).tcp(customer, webDmz, 80, page)
      net.at(2).tcp(customer, webDmz, 443, tls)
    }),
  )
  expect(audit.flows.map(verdictText)).toEqual(
    expect.arrayContaining(['permitted I-28.1', 'permitted I-29.1']),
  )
  expect(linesOf(audit)).toEqual([])
})
