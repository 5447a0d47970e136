import { expect, test } from 'vitest'
import type { UnjudgedFlow } from '../../src/model/batch.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { FlowRecord } from '../../src/model/flow.ts'
import type { JudgedFlow } from '../../src/model/verdict.ts'
import type { EveContext } from '../../src/sinks/eve.ts'
import { EveWriter } from '../../src/sinks/eve.ts'
import {
  address,
  echoFlow,
  HANDSHAKE,
  OUTSIDER,
  run,
  sampleFinding,
  sampleFlow,
  sampleJudged,
  sampleLedger,
  udpFlow,
} from '../support/samples.ts'
import { complaints } from '../support/schemas.ts'

const context: EveContext = {
  ...run,
  sensor: 'dmz-span',
  hasSeveralSensors: false,
  policy: { id: 'meetingplace-7.1', hash: `sha256:${'ab'.repeat(32)}`, webex_ranges: 'seed' },
}

/** What is written when `tell` talks to a writer. */
function written(tell: (writer: EveWriter) => void, changes: Partial<EveContext> = {}): string {
  let text = ''
  tell(new EveWriter(line => (text += line), { ...context, ...changes }))
  return text
}

const flowLine = (record: JudgedFlow | UnjudgedFlow) =>
  JSON.parse(written(writer => writer.flow(record)))
const lineOf = (flow: FlowRecord) => flowLine({ flow })
const findingLine = (changes: Partial<Finding> = {}) =>
  JSON.parse(written(writer => writer.finding(sampleFinding(changes))))

test('a flow of a flow count is one line of plain EVE', () => {
  const text = written(writer => writer.flow({ flow: sampleFlow() }), {
    sensor: null,
    policy: null,
  })
  expect(text).toBe(
    '{"timestamp":"2026-03-02T10:15:44.618233+0000","event_type":"flow",' +
      '"pcap_cnt":17,"pcap_filename":"office.pcap","vlan":[120],"flow_id":912274551301,' +
      '"community_id":"1:LQU9qZlK+B5F3KDmev6m5PMibrg=",' +
      '"src_ip":"203.0.113.77","src_port":51514,"dest_ip":"192.0.2.20","dest_port":1433,' +
      '"proto":"TCP","app_proto":"unknown",' +
      '"flow":{"pkts_toserver":6,"pkts_toclient":5,"bytes_toserver":612,"bytes_toclient":488,' +
      '"start":"2026-03-02T10:15:42.118233+0000","end":"2026-03-02T10:15:44.618233+0000",' +
      '"age":2,"state":"closed","reason":"timeout"},' +
      '"mp":{"schema":1,"direction":{"basis":"syn","confidence":"confirmed"},"end":"closed"}}\n',
  )
})

test('of several sensors each flow and finding names those that saw it', () => {
  const several = { sensor: null, hasSeveralSensors: true, sensorsOf: () => ['core', 'dmz'] }
  const lines = [
    written(writer => writer.flow(sampleJudged()), several),
    written(writer => writer.flow({ flow: sampleFlow() }), several),
    written(writer => writer.finding(sampleFinding()), several),
  ].map(line => JSON.parse(line))
  for (const line of lines) {
    expect(line.mp.sensors).toEqual(['core', 'dmz'])
    expect(line).not.toHaveProperty('sensor')
    expect(complaints('eve', line)).toEqual([])
  }
  expect(flowLine(sampleJudged()).mp).not.toHaveProperty('sensors')
})

test('a judged flow carries its verdict, its row, both roles and the policy', () => {
  expect(flowLine(sampleJudged())).toMatchObject({
    sensor: 'dmz-span',
    mp: {
      verdict: 'escaped',
      reason: 'over_exposed',
      confidence: 'confirmed',
      row: 'I-31',
      verified: 'none',
      src: { role: 'external', zone: 'internet', node: null, role_basis: 'public' },
      dst: { role: 'web', zone: 'dmz', node: 'web-dmz-1', role_basis: 'node' },
      outcome: { state: 'answered', signature: null },
      policy: { id: 'meetingplace-7.1', webex_ranges: 'seed' },
    },
  })
})

test('what stands beside a verdict is written only where there is something', () => {
  const excepted = { id: 'EX-7', kind: 'escaped', reason: 'unlisted' } as const
  const beside = { advisories: ['not_filtered' as const], serviceDown: true, practice: 'P-01' }
  expect(flowLine(sampleJudged({ ...beside, excepted })).mp).toMatchObject({
    advisories: ['not_filtered'],
    service_down: true,
    practice: 'P-01',
    excepted,
  })
  expect(Object.keys(flowLine(sampleJudged()).mp)).not.toContain('excepted')
})

const protocols: Record<string, [FlowRecord, object]> = {
  'ICMP echo with a reply': [
    echoFlow(),
    { proto: 'ICMP', icmp_type: 8, icmp_code: 0, response_icmp_type: 0, response_icmp_code: 0 },
  ],
  'ICMP echo without a reply': [
    echoFlow({ toClient: { packets: 0, bytes: 0 } }),
    { proto: 'ICMP', icmp_type: 8, icmp_code: 0 },
  ],
  'a lone ICMP message': [
    echoFlow({
      client: { address: address('10.10.20.11'), port: 42 },
      server: { address: address('10.10.20.12'), port: 3 },
    }),
    { proto: 'ICMP', icmp_type: 42, icmp_code: 3 },
  ],
  GRE: [sampleFlow({ transport: 'other', protocol: 47, tcp: null }), { proto: 'GRE' }],
}
for (const [meaning, [flow, expected]] of Object.entries(protocols)) {
  test(`${meaning} has no ports but what Suricata has in their place`, () => {
    const line = lineOf(flow)
    const names = ['proto', 'src_port', 'dest_port', 'icmp_type', 'icmp_code']
    names.push('response_icmp_type', 'response_icmp_code')
    expect(
      Object.fromEntries(Object.entries(line).filter(([name]) => names.includes(name))),
    ).toEqual(expected)
  })
}

test('IPv6 addresses are written as RFC 5952 says', () => {
  const client = { address: address('2001:DB8:0:0:0:0:0:1'), port: 123 }
  const server = { address: address('2001:db8::2'), port: 123 }
  expect(lineOf(udpFlow({ client, server }))).toMatchObject({
    src_ip: '2001:db8::1',
    dest_ip: '2001:db8::2',
    proto: 'UDP',
  })
})

const states: Record<string, [FlowRecord, string]> = {
  'TCP that shook hands': [
    sampleFlow({ tcp: { ...HANDSHAKE, state: 'established' } }),
    'established',
  ],
  'UDP that was answered': [udpFlow(), 'established'],
  'UDP that was not answered': [udpFlow({ toClient: { packets: 0, bytes: 0 } }), 'new'],
}
for (const [meaning, [flow, state]] of Object.entries(states)) {
  test(`${meaning} is in state ${state}`, () => {
    expect(lineOf(flow).flow.state).toBe(state)
  })
}

test('a violation is an alert with a severity that counts down', () => {
  expect(findingLine()).toMatchObject({
    timestamp: '2026-03-02T10:16:30.000000+0000',
    event_type: 'alert',
    dest_ip: '192.0.2.20',
    dest_port: 1433,
    alert: {
      action: 'allowed',
      gid: 71,
      signature_id: 713310,
      rev: 1,
      signature: 'SQL Server on web-dmz-1 answered the Internet',
      category: 'Policy violation',
      severity: 1,
    },
  })
})

test('an alert says which row it breaks, what that demands, and what proves it', () => {
  expect(findingLine().mp).toMatchObject({
    schema: 1,
    finding_id: 'f-7d1c2a90b3e4',
    phase: 'open',
    count: 3,
    severity: 'critical',
    row: 'I-31',
    cite: 'Network Requirements, TCP/UDP Ports, incoming table, Web Server, SQL 1433',
    says: 'SQL Server on the Web Server serves MeetingPlace components and nobody else.',
    rule: 'rules/policy.yaml:212',
    expected: 'web -> web tcp/1433',
    fix: 'Close tcp/1433 towards 192.0.2.20 on the external firewall.',
    direction: { basis: 'syn', confidence: 'confirmed' },
    visibility: { score: 0.99, both_directions: true },
    why: ['SYN-ACK after 1.000 ms'],
    evidence: { capture: 'office.pcap', frame: 17, offset: 1448 },
  })
})

const severities = { critical: 1, high: 2, medium: 3, low: 4 } as const
for (const severity of ['critical', 'high', 'medium', 'low'] as const) {
  test(`severity ${severity} is ${severities[severity]} in EVE`, () => {
    expect(findingLine({ severity }).alert.severity).toBe(severities[severity])
  })
}

test('only what was dropped is blocked', () => {
  expect(findingLine({ verdict: 'misdropped' }).alert.action).toBe('blocked')
  expect(findingLine({ verdict: 'degraded', severity: 'medium' }).alert).toMatchObject({
    action: 'allowed',
    category: 'Service degraded',
  })
})

test('good news is a finding and alerts nobody', () => {
  const line = findingLine({ verdict: 'rejected', severity: 'info' })
  expect(line.event_type).toBe('finding')
  expect(Object.keys(line)).not.toContain('alert')
  expect(line.mp.verdict).toBe('rejected')
})

test('an overflow finding without examples has no flow', () => {
  const line = findingLine({ examples: [] })
  expect(Object.keys(line)).toEqual(['timestamp', 'event_type', 'sensor', 'alert', 'mp'])
})

const signatures = {
  unlisted: 710000,
  'W-01': 711010,
  'I-06.2': 713062,
  'I-35': 713350,
  'O-15': 714150,
  'S-10': 716100,
  'P-03': 718030,
  'OUR-1': 719000,
}
for (const [row, id] of Object.entries(signatures)) {
  test(`row ${row} has signature id ${id}`, () => {
    expect(findingLine({ row }).alert.signature_id).toBe(id)
  })
}

test('the last line is the ledger, at the time of the last packet', () => {
  const text = written(writer => {
    writer.flow({ flow: sampleFlow({ lastNs: 50e9 }) })
    writer.flow({ flow: sampleFlow({ lastNs: 45e9 }) })
    writer.stats(sampleLedger())
  })
  const line = JSON.parse(text.split('\n')[2] ?? '')
  expect(line).toMatchObject({
    timestamp: '2026-03-02T10:15:50.000000+0000',
    event_type: 'stats',
    stats: { decoder: { pkts: 1212, invalid: 0 }, mp: { schema: 1, ...sampleLedger() } },
  })
  expect(Object.keys(line.stats.mp.reasons)).toEqual(['truncated.tcp', 'unsupported.ethertype'])
})

test('every kind of line fits the schema', () => {
  const down = sampleJudged({ kind: 'permitted', reason: null, serviceDown: true })
  const beside = sampleJudged({
    kind: 'excepted',
    advisories: ['unexpected_source'],
    practice: 'P-01',
    excepted: { id: 'EX-7', kind: 'escaped', reason: 'unlisted' },
  })
  const lone = udpFlow({ vlan: null, toClient: { packets: 0, bytes: 0 }, end: 'reused' })
  const text = written(writer => {
    for (const record of [down, beside, sampleJudged({ kind: 'out_of_scope', row: null })])
      writer.flow(record)
    for (const flow of [sampleFlow(), echoFlow(), lone]) writer.flow({ flow })
    writer.finding(sampleFinding())
    writer.finding(sampleFinding({ severity: 'info' }), 'close')
    writer.finding(sampleFinding({ examples: [] }), 'update')
    writer.stats(sampleLedger())
    writer.stats(sampleLedger({ verdicts: null, findings: null }))
  })
  const lines = text.trimEnd().split('\n')
  expect(lines).toHaveLength(11)
  expect(lines.flatMap(line => complaints('eve', JSON.parse(line)))).toEqual([])
})

test('the schema refuses an alert of severity info', () => {
  const line = findingLine()
  expect(complaints('eve', { ...line, mp: { ...line.mp, severity: 'info' } })).toContain(
    '/mp/severity must be equal to one of the allowed values',
  )
})

test('a hostile name stays on its line and comes back unchanged', () => {
  const name = 'a"\n\u001b[2J\u009b\u202e.pcap'
  const text = written(writer => writer.flow({ flow: sampleFlow() }), { captureName: () => name })
  expect(text.split('\n')).toHaveLength(2)
  expect(text).toContain('"pcap_filename":"a\\"\\n\\u001b[2J\\u009b\\u202e.pcap"')
  expect(JSON.parse(text).pcap_filename).toBe(name)
})

test('a node name that looks like JSON cannot add a member', () => {
  const name = 'x","verdict":"permitted'
  const node = { name, roles: [], addresses: [], nat: [], macs: [], site: 'hq' }
  const client = { ...OUTSIDER, node: { ...node, zone: null, dynamicPorts: null } }
  const { mp } = flowLine(sampleJudged({}, { client }))
  expect([mp.verdict, mp.src.node]).toEqual(['escaped', name])
})
