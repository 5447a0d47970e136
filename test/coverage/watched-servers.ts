// The statements of which watchers of servers and of their segment tell, as statements.ts has those of which
// flows tell.

import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import type { Scenario } from '../../fixtures/scenario/scenario.ts'
import type { Host } from '../../fixtures/scenario/stage.ts'
import { Asker, even } from '../quality/clock-world.ts'
import { Line } from '../watchers/line.ts'
import { type Cast, CORE, control, TWO_SITES } from '../watchers/segment-story.ts'
import { VENDOR } from '../watchers/story.ts'
import { among, onSegment } from './scenes.ts'
import { type Cells, half, hidden, kept, row, violated } from './told.ts'

const NORMAL = 'web-normal -> app tcp/5003 opaque'
const REVERSE = 'app -> web-reverse tcp/5003 opaque'
const page = { request: httpRequest(), response: httpResponse() }
const MINUTE = 60

const allRouted = onSegment('both are heard through a router', (net, { router, far }) => {
  control(net, 1, net.host('app', { ip: '10.10.20.11', behind: router, ttl: 63 }), far)
})
const ofOneSite = onSegment('both stand at one site', (net, { a, media }) =>
  control(net, 1, a, media),
)

/** Each node shows its card, and one of them the shared address. */
const active = (net: Scenario, vip: Host, { a, b, router }: Cast): void => {
  for (const host of [a, b, vip]) net.at(1).ping(host, router)
}
const speak = (net: Scenario, media: Host, phone: Host): void => {
  net.at(5).rtp(phone, media, { sourcePort: 24_580, port: 16_400 })
  net.at(5.01).rtp(media, phone, { sourcePort: 16_400, port: 24_580 })
}

/** Web Server and Application Server exchange the time twice, their clocks so many milliseconds apart. */
const apart = (title: string, aheadMs: number) =>
  among(title, 90, (net, { web, appA }) => {
    const clocks = { clientClock: { aheadMs }, serverClock: { aheadMs: 0 } }
    const sensor = { sensorClock: { aheadMs: 0 }, ways: even(1) }
    const asker = new Asker({ net, client: web, server: appA, ...clocks, ...sensor })
    for (const at of [5, 69]) asker.ask({ at })
  })

/** What M-01 asks for softly, M-02 asks for again. */
const ON_SEGMENT: Cells = {
  confirms: kept(
    onSegment('a blade sends with its own card', (net, { a, media }) => control(net, 1, a, media)),
  ),
  violates: violated(
    onSegment('a blade is heard through a router', (net, { a, far }) => control(net, 1, a, far)),
  ),
  cannotTell: hidden(allRouted),
}

const MEDIA: Readonly<Record<string, Cells>> = {
  'M-01': ON_SEGMENT,
  'M-02': ON_SEGMENT,
  'M-03': {
    confirms: kept(
      onSegment('both nodes control a blade', (net, { a, b, media }) => {
        control(net, 1, a, media)
        control(net, 2, b, media)
      }),
    ),
    violates: { impossible: 'a permission: whoever shares nothing breaks nothing' },
    cannotTell: hidden(ofOneSite),
  },
  'M-04': {
    confirms: kept(
      onSegment(
        'each node controls a blade of its own site',
        (net, { a, b, media, media2 }) => {
          control(net, 1, a, media)
          control(net, 2, b, media2)
        },
        TWO_SITES,
      ),
    ),
    violates: violated(
      onSegment(
        'the second node controls a blade of the first site',
        (net, { b, media }) => control(net, 1, b, media),
        TWO_SITES,
      ),
    ),
    cannotTell: hidden(ofOneSite),
  },
  'M-05': {
    confirms: kept(
      onSegment(
        'a blade of the second site is at work while the node there is active',
        (net, all) => {
          active(net, all.vipAtB, all)
          speak(net, all.media2, all.phone)
        },
        TWO_SITES,
      ),
    ),
    violates: violated(
      onSegment(
        'a blade of the second site is at work while the first node is active',
        (net, all) => {
          active(net, all.vip, all)
          speak(net, all.media2, all.phone)
        },
        TWO_SITES,
      ),
    ),
    cannotTell: hidden(
      onSegment(
        'a blade of the second site is at work, and nobody knows who is active',
        (net, { media2, phone }) => speak(net, media2, phone),
        TWO_SITES,
      ),
    ),
  },
}

const WEB: Readonly<Record<string, Cells>> = {
  'S-01': {
    confirms: kept(
      among('5003 is open one way', 60, (net, { web, appA }) => {
        net.at(1).tcp(web, appA, 5003, VENDOR)
      }),
    ),
    violates: violated(
      among('5003 is stopped both ways', 120, (net, { webDmz, appA, wall }) => {
        net.at(1).tcpFiltered(appA, webDmz, 5003, { by: wall, how: 'icmp' })
        net.at(20).tcpFiltered(webDmz, appA, 5003, { by: wall, how: 'icmp' })
      }),
    ),
    cannotTell: half(NORMAL),
  },
  'S-02': row(NORMAL, 'web-normal -> app tcp/5003 filtered'),
  'S-03': row(REVERSE, 'app -> web-reverse tcp/5003 filtered'),
  'S-06': {
    confirms: kept(
      among('a session ends in peace', 60, (net, { web, appA }) => {
        net.at(1).tcp(web, appA, 61_004, page)
      }),
    ),
    violates: violated(
      among('a session is reset, and begun anew', 120, (net, { web, appA }) => {
        const first = new Line(net, [web, appA], 5003)
        first.open(5)
        first.exchange(10)
        first.reset(20, 'server')
        const second = new Line(net, [web, appA], 5003, { clientPort: 50_001 })
        second.open(50)
        second.exchange(51)
      }),
    ),
    cannotTell: hidden(
      among('nothing between the two is heard', 60, (net, { user, web }) => {
        net.at(1).tcp(user, web, 80, page)
      }),
    ),
  },
  'S-13': {
    confirms: kept(apart('both clocks are right', 0)),
    violates: violated(apart('one clock is two seconds ahead', 2000)),
    cannotTell: hidden(apart('one clock is ahead by exactly what is borne with', 1000)),
  },
  'S-09': row('web-dmz -> app tcp/61004 http', 'web-dmz -> app tcp/61004 filtered'),
  'S-11': {
    ...row('app -> web-dmz udp/123 ntp', ''),
    violates: violated(
      among('no time is exchanged for two hours', 150 * MINUTE, (net, { web, appA }) => {
        for (let at = 5; at < 150 * MINUTE; at += 10 * MINUTE)
          net.at(at).tcp(web, appA, 61_004, page)
      }),
    ),
  },
}

const CARDS: Readonly<Record<string, Cells>> = {
  'F-04': {
    confirms: kept(
      onSegment('a node keeps its card', (net, { a, router }) => void net.at(1).ping(a, router)),
    ),
    violates: violated(
      onSegment('a node has another card', (net, { a, router }) => {
        net.at(1).ping(a, router)
        const other = net.host('new a', {
          ip: a.address.text,
          mac: '02:99:00:00:00:01',
          vlan: CORE,
        })
        net.at(50).arp(other, router)
      }),
    ),
    cannotTell: hidden(allRouted),
  },
  'F-05': {
    confirms: kept(
      onSegment(
        'the shared address moves to the other site in its VLAN',
        (net, all) => {
          active(net, all.vip, all)
          net.at(90).ping(all.vipAtB, all.router)
        },
        TWO_SITES,
      ),
    ),
    violates: violated(
      onSegment(
        'the shared address moves to the other site in another VLAN',
        (net, all) => {
          active(net, all.vip, all)
          const { ip, mac } = { ip: all.vip.address.text, mac: all.vipAtB.mac }
          net.at(90).ping(net.host('vip in the north', { ip, mac, vlan: 30 }), all.router)
        },
        TWO_SITES,
      ),
    ),
    cannotTell: hidden(ofOneSite),
  },
  'F-06': {
    confirms: kept(
      onSegment('one node has the shared address', (net, all) => active(net, all.vip, all)),
    ),
    violates: violated(
      onSegment('both send from the shared address in turn', (net, all) => {
        active(net, all.vip, all)
        for (const second of [11, 13, 15]) net.at(second).ping(all.vipAtB, all.router)
        for (const second of [12, 14, 16]) net.at(second).ping(all.vip, all.router)
      }),
    ),
    cannotTell: hidden(allRouted),
  },
}

export const WATCHED = { ...MEDIA, ...WEB, ...CARDS }
