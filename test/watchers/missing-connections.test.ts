// A Web Server in use without 5003 (S-01), and one in the DMZ without 61004 (S-09).

import { describe, expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { type Cast, linesOf, story, told, VENDOR } from './story.ts'

const page = { request: httpRequest(), response: httpResponse() }

/** Somebody is on the pages of a server every five minutes, and on 61004 where told. */
const visits = (net: Scenario, { user, web }: Cast, untilSeconds: number) => {
  for (let at = 5; at < untilSeconds; at += 300) net.at(at).tcp(user, web, 80, page)
}
const fetches = (net: Scenario, { appA, web }: Cast, untilSeconds: number) => {
  for (let at = 7; at < untilSeconds; at += 300) net.at(at).tcp(web, appA, 61_004, page)
}

const missing = (audit: Awaited<ReturnType<typeof told>>) =>
  linesOf(audit).filter(line => line.startsWith('missing'))

describe('no 5003 for fifteen minutes', () => {
  test('is missing while 61004 is in use, once for each window', async () => {
    const audit = await told(
      story(2000, (net, cast) => {
        fetches(net, cast, 2000)
      }),
    )
    expect(missing(audit)).toEqual(['missing:no_control_connection S-01 web-1 -> app-a'])
    expect(audit.findings.find(({ row }) => row === 'S-01')).toMatchObject({
      ...{ severity: 'high', confidence: 'probable', service: 'tcp/5003', members: 2 },
      title: 'web-1 is in use, and nothing on port 5003 was seen with the Application Server',
    })
    expect(audit.note('S-01')?.blind ?? null).toBeNull()
  })

  test.each<[string, (net: Scenario, cast: Cast) => void]>([
    ['while it is tried', (net, { web, appA }) => net.at(500).tcpRefused(web, appA, 5003)],
    ['while it is there', (net, { web, appA }) => net.at(500).tcp(web, appA, 5003, VENDOR)],
    ['while it is open, and silent', (net, { web, appA }) => net.at(1).tcpOpen(appA, web, 5003)],
  ])('is not missing %s', async (_, tell) => {
    const audit = await told(
      story(1300, (net, cast) => {
        fetches(net, cast, 1300)
        tell(net, cast)
      }),
    )
    expect(missing(audit)).toEqual([])
  })

  test('is not missing while half of a connection that goes on is seen', async () => {
    const packets = story(2000, (net, cast) => {
      fetches(net, cast, 2000)
      const { clientPort } = net.at(500).tcpOpen(cast.web, cast.appB, 5003, VENDOR)
      const alive = { clientPort, exchanges: 14, everyMs: 100_000, ...VENDOR }
      net.at(600).tcpMidstream(cast.web, cast.appB, 5003, alive)
    })
    const audit = await told(packets.filter(({ from }) => from !== 'app-b'))
    expect(missing(audit)).toEqual([])
    expect(audit.note('S-01')?.kept ?? 0).toBe(0)
  })

  test('is missing no more once it is there, but for the time before', async () => {
    const audit = await told(
      story(3000, (net, cast) => {
        fetches(net, cast, 3000)
        net.at(1000).tcpOpen(cast.web, cast.appA, 5003, VENDOR)
      }),
    )
    const [finding] = audit.findings.filter(({ verdict }) => verdict === 'missing')
    expect(finding).toMatchObject({ members: 1, lastNs: 907e9 })
  })

  test('is no matter where nobody uses the server', async () => {
    const audit = await told(
      story(1300, (net, { web, appA }) => {
        net.at(1).tcp(web, appA, 8080, page)
      }),
    )
    expect(missing(audit)).toEqual([])
  })

  test('cannot be told where nothing shows both ways between the two', async () => {
    const audit = await told(story(1300, (net, cast) => visits(net, cast, 1300)))
    expect(missing(audit)).toEqual([])
    expect(audit.note('S-01')?.blind).toBe(
      'Nothing between web-1 and an Application Server was seen both ways, so absence says nothing.',
    )
  })

  test('cannot be told from fourteen minutes', async () => {
    const audit = await told(story(840, (net, cast) => fetches(net, cast, 840)))
    expect(missing(audit)).toEqual([])
    expect(audit.note('S-01')?.blind).toBe(
      'No 15 min in a row were seen, and less says nothing about what is missing.',
    )
  })

  test('cannot be told across a hole in the capture', async () => {
    const packets = story(1300, (net, cast) => fetches(net, cast, 1300))
    const isInHole = (timeNs: number) => timeNs > 450e9 && timeNs < 850e9
    const audit = await told(packets.filter(({ timeNs }) => !isInHole(timeNs)))
    expect(missing(audit)).toEqual([])
  })
})

describe('no 61004 for fifteen minutes', () => {
  const busy = (net: Scenario, { customer, webDmz, appA }: Cast) => {
    net.at(1).tcpOpen(appA, webDmz, 5003, VENDOR)
    for (let at = 5; at < 1300; at += 300) net.at(at).tcp(customer, webDmz, 80, page)
  }

  test('is missing where users are at a Web Server in the DMZ', async () => {
    const audit = await told(story(1300, busy))
    expect(missing(audit)).toEqual(['missing:no_data_connection S-09 web-dmz-1 -> app-a'])
  })

  test.each<[string, (net: Scenario, cast: Cast) => void]>([
    ['while it is there', (net, { webDmz, appA }) => net.at(400).tcp(webDmz, appA, 61_004, page)],
    ['while it is blocked', (net, { webDmz, appA }) => net.at(400).tcpSilent(webDmz, appA, 61_004)],
  ])('is not missing %s', async (_, tell) => {
    const audit = await told(
      story(1300, (net, cast) => {
        busy(net, cast)
        tell(net, cast)
      }),
    )
    expect(missing(audit)).toEqual([])
  })

  test('is not expected of a Web Server inside', async () => {
    const audit = await told(
      story(1300, (net, cast) => {
        net.at(1).tcpOpen(cast.web, cast.appA, 5003, VENDOR)
        visits(net, cast, 1300)
      }),
    )
    expect(missing(audit)).toEqual([])
  })
})
