// What makes a statement kept, violated, absent, unobservable or declared, rule by rule. Each statement's own
// stories are in statements.ts.

import { describe, expect, test } from 'vitest'
import { SITE, siteWithout } from '../policy/rows/site.ts'
import { coverageOf, type Story, statementIn, stateOf } from './telling.ts'

/** One test per statement: its state in the coverage of the story. */
function testStates(story: Story, states: Readonly<Record<string, string>>): void {
  for (const [id, state] of Object.entries(states))
    test(`${story.tell.join('; ')}: ${id} is ${state}`, async () => {
      expect(stateOf(await coverageOf(story), id)).toBe(state)
    })
}

const reasonOf = async (story: Story, id: string): Promise<string> =>
  statementIn(await coverageOf(story), id).reason

describe('kept', () => {
  testStates({ tell: ['admin -> app tcp/22 ssh'] }, { 'I-01': 'kept', 'T-01': 'kept' })
  describe('but unverified where nobody recognised what was carried', () => {
    testStates({ tell: ['admin -> app tcp/22 established'] }, { 'I-01': 'kept, unverified' })
    testStates(
      { tell: ['admin -> app tcp/22 established', 'admin -> app tcp/22 ssh'] },
      { 'I-01': 'kept' },
    )
  })
  describe('counts for both rows that are one permission', () => {
    testStates({ tell: ['app -> app-b tcp/2008 opaque'] }, { 'I-05': 'kept', 'O-07': 'kept' })
    testStates({ tell: ['web-int -> app tcp/5003 opaque'] }, { 'I-06': 'kept', 'O-09': 'kept' })
    testStates({ tell: ['web-int -> app tcp/61004 http'] }, { 'I-12': 'kept', 'O-10': 'kept' })
    testStates({ tell: ['app -> web-int tcp/5003 opaque'] }, { 'I-32': 'kept', 'O-08': 'kept' })
  })
  describe('by media of both ends in one flow', () => {
    testStates(
      { tell: ['phone -> audio udp/16400 rtp'] },
      { 'I-25': 'kept', 'O-13': 'kept', 'O-14': 'absent', 'O-15': 'absent' },
    )
    testStates(
      { tell: ['phone -> video udp/20101 rtcp'] },
      { 'I-26': 'kept', 'O-15': 'kept', 'O-14': 'absent' },
    )
  })
  describe('by what it carries, where several rows allow it', () => {
    testStates(
      { tell: ['audio -> phone udp/30000 rtp from 16400'] },
      { 'O-13': 'kept', 'O-15': 'absent' },
    )
    testStates(
      { tell: ['audio -> phone udp/30001 rtcp from 16401'] },
      { 'O-13': 'absent', 'O-15': 'kept' },
    )
  })
  describe('by SOCKS for WebEx, which names it to the proxy', () => {
    testStates(
      { tell: ['app -> socks 1080 socks acme.webex.com 0'] },
      { 'O-04': 'kept', 'W-01': 'kept', 'W-03': 'kept', 'T-10': 'kept' },
    )
    testStates({ tell: ['app -> socks 1080 socks acme.webex.com 5'] }, { 'W-03': 'unobservable' })
  })
  test('says how often and when last', async () => {
    const story = { tell: ['admin -> app tcp/22 ssh', 'admin -> app tcp/22 ssh'] }
    const kept = statementIn(await coverageOf(story), 'I-01')
    expect(kept).toMatchObject({ times_kept: 2, reason: 'Seen to hold 2 times.', findings: [] })
    expect(kept.last_kept).toMatch(/^2026-03-02T10:15:0\d\.\d{9}Z$/)
  })
})

describe('violated', () => {
  describe('beats kept', () => {
    testStates(
      { tell: ['admin -> app tcp/22 ssh', 'enduser -> app tcp/22 ssh'] },
      { 'I-01': 'violated' },
    )
  })
  test('names the worst finding and its like', async () => {
    const story = { tell: ['external -> app tcp/22 ssh', 'enduser -> app tcp/22 ssh'] }
    const { reason, findings } = statementIn(await coverageOf(story), 'I-01')
    expect(reason).toBe('SSH on app answered the Internet, and 1 finding more.')
    expect(findings).toHaveLength(2)
  })
  describe('by what the same flow breaks around the tables', () => {
    testStates(
      { tell: ['web-dmz -> app tcp/8080 http'] },
      { 'I-08': 'violated', 'T-03': 'violated', 'T-04': 'violated', 'T-05': 'absent' },
    )
    // A host inside was no firewall's business.
    testStates(
      { tell: ['stranger-core -> app tcp/61003 opaque'] },
      { 'T-03': 'violated', 'T-04': 'absent' },
    )
    // What is exposed to somebody is no matter of T-03.
    testStates({ tell: ['enduser -> app tcp/22 ssh'] }, { 'T-03': 'absent', 'T-04': 'absent' })
    // Behind the filter already, and served by nobody.
    testStates(
      { tell: ['web-dmz -> app tcp/8080 silent'], sensor: 'core-span' },
      { 'T-03': 'absent', 'T-04': 'violated' },
    )
  })
  describe('not by mere remarks and good news', () => {
    testStates(
      { tell: ['enduser -> app tcp/22 filtered', 'admin -> app tcp/23 filtered'] },
      { 'I-01': 'absent', 'T-01': 'absent' },
    )
    testStates({ tell: ['admin -> audio tcp/23 telnet'] }, { 'I-15': 'kept' })
    testStates({ tell: ['app-b -> app tcp/22 ssh'] }, { 'I-01': 'kept, unverified' })
  })
  describe('not where an exception accepts it', () => {
    const site = `${SITE}exceptions:
  - {id: EX-1, row: I-01, from: 10.20.3.4/32, to: app, l4: tcp/22, owner: noc, reason: "agreed until the move, change 7", expires: 2027-01-31}
`
    testStates({ tell: ['enduser -> app tcp/22 ssh'], site }, { 'I-01': 'absent' })
  })
  describe('by who is kept from a range, and by what comes out of it', () => {
    testStates(
      { tell: ['enduser -> 66.114.160.1 443 filtered'] },
      { 'W-01': 'violated', 'W-09': 'violated', 'W-08': 'absent' },
    )
    testStates({ tell: ['webex -> app tcp/3389 opaque'] }, { 'W-08': 'violated', 'W-01': 'absent' })
  })
})

describe('absent', () => {
  describe('where nobody could use the row', () => {
    const reasons: readonly (readonly [site: string, id: string, reason: string])[] = [
      [siteWithout('role: lcs-gw,'), 'I-33', 'No node has the role lcs-gw.'],
      [siteWithout('role: sametime,'), 'I-35', 'No node has the role sametime.'],
      [siteWithout('socks'), 'O-04', 'No node has the role socks-proxy.'],
      [siteWithout('role: exchange'), 'O-01', 'No node has the role exchange.'],
      [
        SITE.replace('external_users: true', 'external_users: false'),
        'I-28.1',
        'The site declares no external users.',
      ],
    ]
    for (const [site, id, reason] of reasons)
      test(`${id}: ${reason}`, async () => {
        const coverage = await coverageOf({ tell: ['app -> dns udp/53 dns'], site })
        expect(statementIn(coverage, id)).toMatchObject({ state: 'absent', reason })
      })
  })
  test('where it takes two, and an address that is shared makes no second', async () => {
    const site = siteWithout('name: app-b').replace('[app, media-audio]', 'media-audio')
    expect(await reasonOf({ tell: ['app -> dns udp/53 dns'], site }, 'F-08')).toBe(
      'Only one node could use row I-05: it takes two.',
    )
  })
  test('where it could have been seen, and was not', async () => {
    const story = { tell: ['app -> dns udp/53 dns'], sensor: 'core-span' }
    expect(await reasonOf(story, 'I-01')).toBe('No flow of this row was seen.')
    expect(stateOf(await coverageOf(story), 'I-01')).toBe('absent')
  })
})

describe('unobservable', () => {
  test('where the sensor mirrors neither end', async () => {
    const story = { tell: ['external -> web-dmz tcp/443 tls'], sensor: 'dmz-span' }
    const coverage = await coverageOf(story)
    expect(statementIn(coverage, 'O-11')).toMatchObject({
      state: 'unobservable',
      reason: 'dmz-span mirrors dmz, and this would pass in core.',
    })
    // One end is enough.
    expect(stateOf(coverage, 'I-12')).toBe('absent')
  })
  test('where nothing but half of it was seen', async () => {
    const story = { tell: ['admin -> app tcp/22 ssh'], isHalf: true }
    expect(await reasonOf(story, 'I-01')).toBe('Nothing but 1 flow seen in one direction only.')
  })
  test('where silence may mean anything', async () => {
    const story = { tell: ['enduser -> webex 443 silent'] }
    expect(await reasonOf(story, 'W-01')).toBe(
      'Nothing but 1 flow met by a silence that may mean anything.',
    )
  })
  test('where the database of a Web Server is on the same host', async () => {
    const story = { tell: ['app -> dns udp/53 dns'], site: siteWithout('role: sql,') }
    expect(await reasonOf(story, 'I-31')).toBe(
      "No node has the role sql: a Web Server's own database is on the same host, and never on the wire.",
    )
  })
  test('where WebEx is seen inside TLS alone', async () => {
    const story = { tell: ['enduser -> webex 443 tls acme.webex.com'] }
    const reason = 'No answer of WebEx passed in clear text, and inside TLS this is hidden.'
    expect(await reasonOf(story, 'W-04')).toBe(reason)
    expect(await reasonOf(story, 'W-06')).toBe(reason)
  })
  test('where it is not measured yet', async () => {
    const coverage = await coverageOf({ tell: ['web-dmz -> app tcp/61004 http'] })
    for (const id of ['S-07', 'S-08'])
      expect(statementIn(coverage, id)).toMatchObject({
        state: 'unobservable',
        reason: 'Not measured by this version.',
      })
  })
  test('all but what is declared, where no flow of the site was seen', async () => {
    const { counts } = await coverageOf({ tell: ['enduser -> external tcp/443 tls'] })
    expect(counts).toEqual({ violated: 0, kept: 0, absent: 0, unobservable: 109, declared: 7 })
  })
})

describe('in any story', () => {
  test('all 116 statements are there, and the counts agree', async () => {
    const { statements, counts } = await coverageOf({ tell: ['admin -> app tcp/22 ssh'] })
    expect(new Set(statements.map(({ id }) => id)).size).toBe(116)
    for (const [state, count] of Object.entries(counts))
      expect(statements.filter(one => one.state === state)).toHaveLength(count)
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(116)
  })
  test('each has a reason that is a sentence', async () => {
    const { statements } = await coverageOf({ tell: ['enduser -> app tcp/22 ssh'] })
    expect(statements.filter(({ reason }) => !/^[A-Z].*[a-z0-9.]\.$/.test(reason))).toEqual([])
  })
})

test('SOCKS that nobody configured and nobody speaks is kept (T-08)', async () => {
  const site = siteWithout('socks')
  expect(stateOf(await coverageOf({ tell: ['app -> dns udp/53 dns'], site }), 'T-08')).toBe('kept')
  const without = await coverageOf({ tell: ['admin -> audio tcp/21 ftp'], site })
  expect(statementIn(without, 'T-08')).toMatchObject({ state: 'absent' })
})
