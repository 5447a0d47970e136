// SOCKS and other proxies (O-04, T-08 to T-10, A-07, A-08): configured or not, on which port, for
// what target.

import { describe, expect, test } from 'vitest'
import { SITE, siteWithout } from '../rows/site.ts'
import { auditStories, testStories } from './telling.ts'

describe('the target of SOCKS (O-04, A-08)', () => {
  testStories({
    'app -> socks 1080 socks acme.webex.com 0': 'permitted O-04',
    'app -> socks 1080 socks akamaicdn.webex.com 0': 'permitted O-04',
    'app -> socks 1080 socks 66.163.32.9 0': 'permitted O-04',
    'app -> socks 1080 socks www.example.com 0': 'escaped:off_range O-04',
    'app -> socks 1080 socks evilwebex.com 0': 'escaped:off_range O-04',
    'app -> socks 1080 socks 203.0.113.80 0': 'escaped:off_range O-04',
    // Not allowed by ruleset: right for others, wrong for WebEx.
    'app -> socks 1080 socks acme.webex.com 2': 'misdropped:proxy_denied O-04',
    'app -> socks 1080 socks www.example.com 2': 'rejected:off_range O-04',
    'app -> socks 1080 socks acme.webex.com 5': 'permitted O-04',
    'web-dmz -> socks 1080 socks acme.webex.com 0': 'escaped:over_exposed O-04',
    // What is asked for was not seen.
    'app -> socks 1080 opaque': 'permitted_unverified O-04',
    // Another proxy than the declared one.
    'app -> elsewhere 1080 socks acme.webex.com 0': 'escaped:unlisted unlisted',
  })
})

describe('SOCKS where nobody declared it (T-08)', () => {
  testStories(
    {
      'app -> 10.10.20.80 1080 socks acme.webex.com 0': 'escaped:unlisted T-08',
      'app -> elsewhere 9050 socks www.example.com 0': 'escaped:unlisted T-08',
      // A port is no proof of SOCKS.
      'app -> elsewhere 1080 opaque': 'escaped:unlisted unlisted',
      'enduser -> elsewhere 1080 socks acme.webex.com 0': 'out_of_scope',
    },
    { site: siteWithout('socks') },
  )
})

describe('SOCKS on another port than the declared one (T-09)', () => {
  testStories({
    'app -> socks 9050 socks acme.webex.com 0': 'permitted O-04, socks_port_drift',
    'app -> socks 9050 socks www.example.com 0': 'escaped:off_range O-04, socks_port_drift',
    'web-dmz -> socks 9050 socks acme.webex.com 0': 'escaped:over_exposed O-04',
    'enduser -> socks 9050 socks acme.webex.com 0': 'permitted W-01, socks_port_drift',
    'app -> socks 9050 opaque': 'escaped:unlisted unlisted',
    'app -> socks 1080 socks acme.webex.com 0': 'permitted O-04',
  })
  describe('which the site may set', () => {
    testStories(
      {
        'app -> socks 9050 socks acme.webex.com 0': 'permitted O-04',
        'app -> socks 1080 socks acme.webex.com 0': 'permitted O-04, socks_port_drift',
      },
      { site: SITE.replace('port: 1080', 'port: 9050') },
    )
  })
})

describe('other proxies, for MeetingPlace servers (T-10)', () => {
  testStories({
    'app -> proxy 3128 connect acme.webex.com 200': 'escaped:unsupported_proxy T-10',
    'app -> proxy 3128 connect acme.webex.com 403': 'escaped:unsupported_proxy T-10',
    'app -> proxy 3128 get acme.webex.com/ 200': 'escaped:unsupported_proxy T-10',
    'app -> proxy 80 http acme.webex.com/ 200': 'escaped:unsupported_proxy T-10',
    'app -> proxy 3128 connect 64.68.100.1 200': 'escaped:unsupported_proxy T-10',
    'web-dmz -> proxy 3128 connect akamaicdn.webex.com 200': 'escaped:unsupported_proxy T-10',
    'app -> elsewhere 3128 connect acme.webex.com 200': 'escaped:unsupported_proxy T-10',
    'app -> socks 1080 connect acme.webex.com 200': 'escaped:unsupported_proxy T-10',
    // For what, TLS hides; with an HTTP proxy nothing is supported.
    'app -> proxy 3129 tls proxy.example.com': 'escaped:unsupported_proxy T-10',
    // Not for WebEx, or nothing that tells.
    'app -> proxy 3128 connect www.example.com 200': 'escaped:unlisted unlisted',
    'app -> proxy 3128 opaque': 'escaped:unlisted unlisted',
    'app -> webex 443 tls acme.webex.com': 'permitted W-01',
  })
})

describe('other proxies, for users (A-07, W-01)', () => {
  testStories({
    'enduser -> proxy 3128 connect acme.webex.com 200': 'permitted W-01',
    'admin -> proxy 8080 get acme.webex.com/ 200': 'permitted W-01',
    'enduser -> socks 1080 socks acme.webex.com 0': 'permitted W-01',
    'enduser -> proxy 3129 tls proxy.example.com': 'out_of_scope',
    'enduser -> proxy 3128 get www.example.com/ 200': 'out_of_scope',
  })
})

test('flows that names tell apart never share a verdict', async () => {
  const { flows } = await auditStories([
    'app -> proxy 3128 connect www.example.com 200',
    'app -> proxy 3128 connect acme.webex.com 200',
    'app -> proxy 3128 connect www.example.org 200',
  ])
  const reasons = flows.map(({ verdict }) => verdict.reason)
  expect(reasons.slice(0, 3)).toEqual(['unlisted', 'unsupported_proxy', 'unlisted'])
})
