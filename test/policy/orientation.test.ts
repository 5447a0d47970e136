// A flow whose direction is a hint is read both ways. Here the rows are told; with packets and the
// real rows: weak-direction.test.ts.

import { describe, expect, test } from 'vitest'
import type { FlowRecord } from '../../src/model/flow.ts'
import type { EscapedReason } from '../../src/model/verdict.ts'
import { orient, type Reading, reversed } from '../../src/policy/orientation.ts'
import type { Ruling } from '../../src/policy/ruling.ts'
import { row } from '../support/judged.ts'
import { flow, host, segment, tcp } from './builders.ts'

const WEAK = flow('10.2.0.9:50000 -> 10.1.0.9:61004 tcp', { basis: 'first_packet' })

const NO: Ruling = {
  kind: 'not_allowed',
  reason: 'unlisted',
  row: 'unlisted',
  rows: [],
  bound: null,
}
const yes = (id: string, protocol = 'http', kind: Ruling['kind'] = 'allowed'): Ruling => {
  const rows = [row(id, 'web -> app tcp/61004', { app: { expect: [protocol], not: [] } })]
  return { kind, reason: null, row: id, rows, bound: null }
}
const no = (reason: EscapedReason): Ruling => ({ ...NO, reason, row: 'I-00' })

/**
 * The flow as found, with what the rows say of it so and turned round: ground, row, and who is
 * server.
 */
function oriented(here: Ruling, back: Ruling, record = WEAK): string {
  const read = (one: FlowRecord): Reading => ({
    flow: one,
    client: host('web@dmz', 'web'),
    server: host('app@core', 'app'),
    service: { transport: 'tcp', port: one.server.port },
    errand: null,
    ruling: one.server.port === record.server.port ? here : back,
  })
  const { ground, ruling, flow: chosen } = orient(record, read)
  return `${ground}: ${ruling.reason ?? ruling.row} at ${chosen.server.port}`
}

describe('a proven direction', () => {
  test.each(['syn', 'synack', 'app_request', 'reserved_port'] as const)('by %s stands', basis => {
    expect(oriented(NO, yes('I-12'), { ...WEAK, basis })).toBe('proven: unlisted at 61004')
  })

  test('is that of an ICMP message, which has a sender', () => {
    const icmp = flow('10.0.0.1:13 -> 10.0.0.2:14 icmp', { basis: 'first_packet' })
    expect(oriented(NO, yes('F-09'), icmp)).toBe('proven: unlisted at 14')
  })
})

describe('a guess', () => {
  test.each([
    ['allowed both ways, is judged as found', yes('I-05'), yes('I-06'), 'either: I-05 at 61004'],
    [
      'allowed both ways, is judged as what is expected',
      yes('I-05', 'http', 'unexpected'),
      yes('I-06'),
      'either: I-06 at 50000',
    ],
    ['of media, is judged as media', NO, yes('O-13', 'rtp'), 'either: O-13 at 50000'],
    ['of media, is judged as media', yes('I-25', 'rtcp'), NO, 'either: I-25 at 61004'],
    ['allowed as found, is that', yes('I-12'), NO, 'one_row: I-12 at 61004'],
    ['allowed turned round, is that', NO, yes('I-12'), 'one_row: I-12 at 50000'],
    [
      'allowed one way, with a row of its own at the other end, stays unclear',
      yes('I-12'),
      no('over_exposed'),
      'unclear: I-12 at 61004',
    ],
    [
      'allowed one way, closed by mode the other, stays unclear',
      no('forbidden_by_mode'),
      yes('I-12'),
      'unclear: I-12 at 50000',
    ],
    [
      'allowed one way, a wrong direction the other, is the one that is allowed',
      no('wrong_direction'),
      yes('I-12'),
      'one_row: I-12 at 50000',
    ],
    [
      'allowed neither way, is over-exposed where one of them is',
      NO,
      no('over_exposed'),
      'neither: over_exposed at 50000',
    ],
    [
      'allowed neither way, is no wrong direction',
      no('wrong_direction'),
      NO,
      'neither: unlisted at 61004',
    ],
    [
      'allowed neither way, is not forbidden by mode',
      no('forbidden_by_mode'),
      NO,
      'neither: unlisted at 61004',
    ],
  ])('%s', (_, here, back, expected) => expect(oriented(here, back)).toBe(expected))

  test('on a connection that nobody allows has its server at the lower port', () => {
    expect(oriented(NO, NO)).toBe('neither: unlisted at 50000')
    const high = { ...WEAK, client: { ...WEAK.client, port: 62_000 } }
    expect(oriented(NO, NO, high)).toBe('neither: unlisted at 61004')
  })

  test('on a datagram that nobody allows stays with who spoke first', () => {
    const datagram = flow('10.2.0.9:500 -> 10.1.0.9:61004 udp', { basis: 'first_packet' })
    expect(oriented(NO, NO, datagram)).toBe('neither: unlisted at 61004')
  })
})

describe('a flow turned round', () => {
  const sides = (client: boolean, server: boolean) => ({ client, server })
  const record = flow('10.2.0.9:50000 -> 10.1.0.9:61004 tcp', {
    toServer: { packets: 3, bytes: 300 },
    toClient: { packets: 7, bytes: 900 },
    data: sides(true, false),
    tcp: tcp({
      syn: null,
      rst: { ...segment(9), from: 'server' },
      fin: sides(false, true),
      acknowledges: sides(true, false),
    }),
  })

  test('gives each end what is its own', () => {
    const back = reversed(record)
    expect(back.client).toEqual(record.server)
    expect(back.server).toEqual(record.client)
    expect(back.toServer.packets).toBe(7)
    expect(back.toClient.packets).toBe(3)
    expect(back.data).toEqual(sides(false, true))
    expect(back.tcp).toMatchObject({
      rst: { from: 'client' },
      fin: sides(true, false),
      acknowledges: sides(false, true),
    })
  })

  test('twice is what it was', () => {
    expect(reversed(reversed(record))).toEqual(record)
    const datagram = flow('10.2.0.9:500 -> 10.1.0.9:53 udp')
    expect(reversed(reversed(datagram))).toEqual(datagram)
  })
})
