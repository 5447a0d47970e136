// Goal: the monitor's own sessions, seen on the mirror, make no finding and teach nothing, while anybody else's to the
// same port do, from the same address too (requirements A-24).
// Method: the same packets, with and without what its sockets told, at each moment at which that may come.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Batch } from '../src/model/batch.ts'
import { openEquations } from '../src/model/ledger.ts'
import type { OwnNews, OwnSession } from '../src/model/own-session.ts'
import type { JudgedFlow } from '../src/model/verdict.ts'
import { Monitor } from '../src/monitor.ts'
import { SITE } from './policy/rows/site.ts'
import { complianceFor, verdictText } from './support/audit.ts'
import { type Frame, tcp, udp } from './support/frames.ts'
import { chunksOf } from './support/kernel.ts'

const MONITOR = '10.20.0.50'
const STRANGER = '10.20.0.66'
const APP = '10.10.20.11'
const PORT = 40_000
const INFLUX = 8086
/** They have come through routers, and say nothing of anybody's network card. */
const TTL = 60

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-own-'))
const siteFile = join(folder, 'site.yaml')
writeFileSync(siteFile, SITE)
afterAll(() => rmSync(folder, { recursive: true }))

const sessionOf = (
  port = PORT,
  remotePort = INFLUX,
  more: Partial<OwnSession> = {},
): OwnSession => ({
  transport: 'tcp',
  local: { address: MONITOR, port },
  remote: { address: APP, port: remotePort },
  ...more,
})
const opened = (seconds: number, session = sessionOf()): OwnNews => ({
  ...{ kind: 'opened', session, atMs: seconds * 1000 },
})
const closed = (seconds: number, session = sessionOf()): OwnNews => ({
  ...{ kind: 'closed', session, atMs: seconds * 1000 },
})

interface End {
  readonly from?: string
  readonly port?: number
  readonly to?: number
}

const wayOf = ({ from = MONITOR, port = PORT, to = INFLUX }: End): readonly [string, string] => [
  `[${from}]:${port} > [${APP}]:${to}`,
  `[${APP}]:${to} > [${from}]:${port}`,
]

/** A connection that is answered, says something, and goes on. */
function talk(seconds: number, end: End = {}): readonly Frame[] {
  const [way, back] = wayOf(end)
  const [client, server] = [seconds * 1000, seconds * 1000 + 500]
  return [
    tcp(seconds, way, 'SYN', { sequence: client, ipId: 1, ttl: TTL }),
    tcp(seconds + 0.01, back, 'SYN+ACK', {
      ...{ sequence: server, acknowledgement: client + 1, ipId: 1, ttl: TTL },
    }),
    tcp(seconds + 0.02, way, 'ACK+PSH', {
      ...{ sequence: client + 1, acknowledgement: server + 1, data: 20, ipId: 2, ttl: TTL },
    }),
    tcp(seconds + 0.03, back, 'ACK+PSH', {
      ...{ sequence: server + 1, acknowledgement: client + 21, data: 20, ipId: 2, ttl: TTL },
    }),
  ]
}

/** One that is refused. */
function refusal(seconds: number, end: End = {}): readonly Frame[] {
  const [way, back] = wayOf(end)
  return [
    tcp(seconds, way, 'SYN', { sequence: seconds * 1000, ipId: 1 }),
    tcp(seconds + 0.001, back, 'RST+ACK', { acknowledgement: seconds * 1000 + 1, ipId: 1 }),
  ]
}

/** Long after: records that wait for another packet have ended by then. */
const later = (seconds: number) => udp(seconds, 'a:1 > b:9')

/** What a monitor made of frames; `news` by the number of the frame before which it came. */
function watched(
  frames: readonly Frame[],
  news: Readonly<Record<number, readonly OwnNews[]>> = {},
) {
  const compliance = complianceFor(siteFile, 'core-span')
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const { ports } = compliance
  const how = { seed: 1, dedup: true, measure: true, early: true, ...range }
  const monitor = new Monitor({ ...how, ports, compliance })
  const batches: Batch[] = []
  let at = 0
  for (const chunk of chunksOf(frames, 1)) {
    monitor.own(news[at] ?? [], (frames[at]?.timeNs ?? 0) / 1e6)
    at++
    batches.push(...monitor.read(chunk))
  }
  batches.push(...monitor.finish())
  expect(openEquations(monitor.ledger())).toEqual([])
  const flows = batches.flatMap(batch => batch.flows as readonly JudgedFlow[])
  const early = batches.flatMap(batch => batch.early.map(({ id }) => id))
  const withdrawn = batches.flatMap(batch => batch.withdrawn)
  const findings = compliance.findings.findings()
  return { flows, early, withdrawn, findings, coverage: compliance.coverage(findings) }
}

const verdictsOf = ({ flows }: ReturnType<typeof watched>): readonly string[] =>
  flows.map(flow => `${verdictText(flow)} ${flow.verdict.reason}`)

const OWN = 'out_of_scope own_session'

describe('a connection to the InfluxDB of an Application Server', () => {
  test('is a finding, at once, where nobody said whose it is', () => {
    const { findings, early, withdrawn } = watched(talk(1))
    expect(findings).toMatchObject([{ verdict: 'escaped', members: 1 }])
    expect(early).toEqual(findings.map(({ id }) => id))
    expect(withdrawn).toEqual([])
  })

  test('is none where it is the own one of the monitor, and nothing is learnt from it', () => {
    const seen = watched(talk(1), { 0: [opened(1)] })
    expect(verdictsOf(seen)).toEqual([OWN])
    expect(seen.findings).toEqual([])
    expect(seen.early).toEqual([])
    const others = talk(1).map(({ timeNs }) => udp(timeNs / 1e9, 'a:1 > b:9'))
    expect(seen.coverage).toEqual(watched(others).coverage)
  })

  test('is a finding where the monitor has another one: of another address, or another process', () => {
    const others = [{ from: STRANGER }, { port: PORT + 1 }]
    for (const other of others) {
      const seen = watched([...talk(1), ...talk(2, other)], { 0: [opened(1)] })
      expect(seen.findings).toMatchObject([{ verdict: 'escaped', members: 1 }])
      // What is at the monitor's own address is told when its record ends.
      expect(seen.early).toHaveLength('from' in other ? 1 : 0)
      expect(verdictsOf(seen)).toContain(OWN)
    }
  })

  test('is a finding by UDP where the own one is TCP', () => {
    const [way, back] = wayOf({})
    const frames = [udp(1, way), udp(1.1, back), later(100)]
    const { flows } = watched(frames, { 0: [opened(1)] })
    expect(flows.map(({ verdict }) => verdict.reason)).not.toContain('own_session')
    const own = sessionOf(PORT, INFLUX, { transport: 'udp' })
    expect(verdictsOf(watched(frames, { 0: [opened(1, own)] }))).toContain(OWN)
  })
})

describe('a session that is told late', () => {
  for (const frame of [1, 2, 3])
    test(`before its packet ${frame + 1} leaves no finding behind`, () => {
      const seen = watched([...talk(1), later(2)], { [frame]: [opened(1)] })
      expect(seen.findings).toEqual([])
      expect(seen.early).toHaveLength(frame === 1 ? 0 : 1)
      expect(seen.withdrawn).toEqual(seen.early)
      expect(verdictsOf(seen)).toContain(OWN)
    })

  test('takes its notice back at once, and not half an hour later when the record ends', () => {
    const compliance = complianceFor(siteFile, 'core-span')
    const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
    const monitor = new Monitor({
      seed: 1,
      early: true,
      ports: compliance.ports,
      compliance,
      ...range,
    })
    const frames = talk(1)
    const read = (some: readonly Frame[]) => {
      const batches: Batch[] = []
      for (const chunk of chunksOf(some, 1)) batches.push(...monitor.read(chunk))
      return batches
    }
    const told = read(frames.slice(0, 2)).flatMap(({ early }) => early)
    monitor.own([opened(1)], 1000)
    const withdrawn = read(frames.slice(2, 3)).flatMap(batch => batch.withdrawn)
    expect(told).toHaveLength(1)
    expect(withdrawn).toEqual(told.map(({ id }) => id))
  })

  test('does not take back what a stranger has done', () => {
    const [syn, ...rest] = talk(3, { port: PORT + 1 })
    const frames = [...talk(1, { port: PORT + 1 }), later(700), ...talk(701), later(702)]
    const seen = watched(frames, { 7: [opened(701)] })
    expect([syn, rest.length]).toEqual([expect.anything(), 3])
    expect(seen.findings).toMatchObject([{ members: 1 }])
    expect(seen.withdrawn).toEqual([])
  })
})

describe('a server that is down', () => {
  const tries = Array.from({ length: 200 }, (_, index) => index)
  const frames = [
    ...tries.flatMap(index => refusal(1 + 2 * index, { port: PORT + index })),
    later(1000),
  ]

  test('is tried again and again without a finding', () => {
    const news = Object.fromEntries(
      tries.map(index => {
        const session = sessionOf(PORT + index)
        const at = 1 + 2 * index
        return [2 * index, [opened(at, session), closed(at, session)]]
      }),
    )
    const seen = watched(frames, news)
    expect(seen.findings).toEqual([])
    expect(
      new Set(verdictsOf(seen).filter(verdict => verdict !== 'out_of_scope other_traffic')),
    ).toEqual(new Set([OWN]))
  })

  const REFUSED = [
    ['advisory', 200],
    ['rejected', 200],
  ]
  const toldOf = ({ findings }: ReturnType<typeof watched>) =>
    findings.map(({ verdict, members }) => [verdict, members])

  test('is found where nobody said whose tries these are', () => {
    expect(toldOf(watched(frames))).toEqual(REFUSED)
  })

  test('is found where another address tries', () => {
    const strange = tries.flatMap(index =>
      refusal(1 + 2 * index, { from: STRANGER, port: PORT + index }),
    )
    const own = tries.map(index => opened(1, sessionOf(PORT + index)))
    expect(toldOf(watched(strange, { 0: own }))).toEqual(REFUSED)
  })
})

describe('when a session is over', () => {
  test('what is left of it accuses nobody', () => {
    const [way, back] = wayOf({})
    const frames = [
      ...talk(1),
      tcp(2, way, 'FIN+ACK', { sequence: 1021, acknowledgement: 1521, ipId: 3 }),
      tcp(2.01, back, 'FIN+ACK', { sequence: 1521, acknowledgement: 1022, ipId: 3 }),
      later(20),
      tcp(30, back, 'FIN+ACK', { sequence: 1521, acknowledgement: 1022, ipId: 4 }),
      tcp(30.01, way, 'ACK', { sequence: 1022, acknowledgement: 1522, ipId: 4 }),
      later(600),
    ]
    const seen = watched(frames, { 0: [opened(1)], 4: [closed(2)] })
    expect(seen.findings).toEqual([])
    expect(verdictsOf(seen).filter(verdict => verdict === OWN)).toHaveLength(2)
  })

  test('a process that is given its port is a stranger', () => {
    const frames = [...refusal(1), later(20), ...talk(30), later(31)]
    const news = { 0: [opened(1), closed(1)] }
    expect(watched(frames, news).findings).toMatchObject([{ verdict: 'escaped', members: 1 }])
  })

  test('and opens again from the same port, it is its own', () => {
    const frames = [...refusal(1), later(20), ...talk(30), later(31)]
    const news = { 0: [opened(1), closed(1)], 3: [opened(30)] }
    expect(watched(frames, news).findings).toEqual([])
  })
})

test('rules that come into force while it is open leave it alone', () => {
  const compliance = complianceFor(siteFile, 'core-span')
  const range = { fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY }
  const monitor = new Monitor({
    seed: 1,
    early: true,
    ports: compliance.ports,
    compliance,
    ...range,
  })
  monitor.own([opened(1)], 1000)
  for (const chunk of chunksOf(talk(1), 1)) for (const _ of monitor.read(chunk));
  const next = complianceFor(siteFile, 'core-span')
  monitor.reload(next)
  for (const _ of monitor.finish());
  expect(next.findings.findings()).toEqual([])
  expect(next.verdicts().out_of_scope).toBe(1)
})
