// Sample records for the tests of outputs: one small story, told by hand. On 2 March 2026 somebody on the
// Internet reaches SQL Server on a Web Server in the DMZ; a mail relay beside it is none of our business.

import type { Address } from '../../src/model/address.ts'
import { parseAddress } from '../../src/model/address.ts'
import { UNKNOWN_APP } from '../../src/model/app.ts'
import type { Coverage } from '../../src/model/coverage.ts'
import type { Example, Finding } from '../../src/model/finding.ts'
import type { FlowRecord, Segment, TcpFacts } from '../../src/model/flow.ts'
import type { Placement } from '../../src/model/inventory.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import type { Cite } from '../../src/model/policy.ts'
import type { ReportedExample, ReportedFinding, Result } from '../../src/model/result.ts'
import type { RunContext } from '../../src/model/run.ts'
import type { JudgedFlow, Outcome, Verdict } from '../../src/model/verdict.ts'

/** 2026-03-02T10:15:00Z. */
const EPOCH = 1_772_446_500

export const run: RunContext = {
  epochSeconds: () => EPOCH,
  captureName: file => ['office.pcap', 'night.pcap'][file] ?? 'unknown',
  sensorsOf: () => ['dmz-span'],
  communityId: () => '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  flowId: () => 912_274_551_301,
}

export function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`no address: ${text}`)
  return parsed
}

const segment = (timeNs: number, ttl: number): Segment => ({ timeNs, ttl, window: 8192, ipId: 1 })

/** Handshake at 42.118233456 s, answered 1 ms later by a host one hop away. */
export const HANDSHAKE: TcpFacts = {
  state: 'closed',
  synCount: 1,
  syn: segment(42_118_233_456, 54),
  lastSynNs: 42_118_233_456,
  synAck: segment(42_119_233_456, 127),
  rst: null,
  fin: { client: true, server: true },
  acknowledges: { client: true, server: true },
}

/** 203.0.113.77:51514 to SQL Server on 192.0.2.20, six packets there and five back within 2.5 s. */
export function sampleFlow(changes: Partial<FlowRecord> = {}): FlowRecord {
  return {
    transport: 'tcp',
    protocol: 6,
    client: { address: address('203.0.113.77'), port: 51514 },
    server: { address: address('192.0.2.20'), port: 1433 },
    basis: 'syn',
    toServer: { packets: 6, bytes: 612 },
    toClient: { packets: 5, bytes: 488 },
    data: { client: true, server: true },
    firstNs: 42_118_233_456,
    lastNs: 44_618_233_456,
    first: { file: 0, frame: 17, offset: 1448 },
    vlan: 120,
    sensors: { client: 0, server: 0 },
    end: 'closed',
    resumed: false,
    tcp: HANDSHAKE,
    icmpError: null,
    app: UNKNOWN_APP,
    ...changes,
  }
}

export const udpFlow = (changes: Partial<FlowRecord> = {}): FlowRecord =>
  sampleFlow({ transport: 'udp', protocol: 17, tcp: null, end: 'idle', ...changes })

/** Echo request and reply between two hosts. */
export const echoFlow = (changes: Partial<FlowRecord> = {}): FlowRecord =>
  sampleFlow({
    transport: 'icmp',
    protocol: 1,
    client: { address: address('10.10.20.11'), port: 8 },
    server: { address: address('10.10.20.12'), port: 0 },
    tcp: null,
    vlan: null,
    ...changes,
  })

export const OUTSIDER: Placement = {
  address: address('203.0.113.77'),
  name: 'external@internet',
  group: 'external@internet',
  node: null,
  labels: new Set(['external']),
  role: 'external',
  zone: 'internet',
  basis: 'public',
  isMeetingPlace: false,
  isWebexUser: false,
  isLinkScope: false,
  webexRange: null,
}

const WEB_SERVER: Placement = {
  address: address('192.0.2.20'),
  name: 'web-dmz-1',
  group: 'web@dmz',
  node: {
    name: 'web-dmz-1',
    roles: ['web'],
    addresses: [address('192.0.2.20')],
    nat: [],
    macs: [],
    site: 'hq',
    zone: null,
    dynamicPorts: null,
  },
  labels: new Set(['web', 'web-dmz', 'meetingplace']),
  role: 'web',
  zone: 'dmz',
  basis: 'node',
  isMeetingPlace: true,
  isWebexUser: false,
  isLinkScope: false,
  webexRange: null,
}

const ANSWERED: Outcome = {
  state: 'answered',
  signature: null,
  confidence: 'confirmed',
  why: ['SYN-ACK after 1.000 ms'],
}

function sampleVerdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    kind: 'escaped',
    reason: 'over_exposed',
    row: 'I-31',
    rows: [],
    confidence: 'confirmed',
    outcome: ANSWERED,
    advisories: [],
    serviceDown: false,
    verified: 'none',
    bound: null,
    practice: null,
    excepted: null,
    why: ['I-31 is not exposed to the Internet.'],
    ...changes,
  }
}

export function sampleJudged(
  verdict: Partial<Verdict> = {},
  others: Partial<Omit<JudgedFlow, 'verdict'>> = {},
): JudgedFlow {
  return {
    flow: sampleFlow(),
    client: OUTSIDER,
    server: WEB_SERVER,
    verdict: sampleVerdict(verdict),
    ...others,
  }
}

const CITE: Cite = {
  section: 'TCP/UDP Ports',
  table: 'incoming',
  server: 'Web Server',
  row: 'SQL 1433',
}

export function sampleExample(changes: Partial<Example> = {}): Example {
  return {
    flow: sampleFlow(),
    client: OUTSIDER,
    server: WEB_SERVER,
    outcome: ANSWERED,
    visibility: 0.99,
    why: ['SYN-ACK after 1.000 ms'],
    ...changes,
  }
}

export function sampleFinding(changes: Partial<Finding> = {}): Finding {
  return {
    ...{ why: [], frames: [] },
    id: 'f-7d1c2a90b3e4',
    verdict: 'escaped',
    reason: 'over_exposed',
    severity: 'critical',
    confidence: 'confirmed',
    row: 'I-31',
    cite: CITE,
    says: 'SQL Server on the Web Server serves MeetingPlace components and nobody else.',
    where: 'rules/policy.yaml:212',
    title: 'SQL Server on web-dmz-1 answered the Internet',
    source: 'external@internet',
    destination: 'web-dmz-1',
    service: 'tcp/1433',
    expected: 'web -> web tcp/1433',
    fix: 'Close tcp/1433 towards 192.0.2.20 on the external firewall.',
    members: 3,
    packets: 33,
    bytes: 3300,
    firstNs: 42_118_233_456,
    lastNs: 90_000_000_000,
    examples: [sampleExample()],
    exception: null,
    ...changes,
  }
}

/** 1,212 packets, all accounted for; two flows of the site and one that is not. */
export function sampleLedger(changes: Partial<Ledger> = {}): Ledger {
  return {
    reader: {
      seen: 1212,
      decoded: 1208,
      malformed: 0,
      truncated: 3,
      unsupported: 1,
      filtered: 0,
      duplicate: 0,
      dropped: 0,
    },
    reasons: { 'unsupported.ethertype': 1, 'truncated.tcp': 3 },
    flows: {
      in_flow: 1200,
      no_flow: 8,
      unflowed: 0,
      created: 3,
      live: 0,
      ended: 3,
      evicted: 0,
    },
    verdicts: {
      permitted: 1,
      permitted_unverified: 0,
      escaped: 1,
      rejected: 0,
      misdropped: 0,
      excepted: 0,
      undetermined: 0,
      out_of_scope: 1,
      pending: 0,
    },
    findings: { hits: 1, in_findings: 1, in_overflow: 0 },
    ...changes,
  }
}

const SAMPLE_EXAMPLE: ReportedExample = {
  community_id: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  flow_id: 912_274_551_301,
  src_ip: '203.0.113.77',
  src_port: 51514,
  dest_ip: '192.0.2.20',
  dest_port: 1433,
  proto: 'TCP',
  first: '2026-03-02T10:15:42.118233456Z',
  last: '2026-03-02T10:15:44.618233456Z',
  pkts_toserver: 6,
  pkts_toclient: 5,
  bytes_toserver: 612,
  bytes_toclient: 488,
  vlan: 120,
  source: { node: null, role: 'external', zone: 'internet', role_basis: 'public' },
  destination: { node: 'web-dmz-1', role: 'web', zone: 'dmz', role_basis: 'node' },
  direction: { basis: 'syn', confidence: 'confirmed' },
  outcome: { state: 'answered', signature: null },
  timeline: [
    { time: '2026-03-02T10:15:42.118233456Z', event: 'SYN', ttl: 54 },
    { time: '2026-03-02T10:15:42.119233456Z', event: 'SYN-ACK', ttl: 127 },
  ],
  visibility: 0.99,
  sensors: ['dmz-span'],
  app: null,
  why: ['SYN-ACK after 1.000 ms'],
  packet: { capture: 'office.pcap', frame: 17, offset: 1448 },
  filter: 'tcp.port == 1433',
}

export function sampleReportedFinding(changes: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    ...{ why: [], frames: [] },
    id: 'f-7d1c2a90b3e4',
    severity: 'critical',
    verdict: 'escaped',
    reason: 'over_exposed',
    confidence: 'confirmed',
    title: 'SQL Server on web-dmz-1 answered the Internet',
    row: 'I-31',
    cite: CITE,
    says: 'SQL Server on the Web Server serves MeetingPlace components and nobody else.',
    rule: 'rules/policy.yaml:212',
    source: 'external@internet',
    destination: 'web-dmz-1',
    service: 'tcp/1433',
    expected: 'web -> web tcp/1433',
    fix: 'Close tcp/1433 towards 192.0.2.20 on the external firewall.',
    exception: null,
    members: 3,
    packets: 33,
    bytes: 3300,
    first: '2026-03-02T10:15:42.118233456Z',
    last: '2026-03-02T10:16:30.000000000Z',
    examples: [SAMPLE_EXAMPLE],
    ...changes,
  }
}

const HASH = `sha256:${'ab'.repeat(32)}`

/** Three statements, one of them broken by the sample finding; one pair of roles, one shut port. */
export function sampleCoverage(changes: Partial<Coverage> = {}): Coverage {
  const statement = {
    ...{ section: 'Incoming · Web Server', cite: CITE, says: 'SQL Server serves its own.' },
    ...{ unverified: false, times_kept: 0, last_kept: null, findings: [] },
  }
  const attempts = { reached: 3, stopped: 0, refused: 0, unproven: 0 }
  return {
    counts: { violated: 1, kept: 1, absent: 0, unobservable: 0, declared: 1 },
    statements: [
      {
        ...statement,
        ...{ id: 'T-06', section: 'Rules around the port tables', state: 'declared' },
        reason: 'A definition; nothing to judge.',
      },
      {
        ...statement,
        ...{ id: 'I-28', state: 'kept', reason: 'Seen to hold 1 time.', times_kept: 1 },
        last_kept: '2026-03-02T10:16:30.000000000Z',
      },
      {
        ...statement,
        ...{ id: 'I-31', state: 'violated', reason: '1 finding contradicts it.' },
        findings: ['f-7d1c2a90b3e4'],
      },
    ],
    matrix: [
      {
        ...{ source: 'external@internet', destination: 'web@dmz', state: 'violating' },
        ...{ rows: ['I-28.1'], flows: 3, violating: 3, refused: 0 },
      },
    ],
    segmentation: [
      { row: 'I-31', zone: 'internet', state: 'reached', ...attempts, signatures: [] },
    ],
    ...changes,
  }
}

/** An audit with one violation. */
export function sampleResult(changes: Partial<Result> = {}): Result {
  return {
    schema: 'mpwatch/result/1',
    provenance: {
      tool: 'mpwatch',
      version: '0.1.0',
      policy: { id: 'meetingplace-7.1', hash: HASH, webex_ranges: 'seed' },
      site: { name: 'hq', hash: HASH, sensor: 'dmz-span' },
      captures: [
        {
          name: 'office.pcap',
          sensor: 'dmz-span',
          bytes: 123_456,
          packets: 1212,
          dropped: null,
          sha256: 'cd'.repeat(32),
          first: '2026-03-02T10:15:00.000000000Z',
          last: '2026-03-02T10:25:00.250000000Z',
          damage: [],
        },
      ],
      from: null,
      to: null,
    },
    observed: {
      first: '2026-03-02T10:15:00.000000000Z',
      last: '2026-03-02T10:25:00.250000000Z',
    },
    conclusion: {
      state: 'violations',
      sentence: 'Not compliant: 1 violation. Worst: SQL Server on web-dmz-1 answered the Internet.',
      violations: 1,
      exit_code: 1,
    },
    totals: {
      packets: 1200,
      bytes: 110_000,
      flows: 3,
      by_transport: [{ transport: 'tcp', flows: 3, packets: 1200, bytes: 110_000 }],
      by_verdict: [
        { verdict: 'permitted', flows: 1 },
        { verdict: 'escaped', flows: 1 },
        { verdict: 'out_of_scope', flows: 1 },
      ],
      by_row: [{ row: 'I-31', verdict: 'escaped', flows: 1, packets: 11, bytes: 1100 }],
      by_role_pair: [
        {
          source: 'external@internet',
          destination: 'web@dmz',
          verdict: 'escaped',
          flows: 1,
          packets: 11,
          bytes: 1100,
        },
      ],
      housekeeping: [],
    },
    findings: [sampleReportedFinding()],
    coverage: null,
    quality: null,
    not_judged: [],
    ledger: sampleLedger(),
    ...changes,
  }
}
