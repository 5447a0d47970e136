// Goal: what is recognised depends on what two hosts say, and not on how the network delivers it.
// Method: every conversation in segments of five sizes, each sent twice, out of order, and both; then with
// its first packets lost, as when a capture begins late.

import { describe, expect, test } from 'vitest'
import type { Line } from '../../fixtures/scenario/tcp.ts'
import type { App } from '../../src/model/app.ts'
import { STREAM_TALKS } from '../support/conversations.ts'
import type { Frame } from '../support/frames.ts'
import { replay } from '../support/kernel.ts'
import { framesOf, repeated, SERVER_PORT, type Segment, segmentsOf, swapped } from './segments.ts'

type Delivery = (segments: readonly Segment[]) => readonly Segment[]

const SIZES = [1, 2, 7, 100, 1460]
const DELIVERIES: Readonly<Record<string, Delivery>> = {
  'in order': segments => segments,
  'each sent twice': repeated,
  'neighbours swapped': swapped,
  'swapped and sent twice': segments => repeated(swapped(segments)),
}
const PROTOCOLS = Object.keys(STREAM_TALKS)
const FIRST_PORT = 40_000
const LONG_MS = 30_000

/** What is recognised of each conversation; all of them go on at the same time. */
function recognised(
  deliver: (talk: readonly Line[]) => readonly Segment[],
  lost = 0,
): Readonly<Record<string, App>> {
  const frames = PROTOCOLS.flatMap((protocol, index): readonly Frame[] =>
    framesOf(FIRST_PORT + index, deliver(STREAM_TALKS[protocol] ?? [])).slice(lost),
  )
  const inTime = frames.toSorted((one, other) => one.timeNs - other.timeNs)
  const { records } = replay(inTime, { recognise: true })
  const apps = records.map(({ client, server, app }) => {
    const port = client.port === SERVER_PORT ? server.port : client.port
    return [PROTOCOLS[port - FIRST_PORT] ?? '', app] as const
  })
  return Object.fromEntries(apps) as Readonly<Record<string, App>>
}

const WHOLE = recognised(talk => segmentsOf(talk, 1460))

/** With the first request alone: the kernel hands on later ones only where they begin a segment. */
const firstOf = (apps: Readonly<Record<string, App>>): Readonly<Record<string, App>> =>
  Object.fromEntries(
    Object.entries(apps).map(([name, { facts, ...app }]) => [
      name,
      { ...app, facts: { ...facts, requests: facts.requests.slice(0, 1) } },
    ]),
  )

test('each conversation is what it is, by both sides', () => {
  for (const [name, { protocol, by }] of Object.entries(WHOLE))
    if (name === 'opaque') expect(protocol).toBeNull()
    else expect([name, by]).toEqual([protocol, { client: true, server: true }])
})

describe('the same is recognised, with the same facts, in segments', () => {
  for (const size of SIZES)
    for (const [how, delivery] of Object.entries(DELIVERIES))
      test(`of ${size} bytes, ${how}`, { timeout: LONG_MS }, () => {
        const apps = recognised(talk => delivery(segmentsOf(talk, size)))
        expect(firstOf(apps)).toEqual(firstOf(WHOLE))
      })
})

describe('later requests are read as well, where they begin a segment of letters, in segments', () => {
  for (const size of [7, 100, 1460])
    for (const [how, delivery] of Object.entries({ 'in order': DELIVERIES['in order'], repeated }))
      test(`of ${size} bytes, ${how}`, () => {
        const apps = recognised(talk => (delivery ?? repeated)(segmentsOf(talk, size)))
        expect(apps).toEqual(WHOLE)
      })
})

/** What a connection through a proxy is found to carry when nobody saw whom it asked for. */
const INSIDE: Readonly<Record<string, string>> = { socks: 'tls' }

describe('no other protocol is recognised', () => {
  for (const size of SIZES)
    test(`when the first packets are lost, in segments of ${size} bytes`, {
      timeout: LONG_MS,
    }, () => {
      for (let lost = 1; lost <= 10; lost++)
        for (const [name, { protocol }] of Object.entries(
          recognised(talk => segmentsOf(talk, size), lost),
        ))
          expect([name, INSIDE[name], null], `${name}, ${lost} lost`).toContain(protocol)
    })
})
