// Who has an address? The question goes to everybody or to a group, the answer to who asked.

import { describe, expect, test } from 'vitest'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import { START } from './story.ts'

const ASKER = '02:00:00:00:00:01'
const ASKED = '02:00:00:00:00:02'

/** Of each packet: the target's card, and the bytes that tell question from answer. */
function asked(ips: readonly [string, string], kindAt: number, answered = true): readonly string[] {
  const net = scenario({ start: START })
  const asker = net.host('asker', { ip: ips[0], mac: ASKER })
  net.arp(asker, net.host('asked', { ip: ips[1], mac: ASKED }), { answered })
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  return net
    .packets()
    .map(({ bytes }) => `${hex(bytes.subarray(0, 6))} ${hex(bytes.subarray(kindAt, kindAt + 2))}`)
}

test('ARP asks everybody and is answered alone', () => {
  expect(asked(['10.0.0.1', '10.0.0.2'], 20)).toEqual(['ffffffffffff 0001', '020000000001 0002'])
})

test('ARP may go unanswered', () => {
  expect(asked(['10.0.0.1', '10.0.0.2'], 20, false)).toEqual(['ffffffffffff 0001'])
})

test('neighbour discovery asks the group of the last three bytes', () => {
  const seen = asked(['2001:db8::1', '2001:db8::12:3456'], 54)
  expect(seen).toEqual(['3333ff123456 8700', '020000000001 8800'])
})

const ARP_AT = 14
const TAGGED_AT = 18
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Of each ARP frame: when in milliseconds, what is sent, whose card, whose address, which is meant. */
const arpOf = (net: Scenario): readonly string[] =>
  net.packets().flatMap(({ timeNs, bytes }) => {
    const at = hexOf(bytes.subarray(12, 14)) === '8100' ? TAGGED_AT : ARP_AT
    if (hexOf(bytes.subarray(at - 2, at)) !== '0806') return []
    const arp = bytes.subarray(at)
    const [card, target] = [hexOf(arp.subarray(8, 14)), arp.subarray(24, 28).join('.')]
    const kind = arp[7] === 1 ? 'asks' : 'tells'
    return [`${timeNs / 1e6} ${kind} ${card} ${arp.subarray(14, 18).join('.')} ${target}`]
  })

const [ASKER_CARD, ASKED_CARD] = ['020000000001', '020000000002']

describe('an announcement', () => {
  test.each(['request', 'reply'] as const)(
    'as a %s goes to everybody and names one address',
    as => {
      const net = scenario({ start: START })
      net.at(1).announce(net.host('asker', { ip: '10.0.0.1', mac: ASKER }), { as, count: 2 })
      const kind = as === 'request' ? 'asks' : 'tells'
      expect(arpOf(net)).toEqual([
        `1000 ${kind} ${ASKER_CARD} 10.0.0.1 10.0.0.1`,
        `2000 ${kind} ${ASKER_CARD} 10.0.0.1 10.0.0.1`,
      ])
      expect(net.packets().map(({ bytes }) => hexOf(bytes.subarray(0, 6)))).toEqual(
        Array.from({ length: 2 }, () => 'ffffffffffff'),
      )
    },
  )
})

describe('hosts that are introduced', () => {
  const stage = () => {
    const net = scenario({ start: START, isIntroduced: true })
    const router = net.host('router', { ip: '10.0.0.254', vlan: 1, mac: '02:00:00:00:00:fe' })
    const place = { vlan: 1, gateway: router }
    const asker = net.host('asker', { ip: '10.0.0.1', mac: ASKER, ...place })
    const asked = net.host('asked', { ip: '10.0.0.2', mac: ASKED, ...place })
    return { net, router, asker, asked }
  }

  test('ask for the card before their first packet, each for itself', () => {
    const { net, asker, asked } = stage()
    net.at(1).udp(asker, asked, 53)
    expect(arpOf(net)).toEqual([
      `999.7 asks ${ASKER_CARD} 10.0.0.1 10.0.0.2`,
      `999.85 tells ${ASKED_CARD} 10.0.0.2 10.0.0.1`,
      `1000.2 asks ${ASKED_CARD} 10.0.0.2 10.0.0.1`,
      `1000.35 tells ${ASKER_CARD} 10.0.0.1 10.0.0.2`,
    ])
  })

  test('ask again after half an hour, and not before', () => {
    const { net, asker, asked } = stage()
    for (const at of [1, 1000, 1802]) net.at(at).udpOneWay(asker, asked, 9)
    const seconds = arpOf(net).map(line => Math.ceil(Number.parseFloat(line) / 1000))
    expect(seconds).toEqual([1, 1, 1802, 1802])
  })

  test('ask for the router where the other is behind it, or on another VLAN', () => {
    const { net, router, asker } = stage()
    net.at(1).udpOneWay(asker, net.host('far', { ip: '10.9.9.9', behind: router }), 9)
    net.at(2).udpOneWay(asker, net.host('other', { ip: '10.8.8.8', vlan: 2 }), 9)
    expect(arpOf(net)).toEqual([
      `999.7 asks ${ASKER_CARD} 10.0.0.1 10.0.0.254`,
      '999.85 tells 0200000000fe 10.0.0.254 10.0.0.1',
    ])
    const targets = net.packets().filter(({ to }) => to === 'far' || to === 'other')
    expect(targets.map(({ bytes }) => hexOf(bytes.subarray(0, 6)))).toEqual(
      Array.from({ length: 2 }, () => '0200000000fe'),
    )
  })

  test('ask for no group', () => {
    const { net, asker } = stage()
    net.at(1).udpOneWay(asker, net.host('group', { ip: '224.0.0.251' }), 5353)
    expect(arpOf(net)).toEqual([])
  })
})
