// Goal: whoever is told of changes knows at the end what findings() says, however often they ask and however little
// they are told at a time. Method: what was told is put together, gone ones taken away, and held against the whole;
// once over stories of an office, and once over a random walk of hits of which scans, floods and shares are made.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { officeDay, plantedDay } from '../../fixtures/day/day.ts'
import { officeMorning } from '../../fixtures/demo/office.ts'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { type Random, seeded } from '../../fixtures/scenario/random.ts'
import { FindingCollector } from '../../src/findings/collect.ts'
import { KnownApp, NO_FACTS } from '../../src/model/app.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Observation } from '../../src/model/observation.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { SITE } from '../policy/rows/site.ts'
import { auditBytes } from '../support/audit.ts'
import { type Frame, tcp } from '../support/frames.ts'
import { type Circumstances, judged, policyOf, row, sha256 } from '../support/judged.ts'

const LONG_MS = 120_000

/** Who is told, and what they know of it. */
class Told {
  readonly known = new Map<string, Finding>()
  /** Findings and ids that were told, counted each time. */
  said = 0
  /** Ids that were told to be gone. */
  gone = 0

  ask(collector: FindingCollector, max: number): number {
    const { findings, gone } = collector.changes(max)
    expect(findings.length + gone.length).toBeLessThanOrEqual(max)
    for (const id of gone) expect(this.known.delete(id), `${id} was told`).toBe(true)
    for (const finding of findings) this.known.set(finding.id, finding)
    this.said += findings.length + gone.length
    this.gone += gone.length
    return findings.length + gone.length
  }

  askAll(collector: FindingCollector, max: number): void {
    while (this.ask(collector, max) > 0);
  }

  expectAllOf(collector: FindingCollector): void {
    const byId = (one: Finding, other: Finding) => (one.id < other.id ? -1 : 1)
    expect([...this.known.values()].toSorted(byId)).toEqual(collector.findings().toSorted(byId))
  }
}

/** When somebody asks, and for how much. */
const HABITS: Readonly<Record<string, (random: Random) => number>> = {
  'at every tick': () => 1000,
  'at random ticks': random => (random() % 5 === 0 ? 1000 : 0),
  'at random ticks, for very little': random => (random() % 3 === 0 ? 1 + (random() % 2) : 0),
  never: () => 0,
}

const fileOf = (path: string) => readFileSync(path, 'utf8')
const STORIES: Readonly<Record<string, () => readonly [Uint8Array, site: string]>> = {
  'the office day': () => [
    officeDay().pcap({ precision: 'nano' }),
    fileOf('fixtures/day/site.yaml'),
  ],
  'the planted day': () => [
    plantedDay().pcap({ precision: 'nano' }),
    fileOf('fixtures/day/site.yaml'),
  ],
  'the demo': () => [officeMorning().pcap(), fileOf('fixtures/demo/site.yaml')],
  'a scan of which one port is served': () => [scanPcap(), SITE],
}

function scanPcap(): Uint8Array {
  const APP = '[10.10.20.11]'
  const [client, stranger] = ['[203.0.113.66]:40000', '[10.99.0.1]:9 > [10.99.0.2]:9']
  const frames: Frame[] = Array.from({ length: 2000 }, (_, port) => {
    const at = 1 + port / 10
    const numbers = { ipId: port + 1, acknowledgement: port + 1 }
    const flags = port === 22 ? 'SYN+ACK' : 'RST+ACK'
    return [
      tcp(at, `${client} > ${APP}:${port + 1}`, 'SYN', { ipId: port + 1, sequence: port }),
      tcp(at + 0.0005, `${APP}:${port + 1} > ${client}`, flags, numbers),
    ]
  }).flat()
  const later = tcp(900, stranger, 'SYN', { sequence: 1 })
  const packets = [...frames, later].map(frame => ({
    ...frame,
    ...{ wire: frame.bytes.length, from: '*', to: '*' },
  }))
  return pcapOf(packets, { epochSeconds: Date.parse('2026-03-02T10:00:00Z') / 1000 })
}

describe('what was told of a capture is what there is at its end', () => {
  for (const [story, make] of Object.entries(STORIES))
    test(
      `${story}, whenever somebody asks`,
      async () => {
        const [pcap, site] = make()
        for (const [habit, maxOf] of Object.entries(HABITS)) {
          const random = seeded(7)
          const told = new Told()
          let collector: FindingCollector | null = null
          await auditBytes(pcap, site, 'core-span', {
            onBatch: (_, { compliance }) => {
              collector = compliance.findings
              const max = maxOf(random)
              if (max > 0) told.ask(collector, max)
            },
          })
          if (collector === null) throw new Error('no batch')
          told.askAll(collector, 3)
          told.expectAllOf(collector)
          expect(told.known.size, habit).toBeGreaterThan(0)
        }
      },
      LONG_MS,
    )
})

// ---- The walk ----

const POLICY = policyOf([
  row('I-01', 'admin -> app tcp/22'),
  row('I-12', 'web -> app tcp/61004', { app: { expect: ['http'], not: [] } }),
])
const CLIENTS = ['external', 'web-int-1'] as const
const SERVERS = ['app-a', 'app-b'] as const

type Kind = readonly [verdict: string, circumstances: Circumstances]
const KINDS: readonly Kind[] = [
  ['rejected unlisted', { state: 'blocked', verdict: { reason: 'unlisted' } }],
  ['escaped:unlisted unlisted', { state: 'unanswered' }],
  ['escaped:unlisted unlisted', {}],
  ['rejected I-01', { state: 'blocked' }],
  ['rejected I-01', { state: 'refused', verdict: { advisories: ['not_filtered'] } }],
  ['escaped:over_exposed I-01', { state: 'unanswered' }],
  ['escaped:over_exposed I-01', { state: 'answered' }],
  ['misdropped I-12', { state: 'blocked' }],
  ['permitted I-12', { verdict: { verified: 'signature' } }],
  ['permitted_unverified I-12', {}],
]

const one = <Value>(values: readonly Value[], random: Random): Value =>
  values[random() % values.length] as Value

function hit(random: Random): JudgedFlow {
  const [verdict, circumstances] = one(KINDS, random)
  const at = random() % 5000
  const flow = judged(
    `${one(CLIENTS, random)} -> ${one(SERVERS, random)} tcp/${1 + (random() % 40)}`,
    verdict,
    { ...circumstances, firstSeconds: at, lastSeconds: at + 1, frame: random() },
  )
  const isVerified = flow.verdict.verified === 'signature'
  const app = isVerified
    ? new KnownApp('http', { client: true, server: true }, NO_FACTS, 0, null)
    : flow.flow.app
  return { ...flow, flow: { ...flow.flow, app } }
}

function observation(random: Random): Observation {
  const { client, server } = judged(
    `web-int-1 -> ${one(SERVERS, random)} tcp/5003`,
    'permitted I-12',
  )
  const firstNs = (random() % 5000) * 1e9
  return {
    ...{ verdict: 'missing', reason: one(['silent', 'dead'], random), row: 'I-12' },
    ...{ source: client, destination: server, service: 'tcp/5003', confidence: 'confirmed' },
    ...{ proofs: 1, title: `At ${firstNs}`, fix: 'Look.', expected: 'It is there.', why: [] },
    ...{ firstNs, lastNs: firstNs + 1e9, flows: [], frames: [], goesOn: random() % 2 === 0 },
  }
}

describe('what was told of a random walk is what there is at its end', () => {
  for (const seed of [1, 2, 3, 4, 5, 6])
    test(`seed ${seed}`, () => {
      const random = seeded(seed)
      const collector = new FindingCollector(POLICY, sha256)
      const told = new Told()
      const startsAt = random() % 600
      for (let step = 0; step < 6000; step++) {
        const flow = hit(random)
        if (flow.verdict.kind.startsWith('permitted')) collector.share(flow, () => 0.5)
        else collector.add(flow, 0.5)
        if (random() % 20 === 0) collector.observe(observation(random), null)
        if (step > startsAt && random() % 10 === 0) told.ask(collector, 1 + (random() % 12))
        if (step % 500 === 499) {
          told.askAll(collector, 7)
          told.expectAllOf(collector)
        }
      }
      expect(told.gone).toBeGreaterThan(0)
    })

  test('a share that falls is gone, and comes back when it rises', () => {
    const collector = new FindingCollector(POLICY, sha256)
    const told = new Told()
    const share = (verdict: string, verified: 'none' | 'signature', times: number) => {
      for (let time = 0; time < times; time++)
        collector.share(
          judged('web-int-1 -> app-a tcp/61004', verdict, { verdict: { verified } }),
          () => 1,
        )
      told.ask(collector, 10)
      return told.known.size
    }
    expect(share('permitted_unverified I-12', 'none', 1)).toBe(1)
    expect(share('permitted I-12', 'signature', 9)).toBe(0)
    expect(share('permitted_unverified I-12', 'none', 2)).toBe(1)
    told.expectAllOf(collector)
  })

  test('a row that overflows is told in one finding more', () => {
    const collector = new FindingCollector(POLICY, sha256)
    const told = new Told()
    for (let port = 0; port < 10_050; port++) {
      const flow = judged('external -> app-a tcp/1', 'escaped:unlisted unlisted')
      const server = { ...flow.flow.server, port }
      collector.add({ ...flow, flow: { ...flow.flow, server } }, null)
      if (port % 100 === 0) told.ask(collector, 1000)
    }
    told.askAll(collector, 1000)
    expect(told.known.size).toBe(10_001)
    told.expectAllOf(collector)
    // Each finding is told once as it opens; only the last one, and what the bound held back, more often.
    expect(told.said).toBeLessThan(10_010)
  })

  test('nothing is told twice that has not changed', () => {
    const collector = new FindingCollector(POLICY, sha256)
    const told = new Told()
    const random = seeded(9)
    for (let step = 0; step < 2000; step++) collector.add(hit(random), null)
    told.askAll(collector, 1000)
    expect(told.ask(collector, 1000)).toBe(0)
    collector.add(judged('enduser -> app-a tcp/22', 'misdropped I-12', { state: 'blocked' }), null)
    expect(told.ask(collector, 1000)).toBe(1)
  })
})
