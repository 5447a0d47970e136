import { expect, test } from 'vitest'
import {
  lastOf,
  readAddress,
  readDay,
  readEnd,
  readHostName,
  readMac,
  readName,
  readPortMatch,
  readPrefix,
  readSelector,
} from '../../src/config/readers.ts'
import { parsePrefix } from '../../src/model/address.ts'

const services = {
  'tcp/80': { transport: 'tcp', ports: { first: 80, last: 80 } },
  'udp/16384-32767': { transport: 'udp', ports: { first: 16384, last: 32767 } },
  'udp/any': { transport: 'udp', ports: { first: 0, last: 65535 } },
  'tcp/65535': { transport: 'tcp', ports: { first: 65535, last: 65535 } },
  'icmp/echo': { transport: 'icmp', ports: { first: 8, last: 8 } },
}

for (const [text, value] of Object.entries(services))
  test(`${text} is a service`, () => {
    expect(readPortMatch(text)).toEqual({ value })
  })

for (const text of [
  '80',
  'tcp',
  'tcp/',
  'tcp/80/90',
  'tcp/80-',
  'tcp/-80',
  'tcp/8e1',
  'tcp/ 80',
  'tcp/80,81',
  'icmp/any',
  'TCP/80',
  '',
])
  test(`"${text}" is no service`, () => {
    expect(readPortMatch(text)).toHaveProperty('wrong')
  })

test('a selector is a role, a derived label, or either in one zone', () => {
  expect(readSelector('web')).toEqual({ value: { label: 'web', zone: null, text: 'web' } })
  expect(readSelector('meetingplace@core')).toEqual({
    value: { label: 'meetingplace', zone: 'core', text: 'meetingplace@core' },
  })
  expect(readSelector('unknown@unknown-private')).toHaveProperty('value')
})

for (const text of ['', '@core', 'web@', 'web@core@dmz', 'web@Core', ' web', 'toString'])
  test(`"${text}" is no selector`, () => {
    expect(readSelector(text)).toHaveProperty('wrong')
  })

test('a MAC address is read in three spellings and kept in one', () => {
  for (const text of ['00:1B:54:AA:00:11', '00-1b-54-aa-00-11', '001b.54aa.0011'])
    expect(readMac(text)).toEqual({ value: '00:1b:54:aa:00:11' })
})

for (const text of [
  '00:1b:54:aa:00',
  '00:1b-54:aa:00:11',
  '001b54aa0011',
  '0:1b:54:aa:0:11',
  '00:1b:54:aa:00:1g',
])
  test(`"${text}" is no MAC address`, () => {
    expect(readMac(text)).toHaveProperty('wrong')
  })

test('an IPv6 address is kept in its shortest spelling', () => {
  expect(readAddress('2001:DB8:0:0::11')).toMatchObject({ value: { text: '2001:db8::11' } })
})

test('a prefix that does not begin on its boundary is told the one that does', () => {
  expect(readPrefix('10.10.20.7/29')).toEqual({
    wrong: '"10.10.20.7/29" does not begin on its own boundary: write 10.10.20.0/29',
  })
  expect(readPrefix('2001:db8::11/64')).toEqual({
    wrong: '"2001:db8::11/64" does not begin on its own boundary: write 2001:db8::/64',
  })
})

const lasts = {
  '64.68.96.0/19': '64.68.127.255',
  '208.8.81.0/24': '208.8.81.255',
  '10.0.0.1/32': '10.0.0.1',
  '0.0.0.0/0': '255.255.255.255',
  '2001:db8::/33': '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff',
}

for (const [text, last] of Object.entries(lasts))
  test(`the last address of ${text} is ${last}`, () => {
    const prefix = parsePrefix(text)
    expect(prefix && lastOf(prefix).text).toBe(last)
  })

test('an end of an exception is a node, an address, a prefix or a selector', () => {
  expect(readEnd('app-a')).toEqual({ value: 'app-a' })
  expect(readEnd('198.51.100.9')).toEqual({ value: '198.51.100.9/32' })
  expect(readEnd('2001:DB8::/32')).toEqual({ value: '2001:db8::/32' })
  expect(readEnd('external@internet')).toEqual({ value: 'external@internet' })
})

for (const text of ['198.51.100.300', '10.1/16', 'web@nowhere', 'two words', ''])
  test(`"${text}" is no end of an exception`, () => {
    expect(readEnd(text)).toHaveProperty('wrong')
  })

test('a day is one that the calendar has', () => {
  expect(readDay('2028-02-29')).toEqual({ value: '2028-02-29' })
  for (const text of ['2027-02-29', '2027-13-01', '2027-1-31', '31.01.2027', '2027-01-31T00:00'])
    expect(readDay(text)).toHaveProperty('wrong')
})

test('a host name is kept in lower case', () => {
  expect(readHostName('Acme.WebEx.com')).toEqual({ value: 'acme.webex.com' })
  for (const text of ['acme..com', '-acme.com', 'acme.com/', 'a b.com', `${'a'.repeat(64)}.com`])
    expect(readHostName(text)).toHaveProperty('wrong')
})

test('a name cannot look like a path', () => {
  expect(readName('web-1.hq')).toEqual({ value: 'web-1.hq' })
  for (const text of ['../etc', 'a/b', '.hidden', 'a b', '', 'ä', 'x'.repeat(64)])
    expect(readName(text)).toHaveProperty('wrong')
})
