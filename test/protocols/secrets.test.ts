// Goal: that a secret passed in clear is told, and never what it was (F31).
// Method: one word as the password of every protocol that shows one, then a search of all that is written.

import { beforeAll, describe, expect, test } from 'vitest'
import { join, u16 } from '../../fixtures/scenario/bytes.ts'
import { httpRequest, httpResponse } from '../../fixtures/scenario/payloads.ts'
import * as binary from '../../fixtures/scenario/payloads-binary.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import { ipv4 } from '../../src/model/address.ts'
import { SITE } from '../policy/rows/site.ts'
import { captureOf } from '../policy/story.ts'
import { ldapLogin, tdsLogin } from '../support/conversations.ts'
import { type Outputs, outputsOf } from '../support/outputs.ts'

const SECRET = 'Rumpelstilzchen'
const BASE_64 = Buffer.from(`\0admin\0${SECRET}`).toString('base64')
const BASIC = Buffer.from(`admin:${SECRET}`).toString('base64')
const WIDE = Buffer.from(SECRET, 'utf16le').toString('latin1')
const FIRST_PORT = 3001
const LONG_MS = 60_000

const withHeader = (header: string): string =>
  httpRequest('/x').replace('User-Agent', `${header}\r\nUser-Agent`)

/** Whose secret is shown, and how. */
const TALKS: Readonly<Record<string, readonly Line[]>> = {
  FTP: [
    { server: '220 FTP server ready.\r\n' },
    { client: 'USER admin\r\n' },
    { server: '331 Password required.\r\n' },
    { client: `PASS ${SECRET}\r\n` },
    { server: '230 Logged in.\r\n' },
  ],
  Telnet: [
    { server: binary.telnetOffer() },
    { client: binary.telnetAnswer() },
    { server: 'Password: ' },
    { client: `${SECRET}\r\n` },
    { server: '-> ' },
  ],
  'HTTP Basic': [
    { client: withHeader(`Authorization: Basic ${BASIC}`) },
    { server: httpResponse() },
  ],
  'HTTP Digest': [
    { client: withHeader(`Authorization: Digest username="admin", response="${SECRET}"`) },
    { server: httpResponse() },
  ],
  'HTTP proxy': [
    { client: withHeader(`Proxy-Authorization: Basic ${BASIC}`) },
    { server: httpResponse() },
  ],
  'SMTP AUTH PLAIN': [
    { server: '220 mail.example.com ESMTP\r\n' },
    { client: 'EHLO app\r\n' },
    { server: '250 AUTH PLAIN LOGIN\r\n' },
    { client: `AUTH PLAIN ${BASE_64}\r\n` },
    { server: '235 Yes.\r\n' },
  ],
  'SMTP AUTH LOGIN': [
    { server: '220 mail.example.com ESMTP\r\n' },
    { client: 'EHLO app\r\n' },
    { server: '250 AUTH PLAIN LOGIN\r\n' },
    { client: 'AUTH LOGIN\r\n' },
    { server: '334 UGFzc3dvcmQ6\r\n' },
    { client: `${Buffer.from(SECRET).toString('base64')}\r\n` },
    { server: '235 Yes.\r\n' },
  ],
  LDAP: [{ client: ldapLogin(`cn=admin`, SECRET) }, { server: binary.ldapBindResponse() }],
  SOCKS: [
    { client: Uint8Array.of(5, 2, 0, 2) },
    { server: Uint8Array.of(5, 2) },
    { client: join([1, 5], 'admin', [SECRET.length], SECRET) },
    { server: Uint8Array.of(1, 0) },
    { client: binary.socksConnect(ipv4(0x40446401), 443) },
    { server: binary.socksConnectAnswer() },
  ],
  TDS: [
    { client: binary.tdsPrelogin() },
    { server: binary.tdsPreloginAnswer() },
    { client: tdsLogin('sa', SECRET) },
    { server: join([4, 1], u16(9), [0, 0, 1, 0], [0xad]) },
  ],
}

/** Secrets in places where no login is, so that no login is told either. */
const ELSEWHERE: Readonly<Record<string, readonly Line[]>> = {
  'an address of HTTP': [
    { client: httpRequest(`http://admin:${SECRET}@www.example.com/x?password=${SECRET}`) },
    { server: httpResponse() },
  ],
  'an address of HTTP without a path': [
    { client: httpRequest(`http://www.example.com?password=${SECRET}`) },
    { server: httpResponse() },
  ],
  'an address of HTTP with a fragment': [
    { client: httpRequest(`http://www.example.com#password=${SECRET}`) },
    { server: httpResponse() },
  ],
  'an address of HTTP whose login holds a slash': [
    { client: httpRequest(`http://admin:pass/${SECRET}@www.example.com/x`) },
    { server: httpResponse() },
  ],
  'an address of SIP': [
    {
      client: `INVITE sip:admin:${SECRET}@sip.example.com SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
    },
    {
      server:
        'SIP/2.0 401 Unauthorized\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n',
    },
  ],
}

const ALL = { ...TALKS, ...ELSEWHERE }
const NAMES = Object.keys(ALL)
const COMMUNITY_PORT = FIRST_PORT + NAMES.length

interface EveLine {
  readonly event_type: string
  readonly dest_port?: number
  readonly app_proto?: string
  readonly mp?: { readonly app?: { readonly login_clear?: boolean } }
}

let written: Outputs
let flows: readonly EveLine[]
beforeAll(() => {
  const capture = captureOf((net, host) => {
    for (const [index, name] of NAMES.entries())
      net
        .at(1 + index)
        .tcp(host('external'), host('app'), FIRST_PORT + index, { talk: ALL[name] ?? [] })
    net.at(50).udp(host('external'), host('app'), COMMUNITY_PORT, {
      ...{ request: binary.snmpGet(1, SECRET), response: binary.snmpResponse(1, SECRET) },
    })
  })
  written = outputsOf(capture, SITE)
  flows = written.eve
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as EveLine)
    .filter(({ event_type }) => event_type === 'flow')
}, LONG_MS)

describe('the login is told, of', () => {
  for (const [index, name] of Object.keys(TALKS).entries())
    test(name, () => {
      const flow = flows.find(({ dest_port }) => dest_port === FIRST_PORT + index)
      expect(flow?.mp?.app?.login_clear).toBe(true)
    })

  test('SNMP', () => {
    const flow = flows.find(({ dest_port }) => dest_port === COMMUNITY_PORT)
    expect([flow?.app_proto, flow?.mp?.app?.login_clear]).toEqual(['snmp', true])
  })
})

test.each(['eve', 'json', 'terminal'] as const)('the secret is nowhere in what %s says', output => {
  const text = written[output]
  expect(text.length).toBeGreaterThan(1000)
  for (const form of [SECRET, SECRET.toLowerCase(), BASE_64, BASIC, WIDE])
    expect(text).not.toContain(form)
})

test('the search would find it', () => {
  expect(written.eve).toContain('www.example.com')
  expect(written.json).toContain('sip.example.com')
})
