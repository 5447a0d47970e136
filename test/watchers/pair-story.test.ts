// S-07 and S-08 from packets to verdicts: transfers of which the generator knows exactly what was lost where and
// how long the way is. What the sensor lost, how data is cut into segments, small confusion of the capture and
// copies of every packet make no loss of the path.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { doubled } from '../../fixtures/scenario/edit.ts'
import { type Packet, pcapOf } from '../../fixtures/scenario/pcap.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import type { Compliance } from '../../src/compliance.ts'
import type { MeasurementRow } from '../../src/model/quality.ts'
import { Monitor } from '../../src/monitor.ts'
import { type TcpStoryOptions, type TcpTruth, tcpStory } from '../quality/tcp-story.ts'
import { type Audited, auditBytes, complianceFor } from '../support/audit.ts'
import type { Frame } from '../support/frames.ts'
import { chunksOf } from '../support/kernel.ts'
import { Line, others } from './line.ts'
import { SITE as WATCHED } from './site.ts'

/** The client of the stories is a Web Server, and their server an Application Server. */
const SITE = WATCHED.replace('address: 10.10.20.21', 'address: 10.0.0.1')
  .replace('address: 10.10.20.11', 'address: 10.0.0.2')
  .replace('networks:\n', 'networks:\n  - {prefix: 10.0.0.0/24, zone: core}\n')
const EPOCH_SECONDS = Date.parse('2026-03-02T10:00:00Z') / 1000
const PORT = 61_004
const IP_AT = 14
const TCP_AT = IP_AT + 20
/** About 90 segments a second. */
const PACE: Partial<TcpStoryOptions> = { window: 8, toReceiverMs: 45, fromReceiverMs: 41 }
const MINUTE = 5000

/** To the port on which Web Servers fetch from Application Servers. */
function onPort({ timeNs, bytes, wire }: Frame): Packet {
  const copy = bytes.slice()
  const isFromClient = copy[IP_AT + 15] === 1
  const at = TCP_AT + (isFromClient ? 2 : 0)
  copy.set([PORT >> 8, PORT & 0xff], at)
  return { timeNs, bytes: copy, wire: wire ?? copy.length, from: '*', to: '*' }
}

const story = (told: Partial<TcpStoryOptions>): TcpTruth =>
  tcpStory({ seed: 1, segments: MINUTE, ...PACE, ...told })

function complianceOf(siteYaml: string): Compliance {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-pair-'))
  try {
    const file = join(folder, 'site.yaml')
    writeFileSync(file, siteYaml)
    return complianceFor(file, null)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const auditOf = (packets: readonly Packet[]): Promise<Audited> =>
  auditBytes(pcapOf(packets, { epochSeconds: EPOCH_SECONDS, precision: 'nano' }), SITE)

async function saidOf(
  told: Partial<TcpStoryOptions>,
  edit: (packets: readonly Packet[]) => readonly Packet[] = packets => packets,
): Promise<readonly string[]> {
  const { findings } = await auditOf(edit(story(told).frames.map(onPort)))
  return findings
    .filter(({ verdict, reason }) => verdict === 'degraded' && reason !== 'interrupted')
    .map(({ reason, row, source, destination }) => `${reason} ${row} ${source} > ${destination}`)
}

/** Within a minute. */
function requestsOf(requests: number, lost: number): Uint8Array {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const [web, app] = [
    net.host('web-1', { ip: '10.10.20.21' }),
    net.host('app-a', { ip: '10.10.20.11' }),
  ]
  const line = new Line(net, [web, app], PORT)
  line.open(1)
  for (let index = 0; index < requests; index++) {
    const at = 2 + index * 0.028
    line.send(at, 'client', { bytes: 24 })
    const isLost =
      Math.floor((index * lost) / requests) < Math.floor(((index + 1) * lost) / requests)
    if (isLost) line.send(at + 0.02, 'client', { bytes: 24, back: 24 })
    line.send(at + 0.021, 'server', { bytes: 24 })
  }
  return net.pcap()
}

const LOSS = ['loss S-08 web-1 > app-a']

describe('what the path loses', () => {
  const shares = [0.005, 0.02, 0.1, 0.2]
  test.each(shares)('behind the sensor, as a share: %f', async lossBehind => {
    expect(await saidOf({ lossBehind })).toEqual(lossBehind > 0.01 ? LOSS : [])
  })
  test.each(shares)('before the sensor, as a share: %f', async lossBefore => {
    expect(await saidOf({ lossBefore })).toEqual(lossBefore > 0.01 ? LOSS : [])
  })

  // Requests one by one, of which so many are lost behind the sensor and sent again.
  const borders: readonly (readonly [requests: number, lost: number, said: readonly string[]])[] = [
    [1978, 22, LOSS], // 1.10 %
    [1979, 21, LOSS], // 1.05 %
    [1980, 20, []], // 1.00 %
    [1981, 19, []], // 0.95 %
    [197, 3, LOSS], // of 200
    [196, 3, []], // of 199, which are too few
  ]
  for (const [requests, lost, said] of borders)
    test(`near the border: ${lost} of ${requests + lost}`, async () => {
      const { findings } = await auditBytes(requestsOf(requests, lost), WATCHED)
      expect(findings.filter(({ reason }) => reason === 'loss').map(({ row }) => row)).toEqual(
        said.map(() => 'S-08'),
      )
    })
  test('in the other direction', async () => {
    const told = { lossBehind: 0.03, from: 'server' } as const
    expect(await saidOf(told)).toEqual(['loss S-08 app-a > web-1'])
  })
  test('in two whole windows', async () => {
    expect(await saidOf({ segments: 14_000, lossBehind: 0.02 })).toEqual(LOSS)
  })
})

describe('capture drops make no loss of the path', () => {
  test.each([0.001, 0.01, 0.05, 0.5])('as a share: %f', async dropped => {
    expect(await saidOf({ dropped })).toEqual([])
  })
  test('and where both happen, nobody tells', async () => {
    const { findings, coverage } = await auditOf(
      story({ dropped: 0.02, lossBehind: 0.03 }).frames.map(onPort),
    )
    expect(findings.filter(({ reason }) => reason === 'loss')).toEqual([])
    const statement = coverage.statements.find(({ id }) => id === 'S-08')
    expect(statement?.state).toBe('unobservable')
    expect(statement?.reason).toMatch(
      /^The sensor missed \d+ of [\d,]+ segments between app-a and web-1/,
    )
  })
})

describe('no verdict changes', () => {
  for (const lossBehind of [0.005, 0.02]) {
    const said = lossBehind > 0.01 ? LOSS : []
    for (const bytes of [400, 1460])
      test(`by segments of ${bytes} bytes, at ${lossBehind * 100} %`, async () => {
        expect(await saidOf({ bytes, lossBehind })).toEqual(said)
      })
    test(`by a capture that confuses packets within 3 ms, at ${lossBehind * 100} %`, async () => {
      expect(await saidOf({ lossBehind, jitterMs: 3 })).toEqual(said)
    })
    test(`by a path that confuses a tenth of them, at ${lossBehind * 100} %`, async () => {
      expect(await saidOf({ lossBehind, reordered: 0.1 })).toEqual(said)
    })
    test(`pitfall 5: by a mirror that doubles every packet, at ${lossBehind * 100} %`, async () => {
      expect(await saidOf({ lossBehind }, doubled)).toEqual(said)
      const packets = story({ lossBehind }).frames.map(onPort)
      const [once, twice] = [await auditOf(packets), await auditOf(doubled(packets))]
      expect(once.rows.length).toBeGreaterThan(10)
      expect(twice.rows).toEqual(once.rows)
    })
  }
})

test('nothing changes by how the input is cut', () => {
  const packets = story({ segments: 1200, lossBehind: 0.05, toReceiverMs: 60 }).frames.map(onPort)
  const told = (chunkPackets: number) => {
    const compliance = complianceOf(SITE)
    const monitor = new Monitor({
      ...{ seed: 1, dedup: true, measure: true, compliance, ports: compliance.ports },
      ...{ fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY },
    })
    const rows: MeasurementRow[] = []
    for (const chunk of chunksOf(packets, chunkPackets))
      for (const batch of monitor.read(chunk)) rows.push(...batch.rows)
    for (const batch of monitor.finish()) rows.push(...batch.rows)
    return { rows, findings: compliance.findings.findings() }
  }
  const { rows, findings } = told(10_000)
  expect(findings.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['rtt', 'loss']))
  expect(rows.length).toBeGreaterThan(10)
  for (const chunkPackets of [1, 7, 100]) expect(told(chunkPackets)).toEqual({ rows, findings })
})

test('a finding shows five connections of its time, and each once', async () => {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const [web, app] = [
    net.host('web-1', { ip: '10.10.20.21' }),
    net.host('app-a', { ip: '10.10.20.11' }),
  ]
  others(net, [1, 300])
  for (const at of [1, 2, 3]) net.at(at).tcp(web, app, PORT, { rttMs: 20 })
  for (const at of [121, 122, 123, 124, 125]) net.at(at).tcp(web, app, PORT, { rttMs: 140 })
  for (const at of [181, 182]) net.at(at).tcp(web, app, PORT, { rttMs: 140 })
  net.at(300).tcp(web, app, PORT, { rttMs: 20 })
  const { findings, flows } = await auditBytes(net.pcap(), WATCHED)
  const slow = findings.find(({ reason }) => reason === 'rtt')
  expect(slow).toMatchObject({ members: 1, severity: 'medium' })
  expect(slow?.examples.map(({ flow }) => Math.floor(flow.firstNs / 1e9))).toEqual([
    ...[120, 121, 122, 123, 124], // since the first packet
  ])
  const shown = flows.filter(
    ({ flow }) => flow.transport === 'tcp' && flow.firstNs > 100e9 && flow.firstNs < 200e9,
  )
  expect(slow?.packets).toBe(
    shown.reduce((sum, { flow }) => sum + flow.toServer.packets + flow.toClient.packets, 0),
  )
})

test('F-10: between Application Servers round trips are shown, and never judged', async () => {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const [one, other] = [
    net.host('app-a', { ip: '10.10.20.11' }),
    net.host('app-b', { ip: '10.10.20.12' }),
  ]
  for (const at of [1, 2, 3, 4, 5, 6]) net.at(at).tcp(one, other, 2008, { rttMs: 400 })
  const { findings, rows, coverage } = await auditBytes(net.pcap(), WATCHED)
  expect(findings.filter(({ reason }) => reason === 'rtt')).toEqual([])
  const total = rows.find(({ tags }) => tags['leg'] === 'total')
  expect(total?.tags).toMatchObject({ pair: 'app-a/app-b', row: 'I-05', method: 'syn' })
  expect(total?.fields).toMatchObject({ n: 6, p50_ms: 400, max_ms: 400 })
  expect(total?.fields).not.toHaveProperty('over_limit')
  const stateOf = (id: string) => coverage.statements.find(one => one.id === id)?.state
  expect([stateOf('F-10'), stateOf('S-07')]).toEqual(['kept', 'absent'])
})

describe('a way that takes', () => {
  const SLOW = ['rtt S-07 web-1 > app-a']
  const cases: readonly (readonly [near: number, far: number, said: readonly string[]])[] = [
    [2, 103, SLOW],
    [103, 2, SLOW],
    [52, 53, SLOW],
    [2, 93, []],
    [47, 48, []],
  ]
  for (const [near, far, said] of cases)
    test(`${near} ms to the client and ${far} ms to the server`, async () => {
      const legs = { toSensorMs: near / 2, fromSensorMs: near / 2 }
      const way = { ...legs, toReceiverMs: far / 2, fromReceiverMs: far / 2 }
      expect(await saidOf({ ...way, segments: 500, window: 20 })).toEqual(said)
    })
  test('100 ms is no breach', async () => {
    const way = { toSensorMs: 25, fromSensorMs: 25, toReceiverMs: 25, fromReceiverMs: 25 }
    expect(await saidOf({ ...way, segments: 500, window: 20, timestamps: false })).toEqual([])
  })
})
