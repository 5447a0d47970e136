// The outgoing table: each row kept and broken. Every row of it names both ends.

import { describe } from 'vitest'
import { testCases, testEach } from './cases.ts'
import { SITE, siteWithout } from './site.ts'

describe('rows O-01 to O-06', () => {
  testCases({
    'app -> exchange tcp/80 established': 'permitted_unverified O-01',
    'app -> exchange tcp/80 filtered': 'misdropped O-01',
    'audio -> exchange tcp/80 established': 'escaped:over_exposed O-01',
    'app -> external tcp/80 established': 'escaped:unlisted unlisted',

    'app -> exchange tcp/443 established': 'permitted_unverified O-02',
    'web-dmz -> exchange tcp/443 established': 'escaped:over_exposed O-02',

    'app -> smtp tcp/25 established': 'permitted_unverified O-03',
    'app -> exchange tcp/25 established': 'permitted_unverified O-03',
    'web-dmz -> smtp tcp/25 established': 'escaped:over_exposed O-03',
    'app -> external tcp/25 established': 'escaped:unlisted unlisted',
    'app -> external tcp/25 filtered': 'rejected unlisted',

    'app -> socks tcp/1080 established': 'permitted_unverified O-04',
    'web-dmz -> socks tcp/1080 established': 'escaped:over_exposed O-04',

    'web-dmz -> dns udp/53 established': 'permitted_unverified O-05',
    'audio -> dns tcp/53 established': 'permitted_unverified O-05',
    'lcs-gw -> dns udp/53 refused': 'permitted O-05, service_down',
    'app -> dns udp/53 filtered': 'misdropped O-05',
    'app -> external udp/53 established': 'escaped:unlisted unlisted',

    'app -> ntp udp/123 established': 'permitted_unverified O-06',
    'audio -> ntp udp/123 established': 'escaped:over_exposed O-06',
    'app -> external udp/123 established': 'escaped:unlisted unlisted',
  })
})

describe('rows O-11 to O-15', () => {
  testCases({
    'app -> cucm tcp/8443 established': 'permitted_unverified O-11',
    'app -> cucm tcp/8443 filtered': 'misdropped O-11',
    'web-dmz -> cucm tcp/8443 established': 'escaped:over_exposed O-11',

    'app -> cucm tcp/389 established': 'permitted_unverified O-12',
    'audio -> cucm tcp/389 established': 'escaped:over_exposed O-12',
    'app -> cucm tcp/636 established': 'escaped:unlisted unlisted',

    'audio -> phone udp/30000 established': 'permitted_unverified O-13',
    'audio -> phone udp/30000 one_way': 'permitted_unverified O-13',
    'audio -> phone udp/30002 filtered': 'misdropped O-13',
    'audio -> external udp/30000 established': 'escaped:unlisted unlisted',
    'audio -> enduser udp/30000 established': 'escaped:unlisted unlisted',

    'video -> phone udp/30000 established': 'permitted_unverified O-14',
    'video -> external udp/30000 established': 'escaped:unlisted unlisted',

    'app -> phone udp/30000 established': 'escaped:unlisted unlisted',
    'web-int -> phone udp/30001 established': 'escaped:unlisted unlisted',
    'audio -> phone tcp/30000 established': 'escaped:unlisted unlisted',
  })
})

describe('every row that allows a flow is named, the most specific first', () => {
  const rows: Readonly<Record<string, readonly string[]>> = {
    // O-07 to O-10 are the incoming table's rows, seen from the other end.
    'app -> app-b tcp/2008 established': ['I-05', 'O-07'],
    'app -> web-reverse tcp/5003 established': ['I-32', 'O-08'],
    'web-normal -> app tcp/5003 established': ['I-06', 'O-09'],
    'web-dmz -> app tcp/61004 established': ['I-12', 'O-10'],
    // RTCP goes wherever RTP may (O-15).
    'audio -> phone udp/30001 established': ['O-13', 'O-15'],
    'video -> phone udp/30001 established': ['O-14', 'O-15'],
    // A blade of both kinds, and a host that is two servers.
    'blade -> phone udp/30001 established': ['O-13', 'O-14', 'O-15'],
    'audio -> all-in-one udp/16400 established': ['I-25', 'I-13'],
    'audio -> all-in-one udp/16700 established': ['I-13'],
    'audio -> all-in-one tcp/5060 established': ['I-07'],
    'app -> all-in-one tcp/5060 established': ['I-07', 'I-24'],
    // The range of WebEx that holds the address comes last.
    'app -> webex tcp/443 established': ['W-01', 'W-08'],
  }
  testEach(rows, ({ verdict }) => verdict.rows)
})

describe('a SOCKS proxy on a port of the site (T-09)', () => {
  testCases(
    {
      'app -> socks tcp/9050 established': 'permitted_unverified O-04',
      'app -> socks tcp/1080 established': 'escaped:unlisted unlisted',
    },
    { site: SITE.replace('port: 1080', 'port: 9050') },
  )
})

describe('a site without a SOCKS proxy (T-08)', () => {
  testCases(
    { 'app -> socks tcp/1080 established': 'escaped:unlisted unlisted' },
    { site: siteWithout('socks') },
  )
})

describe('the shared address as an end point of replication (A-46)', () => {
  testCases({
    'app-vip -> app-b tcp/2008 established': 'permitted I-05, shared_address',
    'app -> app-vip tcp/2008 established': 'permitted I-05, shared_address',
    'app-b -> app tcp/2008 established': 'permitted I-05',
  })
})
