// TLS: hellos of all versions, what they say, and what they must not be mistaken for.

import { describe, expect, test } from 'vitest'
import { join, u16, u24 } from '../../fixtures/scenario/bytes.ts'
import { tlsClientHello, tlsServerHello } from '../../fixtures/scenario/payloads-binary.ts'
import { Guess } from '../../src/protocols/recogniser.ts'
import { tls } from '../../src/protocols/tls.ts'
import { ber, bytesToYes, guess, hex, opening } from './openings.ts'
import { watched } from './watched.ts'

/** RFC 8448, 3: a simple handshake. */
const HELLO_1_3 = hex(`
  16 03 01 00 c4 01 00 00 c0 03 03 cb 34 ec b1 e7 81 63 ba 1c 38 c6 da cb 19 6a 6d ff a2 1a 8d 99
  12 ec 18 a2 ef 62 83 02 4d ec e7 00 00 06 13 01 13 03 13 02 01 00 00 91 00 00 00 0b 00 09 00 00
  06 73 65 72 76 65 72 ff 01 00 01 00 00 0a 00 14 00 12 00 1d 00 17 00 18 00 19 01 00 01 01 01 02
  01 03 01 04 00 23 00 00 00 33 00 26 00 24 00 1d 00 20 99 38 1d e5 60 e4 bd 43 d2 3d 8e 43 5a 7d
  ba fe b3 c0 6e 51 c1 3c ae 4d 54 13 69 1e 52 9a af 2c 00 2b 00 03 02 03 04 00 0d 00 20 00 1e 04
  03 05 03 06 03 02 03 08 04 08 05 08 06 04 01 05 01 06 01 02 01 04 02 05 02 06 02 02 02 00 2d 00
  02 01 01 00 1c 00 02 40 01`)
const ANSWER_1_3 = hex(`
  16 03 03 00 5a 02 00 00 56 03 03 a6 af 06 a4 12 18 60 dc 5e 6e 60 24 9c d3 4c 95 93 0c 8a c5 cb
  14 34 da c1 55 77 2e d3 e2 69 28 00 13 01 00 00 2e 00 33 00 24 00 1d 00 20 c9 82 88 76 11 20 95
  fe 66 76 2b db f7 c6 72 e1 56 d6 cc 25 3b 83 3d f1 dd 69 b1 b0 4e 75 1f 0f 00 2b 00 02 03 04`)
/** A browser of 2017: TLS 1.0, with ALPN. */
const HELLO_1_0 = hex(`
  16030100c2010000be030152db35f3eaa1188bf1e193fccf333e5873f435bbdc1c481817853f5476256a3a0000
  12002f003300350039c009c00ac013c014560001000083ff010001000000001d001b0000187777772e676f6f67
  6c652d616e616c79746963732e636f6d00170000000500050100000000337400000012000000100030002e0268
  320568322d31360568322d31350568322d313408737064792f332e3106737064792f3308687474702f312e3100
  0b00020100000a000a0008001d001700180019`)
/** SSL 2.0 as it was spoken to a mail server. */
const HELLO_2 = hex(`
  802e 01 0002 0015 0000 0010 000700c00500800300800100800600400400800200801c30e2b12f4c04525476f280c07abee5`)
const ALERT = hex('15 03 01 00 02 02 46')

const attribute = (kind: number, tag: number, text: Uint8Array | string): Uint8Array =>
  ber(0x31, ber(0x30, Uint8Array.of(6, 3, 0x55, 4, kind), ber(tag, text)))

/** As far as the issuer; the rest is of no interest. */
function certificate(...issuer: readonly Uint8Array[]): Uint8Array {
  const algorithm = ber(0x30, hex('06 09 2a864886f70d01010b 05 00'))
  const version = hex('a0 03 02 01 02')
  const name = ber(0x30, ...issuer)
  const rest = ber(0x30, new Uint8Array(300))
  return ber(0x30, ber(0x30, version, hex('02 01 07'), algorithm, name, rest))
}

const record = (body: Uint8Array, type = 22): Uint8Array =>
  join([type, 3, 3], u16(body.length), body)
const message = (type: number, body: Uint8Array): Uint8Array => join([type], u24(body.length), body)
const certificates = (one: Uint8Array): Uint8Array =>
  message(11, join(u24(one.length + 3), u24(one.length), one))

const HELLO_BODY = tlsServerHello().slice(5)
const CA = certificate(
  ...[
    attribute(6, 0x13, 'DE'),
    attribute(10, 0x0c, 'Example Org'),
    attribute(3, 0x13, 'Example CA'),
  ],
)

describe('the client', () => {
  test.each([
    ['TLS 1.3', HELLO_1_3, 11],
    ['TLS 1.2', tlsClientHello(), 11],
    ['TLS 1.0', HELLO_1_0, 11],
    ['SSL 2.0', HELLO_2, 11],
  ])('%s is known by its first bytes', (_, bytes, needed) => {
    expect(bytesToYes(tls.client, bytes)).toBe(needed)
  })

  test('a header split over two records is known, and read over both', () => {
    const body = HELLO_1_3.slice(5)
    const split = join(record(body.slice(0, 3)), record(body.slice(3)))
    expect(bytesToYes(tls.client, split)).toBe(6)
    expect(tls.client.read?.(opening(split), false)).toMatchObject({ sni: 'server' })
  })

  test.each([
    ['RFC 8448', HELLO_1_3, { version: 'TLS 1.3', sni: 'server', alpn: null }],
    [
      'our own',
      tlsClientHello('Meet.Example.com'),
      { version: 'TLS 1.2', sni: 'meet.example.com' },
    ],
    ['of 2017', HELLO_1_0, { version: 'TLS 1.0', sni: 'www.google-analytics.com', alpn: 'h2' }],
    ['SSL 2.0', HELLO_2, { version: 'SSL 2.0' }],
  ])('the hello %s says its facts', (_, bytes, facts) => {
    expect(tls.client.read?.(opening(bytes), false)).toMatchObject(facts)
  })

  test('facts wait for the whole hello, unless no more will come', () => {
    for (let end = 11; end < HELLO_1_3.length; end++) {
      expect(tls.client.read?.(opening(HELLO_1_3.slice(0, end)), false)).toBeUndefined()
      expect(tls.client.read?.(opening(HELLO_1_3.slice(0, end)), true)).toBeDefined()
    }
  })

  test.each(['a..b', '-a.example', 'a b', '', `${'a'.repeat(64)}.example`, 'a.\x1b[31m'])(
    'the server name %j is none',
    name => {
      expect(tls.client.read?.(opening(tlsClientHello(name)), true)?.sni).toBeNull()
    },
  )
})

describe('the server', () => {
  test.each([
    ['TLS 1.3', ANSWER_1_3, 11],
    ['TLS 1.2', tlsServerHello(), 11],
    ['an alert', ALERT, 7],
    ['SSL 2.0', hex('83b4 04 00 01 0002 0387 0012 0010'), 13],
  ])('%s is known by its first bytes', (_, bytes, needed) => {
    expect(bytesToYes(tls.server, bytes)).toBe(needed)
  })

  test('TLS 1.3 needs nothing beyond the hello', () => {
    expect(tls.server.read?.(opening(ANSWER_1_3), false)).toEqual({ version: 'TLS 1.3' })
  })

  test.each([
    ['with a common name', CA, 'Example CA'],
    ['with an organisation alone', certificate(attribute(10, 0x13, 'Org')), 'Org'],
    ['in UTF-8', certificate(attribute(3, 0x0c, 'Zoë')), 'Zoë'],
    ['in UTF-16', certificate(attribute(3, 0x1e, hex('005a 006f 00eb'))), 'Zoë'],
    ['that moves a cursor', certificate(attribute(3, 0x0c, 'a\x1b[2Jb')), 'a\\x1b[2Jb'],
    ['without a name', certificate(), null],
    ['that is none', hex('30 03 02 01 01'), null],
  ])('an issuer %s is read', (_, bytes, issuer) => {
    const bytesOfServer = record(join(HELLO_BODY, certificates(bytes)))
    expect(tls.server.read?.(opening(bytesOfServer), true)).toMatchObject({ issuer })
  })

  test('a certificate spans records as it likes', () => {
    const whole = join(HELLO_BODY, certificates(CA))
    for (const size of [1, 7, 50, 400]) {
      const count = Math.ceil(whole.length / size)
      const records = Array.from({ length: count }, (_, index) =>
        record(whole.slice(index * size, (index + 1) * size)),
      )
      expect(tls.server.read?.(opening(join(...records)), false)).toMatchObject({
        ...{ version: 'TLS 1.2', issuer: 'Example CA' },
      })
    }
  })

  test('it waits for the certificate until it is there', () => {
    const whole = record(join(HELLO_BODY, certificates(CA)))
    const there = Array.from({ length: whole.length + 1 }, (_, end) =>
      tls.server.read?.(opening(whole.slice(0, end)), false),
    )
    const first = there.findIndex((facts, end) => end > 10 && facts !== undefined)
    expect(first).toBeLessThan(200)
    expect(there.slice(first).every(facts => facts?.issuer === 'Example CA')).toBe(true)
  })

  test('a session taken up again has no certificate, and nobody waits for it', () => {
    const resumed = join(record(HELLO_BODY), record(Uint8Array.of(1), 20))
    expect(tls.server.read?.(opening(resumed), false)).toMatchObject({ issuer: null })
  })
})

test.each([
  ['HTTP', 'GET / HTTP/1.1\r\n'],
  ['SSH', 'SSH-2.0-x\r\n'],
  ['application data that is longer than a record', hex('17 03 03 50 20 00 00 00 00')],
  ['application data of another version', hex('17 02 03 00 20 00 00 00 00 00 00 00 00')],
  ['application data of no length', hex('17 03 03 00 00 00 00 00 00 00 00 00 00')],
  ['DTLS', hex('16 fe fd 00 00 00 00 00 00 00 00 00 50')],
  ['a record of no length', hex('16 03 01 00 00 01 00 00 00 03 03')],
  ['a hello of 16 MB', hex('16 03 01 02 00 01 ff ff ff 03 03')],
  ['the wrong hello', hex('16 03 01 00 5a 03 00 00 56 03 03')],
  ['SSL 2.0 that does not add up', hex('802e 01 0002 0015 0000 0011')],
])('%s is not TLS', (_, text) => {
  const bytes = join(text)
  expect(guess(tls.client, bytes)).toBe(Guess.No)
  expect(guess(tls.server, bytes)).toBe(Guess.No)
})

test('hostile lengths are read to the end of what is there, and no further', () => {
  const hostile = [0x00, 0x16, 0x30, 0x82, 0xff].map(byte => new Uint8Array(65_536).fill(byte))
  const evil = record(join(HELLO_BODY, certificates(new Uint8Array(9000).fill(0x30))))
  for (const bytes of [...hostile, evil]) {
    for (const head of [hex('1603010200 01 000100 0303'), hex('1603030200 02 000100 0303')]) {
      for (const voice of [tls.client, tls.server]) {
        const all = watched(join(head, bytes))
        voice.read?.(all, true)
        expect(all.outside).toBe(0)
        expect(all.reads).toBeLessThan(2 * bytes.length)
      }
    }
  }
})
