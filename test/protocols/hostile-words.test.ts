// Goal: whatever somebody writes into a packet comes out of every output as visible, short, inert text (F30).
// Method: each hostile text in each field that is reported, in one capture; all that is written is read back.

import { beforeAll, describe, expect, test } from 'vitest'
import { join, type Part, u16 } from '../../fixtures/scenario/bytes.ts'
import { httpResponse, sshBanner } from '../../fixtures/scenario/payloads.ts'
import { tlsClientHello, tlsServerHello } from '../../fixtures/scenario/payloads-binary.ts'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import type { ReportedApp } from '../../src/model/reported-app.ts'
import { SITE } from '../policy/rows/site.ts'
import { captureOf } from '../policy/story.ts'
import { type Outputs, outputsOf } from '../support/outputs.ts'

const CHARACTERS_MAX = 256
const LONG_BYTES = 65_536
const FIRST_PORT = 6000
const LONG_MS = 120_000

/** What is written into packets, and how it is shown. */
const TEXTS: Readonly<Record<string, readonly [written: Part, shown: string]>> = {
  HTML: ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  quotes: [`"'\``, `"'\``],
  'a backslash': ['a\\x41', 'a\\x5cx41'],
  NUL: [Uint8Array.of(0x61, 0, 0x62), 'a\\x00b'],
  'a return': ['a\rb', 'a\\x0db'],
  'ANSI escapes': ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  'one byte of ANSI': [Uint8Array.of(0x9b, 0x32, 0x6d), '\\x9b2m'],
  'a bidi override': ['\u202egpj', '\\xe2\\x80\\xaegpj'],
  'a lone surrogate': [Uint8Array.of(0xed, 0xa0, 0x80), '\\xed\\xa0\\x80'],
  'a line of its own': ['\u2028next', '\\xe2\\x80\\xa8next'],
  'a property of everything': ['__proto__', '__proto__'],
  'a formula': ["=cmd|'/c-calc'!a0", "=cmd|'/c-calc'!a0"],
  'a way out': ['../../etc/passwd', '../../etc/passwd'],
  'a format': ['%n%s%x', '%n%s%x'],
  '64 KB': ['a'.repeat(LONG_BYTES), 'a'.repeat(CHARACTERS_MAX)],
}

interface Field {
  readonly talk: (text: Part) => readonly Line[]
  readonly of: (app: ReportedApp) => string | undefined
  /** How the text is shown here; undefined where it is no such thing and is left out. */
  readonly shown: (text: string) => string | undefined
}

const short = (text: string): string => text.slice(0, CHARACTERS_MAX)
const http = (line: readonly Part[], host: Part): readonly Line[] => [
  { client: join(...line, ' HTTP/1.1\r\nHost: ', host, '\r\n\r\n') },
  { server: httpResponse() },
]

const FIELDS: Readonly<Record<string, Field>> = {
  'the host of HTTP': {
    talk: text => http(['GET /'], text),
    of: app => app.requests?.[0]?.target,
    // Here too a space goes before it.
    shown: text => text.slice(0, CHARACTERS_MAX - 1),
  },
  'the path of HTTP': {
    talk: text => http(['GET /', text], 'example.com'),
    of: app => app.requests?.[0]?.path,
    // A line of 64 KB is no request.
    shown: text => (text.length === CHARACTERS_MAX ? undefined : short(`/${text}`)),
  },
  'the banner of SSH': {
    talk: text => [{ server: join('SSH-2.0-', text, '\r\n') }, { client: sshBanner() }],
    of: app => app.server_software,
    shown: text => short(text.length === CHARACTERS_MAX ? 'a'.repeat(247) : text),
  },
  'the banner of FTP': {
    talk: text => [{ server: join('220 FTP ', text, '\r\n') }, { client: 'SYST\r\n' }],
    of: app => app.server_software,
    shown: text => short(`FTP ${text}`),
  },
  'a command of FTP': {
    talk: text => [
      { server: '220 FTP server ready.\r\n' },
      { client: join('CLNT ', text, '\r\nSYST\r\n') },
    ],
    of: app => app.client_software,
    // The space in front of it counts before it is cut off.
    shown: text => text.slice(0, CHARACTERS_MAX - 1),
  },
  'the server name of TLS': {
    talk: text => [
      { client: tlsClientHello(Buffer.from(join(text)).toString('latin1').slice(0, 2000)) },
      { server: tlsServerHello() },
    ],
    of: app => app.sni,
    shown: text => (text === '__proto__' ? text : undefined),
  },
  'the host of SIP': {
    talk: text => [
      { client: join('INVITE sip:a@', text, ' SIP/2.0\r\nContent-Length: 0\r\n\r\n') },
      { server: 'SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n' },
    ],
    of: app => app.requests?.[0]?.target,
    shown: () => undefined,
  },
}

const CASES = Object.entries(FIELDS).flatMap(([where, field]) =>
  Object.entries(TEXTS).map(([what, [written, shown]]) => ({ where, what, field, written, shown })),
)

/** RFC 1035, 3.1: a name of four labels as long as labels may be, all of them bytes that must be spelled out. */
function longName(): Uint8Array {
  const label = join([62], new Uint8Array(62).fill(0x9b))
  return join(
    u16(7),
    [1, 0],
    u16(1),
    [0, 0, 0, 0, 0, 0],
    label,
    label,
    label,
    label,
    [0],
    u16(1),
    u16(1),
  )
}
const NAME_PORT = FIRST_PORT + CASES.length

let written: Outputs
let apps: ReadonlyMap<number, ReportedApp>
beforeAll(() => {
  const capture = captureOf((net, host) => {
    for (const [index, { field, written: text }] of CASES.entries())
      net
        .at(1 + index)
        .tcp(host('external'), host('app'), FIRST_PORT + index, { talk: field.talk(text) })
    net.at(200).udpOneWay(host('external'), host('app'), NAME_PORT, { request: longName() })
  })
  written = outputsOf(capture, SITE)
  const lines = written.eve
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  apps = new Map(
    lines
      .filter(line => line.event_type === 'flow' && line.mp.app !== undefined)
      .map(line => [line.dest_port as number, line.mp.app as ReportedApp]),
  )
}, LONG_MS)

describe.each(Object.keys(FIELDS))('in %s', where => {
  for (const [index, one] of CASES.entries())
    if (one.where === where)
      test(`${one.what} is harmless`, () => {
        const app = apps.get(FIRST_PORT + index)
        expect(app && one.field.of(app)).toBe(one.field.shown(one.shown))
      })
})

test('in a name of DNS, too, what is spelled out is shortened', () => {
  expect(apps.get(NAME_PORT)?.requests?.[0]?.target).toHaveLength(CHARACTERS_MAX)
})

describe.each(['eve', 'json', 'terminal'] as const)('what %s says', output => {
  test('holds no control, format or surrogate character but line ends', () => {
    expect(written[output].replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
  })

  test('holds no text of more than a few hundred characters', () => {
    expect(written[output]).not.toContain('a'.repeat(CHARACTERS_MAX + 1))
  })
})

test('the result is an object whose prototype nobody changed', () => {
  const result = JSON.parse(written.json)
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
  expect(result.findings.length).toBeGreaterThan(0)
})
