// The incoming table, Web Server: each row kept and broken.

import { describe } from 'vitest'
import { testCases } from './cases.ts'
import { SITE } from './site.ts'

describe('rows I-28 to I-32', () => {
  testCases({
    'enduser -> web-int tcp/80 established': 'permitted_unverified I-28',
    'admin -> web-dmz tcp/80 established': 'permitted_unverified I-28',
    'enduser -> web-dmz tcp/80 refused': 'permitted I-28, service_down',
    'enduser -> web-int tcp/80 filtered': 'misdropped I-28',
    'external -> web-int tcp/80 established': 'escaped:over_exposed I-28',
    'phone -> web-int tcp/80 established': 'escaped:over_exposed I-28',
    'stranger-public -> web-dmz tcp/80 established': 'escaped:over_exposed I-28',

    'external -> web-dmz tcp/80 established': 'permitted_unverified I-28.1',
    'external -> web-reverse tcp/80 filtered': 'misdropped I-28.1',
    // Beside it, 443 of this one completes.
    'external -> web-dmz tcp/80 filtered': 'rejected I-28.2',

    'admin -> web-dmz tcp/443 established': 'permitted_unverified I-29',
    'external -> web-int tcp/443 established': 'escaped:over_exposed I-29',
    'external -> web-dmz tcp/443 established': 'permitted_unverified I-29.1',
    'external -> web-dmz tcp/443 filtered': 'misdropped I-29.1',
    // The same host by the address that the Internet sees.
    'external -> web-nat tcp/443 established': 'permitted_unverified I-29.1',
    'external -> web-nat tcp/1433 established': 'escaped:over_exposed I-31',

    'enduser -> web-int tcp/1627 established': 'permitted_unverified I-30',
    'external -> web-int tcp/1627 established': 'escaped:over_exposed I-30',
    'external -> web-dmz tcp/1627 established': 'permitted_unverified I-30.1',
    'external -> web-dmz tcp/1627 filtered': 'misdropped I-30.1',

    'web-int -> sql tcp/1433 established': 'permitted_unverified I-31',
    'web-int -> sql tcp/1433 filtered': 'misdropped I-31',
    'web-dmz -> sql tcp/1433 established': 'escaped:over_exposed I-31',
    'app -> sql tcp/1433 established': 'escaped:over_exposed I-31',
    'admin -> web-int tcp/1433 established': 'escaped:over_exposed I-31',
    'external -> web-dmz tcp/1433 filtered': 'rejected I-31',

    'app -> web-dmz tcp/5003 established': 'permitted I-32',
    'app -> web-reverse tcp/5003 established': 'permitted I-32',
    'app -> web-reverse tcp/5003 filtered': 'misdropped I-32',
    'app -> web-normal tcp/5003 established': 'escaped:forbidden_by_mode I-06.1',
    'app -> web-normal tcp/5003 filtered': 'rejected I-06.1',
    'web-int -> web-dmz tcp/5003 established': 'escaped:over_exposed I-32',
    'external -> web-dmz tcp/5003 established': 'escaped:over_exposed I-32',
  })
})

// 61004 towards a Web Server has no row, and S-10 says why.
describe('statement S-10', () => {
  testCases({
    'web-int -> app-b tcp/61004 established': 'permitted_unverified I-12',
    'app -> web-dmz tcp/61004 established': 'escaped:wrong_direction S-10',
    'app -> web-int tcp/61004 refused': 'escaped:wrong_direction S-10',
    'app -> web-dmz tcp/61004 filtered': 'escaped:wrong_direction S-10',
    'app-b -> web-dmz tcp/61004 silent': 'escaped:wrong_direction S-10',
    'external -> web-dmz tcp/61004 established': 'escaped:unlisted unlisted',
    'audio -> web-int tcp/61004 established': 'escaped:unlisted unlisted',
  })
})

describe('a site without external users', () => {
  testCases(
    {
      'external -> web-dmz tcp/80 established': 'escaped:over_exposed I-28',
      'external -> web-dmz tcp/443 filtered': 'rejected I-29',
      'enduser -> web-dmz tcp/1627 established': 'permitted_unverified I-30',
    },
    { site: SITE.replace('external_users: true', 'external_users: false') },
  )
})
