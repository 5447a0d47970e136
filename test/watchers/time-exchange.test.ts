// Time between Web Server and Application Server (S-11), or from elsewhere (S-12); the Application Server's
// own (O-06). Remarks at the most.

import { describe, expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import {
  ntpReply,
  ntpReplyAt,
  ntpRequest,
  ntpRequestAt,
} from '../../fixtures/scenario/payloads-binary.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { type Cast, linesOf, story, told, VENDOR } from './story.ts'

const HOURS = 3600
const page = { request: httpRequest(), response: httpResponse() }
const ntp = { request: ntpRequest, response: ntpReply }
/** All clocks are right. */
const rightAt = (unixSeconds: number) => ({
  request: ntpRequestAt(unixSeconds),
  response: ntpReplyAt(unixSeconds, unixSeconds),
})

/** A Web Server at work for two and a half hours, as seen from both ends. */
async function remarks(tell: (net: Scenario, cast: Cast) => void) {
  const audit = await told(
    story(2.5 * HOURS, (net, cast) => {
      const { web, appA } = cast
      net.at(1).tcpOpen(web, appA, 5003, VENDOR)
      for (let at = 5; at < 2.5 * HOURS; at += 600) net.at(at).tcp(web, appA, 61_004, page)
      tell(net, cast)
    }),
  )
  const lines = linesOf(audit).filter(line => line.startsWith('advisory'))
  return { ...audit, lines }
}

describe('no time between the two', () => {
  test('is remarked on after two hours', async () => {
    const { lines, findings } = await remarks(() => {})
    expect(lines).toEqual(['advisory:no_time_exchange S-11 web-1 -> app-a'])
    expect(findings.find(({ row }) => row === 'S-11')).toMatchObject({
      ...{ severity: 'low', service: 'udp/123', members: 1 },
      why: ['In 120 min, web-1 does not take part in any time exchange.'],
    })
  })

  test('is another remark where it is asked for in vain', async () => {
    const { lines, findings } = await remarks((net, { web, appA }) => {
      net.at(3000).udpOneWay(web, appA, 123, { request: ntpRequest, count: 2, everyMs: 64_000 })
    })
    expect(lines).toContain('advisory:one_way_time S-11 web-1 -> app-a')
    const remark = findings.find(({ reason }) => reason === 'one_way_time')
    expect(remark?.title).toBe('web-1 asks app-a for the time in vain')
  })

  test('is none where answers of whom it asks would not be seen', async () => {
    const { lines, note } = await remarks((net, { web, appB }) => {
      net.at(3000).udpOneWay(web, appB, 123, { request: ntpRequest, count: 2, everyMs: 64_000 })
    })
    expect(lines.filter(line => line.includes('S-11'))).toEqual([])
    expect(note('S-11')?.blind).toMatch(/seen both ways/)
  })

  test.each(['web-1', 'app-a'])('is all right while %s asks the other', async asking => {
    const { lines, note } = await remarks((net, { web, appA }) => {
      if (asking === 'web-1') net.at(3000).udp(web, appA, 123, ntp)
      else net.at(3000).udp(appA, web, 123, ntp)
    })
    expect(lines).toEqual([])
    expect(note('S-11')?.kept).toBeGreaterThan(0)
  })

  test('is all right while the Web Server asks a declared time server (S-12)', async () => {
    const { lines, note } = await remarks((net, { web, dns }) => {
      net.at(3000).udp(web, dns, 123, ntp)
    })
    expect(lines.filter(line => line.includes('S-11'))).toEqual([])
    expect(note('S-12')?.kept).toBeGreaterThan(0)
  })

  test('cannot be told from an hour', async () => {
    const audit = await told(
      story(HOURS, (net, { web, appA }) => {
        for (let at = 5; at < HOURS; at += 600) net.at(at).tcp(web, appA, 61_004, page)
      }),
    )
    expect(linesOf(audit).filter(line => line.includes('S-11'))).toEqual([])
    expect(audit.note('S-11')?.blind).toMatch(/no 120 min were seen/)
  })

  test('cannot be told where nothing shows both ways between the two', async () => {
    const audit = await told(
      story(2.5 * HOURS, (net, { web, user }) => {
        for (let at = 5; at < 2.5 * HOURS; at += 600) net.at(at).tcp(user, web, 80, page)
      }),
    )
    expect(linesOf(audit).filter(line => line.includes('S-11'))).toEqual([])
    expect(audit.note('S-11')?.blind).toMatch(/seen both ways/)
  })
})

describe('an Application Server that asks no time server', () => {
  test('is remarked on where that server answers others', async () => {
    const { lines } = await remarks((net, { web, dns }) => {
      net.at(3000).udp(web, dns, 123, ntp)
    })
    expect(lines).toEqual(['advisory:no_time_source O-06 app-a -> dns-1'])
  })

  test('is fine once it asks', async () => {
    const { lines } = await remarks((net, { web, appA, dns }) => {
      for (const [at, host] of [
        [3000, web],
        [3100, appA],
      ] as const)
        net.at(at).udp(host, dns, 123, rightAt(net.epochSeconds + at))
    })
    expect(lines).toEqual([])
  })

  test('cannot be told while nobody is answered', async () => {
    const { lines, note } = await remarks(() => {})
    expect(lines.filter(line => line.includes('O-06'))).toEqual([])
    expect(note('O-06')?.blind).toMatch(/No declared server was seen answering for the time/)
  })
})
