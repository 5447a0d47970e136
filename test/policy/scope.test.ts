// Which flows are judged at all, and as what the others are counted.

import { describe, expect, test } from 'vitest'
import type { FlowRecord } from '../../src/model/flow.ts'
import { Inventory } from '../../src/policy/inventory.ts'
import { outOfScope } from '../../src/policy/scope.ts'
import { flow, network, node, site, webexRange } from './builders.ts'

const INVENTORY = new Inventory(
  site({
    networks: ['10.10.20.0/24 core', '10.20.0.0/16 user-net enduser-int', '2001:db8::/64 core'].map(
      network,
    ),
    nodes: [
      node('app app 10.10.20.11,2001:db8::11'),
      node('dns dns 10.10.20.53'),
      node('proxy http-proxy 10.10.20.81'),
      node('cucm cucm 10.10.20.50'),
    ],
  }),
  [webexRange('W-08', '64.68.96.0/19')],
)

const scopeOf = (text: string, more: Partial<FlowRecord> = {}) => {
  const record = flow(text, more)
  const [client, server] = [record.client, record.server].map(({ address }) =>
    INVENTORY.place(address),
  )
  if (client === undefined || server === undefined) throw new Error('two ends')
  return outOfScope(record, client, server, false)
}

describe('in scope is', () => {
  test.each([
    ['a flow to MeetingPlace', '203.0.113.9:50000 -> 10.10.20.11:22 tcp'],
    ['a flow from MeetingPlace', '10.10.20.11:50000 -> 203.0.113.9:22 tcp'],
    ['a user at WebEx', '10.20.3.4:50000 -> 64.68.96.1:443 tcp'],
    ['a proxy at WebEx', '10.10.20.81:50000 -> 64.68.96.1:443 tcp'],
    ['WebEx at a proxy', '64.68.96.1:50000 -> 10.10.20.81:443 tcp'],
    ['a group beyond the link', '10.10.20.11:5000 -> 239.1.2.3:5000 udp'],
    // From port 68 or 137 anybody could otherwise reach anything unseen.
    ['a renewed lease between two hosts', '10.10.20.11:68 -> 10.10.20.53:67 udp'],
    ['anything from a port of housekeeping', '203.0.113.9:68 -> 10.10.20.11:161 udp'],
    ['NetBIOS between two hosts', '10.20.3.4:137 -> 10.10.20.11:137 udp'],
    ['a ping by IPv6', '2001:db8::1:128 -> 2001:db8::11:129 icmp6'],
  ])('%s', (_, text) => expect(scopeOf(text)).toBeNull())
})

describe('out of scope is', () => {
  test.each([
    ['a user on the Internet', '10.20.3.4:50000 -> 203.0.113.9:443 tcp'],
    ['a user at the name service', '10.20.3.4:50000 -> 10.10.20.53:53 udp'],
    ['Communications Manager at WebEx', '10.10.20.50:50000 -> 64.68.96.1:443 tcp'],
    ['the Internet at WebEx', '203.0.113.9:50000 -> 64.68.96.1:443 tcp'],
    ['a broadcast of a stranger', '10.20.3.4:138 -> 10.20.255.255:138 udp'],
  ])('%s', (_, text) => expect(scopeOf(text)).toBe('other_traffic'))

  test.each([
    ['dhcp', '10.10.20.11:68 -> 255.255.255.255:67 udp'],
    ['dhcp', '10.10.20.11:67 -> 10.10.20.255:68 udp'],
    ['dhcp', '2001:db8::11:546 -> ff02::1:2:547 udp'],
    ['mdns', '10.10.20.11:5353 -> 224.0.0.251:5353 udp'],
    ['llmnr', '10.10.20.11:50000 -> 224.0.0.252:5355 udp'],
    ['netbios', '10.10.20.11:137 -> 10.10.20.255:137 udp'],
    ['ssdp', '10.10.20.11:50000 -> 239.255.255.250:1900 udp'],
    ['nd', '2001:db8::11:135 -> ff02::1:ff00:1:136 icmp6'],
    ['nd', '2001:db8::11:136 -> 2001:db8::1:135 icmp6'],
    ['mld', '2001:db8::11:143 -> ff02::16:0 icmp6'],
    ['other', '10.10.20.11:1985 -> 224.0.0.2:1985 udp'],
    ['other', '169.254.1.1:50000 -> 10.10.20.11:80 tcp'],
  ])('housekeeping of the link: %s, %s', (kind, text) => {
    expect(scopeOf(text)).toBe(`link_scope:${kind}`)
  })

  test('a report of group membership, which goes to the group itself (RFC 2236)', () => {
    const report = { transport: 'other', protocol: 2 } as const
    expect(scopeOf('10.10.20.11:0 -> 239.1.2.3:0 other', report)).toBe('link_scope:igmp')
  })
})
