// What people are told of the way to WebEx: one finding for each cause, with its statement,
// severity and fix.

import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../src/model/finding.ts'
import { siteWithout } from '../rows/site.ts'
import { auditStories, type Told } from './telling.ts'

interface Expected {
  readonly row: string
  readonly severity: Finding['severity']
  readonly title: string
  readonly fix: string
}

async function findingsOf(sentence: string, told: Told = {}): Promise<readonly Expected[]> {
  const { findings } = await auditStories([sentence], told)
  return findings.map(({ row, severity, title, fix }) => ({ row, severity, title, fix }))
}

const EVERY_NAME = 'webex.com and every name below it'

const TOLD: Readonly<Record<string, Expected>> = {
  'enduser -> dns 53 lookup acme.webex.com nxdomain': {
    ...{ row: 'W-03', severity: 'medium' },
    title: 'dns denies names of Cisco WebEx to an end user',
    fix: `Let dns answer for ${EVERY_NAME}.`,
  },
  'enduser -> proxy 3128 connect other.webex.com 403': {
    ...{ row: 'W-02', severity: 'medium' },
    title: 'proxy refuses an end user the way to Cisco WebEx',
    fix: `Let proxy pass requests for ${EVERY_NAME}.`,
  },
  'app -> socks 1080 socks acme.webex.com 2': {
    // The row is optional, since SOCKS itself is.
    ...{ row: 'O-04', severity: 'low' },
    title: 'socks refuses app the way to Cisco WebEx',
    fix: `Let socks pass requests for ${EVERY_NAME}.`,
  },
  'enduser -> webex 443 tls acme.webex.com issued Zscaler Root CA': {
    ...{ row: 'W-03', severity: 'medium' },
    title: 'TLS between an end user and Cisco WebEx is broken open on the way',
    fix: `Except ${EVERY_NAME} from inspection of TLS.`,
  },
  'app -> webex 443 tls other.webex.com reset': {
    ...{ row: 'W-02', severity: 'medium' },
    title: 'Connections of app are reset as soon as they name Cisco WebEx',
    fix: `Except ${EVERY_NAME} from what filters connections by name.`,
  },
  'enduser -> webex 80 http acme.webex.com/x.js 403': {
    ...{ row: 'W-04', severity: 'medium' },
    title: 'Scripts of Cisco WebEx do not reach an end user',
    fix: 'Let JavaScript and ActiveX of webex.com pass unchanged, on firewalls and on proxies.',
  },
  'enduser -> proxy 3128 get acme.webex.com/ 200 Age: 17': {
    ...{ row: 'W-06', severity: 'low' },
    title: 'An end user got content of Cisco WebEx out of a cache',
    fix: `Except ${EVERY_NAME} from what proxies keep copies of.`,
  },
  'enduser -> elsewhere 443 tls acme.webex.com': {
    ...{ row: 'W-08', severity: 'low' },
    title: 'An end user reached a WebEx name on the Internet, outside the ranges of WebEx',
    fix:
      'Add the address to rules/webex-ranges.yaml if WebEx has a newer list of ranges, ' +
      'or the name to cdn_names there if a content network serves it.',
  },
  'app -> socks 1080 socks www.example.com 0': {
    ...{ row: 'O-04', severity: 'low' },
    title: 'app asked socks for targets that are not Cisco WebEx',
    fix: 'Find out what on app asks for other targets than Cisco WebEx.',
  },
  'app -> socks 1080 socks www.example.com 2': {
    ...{ row: 'O-04', severity: 'info' },
    title: 'socks refused app a target that is not Cisco WebEx, as it should',
    fix: 'Nothing to do: this proves that the proxy lets MeetingPlace reach Cisco WebEx alone.',
  },
  'app -> socks 9050 socks acme.webex.com 0': {
    ...{ row: 'T-09', severity: 'low' },
    title: 'socks serves SOCKS on port 9050, which is not the declared one',
    fix: 'Put the port of socks that is in use into the site file, under modes.socks.',
  },
  'app -> proxy 3128 connect acme.webex.com 200': {
    ...{ row: 'T-10', severity: 'medium' },
    title: 'app uses proxy as an HTTP proxy on its way to Cisco WebEx',
    fix:
      'Let app reach Cisco WebEx directly or through a SOCKS proxy; ' +
      'no other kind of proxy is supported.',
  },
}

describe('one finding each', () => {
  for (const [sentence, expected] of Object.entries(TOLD))
    test(`${sentence}: ${expected.title}`, async () => {
      expect(await findingsOf(sentence)).toEqual([expected])
    })

  test('SOCKS where nobody declared it (T-08)', async () => {
    const sentence = 'app -> elsewhere 1080 socks acme.webex.com 0'
    expect(await findingsOf(sentence, { site: siteWithout('socks') })).toEqual([
      {
        ...{ row: 'T-08', severity: 'medium' },
        title: 'app speaks SOCKS with the Internet, and no SOCKS proxy is declared',
        fix:
          'Declare the SOCKS proxy in the site file if it is configured on app; ' +
          'else find out what speaks SOCKS there.',
      },
    ])
  })

  test('an address that the name has left (W-07)', async () => {
    const told = 'proxy -> dns 53 lookup acme.webex.com'
    const before = [`${told} 64.68.100.1 ttl 60`, `${told} 66.114.160.5 ttl 60`]
    const sentence = 'proxy -> webex 443 tls acme.webex.com'
    expect(await findingsOf(sentence, { before, atSeconds: 100 })).toEqual([
      {
        ...{ row: 'W-07', severity: 'low' },
        title: 'proxy goes on using an address that a WebEx name has left',
        fix: 'Let proxy ask for the addresses of webex.com names anew once they run out.',
      },
    ])
  })
})

test('no finding says what is as it should be', async () => {
  const sentences = [
    'enduser -> webex 443 tls acme.webex.com',
    'enduser -> cdn 443 tls akamaicdn.webex.com',
    'enduser -> proxy 3128 connect acme.webex.com 200',
    'app -> socks 1080 socks acme.webex.com 0',
  ]
  expect((await auditStories(sentences)).findings).toEqual([])
})

test('statements say who may do it instead', async () => {
  const { findings } = await auditStories([
    'app -> proxy 3128 connect acme.webex.com 200',
    'enduser -> elsewhere 443 tls acme.webex.com',
  ])
  expect(findings.map(({ expected }) => expected)).toEqual([
    'app -> socks-proxy tcp/1080',
    'app, web, admin, enduser-int, http-proxy, socks-proxy -> webex tcp/80, tcp/443',
  ])
})

test('which name it was stands in the example, with how it is known', async () => {
  const { findings } = await auditStories(['enduser -> elsewhere 443 tls acme.webex.com'])
  expect(findings[0]?.examples[0]?.why).toContain('Named acme.webex.com by the TLS server name.')
})
