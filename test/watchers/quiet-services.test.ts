// O-05: a server that works for a day and asks for no name.

import { expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { dnsAnswer, dnsQuery } from '../../fixtures/scenario/payloads-binary.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { type Cast, linesOf, story, told } from './story.ts'

const HOUR = 3600
const page = { request: httpRequest(), response: httpResponse() }

const lookUp = ({ dns }: Cast) => ({
  request: dnsQuery('cucm-1.example.com'),
  response: dnsAnswer('cucm-1.example.com', dns.address),
})

/** Two Web Servers at work for so many hours; one of them asks for names all the time. */
async function missing(hours: number, tell: (net: Scenario, cast: Cast) => void) {
  const audit = await told(
    story(hours * HOUR + 60, (net, cast) => {
      const { web, appA, user } = cast
      for (let hour = 0; hour < hours; hour += 0.5) {
        net.at(5 + hour * HOUR).tcp(user, web, 80, page)
        net.at(7 + hour * HOUR).udp(appA, cast.dns, 53, lookUp(cast))
      }
      tell(net, cast)
    }),
  )
  const lines = linesOf(audit).filter(line => line.includes('O-05'))
  return { ...audit, lines }
}

test('is missing them', async () => {
  const { lines, findings } = await missing(24, () => {})
  expect(lines).toEqual(['missing:no_dns O-05 web-1 -> dns-1'])
  expect(findings.find(({ row }) => row === 'O-05')).toMatchObject({
    ...{ severity: 'medium', confidence: 'possible' },
    title: 'web-1 has asked nobody for names in 24 h',
  })
})

test('is missing nothing with one question, be it in vain', async () => {
  const { lines } = await missing(24, (net, { web, dns }) => {
    net.at(4 * HOUR).udpOneWay(web, dns, 53, { request: dnsQuery('x.example.com'), count: 1 })
  })
  expect(lines).toEqual([])
})

test('cannot be told from half a day', async () => {
  const { lines, note } = await missing(12, () => {})
  expect(lines).toEqual([])
  expect(note('O-05')?.blind).toBe('Servers ask for names rarely: 24 h must be seen.')
})
