// FTP: the control connection, what it announces, logins and TLS.

import { describe, expect, test } from 'vitest'
import { ftp } from '../../src/protocols/ftp.ts'
import { Guess } from '../../src/protocols/recogniser.ts'
import { describeOpenings, followed, type Talk, within } from './watched.ts'

describeOpenings(ftp, {
  yes: {
    client: {
      USER: 'USER logs\r\n',
      'USER in lower case': 'user anonymous\r\n',
      'AUTH TLS': 'AUTH TLS\r\n',
      FEAT: 'FEAT\r\n',
      'a host and then a user': 'HOST media-1.example.com\r\nUSER logs\r\n',
      'PASV, in the middle of a connection': 'CWD /logs\r\nPASV\r\n',
      'EPRT, in the middle of a connection': 'EPRT |1|10.10.20.5|6275|\r\n',
    },
    server: {
      'a greeting with FTP': '220 FTP server ready.\r\n',
      'a greeting in brackets': '220 (vsFTPd 3.0.3)\r\n',
      'a greeting with a version': '220 ProFTPD 1.3.0a Server [10.10.20.31]\r\n',
      'a greeting of a host called smtp': '220 smtp.example.com FTP server (Version 6.4)\r\n',
      'a greeting of several lines': '220---- Welcome to Pure-FTPd ----\r\n220 go on\r\n',
    },
  },
  unsure: {
    client: {
      'QUIT alone': 'QUIT\r\n',
      'a password': 'PASS hunter2\r\n',
      'half a line': 'USER lo',
    },
    server: {
      'a greeting that does not say what it is': '220 host ready\r\n',
      'a host name alone': '220 ftp.example.com\r\n',
      'a delay': '120 ready in 5 minutes\r\n',
      'an answer, in the middle of a connection': '200 Type set to I\r\n',
    },
  },
  no: {
    client: {
      'a word of SMTP': 'EHLO app-a\r\n',
      'a word of POP alone': 'CAPA\r\n',
      'a word of IRC': 'NICK joe\r\n',
      'a word that is too long': 'ABCDEFGHI',
    },
    server: {
      'a greeting with SMTP': '220 mail.example.com ESMTP\r\n',
      'a number that is no code': '720 FTP\r\n',
    },
  },
})

test('USER with the parameters of IRC does not make it FTP', () => {
  expect(ftp.client.look(within('USER joe 0 * :Joe\r\n'))).toBe(Guess.Unsure)
})

const announced = (...talk: Talk) => followed(ftp, talk).heard

describe('FTP announces a data connection', () => {
  const cases: readonly [how: string, talk: Talk, heard: string][] = [
    ['PORT', [{ client: 'PORT 10,10,20,5,19,137\r\n' }], 'client 10.10.20.5 5001'],
    ['EPRT', [{ client: 'EPRT |1|10.10.20.5|6275|\r\n' }], 'client 10.10.20.5 6275'],
    [
      'EPRT of IPv6',
      [{ client: 'EPRT |2|2001:db8::5|6275|\r\n' }],
      'client 32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.5 6275',
    ],
    ['EPRT with other signs', [{ client: 'eprt !1!10.1.1.1!80!\r\n' }], 'client 10.1.1.1 80'],
    [
      'PASV',
      [{ server: '227 Entering Passive Mode (10,10,20,31,4,1).\r\n' }],
      'server 10.10.20.31 1025',
    ],
    ['PASV without brackets', [{ server: '227 =10,10,20,31,4,1\r\n' }], 'server 10.10.20.31 1025'],
    [
      'PASV in several lines',
      [{ server: '227-so be it\r\n227 Passive (10,10,20,31,4,1)\r\n' }],
      'server 10.10.20.31 1025',
    ],
    ['EPSV', [{ server: '229 Extended Passive Mode (|||6446|)\r\n' }], 'server - 6446'],
  ]
  for (const [how, talk, heard] of cases)
    test(`by ${how}`, () => {
      expect(announced(...talk)).toEqual([heard])
    })

  const broken: readonly [what: string, talk: Talk][] = [
    ['port 0', [{ client: 'PORT 10,10,20,5,0,0\r\n' }]],
    ['a number above 255', [{ client: 'PORT 10,10,20,256,1,1\r\n' }]],
    ['five numbers', [{ client: 'PORT 10,10,20,5,1\r\n' }]],
    ['a port above 65535', [{ client: 'EPRT |1|10.10.20.5|65536|\r\n' }]],
    ['no address', [{ client: 'EPRT |1|ten|6275|\r\n' }]],
    ['different signs', [{ server: '229 Passive (|||6446!)\r\n' }]],
    ['a file name in a listing', [{ server: '213-status\r\n227 (10,1,1,1,4,1)\r\n213 end\r\n' }]],
    ['a long line', [{ client: `PORT ${'0'.repeat(600)},10,10,20,5,19,137\r\n` }]],
  ]
  for (const [what, talk] of broken)
    test(`and not by ${what}`, () => {
      expect(announced(...talk)).toEqual([])
    })

  test('and not by the rest of a line that was too long', () => {
    const talk: Talk = [{ client: `${'x'.repeat(600)}PORT 10,10,20,5,19,137\r\n` }]
    expect(followed(ftp, talk, 100).heard).toEqual([])
  })

  test('after an answer whose end was lost', () => {
    const talk = [
      { server: '211-Features:\r\n EPRT\r\n' },
      { client: 'PASV\r\n' },
      { server: '227 Passive (10,10,20,31,4,1)\r\n' },
    ]
    expect(announced(...talk)).toEqual(['server 10.10.20.31 1025'])
  })

  test('at any time of its life', () => {
    const turns = Array.from({ length: 1000 }, (_, index) => [
      { client: `RETR log-${index}\r\n` },
      { server: '226 done\r\n' },
    ])
    expect(announced(...turns.flat(), { client: 'PORT 10,1,1,1,4,1\r\n' })).toHaveLength(1)
  })
})

const SESSION: Talk = [
  { server: '220-Welcome\r\n220 FTP server ready.\r\n' },
  { client: 'CLNT NcFTP 3.2.6\r\nUSER hunter2\r\n' },
  { server: '331 Password for hunter2?\r\n' },
  { client: 'PASS hunter2\r\n' },
  { server: '230 in\r\n' },
  { client: 'PASV\r\n' },
  { server: '227 Entering Passive Mode (10,10,20,31,4,1).\r\n' },
]

describe('FTP', () => {
  test('shows software and a login in clear, and keeps neither name nor password', () => {
    const { facts, isDone } = followed(ftp, SESSION)
    expect(facts).toMatchObject({
      ...{ serverSoftware: 'Welcome', clientSoftware: 'NcFTP 3.2.6' },
      ...{ isLoginClear: true, isUpgraded: false },
    })
    expect(isDone).toBe(false)
    expect(JSON.stringify(facts)).not.toContain('hunter2')
  })

  test('goes over to TLS before the login, and is read no further', () => {
    const talk = [
      { server: '220 (vsFTPd 3.0.5)\r\n' },
      { client: 'AUTH TLS\r\n' },
      { server: '234 Proceed\r\n227 Passive (10,10,20,31,4,1)\r\n' },
      { client: 'USER logs\r\n' },
    ]
    expect(followed(ftp, talk)).toMatchObject({
      ...{ facts: { isUpgraded: true, isLoginClear: false }, isDone: true, heard: [] },
    })
  })

  test('stays in clear where the server refuses TLS, or where it is not TLS that was asked for', () => {
    const refused = [
      { client: 'AUTH TLS\r\n' },
      { server: '504 no\r\n' },
      { client: 'USER logs\r\n' },
    ]
    expect(followed(ftp, refused).facts).toMatchObject({ isUpgraded: false, isLoginClear: true })
    const kerberos = [{ client: 'AUTH GSSAPI\r\n' }, { server: '234 ok\r\n' }]
    expect(followed(ftp, kerberos).facts).toMatchObject({ isUpgraded: false })
  })

  test('reads the same however its segments are cut', () => {
    const { facts, heard } = followed(ftp, SESSION)
    for (let bytes = 1; bytes < 40; bytes++)
      expect(followed(ftp, SESSION, bytes)).toMatchObject({ facts, heard })
  })

  test('holds no line that is longer than a line may be', () => {
    const talk: Talk = [{ client: 'x'.repeat(65_536) }, { server: `220 ${'x'.repeat(65_536)}` }]
    expect(followed(ftp, talk, 100).heldBytes).toBeLessThanOrEqual(612)
  })
})
