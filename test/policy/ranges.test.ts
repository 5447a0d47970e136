// The nine ranges of WebEx at their edges (requirements 1.2): an end user's connection to the first
// and the last address is WebEx's, one beside them is nobody's concern.

import { beforeAll, expect, test } from 'vitest'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { auditBytes, verdictText } from '../support/audit.ts'
import { PEOPLE, SITE } from './rows/site.ts'

const RANGES = [
  {
    id: 'W-08',
    before: '64.68.95.255',
    first: '64.68.96.0',
    last: '64.68.127.255',
    after: '64.68.128.0',
  },
  {
    id: 'W-09',
    before: '66.114.159.255',
    first: '66.114.160.0',
    last: '66.114.175.255',
    after: '66.114.176.0',
  },
  {
    id: 'W-10',
    before: '66.163.31.255',
    first: '66.163.32.0',
    last: '66.163.47.255',
    after: '66.163.48.0',
  },
  {
    id: 'W-11',
    before: '209.197.191.255',
    first: '209.197.192.0',
    last: '209.197.223.255',
    after: '209.197.224.0',
  },
  {
    id: 'W-12',
    before: '208.8.80.255',
    first: '208.8.81.0',
    last: '208.8.81.255',
    after: '208.8.82.0',
  },
  {
    id: 'W-13',
    before: '210.4.191.255',
    first: '210.4.192.0',
    last: '210.4.207.255',
    after: '210.4.208.0',
  },
  {
    id: 'W-14',
    before: '62.109.191.255',
    first: '62.109.192.0',
    last: '62.109.255.255',
    after: '62.110.0.0',
  },
  {
    id: 'W-15',
    before: '173.242.255.255',
    first: '173.243.0.0',
    last: '173.243.15.255',
    after: '173.243.16.0',
  },
  {
    id: 'W-16',
    before: '114.29.191.255',
    first: '114.29.192.0',
    last: '114.29.223.255',
    after: '114.29.224.0',
  },
] as const

let flows: readonly JudgedFlow[]

beforeAll(async () => {
  const net = scenario({ start: '2026-03-02T10:15:00Z' })
  const user = net.host('enduser', { ip: PEOPLE['enduser'] ?? '' })
  const app = net.host('app', { ip: PEOPLE['app'] ?? '' })
  for (const { before, first, last, after } of RANGES)
    for (const ip of [before, first, last, after]) {
      const there = net.host(ip, { ip })
      net.tcp(user, there, 443)
      net.tcp(app, there, 443)
      net.tcp(there, app, 61_004)
    }
  flows = (await auditBytes(net.pcap(), SITE)).flows
})

/** What became of the connections of `client` with the address. */
const told = (client: string, server: string) =>
  flows
    .filter(judged => judged.client.address.text === client)
    .filter(judged => judged.server.address.text === server)
    .map(judged => [
      verdictText(judged),
      ...judged.verdict.rows,
      judged.client.role,
      judged.server.role,
    ])

for (const { id, before, first, last, after } of RANGES) {
  for (const inside of [first, last]) {
    test(`${inside} is in ${id}`, () => {
      expect(told('10.20.3.4', inside)).toEqual([
        ['permitted_unverified W-01', 'W-01', id, 'enduser-int', 'webex'],
      ])
      expect(told('10.10.20.11', inside)).toEqual([
        ['permitted_unverified W-01', 'W-01', id, 'app', 'webex'],
      ])
      expect(told(inside, '10.10.20.11')).toEqual([
        ['escaped:over_exposed I-12', id, 'webex', 'app'],
      ])
    })
  }
  for (const outside of [before, after]) {
    test(`${outside}, beside ${id}, is the Internet`, () => {
      expect(told('10.20.3.4', outside)).toEqual([['out_of_scope', 'enduser-int', 'external']])
      expect(told('10.10.20.11', outside)).toEqual([
        ['escaped:unlisted unlisted', 'app', 'external'],
      ])
      expect(told(outside, '10.10.20.11')).toEqual([
        ['escaped:over_exposed I-12', 'external', 'app'],
      ])
    })
  }
}
