// Every verb, in both families, as an independent dissector sees it.

import { describe, expect, test } from 'vitest'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import { faulty, hasTshark, parsed, tshark } from './oracles.ts'

const FAMILIES = {
  4: { web: '192.0.2.20', app: '10.10.20.11', wall: '192.0.2.1' },
  6: { web: '2001:db8:d::20', app: '2001:db8:c::11', wall: '2001:db8:d::1' },
} as const

const COMPLETE = '31' // tshark's sum for SYN, SYN-ACK, ACK, data and FIN

/** One episode of each verb, a minute apart, so that each has its time. */
function everyVerb(family: 4 | 6): Scenario {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 7 })
  const ips = FAMILIES[family]
  const wall = net.host('wall', { ip: ips.wall, vlan: 120, ttl: 255 })
  const web = net.host('web', { ip: ips.web, vlan: 120, ttl: 128 })
  const app = net.host('app', { ip: ips.app, behind: wall, ttl: 63 })
  net.at(0).arp(web, wall)
  net.at(60).tcp(web, app, 61_004, { request: 'x'.repeat(4000), response: 'y'.repeat(2000) })
  net.at(120).tcpRefused(web, app, 61_005, { tries: 3 })
  net.at(180).tcpFiltered(web, app, 61_006, { by: wall, how: 'rst' })
  net.at(240).tcpFiltered(web, app, 61_007, { by: wall, how: 'icmp' })
  net.at(300).tcpSilent(web, app, 61_008)
  net.at(360).tcpUnreachable(web, app, 61_009, { by: wall })
  net.at(420).tcpMidstream(web, app, 61_010, { keepAlives: 1 })
  net.at(480).udp(web, app, 7000)
  net.at(540).udpRefused(web, app, 7001)
  net.at(600).udpFiltered(web, app, 7002, { by: wall })
  net.at(660).rtp(web, app, { sourcePort: 20_000, port: 16_384 })
  net.at(720).ping(web, app, { count: 2 })
  return net
}

describe.runIf(hasTshark).each([4, 6] as const)('IPv%s', family => {
  const file = everyVerb(family).pcap({ precision: 'nano' })

  test('no frame is malformed or has a wrong checksum', () => {
    expect(faulty(file)).toEqual([])
  })

  test('the checksums were verified, not skipped', () => {
    const filter = '(tcp.checksum.status == 1 || udp.checksum.status == 1) && !icmp && !icmpv6'
    const verified = tshark(file, { filter, fields: ['ip.proto', 'ipv6.nxt'] })
    expect(new Set(verified.map(line => line.trim()))).toEqual(new Set(['6', '17']))
  })

  test('the conversation is complete: handshake, data, both FINs', () => {
    const seen = tshark(file, { filter: 'tcp.port == 61004', fields: ['tcp.completeness'] })
    expect(seen.at(-1)).toBe(COMPLETE)
  })

  test('nothing but the repeated SYNs and the keep-alive looks lost or repeated', () => {
    const fields = ['tcp.dstport', 'tcp.flags.syn']
    const seen = tshark(file, { filter: 'tcp.analysis.flags && tcp.dstport > 61000', fields })
    expect([...new Set(seen)].toSorted()).toEqual(['61005 1', '61008 1', '61010 0'])
  })

  test('every ICMP error quotes the packet that it is about', () => {
    const { type, codes } = family === 4 ? ERRORS_4 : ERRORS_6
    const icmp = family === 4 ? 'icmp' : 'icmpv6'
    const fields = [`${icmp}.code`, 'tcp.dstport', 'udp.dstport']
    const seen = tshark(file, { filter: `${icmp}.type == ${type}`, fields })
    expect(seen.map(line => line.replaceAll(/ +/g, ' ').trim())).toEqual(codes)
  })

  test('echoes are paired', () => {
    const icmp = family === 4 ? 'icmp' : 'icmpv6'
    const replies = tshark(file, { filter: `${icmp}.resp_to`, fields: [`${icmp}.type`] })
    expect(replies).toEqual(family === 4 ? ['0', '0'] : ['129', '129'])
  })
})

const ERRORS_4 = { type: 3, codes: ['13 61007', '1 61009', '3 7001', '13 7002'] }
const ERRORS_6 = { type: 1, codes: ['1 61007', '3 61009', '4 7001', '1 7002'] }

test('pcap-parser reads as many packets as were told', async () => {
  const net = everyVerb(4)
  const read = await parsed(net.pcap())
  expect(read.map(({ data }) => data.length)).toEqual(net.packets().map(({ wire }) => wire))
})
