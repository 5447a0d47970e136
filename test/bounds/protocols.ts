// Bounds of what is kept while protocols are recognised, of the facts about them, and of announcements.

import { expect } from 'vitest'
import { bytesOf, u16 } from '../../fixtures/scenario/bytes.ts'
import { httpRequest, sipInvite, sshBanner } from '../../fixtures/scenario/payloads.ts'
import { dnsQuery, opaque } from '../../fixtures/scenario/payloads-binary.ts'
import { seeded } from '../../fixtures/scenario/random.ts'
import { ipv4 } from '../../src/model/address.ts'
import { Evidence } from '../../src/policy/evidence.ts'
import { textOf } from '../../src/protocols/bytes.ts'
import { DataChannels } from '../../src/protocols/data-channels.ts'
import { LineReader } from '../../src/protocols/dialogue.ts'
import { http } from '../../src/protocols/http.ts'
import { Sender } from '../../src/protocols/recogniser.ts'
import { sipDatagram } from '../../src/protocols/sip.ts'
import { Stream } from '../../src/protocols/stream.ts'
import { flow } from '../policy/builders.ts'
import { followed } from '../protocols/openings.ts'
import { framesOf, segmentsOf, udpFrame } from '../protocols/segments.ts'
import { type Frame, IP_AT, patched } from '../support/frames.ts'
import { type BoundCase, monitored, numbersTo } from './case.ts'

export const PROTOCOL_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'connections being recognised': (connections = 0, bytes = 0) => {
    const givenUp = (frames: readonly Frame[]) =>
      monitored(frames).ledger.reasons['note.app_given_up'] ?? 0
    // Of a request nothing is held once it is read, but its answer is waited for.
    const [request] = framesOf(1, segmentsOf([{ client: asked('one.example') }], 1460)).slice(-1)
    if (request === undefined) throw new Error('a conversation has a frame')
    const requests = numbersTo(connections + 1).map(number => from(request, number))
    expect(givenUp(requests.slice(1))).toBe(0)
    expect(givenUp(requests)).toBe(1)

    // A letter says nothing yet, and bytes behind a gap wait for what is between.
    const [letter] = framesOf(1, segmentsOf([{ client: 'G' }], 1)).slice(-1)
    if (letter === undefined) throw new Error('a conversation has a frame')
    const bare = { side: 'client', line: 0, acknowledged: 0 } as const
    const waiting = { ...bare, sequence: 2, bytes: opaque(WAITING_BYTES) }
    const [behindGap] = framesOf(1, [waiting]).slice(-1)
    if (behindGap === undefined) throw new Error('a conversation has a frame')
    const holding = (count: number) =>
      numbersTo(count).flatMap(number => [from(letter, number), from(behindGap, number)])
    const count = Math.floor(bytes / WAITING_BYTES)
    expect(givenUp(holding(count - 100))).toBe(0)
    expect(givenUp(holding(count + 1))).toBeGreaterThan(0)
  },

  'one side of a connection': (max = 0) => {
    const random = seeded(7)
    const block = opaque(4 * max)
    for (const _ of numbersTo(300)) {
      const stream = new Stream(0)
      for (const __ of numbersTo(40)) {
        const [at, bytes] = [random() % (2 * max), random() % (random() % 2 === 0 ? 1460 : max)]
        stream.add(at, block, 0, bytes, false)
        expect(stream.filled).toBeLessThanOrEqual(max)
        expect(stream.held).toBeLessThanOrEqual(2 * max)
        if (stream.isCut && random() % 2 === 0) stream.resume()
      }
    }
  },

  'segments tried in the middle of a connection': (max = 0) => {
    const after = (strangers: number) => {
      const talk = [...numbersTo(strangers).map(() => ({ client: opaque(100) })), SSH]
      return monitored(framesOf(1, segmentsOf(talk, 1460)).slice(3)).flows[0]?.app.protocol
    }
    expect(after(max - 1)).toBe('ssh')
    expect(after(max)).toBeNull()
  },

  'strangers of a UDP flow': (max = 0) => {
    const after = (strangers: number) => {
      const frames = numbersTo(strangers).map(index => udpFrame(index, 'client', opaque(30)))
      const query = udpFrame(strangers, 'client', dnsQuery('meet.example.com'))
      return monitored([...frames, query]).flows[0]?.app.protocol
    }
    expect(after(max - 1)).toBe('dns')
    expect(after(max)).toBeNull()
  },

  'TCP flows whose facts are kept': (max = 0) => {
    // After so many messages nothing more is wanted, and the facts wait for the record's end.
    const talk = numbersTo(4).map(() => ({ client: asked('one.example') }))
    const frames = framesOf(1, segmentsOf(talk, 1460)).slice(3)
    const { flows } = monitored(
      numbersTo(max + 1).flatMap(number => frames.map(frame => from(frame, number))),
    )
    const known = flows.filter(({ app }) => app.protocol === 'http')
    expect(known).toHaveLength(max + 1)
    const forgotten = known.filter(({ app }) => app.facts.requests.length === 0).length
    expect(forgotten).toBeGreaterThan(0)
    expect(forgotten).toBeLessThanOrEqual(max / 2 + 1)
  },

  'requests kept of a flow': (max = 0) => {
    const talk = numbersTo(max + 1).map(index => ({ client: viaProxy(`host-${index}.example`) }))
    expect(followed(http, talk).requests).toHaveLength(max)
  },

  'HTTP messages followed': (max = 0, proxyMax = 0) => {
    const after = (messages: number, ask: (host: string) => Uint8Array) => {
      const same = numbersTo(messages).map(() => ({ client: ask('one.example') }))
      const { requests = [] } = followed(http, [...same, { client: ask('other.example') }])
      return requests.map(({ target }) => target)
    }
    expect(after(max - 1, asked)).toEqual(['one.example', 'other.example'])
    expect(after(max, asked)).toEqual(['one.example'])
    expect(after(proxyMax - 1, viaProxy)).toEqual(['one.example', 'other.example'])
    expect(after(proxyMax, viaProxy)).toEqual(['one.example'])
  },

  'SIP message': (max = 0) => {
    const software = (headBytes: number) => {
      const [line = '', ...rest] = sipInvite().split('\r\n')
      const filler = `X: ${'x'.repeat(headBytes - line.length - 7)}`
      const message = bytesOf([line, filler, 'User-Agent: phone', ...rest].join('\r\n'))
      const all = { bytes: message, at: 0, end: message.length }
      return sipDatagram.read?.(all, Sender.Client)?.clientSoftware
    }
    expect(software(max - 100)).toBe('phone')
    expect(software(max)).toBeUndefined()
  },

  'command line of FTP and SMTP': (max = 0) => {
    const bytes = bytesOf(`${'x'.repeat(max + 100)}\r\nQUIT\r\n`)
    const lines: number[] = []
    new LineReader().read({ bytes, at: 0, end: bytes.length }, false, ({ at, end }) =>
      lines.push(end - at),
    )
    expect(lines).toEqual([max, 4])
  },

  'text from the wire': (max = 0) => {
    for (const filler of ['x', '\u0000', '\u001b']) {
      const bytes = bytesOf(filler.repeat(65_536))
      expect(textOf(bytes, 0, bytes.length)).toHaveLength(max)
    }
  },

  'data channels expected': (max = 0, seconds = 0) => {
    const [client, server] = [ipv4(1), ipv4(2)]
    const ends = (port: number) => ({
      low: { address: client, port: 50_000 },
      high: { address: server, port },
    })
    const announced = (port: number, timeNs: number) => ({
      ...{ side: 'server' as const, address: null, port, timeNs },
    })
    const channels = new DataChannels()
    for (const port of numbersTo(max + 1)) channels.expect(ends(21), false, announced(port, 0))
    expect(channels.take(ends(0), 0)).toBeNull()
    expect(channels.take(ends(1), seconds * 1e9)).not.toBeNull()
    expect(channels.take(ends(2), seconds * 1e9 + 1)).toBeNull()
  },

  'media announced': (max = 0) => {
    const evidence = new Evidence(() => Number.NEGATIVE_INFINITY)
    const record = flow('10.0.0.1:16384 -> 10.0.0.2:30000 udp')
    const { address, port } = record.server
    evidence.noteMedia(address, port)
    for (const number of numbersTo(max - 1)) evidence.noteMedia(ipv4(number), 1)
    expect(evidence.isAnnounced(record)).toBe(true)
    evidence.noteMedia(ipv4(max), 1)
    expect(evidence.isAnnounced(record)).toBe(false)
  },
}

const WAITING_BYTES = 16_000
const SSH = { client: sshBanner() }
const viaProxy = (host: string): Uint8Array => bytesOf(httpRequest(`http://${host}/`, host))
const asked = (host: string): Uint8Array => bytesOf(httpRequest('/', host))

/** From another port of another host: so many are not had by ports alone. */
const from = (frame: Frame, number: number): Frame =>
  patched(
    patched(frame, IP_AT + 20, ...u16(1024 + (number & 0x3fff))),
    IP_AT + 13,
    ...[1 + (number >> 14)],
  )
