// Many flows, few findings: counting, what a finding keeps of its members, limits, and the ledger.

import { describe, expect, test } from 'vitest'
import { FindingCollector } from '../../src/findings/collect.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import { type Circumstances, exception, judged, policyOf, row, sha256 } from '../support/judged.ts'

const POLICY = policyOf(
  [
    row('I-01', 'admin -> app tcp/22'),
    row('I-12', 'web -> app tcp/61004', { obligation: 'required' }),
    row('I-31', 'web -> web,sql tcp/1433', { sensitive: true }),
  ],
  { exceptions: [exception('EX-7')] },
)

const sqlFromInternet = (circumstances: Circumstances = {}): JudgedFlow =>
  judged('external -> web-dmz-1 tcp/1433', 'escaped:over_exposed I-31', circumstances)
const sshFromUser = (circumstances: Circumstances = {}): JudgedFlow =>
  judged('enduser -> app-a tcp/22', 'escaped:over_exposed I-01', circumstances)
const unlistedOn = (port: number, circumstances: Circumstances = {}): JudgedFlow =>
  judged(`external -> app-a tcp/${port}`, 'escaped:unlisted unlisted', circumstances)

/** Unlisted flows to so many different ports. */
function scan(ports: number): JudgedFlow[] {
  const one = unlistedOn(1)
  return Array.from({ length: ports }, (_, port) => {
    return { ...one, flow: { ...one.flow, server: { ...one.flow.server, port } } }
  })
}

function collected(flows: Iterable<JudgedFlow>): FindingCollector {
  const collector = new FindingCollector(POLICY, sha256)
  for (const flow of flows) collector.add(flow, 0.9)
  return collector
}

describe('one finding', () => {
  test('counts its members, their packets and bytes, from the first to the last', () => {
    const flows = [
      sqlFromInternet({ firstSeconds: 5, lastSeconds: 9, packets: 4, bytes: 300 }),
      sqlFromInternet({ firstSeconds: 2, lastSeconds: 3, packets: 1, bytes: 60 }),
    ]
    expect(collected(flows).findings()).toMatchObject([
      { members: 2, packets: 5, bytes: 360, firstNs: 2e9, lastNs: 9e9 },
    ])
  })

  test('is told whole', () => {
    const flow = sqlFromInternet()
    expect(collected([flow]).findings()).toEqual([
      {
        id: 'f-2c56249f3810',
        ...{ why: [], frames: [] },
        ...{ verdict: 'escaped', reason: 'over_exposed', row: 'I-31', exception: null },
        ...{ severity: 'critical', confidence: 'confirmed', where: 'rules/policy.yaml:I-31' },
        cite: { section: 'TCP/UDP Ports', table: 'incoming', server: 'Some Server', row: 'I-31' },
        says: 'What I-31 demands.',
        title: 'Port 1433 on web-dmz-1 answered the Internet',
        ...{ source: 'external@internet', destination: 'web-dmz-1', service: 'tcp/1433' },
        expected: 'web -> web, sql tcp/1433',
        fix: 'Close tcp/1433 towards 192.0.2.20 on the external firewall.',
        ...{ members: 1, packets: 3, bytes: 200, firstNs: 1e9, lastNs: 2e9 },
        examples: [
          {
            ...{ flow: flow.flow, client: flow.client, server: flow.server },
            outcome: flow.verdict.outcome,
            visibility: 0.9,
            why: ['Row I-00 decided.'],
          },
        ],
      },
    ])
  })

  test('keeps the five earliest members as examples, in whatever order they came', () => {
    const seconds = [70, 10, 60, 20, 50, 30, 40]
    const flows = seconds.map(at => sqlFromInternet({ firstSeconds: at, lastSeconds: 80 }))
    const [finding] = collected(flows).findings()
    expect(finding?.examples.map(({ flow }) => flow.firstNs / 1e9)).toEqual([10, 20, 30, 40, 50])
  })

  test('orders examples of the same instant by their first packet', () => {
    const flows = [3, 1, 2].map(frame => sqlFromInternet({ frame }))
    const [finding] = collected(flows).findings()
    expect(finding?.examples.map(({ flow }) => flow.first.frame)).toEqual([1, 2, 3])
  })

  test('is as certain as its most certain member, and as bad as its worst', () => {
    const flows = [
      sqlFromInternet({ verdict: { confidence: 'possible' } }),
      sqlFromInternet({ verdict: { confidence: 'probable' } }),
      sqlFromInternet({ state: 'unanswered', verdict: { confidence: 'possible' } }),
    ]
    expect(collected(flows).findings()).toMatchObject([
      { confidence: 'probable', severity: 'critical', members: 3 },
    ])
  })

  test('says that the port answered if it answered once', () => {
    const flows = [sqlFromInternet({ state: 'unanswered' }), sqlFromInternet()]
    expect(collected(flows).findings()).toMatchObject([
      { title: 'Port 1433 on web-dmz-1 answered the Internet' },
    ])
  })

  test('gets worse when its cause goes on for over a quarter of an hour', () => {
    const at = (minute: number): JudgedFlow =>
      judged('admin -> app-a tcp/22', 'misdropped I-01', {
        ...{ state: 'blocked', firstSeconds: minute * 60, lastSeconds: minute * 60 },
      })
    expect(collected([at(0), at(8)]).findings()).toMatchObject([{ severity: 'medium' }])
    expect(collected([at(0), at(8), at(16)]).findings()).toMatchObject([{ severity: 'high' }])
  })

  test('names the exception that accepts it, and no other does', () => {
    const excepted = { id: 'EX-7', kind: 'escaped', reason: 'unlisted' } as const
    const accepted = judged('app-a -> external tcp/514', 'excepted unlisted', {
      verdict: { excepted, advisories: ['unexpected_source'] },
    })
    expect(collected([accepted]).findings()).toMatchObject([
      { verdict: 'advisory', exception: null },
      { verdict: 'excepted', exception: 'EX-7' },
    ])
  })

  test('proves a control only if every attempt was stopped by one', () => {
    const stopped = judged('external -> app-a tcp/22', 'rejected I-01', { state: 'blocked' })
    const refused = judged('external -> app-a tcp/22', 'rejected I-01', { state: 'refused' })
    expect(collected([stopped, refused]).findings()).toMatchObject([
      { title: 'app-a itself refused the Internet on port 22' },
    ])
  })
})

describe('opening', () => {
  test('the first member opens a finding, the next ones do not', () => {
    const collector = new FindingCollector(POLICY, sha256)
    expect(collector.add(sqlFromInternet(), null)).toMatchObject([{ row: 'I-31', members: 1 }])
    expect(collector.add(sqlFromInternet(), null)).toEqual([])
  })

  test('one flow may open several findings', () => {
    const collector = new FindingCollector(POLICY, sha256)
    const flow = judged('external -> app-a tcp/22', 'rejected I-01', {
      ...{ state: 'refused', verdict: { advisories: ['not_filtered'] } },
    })
    const opened = collector.add(flow, null)
    expect(opened.map(({ verdict, reason }) => `${verdict}:${reason}`)).toEqual([
      'rejected:null',
      'advisory:not_filtered',
    ])
  })

  test('a permitted flow opens none', () => {
    const collector = new FindingCollector(POLICY, sha256)
    expect(collector.add(judged('admin -> app-a tcp/22', 'permitted I-01'), null)).toEqual([])
    expect(collector.ledger()).toEqual({ hits: 0, in_findings: 0, in_overflow: 0 })
  })

  test('what was handed out does not change afterwards', () => {
    const collector = new FindingCollector(POLICY, sha256)
    const [opened] = collector.add(sqlFromInternet(), null)
    collector.add(sqlFromInternet(), null)
    expect(opened?.members).toBe(1)
    expect(opened?.examples).toHaveLength(1)
  })
})

describe('all findings', () => {
  test('stand by severity, then by time', () => {
    const flows = [
      judged('app-a -> external tcp/514', 'escaped:unlisted unlisted', { firstSeconds: 3 }),
      sshFromUser({ firstSeconds: 1 }),
      sqlFromInternet({ firstSeconds: 9, lastSeconds: 9 }),
    ]
    const order = collected(flows)
      .findings()
      .map(({ severity, row: id }) => `${severity} ${id}`)
    expect(order).toEqual(['critical I-31', 'medium I-01', 'medium T-07'])
  })

  test('are the same in whatever order their flows come', () => {
    const flows = [
      ...[sqlFromInternet({ frame: 1 }), sshFromUser({ frame: 2 }), unlistedOn(4444, { frame: 3 })],
      ...[sqlFromInternet({ frame: 4, state: 'unanswered' }), unlistedOn(4445, { frame: 5 })],
    ]
    const forward = collected(flows).findings()
    const backward = collected([...flows].reverse()).findings()
    expect(backward).toEqual(forward)
    expect(forward).toHaveLength(4)
  })

  test('keep their ids when the policy changes', () => {
    const changed = new FindingCollector(policyOf([], { hash: 'sha256:ff' }), sha256)
    const [one] = changed.add(sqlFromInternet({ firstSeconds: 100, lastSeconds: 200 }), null)
    expect(one?.id).toBe(collected([sqlFromInternet()]).findings()[0]?.id)
  })
})

describe('storms', () => {
  test('a hundred thousand members are one finding with five examples', () => {
    const collector = new FindingCollector(POLICY, sha256)
    const flow = sqlFromInternet()
    for (let n = 0; n < 100_000; n++) collector.add(flow, null)
    const findings = collector.findings()
    expect(findings).toMatchObject([{ members: 100_000, packets: 300_000 }])
    expect(findings[0]?.examples).toHaveLength(5)
    expect(collector.ledger()).toEqual({ hits: 100_000, in_findings: 100_000, in_overflow: 0 })
  })

  test('a scan of answered ports is a finding per port', () => {
    expect(collected([21, 22, 23].map(port => unlistedOn(port))).findings()).toHaveLength(3)
  })

  test('a scan that a filter stopped is one finding', () => {
    const stopped = [21, 22, 23].map(port =>
      judged(`external -> app-a tcp/${port}`, 'rejected unlisted', { state: 'blocked' }),
    )
    expect(collected(stopped).findings()).toMatchObject([{ members: 3, service: null }])
  })

  test('a row keeps ten thousand findings; the others share one, and the ledger closes', () => {
    const collector = collected(scan(10_003))
    const findings = collector.findings()
    expect(findings).toHaveLength(10_001)
    expect(findings.filter(({ source }) => source === '(various)')).toMatchObject([
      {
        ...{ row: 'unlisted', source: '(various)', destination: '(various)', service: null },
        ...{ members: 3, verdict: 'escaped', reason: 'unlisted', severity: 'high' },
        title: 'More causes concern the tables than are listed one by one',
      },
    ])
    expect(collector.ledger()).toEqual({ hits: 10_003, in_findings: 10_000, in_overflow: 3 })
  })

  test('a known cause goes on counting when its row overflows, and other rows are not touched', () => {
    const collector = collected(scan(10_001))
    collector.add(unlistedOn(9_999), null)
    collector.add(sqlFromInternet(), null)
    expect(collector.ledger()).toEqual({ hits: 10_003, in_findings: 10_002, in_overflow: 1 })
  })

  test('the overflow is as bad as the worst of its hits, and opens once', () => {
    const collector = collected(scan(10_000))
    const outbound = judged('app-a -> external tcp/514', 'escaped:unlisted unlisted')
    expect(collector.add(outbound, null)).toMatchObject([{ severity: 'medium', row: 'T-07' }])
    expect(collector.add(unlistedOn(60_000), null)).toEqual([])
    const overflow = collector.findings().find(({ source }) => source === '(various)')
    expect(overflow).toMatchObject({ severity: 'high', row: 'unlisted', members: 2 })
  })
})
