// Goal: a webhook goes nowhere that it must not, however the address is spelled, and a name is no way around.
// Method: a table of addresses in odd spellings, each as the URL's own parser reads it; and names with several addresses.

import { describe, expect, test } from 'vitest'
import { guardedLookup, insistOnHost, refusalOf } from '../../src/alerts/guard.ts'
import { DeliveryError } from '../../src/alerts/transport.ts'

/** Host of a URL: whether it is refused always, unless private ones are permitted, or never. */
const HOSTS: Readonly<Record<string, 'always' | 'private' | 'never'>> = {
  // Where metadata of clouds lie, and other link-local addresses, in spellings of URLs and of programs.
  '169.254.169.254': 'always',
  '169.254.1.2': 'always',
  '2852039166': 'always',
  '0xA9FEA9FE': 'always',
  '0xa9.0xfe.0xa9.0xfe': 'always',
  '0251.0376.0251.0376': 'always',
  '169.254.43518': 'always',
  '169.16689662': 'always',
  '%31%36%39.254.169.254': 'always',
  '１６９.254.169.254': 'always',
  '[::ffff:169.254.169.254]': 'always',
  '[::ffff:a9fe:a9fe]': 'always',
  '[::169.254.169.254]': 'always',
  '[64:ff9b::169.254.169.254]': 'always',
  '[64:ff9b:1::a9fe:a9fe]': 'always',
  '[::ffff:0:169.254.169.254]': 'always',
  '[2002:a9fe:a9fe::1]': 'always',
  '[2001:0:a9fe:a9fe::1]': 'always',
  '[fe80::1]': 'always',
  '[FEBF::1]': 'always',
  '[fd00:ec2::254]': 'always',
  '[fd20:ce::254]': 'always',
  '100.100.100.200': 'always',
  '168.63.129.16': 'always',
  '192.0.0.192': 'always',
  // What is no host at all.
  '0': 'always',
  '0.0.0.0': 'always',
  '0.1.2.3': 'always',
  '[::]': 'always',
  '224.0.0.1': 'always',
  '239.255.255.250': 'always',
  '[ff02::1]': 'always',
  '255.255.255.255': 'always',
  '240.0.0.1': 'always',
  '[4000::1]': 'always',
  // Embedded, even where what is embedded would be permitted: there is an honest spelling.
  '[::ffff:203.0.113.7]': 'always',
  '[::203.0.113.7]': 'always',
  '[64:ff9b::203.0.113.7]': 'always',
  '[::ffff:127.0.0.1]': 'always',
  // This computer, and networks of a house.
  '127.0.0.1': 'private',
  '127.1': 'private',
  '0x7f000001': 'private',
  '2130706433': 'private',
  '017700000001': 'private',
  '127.255.255.254': 'private',
  '[::1]': 'private',
  '[0:0:0:0:0:0:0:1]': 'private',
  '10.0.0.1': 'private',
  '172.16.0.1': 'private',
  '172.31.255.255': 'private',
  '192.168.1.1': 'private',
  '0xC0A80101': 'private',
  '100.64.0.1': 'private',
  '198.18.0.1': 'private',
  '[fc00::1]': 'private',
  '[fd12:3456::1]': 'private',
  '[fec0::1]': 'private',
  // Everybody else.
  '203.0.113.7': 'never',
  '8.8.8.8': 'never',
  '172.32.0.1': 'never',
  '100.128.0.1': 'never',
  '169.253.1.1': 'never',
  '[2606:4700::1111]': 'never',
}

const isRefused = (host: string, mayBePrivate: boolean): boolean => {
  try {
    insistOnHost(new URL(`http://${host}/hook`), mayBePrivate)
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(DeliveryError)
    return true
  }
}

describe('the host of a URL', () => {
  for (const [host, refused] of Object.entries(HOSTS))
    test(`${host} is refused ${refused === 'private' ? 'unless private ones are permitted' : refused}`, () => {
      expect([isRefused(host, false), isRefused(host, true)]).toEqual([
        refused !== 'never',
        refused === 'always',
      ])
    })

  test('the table is no small one', () => {
    expect(Object.keys(HOSTS).length).toBeGreaterThanOrEqual(60)
  })
})

test('whatever is no address is refused', () => {
  expect(['', 'localhost', '1.2.3', 'fe80::1%eth0'].map(text => refusalOf(text, true))).toEqual(
    new Array(4).fill('is no address'),
  )
})

describe('a name', () => {
  const looked = (name: string, mayBePrivate: boolean) =>
    new Promise<unknown>((resolve, reject) => {
      guardedLookup(mayBePrivate)(name, { all: true }, (error, addresses) =>
        error ? reject(error) : resolve(addresses),
      )
    })

  test('that leads to this computer is refused, and says what permits it', async () => {
    await expect(looked('localhost', false)).rejects.toThrow(
      /^nothing is sent there: localhost has the address (127\.0\.0\.1|::1), which is this computer \(loopback\); allow_private permits it$/,
    )
  })

  test('gives the addresses that were judged', async () => {
    expect(await looked('localhost', true)).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.any(String) })]),
    )
  })

  test('that a resolver reads as a number is judged as what it means', async () => {
    // getaddrinfo(3) takes what a URL would have spelled out.
    await expect(looked('0xa9fea9fe', true)).rejects.toThrow('metadata')
  })

  test('that nobody knows is an error', async () => {
    // A label has at most 63 characters, so that no name server is asked.
    await expect(looked('x'.repeat(64), true)).rejects.toThrow('ENOTFOUND')
  })
})
