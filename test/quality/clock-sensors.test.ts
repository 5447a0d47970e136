// Goal: two sensors whose own clocks disagree see right clocks as right, and wrong ones as wrong; the sensor that
// is wrong is named. Method: one story as both sides of a firewall see it, stamped by two clocks.

import { describe, expect, test } from 'vitest'
import type { Packet } from '../../fixtures/scenario/pcap.ts'
import { pcapOf } from '../../fixtures/scenario/pcap.ts'
import { scenario } from '../../fixtures/scenario/scenario.ts'
import { PEOPLE, SITE } from '../policy/rows/site.ts'
import { auditSensors } from '../support/audit.ts'
import { twoSides } from '../support/two-sides.ts'
import { linesOf } from '../watchers/story.ts'
import { Asker, even } from './clock-world.ts'

/** The Web Server's clock is so many milliseconds ahead, and the inner sensor's. */
async function seenByTwo(webMs: number, insideMs: number) {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 8 })
  const host = (name: string) => net.host(name, { ip: PEOPLE[name] ?? '' })
  const [web, app, ntp] = [host('web-dmz'), host('app'), host('ntp')]
  const clocks = { serverClock: { aheadMs: 0 }, sensorClock: { aheadMs: 0 }, ways: even(1) }
  const askers = [
    new Asker({ ...{ net, client: web, server: app, clientClock: { aheadMs: webMs } }, ...clocks }),
    new Asker({ ...{ net, client: app, server: ntp, clientClock: { aheadMs: 0 } }, ...clocks }),
  ]
  for (let at = 10; at < 300; at += 64) for (const asker of askers) asker.ask({ at })
  const isInside = (name: string) => name === 'app' || name === 'ntp'
  const { outside, inside } = twoSides(net.packets(), { isInside, passes: () => true })
  const stamped = (packets: readonly Packet[], ms: number) =>
    pcapOf(
      packets.map(packet => ({ ...packet, timeNs: packet.timeNs + ms * 1e6 })),
      { epochSeconds: net.epochSeconds },
    )
  return auditSensors(
    { 'dmz-span': stamped(outside, 0), 'core-span': stamped(inside, insideMs) },
    SITE,
  )
}

const stateOf = ({ coverage }: Awaited<ReturnType<typeof seenByTwo>>) =>
  coverage.statements.find(({ id }) => id === 'S-13')?.state

describe('two sensors', () => {
  test.each([
    [0, 0, 'kept'],
    [0, 60, 'kept'],
    [0, 50, 'kept'],
    [0, 5000, 'kept'],
    [700, 5000, 'kept'],
    [1300, 0, 'violated'],
    [1300, 60, 'violated'],
    [-1300, 5000, 'violated'],
  ])('a Web Server %d ms ahead and a sensor %d ms ahead: %s', async (webMs, sensorMs, state) => {
    const audit = await seenByTwo(webMs, sensorMs)
    expect(stateOf(audit)).toBe(state)
    for (const record of audit.quality) {
      if (record.kind !== 'ntp' || record.offsetMs === null) continue
      const truth = record.flow.client.address.text === PEOPLE['web-dmz'] ? webMs : 0
      expect(Math.abs(record.offsetMs - truth)).toBeLessThanOrEqual(record.uncertaintyMs)
    }
  })

  test('and the one whose clock is wrong is named', async () => {
    const audit = await seenByTwo(0, 5000)
    expect(linesOf(audit)).toContain('advisory:sensor_clock S-13 ntp -> ntp')
    const titles = audit.findings.filter(({ reason }) => reason === 'sensor_clock')
    expect(titles.map(({ title }) => title)[0]).toMatch(
      /^The clock of the sensor core-span is 5\.\d+ s ahead of that of ntp/,
    )
  })

  test('and none where both are right', async () => {
    expect(linesOf(await seenByTwo(0, 60)).filter(line => line.includes('clock'))).toEqual([])
  })
})
