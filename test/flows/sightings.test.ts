// What the monitor hands over of single packets: ARP, new sources of declared addresses, and each packet of
// connections between MeetingPlace servers.

import { expect, test } from 'vitest'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import type { ArpSighting, SourceSighting, WatchedPacket } from '../../src/model/sighting.ts'
import { sightingsOf } from '../support/sightings.ts'

const START = { start: '2026-03-02T10:00:00Z' }
const A = { ip: '10.10.20.11', mac: '02:00:00:00:00:11' }
const B = { ip: '10.10.20.12', mac: '02:00:00:00:00:12' }

const arpText = ({ operation, sender, target, vlan, packet }: ArpSighting) =>
  `${packet.frame} ${operation} ${sender.address.text} ${sender.mac} ${target.text} ${vlan}`
const sourceText = ({ address, mac, nextHopMac, ttl, vlan, packet }: SourceSighting) =>
  `${packet.frame} ${address.text} ${mac} to ${nextHopMac} ttl ${ttl} vlan ${vlan}`
const packetText = ({ transport, isFromHigh, payloadBytes, tcp, packet, ttl }: WatchedPacket) =>
  `${packet.frame} ${transport} ${isFromHigh ? 'high' : 'low'} ${payloadBytes} ttl ${ttl} flags ${tcp?.flags ?? '-'}`

test('ARP says who asks and who answers', async () => {
  const net = scenario(START)
  net.at(1).arp(net.host('app-a', { ...A, vlan: 20 }), net.host('app-b', { ...B, vlan: 20 }))
  const { arps } = await sightingsOf(net.pcap(), sighting => arpText(sighting))
  expect(arps).toEqual([
    '1 request 10.10.20.11 02:00:00:00:00:11 10.10.20.12 20',
    '2 reply 10.10.20.12 02:00:00:00:00:12 10.10.20.11 20',
  ])
})

test('a declared address that moves to another MAC address is told once each time', async () => {
  const net = scenario(START)
  const user = net.host('user', { ip: '10.20.0.5', mac: '02:00:00:00:00:05' })
  const hosts = [A.mac, B.mac, A.mac].map((mac, index) =>
    net.host(`vip ${index}`, { ip: '10.10.20.10', mac }),
  )
  for (const [index, vip] of hosts.entries())
    net.at(10 * index).udp(user, vip, 161, { request: 'x', response: 'y', count: 3, everyMs: 100 })
  const { sources } = await sightingsOf(net.pcap(), undefined, sourceText)
  expect(sources).toEqual([
    '2 10.10.20.10 02:00:00:00:00:11 to 02:00:00:00:00:05 ttl 64 vlan null',
    '8 10.10.20.10 02:00:00:00:00:12 to 02:00:00:00:00:05 ttl 64 vlan null',
    '14 10.10.20.10 02:00:00:00:00:11 to 02:00:00:00:00:05 ttl 64 vlan null',
  ])
})

test('each packet between Application Servers is seen from the one that answered on', async () => {
  const net = scenario(START)
  const [app, other] = [net.host('app-a', A), net.host('app-b', B)]
  net.tcp(other, app, 2008, { request: 'abc', response: 'defgh' })
  const { packets } = await sightingsOf(net.pcap(), undefined, undefined, packetText)
  expect(packets.slice(0, 4)).toEqual([
    '2 tcp low 0 ttl 64 flags 18',
    '3 tcp high 0 ttl 64 flags 16',
    '4 tcp high 3 ttl 64 flags 24',
    '5 tcp low 0 ttl 64 flags 16',
  ])
  expect(packets).toHaveLength(net.packets().length - 1)
})

test('between other MeetingPlace servers it is the answer, and all from the second second on', async () => {
  const net = scenario(START)
  const [app, web] = [net.host('app-a', A), net.host('web-1', { ip: '10.10.20.21' })]
  net.tcp(web, app, 61_004, { request: 'abc', response: 'defgh' })
  net.at(5).tcpLong(web, app, 5003, { exchanges: 6, everyMs: 500 })
  const frame = ({ packet }: WatchedPacket) => packet.frame
  const { packets } = await sightingsOf(net.pcap(), undefined, undefined, frame)
  const times = net.packets().map(({ timeNs }) => timeNs / 1e9)
  const [first, second, ...later] = packets.map(number => times[number - 1] ?? Number.NaN)
  expect(first).toBeLessThan(1)
  expect(second).toBeLessThan(5.1)
  // A tick that finds it a second old comes at seven at the latest.
  expect(later.length).toBeGreaterThan(2)
  expect(Math.min(...later)).toBeGreaterThanOrEqual(6)
})

test('what others say to MeetingPlace is not looked at packet by packet', async () => {
  const net = scenario(START)
  const [app, admin] = [net.host('app-a', A), net.host('admin', { ip: '10.10.50.9' })]
  net.tcp(admin, app, 443, { request: 'abc', response: 'def' })
  const { packets } = await sightingsOf(net.pcap())
  expect(packets).toEqual([])
})

test('an address behind two MAC addresses in turn is told of ten times a second at the most', async () => {
  const net = scenario(START)
  const user = net.host('user', { ip: '10.20.0.5' })
  const vips = [A.mac, B.mac].map((mac, index) =>
    net.host(`vip ${index}`, { ip: '10.10.20.10', mac }),
  )
  for (let packet = 0; packet < 400; packet++)
    net.at(packet / 200).udp(user, vips[packet % 2] ?? user, 161, { request: 'x', response: 'y' })
  const { sources } = await sightingsOf(net.pcap())
  expect(sources.length).toBeGreaterThan(15)
  expect(sources.length).toBeLessThanOrEqual(20)
})
