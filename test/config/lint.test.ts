import { expect, test } from 'vitest'
import { lintPolicy } from '../../src/config/lint.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { loadSite } from '../../src/config/site.ts'
import type { Policy } from '../../src/model/policy.ts'
import { GOOD_SITE, temporaryFolder, writePolicy, writeSite } from './files.ts'

const folder = temporaryFolder()

const HEAD = `api_version: mpwatch/v1
policy: {id: small}
exposure: {}
rows:
`
const SITE = loadSite(writeSite(folder, GOOD_SITE)).site

/** A policy of rows in one line each: `I-01 from -> to l4`, and what else the row says. */
function policyOf(...lines: readonly string[]): Policy {
  const rows = lines.map(line => {
    const [id, from, , to, l4, ...more] = line.split(' ')
    const rest = ['', ...more].join(', ').replaceAll('=', ': ')
    return `  - {id: ${id}, kind: ${id?.startsWith('O') ? 'outgoing' : 'incoming'}, cite: {section: Ports}, says: S., from: {roles: [${from}]}, to: {roles: [${to}]}, l4: [${l4}]${rest}}\n`
  })
  return loadPolicy(
    writePolicy(folder, { 'policy.yaml': HEAD + rows.join(''), 'practice.yaml': NO_PRACTICE }),
  ).policy
}

const NO_PRACTICE = 'api_version: mpwatch/v1\npractice: []\n'

const told = (policy: Policy, site: typeof SITE | null = null, today?: string): string[] =>
  lintPolicy(policy, site, today).map(({ message }) => message)

test('rows that differ in port or peer are no remark', () => {
  expect(
    told(
      policyOf('I-01 admin -> app tcp/22', 'I-02 admin -> app tcp/23', 'I-03 admin -> web tcp/22'),
    ),
  ).toEqual([])
})

test('a row that repeats the ports and some of the peers of an earlier one never decides', () => {
  expect(told(policyOf('I-01 admin,web -> app tcp/22,tcp/23', 'I-02 web -> app tcp/23'))).toEqual([
    'I-02 never decides: I-01 has the same ports and peers and comes first',
  ])
})

test('an outgoing row never decides beside an incoming one, wherever they stand', () => {
  expect(told(policyOf('O-01 web -> app tcp/22', 'I-01 web -> app tcp/22'))).toEqual([
    'O-01 never decides: I-01 has the same ports and peers and comes first',
  ])
})

test('a narrower range inside a wider one still decides', () => {
  expect(told(policyOf('I-01 web -> app tcp/5060-5069', 'I-02 web -> app tcp/5060'))).toEqual([
    'I-01 tcp/5060-5069 overlaps I-02: roles decide, then the narrower range',
  ])
})

test('twins repeat each other on purpose', () => {
  expect(
    told(policyOf('I-12 web -> app tcp/61004 twin=O-10', 'O-10 web -> app tcp/61004')),
  ).toEqual([])
})

test('an inner row repeats its parent on purpose', () => {
  expect(told(policyOf('I-28 web -> app tcp/80', 'I-28.1 web -> app tcp/80 parent=I-28'))).toEqual(
    [],
  )
})

test('rows of different modes do not hide each other', () => {
  expect(
    told(
      policyOf(
        'I-06 web -> app tcp/5003 mode={machine=gwsim,opener=web}',
        'I-07 web -> app tcp/5003',
      ),
    ),
  ).toEqual([])
})

test('a row whose peers cannot exist matches no flow', () => {
  expect(told(policyOf('I-01 external@core,web-dmz@core -> app tcp/22'))).toEqual([
    'I-01 can match no flow: no host can be external@core, web-dmz@core',
  ])
  expect(told(policyOf('I-01 admin -> web-int@dmz tcp/22'))).toEqual([
    'I-01 can match no flow: no host can be web-int@dmz',
  ])
})

test('a row with one peer that can exist is no remark', () => {
  expect(told(policyOf('I-01 external@core,external@internet -> app tcp/22'))).toEqual([])
})

test('ranges that overlap are reported once, at the wider one', () => {
  expect(
    told(
      policyOf(
        'I-13 media -> app udp/16384-32767',
        'I-25 phone -> media-audio udp/16384-16683',
        'I-26 phone -> media-video udp/20000-21799',
      ),
    ),
  ).toEqual(['I-13 udp/16384-32767 overlaps I-25, I-26: roles decide, then the narrower range'])
})

test('ranges that only meet, or that belong to another transport, do not overlap', () => {
  expect(
    told(
      policyOf(
        'I-01 web -> app udp/100-199',
        'I-02 web -> app udp/200-250',
        'I-03 web -> app tcp/150',
      ),
    ),
  ).toEqual([])
})

test('any port is no range', () => {
  expect(told(policyOf('O-13 media -> phone udp/any', 'I-01 web -> app udp/53'))).toEqual([])
})

const EXCEPTION = {
  id: 'EX-7',
  row: 'unlisted',
  from: 'app-a',
  to: '198.51.100.9/32',
  match: [],
  owner: 'noc',
  reason: 'syslog',
  expires: '2027-01-31',
  where: 'site.yaml:19',
}
const excepting = (...changes: readonly object[]): Policy => ({
  ...policyOf('I-01 web -> app tcp/22'),
  exceptions: changes.map(change => ({ ...EXCEPTION, ...change })),
})

test('an exception holds on its last day', () => {
  expect(told(excepting({}), null, '2027-01-31')).toEqual([])
})

test('an exception has run out on the day after, whatever the hour', () => {
  expect(told(excepting({}), null, '2027-02-01T00:00:00Z')).toEqual([
    'the exception EX-7 ran out on 2027-01-31: noc must renew it or end the traffic',
  ])
})

test('no exception runs out where no day is given', () => {
  expect(told(excepting({ expires: '1999-01-01' }))).toEqual([])
})

test('two exceptions with one id are a remark', () => {
  expect(told(excepting({}, { where: 'rules/policy.yaml:30' }))).toEqual([
    'the exception EX-7 is given twice; first in site.yaml:19',
  ])
})

test('an exception to a row that does not exist is a remark', () => {
  expect(told(excepting({ row: 'I-02' }))).toEqual([
    'no row is called "I-02". Did you mean I-01? Rows are: I-01, unlisted.',
  ])
})

test('an exception for a node that does not exist is a remark, where the site is known', () => {
  expect(told(excepting({ from: 'app-x' }), SITE)).toEqual([
    'no node is called "app-x". Did you mean app-a? Nodes are: app-a, media-1, web-1, proxy.',
  ])
  expect(told(excepting({ from: 'app-x' }))).toEqual([])
})

test('an exception for a role is no remark', () => {
  expect(told(excepting({ from: 'web-dmz', to: 'admin@admin-net' }), SITE)).toEqual([])
})

test('a role that rows use and nobody has is a remark', () => {
  expect(
    told(
      policyOf('I-33 lcs -> lcs-gw tcp/5060 active_with=lcs-gw', 'I-01 web -> app tcp/22'),
      SITE,
    ),
  ).toEqual([
    'no node and no network of the site has the role lcs-gw, which is used by I-33',
    'no node and no network of the site has the role lcs, which is used by I-33',
  ])
})

test('a role that a network gives is declared', () => {
  expect(told(policyOf('I-01 enduser-int -> web tcp/80'), SITE)).toEqual([])
})

test('a site without its name at WebEx is a remark (A-05)', () => {
  expect(lintPolicy(policyOf('I-01 web -> app tcp/22'), { ...SITE, webexSite: null })).toEqual([
    {
      where: 'site.webex_site',
      message: 'not given: put the host name that stands for YOURSITENAME.webex.com here (A-05)',
    },
  ])
})
