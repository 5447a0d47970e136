// Goal: each line format says what it should, and hostile text in any field comes out as that text and nothing else.
// Method: readers of their own, which follow the standards strictly, read back what was written.

import { describe, expect, test } from 'vitest'
import { cefMessage } from '../../src/alerts/cef.ts'
import { fitting } from '../../src/alerts/fitting.ts'
import { type Message, messagesOf } from '../../src/alerts/messages.ts'
import { MESSAGE_BYTES_MAX, octetCounted, syslogMessage } from '../../src/alerts/syslog.ts'
import type { Notice } from '../../src/model/alert.ts'
import { visible } from '../../src/model/text.ts'
import { HOSTILE } from '../support/hostile.ts'
import { findingsNotice, grounds, NOTICES, told } from '../support/notices.ts'
import { cefOf, framesOf, syslogOf } from '../support/syslog-reader.ts'

const SD = 'mpwatch@32473'
const DAEMON = 3
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const first = (notice: Notice): Message => {
  const [message] = messagesOf(notice)
  if (message === undefined) throw new Error('a notice has a message')
  return message
}
const syslog = (notice: Notice) => syslogOf(syslogMessage(first(notice), DAEMON, grounds()))
const cef = (notice: Notice) => cefOf(syslogOf(cefMessage(first(notice), DAEMON, grounds())).text)

describe('syslog', () => {
  test('a finding in full', () => {
    expect(syslogMessage(first(findingsNotice()), DAEMON, grounds()).toString()).toBe(
      '<26>1 2026-03-02T10:16:31.250000Z monitor.example.com mpwatch 4711 findings ' +
        '[mpwatch@32473 id="n-0123456789abcdef" seq="7" part="1" parts="1" route="night" site="hq" ' +
        'repeat="false" finding="f-7d1c2a90b3e4" phase="open" severity="critical" ' +
        'verdict="escaped" reason="over_exposed" confidence="confirmed" row="I-31" ' +
        'source="external@internet" destination="web-dmz-1" service="tcp/1433" members="3" ' +
        'episodes="1" first="2026-03-02T10:15:42.118233456Z" ' +
        'last="2026-03-02T10:16:30.000000000Z" src_ip="203.0.113.77" dst_ip="192.0.2.20" ' +
        'src_port="51514" dst_port="1433" proto="TCP" ' +
        'community_id="1:LQU9qZlK+B5F3KDmev6m5PMibrg="] ' +
        '\uFEFFSQL Server on web-dmz-1 answered the Internet. To fix: Close tcp/1433 towards 192.0.2.20 on the external firewall.',
    )
  })

  const severities = { critical: 2, high: 3, medium: 4, low: 5, info: 6 } as const
  for (const [severity, number] of Object.entries(severities))
    test(`${severity} is severity ${number}`, () => {
      const notice = findingsNotice([told({ severity: severity as keyof typeof severities })])
      expect(syslog(notice)).toMatchObject({ facility: DAEMON, severity: number })
    })

  test('the id of the message is the kind of notice, and what is over wakes nobody', () => {
    expect(NOTICES.map(notice => syslog(notice)).map(({ id, severity }) => [id, severity])).toEqual(
      [
        ['findings', 2],
        ['resolved', 6],
        ['blind', 3],
        ['blind', 6],
        ['output', 3],
        ['digest', 2],
        ['heartbeat', 6],
        ['test', 6],
      ],
    )
  })

  test('each finding of a notice is a message with its part', () => {
    const notice = findingsNotice([told(), told({ id: 'f-000000000002' })])
    const all = messagesOf(notice).map(message =>
      syslogOf(syslogMessage(message, DAEMON, grounds())).data.get(SD),
    )
    expect(
      all.map(data => ['id', 'part', 'parts', 'finding'].map(name => data?.get(name))),
    ).toEqual([
      ['n-0123456789abcdef', '1', '2', 'f-7d1c2a90b3e4'],
      ['n-0123456789abcdef', '2', '2', 'f-000000000002'],
    ])
  })

  test('a digest says so, and then each of its findings', () => {
    const digest = NOTICES.find(({ kind }) => kind === 'digest')
    expect(digest && messagesOf(digest).map(({ title }) => title)).toEqual([
      '[critical, digest] 12 notices put together: SQL Server on web-dmz-1 answered the Internet, and 4 more (hq)',
      'SQL Server on web-dmz-1 answered the Internet',
      'SQL Server on web-dmz-1 answered the Internet',
    ])
  })

  test('a digest names what is about no finding', () => {
    const [digest] = NOTICES.filter(({ kind }) => kind === 'digest')
    if (digest === undefined) throw new Error('a digest is among them')
    expect(syslog(digest).data.get(SD)?.get('troubles')).toBe('blind eth0/silent/1')
    expect(cef(digest).extension.get('cs1')).toBe('blind eth0/silent/1')
  })

  test('a host name that is none cannot add a word', () => {
    const message = syslogMessage(first(findingsNotice()), DAEMON, {
      ...{ hostname: 'a b\nc', processId: 1 },
    })
    expect(syslogOf(message).hostname).toBe('a_b_c')
  })

  test('lengths count bytes, so that a stream is read back whatever is in it', () => {
    const messages = HOSTILE.map(title =>
      syslogMessage(first(findingsNotice([told({ title })])), DAEMON, grounds()),
    )
    expect(framesOf(Buffer.concat(messages.map(octetCounted)))).toEqual(messages)
  })
})

describe('CEF', () => {
  test('a finding in full', () => {
    const { header, extension } = cef(findingsNotice())
    expect(header).toEqual([
      ...['0', 'mpwatch', 'mpwatch', '0.1.0', '713310'],
      ...['SQL Server on web-dmz-1 answered the Internet', '10'],
    ])
    expect(Object.fromEntries(extension)).toEqual({
      ...{ dvchost: 'monitor.example.com', rt: '1772446591000', act: 'escaped', cnt: '3' },
      ...{ externalId: 'f-7d1c2a90b3e4', start: '1772446542118', end: '1772446590000' },
      ...{ src: '203.0.113.77', spt: '51514', dst: '192.0.2.20', dpt: '1433', proto: 'TCP' },
      ...{ cs1: 'I-31', cs1Label: 'row', cs2: 'over_exposed', cs2Label: 'reason' },
      ...{ cs3: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=', cs3Label: 'communityId' },
      ...{ cs4: 'open', cs4Label: 'phase', cs5: 'n-0123456789abcdef/1', cs5Label: 'notice' },
      ...{ cs6: 'external@internet -> web-dmz-1', cs6Label: 'ends' },
      ...{ cn1: '7', cn1Label: 'seq', cn2: '1', cn2Label: 'episodes' },
      msg: 'SQL Server on web-dmz-1 answered the Internet. Allowed: web -> web tcp/1433. To fix: Close tcp/1433 towards 192.0.2.20 on the external firewall.',
    })
  })

  test('times are whole milliseconds, and none is one early', () => {
    for (let ms = 0; ms < 1000; ms++) {
      const last = `2026-03-02T10:16:30.${String(ms).padStart(3, '0')}000000Z`
      expect(cef(findingsNotice([told({ last })])).extension.get('end')).toBe(
        String(Date.UTC(2026, 2, 2, 10, 16, 30, ms)),
      )
    }
  })

  test('IPv6 stands where CEF has room for it', () => {
    const [example] = told().finding.examples
    if (example === undefined) throw new Error('the sample has an example')
    const examples = [{ ...example, src_ip: '2001:db8::1', dest_ip: '2001:db8::2' }]
    const { extension } = cef(findingsNotice([told({ examples })]))
    expect(extension.get('c6a2')).toBe('2001:db8::1')
    expect(extension.get('c6a3Label')).toBe('Destination IPv6 Address')
    expect(extension.has('src')).toBe(false)
  })

  test('every kind of notice is an event', () => {
    const events = NOTICES.map(cef).map(({ header, extension }) => [
      header[4],
      extension.get('act'),
    ])
    expect(events).toEqual([
      ['713310', 'escaped'],
      ['713310', 'escaped'],
      ['blind', 'blind'],
      ['blind', 'sees_again'],
      ['output', 'degraded'],
      ['digest', 'digest'],
      ['heartbeat', 'heartbeat'],
      ['test', 'test'],
    ])
  })
})

/** What of a hostile text fits into so many bytes, as a reader gets it back. */
const cut = (text: string, bytesMax: number, escaped?: (character: string) => string) =>
  fitting(text, bytesMax, escaped)

describe('hostile text stays text:', () => {
  for (const [number, text] of HOSTILE.entries())
    test(`number ${number + 1}, in every field of syslog and CEF`, () => {
      const finding = {
        ...{ title: text, source: text, destination: text, fix: text, expected: text },
        ...{ row: text, reason: text, service: text },
      }
      const notice = { ...findingsNotice([told(finding)]), site: text, route: text, id: `n${text}` }
      const message = syslogMessage(first(notice), DAEMON, grounds())
      expect(message.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX)
      const { data, text: sentence, hasMark } = syslogOf(message)
      expect(sentence).not.toMatch(INVISIBLE)
      expect(hasMark).toBe(true)
      const whole = Buffer.byteLength(visible(text)) < 100
      for (const name of ['source', 'destination', 'row', 'reason', 'service', 'site'])
        if (whole) expect(data.get(SD)?.get(name) ?? '').toBe(visible(text))
        else expect(data.get(SD)?.get(name)).toBe(cut(text, 256))
      if (whole) expect(sentence).toBe(`${visible(text)}. To fix: ${visible(text)}`)

      const event = syslogOf(cefMessage(first(notice), DAEMON, grounds()))
      expect(event.hasMark).toBe(false)
      const { header, extension } = cefOf(event.text)
      expect(header).toHaveLength(7)
      expect(header[5]).toBe(whole ? visible(text) : cut(text, 512))
      expect(extension.get('cs1')).toBe(whole ? visible(text) : cut(text, 256))
      expect(extension.get('cs6')).toBe(cut(`${text} -> ${text}`, 256))
      expect([...extension.keys()].toSorted()).toEqual([
        ...['act', 'cn1', 'cn1Label', 'cn2', 'cn2Label', 'cnt', 'cs1', 'cs1Label', 'cs2'],
        ...['cs2Label', 'cs3', 'cs3Label', 'cs4', 'cs4Label', 'cs5', 'cs5Label', 'cs6', 'cs6Label'],
        ...['dpt', 'dst', 'dvchost', 'end', 'externalId', 'msg', 'proto', 'rt', 'spt', 'src'],
        'start',
      ])
    })

  test('however long everything is, a message keeps its bound', () => {
    const long = '"\\]=|'.repeat(20_000)
    const finding = {
      ...{ id: long, title: long, source: long, destination: long, fix: long, row: long },
      ...{ reason: long, service: long, first: long, last: long, expected: long },
    }
    const notice = { ...findingsNotice([told(finding)], long), site: long, route: long }
    for (const format of [syslogMessage, cefMessage])
      expect(format(first(notice), DAEMON, grounds({ hostname: long })).length).toBeLessThanOrEqual(
        MESSAGE_BYTES_MAX,
      )
  })
})

describe('text that has to fit', () => {
  test('is cut at a character and marked', () => {
    expect([fitting('grün', 5), fitting('grün', 4), fitting('a😀b', 5)]).toEqual([
      'grün',
      'g…',
      'a…',
    ])
  })

  test('is never cut within an escape', () => {
    const doubled = (character: string) => character + character
    expect(fitting(']]]]', 7, doubled)).toBe(']]]]…')
  })
})
