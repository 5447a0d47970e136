// Goal: each notice is one mail that a person can read, to those whom the configuration names; encryption that is asked for
// is insisted on, and no secret is told.
// Method: a real mail server on loopback that takes, refuses at each step, hangs, breaks off, ends and comes back.

import { describe, expect, test, vi } from 'vitest'
import { openTransport } from '../../src/alerts/open-transport.ts'
import type { DeliveryError } from '../../src/alerts/transport.ts'
import type { Notice } from '../../src/model/alert.ts'
import { visible } from '../../src/model/text.ts'
import type { RouteTarget } from '../../src/model/watch-config.ts'
import { hasOpenssl, selfSigned } from '../support/certificates.ts'
import { HOSTILE } from '../support/hostile.ts'
import { findingsNotice, grounds, PASSWORD, patient, told } from '../support/notices.ts'
import { SmtpServer } from '../support/smtp-server.ts'

type MailTarget = Extract<RouteTarget, { kind: 'mail' }>

const opened = (port: number, changes: Partial<MailTarget> = {}) =>
  openTransport(
    {
      ...{ kind: 'mail', host: '127.0.0.1', port, security: 'none', username: null },
      ...{ secret: null, from: 'mpwatch@example.com', caFile: null },
      to: ['ann@example.com', 'bob@example.com'],
      ...changes,
    },
    grounds(),
  )

const LOGIN = {
  username: 'mpwatch',
  secret: { from: 'environment', name: 'MAIL_PASSWORD' },
} as const

const fault = (work: Promise<unknown>): Promise<DeliveryError> =>
  work.then(
    () => expect.fail('it was delivered'),
    error => error,
  )

/** A mail as a reader has it: headers by name, each once, and the text. */
function mailOf(data: string) {
  const [head = '', ...rest] = data.split('\r\n\r\n')
  const headers = new Map<string, string>()
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const [name = '', ...value] = line.split(': ')
    if (headers.has(name)) throw new Error(`${name} stands there twice`)
    headers.set(name, words(value.join(': ')))
  }
  const body = rest.join('\r\n\r\n')
  const encoding = headers.get('Content-Transfer-Encoding')
  if (encoding === 'base64') return { headers, text: Buffer.from(body, 'base64').toString() }
  return { headers, text: encoding === 'quoted-printable' ? unquoted(body) : body }
}

/** RFC 2047: encoded words, of which neighbours are one. */
const words = (value: string): string =>
  value
    .replace(/(=\?[^?]+\?[QB]\?[^?]*\?=)\s+(?==\?)/gi, '$1')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, code: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(code, 'base64').toString('latin1')
        : unescaped(code.replaceAll('_', ' ')),
    )

const unescaped = (code: string): string =>
  code.replace(/=([0-9A-F]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )

const unquoted = (body: string): string =>
  Buffer.from(unescaped(body.replace(/=\r\n/g, '')), 'latin1').toString()

const utf8 = (latin: string): string => Buffer.from(latin, 'latin1').toString()

async function delivered(notice: Notice) {
  const server = await SmtpServer.begin()
  await opened(server.port).deliver(notice, patient())
  const [mail] = server.received
  if (mail === undefined || server.received.length > 1) throw new Error('one mail was expected')
  return { ...mail, ...mailOf(mail.data) }
}

describe('a mail', () => {
  test('says what happened, what is demanded, what to do and where to see more', async () => {
    const { from, to, headers, text } = await delivered(findingsNotice())
    expect([from, ...to]).toEqual([
      'FROM:<mpwatch@example.com>',
      'TO:<ann@example.com>',
      'TO:<bob@example.com>',
    ])
    expect(Object.fromEntries(headers)).toMatchObject({
      From: 'mpwatch@example.com',
      To: 'ann@example.com, bob@example.com',
      Subject: '[critical] SQL Server on web-dmz-1 answered the Internet (hq)',
      'Message-ID': '<n-0123456789abcdef@monitor.example.com>',
      'Auto-Submitted': 'auto-generated',
      'X-Mpwatch-Seq': '7',
      Date: 'Mon, 02 Mar 2026 10:16:31 +0000',
    })
    expect(headers.get('Content-Type')).toMatch(/^text\/plain/)
    expect(
      text.trimEnd().replaceAll('\r\n', '\n'),
    ).toBe(`critical: SQL Server on web-dmz-1 answered the Internet
  Row       I-31, Network Requirements, TCP/UDP Ports, incoming table, Web Server, SQL 1433
  Demands   SQL Server on the Web Server serves MeetingPlace components and nobody else.
  Verdict   escaped: over_exposed, confirmed
  Traffic   external@internet -> web-dmz-1 tcp/1433, 3 flows, first 2026-03-02 10:15:42.118Z, last 2026-03-02 10:16:30.000Z
  Evidence  203.0.113.77:51514 -> 192.0.2.20:1433 TCP. SYN-ACK after 1.000 ms
  Allowed   web -> web tcp/1433
  To fix    Close tcp/1433 towards 192.0.2.20 on the external firewall.
  More      mpwatch findings f-7d1c2a90b3e4

  Notice    n-0123456789abcdef, number 7 of route night, 2026-03-02 10:16:31.250Z
  Site      hq`)
  })

  for (const [number, text] of HOSTILE.entries())
    test(`hostile text adds no header, no line and no recipient: number ${number + 1}`, async () => {
      const finding = {
        title: text,
        source: text,
        fix: `${text}\r\n.\r\nMAIL FROM:<eve@example.com>`,
      }
      const notice = { ...findingsNotice([told(finding)]), id: `n-1${text}` }
      const mail = await delivered(notice)
      expect([...mail.headers.keys()].toSorted()).toEqual([
        ...['Auto-Submitted', 'Content-Transfer-Encoding', 'Content-Type', 'Date', 'From'],
        ...['MIME-Version', 'Message-ID', 'Subject', 'To', 'X-Mpwatch-ID', 'X-Mpwatch-Seq'],
      ])
      expect(mail.to).toHaveLength(2)
      expect(mail.text.replaceAll(/\r?\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      if (text.length < 100) {
        expect(utf8(mail.headers.get('Subject') ?? '')).toBe(`[critical] ${visible(text)} (hq)`)
        expect(mail.text).toContain(`critical: ${visible(text)}`)
      }
    })
})

describe('a server', () => {
  test('that takes it says under which name it is queued', async () => {
    const server = await SmtpServer.begin()
    const transport = opened(server.port)
    expect(transport.where).toBe(`smtp://127.0.0.1:${server.port}`)
    expect(await transport.deliver(findingsNotice(), patient())).toBe(
      'answered 250 2.0.0 Ok: queued as 4F1B',
    )
    await vi.waitFor(() => expect(server.connections).toBe(0))
  })

  test('that is not there, and later is', async () => {
    const server = await SmtpServer.begin()
    const transport = opened(server.port)
    await server.stop()
    expect((await fault(transport.deliver(findingsNotice(), patient()))).message).toBe(
      `127.0.0.1:${server.port} takes no mail: nobody listens there; is the receiver running, and the port right?`,
    )
    expect(await transport.check(patient())).toContain('nobody listens there')
    await server.start()
    expect(await transport.check(patient())).toBeNull()
    expect(server.received).toEqual([])
    await transport.deliver(findingsNotice(), patient())
    expect(server.received).toHaveLength(1)
  })

  test('at an IPv6 address is named with brackets', async () => {
    const server = await SmtpServer.begin()
    await server.stop()
    const transport = opened(server.port, { host: '::1' })
    expect(transport.where).toBe(`smtp://[::1]:${server.port}`)
    expect((await fault(transport.deliver(findingsNotice(), patient()))).message).toContain(
      `[::1]:${server.port} takes no mail: `,
    )
  })

  const refusals: Readonly<Record<string, string>> = {
    CONNECT: '554 5.7.1 Go away',
    MAIL: '451 4.3.0 Later',
    RCPT: '550 5.1.1 Nobody of that name',
    DATA: '452 4.3.1 Disk full',
    CONTENT: '554 5.6.0 Not this',
  }
  for (const [step, answer] of Object.entries(refusals))
    test(`that refuses at ${step} is quoted`, async () => {
      const server = await SmtpServer.begin()
      server.answers = { [step]: answer }
      expect((await fault(opened(server.port).deliver(findingsNotice(), patient()))).message).toBe(
        `127.0.0.1:${server.port} takes no mail: it answers ${answer}`,
      )
      expect(server.received).toEqual([])
    })

  test('that refuses one of two has it for the other, and says so until both have theirs', async () => {
    const server = await SmtpServer.begin()
    const transport = opened(server.port)
    const missed = `127.0.0.1:${server.port} refuses mail for bob@example.com`
    server.answers = { 'RCPT TO:<bob@example.com>': '452 4.2.2 Full' }
    expect(await transport.deliver(findingsNotice(), patient())).toContain(`; ${missed}`)
    expect(transport.missed?.()).toBe(missed)
    server.answers = {}
    await transport.deliver(findingsNotice(), patient())
    expect(transport.missed?.()).toBeNull()
  })

  for (const step of ['CONNECT', 'EHLO', 'MAIL', 'CONTENT'])
    test(`that hangs at ${step} is given up when the signal says so, and the connection is gone`, async () => {
      const server = await SmtpServer.begin()
      server.answers = { [step]: null }
      const signal = new AbortController()
      const failed = fault(opened(server.port).deliver(findingsNotice(), signal.signal))
      await vi.waitFor(() => expect(server.silences).toBe(1))
      signal.abort()
      expect((await failed).message).toContain('no answer in time')
      await vi.waitFor(() => expect(server.connections).toBe(0))
    })

  for (const step of ['CONNECT', 'MAIL', 'DATA', 'CONTENT'])
    test(`that hangs up at ${step} has not got it`, async () => {
      const server = await SmtpServer.begin()
      server.answers = { [step]: 'hang up' }
      expect(
        (await fault(opened(server.port).deliver(findingsNotice(), patient()))).message,
      ).toMatch(/takes no mail: /)
      server.answers = {}
      await opened(server.port).deliver(findingsNotice(), patient())
      expect(server.received).toHaveLength(1)
    })

  test('that wants another password is told with neither of them', async () => {
    const server = await SmtpServer.begin({ users: { mpwatch: 'other' } })
    const { message } = await fault(opened(server.port, LOGIN).deliver(findingsNotice(), patient()))
    expect(message).toContain('it does not take the user name or the password; it answers')
    expect(message).not.toContain(PASSWORD)
    expect(message).not.toContain(Buffer.from(`\0mpwatch\0${PASSWORD}`).toString('base64'))
    expect(message).toContain('535 5.7.8 No: (secret) (secret)')
  })
})

describe.skipIf(!hasOpenssl)('encryption', () => {
  const certificate = selfSigned()
  const secured = { security: 'starttls', ...LOGIN } as const

  for (const security of ['tls', 'starttls'] as const)
    test(`${security}: a certificate is refused until its authority is named`, async () => {
      const server = await SmtpServer.begin({
        ...{ certificate, security },
        users: { mpwatch: PASSWORD },
      })
      const strange = opened(server.port, { ...LOGIN, security })
      expect((await fault(strange.deliver(findingsNotice(), patient()))).message).toMatch(
        /certificate/,
      )
      expect(await strange.check(patient())).toMatch(/certificate/)
      expect(server.verbs).not.toContain('AUTH')
      const known = opened(server.port, { ...LOGIN, security, caFile: certificate.certFile })
      expect(await known.check(patient())).toBeNull()
      await known.deliver(findingsNotice(), patient())
      expect(server.received).toMatchObject([{ user: 'mpwatch', isEncrypted: true }])
    })

  test('starttls that is not offered ends it before any password', async () => {
    const server = await SmtpServer.begin({ users: { mpwatch: PASSWORD } })
    expect(
      (await fault(opened(server.port, secured).deliver(findingsNotice(), patient()))).message,
    ).toContain('it offers no encryption')
    expect(server.verbs).not.toContain('AUTH')
    expect(server.received).toEqual([])
  })
})
