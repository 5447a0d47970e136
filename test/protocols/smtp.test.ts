// SMTP: greetings and first commands, STARTTLS, logins, and where reading ends.

import { describe, expect, test } from 'vitest'
import { smtp } from '../../src/protocols/smtp.ts'
import { describeOpenings, followed, type Talk } from './watched.ts'

describeOpenings(smtp, {
  yes: {
    client: {
      EHLO: 'EHLO app-a.example.com\r\n',
      'HELO in lower case': 'helo app-a\r\n',
      'EHLO of an address': 'EHLO [10.10.20.11]\r\nMAIL FROM:<a@example.com>\r\n',
      'MAIL, in the middle of a connection': 'MAIL FROM:<a@example.com>\r\n',
      'NOOP before HELO': 'NOOP\r\nHELO app-a\r\n',
      'a bare line feed': 'EHLO app-a\n',
    },
    server: {
      'a greeting with ESMTP': '220 mail.example.com ESMTP ready\r\n',
      'a greeting of several lines': '220-mx.example.com ESMTP Exim 4.69\r\n220 no spam\r\n',
      'a greeting of a host without a domain': '220 napier Microsoft ESMTP MAIL Service\r\n',
      'a greeting of a host called ftp': '220 ftp.example.com SMTP\r\n',
    },
  },
  unsure: {
    client: { 'QUIT alone': 'QUIT\r\n', 'HELO without a name': 'HELO\r\n', 'half a word': 'EH' },
    server: {
      'a greeting that does not say what it is': '220 host ready\r\n',
      'a host name alone': '220 smtp.example.com\r\n',
      'a refusal': '554 no service here\r\n',
      'a greeting of both': '220 relay FTP and SMTP\r\n',
      'half a line': '220 mail.example.com ESM',
    },
  },
  no: {
    client: { 'a word of FTP': 'USER logs\r\n', 'a word of IRC': 'NICK joe\r\n' },
    server: {
      'a greeting with FTP': '220 FTP server ready.\r\n',
      'a status of four digits': '2200 mail ESMTP\r\n',
      'a greeting of POP': '+OK ready\r\n',
    },
  },
})

const GREETING: Talk = [
  { server: '220 mail.example.com ESMTP Postfix\r\n' },
  { client: 'EHLO app-a.example.com\r\n' },
  { server: '250-mail.example.com\r\n250-STARTTLS\r\n250 AUTH LOGIN PLAIN CRAM-MD5\r\n' },
]
const beyond = (...talk: Talk) => followed(smtp, [...GREETING, ...talk])

describe('SMTP goes on', () => {
  test('with the name of the server', () => {
    expect(beyond().facts).toMatchObject({ serverSoftware: 'mail.example.com ESMTP Postfix' })
  })

  test('to TLS where the server agrees', () => {
    const talk = [
      { client: 'STARTTLS\r\n' },
      { server: '220 2.0.0 Ready\r\n' },
      { client: '\x16\x03\x01' },
    ]
    expect(beyond(...talk)).toMatchObject({
      facts: { isUpgraded: true, isLoginClear: false },
      isDone: true,
    })
  })

  test('in clear where the server does not agree', () => {
    const talk = [{ client: 'STARTTLS\r\n' }, { server: '454 not now\r\n' }, { client: 'NOOP\r\n' }]
    expect(beyond(...talk)).toMatchObject({ facts: { isUpgraded: false }, isDone: false })
  })

  test('to TLS even if the server is heard after the client', () => {
    const talk: Talk = [
      { client: 'EHLO app-a\r\nSTARTTLS\r\n' },
      { server: '220 mail ESMTP\r\n250 STARTTLS\r\n220 Ready\r\n' },
    ]
    expect(followed(smtp, talk).facts).toMatchObject({ isUpgraded: true })
  })

  test('in clear where the greeting is long and the server is heard after the client', () => {
    const talk: Talk = [
      { client: 'EHLO app-a\r\nSTARTTLS\r\n' },
      { server: '220-mail ESMTP\r\n220-no spam\r\n220 please\r\n454 not now\r\n' },
    ]
    expect(followed(smtp, talk).facts).toMatchObject({ isUpgraded: false })
  })

  const logins: readonly [how: string, isClear: boolean, talk: Talk][] = [
    ['AUTH PLAIN with a password', true, [{ client: 'AUTH PLAIN AGpvZQBodW50ZXIy\r\n' }]],
    [
      'AUTH LOGIN that the server asks for',
      true,
      [{ client: 'AUTH LOGIN\r\n' }, { server: '334 VXNlcm5hbWU6\r\n' }],
    ],
    [
      'AUTH LOGIN that the server refuses',
      false,
      [{ client: 'AUTH LOGIN\r\n' }, { server: '538 encrypt\r\n' }],
    ],
    ['AUTH CRAM-MD5', false, [{ client: 'AUTH CRAM-MD5\r\n' }, { server: '334 PDE4OTY+\r\n' }]],
    ['no login', false, [{ client: 'NOOP\r\n' }, { server: '250 ok\r\n' }]],
  ]
  for (const [how, isClear, talk] of logins)
    test(`with ${how}, which is ${isClear ? '' : 'not '}in clear`, () => {
      expect(beyond(...talk).facts).toMatchObject({ isLoginClear: isClear })
    })

  test('no further than where a letter begins', () => {
    const talk = [{ client: 'DATA\r\nAUTH PLAIN eA==\r\n.\r\n' }]
    expect(beyond(...talk)).toMatchObject({ facts: { isLoginClear: false }, isDone: true })
  })

  test('and nothing that was secret is kept', () => {
    const talk = [
      { client: 'AUTH LOGIN hunter2\r\n' },
      { server: '334 hunter2\r\n' },
      { client: 'hunter2\r\n' },
      { server: '235 hunter2\r\n' },
    ]
    expect(JSON.stringify(beyond(...talk))).not.toContain('hunter2')
  })
})

test('SMTP reads the same however its segments are cut', () => {
  const talk: Talk = [
    ...GREETING,
    { client: 'AUTH LOGIN\r\n' },
    { server: '334 x\r\n' },
    { client: 'eA==\r\nSTARTTLS\r\n' },
    { server: '220 Ready\r\n' },
  ]
  const { facts } = followed(smtp, talk)
  for (let bytes = 1; bytes < 40; bytes++) expect(followed(smtp, talk, bytes).facts).toEqual(facts)
})

test('SMTP holds no line that is longer than a line may be', () => {
  const talk: Talk = [{ server: `220 ${'x'.repeat(65_536)}\r\n` }, { client: 'x'.repeat(65_536) }]
  expect(followed(smtp, talk, 100).heldBytes).toBeLessThanOrEqual(612)
})
