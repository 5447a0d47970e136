// DNS: what is a message, what it asks and answers, and that an independent decoder reads the same.

import { decode, encode, type Packet } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { join, u16 } from '../../fixtures/scenario/bytes.ts'
import { dnsAnswer, dnsQuery } from '../../fixtures/scenario/payloads-binary.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import { ipv4 } from '../../src/model/address.ts'
import type { NameAnswer } from '../../src/model/app.ts'
import { dns, dnsDatagram } from '../../src/protocols/dns.ts'
import { Guess, Sender } from '../../src/protocols/recogniser.ts'
import * as each from './openings.ts'
import { watched } from './watched.ts'

const { hex, senderOf } = each
const QUERY = dnsQuery('www.Example.com', 0x1234)
const ANSWER = dnsAnswer('www.example.com', ipv4(0xc0000201), 0x1234)
const made = (packet: Packet): Uint8Array => Uint8Array.from(encode(packet))

function answersOf(bytes: Uint8Array): readonly NameAnswer[] {
  const { listener, answers } = each.listening()
  dnsDatagram.tell?.(each.opening(bytes), dnsDatagram.sender(bytes, 0, bytes.length), listener)
  return answers
}

describe('a datagram', () => {
  test.each<[string, Uint8Array, Sender]>([
    ['a query', QUERY, Sender.Client],
    ['an answer', ANSWER, Sender.Server],
    [
      'a query with EDNS',
      hex('00010120000100000000000106676f6f676c6503636f6d0000010001 0000291000000000000000'),
      Sender.Client,
    ],
    ['a refusal without the question', hex('0001 8105 0000 0000 0000 0000'), Sender.Server],
    ['a question for the root', hex('0001 0100 0001 0000 0000 0000 00 0002 0001'), Sender.Client],
    [
      'a dynamic update',
      hex('0001 2800 0001 0000 0001 0000 0161 00 0006 0001 c00c 0001 0001 00000e10 0004 c0000201'),
      Sender.Client,
    ],
    ['an answer that the capture cut', ANSWER.slice(0, -6), Sender.Server],
  ])('%s is known', (_, bytes, sender) => {
    expect(senderOf(dnsDatagram, bytes)).toBe(sender)
  })

  test.each<[string, string]>([
    ['two questions', '0001 0100 0002 0000 0000 0000 0161 00 0001 0001 0162 00 0001 0001'],
    ['the zero bit', '0001 0140 0001 0000 0000 0000 0161 00 0001 0001'],
    ['an unknown operation', '0001 7100 0001 0000 0000 0000 0161 00 0001 0001'],
    ['a query with answers', '0001 0100 0001 0009 0000 0000 0161 00 0001 0001'],
    ['a query with a code', '0001 0103 0001 0000 0000 0000 0161 00 0001 0001'],
    ['a pointer in the question', '0001 0100 0001 0000 0000 0000 c00c 0001 0001'],
    ['a label of 64 bytes', `0001 0100 0001 0000 0000 0000 40${'61'.repeat(64)} 00 0001 0001`],
    [
      'a name of 256 bytes',
      `0001 0100 0001 0000 0000 0000 ${`3f${'61'.repeat(63)}`.repeat(4)} 00 0001 0001`,
    ],
    ['a control character', '0001 0100 0001 0000 0000 0000 0101 00 0001 0001'],
    ['type 0', '0001 0100 0001 0000 0000 0000 0161 00 0000 0001'],
    ['class 9', '0001 0100 0001 0000 0000 0000 0161 00 0001 0009'],
    ['bytes behind the end', '0001 0100 0001 0000 0000 0000 0161 00 0001 0001 00'],
    ['a question that is cut', '0001 0100 0001 0000 0000 0000 0161 00 0001 00'],
    ['NetBIOS', `0001 0110 0001 0000 0000 0000 20${'4341'.repeat(16)} 00 0020 0001`],
    [
      'a response of multicast DNS',
      '0000 8400 0000 0001 0000 0000 0161 00 0001 8001 00000078 0004 c0000201',
    ],
  ])('%s is not DNS', (_, digits) => {
    expect(senderOf(dnsDatagram, hex(digits))).toBe(Sender.Nobody)
  })

  test('cut anywhere it is itself or nothing', () => {
    expect(each.sendersOf(dnsDatagram, QUERY)).toEqual(new Set([Sender.Nobody, Sender.Client]))
    expect(each.sendersOf(dnsDatagram, ANSWER)).toEqual(new Set([Sender.Nobody, Sender.Server]))
  })

  test('its id is that of the message and never 0', () => {
    expect(each.idOf(dnsDatagram, QUERY)).toBe(0x1235)
    expect(each.idOf(dnsDatagram, hex('0000 0100'))).toBe(1)
  })

  test('the question is a request, the answer has its code', () => {
    const asked = { target: 'www.example.com', method: 'A', port: null }
    expect(each.readOf(dnsDatagram, QUERY)?.requests).toMatchObject([{ ...asked, status: null }])
    expect(each.readOf(dnsDatagram, ANSWER)?.requests).toMatchObject([{ ...asked, status: 0 }])
    const rare = hex('0001 8103 0001 0000 0000 0000 0161 00 0063 0001')
    expect(each.readOf(dnsDatagram, rare)?.requests).toMatchObject([
      { method: 'TYPE99', status: 3 },
    ])
  })

  test('a dot within a label does not make two of it', () => {
    const query = hex('0001 0100 0001 0000 0000 0000 03 612e62 00 0001 0001')
    expect(each.readOf(dnsDatagram, query)?.requests?.[0]?.target).toBe('a\\x2eb')
  })
})

describe('answers', () => {
  const response = (answers: Packet['answers'], name = 'a.example'): Uint8Array =>
    made({ id: 1, type: 'response', questions: [{ name, type: 'A' }], answers: answers ?? [] })
  const a = (name: string, data: string, ttl = 60) => ({ name, type: 'A', ttl, data })
  const alias = (name: string, data: string, ttl = 5) => ({ name, type: 'CNAME', ttl, data })

  test('a query tells nothing', () => {
    expect(answersOf(QUERY)).toEqual([])
  })

  test('addresses are told with the least of their times', () => {
    const bytes = response([a('a.example', '192.0.2.1', 60), a('a.example', '192.0.2.2', 30)])
    const addresses = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)]
    expect(answersOf(bytes)).toEqual([{ name: 'a.example', code: 0, addresses, ttlSeconds: 30 }])
  })

  test('an alias leads on; what belongs to other names does not count', () => {
    const bytes = response([
      ...[alias('a.example', 'b.example'), alias('b.example', 'c.example')],
      ...[a('c.example', '192.0.2.3'), a('evil.example', '192.0.2.66')],
    ])
    expect(answersOf(bytes)).toMatchObject([{ name: 'a.example', ttlSeconds: 60 }])
    expect(answersOf(bytes)[0]?.addresses).toEqual([Uint8Array.of(192, 0, 2, 3)])
  })

  test('addresses of IPv6 have 16 bytes', () => {
    const bytes = response([{ name: 'a.example', type: 'AAAA', ttl: 1, data: '2001:db8::1' }])
    expect(answersOf(bytes)[0]?.addresses[0]).toEqual(hex('20010db8000000000000000000000001'))
  })

  test('no more than sixteen are told', () => {
    const many = Array.from({ length: 40 }, (_, index) => a('a.example', `192.0.2.${index}`))
    expect(answersOf(response(many))[0]?.addresses.length).toBe(16)
  })

  test('a name that does not exist has a code and no address', () => {
    const bytes = made({
      type: 'response',
      flags: 3,
      questions: [{ name: 'x.example', type: 'A' }],
    })
    expect(answersOf(bytes)).toEqual([{ name: 'x.example', code: 3, addresses: [], ttlSeconds: 0 }])
  })

  test.each([
    ['to itself', 'c01b 0001 0001 0000003c 0004 c0000201'],
    ['forwards', 'c0ff 0001 0001 0000003c 0004 c0000201'],
    ['behind the end', 'ffff 0001 0001 0000003c 0004 c0000201'],
  ])('a pointer %s leads nowhere', (_, record) => {
    const bytes = join(
      hex('0001 8180 0001 0001 0000 0000 01 61 07 6578616d706c65 00 0001 0001'),
      hex(record),
    )
    expect(answersOf(bytes)).toMatchObject([{ addresses: [] }])
  })

  test.each([
    [10, 1],
    [40, 0],
  ])('of a chain of %i pointers %i address comes', (length, count) => {
    // The first points to the question, each to the one before, and the owner of the address to the last.
    const chain = Array.from({ length }, (_, index) => [0xc0, index === 0 ? 12 : 37 + 2 * index])
    const text = join(hex('c00c 0010 0001 0000003c'), u16(2 * length), chain.flat())
    const address = join([0xc0, 37 + 2 * length], hex('0001 0001 0000003c 0004 c0000201'))
    const head = hex('0001 8180 0001 0002 0000 0000 01 61 07 6578616d706c65 00 0001 0001')
    expect(answersOf(join(head, text, address))[0]?.addresses.length).toBe(count)
  })
})

describe('an independent decoder reads the same', () => {
  const random = seeded(53)
  const pick = <T>(values: readonly T[]): T => values[random() % values.length] as T
  const name = (): string =>
    Array.from({ length: 1 + (random() % 4) }, () =>
      pick(['www', 'mail', 'a', 'x-1', 'deep']),
    ).join('.')

  function packet(): Packet {
    const asked = name()
    const answers = Array.from({ length: random() % 6 }, () => ({
      ...{ name: pick([asked, name()]), ttl: random() % 4000 },
      ...pick([
        { type: 'A', data: `10.0.${random() & 255}.${random() & 255}` },
        { type: 'AAAA', data: `2001:db8::${(1 + (random() % 9999)).toString(16)}` },
        { type: 'MX', data: { preference: 1, exchange: 'mx.example' } },
        { type: 'TXT', data: 'words' },
      ]),
    }))
    const questions = [{ name: asked, type: pick(['A', 'AAAA', 'MX', 'TXT', 'SRV', 'PTR']) }]
    return { id: random() & 0xffff, type: 'response', questions, answers }
  }

  test('2,000 responses, from seed 53', () => {
    for (let count = 0; count < 2000; count++) {
      const bytes = made(packet())
      const read = decode(Buffer.from(bytes))
      const [question] = read.questions ?? []
      expect(senderOf(dnsDatagram, bytes)).toBe(Sender.Server)
      expect(each.readOf(dnsDatagram, bytes)?.requests).toMatchObject([
        { target: question?.name, method: question?.type, status: 0 },
      ])
      const own = (read.answers ?? [])
        .filter(one => one.name === question?.name)
        .filter(one => one.type === 'A' || one.type === 'AAAA')
      const [answer] = answersOf(bytes)
      expect(answer?.addresses.length).toBe(own.length)
      if (own.length > 0) expect(answer?.ttlSeconds).toBe(Math.min(...own.map(one => one.ttl ?? 0)))
    }
  })
})

describe('over TCP', () => {
  const framed = (bytes: Uint8Array): Uint8Array => join(u16(bytes.length), bytes)

  test.each([
    ['a query', dns.client, framed(QUERY), 35],
    ['an answer', dns.server, framed(ANSWER), 35],
    ['a refusal', dns.server, framed(hex('0001 8105 0000 0000 0000 0000')), 14],
  ])('%s is known by its question', (_, voice, bytes, needed) => {
    expect(each.bytesToYes(voice, bytes)).toBe(needed)
  })

  test.each([
    ['an answer from the client', dns.client, framed(ANSWER)],
    ['a query from the server', dns.server, framed(QUERY)],
    ['a length below the header', dns.client, hex('000b 0001')],
    ['a length beyond the question', dns.client, join(u16(QUERY.length + 1), QUERY, [0])],
    ['a length within the question', dns.client, join(u16(QUERY.length - 1), QUERY)],
    ['SOCKS', dns.server, hex('005a 0000 0000 0000 0000 0000 0000 0000')],
    ['TLS', dns.client, hex('1603010200010001fc0303bb4bf0db88')],
  ])('%s is not DNS', (_, voice, bytes) => {
    expect(each.guesses(voice, bytes).at(-1)).toBe(Guess.No)
  })

  test.each([1, 2, 3, 7, 50, 1000])('messages are read however they are cut, at %i', size => {
    const { listener, answers } = each.listening()
    const talk = [
      { client: join(framed(QUERY), framed(dnsQuery('b.example', 2))) },
      { server: join(framed(ANSWER), framed(dnsAnswer('b.example', ipv4(1), 2))) },
    ]
    expect(each.followed(dns, talk, size, listener)).toMatchObject({
      requests: [
        { target: 'www.example.com', status: 0 },
        { target: 'b.example', status: 0 },
      ],
    })
    expect(answers.map(one => one.name)).toEqual(['www.example.com', 'b.example'])
  })

  test('of a message that is too long to be held the rest is passed over', () => {
    const follower = dns.follow?.(each.listening().listener)
    const long = join(u16(60_000), ANSWER, new Uint8Array(60_000 - ANSWER.length))
    expect(follower?.feed(false, each.opening(long.slice(0, 16_384)), true)).toBe(16_384)
    expect(follower?.feed(false, each.opening(long.slice(16_384)), false)).toBe(60_002 - 16_384)
    expect(follower?.feed(true, each.opening(framed(QUERY)), false)).toBe(QUERY.length + 2)
    expect(follower?.isDone).toBe(false)
  })
})

test('of hostile messages every byte is read a few times at most', () => {
  const head = hex('0001 8180 0001 ffff ffff ffff 01 61 00 0001 0001')
  for (const byte of [0x00, 0x01, 0x3f, 0xc0, 0xff])
    for (const start of [head, new Uint8Array(0)]) {
      const bytes = join(start, new Uint8Array(65_000).fill(byte))
      const all = watched(bytes)
      dnsDatagram.sender(all.bytes, all.at, all.end)
      dnsDatagram.tell?.(all, Sender.Server, each.listening().listener)
      dns.client.look(all)
      expect(all.reads).toBeLessThan(4 * bytes.length)
    }
})
