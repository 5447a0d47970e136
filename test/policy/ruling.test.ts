// What rows say before anybody looks at what happened: lists, classes, modes, overlaps. The real
// rows are put to the test in rows/; here are small ones of our own.

import { describe, expect, test } from 'vitest'
import type { GwsimMode } from '../../src/model/inventory.ts'
import type { Row, Selector } from '../../src/model/policy.ts'
import { conditionsOf, Rulebook } from '../../src/policy/rulebook.ts'
import { rule } from '../../src/policy/ruling.ts'
import { policyOf, row } from '../support/judged.ts'
import { host, site } from './builders.ts'

const selector = (label: string, zone: string | null = null): Selector => {
  return { label, zone, text: label }
}
const X0 = { id: 'X0', says: '', accepts: [selector('meetingplace', 'core')], acceptsListed: true }
const X1 = { ...X0, id: 'X1', accepts: [...X0.accepts, selector('admin')] }
const EXPOSURES = new Map([X0, X1].map(one => [one.id, one]))

interface Asked {
  readonly rows: readonly Row[]
  readonly gwsim?: Readonly<Record<string, GwsimMode>>
}

/** `allowed I-01`, `unexpected I-01`, `over_exposed I-01`, `unlisted unlisted inbound`. */
function ruled(text: string, { rows, gwsim = {} }: Asked): string {
  const [client = '', , server = '', port = ''] = text.split(' ')
  const modes = { gwsim: new Map(Object.entries(gwsim)), socks: null, https: true }
  const policy = policyOf(rows, { exposures: EXPOSURES })
  const book = new Rulebook(policy, conditionsOf(site({ modes }), []))
  const service = { transport: 'tcp' as const, port: Number(port) }
  const ruling = rule(book, host(client, 'client'), host(server, 'server'), service)
  const named = ruling.rows.length > 1 ? ruling.rows.map(({ id }) => id).join('+') : ruling.row
  return [ruling.reason ?? ruling.kind, named, ruling.bound].filter(word => word !== null).join(' ')
}

describe('a row’s list', () => {
  const rows = [row('I-01', 'admin -> app tcp/22', { exposure: 'X1' })]

  test('allows whom it names', () => {
    expect(ruled('admin@admin-net -> app@core 22', { rows })).toBe('allowed I-01')
  })

  test('leaves the others to the class', () => {
    expect(ruled('web@core -> app@core 22', { rows })).toBe('unexpected I-01')
    expect(ruled('web@dmz -> app@core 22', { rows })).toBe('over_exposed I-01')
    expect(ruled('external -> app@core 22', { rows })).toBe('over_exposed I-01')
  })

  test('is all there is where the text names both ends', () => {
    const closed = rows.map(one => ({ ...one, closed: true }))
    expect(ruled('web@core -> app@core 22', { rows: closed })).toBe('over_exposed I-01')
  })

  test('that we inferred cannot let in a MeetingPlace server which the class keeps out', () => {
    const basis = (from: Row['from']['basis']) => [
      row('I-11', 'media,cucm -> app tcp/61003', {
        exposure: 'X0',
        from: { selectors: [selector('media'), selector('cucm')], basis: from },
      }),
    ]
    const asked = (client: string, from: Row['from']['basis']) =>
      ruled(`${client} -> app@core 61003`, { rows: basis(from) })
    expect(asked('media-audio@core', 'inferred')).toBe('allowed I-11')
    expect(asked('media-audio@dmz', 'inferred')).toBe('over_exposed I-11')
    expect(asked('media-audio@dmz', 'document')).toBe('allowed I-11')
    // A local service is where it is.
    expect(asked('cucm@user-net', 'inferred')).toBe('allowed I-11')
  })
})

describe('a port that no row gives to the server', () => {
  const rows = [
    row('I-12', 'web -> app tcp/61004', { reversed: 'S-10' }),
    row('O-13', 'media -> phone tcp/any', { kind: 'outgoing' }),
    row('S-11', 'app -> web tcp/123', { kind: 'statement' }),
  ]

  test('is a wrong direction where a row allows it the other way round', () => {
    expect(ruled('app@core -> web@dmz 61004', { rows })).toBe('wrong_direction S-10')
    const plain = rows.map(one => ({ ...one, reversed: null }))
    expect(ruled('app@core -> web@dmz 61004', { rows: plain })).toBe('wrong_direction I-12')
  })

  test('is unlisted otherwise, inbound where the server is MeetingPlace', () => {
    expect(ruled('external -> web@dmz 61004', { rows })).toBe('unlisted unlisted inbound')
    expect(ruled('app@core -> external 61004', { rows })).toBe('unlisted unlisted outbound')
  })

  test('is not given by a row that names every port', () => {
    expect(ruled('media-audio@core -> phone@user-net 7', { rows })).toBe('allowed O-13')
    expect(ruled('app@core -> phone@user-net 7', { rows })).toBe('unlisted unlisted outbound')
  })

  test('is not turned round by a row that names every port', () => {
    const any = [row('any', 'web -> app tcp/any')]
    expect(ruled('app@core -> web@dmz 7', { rows: any })).toBe('unlisted unlisted inbound')
  })

  test('is not given by a statement, which only permits', () => {
    expect(ruled('app@core -> web@dmz 123', { rows })).toBe('allowed S-11')
    expect(ruled('external -> web@dmz 123', { rows })).toBe('unlisted unlisted inbound')
  })
})

describe('5003', () => {
  const rows = [
    row('I-06', 'web -> app tcp/5003', { mode: { machine: 'gwsim', opener: 'web' } }),
    row('I-32', 'app -> web tcp/5003', { mode: { machine: 'gwsim', opener: 'app' } }),
  ]

  test.each([
    ['web@dmz -> app@core 5003', {}, 'allowed I-06'],
    ['app@core -> web@dmz 5003', {}, 'allowed I-32'],
    ['web@dmz -> app@core 5003', { client: 'normal' }, 'allowed I-06'],
    ['app@core -> web@dmz 5003', { server: 'normal' }, 'forbidden_by_mode I-06.1'],
    ['web@dmz -> app@core 5003', { client: 'reverse' }, 'forbidden_by_mode I-06.2'],
    ['app@core -> web@dmz 5003', { server: 'reverse' }, 'allowed I-32'],
    ['web@dmz -> app@core 5003', { another: 'reverse' }, 'allowed I-06'],
  ] as const)('%s with %o is %s', (text, gwsim, expected) => {
    expect(ruled(text, { rows, gwsim })).toBe(expected)
  })
})

describe('of several rows (A-14)', () => {
  test('the one for a role of the server itself comes first', () => {
    const rows = [row('wide', 'app -> media tcp/80'), row('own', 'app -> media-audio tcp/1-65535')]
    expect(ruled('app@core -> media-audio@core 80', { rows })).toBe('allowed own+wide')
  })

  test('the narrower range comes first', () => {
    const rows = [row('I-13', 'media -> app tcp/1-500'), row('I-25', 'media -> app tcp/80-90')]
    expect(ruled('media-audio@core -> app@core 85', { rows })).toBe('allowed I-25+I-13')
  })

  test('an incoming row comes before its outgoing twin', () => {
    const rows = [
      row('O-07', 'app -> app tcp/2008', { kind: 'outgoing' }),
      row('I-05', 'app -> app tcp/2008'),
    ]
    expect(ruled('app@core -> app@core 2008', { rows })).toBe('allowed I-05+O-07')
  })

  test('the most specific is the one that was broken, too', () => {
    const rows = [row('I-13', 'media -> app tcp/1-500'), row('I-25', 'media -> app tcp/80-90')]
    expect(ruled('external -> app@core 85', { rows })).toBe('over_exposed I-25')
  })
})

describe('WebEx', () => {
  const rows = [row('W-01', 'enduser-int,app -> webex tcp/443', { kind: 'webex' })]

  test.each([
    ['enduser-int@user-net -> webex 443', 'allowed W-01'],
    ['enduser-int@user-net -> webex 8443', 'unexpected W-01'],
    ['http-proxy@core -> webex 8443', 'unexpected W-01'],
    ['app@core -> webex 8443', 'unlisted unlisted outbound'],
    ['webex -> enduser-int@user-net 8443', 'unexpected W-01'],
    ['webex -> http-proxy@core 8443', 'unlisted unlisted outbound'],
    ['webex -> app@core 8443', 'unlisted unlisted inbound'],
  ])('%s is %s', (text, expected) => expect(ruled(text, { rows })).toBe(expected))
})
