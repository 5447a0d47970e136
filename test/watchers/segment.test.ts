// M-01 to M-05, F-04 and F-05, each with what confirms it, what breaks it, and where nobody can tell: stories
// as captures, through the whole audit.

import { describe, expect, test } from 'vitest'
import { join, zeros } from '../../fixtures/scenario/bytes.ts'
import { arpMessage, ETHER, ethernetFrame } from '../../fixtures/scenario/packet.ts'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import { EVERYBODY, type Host, type HostOptions } from '../../fixtures/scenario/stage.ts'
import type { Finding } from '../../src/model/finding.ts'
import { addressOf } from '../policy/builders.ts'
import { audited } from './audited.ts'
import { mac, overhear, servers } from './overheard.ts'

const CORE = 20
const VENDOR = { request: 'opaque question', response: 'opaque answer' }
const STATEMENTS = ['M-01', 'M-02', 'M-03', 'M-04', 'M-05', 'F-04', 'F-05', 'F-06']

/** Two sites, or one: who stands where, and with which cards. */
function site(
  more: {
    readonly first?: string
    readonly second?: string
    readonly nodes?: readonly string[]
  } = {},
): string {
  const { first = 'hq', second = 'hq', nodes = [] } = more
  return `
api_version: mpwatch/v1
site: {name: hq, external_users: false}
networks:
  - {prefix: 10.10.20.0/24, zone: core}
  - {prefix: 10.60.0.0/24, zone: core}
  - {prefix: 10.30.0.0/16, zone: user-net, role: phone}
nodes:
  - {name: app-a, role: app, address: 10.10.20.11, site: ${first}}
  - {name: app-b, role: app, address: 10.10.20.12, site: ${second}}
  - {name: app-vip, role: app-vip, address: 10.10.20.10}
  - {name: media-1, role: media-audio, address: 10.10.20.31}
  - {name: media-far, role: media-audio, address: 10.60.0.31}
  - {name: router-1, role: router, address: 10.10.20.1, mac: "02:00:5e:00:01:01"}
${nodes.map(node => `  - ${node}`).join('\n')}
sensors:
  - {name: core-span, sees: [core]}
`
}

const CARD = { a: '02:04:0a:0a:14:0b', b: '02:04:0a:0a:14:0c' } as const
const MEDIA_2 = '{name: media-2, role: media-audio, address: 10.10.20.41, site: north}'
const TWO_SITES = site({ second: 'north', nodes: [MEDIA_2] })

/** Everybody on stage; a story names whom it needs. */
function cast(net: Scenario, more: Readonly<Record<string, Partial<HostOptions>>> = {}) {
  const host = (name: string, ip: string, options: Partial<HostOptions> = {}) =>
    net.host(name, { ip, vlan: CORE, ...options, ...more[name] })
  const router = host('router-1', '10.10.20.1', { mac: '02:00:5e:00:01:01', ttl: 255 })
  return {
    router,
    a: host('app-a', '10.10.20.11'),
    b: host('app-b', '10.10.20.12'),
    vip: host('app-vip', '10.10.20.10', { mac: CARD.a }),
    vipAtB: host('app-vip at b', '10.10.20.10', { mac: CARD.b }),
    media: host('media-1', '10.10.20.31'),
    media2: host('media-2', '10.10.20.41'),
    far: host('media-far', '10.60.0.31', { behind: router, ttl: 63 }),
    phone: host('phone', '10.30.0.7', { behind: router, ttl: 63 }),
  }
}

type Cast = ReturnType<typeof cast>
type Story = (net: Scenario, cast: Cast) => void

async function tell(yaml: string, story: Story, more?: Parameters<typeof cast>[1]) {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  story(net, cast(net, more))
  const { findings, statements } = await audited(net.pcap(), yaml)
  const own = findings.filter(({ row }) => STATEMENTS.includes(row))
  return {
    findings: own,
    said: own.map(lineOf).toSorted(),
    kept: STATEMENTS.filter(id => (statements.of(id)?.keptNs ?? null) !== null),
    blind: (id: string) => statements.of(id)?.blind ?? null,
  }
}

const lineOf = ({ verdict, reason, row, severity, source, destination }: Finding): string =>
  `${verdict}:${reason} ${row} ${severity} ${source} -> ${destination}`

const control = (net: Scenario, at: number, app: Host, media: Host): void =>
  void net.at(at).tcp(app, media, 2010, VENDOR)

describe('a blade on the segment of the Application Server (M-01, M-02)', () => {
  test('is on it by TTL, VLAN and network', async () => {
    const { said, kept } = await tell(site(), (net, { a, media }) => control(net, 1, a, media))
    expect(said).toEqual([])
    expect(kept).toEqual(expect.arrayContaining(['M-01', 'M-02', 'F-04']))
  })

  test('is on it by ARP between the two, where no network is declared for both', async () => {
    const media = '{name: media-9, role: media-audio, address: 10.60.0.9}'
    const { said, kept } = await tell(site({ nodes: [media] }), (net, { a }) => {
      const blade = net.host('media-9', { ip: '10.60.0.9', vlan: CORE })
      net.at(0.5).arp(a, blade)
      control(net, 1, a, blade)
    })
    expect(said).toEqual([])
    expect(kept).toContain('M-01')
  })

  test('and is on it although the phones’ packets pass a router', async () => {
    const { said } = await tell(site(), (net, { a, media, phone }) => {
      net.at(0.1).rtp(phone, media, { sourcePort: 24_580, port: 16_400 })
      net.at(0.2).rtp(media, phone, { sourcePort: 16_400, port: 24_580 })
      control(net, 1, a, media)
    })
    expect(said).toEqual([])
  })

  test('and is on it although copies of its packets came from a router, or from inside it', async () => {
    const { said, kept } = await tell(site(), (net, { a, media, phone, router }) => {
      net.at(0.1).tcpMidstream(a, media, 2010, VENDOR)
      const within = net.host('within', { ip: '10.10.20.31', mac: media.mac, ttl: 63 })
      const routed = net.host('routed', { ip: '10.10.20.31', behind: router, ttl: 63 })
      net.at(5).ping(routed, phone)
      net.at(6).ping(within, phone)
    })
    expect(said).toEqual([])
    expect(kept).toContain('M-01')
  })

  test('behind a router is remote: TTL and the router’s card prove it', async () => {
    const { said, findings, kept } = await tell(site(), (net, { a, far }) =>
      control(net, 1, a, far),
    )
    expect(said).toEqual([
      'topology:not_same_segment M-01 medium app-a -> media-far',
      'topology:remote_blade M-02 high app-a -> media-far',
    ])
    expect(findings[0]).toMatchObject({
      title: 'app-a uses media-far through a router',
      why: [
        'media-far is heard with TTL 63: one router in between.',
        'The packets of media-far come from the card of a router, 02:00:5e:00:01:01.',
      ],
    })
    expect(kept).not.toContain('M-01')
  })

  test('with a lowered TTL alone is not on the segment, and not proven remote', async () => {
    const card = '02:77:00:00:00:01'
    const { said } = await tell(site(), (net, { a }) => {
      const far = net.host('far', { ip: '10.60.0.31', mac: card, ttl: 62, vlan: CORE })
      control(net, 1, a, far)
    })
    expect(said).toEqual(['topology:not_same_segment M-01 medium app-a -> media-far'])
  })

  test('behind a router that nobody declared, which carries another blade too', async () => {
    const nodes = ['{name: media-far-2, role: media-video, address: 10.60.0.32}']
    const hidden = { mac: '02:77:00:00:00:01', ttl: 63, vlan: CORE }
    const { said } = await tell(site({ nodes }), (net, { a }) => {
      control(net, 1, a, net.host('far', { ip: '10.60.0.31', ...hidden }))
      control(net, 2, a, net.host('far 2', { ip: '10.60.0.32', ...hidden }))
    })
    expect(said).toEqual([
      'topology:not_same_segment M-01 medium app-a -> media-far',
      'topology:not_same_segment M-01 medium app-a -> media-far-2',
      'topology:remote_blade M-02 high app-a -> media-far',
      'topology:remote_blade M-02 high app-a -> media-far-2',
    ])
  })

  test('in another VLAN is not on the segment', async () => {
    const { said } = await tell(site(), (net, { a, media }) => control(net, 1, a, media), {
      'media-1': { vlan: 30 },
    })
    expect(said).toEqual(['topology:not_same_segment M-01 medium app-a -> media-1'])
  })

  test('is on it although a switch tags its halves differently, since ARP passes', async () => {
    const { said, kept } = await tell(
      site(),
      (net, { a, media }) => {
        net.at(0.5).arp(a, media)
        control(net, 1, a, media)
      },
      { 'media-1': { vlan: 30 } },
    )
    expect(said).toEqual([])
    expect(kept).toContain('M-01')
  })

  test('cannot be told of where both are heard through a router', async () => {
    const { said, kept, blind } = await tell(site(), (net, { router, far }) => {
      const app = net.host('app', { ip: '10.10.20.11', behind: router, ttl: 63 })
      control(net, 1, app, far)
    })
    expect(said).toEqual([])
    expect(kept).toEqual([])
    for (const id of ['M-01', 'M-02', 'F-04', 'F-06'])
      expect(blind(id)).toMatch(/^No ARP of .+: this sensor is not on the servers' segment\.$/)
  })

  test('cannot be told of where the TTL of one tells nothing', async () => {
    const { kept, said } = await tell(site(), (net, { a, media }) => control(net, 1, a, media), {
      'media-1': { ttl: 200 },
    })
    expect(said).toEqual([])
    expect(kept).not.toContain('M-01')
  })

  test('cannot be told of where nothing shows that they are neighbours of each other', async () => {
    const media = '{name: media-9, role: media-audio, address: 10.60.0.9}'
    const { said, kept, blind } = await tell(site({ nodes: [media] }), (net, { a }) =>
      control(net, 1, a, net.host('media-9', { ip: '10.60.0.9', vlan: CORE })),
    )
    expect(said).toEqual([])
    expect(kept).not.toContain('M-01')
    expect(blind('M-01')).toMatch('neither ARP between them nor a declared network')
  })

  test('cannot be told of where they do not talk', async () => {
    const { blind } = await tell(site(), (net, { a, media }) => void net.at(1).arp(a, media))
    expect(blind('M-01')).toBe('No Application Server was seen talking with a Media Server.')
  })
})

describe('Media Servers in one datacenter (M-03)', () => {
  test('serve both Application Servers', async () => {
    const { kept, said } = await tell(site(), (net, { a, b, media }) => {
      control(net, 1, a, media)
      control(net, 2, b, media)
    })
    expect(said).toEqual([])
    expect(kept).toContain('M-03')
  })

  test('were seen serving one only: nobody can tell', async () => {
    const { kept, blind } = await tell(site(), (net, { a, media }) => control(net, 1, a, media))
    expect(kept).not.toContain('M-03')
    expect(blind('M-03')).toBe('No Media Server was seen in use by both Application Servers.')
  })
})

describe('Media Servers at two sites (M-04)', () => {
  test('are duplicated, and each Application Server uses its own', async () => {
    const { kept, said } = await tell(TWO_SITES, (net, { a, b, media, media2 }) => {
      control(net, 1, a, media)
      control(net, 2, b, media2)
    })
    expect(said).toEqual([])
    expect(kept).toContain('M-04')
  })

  test('are missing at the second one', async () => {
    const { findings, said } = await tell(site({ second: 'north' }), (net, { a, media }) => {
      for (const second of [1, 5, 9]) control(net, second, a, media)
    })
    expect(said).toEqual(['topology:media_not_duplicated M-04 medium app-b -> app-b'])
    expect(findings[0]).toMatchObject({
      ...{ title: 'north has an Application Server and no Media Server', members: 1 },
    })
  })

  test('are used across sites by the second Application Server', async () => {
    const { findings, said } = await tell(TWO_SITES, (net, { b, media }) =>
      control(net, 1, b, media),
    )
    expect(said).toEqual(['topology:media_not_duplicated M-04 medium app-b -> media-1'])
    expect(findings[0]).toMatchObject({
      title: 'app-b at north controls media-1 at hq',
      service: 'tcp/2010',
      examples: [{ client: { name: 'app-b' } }],
    })
  })

  test('the first one is where the site has its name from', async () => {
    const media = '{name: media-2, role: media-audio, address: 10.10.20.41, site: north}'
    const yaml = site({ first: 'north', nodes: [media] })
    const { said } = await tell(yaml, (net, { a, b, media, media2 }) => {
      control(net, 1, a, media)
      control(net, 2, b, media2)
    })
    expect(said).toEqual(['topology:media_not_duplicated M-04 medium app-a -> media-1'])
  })

  test('were not seen at work at the second one: nobody can tell', async () => {
    const { kept, blind, said } = await tell(TWO_SITES, (net, { a, media }) =>
      control(net, 1, a, media),
    )
    expect(said).toEqual([])
    expect(kept).not.toContain('M-04')
    expect(blind('M-04')).toMatch('was not seen controlling a Media Server')
  })

  test('are no question in one datacenter', async () => {
    const { blind } = await tell(site(), (net, { a, media }) => control(net, 1, a, media))
    expect(blind('M-04')).toMatch('at one site')
  })
})

describe('Media Servers of the second site (M-05)', () => {
  const speak = (net: Scenario, at: number, media: Host, phone: Host): void => {
    net.at(at).rtp(phone, media, { sourcePort: 24_580, port: 16_400 })
    net.at(at + 0.01).rtp(media, phone, { sourcePort: 16_400, port: 24_580 })
  }
  /** Each node shows its card, and one of them the shared address. */
  const active = (net: Scenario, at: number, vip: Host, { a, b, router }: Cast): void => {
    for (const host of [a, b, vip]) net.at(at).ping(host, router)
  }

  test('carry media while the Application Server there is active', async () => {
    const { said, kept } = await tell(TWO_SITES, (net, all) => {
      active(net, 1, all.vipAtB, all)
      speak(net, 5, all.media2, all.phone)
    })
    expect(said).toEqual([])
    expect(kept).toContain('M-05')
  })

  test('carry media while the first one is active', async () => {
    const { said, findings } = await tell(TWO_SITES, (net, all) => {
      active(net, 1, all.vip, all)
      speak(net, 5, all.media2, all.phone)
    })
    expect(said).toEqual(['topology:standby_media_in_use M-05 medium media-2 -> media-2'])
    expect(findings[0]).toMatchObject({
      title: 'media-2 at north carries media while app-a at hq is active',
    })
  })

  test('are controlled while the first one is active', async () => {
    const { said } = await tell(TWO_SITES, (net, all) => {
      active(net, 1, all.vip, all)
      control(net, 5, all.b, all.media2)
    })
    expect(said).toEqual(['topology:standby_media_in_use M-05 medium media-2 -> media-2'])
  })

  test('are asked for the time meanwhile, which is no use of them', async () => {
    const { said } = await tell(TWO_SITES, (net, all) => {
      active(net, 1, all.vip, all)
      net.at(5).ping(all.b, all.media2)
      net.at(6).tcp(all.b, all.media2, 2010, { talk: [{ client: 'hello' }] })
      net.at(7).tcp(all.b, all.media2, 2010, { talk: [{ server: 'hello' }] })
    })
    expect(said).toEqual([])
  })

  test('carry media while nobody knows who is active', async () => {
    const { said, kept, blind } = await tell(TWO_SITES, (net, { media2, phone }) =>
      speak(net, 5, media2, phone),
    )
    expect(said).toEqual([])
    expect(kept).not.toContain('M-05')
    expect(blind('M-05')).toMatch('while it was known which Application Server was active')
  })

  test('carry media over a change of who is active: nobody can tell of that stream', async () => {
    const { said } = await tell(TWO_SITES, (net, all) => {
      active(net, 1, all.vip, all)
      speak(net, 5, all.media2, all.phone)
      net.at(5.5).ping(all.vipAtB, all.router)
    })
    expect(said).toEqual(['event:failover F-06 info app-a -> app-b'])
  })
})

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
