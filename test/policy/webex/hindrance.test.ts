// What keeps WebEx from people though packets pass: name servers, proxies, inspection of TLS,
// resets, filters of content (W-02 to W-04), and what proxies keep (W-06, W-07).

import { describe, expect, test } from 'vitest'
import type { IcmpError } from '../../../src/model/flow.ts'
import { brokenOff } from '../../../src/policy/hindrance.ts'
import { addressOf, flow, segment, tcp } from '../builders.ts'
import { testFacts, testStories } from './telling.ts'

describe('a name server denies a name (W-02, W-03)', () => {
  testStories({
    'enduser -> dns 53 lookup acme.webex.com nxdomain': 'misdropped:dns_blocked W-03',
    'enduser -> dns 53 lookup akamaicdn.webex.com nxdomain': 'misdropped:dns_blocked W-03',
    'enduser -> dns 53 lookup other.webex.com nxdomain': 'misdropped:dns_blocked W-02',
    'enduser -> dns 53 lookup webex.com refused': 'misdropped:dns_blocked W-02',
    'enduser -> dns 53 lookup acme.webex.com 10.1.1.1 ttl 60': 'misdropped:dns_blocked W-03',
    'enduser -> dns 53 lookup acme.webex.com 0.0.0.0 ttl 60': 'misdropped:dns_blocked W-03',
    'enduser -> resolver 53 lookup acme.webex.com nxdomain': 'misdropped:dns_blocked W-03',
    'proxy -> dns 53 lookup acme.webex.com nxdomain': 'misdropped:dns_blocked W-03',
    'app -> dns 53 lookup acme.webex.com nxdomain': 'misdropped:dns_blocked W-03',
    // Answers, and what says nothing about the name.
    'enduser -> dns 53 lookup acme.webex.com 64.68.100.1 ttl 60': 'out_of_scope',
    'enduser -> dns 53 lookup acme.webex.com nothing': 'out_of_scope',
    'enduser -> dns 53 lookup acme.webex.com fails': 'out_of_scope',
    'enduser -> dns 53 lookup _sip._tcp.acme.webex.com nxdomain': 'out_of_scope',
    'enduser -> dns 53 lookup acme.webex.com 10.1.1.1,64.68.100.1 ttl 60': 'out_of_scope',
    'app -> dns 53 lookup acme.webex.com 64.68.100.1 ttl 60': 'permitted O-05',
    // Who asks a server that no row lists has done worse.
    'app -> resolver 53 lookup acme.webex.com nxdomain': 'escaped:unlisted unlisted',
    // Name servers ask each other for others.
    'dns -> resolver 53 lookup acme.webex.com nxdomain': 'out_of_scope',
  })
})

describe('how sure a denial is', () => {
  const sure: Readonly<Record<string, string>> = {
    'enduser -> dns 53 lookup acme.webex.com nxdomain': 'confirmed',
    'enduser -> dns 53 lookup mistyped.webex.com nxdomain': 'probable',
    'enduser -> dns 53 lookup acme.webex.com refused': 'probable',
    'enduser -> dns 53 lookup other.webex.com 127.0.0.1 ttl 60': 'confirmed',
    'enduser -> proxy 3128 connect acme.webex.com 403': 'confirmed',
    'enduser -> proxy 3128 connect acme.webex.com 407': 'possible',
    'enduser -> proxy 3128 connect acme.webex.com 502': 'probable',
    'enduser -> proxy 3128 get acme.webex.com/ 403': 'probable',
    'enduser -> webex 443 tls acme.webex.com issued Zscaler Root CA': 'confirmed',
    'enduser -> webex 443 tls acme.webex.com reset': 'probable',
  }
  testFacts(sure, ({ verdict }) => verdict.confidence)
})

describe('a proxy denies the way (W-02, W-03)', () => {
  testStories({
    'enduser -> proxy 3128 connect acme.webex.com 403': 'misdropped:proxy_denied W-03',
    'enduser -> proxy 3128 connect other.webex.com 502': 'misdropped:proxy_denied W-02',
    'enduser -> proxy 3128 connect other.webex.com 407': 'misdropped:proxy_denied W-02',
    'enduser -> proxy 3128 get other.webex.com/ 403': 'misdropped:proxy_denied W-02',
    'enduser -> proxy 3128 connect 64.68.100.1 403': 'misdropped:proxy_denied W-01',
    'enduser -> socks 1080 socks acme.webex.com 2': 'misdropped:proxy_denied W-03',
    // A name and a password were asked for, and given.
    'enduser -> proxy 3128 connect acme.webex.com 407 then 200': 'permitted W-01',
    'enduser -> proxy 3128 connect acme.webex.com 200': 'permitted W-01',
    'enduser -> proxy 3128 get acme.webex.com/missing 404': 'permitted_unverified W-01',
    'enduser -> proxy 3128 connect acme.webex.com unanswered': 'permitted_unverified W-01',
    'enduser -> proxy 3128 connect www.example.com 403': 'out_of_scope',
    // That host is no declared proxy.
    'enduser -> exchange 3128 connect acme.webex.com 403': 'out_of_scope',
    'cucm -> proxy 3128 connect acme.webex.com 403': 'out_of_scope',
  })
})

describe('TLS is broken open (W-02, W-03)', () => {
  testStories({
    'enduser -> webex 443 tls acme.webex.com issued Zscaler Intermediate Root CA':
      'misdropped:tls_intercepted W-03',
    'enduser -> webex 443 tls other.webex.com issued corporate BLUE COAT proxy':
      'misdropped:tls_intercepted W-02',
    'app -> cdn 443 tls akamaicdn.webex.com issued FortiGate CA': 'misdropped:tls_intercepted W-03',
    'enduser -> elsewhere 443 tls acme.webex.com issued FortiGate CA':
      'misdropped:tls_intercepted W-03',
    'enduser -> webex 443 tls www.example.com issued FortiGate CA':
      'misdropped:tls_intercepted W-01',
    'enduser -> webex 443 tls acme.webex.com issued VeriSign Class 3': 'permitted W-01',
    'enduser -> elsewhere 443 tls www.example.com issued FortiGate CA': 'out_of_scope',
  })
})

describe('a connection is broken off at the name (W-02, W-03)', () => {
  testStories({
    'enduser -> webex 443 tls acme.webex.com reset': 'misdropped:name_reset W-03',
    'app -> cdn 443 tls akamaicdn.webex.com reset': 'misdropped:name_reset W-03',
    'enduser -> elsewhere 443 tls other.webex.com reset': 'misdropped:name_reset W-02',
    'enduser -> webex 443 tls www.example.com reset': 'permitted_unverified W-01',
  })

  const said = { data: { client: true, server: false } }
  const text = '10.20.3.4:50000 -> 64.68.96.7:443 tcp'
  const rst = { ...segment(5), from: 'server' as const }
  const icmpError: IcmpError = {
    ...{ timeNs: 5e6, version: 4, type: 3, code: 13, from: addressOf('192.0.2.1') },
    packet: { file: 0, frame: 3, offset: 0 },
  }

  test('by a filter in its own name, which leaves no doubt', () => {
    const record = flow(text, { ...said, icmpError })
    expect(brokenOff(record)?.confidence).toBe('confirmed')
  })

  test('and not where the server had answered, or the client itself broke off', () => {
    const answered = { data: { client: true, server: true }, tcp: tcp({ rst }) }
    expect(brokenOff(flow(text, answered))).toBeNull()
    const own = { ...said, tcp: tcp({ rst: { ...rst, from: 'client' } }) }
    expect(brokenOff(flow(text, own))).toBeNull()
    expect(brokenOff(flow(text, { ...said, icmpError: { ...icmpError, code: 4 } }))).toBeNull()
  })
})

describe('scripts and controls are kept back (W-04)', () => {
  testStories({
    'enduser -> webex 80 http acme.webex.com/client/atgpc.js 403':
      'misdropped:content_filtered W-04',
    'enduser -> webex 80 http acme.webex.com/client/ieatgpc.cab 200 Content-Type: text/html':
      'misdropped:content_filtered W-04',
    'enduser -> proxy 3128 get acme.webex.com/x.OCX 403': 'misdropped:content_filtered W-04',
    'enduser -> proxy 3128 get acme.webex.com/x.js 200 Content-Type: text/html; charset=utf-8':
      'misdropped:content_filtered W-04',
    'enduser -> cdn 80 http akamaicdn.webex.com/x.js 403': 'misdropped:content_filtered W-04',
    'enduser -> webex 80 http acme.webex.com/x.js 200 Content-Type: text/javascript':
      'permitted W-01',
    // A page that is not there, and what is no script.
    'enduser -> webex 80 http acme.webex.com/x.js 404 Content-Type: text/html': 'permitted W-01',
    'enduser -> webex 80 http acme.webex.com/page 403 Content-Type: text/html': 'permitted W-01',
    // Inside TLS nobody can tell.
    'enduser -> webex 443 tls acme.webex.com': 'permitted W-01',
  })
})

describe('copies instead of content (W-06)', () => {
  testStories({
    'enduser -> proxy 3128 get acme.webex.com/ 200 Age: 17': 'permitted W-01, cached',
    'enduser -> proxy 3128 get acme.webex.com/ 200 X-Cache: HIT from proxy':
      'permitted W-01, cached',
    'enduser -> webex 80 http acme.webex.com/ 200 Warning: 110 proxy "Response is Stale"':
      'permitted W-01, cached',
    'enduser -> proxy 3128 get acme.webex.com/ 200 Age: 0': 'permitted W-01',
    'enduser -> proxy 3128 get acme.webex.com/ 200 X-Cache: MISS from proxy': 'permitted W-01',
    // A content network keeps copies by nature, and others' pages are their own concern.
    'enduser -> cdn 80 http akamaicdn.webex.com/ 200 Age: 17': 'permitted W-03',
    'enduser -> proxy 3128 get akamaicdn.webex.com/ 200 Age: 17': 'permitted W-01',
    'enduser -> proxy 3128 get www.example.com/ 200 Age: 17': 'out_of_scope',
    'enduser -> webex 443 tls acme.webex.com': 'permitted W-01',
  })
})

describe('an address that the name has left (W-07)', () => {
  const told = 'proxy -> dns 53 lookup acme.webex.com 64.68.100.1 ttl 60'
  const moved = 'proxy -> dns 53 lookup acme.webex.com 66.114.160.5 ttl 60'
  const stay = { 'proxy -> webex 443 tls acme.webex.com': 'permitted W-01' }
  describe('and whose time has run out', () => {
    testStories(
      {
        'proxy -> webex 443 tls acme.webex.com': 'permitted W-01, stale_ip_path',
        'proxy -> webex 443 opaque': 'permitted_unverified W-01, stale_ip_path',
        'proxy -> 66.114.160.5 443 tls acme.webex.com': 'permitted W-01',
        // Users do as their proxies or name servers tell them.
        'enduser -> webex 443 tls acme.webex.com': 'permitted W-01',
      },
      { before: [told, moved], atSeconds: 100 },
    )
  })
  describe('but whose time is not over', () => {
    testStories(stay, { before: [told, moved], atSeconds: 30 })
  })
  describe('and was told anew', () => {
    testStories(stay, { before: [told, moved, told], atSeconds: 50 })
  })
  describe('where nobody has seen it leave', () => {
    testStories(stay, { before: [told], atSeconds: 100 })
  })
})
