// The stage of a story: hosts, their cards and VLANs, and the order of things.

import { expect, test } from 'vitest'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { ipId, packetOf, START, stage } from './story.ts'

test('a host numbers its IP packets in order of time, whatever is told first', () => {
  const { net, web, app } = stage()
  net.at(2).ping(web, app, { answered: false })
  net.at(1).ping(web, app, { answered: false })
  expect(ipId(packetOf(net, 1)) - ipId(packetOf(net, 0))).toBe(1)
})

test('the same script and seed give the same bytes, another seed gives others', () => {
  const tell = (seed: number): string => {
    const { net, web, app } = stage(seed)
    net.tcp(web, app, 80, { request: 'x' })
    return Buffer.from(net.pcap()).toString('hex')
  }
  expect(tell(7)).toBe(tell(7))
  expect(tell(7)).not.toBe(tell(8))
})

test('a frame carries its sender’s VLAN and goes to the gateway where the target has another', () => {
  const net = scenario({ start: START })
  const web = net.host('web', { ip: '192.0.2.20', mac: '02:00:00:00:00:14', vlan: 120 })
  const app = net.host('app', { ip: '10.10.20.11', mac: '02:00:00:00:00:0b', vlan: 20 })
  net.ping(web, app)
  const heads = net.packets().map(({ bytes }) => Buffer.from(bytes.subarray(0, 16)).toString('hex'))
  expect(heads).toEqual([
    ['02005e000101', '020000000014', '81000078'].join(''),
    ['02005e000101', '02000000000b', '81000014'].join(''),
  ])
})

test('a host behind a firewall is seen with the firewall’s card', () => {
  const net = scenario({ start: START })
  const wall = net.host('wall', { ip: '192.0.2.1', mac: '02:00:00:00:00:01', vlan: 120 })
  const guest = net.host('guest', { ip: '198.51.100.66', behind: wall })
  expect(guest).toMatchObject({ mac: '02:00:00:00:00:01', vlan: 120 })
})

test.each([
  ['224.0.0.251', '01:00:5e:00:00:fb'],
  ['239.255.255.250', '01:00:5e:7f:ff:fa'],
  ['255.255.255.255', 'ff:ff:ff:ff:ff:ff'],
  ['ff02::1:2', '33:33:00:01:00:02'],
  ['10.1.2.3', '02:04:0a:01:02:03'],
])('the card of %s is %s', (ip, mac) => {
  expect(scenario({ start: START }).host('it', { ip }).mac).toBe(mac)
})

test('a host name is used once', () => {
  const { net } = stage()
  expect(() => net.host('web', { ip: '192.0.2.21' })).toThrow('only one host is called "web"')
})

test('a start that is no time is refused', () => {
  expect(() => scenario({ start: 'soon' })).toThrow('"soon" is a time in whole seconds')
})
