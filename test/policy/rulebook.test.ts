// The rows in force at a site, asked by service.

import { describe, expect, test } from 'vitest'
import type { Site } from '../../src/model/inventory.ts'
import { conditionsOf, isOn, Rulebook, serviceOf } from '../../src/policy/rulebook.ts'
import { policyOf, row } from '../support/judged.ts'
import { addressOf, flow, host, network, node, site } from './builders.ts'

const ROWS = [
  row('I-01', 'admin -> app tcp/22'),
  row('I-13', 'media -> app udp/16384-32767'),
  row('I-28', 'enduser-int -> web tcp/80'),
  row('I-28.1', 'external -> web-dmz tcp/80'),
  row('I-33', 'lcs -> lcs-gw tcp/5060-5069', { activeWith: 'lcs-gw' }),
  row('O-04', 'app -> socks-proxy tcp/1080', { kind: 'outgoing', activeWith: 'socks-proxy' }),
  row('O-13', 'media-audio -> phone udp/any', { kind: 'outgoing' }),
]
const PRACTICE = [row('P-01', 'app -> cucm tcp/5060,udp/5060', { kind: 'practice' })]

const bookOf = (more: Partial<Site> = {}) =>
  new Rulebook(policyOf(ROWS, { practiceOff: PRACTICE }), conditionsOf(site(more), []))

const covering = (book: Rulebook, transport: 'tcp' | 'udp', port: number) =>
  book.covering({ transport, port }).map(({ id }) => id)

describe('the rows on a port', () => {
  test('are those of its transport and range, in the order of the policy', () => {
    const book = bookOf()
    expect(covering(book, 'tcp', 22)).toEqual(['I-01'])
    expect(covering(book, 'udp', 22)).toEqual(['O-13'])
    expect(covering(book, 'udp', 16_384)).toEqual(['I-13', 'O-13'])
    expect(covering(book, 'udp', 32_768)).toEqual(['O-13'])
  })

  test('are none for a protocol without ports', () => {
    expect(bookOf().covering({ transport: 'other', port: 0 })).toEqual([])
  })

  test('depend on roles that somebody has (A-21)', () => {
    expect(covering(bookOf(), 'tcp', 5061)).toEqual([])
    const declared = bookOf({ nodes: [node('gw lcs-gw 10.1.0.1')] })
    expect(covering(declared, 'tcp', 5061)).toEqual(['I-33'])
    const byNetwork = bookOf({ networks: [network('10.1.0.0/16 core lcs-gw')] })
    expect(covering(byNetwork, 'tcp', 5061)).toEqual(['I-33'])
  })

  test('depend on whether the site has external users', () => {
    expect(covering(bookOf(), 'tcp', 80)).toEqual(['I-28', 'I-28.1'])
    expect(covering(bookOf({ externalUsers: false }), 'tcp', 80)).toEqual(['I-28'])
  })

  test('move with the port of the SOCKS proxy (T-09)', () => {
    const socks = { proxy: addressOf('10.1.0.80'), port: 9050 }
    const book = bookOf({ modes: { gwsim: new Map(), socks, https: true } })
    expect(covering(book, 'tcp', 9050)).toEqual(['O-04'])
    expect(covering(book, 'tcp', 1080)).toEqual([])
  })
})

describe('a reserved port', () => {
  test('is one that a row names', () => {
    const book = bookOf()
    expect(book.isReserved(6, 22)).toBe(true)
    expect(book.isReserved(17, 22)).toBe(false)
    expect(book.isReserved(17, 20_000)).toBe(true)
    expect(book.isReserved(17, 40_000)).toBe(false)
  })

  test('needs a row in force', () => {
    expect(bookOf().isReserved(6, 5061)).toBe(false)
  })
})

describe('a practice item that is off', () => {
  test('is found by service and both ends', () => {
    const find = (client: string, server: string, port: number) =>
      bookOf().practiceFor(host(client), host(server), { transport: 'udp', port })
    expect(find('app@core', 'cucm@core', 5060)).toBe('P-01')
    expect(find('app@core', 'cucm@core', 5061)).toBeNull()
    expect(find('web@core', 'cucm@core', 5060)).toBeNull()
    expect(find('cucm@core', 'app@core', 5060)).toBeNull()
  })
})

describe('what a flow asks for', () => {
  test.each([
    ['10.0.0.1:50000 -> 10.0.0.2:22 tcp', 'tcp', 22],
    ['10.0.0.1:50000 -> 10.0.0.2:53 udp', 'udp', 53],
    ['10.0.0.1:8 -> 10.0.0.2:0 icmp', 'icmp', 8],
    ['10.0.0.1:13 -> 10.0.0.2:14 icmp', 'icmp', 13],
    ['fd00::1:128 -> fd00::2:129 icmp6', 'icmp', 8],
    // Type 8 of ICMPv6 is not echo.
    ['fd00::1:8 -> fd00::2:0 icmp6', 'icmp', 264],
    ['10.0.0.1:0 -> 10.0.0.2:0 other', 'other', 0],
  ] as const)('in %s is %s/%i', (text, transport, port) => {
    expect(serviceOf(flow(text))).toEqual({ transport, port })
  })

  test('is on a row from its first port to its last', () => {
    const range = row('I-33', 'lcs -> lcs-gw tcp/5060-5069')
    const isOnPort = (port: number) => isOn(range, { transport: 'tcp', port })
    expect([5059, 5060, 5069, 5070].map(isOnPort)).toEqual([false, true, true, false])
    expect(isOn(range, { transport: 'udp', port: 5060 })).toBe(false)
  })
})

describe('the conditions of a site', () => {
  test('have the sensors that took the captures, in the order of the site file', () => {
    const [core, dmz] = (['core', 'dmz'] as const).map(zone => {
      return { name: `${zone}-span`, sees: [zone], clockMs: 0 }
    })
    const sensors = [core, dmz].flatMap(sensor => sensor ?? [])
    const named = (...names: string[]) => conditionsOf(site({ sensors }), names).sensors
    expect(named('dmz-span', 'core-span')).toEqual([core, dmz])
    expect(named('dmz-span')).toEqual([dmz])
    expect(named('another')).toEqual([])
    expect(named()).toEqual([])
  })
})
