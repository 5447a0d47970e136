// The steps one after the other, and what the judge adds of its own.

import { describe, expect, test } from 'vitest'
import type { FlowRecord } from '../../src/model/flow.ts'
import { Evidence } from '../../src/policy/evidence.ts'
import { HttpsPaths } from '../../src/policy/https.ts'
import { Inventory } from '../../src/policy/inventory.ts'
import { Judge } from '../../src/policy/judge.ts'
import { GwsimModes } from '../../src/policy/modes.ts'
import { NameBook } from '../../src/policy/names.ts'
import { conditionsOf, Rulebook } from '../../src/policy/rulebook.ts'
import { policyOf, row } from '../support/judged.ts'
import { flow, network, node, segment, site, tcp, webexRange } from './builders.ts'

const SITE = site({
  networks: ['10.10.20.0/24 core', '192.0.2.0/27 dmz', '10.10.50.0/24 admin-net admin'].map(
    network,
  ),
  nodes: [node('app app 10.10.20.11'), node('web web 10.10.20.21,192.0.2.20')],
})
const RANGES = [webexRange('W-08', '64.68.96.0/19')]
const POLICY = policyOf(
  [
    row('I-01', 'admin -> app tcp/22', { app: { expect: ['ssh'], not: [] } }),
    row('I-08', 'web-int -> app tcp/8080'),
    row('W-01', 'app -> webex tcp/443', { kind: 'webex' }),
  ],
  { practiceOff: [row('P-07', 'admin -> app tcp/3389', { kind: 'practice' })] },
)

function judgeOf(): Judge {
  const book = new Rulebook(POLICY, conditionsOf(SITE, []))
  return new Judge({
    ...{ inventory: new Inventory(SITE, RANGES), book, names: new NameBook() },
    evidence: new Evidence(() => Number.NEGATIVE_INFINITY),
    ...{ modes: new GwsimModes(book), https: new HttpsPaths(false) },
  })
}

const ANSWERED = { tcp: tcp({ synAck: segment(1) }) }

function verdictOn(text: string, more: Partial<FlowRecord> = ANSWERED, judge = judgeOf()) {
  return judge.judge(flow(text, more), { nowNs: 60e9, epochSeconds: 1_772_446_500 }).verdict
}

describe('a verdict', () => {
  test('is out of scope before anything else', () => {
    const verdict = verdictOn('10.10.50.5:50000 -> 203.0.113.9:443 tcp')
    expect(verdict).toMatchObject({ kind: 'out_of_scope', reason: 'other_traffic', row: null })
  })

  test('cites its row, its outcome, and how sure it is', () => {
    expect(verdictOn('10.10.50.5:50000 -> 10.10.20.11:22 tcp')).toEqual({
      ...{ kind: 'permitted_unverified', reason: null, row: 'I-01', rows: ['I-01'] },
      ...{ confidence: 'confirmed', advisories: [], serviceDown: false, verified: 'none' },
      ...{ bound: null, practice: null, excepted: null, why: [] },
      outcome: { state: 'answered', signature: null, confidence: 'confirmed', why: [] },
    })
  })

  test('names the range of WebEx, whichever end lies in it', () => {
    expect(verdictOn('10.10.20.11:50000 -> 64.68.96.1:443 tcp').rows).toEqual(['W-01', 'W-08'])
    expect(verdictOn('64.68.96.1:50000 -> 10.10.20.11:7 tcp').rows).toEqual(['W-08'])
  })

  test('names the practice item of an unlisted flow, and of no other', () => {
    expect(verdictOn('10.10.50.5:50000 -> 10.10.20.11:3389 tcp').practice).toBe('P-07')
    expect(verdictOn('10.10.50.5:50000 -> 10.10.20.11:3390 tcp').practice).toBeNull()
  })

  test('of the same record and evidence is the same', () => {
    const judge = judgeOf()
    const first = verdictOn('10.10.50.5:50000 -> 10.10.20.11:22 tcp', ANSWERED, judge)
    verdictOn('10.10.50.5:50000 -> 10.10.20.11:23 tcp', ANSWERED, judge)
    expect(verdictOn('10.10.50.5:50000 -> 10.10.20.11:22 tcp', ANSWERED, judge)).toEqual(first)
  })

  test('tells the addresses of one node apart by their zones', () => {
    const judge = judgeOf()
    const verdict = (address: string) =>
      verdictOn(`${address}:50000 -> 10.10.20.11:8080 tcp`, ANSWERED, judge)
    expect(verdict('10.10.20.21')).toMatchObject({ kind: 'permitted', row: 'I-08' })
    expect(verdict('192.0.2.20')).toMatchObject({ kind: 'escaped', reason: 'over_exposed' })
  })
})

describe('a record', () => {
  test('comes back as it was, where its direction is proven or nobody’s concern', () => {
    const judge = judgeOf()
    for (const text of [
      '10.10.50.5:50000 -> 10.10.20.11:22 tcp',
      '10.10.50.5:50000 -> 203.0.113.9:443 tcp',
    ]) {
      const record = flow(text, ANSWERED)
      expect(judge.judge(record, { nowNs: 60e9, epochSeconds: 0 }).flow).toBe(record)
    }
  })

  test('comes back turned round, where that is the likelier reading', () => {
    const record = flow('10.10.20.11:22 -> 10.10.50.5:50000 tcp', {
      basis: 'first_packet',
      tcp: tcp({ syn: null, acknowledges: { client: true, server: true } }),
      toClient: { packets: 4, bytes: 400 },
    })
    const judged = judgeOf().judge(record, { nowNs: 60e9, epochSeconds: 0 })
    expect(judged.client.role).toBe('admin')
    expect(judged.flow).toMatchObject({ server: { port: 22 }, toServer: { packets: 4 } })
    expect(judged.verdict).toMatchObject({ kind: 'permitted_unverified', confidence: 'possible' })
  })
})
