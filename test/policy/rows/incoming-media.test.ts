// The incoming table, Media Server: each row kept and broken.

import { describe } from 'vitest'
import { testCases } from './cases.ts'

describe('rows I-14 to I-24, of every blade', () => {
  testCases({
    'admin -> audio tcp/21 established': 'permitted_unverified I-14',
    'admin -> audio tcp/21 filtered': 'misdropped I-14',
    'enduser -> audio tcp/21 established': 'escaped:over_exposed I-14',

    'admin -> video tcp/23 established': 'permitted_unverified I-15',
    'external -> video tcp/23 established': 'escaped:over_exposed I-15',
    'external -> video tcp/23 filtered': 'rejected I-15',

    'admin -> audio tcp/80 established': 'permitted_unverified I-16',
    'enduser -> audio tcp/80 established': 'escaped:over_exposed I-16',
    // There is no row for 443 at the Media Server.
    'admin -> audio tcp/443 established': 'escaped:unlisted unlisted',

    'app -> audio udp/123 established': 'permitted_unverified I-17',
    'admin -> audio udp/123 established': 'escaped:over_exposed I-17',

    'admin -> audio udp/161 established': 'permitted_unverified I-18',
    'enduser -> audio udp/161 established': 'escaped:over_exposed I-18',

    'app -> audio tcp/2010 established': 'permitted I-19',
    'app -> audio tcp/2010 refused': 'permitted I-19, service_down',
    'admin -> audio tcp/2010 established': 'escaped:over_exposed I-19',

    'app -> video tcp/3333 established': 'permitted I-20',
    'video -> audio tcp/3333 established': 'permitted I-20',
    'web-dmz -> video tcp/3333 established': 'escaped:over_exposed I-20',

    'app -> audio tcp/3336 established': 'permitted_unverified I-21',
    'app-vip -> audio tcp/3336 established': 'permitted_unverified I-21',
    'web-dmz -> audio tcp/3336 established': 'escaped:over_exposed I-21',

    'audio -> video tcp/3337 established': 'permitted_unverified I-22',
    'web-dmz -> video tcp/3337 established': 'escaped:over_exposed I-22',

    'app -> audio tcp/3340 established': 'permitted I-23',
    'external -> audio tcp/3340 established': 'escaped:over_exposed I-23',

    'cucm -> audio udp/5060 established': 'permitted_unverified I-24',
    'app -> video tcp/5060 established': 'permitted_unverified I-24',
    'phone -> audio udp/5060 established': 'escaped:over_exposed I-24',
  })
})

describe('rows I-25 to I-27, of one kind of blade', () => {
  testCases({
    'phone -> audio udp/16384 established': 'permitted_unverified I-25',
    'enduser -> audio udp/16683 established': 'permitted_unverified I-25',
    'phone -> audio udp/16384 filtered': 'misdropped I-25',
    'phone -> audio udp/16384 one_way': 'permitted_unverified I-25',
    // X2 speaks of administrators too, though they make no calls.
    'admin -> audio udp/16500 established': 'permitted_unverified I-25, unexpected_source',
    // One port below the range: the blade may send from any, and who asked whom is not known
    // (O-13).
    'phone -> audio udp/16383 established': 'permitted_unverified O-13',
    'phone -> audio udp/16684 established': 'escaped:unlisted unlisted',
    'external -> audio udp/16384 established': 'escaped:over_exposed I-25',
    'external -> audio udp/16384 one_way': 'escaped:over_exposed I-25',
    'audio-dmz -> audio udp/16384 established': 'escaped:over_exposed I-25',

    'phone -> video udp/20000 established': 'permitted_unverified I-26',
    'enduser -> video udp/21799 established': 'permitted_unverified I-26',
    'phone -> video udp/19999 established': 'escaped:unlisted unlisted',
    'phone -> video udp/21800 established': 'escaped:unlisted unlisted',
    'external -> video udp/20000 established': 'escaped:over_exposed I-26',

    // The range belongs to the kind of blade.
    'phone -> audio udp/20000 established': 'escaped:unlisted unlisted',
    'phone -> video udp/16384 established': 'escaped:unlisted unlisted',

    'app -> video tcp/2944 established': 'permitted_unverified I-27',
    'audio -> video tcp/2945 established': 'permitted_unverified I-27',
    'admin -> video tcp/2944 established': 'escaped:over_exposed I-27',
    'app -> audio tcp/2944 established': 'escaped:unlisted unlisted',
  })
})
