// W-03: the site's own name at WebEx, which everybody there needs.

import { describe, expect, test } from 'vitest'
import {
  dnsQuery,
  tlsClientHello,
  tlsServerHello,
} from '../../fixtures/scenario/payloads-binary.ts'
import { dnsReply } from '../../fixtures/scenario/payloads-webex.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { parseAddress } from '../../src/model/address.ts'
import { type Cast, linesOf, story, told } from './story.ts'

const WEBEX = parseAddress('64.68.96.10')

function asks(net: Scenario, { user, dns }: Cast, at: number, name: string, code = 0) {
  const addresses = code === 0 && WEBEX !== undefined ? [WEBEX] : []
  net
    .at(at)
    .udp(user, dns, 53, { request: dnsQuery(name), response: dnsReply(name, { code, addresses }) })
}

async function audited(seconds: number, tell: (net: Scenario, cast: Cast) => void) {
  const audit = await told(story(seconds, tell))
  return { ...audit, lines: linesOf(audit).filter(line => line.includes('W-03')) }
}

describe('the site’s name', () => {
  test('is missing where other names of WebEx are looked up for fifteen minutes', async () => {
    const { lines, findings } = await audited(1000, (net, cast) => {
      asks(net, cast, 10, 'www.webex.com')
    })
    expect(lines).toEqual(['missing:site_name_unused W-03 enduser-int@user-net -> dns-1'])
    expect(findings[0]).toMatchObject({
      ...{ severity: 'medium', confidence: 'possible' },
      title: 'Nobody looked up acme.webex.com, though other names of WebEx were looked up',
    })
  })

  test('is kept once somebody has looked it up', async () => {
    const { lines, note } = await audited(1000, (net, cast) => {
      asks(net, cast, 10, 'www.webex.com')
      asks(net, cast, 700, 'acme.webex.com')
    })
    expect(lines).toEqual([])
    expect(note('W-03')?.kept).toBe(1)
  })

  test('is not missing where it is denied, which is a finding of its own', async () => {
    const { lines } = await audited(1000, (net, cast) => {
      asks(net, cast, 10, 'www.webex.com')
      asks(net, cast, 700, 'acme.webex.com', 3)
    })
    expect(lines).toEqual(['misdropped:dns_blocked W-03 enduser-int@user-net -> dns-1'])
  })

  test('is not missing where it is said to WebEx itself', async () => {
    const { lines } = await audited(1000, (net, cast) => {
      const webex = net.host('webex', { ip: '64.68.96.10' })
      asks(net, cast, 10, 'www.webex.com')
      const request = tlsClientHello('acme.webex.com')
      net.at(700).tcp(cast.user, webex, 443, { request, response: tlsServerHello() })
    })
    expect(lines).toEqual([])
  })

  test('cannot be told from a few minutes', async () => {
    const { lines, note } = await audited(600, (net, cast) => asks(net, cast, 10, 'www.webex.com'))
    expect(lines).toEqual([])
    expect(note('W-03')?.blind).toBe('Less than 15 min were seen.')
  })

  test('cannot be told where nobody looks up anything of WebEx', async () => {
    const { lines, note } = await audited(1000, (net, cast) => asks(net, cast, 10, 'example.com'))
    expect(lines).toEqual([])
    expect(note('W-03')?.blind).toBe('Nobody was seen looking up any name of WebEx.')
  })
})
