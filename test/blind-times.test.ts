// Goal: nothing rests on time in which a sensor did not listen, though packets before and after it were read.
// Method: captures with a hole, in which answers went by. Where the chunk behind the hole says that packets were
// lost, nothing is held against anybody; without that mark the same packets accuse, so that each test can fail.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { httpRequest, httpResponse } from '../fixtures/scenario/payloads.ts'
import type { Packet } from '../fixtures/scenario/pcap.ts'
import { scenario } from '../fixtures/scenario/scenario.ts'
import { complianceFor } from './support/audit.ts'
import { type Ran, ran } from './support/run.ts'
import { Line, others } from './watchers/line.ts'
import { SITE } from './watchers/site.ts'
import { linesOf, story } from './watchers/story.ts'

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-blind-'))
afterAll(() => rmSync(folder, { recursive: true }))
const siteFile = join(folder, 'site.yaml')
writeFileSync(siteFile, SITE)

const SECOND_NS = 1e9
const page = { request: httpRequest(), response: httpResponse() }
type Hole = readonly [from: number, to: number]

/** What is judged without the packets in the hole; its end is marked, or not. */
function judged(packets: readonly Packet[], [from, to]: Hole, isMarked: boolean): Ran {
  const isOutside = ({ timeNs }: Packet) => timeNs < from * SECOND_NS || timeNs >= to * SECOND_NS
  let isBefore = true
  return ran(packets.filter(isOutside), complianceFor(siteFile, null), {
    chunkPackets: 1,
    chunk: (chunk, { timeNs }) => {
      const isBehindDamage = isMarked && isBefore && timeNs >= to * SECOND_NS
      if (timeNs >= to * SECOND_NS) isBefore = false
      return { ...chunk, isBehindDamage }
    },
  })
}

const silences = (run: Ran): readonly string[] => {
  const kinds = ['missing', 'misdropped', 'degraded', 'escaped']
  return linesOf(run).filter(line => kinds.some(kind => line.startsWith(kind)))
}

/** One direction of four busy connections, and of the story, is lost from this second on. */
const LOST = 600

/** A Web Server tries in vain to fetch something, as far as it was heard. */
function oneWayStory(): readonly Packet[] {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const hosts = [1, 2, 3, 4].map(last => net.host(`h${last}`, { ip: `10.99.0.${last}` }))
  const web = net.host('web-1', { ip: '10.10.20.21' })
  const app = net.host('app-a', { ip: '10.10.20.11' })
  const user = net.host('user', { ip: '10.20.3.4' })
  for (let at = 7; at < 2400; at += 100) net.at(at).tcp(web, app, 61_004, page)
  for (let at = 9; at < 2400; at += 100) net.at(at).tcp(user, web, 80, page)
  net.at(LOST + 300).tcpSilent(web, app, 61_004)
  const isLost = ({ from, to }: Packet) => from === 'app-a' || (from === 'web-1' && to === 'user')
  const packets = net.packets().filter(one => one.timeNs < LOST * SECOND_NS || !isLost(one))
  const lines = scenario({ start: '2026-03-02T10:00:00Z' })
  const [one, two, three, four] = hosts.map((_, index) =>
    lines.host(`h${index}`, { ip: `10.99.0.${index + 1}` }),
  )
  if (!one || !two || !three || !four) throw new Error('four hosts')
  for (const [index, pair] of [
    [one, two],
    [three, four],
    [one, two],
    [three, four],
  ].entries()) {
    const unheard = new Line(lines, pair as never, 8000, { clientPort: 50_000 + index })
    unheard.open(1)
    for (let at = 2; at < 2400; at += 5) unheard.exchange(at)
  }
  const isFromServer = ({ bytes }: Packet) => bytes[14 + 15] === 2 || bytes[14 + 15] === 4
  const busy = lines.packets().filter(one => one.timeNs < LOST * SECOND_NS || !isFromServer(one))
  return [...packets, ...busy].toSorted((left, right) => left.timeNs - right.timeNs)
}

function sessions(until: number) {
  const net = scenario({ start: '2026-03-02T10:00:00Z' })
  const app = net.host('app-a', { ip: '10.10.20.11' })
  const web = net.host('web-1', { ip: '10.10.20.21' })
  others(net, [1, until])
  return { net, app, web, line: new Line(net, [web, app], 61_004) }
}

interface Story {
  readonly hole: Hole
  readonly accuses: readonly string[]
  readonly tell: () => readonly Packet[]
}

const stories: Readonly<Record<string, Story>> = {
  'a connection that is missing': {
    hole: [500, 740],
    accuses: ['missing:no_control_connection S-01 web-1 -> app-a'],
    tell: () =>
      story(1300, (net, { web, appA }) => {
        for (let at = 7; at < 1300; at += 300) net.at(at).tcp(web, appA, 61_004, page)
      }),
  },
  'an attempt that nobody answered': {
    hole: [604, 1204],
    accuses: ['misdropped I-12 web-1 -> app-a'],
    tell: () =>
      story(1500, (net, { web, appA }) => {
        for (let at = 7; at < 600; at += 100) net.at(at).tcp(web, appA, 61_004, page)
        net.at(300).tcp(web, appA, 5003)
        net.at(600).tcpSilent(web, appA, 61_004)
      }),
  },
  'a filter that forgot a connection': {
    hole: [408, 1008],
    accuses: ['degraded:forgotten S-06 web-1 -> app-a'],
    tell: () => {
      const { net, app, web, line } = sessions(1100)
      for (let at = 5; at < 400; at += 100) net.at(at).tcp(web, app, 5003)
      line.open(1)
      line.exchange(2)
      line.vain(400, 'client', 4)
      return net.packets()
    },
  },
  'a window that stayed shut': {
    hole: [21, 141],
    accuses: ['degraded:interrupted S-06 web-1 -> app-a'],
    tell: () => {
      const { net, line } = sessions(300)
      line.open(5)
      line.exchange(10)
      line.send(20, 'server', { window: 0 })
      line.send(30, 'server')
      line.send(150, 'server')
      return net.packets()
    },
  },
}

describe.each(Object.entries(stories))('%s', (_, { hole, accuses, tell }) => {
  test('is told where the capture is whole', () => {
    expect(silences(judged(tell(), hole, false))).toEqual(accuses)
  })

  test('is not told where the sensor did not listen', () => {
    expect(silences(judged(tell(), hole, true))).toEqual([])
  })
})

describe('a sensor that has lost one direction', () => {
  const heard = (looksForOneWay: boolean) =>
    ran(oneWayStory(), complianceFor(siteFile, null), {
      chunkPackets: 20,
      options: { looksForOneWay },
    })

  test('accuses where nobody looks for that', () => {
    expect(heard(false).monitor.oneWay).toEqual([])
    expect(silences(heard(false))).toEqual(['misdropped I-12 web-1 -> app-a'])
  })

  test('accuses nobody where it is noticed', () => {
    expect(heard(true).monitor.oneWay).toMatchObject([{ sensor: 0, untilNs: null }])
    expect(silences(heard(true))).toEqual([])
  })
})
