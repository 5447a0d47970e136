// Goal: whoever is woken reads what happened, where, what is demanded and what to do, and nothing that a packet could have
// put there.
// Method: the words of one notice of each kind, as they stand.

import { describe, expect, test } from 'vitest'
import { linesOf, subjectOf } from '../../src/alerts/words.ts'
import type { Notice } from '../../src/model/alert.ts'
import { HOSTILE } from '../support/hostile.ts'
import { findingsNotice, NOTICES, told } from '../support/notices.ts'

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

test('the subject says how bad it is, what it is, and how much more there is', () => {
  expect(NOTICES.map(subjectOf)).toEqual([
    '[critical] SQL Server on web-dmz-1 answered the Internet (hq)',
    '[over] SQL Server on web-dmz-1 answered the Internet (hq)',
    '[blind] Sensor dmz-span on eth1 is blind: silent (hq)',
    '[sees again] Sensor dmz-span on eth1 was blind: silent (hq)',
    '[degraded] influx main cannot be fed (hq)',
    '[critical, digest] 12 notices put together: SQL Server on web-dmz-1 answered the Internet, and 4 more (hq)',
    '[heartbeat] mpwatch is watching (hq)',
    '[test] mpwatch tries this route; nothing happened (hq)',
  ])
  const repeated = { ...findingsNotice([told({ severity: 'high' }), told()]), isRepeat: true }
  expect(subjectOf(repeated)).toBe(
    '[high, still there] SQL Server on web-dmz-1 answered the Internet, and 1 more (hq)',
  )
})

describe('the text', () => {
  const bodyOf = (notice: Notice): string => linesOf(notice).slice(0, -3).join('\n')
  const of = (kind: Notice['kind'], index = 0): Notice => {
    const notice = NOTICES.filter(one => one.kind === kind)[index]
    if (notice === undefined) throw new Error(`no notice of kind ${kind}`)
    return notice
  }

  test('of a sensor that is blind, and of one that was', () => {
    expect(bodyOf(of('blind'))).toBe(`Sensor dmz-span on eth1 is blind: silent.
  Since     2026-03-02 10:15:31.250Z, and still is
  Noticed   No packets for 60 s, where there were some.
What it did not see in this time is not known, and never counts as compliant.`)
    expect(bodyOf(of('blind', 1))).toContain(', until 2026-03-02 10:16:31.250Z')
  })

  test('of what cannot be fed', () => {
    expect(bodyOf(of('output'))).toBe(`influx main cannot be fed.
http://127.0.0.1:8086 answers nothing since 10:15; is it running?`)
  })

  test('of what is over', () => {
    expect(bodyOf(of('resolved'))).toMatch(
      /^All of this is over: nothing of it was seen for a while\.\n\ncritical: SQL Server/,
    )
  })

  test('of a sign of life, and of a test', () => {
    expect(bodyOf(of('heartbeat'))).toBe(`Compliant: no violation is open.
This comes at regular times. When it stays away, mpwatch or this route is broken.`)
    expect(bodyOf(of('test'))).toBe(
      'ann tries this route. Nothing happened, and nothing is to be done.',
    )
  })

  test('of a digest says how much was put together, and how much is not listed', () => {
    expect(bodyOf(of('digest'))).toMatch(/^More happened .*: 12 notices put together\.\n/)
    expect(bodyOf(of('digest'))).toMatch(
      /\n\n3 findings beside these\.\n\nNot of findings: blind eth0\/silent\/1\.$/,
    )
  })

  test('of a digest of what is about no finding', () => {
    const troubles = ['blind eth0:silent:1', 'output influx (over)']
    const digest: Notice = {
      ...{ id: 'n-1', route: 'night', seq: 7, atMs: 1, site: 'hq', kind: 'digest' },
      ...{ notices: 2, findings: [], more: 0, troubles },
    }
    expect(subjectOf(digest)).toBe(
      '[high, digest] 2 notices put together: blind eth0:silent:1, output influx (over) (hq)',
    )
    expect(bodyOf(digest)).toMatch(
      /\n\nNot of findings: blind eth0:silent:1, output influx \(over\)\.$/,
    )
  })

  test('shows the ten worst, and counts the rest', () => {
    const text = bodyOf(findingsNotice(Array.from({ length: 12 }, () => told())))
    expect(text.match(/To fix/g)).toHaveLength(10)
    expect(text).toMatch(/\n\nAnd 2 findings more; mpwatch findings lists them\.$/)
  })

  test('says what came back, what is over, what was observed, and what no row lists', () => {
    const lines = (alert: ReturnType<typeof told>) => bodyOf(findingsNotice([alert]))
    expect(lines(told({}, { phase: 'reopen', episodes: 3 }))).toContain('confirmed, opened 3 times')
    expect(lines(told({}, { phase: 'close' }))).toContain('confirmed, over')
    expect(lines(told({ row: 'unlisted', reason: null }))).toContain('Row       none in Network')
    const [example] = told().finding.examples
    if (example === undefined) throw new Error('the sample has an example')
    const seen = (changes: Partial<typeof example>) =>
      lines(told({ examples: [{ ...example, ...changes }] }))
    expect(seen({ src_ip: '2001:db8::1' })).toContain('[2001:db8::1]:51514 -> 192.0.2.20:1433 TCP.')
    expect(seen({ proto: 'ICMP' })).toContain('203.0.113.77 -> 192.0.2.20 ICMP.')
    const observed = told({ examples: [], why: ['Both servers hold the address.'], service: null })
    expect(lines(observed)).toContain('Observed  Both servers hold the address.')
    expect(lines(observed)).toContain('external@internet -> web-dmz-1, 3 times, first 2026-03-02')
  })
})

for (const [number, text] of HOSTILE.entries())
  test(`hostile text adds no line: number ${number + 1}`, () => {
    const finding = { title: text, source: text, fix: text, expected: text, says: text }
    const notice = { ...findingsNotice([told(finding)]), site: text, route: text }
    const lines = linesOf(notice)
    expect(lines).toHaveLength(linesOf(findingsNotice()).length)
    for (const line of [...lines, subjectOf(notice)]) {
      expect(line).not.toMatch(INVISIBLE)
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2000)
    }
  })
