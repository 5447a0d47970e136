// The incoming table, Office Communicator and Sametime: rows that exist where their role does (A-20
// to A-23).

import { describe } from 'vitest'
import { testCases } from './cases.ts'
import { siteWithout } from './site.ts'

describe('rows I-33 to I-35', () => {
  testCases({
    // Clear text or TLS, and 5061 is the usual port of the latter.
    'lcs -> lcs-gw tcp/5060 established': 'permitted_unverified I-33',
    'lcs -> lcs-gw tcp/5061 established': 'permitted_unverified I-33',
    'lcs -> lcs-gw tcp/5069 filtered': 'misdropped I-33',
    'lcs -> lcs-gw tcp/5070 established': 'escaped:unlisted unlisted',
    'lcs -> lcs-gw udp/5060 established': 'escaped:unlisted unlisted',
    'external -> lcs-gw tcp/5060 established': 'escaped:over_exposed I-33',
    'sametime -> lcs-gw tcp/5061 established': 'escaped:over_exposed I-33',

    'sametime -> sametime-gw tcp/8083 established': 'permitted_unverified I-34',
    'sametime -> sametime-gw udp/8083 established': 'permitted_unverified I-34, transport_unusual',
    'external -> sametime-gw tcp/8083 established': 'escaped:over_exposed I-34',
    'external -> sametime-gw udp/8083 established': 'escaped:over_exposed I-34',

    'sametime -> sametime-gw tcp/8086 established': 'permitted_unverified I-35',
    'admin -> sametime-gw tcp/8086 established': 'escaped:over_exposed I-35',
    'sensor -> sametime-gw tcp/8086 established': 'escaped:over_exposed I-35',
    // RMI may hand out other ports, which no row lists.
    'sametime -> sametime-gw tcp/45000 established': 'escaped:unlisted unlisted',
  })
})

describe('a site that declares no LCS gateway', () => {
  testCases(
    {
      'lcs -> web-int tcp/5061 established': 'escaped:unlisted unlisted',
      'lcs -> app tcp/5061 established': 'escaped:unlisted unlisted',
      'lcs -> app tcp/5060 established': 'escaped:over_exposed I-07',
      'sametime -> sametime-gw tcp/8083 established': 'permitted_unverified I-34',
    },
    { site: siteWithout('name: lcs-gw') },
  )
})

describe('a site that declares no Sametime gateway', () => {
  testCases(
    {
      'sametime -> web-int tcp/8083 established': 'escaped:unlisted unlisted',
      'sametime -> app tcp/8086 established': 'escaped:unlisted unlisted',
      'lcs -> lcs-gw tcp/5061 established': 'permitted_unverified I-33',
    },
    { site: siteWithout('name: sametime-gw') },
  )
})
