import { expect, test } from 'vitest'
import { ipv4 } from '../../src/model/address.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { Tally } from '../../src/report/tally.ts'
import {
  echoFlow,
  HANDSHAKE,
  OUTSIDER,
  sampleFlow,
  sampleJudged,
  udpFlow,
} from '../support/samples.ts'

function tallyOf(...records: Parameters<Tally['add']>[0][]): Tally {
  const tally = new Tally()
  for (const record of records) tally.add(record)
  return tally
}

const permitted = (row = 'I-28'): JudgedFlow =>
  sampleJudged({ kind: 'permitted', reason: null, row })

const undetermined = (row: string | null, reason = 'direction'): JudgedFlow =>
  sampleJudged({ kind: 'undetermined', reason, row, why: ['Nothing shows who opened it.'] })

const housekeeping = (kind: string): JudgedFlow =>
  sampleJudged(
    { kind: 'out_of_scope', reason: `link_scope:${kind}`, row: null },
    { flow: udpFlow() },
  )

test('an empty tally has empty totals', () => {
  expect(new Tally().totals()).toEqual({
    packets: 0,
    bytes: 0,
    flows: 0,
    by_transport: [],
    by_verdict: [],
    by_row: [],
    by_role_pair: [],
    housekeeping: [],
  })
})

test('packets and bytes of both directions are summed by transport', () => {
  const tally = tallyOf({ flow: echoFlow() }, { flow: sampleFlow() }, { flow: sampleFlow() })
  expect(tally.totals()).toMatchObject({
    packets: 33,
    bytes: 3300,
    flows: 3,
    by_transport: [
      { transport: 'tcp', flows: 2, packets: 22, bytes: 2200 },
      { transport: 'icmp', flows: 1, packets: 11, bytes: 1100 },
    ],
  })
})

test('verdicts are counted in the order of their definition', () => {
  const tally = tallyOf(sampleJudged(), permitted(), sampleJudged())
  expect(tally.totals().by_verdict).toEqual([
    { verdict: 'permitted', flows: 1 },
    { verdict: 'escaped', flows: 2 },
  ])
})

test('rows are counted by verdict and sorted by id', () => {
  const tally = tallyOf(sampleJudged({ row: 'I-31' }), permitted('I-31'), permitted('I-06.1'))
  const rows = tally.totals().by_row.map(({ row, verdict, flows }) => `${row} ${verdict} ${flows}`)
  expect(rows).toEqual(['I-06.1 permitted 1', 'I-31 permitted 1', 'I-31 escaped 1'])
})

test('role pairs are named by role and zone, never by address', () => {
  expect(tallyOf(sampleJudged()).totals().by_role_pair).toEqual([
    {
      source: 'external@internet',
      destination: 'web@dmz',
      verdict: 'escaped',
      flows: 1,
      packets: 11,
      bytes: 1100,
    },
  ])
})

test('totals do not depend on the order of the flows', () => {
  const records = [sampleJudged(), permitted(), undetermined('I-12'), housekeeping('dhcp')]
  const forward = tallyOf(...records)
  const backward = tallyOf(...records.toReversed())
  expect(forward.totals()).toEqual(backward.totals())
  expect(forward.notJudged()).toEqual(backward.notJudged())
})

test('housekeeping of MeetingPlace hosts is counted by kind', () => {
  const tally = tallyOf(housekeeping('mdns'), housekeeping('dhcp'), housekeeping('mdns'))
  const kinds = tally.totals().housekeeping.map(({ kind, flows }) => `${kind} ${flows}`)
  expect(kinds).toEqual(['dhcp 1', 'mdns 2'])
})

test('housekeeping of other hosts, and other traffic out of scope, is not', () => {
  const tally = tallyOf(
    { ...housekeeping('mdns'), server: OUTSIDER },
    sampleJudged({ kind: 'out_of_scope', reason: null, row: null }),
  )
  expect(tally.totals().housekeeping).toEqual([])
})

test('a row with nothing but undetermined flows keeps the observation incomplete', () => {
  expect(tallyOf(undetermined('I-12'), undetermined('I-12'), permitted()).notJudged()).toEqual([
    {
      kind: 'undetermined',
      subject: 'I-12',
      count: 2,
      reason: '2 flows got no verdict: Nothing shows who opened it.',
      incomplete: true,
    },
  ])
})

test('a row with one good flow is not incomplete for the sake of the others', () => {
  const [entry] = tallyOf(undetermined('I-12'), permitted('I-12')).notJudged()
  expect(entry).toMatchObject({ subject: 'I-12', count: 1, incomplete: false })
})

test('reasons of one row are told apart', () => {
  const tally = tallyOf(undetermined('I-12', 'pending'), undetermined('I-12'), undetermined('I-12'))
  expect(tally.notJudged().map(({ count }) => count)).toEqual([1, 2])
})

test('an undetermined flow without a row is told by its role pair', () => {
  const [entry] = tallyOf(undetermined(null)).notJudged()
  expect(entry?.subject).toBe('external@internet -> web@dmz')
})

test('no flow of the site at all is never good news', () => {
  const others = sampleJudged({ kind: 'out_of_scope', reason: null, row: null })
  const expected = [expect.objectContaining({ kind: 'no_site_flow', incomplete: true })]
  expect(tallyOf(others).notJudged()).toEqual(expected)
  expect(new Tally().notJudged()).toEqual(expected)
})

test('a flow count has nothing to judge', () => {
  expect(tallyOf({ flow: sampleFlow() }).notJudged()).toEqual([])
})

const oneSided = (changes: Partial<ReturnType<typeof sampleFlow>>): JudgedFlow => ({
  ...permitted(),
  flow: sampleFlow(changes),
})

test('answers without questions show that the sensor sees one direction only', () => {
  expect(tallyOf(oneSided({ toServer: { packets: 0, bytes: 0 } })).notJudged()).toEqual([
    {
      kind: 'one_way',
      subject: 'external@internet -> web@dmz',
      count: 1,
      reason:
        '1 TCP conversation of two sides was seen from one side only; ' +
        'the sensor must mirror both directions.',
      incomplete: true,
    },
  ])
})

test('one conversation seen both ways shows that the pair is not blind', () => {
  const blind = oneSided({ toClient: { packets: 0, bytes: 0 } })
  const [entry] = tallyOf(blind, permitted()).notJudged()
  expect(entry).toMatchObject({ kind: 'one_way', count: 1, incomplete: false })
})

test('an attempt that nobody answers is no sign of blindness', () => {
  const tcp = { ...HANDSHAKE, synAck: null, acknowledges: { client: false, server: false } }
  const attempt = oneSided({ tcp, toClient: { packets: 0, bytes: 0 } })
  expect(tallyOf(attempt).notJudged()).toEqual([])
})

test('tables grow with roles, not with addresses and ports', () => {
  const tally = new Tally()
  for (let value = 0; value < 10_000; value++) {
    const client = { address: ipv4(value), port: value }
    tally.add({ ...permitted(), flow: udpFlow({ client }) })
  }
  const { by_role_pair, by_row, by_transport } = tally.totals()
  expect([by_role_pair.length, by_row.length, by_transport.length]).toEqual([1, 1, 1])
})
