// Goal: what an open flow will be found guilty of is told at once, and telling it changes nothing else. Method:
// captures are audited with notices and without, and must give the same text; each notice must be a finding at the
// end. When it is told is seen by handing in one packet at a time.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { officeDay, plantedDay } from '../fixtures/day/day.ts'
import { officeMorning } from '../fixtures/demo/office.ts'
import { opaque } from '../fixtures/scenario/payloads-binary.ts'
import { httpAnswer, httpConnect } from '../fixtures/scenario/payloads-webex.ts'
import { pcapOf } from '../fixtures/scenario/pcap.ts'
import { scenario } from '../fixtures/scenario/scenario.ts'
import type { Batch } from '../src/model/batch.ts'
import type { Finding } from '../src/model/finding.ts'
import { Monitor } from '../src/monitor.ts'
import { SITE } from './policy/rows/site.ts'
import { captureOf } from './policy/rows/telling.ts'
import { type Audited, auditBytes, complianceFor } from './support/audit.ts'
import { STREAM_TALKS } from './support/conversations.ts'
import { type Frame, tcp, udp } from './support/frames.ts'
import { chunksOf } from './support/kernel.ts'

const LONG_MS = 120_000
const APP = '[10.10.20.11]'
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-early-'))
const siteFile = join(folder, 'site.yaml')
writeFileSync(siteFile, SITE)
afterAll(() => rmSync(folder, { recursive: true }))

interface Noticed {
  readonly audited: Audited
  readonly early: readonly Finding[]
  readonly withdrawn: readonly string[]
}

async function noticed(pcap: Uint8Array, site: string): Promise<Noticed> {
  const [early, withdrawn]: [Finding[], string[]] = [[], []]
  const audited = await auditBytes(pcap, site, 'core-span', {
    early: true,
    onBatch: batch => {
      early.push(...batch.early)
      withdrawn.push(...batch.withdrawn)
    },
  })
  return { audited, early, withdrawn }
}

const textOf = ({ flows, ...rest }: Audited): string =>
  JSON.stringify({ ...rest, flows: flows.map(({ flow, verdict }) => ({ flow, verdict })) })

// ---- Whole captures ----

const fileOf = (path: string) => readFileSync(path, 'utf8')
const CLIENTS = [
  'external',
  'enduser',
  'admin',
  'web-dmz',
  'web-int',
  'app',
  'app-b',
  'audio',
  'cucm',
]
const SERVERS = [
  'app',
  'app-b',
  'web-int',
  'web-dmz',
  'web-reverse',
  'audio',
  'video',
  'sql',
  'proxy',
]
const SERVICES = [22, 23, 80, 443, 1433, 3389, 5003, 5060, 8080, 61_004].map(port => `tcp/${port}`)
const TALKS = ['established', 'http', 'tls', 'refused', 'silent', 'midstream']

/** Everybody tries everything, in one way or the other. */
function everybody(): Uint8Array {
  const pairs = CLIENTS.flatMap(client => SERVERS.map(server => [client, server] as const))
  const sentences = pairs
    .filter(([client, server]) => client !== server)
    .flatMap(([client, server], pair) =>
      [...SERVICES, 'udp/161', 'icmp/echo'].map((service, index) => {
        const isTcp = service.startsWith('tcp')
        const talk = isTcp ? TALKS[(pair + index) % TALKS.length] : 'established'
        return `${client} -> ${server} ${service} ${talk}`
      }),
    )
  const { packets, epochSeconds } = captureOf(sentences)
  return pcapOf(packets, { epochSeconds })
}

const CAPTURES: Readonly<Record<string, () => readonly [Uint8Array, site: string, least: number]>> =
  {
    'the office day': () => [
      officeDay().pcap({ precision: 'nano' }),
      fileOf('fixtures/day/site.yaml'),
      0,
    ],
    'the planted day': () => [
      ...([plantedDay().pcap({ precision: 'nano' }), fileOf('fixtures/day/site.yaml')] as const),
      3,
    ],
    'the demo': () => [officeMorning().pcap(), fileOf('fixtures/demo/site.yaml'), 3],
    'everybody at everything': () => [everybody(), SITE, 60],
  }

describe('notices change nothing, and each comes true', () => {
  for (const [name, make] of Object.entries(CAPTURES))
    test(
      name,
      async () => {
        const [pcap, site, least] = make()
        const { audited, early, withdrawn } = await noticed(pcap, site)
        expect(textOf(audited) === textOf(await auditBytes(pcap, site, 'core-span'))).toBe(true)
        const found = new Map(audited.findings.map(one => [one.id, one]))
        expect(early.filter(({ id }) => !found.has(id)).map(({ title }) => title)).toEqual([])
        expect(withdrawn).toEqual([])
        expect(new Set(early.map(({ id }) => id)).size).toBe(early.length)
        expect(early.length).toBeGreaterThanOrEqual(least)
        for (const { id, members, verdict, title } of early) {
          expect([members, verdict]).toEqual([1, 'escaped'])
          // Members that were told later may share less: then the title says less too.
          if (found.get(id)?.members === 1) expect(title).toBe(found.get(id)?.title)
        }
      },
      LONG_MS,
    )
})

// ---- When it is told ----

/** A monitor that gets one packet at a time; for each, what it told then. */
function* packetByPacket(frames: readonly Frame[], early = true): Generator<readonly Batch[]> {
  const compliance = complianceFor(siteFile, 'core-span')
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const { ports } = compliance
  const monitor = new Monitor({
    seed: 1,
    dedup: true,
    measure: true,
    ports,
    compliance,
    early,
    ...range,
  })
  for (const chunk of chunksOf(frames, 1)) yield [...monitor.read(chunk)]
  yield [...monitor.finish()]
}

const toldBy = (batches: readonly Batch[]) => batches.flatMap(({ early }) => early)

/** A login from the Internet at which somebody types for an hour. */
function longLogin(): readonly Frame[] {
  const [way, back] = [`[203.0.113.66]:40000 > ${APP}:22`, `${APP}:22 > [203.0.113.66]:40000`]
  return [
    tcp(1, way, 'SYN', { sequence: 10, ipId: 1 }),
    tcp(1.03, back, 'SYN+ACK', { sequence: 90, acknowledgement: 11, ipId: 1 }),
    ...Array.from({ length: 360 }, (_, index) =>
      tcp(2 + 10 * index, way, 'ACK+PSH', {
        ...{ sequence: 11 + index, acknowledgement: 91, data: 1, ipId: 2 + index },
      }),
    ),
  ]
}

describe('a connection that lasts an hour', () => {
  test('is told with its SYN-ACK, and the record confirms it half an hour later', () => {
    const frames = longLogin()
    const told = [...packetByPacket(frames)]
    expect(told.map(batches => toldBy(batches).length).indexOf(1)).toBe(1)
    const [early, ...others] = told.flatMap(toldBy)
    expect(others).toEqual([])
    expect(early).toMatchObject({
      ...{
        verdict: 'escaped',
        reason: 'over_exposed',
        row: 'I-01',
        severity: 'critical',
        members: 1,
      },
      examples: [{ flow: { firstNs: 1e9 }, outcome: { state: 'answered' } }],
    })
    const opened = told.flatMap((batches, index) =>
      batches.flatMap(batch =>
        batch.opened.map(({ id }) => [id, frames[index]?.timeNs ?? 0] as const),
      ),
    )
    expect(opened.map(([id]) => id)).toEqual([early?.id])
    expect(opened[0]?.[1]).toBeGreaterThan(1800e9)
    expect(told.flat().flatMap(({ withdrawn }) => withdrawn)).toEqual([])
  })

  test('is told when its record ends where nobody asked for notices', () => {
    const told = [...packetByPacket(longLogin(), false)].flat()
    expect(told.flatMap(({ early }) => early)).toEqual([])
    expect(told.flatMap(({ opened }) => opened)).toHaveLength(1)
  })

  test('is told once its payload says who asks, where the capture began in its middle', () => {
    const net = scenario({ start: '1970-01-01T00:00:00Z', seed: 3 })
    const [user, app] = [
      net.host('user', { ip: '203.0.113.66' }),
      net.host('app', { ip: '10.10.20.11' }),
    ]
    net.at(1).tcp(user, app, 61_004, { clientPort: 40_000, talk: STREAM_TALKS['http'] ?? [] })
    net.at(300).udp(net.host('one', { ip: '10.99.0.1' }), net.host('two', { ip: '10.99.0.2' }), 9)
    const frames = net
      .packets()
      .slice(3)
      .map(({ timeNs, bytes }) => ({ timeNs, bytes }))
    const told = [...packetByPacket(frames)]
    const early = told.map(toldBy)
    expect(early.flat()).toMatchObject([
      { reason: 'over_exposed', row: 'I-12', examples: [{ flow: { basis: 'app_request' } }] },
    ])
    const at = frames[early.findIndex(({ length }) => length > 0)]?.timeNs ?? Number.NaN
    expect(at).toBeLessThan(2e9)
  })
})

/** Port after port of a server answers somebody from the Internet, all at once. */
const doors = (seconds: number, first: number, count: number): readonly Frame[] =>
  Array.from({ length: count }, (_, index) => {
    const [client, server] = [`[203.0.113.66]:${first + index}`, `${APP}:${20_000 + first + index}`]
    const [at, ipId] = [seconds + index / 1000, first + index]
    return [
      tcp(at, `${client} > ${server}`, 'SYN', { sequence: 10, ipId }),
      tcp(at + 0.0001, `${server} > ${client}`, 'SYN+ACK', { acknowledgement: 11, ipId }),
    ]
  }).flat()

describe('notices of a second', () => {
  test('have room again where the clock was set back', () => {
    const backAt = 1400
    const believed = Array.from({ length: 200 }, (_, index) =>
      udp(backAt + index / 1000, 'a:1 > b:9', 12, { ipId: 1 + index }),
    )
    const frames = [...doors(2000, 1100, 110), ...believed, ...doors(backAt + 1, 1300, 5)]
    const told = [...packetByPacket(frames)].flat().flatMap(({ early }) => early)
    expect(
      told.map(({ firstNs }) => Math.floor(firstNs / 1e9)).filter(at => at === 2000),
    ).toHaveLength(100)
    expect(told.filter(({ firstNs }) => firstNs < 1500e9)).toHaveLength(5)
  })
})

describe('a data connection of FTP', () => {
  const PORT = 49_777
  /** Somebody lets the blade open a port for them, and fetches a file there. */
  const fetched = (announced: number) => {
    const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 5 })
    const [admin, blade] = [
      net.host('admin', { ip: '10.10.50.5' }),
      net.host('audio', { ip: '10.10.20.31' }),
    ]
    const ports = `${announced >> 8},${announced & 0xff}`
    const talk = [
      { server: '220 FTP server ready.\r\n' },
      { client: 'USER admin\r\n' },
      { server: '230 Logged in.\r\n' },
      { client: 'PASV\r\n' },
      { server: `227 Entering Passive Mode (10,10,20,31,${ports})\r\n` },
    ]
    net.at(1).tcpOpen(admin, blade, 21, { talk })
    net.at(2).tcp(admin, blade, PORT, { response: opaque(3000) })
    net.at(300).udp(net.host('one', { ip: '10.99.0.1' }), net.host('two', { ip: '10.99.0.2' }), 9)
    return noticed(net.pcap(), SITE)
  }

  test('is no breach where its control connection announced it, and one where it did not', async () => {
    expect((await fetched(PORT)).early).toEqual([])
    const { early, withdrawn } = await fetched(PORT + 1)
    expect(early.map(({ reason, service }) => `${reason} ${service}`)).toEqual([
      'unlisted tcp/49777',
    ])
    expect(withdrawn).toEqual([])
  })
})

describe('a notice that comes to nothing', () => {
  test('is taken back: by what was asked for, a proxy was meant that is none', async () => {
    const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 5 })
    const [app, web] = [
      net.host('app', { ip: '10.10.20.11' }),
      net.host('web-int', { ip: '10.10.20.21' }),
    ]
    const [request, response] = [httpConnect('acme.webex.com'), httpAnswer(200)]
    net.at(1).tcp(app, web, 8080, { clientPort: 40_000, request, response })
    net.at(300).udp(net.host('one', { ip: '10.99.0.1' }), net.host('two', { ip: '10.99.0.2' }), 9)
    const { audited, early, withdrawn } = await noticed(net.pcap(), SITE)
    expect(early.map(({ reason }) => reason)).toEqual(['wrong_direction'])
    expect(withdrawn).toEqual(early.map(({ id }) => id))
    expect(audited.findings.map(({ reason }) => reason)).toEqual(['unsupported_proxy'])
  })
})
