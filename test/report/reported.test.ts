import { expect, test } from 'vitest'
import { reportedExample, reportedFinding } from '../../src/report/reported.ts'
import {
  address,
  HANDSHAKE,
  run,
  sampleExample,
  sampleFinding,
  sampleFlow,
  sampleResult,
  udpFlow,
} from '../support/samples.ts'
import { complaints } from '../support/schemas.ts'

const events = (flow: ReturnType<typeof sampleFlow>): string[] =>
  reportedExample(sampleExample({ flow }), run).timeline.map(
    ({ time, event, ttl }) => `${time.slice(17, 29)} ${event} ${ttl}`,
  )

test('a finding keeps its facts and gets times as text', () => {
  const finding = reportedFinding(sampleFinding(), run)
  expect(finding).toMatchObject({
    id: 'f-7d1c2a90b3e4',
    rule: 'rules/policy.yaml:212',
    members: 3,
    first: '2026-03-02T10:15:42.118233456Z',
    last: '2026-03-02T10:16:30.000000000Z',
  })
})

test('a reported finding fits the schema', () => {
  const result = sampleResult({ findings: [reportedFinding(sampleFinding(), run)] })
  expect(complaints('result', result)).toEqual([])
})

test('an example names both ends, their roles and how they were assigned', () => {
  expect(reportedExample(sampleExample(), run)).toMatchObject({
    src_ip: '203.0.113.77',
    src_port: 51514,
    dest_ip: '192.0.2.20',
    dest_port: 1433,
    proto: 'TCP',
    source: { node: null, role: 'external', zone: 'internet', role_basis: 'public' },
    destination: { node: 'web-dmz-1', role: 'web', zone: 'dmz', role_basis: 'node' },
  })
})

test('an example names the capture, frame and offset of its first packet', () => {
  const example = sampleExample({ flow: sampleFlow({ first: { file: 1, frame: 3, offset: 40 } }) })
  expect(reportedExample(example, run).packet).toEqual({
    capture: 'night.pcap',
    frame: 3,
    offset: 40,
  })
})

test('a guessed direction is only possible', () => {
  const example = sampleExample({ flow: sampleFlow({ basis: 'first_packet' }) })
  expect(reportedExample(example, run).direction).toEqual({
    basis: 'first_packet',
    confidence: 'possible',
  })
})

test('the timeline of a connection shows the handshake with its TTLs and who sent a FIN', () => {
  expect(events(sampleFlow())).toEqual([
    '42.118233456 SYN 54',
    '42.119233456 SYN-ACK 127',
    '44.618233456 last packet; FIN was sent by client and server null',
  ])
})

test('the timeline of a refused attempt shows the reset and its sender', () => {
  const rst = { timeNs: 42_119_000_000, ttl: 255, window: 0, ipId: 0, from: 'server' } as const
  const tcp = { ...HANDSHAKE, synAck: null, rst, fin: { client: false, server: false } }
  expect(events(sampleFlow({ tcp, lastNs: 42_119_000_000 }))).toEqual([
    '42.118233456 SYN 54',
    '42.119000000 RST from server 255',
    '42.119000000 last packet null',
  ])
})

test('the timeline of a silent drop shows how often the SYN was sent', () => {
  const silent = { synAck: null, synCount: 3, lastSynNs: 51_000_000_000 }
  const tcp = { ...HANDSHAKE, ...silent, fin: { client: false, server: false } }
  expect(events(sampleFlow({ tcp, lastNs: 51_000_000_000 }))).toEqual([
    '42.118233456 SYN 54',
    '51.000000000 SYN repeated, 3 in all null',
    '51.000000000 last packet null',
  ])
})

test('the timeline of UDP shows who refused it by ICMP', () => {
  const icmpError = {
    timeNs: 43_000_000_000,
    version: 4,
    type: 3,
    code: 13,
    from: address('192.0.2.1'),
    packet: { file: 0, frame: 18, offset: 1600 },
  } as const
  expect(events(udpFlow({ icmpError }))).toEqual([
    '42.118233456 first packet null',
    '43.000000000 ICMP 3/13 from 192.0.2.1 null',
    '44.618233456 last packet null',
  ])
})
