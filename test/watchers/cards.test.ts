// F-04 to F-06 by network cards: that of a node stays, the VLAN of the shared address spans both sites, and one
// server has the address. What confirms each, what breaks it, and where nobody can tell.

import { describe, expect, test } from 'vitest'
import { join, zeros } from '../../fixtures/scenario/bytes.ts'
import { arpMessage, ETHER, ethernetFrame } from '../../fixtures/scenario/packet.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import { EVERYBODY } from '../../fixtures/scenario/stage.ts'
import { addressOf } from '../policy/builders.ts'
import { mac, overhear, servers } from './overheard.ts'
import { CARD, type Cast, CORE, site, tell, VENDOR } from './segment-story.ts'

describe('the card of a node (F-04)', () => {
  test('stays', async () => {
    const { kept, said } = await tell(
      site(),
      (net, { a, router }) => void net.at(1).ping(a, router),
    )
    expect(said).toEqual([])
    expect(kept).toContain('F-04')
  })

  test('changes', async () => {
    const { findings, said } = await tell(site(), (net, { a, router }) => {
      const other = net.host('new a', { ip: '10.10.20.11', mac: '02:99:00:00:00:01', vlan: CORE })
      net.at(1).ping(a, router)
      net.at(50).arp(other, router)
    })
    expect(said).toEqual(['topology:node_mac_changed F-04 medium app-a -> app-a'])
    expect(findings[0]?.frames).toMatchObject([
      { says: `${CARD.a} sends from 10.10.20.11 with TTL 64`, packet: { frame: 1 } },
      { says: '02:99:00:00:00:01 asks by ARP as 10.10.20.11', packet: { frame: 3 } },
    ])
  })

  test('seems to change in a copy that a router sent on', async () => {
    const { said } = await tell(site(), (net, { a, router }) => {
      const routed = net.host('a again', { ip: '10.10.20.11', behind: router, ttl: 63 })
      net.at(1).ping(a, router)
      net.at(50).ping(routed, router)
    })
    expect(said).toEqual([])
  })

  test('is not the declared one', () => {
    const declared = servers({ 'app-a': { macs: [mac('A'), mac('C')] } })
    expect(overhear(declared, '1 A sends as app-a', '2 C asks as app-a').said()).toEqual([])
    expect(overhear(declared, '1 X asks as app-a').observations).toMatchObject([
      { reason: 'node_mac_changed', title: 'app-a is heard with a card that is not declared' },
    ])
  })

  test('of an address behind a translation is none of it', () => {
    const translated = servers({ 'app-a': { nat: [addressOf('198.51.100.11')], macs: [mac('A')] } })
    expect(overhear(translated, '1 X answers as 198.51.100.11').said()).toEqual([])
  })

  test('is told of for eight cards, however many claim the address', () => {
    const flood = Array.from({ length: 1000 }, (_, index) => {
      const [high, low] = [index >> 8, index & 0xff].map(byte => byte.toString(16).padStart(2, '0'))
      return `${2 + index} 02:66:00:00:${high}:${low} answers as app-a`
    })
    expect(overhear(servers(), '1 A sends as app-a', ...flood).observations).toHaveLength(7)
  })

  test('of the shared address may change', () => {
    expect(overhear(servers(), '1 A sends as vip', '90 B sends as vip').said()).toEqual([])
  })
})

describe('the VLAN of the shared address (F-05)', () => {
  const spread = servers({
    'app-a': { macs: [mac('A')] },
    'app-b': { macs: [mac('B')], site: 'north' },
  })
  const story = (vlan: number) => [`1 A sends as vip vlan 20`, `90 B sends as vip vlan ${vlan}`]

  test('is the same at both sites', () => {
    const { kept, said } = overhear(spread, ...story(20)).end(200)
    expect(said()).toEqual(['event:failover app-a -> app-b'])
    expect(kept).toContain('F-05')
  })

  test('is another one at the second site', () => {
    const { kept, observations } = overhear(spread, ...story(30)).end(200)
    expect(kept).not.toContain('F-05')
    expect(observations).toMatchObject([
      { reason: 'vlan_mismatch', row: 'F-05', title: 'vip is heard in VLAN 20 and in VLAN 30' },
      { reason: 'failover' },
    ])
  })

  test('is none of both where one site hears two of them', () => {
    const { kept, said } = overhear(spread, ...story(30), '91 B sends as vip vlan 20').end(92)
    expect(said()).toContain('topology:vlan_mismatch vip -> vip')
    expect(kept).not.toContain('F-05')
  })

  const untold: Readonly<Record<string, readonly [reason: string, ...story: string[]]>> = {
    'from one site': ['one site only', '1 A sends as vip vlan 20'],
    'without tags': ['without their VLAN tags', '1 A sends as vip', '90 B sends as vip'],
    'through a router': ['not on the servers', '1 R sends as vip ttl 63 vlan 30'],
  }
  for (const [name, [reason, ...sentences]] of Object.entries(untold))
    test(`cannot be told of ${name}`, () => {
      const { blind, kept } = overhear(spread, ...sentences).end(200)
      expect(kept).not.toContain('F-05')
      expect(blind.get('F-05')).toMatch(reason)
    })

  test('is no question where both stand at one site', () => {
    const { blind, said } = overhear(
      servers(),
      '1 A sends as vip vlan 20',
      '2 A sends as vip vlan 30',
    ).end(9)
    expect(said()).toEqual([])
    expect(blind.get('F-05')).toMatch('at one site')
  })
})

describe('the shared address in a capture (F-06)', () => {
  test('announced by one server while the other goes on sending is split brain', async () => {
    const { said } = await tell(site(), (net, { a, b, vip, vipAtB, router, media }) => {
      for (const host of [a, b]) net.at(1).ping(host, router)
      net.at(2).tcp(vip, media, 2010, VENDOR)
      net.at(10).arp(vipAtB, vipAtB, { answered: false })
      net.at(20).tcp(media, vip, 61_003, VENDOR)
    })
    expect(said).toEqual(['topology:split_brain F-06 critical app-vip -> app-vip'])
  })

  const withWeb = site({ nodes: ['{name: web-1, role: web, address: 10.60.0.21}'] })
  /** A Web Server beyond the router, and the shared address as it is seen there. */
  const beyond = (net: Scenario, { router }: Cast) => ({
    web: net.host('web-1', { ip: '10.60.0.21', behind: router, ttl: 127 }),
    routed: net.host('routed vip', { ip: '10.10.20.10', behind: router, ttl: 63 }),
  })

  test('announced, while its packets come from a router only, is contradicted by nobody', async () => {
    const { said } = await tell(withWeb, (net, all) => {
      const { a, b, vip, vipAtB, router } = all
      const { web, routed } = beyond(net, all)
      for (const host of [a, b, vip]) net.at(1).ping(host, router)
      net.at(9).ping(routed, web)
      net.at(10).arp(vipAtB, vipAtB, { answered: false })
      net.at(20).tcp(web, routed, 61_004, VENDOR)
    })
    expect(said).toEqual(['event:failover F-06 info app-a -> app-b'])
  })

  test('taken over, with packets of both sides of a router, is a failover', async () => {
    const { said } = await tell(withWeb, (net, all) => {
      const { a, b, vip, vipAtB, router } = all
      const { web, routed } = beyond(net, all)
      for (const host of [a, b]) net.at(1).ping(host, router)
      for (const after of [0, 0.02, 0.04, 0.2, 0.22, 0.24]) {
        net.at(2 + after).ping(vip, router)
        net.at(2.01 + after).ping(routed, router)
        net.at(30 + after).tcp(web, vipAtB, 61_004, VENDOR)
        net.at(30.01 + after).tcp(web, routed, 61_004, VENDOR)
      }
      net.at(100).ping(vipAtB, router)
    })
    expect(said).toEqual(['event:failover F-06 info app-a -> app-b'])
  })

  test('taken over after it was announced is a failover', async () => {
    const { said, findings, kept } = await tell(site(), (net, { a, b, vip, vipAtB, router }) => {
      for (const host of [a, b, vip]) net.at(1).ping(host, router)
      net.at(30).arp(vipAtB, vipAtB, { answered: false })
      net.at(31).ping(vipAtB, router)
      net.at(95).ping(vipAtB, router)
    })
    expect(said).toEqual(['event:failover F-06 info app-a -> app-b'])
    expect(findings[0]).toMatchObject({ confidence: 'confirmed', packets: 0 })
    expect(kept).toContain('F-06')
  })

  test('sent from by both in turn is split brain, with its packets', async () => {
    const { said, findings } = await tell(site(), (net, { a, b, vip, vipAtB, router }) => {
      for (const host of [a, b]) net.at(1).ping(host, router)
      for (const second of [10, 12, 14]) net.at(second).ping(vip, router)
      for (const second of [11, 13, 15]) net.at(second).ping(vipAtB, router)
    })
    expect(said).toEqual(['topology:split_brain F-06 critical app-vip -> app-vip'])
    expect(findings[0]?.title).toBe('app-vip is held by app-a and app-b at once')
    expect(findings[0]?.frames.map(({ packet }) => packet.frame)).toEqual([5, 7, 9])
  })

  test('claimed by malformed ARP is claimed by nobody', async () => {
    const { said } = await tell(site(), (net, { a, b, vip, vipAtB, router }) => {
      for (const host of [a, b, vip]) net.at(1).ping(host, router)
      const ends = { source: CARD.b, target: EVERYBODY, vlan: CORE }
      const good = arpMessage('reply', vipAtB, router)
      const bad = [
        ...[good.subarray(0, 20), patched(good, 0, 6), patched(good, 2, 0x86)],
        ...[patched(good, 4, 8), patched(good, 5, 16), patched(good, 7, 9)],
        ...[patched(good, 8, 0xff), join(good.subarray(0, 8), zeros(20))],
      ]
      for (const message of bad) {
        // Cut short, the frame must end with it: nothing may pad it.
        const frame = ethernetFrame(ends, ETHER.ARP, message)
        net.at(10).frame(frame.subarray(0, 18 + message.length))
      }
      net.at(20).ping(vip, router)
    })
    expect(said).toEqual([])
  })
})

const patched = (message: Uint8Array, at: number, value: number): Uint8Array =>
  message.with(at, value)
