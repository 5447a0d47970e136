// The incoming table, Application Server: each row kept and broken.

import { describe } from 'vitest'
import { testCases } from './cases.ts'

describe('rows I-01 to I-13', () => {
  testCases({
    'admin -> app tcp/22 established': 'permitted_unverified I-01',
    'admin -> app tcp/22 filtered': 'misdropped I-01',
    'app-b -> app tcp/22 established': 'permitted_unverified I-01, unexpected_source',
    'enduser -> app tcp/22 established': 'escaped:over_exposed I-01',
    'enduser -> app tcp/22 filtered': 'rejected I-01',
    'external -> app tcp/22 established': 'escaped:over_exposed I-01',
    'admin -> app-vip tcp/22 established': 'permitted_unverified I-01',

    'admin -> app tcp/80 established': 'permitted_unverified I-02',
    'admin -> app tcp/443 established': 'permitted_unverified I-02',
    'enduser -> app tcp/80 established': 'escaped:over_exposed I-02',
    'web-dmz -> app tcp/443 established': 'escaped:over_exposed I-02',

    'web-dmz -> app udp/123 established': 'permitted_unverified I-03',
    'web-int -> app udp/123 established': 'permitted_unverified I-03',
    'audio -> app udp/123 established': 'permitted_unverified I-03',
    'admin -> app udp/123 established': 'escaped:over_exposed I-03',
    'app-b -> app udp/123 established': 'escaped:over_exposed I-03',

    'admin -> app udp/161 established': 'permitted_unverified I-04',
    'admin -> app udp/161 filtered': 'misdropped I-04',
    'external -> app udp/161 established': 'escaped:over_exposed I-04',
    'external -> app udp/161 one_way': 'escaped:over_exposed I-04',

    'app -> app-b tcp/2008 established': 'permitted I-05',
    'app-b -> app tcp/2008 filtered': 'misdropped I-05',
    'audio -> app tcp/2008 established': 'escaped:over_exposed I-05',
    'web-dmz -> app tcp/2008 established': 'escaped:over_exposed I-05',

    'web-dmz -> app tcp/5003 established': 'permitted I-06',
    'web-int -> app tcp/5003 established': 'permitted I-06',
    'web-normal -> app tcp/5003 established': 'permitted I-06',
    'web-normal -> app tcp/5003 filtered': 'misdropped I-06',
    'external -> app tcp/5003 established': 'escaped:over_exposed I-06',
    'audio -> app tcp/5003 established': 'escaped:over_exposed I-06',
    'web-reverse -> app tcp/5003 established': 'escaped:forbidden_by_mode I-06.2',
    'web-reverse -> app tcp/5003 filtered': 'rejected I-06.2',

    'cucm -> app tcp/5060 established': 'permitted_unverified I-07',
    'cucm -> app udp/5060 established': 'permitted_unverified I-07',
    'audio -> app tcp/5060 established': 'permitted_unverified I-07',
    'external -> app tcp/5060 established': 'escaped:over_exposed I-07',
    'web-dmz -> app udp/5060 established': 'escaped:over_exposed I-07',
    'phone -> app tcp/5060 established': 'escaped:over_exposed I-07',

    'web-int -> app tcp/8080 established': 'permitted_unverified I-08',
    'web-dmz -> app tcp/8080 established': 'escaped:over_exposed I-08',
    'web-dmz -> app tcp/8080 filtered': 'rejected I-08',

    'admin -> app tcp/9090 established': 'permitted_unverified I-09',
    'enduser -> app tcp/9090 established': 'escaped:over_exposed I-09',

    'audio -> app tcp/61002 established': 'permitted_unverified I-10',
    'video -> app udp/61002 established': 'permitted_unverified I-10',
    'external -> app tcp/61002 established': 'escaped:over_exposed I-10',

    'audio -> app tcp/61003 established': 'permitted I-11',
    'web-dmz -> app tcp/61003 established': 'escaped:over_exposed I-11',

    'web-dmz -> app tcp/61004 established': 'permitted_unverified I-12',
    'web-int -> app tcp/61004 established': 'permitted_unverified I-12',
    'web-users -> app tcp/61004 established': 'permitted_unverified I-12',
    'web-dmz -> app tcp/61004 filtered': 'misdropped I-12',
    'external -> app tcp/61004 established': 'escaped:over_exposed I-12',
    'audio -> app tcp/61004 established': 'escaped:over_exposed I-12',
    'stranger-core -> app tcp/61004 established': 'escaped:over_exposed I-12',

    'audio -> app udp/20000 established': 'permitted_unverified I-13',
    'audio -> app udp/16384 established': 'permitted_unverified I-13',
    'video -> app udp/32767 established': 'permitted_unverified I-13',
    'audio -> app udp/16383 established': 'escaped:unlisted unlisted',
    'audio -> app udp/32768 established': 'escaped:unlisted unlisted',
    'phone -> app udp/20000 established': 'escaped:over_exposed I-13',
    'external -> app udp/20000 one_way': 'escaped:over_exposed I-13',
  })
})

// X0 is the core's own, and the local services that the row's purpose names (1.1, T-03, T-04).
describe('a row that is exposed to nobody', () => {
  testCases({
    'audio -> app tcp/8080 established': 'permitted_unverified I-08',
    'web-int -> app tcp/61003 established': 'permitted_unverified I-11, unexpected_source',
    'web-int -> app tcp/61003 filtered': 'misdropped I-11',
    'audio-dmz -> app tcp/61003 established': 'escaped:over_exposed I-11',
    'audio-dmz -> app tcp/61003 filtered': 'rejected I-11',
    'cucm -> app tcp/8080 established': 'escaped:over_exposed I-08',
    'cucm -> app tcp/61002 established': 'escaped:over_exposed I-10',
    'exchange -> app tcp/5060 established': 'escaped:over_exposed I-07',
    'admin -> app tcp/61003 established': 'escaped:over_exposed I-11',
    'stranger-public -> app tcp/61003 established': 'escaped:over_exposed I-11',
    'stranger-private -> app tcp/8080 established': 'escaped:over_exposed I-08',
  })
})
