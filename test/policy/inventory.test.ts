// Who is who and where: the site file's word first, then the longest prefix, then what an address
// is by itself.

import { describe, expect, test } from 'vitest'
import type { Placement } from '../../src/model/inventory.ts'
import { Inventory, matches } from '../../src/policy/inventory.ts'
import { addressOf, host, network, node, prefixOf, site, webexRange } from './builders.ts'

const INVENTORY = new Inventory(
  site({
    publicPrefixes: [prefixOf('198.51.100.0/24'), prefixOf('2001:db8::/32')],
    networks: [
      ...['10.0.0.0/8 user-net enduser-int', '10.10.20.0/24 core', '10.10.20.128/25 core admin'],
      ...['192.0.2.0/27 dmz', '66.114.160.0/20 user-net', '2001:db8:20::/48 core'],
    ].map(network),
    nodes: [
      node('app-a app 10.10.20.11,2001:db8:20::11'),
      node('web-1 web 192.0.2.20,10.10.20.21', { nat: [addressOf('198.51.100.20')] }),
      node('web-2 web 10.10.20.22', { zone: 'dmz' }),
      node('proxy-1 socks-proxy 64.68.97.1'),
      node('nobody-else web 10.20.0.7'),
    ],
  }),
  [webexRange('W-08', '64.68.96.0/19'), webexRange('W-09', '66.114.160.0/20')],
)

const place = (text: string): Placement => INVENTORY.place(addressOf(text))

/** `web-1 web dmz by nat`: name or address, role, zone, and how we know. */
const told = (text: string): string => {
  const { node: own, role, zone, basis } = place(text)
  return `${own?.name ?? 'nobody'} ${role} ${zone} by ${basis}`
}

describe('an address', () => {
  test.each([
    ['10.10.20.11', 'app-a app core by node'],
    ['2001:db8:20::11', 'app-a app core by node'],
    ['10.10.20.5', 'nobody unknown core by network'],
    ['10.10.20.200', 'nobody admin core by network'],
    ['10.99.1.1', 'nobody enduser-int user-net by network'],
    ['10.20.0.7', 'nobody-else web user-net by node'],
    ['192.0.2.31', 'nobody unknown dmz by network'],
    ['192.0.2.32', 'nobody external internet by public'],
    ['172.16.0.1', 'nobody unknown unknown-private by private'],
    ['fc00::1', 'nobody unknown unknown-private by private'],
    ['203.0.113.9', 'nobody external internet by public'],
    ['2001:db9::1', 'nobody external internet by public'],
    ['64.68.96.1', 'nobody webex cloud by webex_range'],
  ])('%s is %s', (text, expected) => expect(told(text)).toBe(expected))

  test('of the organisation that nobody declared is not the Internet', () => {
    expect(told('198.51.100.7')).toBe('nobody unknown unknown-private by network')
    expect(told('2001:db8:21::1')).toBe('nobody unknown unknown-private by network')
  })

  test('stands in its own network, where a node has several', () => {
    expect(told('192.0.2.20')).toBe('web-1 web dmz by node')
    expect(told('10.10.20.21')).toBe('web-1 web core by node')
  })

  test('stands where the host itself does, where a translation shows another', () => {
    expect(told('198.51.100.20')).toBe('web-1 web dmz by nat')
  })

  test('stands where its node says, whatever its network', () => {
    expect(told('10.10.20.22')).toBe('web-2 web dmz by node')
  })

  test('in a range of WebEx is what the site declares, where it does', () => {
    expect(told('64.68.97.1')).toBe('proxy-1 socks-proxy cloud by node')
    expect(place('64.68.97.1').webexRange).toBeNull()
    expect(told('66.114.160.1')).toBe('nobody unknown user-net by network')
    expect(place('64.68.97.2').webexRange).toBe('W-08')
  })

  test('is placed as the same object again', () => {
    const address = addressOf('10.10.20.11')
    expect(INVENTORY.place(address)).toBe(INVENTORY.place(address))
  })
})

describe('the labels', () => {
  test.each([
    ['app@core', ['app', 'meetingplace']],
    ['app-vip@core', ['app-vip', 'app', 'meetingplace']],
    ['media-audio@core', ['media-audio', 'media', 'meetingplace']],
    ['media-audio,media-video@core', ['media-audio', 'media-video', 'media', 'meetingplace']],
    ['web@dmz', ['web', 'web-dmz', 'meetingplace']],
    ['web@user-net', ['web', 'web-int', 'meetingplace']],
    ['lcs-gw@core', ['lcs-gw', 'meetingplace']],
    ['lcs@core', ['lcs']],
    ['dns,ntp@core', ['dns', 'ntp']],
    ['external', ['external']],
    ['webex', ['webex', 'external']],
    ['unknown@dmz', ['unknown']],
  ])('of %s are %s', (text, expected) => {
    expect([...host(text).labels].sort()).toEqual([...expected].sort())
  })

  test('make a host MeetingPlace', () => {
    const own = ['app', 'app-vip', 'media-audio', 'media-video', 'web', 'lcs-gw', 'sametime-gw']
    const others = ['cucm', 'exchange', 'sql', 'lcs', 'sametime', 'admin', 'external', 'unknown']
    expect(own.filter(role => !host(`${role}@core`).isMeetingPlace)).toEqual([])
    expect(others.filter(role => host(`${role}@core`).isMeetingPlace)).toEqual([])
  })

  test('match a selector, in its zone where it names one', () => {
    const selector = (label: string, zone: string | null) => ({ label, zone, text: label })
    expect(matches(selector('web', null), host('web@dmz'))).toBe(true)
    expect(matches(selector('web', 'dmz'), host('web@dmz'))).toBe(true)
    expect(matches(selector('web', 'core'), host('web@dmz'))).toBe(false)
    expect(matches(selector('app', null), host('web@dmz'))).toBe(false)
  })
})

describe('a finding', () => {
  test('calls a node by its name and everybody else by role and zone', () => {
    expect(place('198.51.100.20').name).toBe('web-1')
    expect(place('10.99.1.1').name).toBe('enduser-int@user-net')
    expect(place('64.68.96.1').name).toBe('webex@cloud')
    expect(place('172.16.0.1').name).toBe('unknown@unknown-private')
  })
})

describe('a broadcast address', () => {
  test('is the last one of a declared network', () => {
    const isBroadcast = (text: string) => INVENTORY.place(addressOf(text)).isLinkScope
    expect(isBroadcast('192.0.2.31')).toBe(true)
    expect(isBroadcast('10.10.20.255')).toBe(true)
    expect(isBroadcast('10.10.20.127')).toBe(false)
    expect(isBroadcast('192.0.2.63')).toBe(false)
  })

  test('is no address of a network of two', () => {
    const inventory = new Inventory(site({ networks: [network('192.0.2.0/31 dmz')] }), [])
    expect(inventory.place(addressOf('192.0.2.1')).isLinkScope).toBe(false)
  })
})
