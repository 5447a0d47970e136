// Step 9 of the order of decision: accepted deviations, through the whole pipeline. The capture is
// of the 2nd of March 2026.

import { describe, expect, test } from 'vitest'
import { judgedIn } from './cast.ts'
import { testCases, testEach } from './rows/cases.ts'
import { SITE } from './rows/site.ts'

/** The site with one exception: what it is for, and until when. */
const siteWith = (text: string, expires = '2026-12-31'): string =>
  `${SITE}exceptions:
  - {id: EX-7, ${text}, owner: noc, reason: "change 4411", expires: ${expires}}
`

const SYSLOG = 'row: unlisted, from: app, to: 203.0.113.9/32, l4: tcp/514'

describe('an exception', () => {
  testCases(
    {
      'app -> external tcp/514 established': 'excepted unlisted',
      'app -> external tcp/514 filtered': 'excepted unlisted',
      // Another source, target, transport, port or direction is as loud as before.
      // The node called app, and not whoever has that role.
      'app-b -> external tcp/514 established': 'escaped:unlisted unlisted',
      'app -> stranger-private tcp/514 established': 'escaped:unlisted unlisted',
      'app -> external udp/514 one_way': 'escaped:unlisted unlisted',
      'app -> external tcp/515 established': 'escaped:unlisted unlisted',
      'external -> app tcp/514 established': 'escaped:unlisted unlisted',
    },
    { site: siteWith(SYSLOG) },
  )
})

describe('an exception holds until the end of its last day', () => {
  describe('today', () => {
    testCases(
      { 'app -> external tcp/514 established': 'excepted unlisted' },
      { site: siteWith(SYSLOG, '2026-03-02') },
    )
  })
  describe('yesterday', () => {
    testCases(
      { 'app -> external tcp/514 established': 'escaped:unlisted unlisted' },
      { site: siteWith(SYSLOG, '2026-03-01') },
    )
  })
})

describe('an exception is for one row', () => {
  testCases(
    {
      'stranger-core -> app tcp/61003 established': 'excepted I-11',
      'stranger-core -> app tcp/61004 established': 'escaped:over_exposed I-12',
      'stranger-dmz -> app tcp/61003 established': 'escaped:over_exposed I-11',
    },
    { site: siteWith('row: I-11, from: 10.10.20.200, to: app, l4: tcp/1-65535') },
  )
})

describe('an exception names its ends by label, or by any address that they have', () => {
  testCases(
    {
      'audio -> sql tcp/1433 established': 'excepted I-31',
      'blade -> sql tcp/1433 established': 'excepted I-31',
      'video -> sql tcp/1433 established': 'escaped:over_exposed I-31',
    },
    { site: siteWith('row: I-31, from: media-audio, to: 10.10.20.55, l4: tcp/1433') },
  )
  describe('such as the one that the outside sees', () => {
    testCases(
      {
        'external -> web-nat tcp/1433 established': 'excepted I-31',
        'external -> web-dmz tcp/1433 established': 'excepted I-31',
        'external -> web-normal tcp/1433 established': 'escaped:over_exposed I-31',
      },
      { site: siteWith('row: I-31, from: external, to: 198.51.100.20, l4: tcp/1433') },
    )
  })
})

describe('an exception takes a blocked flow too', () => {
  testEach(
    { 'admin -> app tcp/22 filtered': { id: 'EX-7', kind: 'misdropped', reason: null } },
    ({ verdict }) => verdict.excepted,
    { site: siteWith('row: I-01, from: admin, to: app, l4: tcp/22') },
  )
})

describe('an exception keeps what the verdict was', () => {
  testEach(
    { 'app -> external tcp/514 established': { id: 'EX-7', kind: 'escaped', reason: 'unlisted' } },
    ({ verdict }) => verdict.excepted,
    { site: siteWith(SYSLOG) },
  )
})

describe('an exception changes nothing', () => {
  testCases(
    {
      'admin -> app tcp/22 established': 'permitted_unverified I-01',
      'admin -> app tcp/22 refused': 'permitted I-01, service_down',
    },
    { site: siteWith('row: I-01, from: admin, to: app, l4: tcp/22') },
  )
})

test('an exception holds for a flow that came back turned round', async () => {
  const site = siteWith('row: I-12, from: external, to: app, l4: tcp/61004')
  const judged = await judgedIn(
    ({ net, external, app }) =>
      net.at(5).tcpMidstream(app, external, 50_999, { clientPort: 61_004 }),
    { site },
  )
  expect(judged.verdict).toMatchObject({ kind: 'excepted', row: 'I-12' })
})

test('remarks fall silent with what they remark on', async () => {
  const site = siteWith('row: I-01, from: external, to: app, l4: tcp/22')
  const judged = await judgedIn(
    ({ net, external, app }) => net.at(5).tcpRefused(external, app, 22),
    {
      site,
    },
  )
  expect(judged.verdict).toMatchObject({ kind: 'excepted', advisories: [] })
})
