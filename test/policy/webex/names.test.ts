// Names against addresses (W-01 to W-03, W-08 to W-16, A-02 to A-06): which names are WebEx's, and
// what they are worth with and without an address in a range.

import { describe } from 'vitest'
import { SITE } from '../rows/site.ts'
import { testFacts, testStories } from './telling.ts'

describe('name and range both say so (W-01, W-02)', () => {
  testStories({
    'enduser -> webex 443 tls acme.webex.com': 'permitted W-01',
    'enduser -> webex 443 tls other.webex.com': 'permitted W-01',
    'enduser -> webex 443 tls webex.com': 'permitted W-01',
    'enduser -> webex 80 http acme.webex.com/ 200': 'permitted W-01',
    'app -> webex 443 tls acme.webex.com': 'permitted W-01',
    'web-dmz -> webex 443 tls acme.webex.com': 'permitted W-01',
    'proxy -> webex 443 tls acme.webex.com': 'permitted W-01',
    // No port is limited for people, and the name shows what it is.
    'enduser -> webex 8443 tls acme.webex.com': 'permitted W-01',
    'app -> webex 8443 tls acme.webex.com': 'escaped:unlisted unlisted',
    'audio -> webex 443 tls acme.webex.com': 'escaped:unlisted unlisted',
  })
})

describe('the range alone is not verified (A-03)', () => {
  testStories({
    'enduser -> webex 443 opaque': 'permitted_unverified W-01',
    'enduser -> webex 443 tls www.example.com': 'permitted_unverified W-01',
    'app -> webex 80 http www.example.com/ 200': 'permitted_unverified W-01',
    'app -> webex 443 filtered': 'misdropped W-01',
    // Others were answered, so this one would have been.
    'enduser -> webex 443 silent': 'misdropped W-01',
  })
})

describe('the name alone, where a content network is declared for it (W-03, A-03)', () => {
  testStories({
    'enduser -> cdn 443 tls akamaicdn.webex.com': 'permitted W-03',
    'app -> cdn 443 tls akamaicdn.webex.com': 'permitted W-03',
    'proxy -> cdn 80 http akamaicdn.webex.com/ 200': 'permitted W-03',
    'app -> cdn 8443 tls akamaicdn.webex.com': 'escaped:unlisted unlisted',
  })
})

describe('the name alone, elsewhere (A-03)', () => {
  testStories({
    'enduser -> elsewhere 443 tls acme.webex.com': 'escaped:off_range W-08',
    'app -> elsewhere 443 tls other.webex.com': 'escaped:off_range W-08',
    'enduser -> elsewhere 80 http webex.com/ 200': 'escaped:off_range W-08',
    'proxy -> elsewhere 443 tls acme.webex.com': 'escaped:off_range W-08',
    // Whoever is nobody's user is nobody's concern.
    'cucm -> elsewhere 443 tls acme.webex.com': 'out_of_scope',
    'stranger-private -> elsewhere 443 tls acme.webex.com': 'out_of_scope',
  })
})

describe('what only looks like a name of the domain (A-04)', () => {
  testStories({
    'enduser -> elsewhere 443 tls evilwebex.com': 'out_of_scope',
    'enduser -> elsewhere 443 tls webex.com.x.org': 'out_of_scope',
    'enduser -> elsewhere 443 tls acme.webex.com.x.org': 'out_of_scope',
    'enduser -> elsewhere 80 http evilwebex.com/ 200': 'out_of_scope',
    'enduser -> webex 443 tls evilwebex.com': 'permitted_unverified W-01',
    'enduser -> proxy 3128 connect evilwebex.com': 'out_of_scope',
    'enduser -> proxy 3128 connect webex.com.x.org 403': 'out_of_scope',
    'enduser -> dns 53 lookup evilwebex.com nxdomain': 'out_of_scope',
    'app -> socks 1080 socks webex.com.x.org 0': 'escaped:off_range O-04',
  })
})

describe('a name by what name servers told (A-03)', () => {
  const before = [
    'enduser -> dns 53 lookup acme.webex.com 64.68.100.1 ttl 60',
    'enduser -> dns 53 lookup akamaicdn.webex.com 23.50.1.1 ttl 60',
    'enduser -> dns 53 lookup other.webex.com 198.18.7.7 ttl 60',
  ]
  testStories(
    {
      // What passes is unknown, and the row expects TLS.
      'enduser -> webex 443 opaque': 'permitted_unverified W-01',
      'enduser -> cdn 443 opaque': 'permitted_unverified W-03',
      'enduser -> cdn 443 filtered': 'misdropped W-03',
      'app -> cdn 443 filtered': 'misdropped W-03',
      'enduser -> elsewhere 443 opaque': 'escaped:off_range W-08',
      // Forbidden on the way, the whole domain was to be excepted.
      'enduser -> elsewhere 443 filtered': 'misdropped W-02',
      // What the client says itself beats what a name server told of the address.
      'enduser -> cdn 443 tls www.example.com': 'out_of_scope',
      'app -> cdn 443 tls www.example.com': 'escaped:unlisted unlisted',
    },
    { before },
  )
  describe('where nothing shows that an answer would be seen', () => {
    testStories({ 'app -> cdn 443 silent': 'undetermined W-03' }, { before })
    testStories({ 'enduser -> webex 443 silent': 'undetermined W-01' }, { before })
  })
  describe('counts for its time, and no longer', () => {
    testStories(
      {
        'enduser -> cdn 443 opaque': 'out_of_scope',
        'app -> cdn 443 opaque': 'escaped:unlisted unlisted',
      },
      { before, atSeconds: 200 },
    )
  })
  describe('ends where the address is told for somebody else', () => {
    const shared = [...before, 'enduser -> dns 53 lookup www.example.com 23.50.1.1 ttl 60']
    testStories({ 'enduser -> cdn 443 opaque': 'out_of_scope' }, { before: shared })
  })
})

describe('every row and statement that speaks for a flow is named (A-02)', () => {
  const rows: Readonly<Record<string, readonly string[]>> = {
    'enduser -> 64.68.96.0 443 tls acme.webex.com': ['W-01', 'W-03', 'W-08'],
    'enduser -> 66.114.160.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-09'],
    'enduser -> 66.163.32.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-10'],
    'enduser -> 209.197.192.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-11'],
    'enduser -> 208.8.81.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-12'],
    'enduser -> 210.4.192.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-13'],
    'enduser -> 62.109.192.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-14'],
    'enduser -> 173.243.0.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-15'],
    'enduser -> 114.29.192.0 443 tls other.webex.com': ['W-01', 'W-02', 'W-16'],
    'enduser -> 64.68.96.0 443 opaque': ['W-01', 'W-08'],
    'enduser -> cdn 443 tls akamaicdn.webex.com': ['W-01', 'W-03'],
    'enduser -> elsewhere 443 tls acme.webex.com': [],
  }
  testFacts(rows, ({ verdict }) => verdict.rows)
})

describe('beside each range, a name of the domain is off range', () => {
  testStories({
    'enduser -> 64.68.95.255 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 66.114.176.0 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 66.163.48.0 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 209.197.224.0 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 208.8.82.0 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 210.4.208.0 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 62.110.0.0 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 173.243.16.0 443 tls a.webex.com': 'escaped:off_range W-08',
    'enduser -> 114.29.224.0 443 tls a.webex.com': 'escaped:off_range W-08',
  })
})

describe('connections from the ranges stay what they were (A-06)', () => {
  testStories({
    'webex -> app 3389 tls acme.webex.com': 'escaped:unlisted unlisted',
    'webex -> proxy 8443 tls acme.webex.com': 'escaped:unlisted unlisted',
    'webex -> enduser 8443 tls acme.webex.com': 'permitted_unverified W-01',
  })
})

describe('a site that does not say its name at WebEx (A-05)', () => {
  const site = SITE.replace('webex_site: acme.webex.com, ', '')
  const statements: Readonly<Record<string, readonly string[]>> = {
    'enduser -> webex 443 tls acme.webex.com': ['W-01', 'W-02', 'W-08'],
    'enduser -> webex 443 tls akamaicdn.webex.com': ['W-01', 'W-03', 'W-08'],
  }
  testFacts(statements, ({ verdict }) => verdict.rows, { site })
})
