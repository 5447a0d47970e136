// What was tried and stopped: ports exposed to nobody (T-04), and 61004 that goes one way only (S-10).

import { expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import { story, told, VENDOR } from './story.ts'

const page = { request: httpRequest(), response: httpResponse() }

test('a filter that keeps the Internet from a port exposed to nobody proves T-04', async () => {
  const audit = await told(
    story(60, (net, { customer, appA, wall }) => {
      net.at(1).tcpFiltered(customer, appA, 8080, { by: wall, how: 'icmp' })
    }),
  )
  expect(audit.note('T-04')).toMatchObject({ kept: 1 })
})

test.each(['the host’s own refusal', 'silence'])('%s proves nothing', async how => {
  const audit = await told(
    story(90, (net, { customer, appA }) => {
      if (how === 'silence') net.at(1).tcpSilent(customer, appA, 8080)
      else net.at(1).tcpRefused(customer, appA, 8080)
    }),
  )
  expect(audit.note('T-04')).toBeUndefined()
})

test('S-10 is kept by 61004 the right way', async () => {
  const audit = await told(
    story(60, (net, { web, appA }) => net.at(1).tcp(web, appA, 61_004, page)),
  )
  expect(audit.note('S-10')).toMatchObject({ kept: 1, blind: null })
})

test('S-10 is not kept when it goes the wrong way as well', async () => {
  const audit = await told(
    story(60, (net, { web, appA }) => {
      net.at(1).tcp(web, appA, 61_004, page)
      net.at(9).tcp(appA, web, 61_004, page)
    }),
  )
  expect(audit.note('S-10')).toBeUndefined()
  expect(audit.findings.some(({ row }) => row === 'S-10')).toBe(true)
})

test('S-10 cannot be told without any 61004', async () => {
  const audit = await told(
    story(60, (net, { web, appA }) => net.at(1).tcp(web, appA, 5003, VENDOR)),
  )
  expect(audit.note('S-10')).toMatchObject({ kept: 0, blind: expect.stringContaining('61004') })
})
