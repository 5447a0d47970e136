// SIP over TCP and UDP: start lines, framing, requests and their answers, announcements of media.

import { describe, expect, test } from 'vitest'
import { type Bytes, bytesOf, join } from '../../fixtures/scenario/bytes.ts'
import { httpRequest, sdp, sipInvite, sipOk } from '../../fixtures/scenario/payloads.ts'
import { opaque } from '../../fixtures/scenario/payloads-binary.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { sip, sipDatagram } from '../../src/protocols/sip.ts'
import { describeOpenings, followed, mediaOf, type Talk, watched, within } from './watched.ts'

const message = (...lines: readonly string[]): string => lines.map(line => `${line}\r\n`).join('')
const headers = (callId: string, sequence: string, ...more: readonly string[]) => [
  ...['Via: SIP/2.0/TCP 10.10.20.50;branch=z9hG4bK776', 'From: <sip:hunter2@10.10.20.50>;tag=1'],
  ...['To: "hunter2 <x>" <sip:hunter2@app.example.com>;tag=2', `Call-ID: ${callId}`],
  ...[`CSeq: ${sequence}`, ...more, 'Content-Length: 0', ''],
]
const request = (method: string, uri: string, ...more: readonly string[]) =>
  message(`${method} ${uri} SIP/2.0`, ...headers('a1', `1 ${method}`, ...more))
const response = (status: string, sequence: string, ...more: readonly string[]) =>
  message(`SIP/2.0 ${status}`, ...headers('a1', sequence, ...more))

const REQUESTS = {
  'an invitation': sipInvite(),
  'a request with a secure URI': 'REGISTER sips:example.com SIP/2.0\r\n',
  'a request to a telephone': 'INVITE tel:+12015550123 SIP/2.0\r\n',
  'a request of LCS': 'SERVICE sip:joe@example.com SIP/2.0\r\n',
  'a request of nobody': 'OPTIONS sip:10.10.20.11 SIP/2.0\n',
  'empty lines and a request': '\r\n\r\nOPTIONS sip:10.10.20.11 SIP/2.0\r\n',
}
const RESPONSES = {
  'an answer': sipOk(),
  'a refusal without words': 'SIP/2.0 486 \r\n',
}
const NO = {
  'a request of HTTP': httpRequest('/sip:x SIP/2.0'),
  'another version': 'INVITE sip:10.10.20.11 SIP/3.0\r\n',
  'a request without a URI': 'INVITE SIP/2.0\r\n',
  'a URI without a scheme': 'INVITE 10.10.20.11 SIP/2.0\r\n',
  'a status that does not exist': 'SIP/2.0 799 what\r\n',
  'a status in words': 'SIP/2.0 1e2 what\r\n',
  'a method in lower case': 'invite sip:10.10.20.11 SIP/2.0\r\n',
  'a method that never ends': 'A'.repeat(64),
  'a scheme that never ends': `INVITE ${'a'.repeat(64)}`,
  'a line that never ends': `INVITE sip:${'a'.repeat(5000)}`,
}

describeOpenings(sip, {
  yes: { client: REQUESTS, server: RESPONSES },
  unsure: {
    client: { ...RESPONSES, 'empty lines': '\r\n\r\n', 'half a line': 'INVITE sip:10.10' },
    server: { ...REQUESTS, 'half a status': 'SIP/2.0 20' },
  },
  no: { client: NO, server: NO },
})

/** Method, target and status of each request. */
const requestsOf = (talk: Talk, pieceBytes?: number): readonly string[] =>
  (followed(sip, talk, pieceBytes).facts.requests ?? []).map(
    ({ method, target, status }) => `${method} ${target} ${status}`,
  )

describe('a SIP connection', () => {
  test('tells requests with method, host and latest answer, whoever asks', () => {
    const talk = [
      { client: request('INVITE', 'sip:hunter2@app.example.com:5060;transport=tcp') },
      { server: response('100 Trying', '1 INVITE') + response('180 Ringing', '1 INVITE') },
      { server: response('200 OK', '1 INVITE') },
      { client: request('ACK', 'sip:10.10.20.11') },
      { server: request('BYE', 'sip:hunter2@10.10.20.50') },
      { client: response('481 no such call', '1 BYE') },
    ]
    expect(requestsOf(talk)).toEqual(['INVITE app.example.com 200', 'BYE 10.10.20.50 481'])
  })

  test('keeps one entry for a request that is made again and again', () => {
    const ask = request('OPTIONS', 'sip:10.10.20.11')
    const again = ask.replaceAll('a1', 'a2')
    const talk = [
      { client: ask },
      { server: response('503 busy', '1 OPTIONS') },
      { client: again },
      { server: response('200 OK', '1 OPTIONS').replaceAll('a1', 'a2') },
    ]
    expect(requestsOf(talk)).toEqual(['OPTIONS 10.10.20.11 200'])
  })

  test('keeps eight requests', () => {
    const asks = Array.from({ length: 20 }, (_, index) =>
      request('OPTIONS', `sip:host${index}.example`),
    )
    expect(requestsOf([{ client: asks.join('') }])).toHaveLength(8)
  })

  test('tells software of both sides and the version', () => {
    const talk = [
      { client: request('OPTIONS', 'sip:10.10.20.11', 'User-Agent: Cisco-CP7960G/8.0') },
      { server: response('200 OK', '1 OPTIONS', 'Server: MeetingPlace/7.1') },
    ]
    expect(followed(sip, talk).facts).toMatchObject({
      ...{ version: 'SIP/2.0', clientSoftware: 'Cisco-CP7960G/8.0' },
      serverSoftware: 'MeetingPlace/7.1',
    })
  })

  const targets: readonly [uri: string, host: string | null][] = [
    ['sip:hunter2@example.com', 'example.com'],
    ['sip:hunter2:hunter2@EXAMPLE.com:5060', 'example.com'],
    ['sip:2001;phone-context=x@y@example.com;user=phone', 'example.com'],
    ['sips:hunter2@[2001:db8::1]:5061', '[2001:db8::1]'],
    ['sip:10.10.20.11;transport=tcp', '10.10.20.11'],
    ['sip:hunter2@example.com?subject=hunter2', 'example.com'],
    ['sip:12015550123', null],
    ['sip:+12015550123', null],
    ['tel:+12015550123', null],
    [`sip:${'hunter2'.repeat(50)}@example.com`, null],
  ]
  for (const [uri, host] of targets)
    test(`names ${host ?? 'nobody'} as the target of ${uri.slice(0, 60)}`, () => {
      const { facts } = followed(sip, [{ client: request('INVITE', uri) }])
      expect(facts.requests?.[0]?.target).toBe(host)
      expect(JSON.stringify(facts)).not.toContain('hunter2')
    })

  test('announces media of both sides', () => {
    const talk = [
      { client: sipInvite({ body: sdp('10.10.20.50', 5004) }) },
      { server: sipOk({ body: sdp('10.10.20.11', 16_384) }) },
    ]
    expect(followed(sip, talk).heard).toEqual([
      ...['media 10.10.20.50 5004', 'media 10.10.20.50 5005'],
      ...['media 10.10.20.11 16384', 'media 10.10.20.11 16385'],
    ])
  })

  const SESSION: Talk = [
    { client: `\r\n\r\n${sipInvite({ body: sdp() })}` },
    { server: sipOk({ body: sdp() }) + request('BYE', 'sip:10.10.20.50') },
    { client: `${response('200 OK', '1 BYE')}\r\n\r\n` },
  ]

  test('reads the same however its segments are cut', () => {
    const { facts, heard } = followed(sip, SESSION)
    expect(heard).toHaveLength(4)
    for (const bytes of [1, 2, 3, 5, 7, 50, 100, 333])
      expect(followed(sip, SESSION, bytes)).toMatchObject({ facts, heard })
  })

  test('finds the next message behind what is none', () => {
    const lost = `${sdp()}garbage SIP/2.0\r\nINVITE\r\n`
    const talk = [{ client: sipInvite() }, { client: lost + request('BYE', 'sip:10.10.20.11') }]
    expect(requestsOf(talk)).toEqual(['INVITE 10.10.20.11 null', 'BYE 10.10.20.11 null'])
  })

  test('goes on behind a message that is too long', () => {
    const long = sipInvite({ body: `${sdp()}${'a=x\r\n'.repeat(20_000)}` })
    const talk = [{ client: long }, { client: request('BYE', 'sip:10.10.20.11') }]
    const { heard, heldBytes } = followed(sip, talk, 1460)
    expect(heard).toHaveLength(2)
    expect(heldBytes).toBeLessThan(16_384 + 1460)
    expect(requestsOf(talk, 1460)).toHaveLength(2)
  })

  test('holds no more than a message of headers without end', () => {
    const flood = `INVITE sip:10.10.20.11 SIP/2.0\r\n${'X-Header: 1\r\n'.repeat(20_000)}`
    const { heldBytes, facts } = followed(sip, [{ client: flood }], 1460, 65_536)
    expect(heldBytes).toBeLessThan(16_384 + 1460)
    expect(facts.requests).toHaveLength(1)
  })
})

const senderOf = (value: Bytes) => {
  const { bytes, at, end } = within(value)
  return sipDatagram.sender(bytes, at, end)
}
const idOf = (value: Bytes) => {
  const { bytes, at, end } = within(value)
  return sipDatagram.id?.(bytes, at, end) ?? 0
}

describe('a datagram of SIP', () => {
  test.each([
    ['a request', sipInvite(), Sender.Client],
    ['an answer', sipOk(), Sender.Server],
    ['a start line alone', 'OPTIONS sip:10.10.20.11 SIP/2.0\r\n', Sender.Client],
    ['half a start line', 'OPTIONS sip:10.10.20.11 SIP/2.0', Sender.Nobody],
    ['empty lines', '\r\n\r\n', Sender.Nobody],
    ['one zero', '\0', Sender.Nobody],
    ['nothing', '', Sender.Nobody],
    ['SSDP', 'NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n', Sender.Nobody],
    ['syslog', '<34>Oct 11 22:14:15 app-a su: failed', Sender.Nobody],
    ['opaque bytes', opaque(200), Sender.Nobody],
  ])('that is %s', (_, value, sender) => {
    expect(senderOf(value)).toBe(sender)
  })

  test('has the same number as its repetition and its answer, and another than the next', () => {
    const invite = request('INVITE', 'sip:10.10.20.11')
    expect(idOf(invite)).not.toBe(0)
    expect(idOf(invite)).toBe(idOf(response('200 OK', '1 INVITE')))
    expect(idOf(invite)).toBe(idOf(invite.replace('Call-ID:', 'i:').replace('1 INV', '01   INV')))
    expect(idOf(invite)).not.toBe(idOf(invite.replace('1 INVITE', '2 INVITE')))
    expect(idOf(invite)).not.toBe(idOf(invite.replaceAll('a1', 'a2')))
    expect(idOf(invite)).not.toBe(idOf(request('CANCEL', 'sip:10.10.20.11')))
  })

  test('has no number where nobody will answer, or where none is told', () => {
    expect(idOf(request('ACK', 'sip:10.10.20.11'))).toBe(0)
    expect(idOf('OPTIONS sip:10.10.20.11 SIP/2.0\r\n\r\n')).toBe(0)
  })

  const read = (value: Bytes) => sipDatagram.read?.(within(value), senderOf(value))

  test('tells its request, or which one it answers', () => {
    const [asked] = read(request('INVITE', 'sip:hunter2@app.example.com'))?.requests ?? []
    expect(asked).toMatchObject({ method: 'INVITE', target: 'app.example.com', status: null })
    const [answered] = read(response('404 Not Found', '1 INVITE'))?.requests ?? []
    expect(answered).toMatchObject({ method: 'INVITE', target: 'app.example.com', status: 404 })
    expect(read(request('ACK', 'sip:10.10.20.11'))?.requests).toBeUndefined()
  })

  test('tells nothing personal', () => {
    const all = [request('INVITE', 'sip:hunter2@app.example.com'), response('200 OK', '1 INVITE')]
    expect(JSON.stringify(all.map(read))).not.toContain('hunter2')
  })

  const announced = (value: Bytes) =>
    mediaOf(listener => sipDatagram.tell?.(within(value), Sender.Client, listener))

  test('announces media, also in compact form, folded lines and in one part of several', () => {
    const heard = ['media 10.10.20.50 16384', 'media 10.10.20.50 16385']
    const start = 'INVITE sip:10.10.20.11 SIP/2.0\r\n'
    expect(announced(sipInvite({ body: sdp() }))).toEqual(heard)
    expect(announced(`${start}c: application/sdp\r\n\r\n${sdp()}`)).toEqual(heard)
    expect(announced(`${start}Content-Type :\r\n application/SDP\r\n\r\n${sdp()}`)).toEqual(heard)
    const parts = `--b\r\nContent-Type: application/sdp\r\n\r\n${sdp()}--b--\r\n`
    expect(announced(`${start}c: multipart/mixed;boundary=b\r\n\r\n${parts}`)).toEqual(heard)
  })

  test('announces nothing by another body, nor behind its length', () => {
    const start = 'INVITE sip:10.10.20.11 SIP/2.0\r\n'
    expect(announced(`${start}c: text/plain\r\n\r\n${sdp()}`)).toEqual([])
    expect(announced(`${start}c: application/sdp\r\nl: 0\r\n\r\n${sdp()}`)).toEqual([])
    expect(announced(start)).toEqual([])
  })

  test('is read the same wherever it is cut off, and never outside', () => {
    const whole = bytesOf(sipInvite({ body: sdp() }))
    for (let length = 0; length <= whole.length; length++) {
      const opening = watched(whole.subarray(0, length))
      const { bytes, at, end } = opening
      if (sipDatagram.sender(bytes, at, end) === Sender.Nobody) continue
      sipDatagram.id?.(bytes, at, end)
      sipDatagram.read?.(opening, Sender.Client)
      sipDatagram.tell?.(opening, Sender.Client, {
        ...{ wantsName: () => true, answered() {}, dataChannel() {}, media() {} },
      })
      expect(opening.outside).toBe(0)
    }
  })

  test('of 64 KB is soon read', () => {
    const start = 'INVITE sip:10.10.20.11 SIP/2.0\r\n'
    for (const flood of ['X: 1\r\n', ' \r\n', 'i:', '\r', 'Call-ID: x\r\n'])
      expect(watchedReads(join(start, flood.repeat(65_000 / flood.length)))).toBeLessThan(500_000)
  })
})

function watchedReads(value: Bytes): number {
  const opening = watched(value)
  sipDatagram.id?.(opening.bytes, opening.at, opening.end)
  sipDatagram.read?.(opening, Sender.Client)
  return opening.reads
}
