// M-01 to M-05, each with what confirms it, what breaks it, and where nobody can tell: stories as captures,
// through the whole audit.

import { describe, expect, test } from 'vitest'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'
import { type Cast, CORE, control, site, TWO_SITES, tell, VENDOR } from './segment-story.ts'

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

  test('are sent media that they do not take', async () => {
    const { said } = await tell(TWO_SITES, (net, all) => {
      active(net, 1, all.vip, all)
      net.at(5).rtp(all.phone, all.media2, { sourcePort: 24_580, port: 16_400 })
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
