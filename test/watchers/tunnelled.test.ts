// RTMP in HTTP right after 1627 failed: the meeting room by detour (I-30, I-30.1).

import { describe, expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { rtmpAnswer, rtmpHello } from '../../fixtures/scenario/payloads-binary.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { type Cast, linesOf, story, told } from './story.ts'

const tunnel = { request: httpRequest('/open/1', 'meet', 'POST'), response: httpResponse() }
const page = { request: httpRequest(), response: httpResponse() }

const remarks = async (tell: (net: Scenario, cast: Cast) => void) =>
  linesOf(await told(story(300, tell))).filter(line => line.startsWith('advisory:tunnelled'))

describe('a tunnel is remarked on', () => {
  test('after a blocked 1627, with both flows', async () => {
    const { findings } = await told(
      story(120, (net, { customer, webDmz, wall }) => {
        net.at(1).tcpFiltered(customer, webDmz, 1627, { by: wall, how: 'icmp' })
        net.at(8).tcp(customer, webDmz, 80, tunnel)
      }),
    )
    const remark = findings.find(({ reason }) => reason === 'tunnelled')
    expect(remark).toMatchObject({
      ...{ verdict: 'advisory', row: 'I-30.1', severity: 'low', members: 1 },
      ...{ source: 'external@internet', destination: 'web-dmz-1', service: 'tcp/1627' },
      title: 'The meeting room on web-dmz-1 is tunnelled through port 80, for 1627 is closed',
      why: [
        'A connection to port 1627 of web-dmz-1 failed (blocked).',
        'RTMP inside HTTP to port 80 began 7 s later, from the same client.',
      ],
    })
    expect(remark?.examples.map(({ flow }) => flow.server.port)).toEqual([1627, 80])
  })

  test('after a silent one, which ends later than the tunnel', async () => {
    const told = await remarks((net, { user, web }) => {
      net.at(1).tcp(user, web, 80, page)
      net.at(10).tcpSilent(user, web, 1627)
      net.at(20).tcp(user, web, 80, tunnel)
    })
    expect(told).toEqual(['advisory:tunnelled I-30 enduser-int@user-net -> web-1'])
  })
})

describe('nothing is remarked on', () => {
  test.each<[string, (net: Scenario, cast: Cast) => void]>([
    [
      'a page after a failed 1627',
      (net, { user, web }) => {
        net.at(1).tcpRefused(user, web, 1627)
        net.at(5).tcp(user, web, 80, page)
      },
    ],
    [
      'a tunnel after a 1627 that completes',
      (net, { user, web }) => {
        net.at(1).tcp(user, web, 1627, { request: rtmpHello(), response: rtmpAnswer() })
        net.at(5).tcp(user, web, 80, tunnel)
      },
    ],
    [
      'a tunnel more than a minute later',
      (net, { user, web }) => {
        net.at(1).tcpRefused(user, web, 1627)
        net.at(70).tcp(user, web, 80, tunnel)
      },
    ],
    [
      'a tunnel that came first',
      (net, { user, web }) => {
        net.at(1).tcp(user, web, 80, tunnel)
        net.at(5).tcpRefused(user, web, 1627)
      },
    ],
    [
      'a tunnel to another server',
      (net, { user, web, webDmz }) => {
        net.at(1).tcpRefused(user, web, 1627)
        net.at(5).tcp(user, webDmz, 80, tunnel)
      },
    ],
  ])('%s', async (_, tell) => {
    expect(await remarks(tell)).toEqual([])
  })
})
