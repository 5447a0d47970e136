// Goal: what two sensors see of one story is judged as one: each flow once, and what the outer one saw alone
// was dropped between the two (BS5).
// Method: a story between the DMZ and the core is cut into the views of both sides of the firewall.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Packet, pcapOf } from '../fixtures/scenario/pcap.ts'
import { type Scenario, scenario } from '../fixtures/scenario/scenario.ts'
import type { Host } from '../fixtures/scenario/stage.ts'
import { audit } from '../src/commands/audit.ts'
import type { JudgedFlow } from '../src/model/verdict.ts'
import { PEOPLE, SITE } from './policy/rows/site.ts'
import { type Audited, auditSensors, verdictText } from './support/audit.ts'
import { complaints } from './support/schemas.ts'
import { type TwoSides, twoSides } from './support/two-sides.ts'

const [START, END, STORY] = [0, 200, 60]
const INSIDE = ['app', 'app-b']
const AUDIT_MS_MAX = 30_000

type Cast = Readonly<Record<'web' | 'other' | 'app' | 'appB', Host>>
type Tell = (verbs: ReturnType<Scenario['at']>, cast: Cast) => { readonly clientPort: number }

interface Told {
  readonly net: Scenario
  readonly sides: TwoSides
  readonly clientPort: number
}

/** What the firewall drops in the stories: whatever comes from the story's own client port. */
function told(tell: Tell, { isDropped = true, hasPath = true } = {}): Told {
  const net = scenario({ start: '2026-03-02T10:15:00Z', seed: 8 })
  const host = (name: string, firstPort: number) =>
    net.host(name, { ip: PEOPLE[name] ?? '', ttl: 64, firstPort })
  const cast = {
    web: host('web-normal', 50_000),
    other: host('web-reverse', 51_000),
    app: host('app', 52_000),
    appB: host('app-b', 53_000),
  }
  // Either side goes on talking, so that both sensors have something to deliver.
  for (let second = START; second < END; second += 2) {
    net.at(second).udp(cast.app, cast.appB, 9, { count: 1 })
    net.at(second + 0.5).udp(cast.web, cast.other, 9, { count: 1 })
  }
  if (hasPath) net.at(10).tcp(cast.web, cast.app, 61_004)
  const { clientPort } = tell(net.at(STORY), cast)
  const sides = twoSides(net.packets(), {
    isInside: name => INSIDE.includes(name),
    passes: ({ bytes }) =>
      !(isDropped && new DataView(bytes.buffer, 34).getUint16(0) === clientPort),
  })
  return { net, sides, clientPort }
}

const captured = (packets: readonly Packet[], net: Scenario): Uint8Array =>
  pcapOf(packets, { ...net, precision: 'nano' })

const views = ({ net, sides }: Told) => ({
  'core-span': captured(sides.inside, net),
  'dmz-span': captured(sides.outside, net),
})

function flowOf({ flows }: Audited, clientPort: number): JudgedFlow {
  const [judged, ...others] = flows.filter(({ flow }) => flow.client.port === clientPort)
  if (judged === undefined || others.length > 0) throw new Error('the flow is told once')
  return judged
}

/** `misdropped I-12 by BS5, confirmed` */
function outcomeText(judged: JudgedFlow): string {
  const { outcome, confidence } = judged.verdict
  return `${verdictText(judged)} by ${outcome.signature ?? outcome.state}, ${confidence}`
}

async function outcomeOf(
  story: Told,
  pcaps: Readonly<Record<string, Uint8Array>> = views(story),
): Promise<string> {
  return outcomeText(flowOf(await auditSensors(pcaps, SITE), story.clientPort))
}

const allowed: Tell = (at, { web, app }) => at.tcpSilent(web, app, 61_004, { tries: 3 })
const notAllowed: Tell = (at, { web, app }) => at.tcpSilent(web, app, 8080, { tries: 3 })

describe('a connection that passes the firewall', () => {
  const passing: Tell = (at, { web, app }) =>
    at.tcp(web, app, 61_004, { request: 'hello there', response: 'well met' })

  test('is one flow with the packets that were sent', { timeout: AUDIT_MS_MAX }, async () => {
    const story = told(passing, { isDropped: false })
    const both = await auditSensors(views(story), SITE)
    const inside = await auditSensors({ 'core-span': views(story)['core-span'] }, SITE)
    const [one, other] = [flowOf(both, story.clientPort), flowOf(inside, story.clientPort)]
    expect(one.flow.toServer).toEqual(other.flow.toServer)
    expect(one.flow.toClient).toEqual(other.flow.toClient)
    expect(outcomeText(one)).toBe(outcomeText(other))
    expect(one.flow.sensors).toEqual({ client: 3, server: 3 })
    expect(other.flow.sensors).toEqual({ client: 0, server: 0 })
    const { inside: there, outside } = story.sides
    const all = story.net.packets().length
    expect(both.ledger.reader.duplicate).toBe(there.length + outside.length - all)
  })
})

describe('an attempt that the sensor outside saw and the one inside did not', () => {
  test('was misdropped where a row allows it', { timeout: AUDIT_MS_MAX }, async () => {
    const story = told(allowed)
    const all = await auditSensors(views(story), SITE)
    const judged = flowOf(all, story.clientPort)
    expect(outcomeText(judged)).toBe('misdropped I-12 by BS5, confirmed')
    expect(judged.verdict.outcome.why).toEqual([
      'Seen by dmz-span and not by core-span: dropped between the two.',
      'The target was heard meanwhile.',
    ])
    const finding = all.findings.find(({ verdict }) => verdict === 'misdropped')
    expect(finding?.title).toMatch(/ on app is dropped on the way for web-normal$/)
    expect(finding?.fix).toMatch(/ on the DMZ firewall, which lies between the two sensors\.$/)
  })

  test('proves a control where no row does', { timeout: AUDIT_MS_MAX }, async () => {
    const story = told(notAllowed)
    const all = await auditSensors(views(story), SITE)
    expect(outcomeText(flowOf(all, story.clientPort))).toBe('rejected I-08 by BS5, confirmed')
    const finding = all.findings.find(({ verdict }) => verdict === 'rejected')
    expect(finding?.title).toMatch(/is closed to web-normal, as it should be$/)
  })

  test('was dropped, be it datagrams', { timeout: AUDIT_MS_MAX }, async () => {
    const story = told((at, { web, app }) => at.udpOneWay(web, app, 7777, { count: 3 }))
    expect(await outcomeOf(story)).toBe('rejected unlisted by BS5, probable')
  })

  test('was dropped, though a reset came back', { timeout: AUDIT_MS_MAX }, async () => {
    const story = told((at, { web, app }) => at.tcpRefused(web, app, 8080))
    const { net, sides } = story
    // The reset is the firewall's: the sensor inside has seen nothing of it.
    const isOfStory = ({ bytes }: Packet) =>
      [34, 36].some(at => new DataView(bytes.buffer).getUint16(at) === story.clientPort)
    const answers = sides.inside.filter(isOfStory)
    const pcaps = {
      'core-span': captured(
        sides.inside.filter(packet => !isOfStory(packet)),
        net,
      ),
      'dmz-span': captured(
        [...sides.outside.filter(packet => !answers.includes(packet))].toSorted(
          (one, other) => one.timeNs - other.timeNs,
        ),
        net,
      ),
    }
    const judged = flowOf(await auditSensors(pcaps, SITE), story.clientPort)
    expect(outcomeText(judged)).toBe('rejected I-08 by BS5, confirmed')
    expect(judged.verdict.outcome.why).toContain('The reset came from between them too.')
  })

  test('is less sure where no packet has passed both', { timeout: AUDIT_MS_MAX }, async () => {
    expect(await outcomeOf(told(notAllowed, { hasPath: false }))).toBe(
      'rejected I-08 by BS5, probable',
    )
  })
})

describe('nothing was dropped between the two where', () => {
  test('both saw it: the filter let it pass', { timeout: AUDIT_MS_MAX }, async () => {
    expect(await outcomeOf(told(notAllowed, { isDropped: false }))).toBe(
      'escaped:over_exposed I-08 by BS2, probable',
    )
  })

  const cuts: Readonly<Record<string, (packet: Packet) => boolean>> = {
    'the capture inside had ended': ({ timeNs }) => timeNs < STORY * 1e9,
    'the capture inside had not begun': ({ timeNs }) => timeNs > (STORY + 1) * 1e9,
    'the capture inside has a gap there': ({ timeNs }) => Math.abs(timeNs / 1e9 - STORY) > 8,
  }
  for (const [what, isKept] of Object.entries(cuts))
    test(what, { timeout: AUDIT_MS_MAX }, async () => {
      const story = told(notAllowed)
      const inside = captured(story.sides.inside.filter(isKept), story.net)
      const outcome = await outcomeOf(story, { ...views(story), 'core-span': inside })
      expect(outcome).toMatch(/^rejected I-08 by (BS2|unanswered), /)
    })

  test('the capture inside is damaged there', { timeout: AUDIT_MS_MAX }, async () => {
    const story = told(notAllowed)
    const [before, after] = [true, false].map(isBefore =>
      captured(
        story.sides.inside.filter(({ timeNs }) => timeNs < STORY * 1e9 === isBefore),
        story.net,
      ),
    )
    const rubbish = new Uint8Array(100).fill(0xff)
    const inside = Buffer.concat([before ?? rubbish, rubbish, (after ?? rubbish).subarray(24)])
    const outcome = await outcomeOf(story, { ...views(story), 'core-span': inside })
    expect(outcome).toMatch(/^rejected I-08 by (BS2|unanswered), /)
  })
})

describe('a clock that is wrong', () => {
  const AHEAD_MS = 350
  const story = told(notAllowed)
  const ahead = story.sides.inside.map(packet => {
    return { ...packet, timeNs: packet.timeNs + AHEAD_MS * 1e6 }
  })
  const pcaps = { ...views(story), 'core-span': captured(ahead, story.net) }
  const SET_RIGHT = SITE.replace('sees: [core]}', `sees: [core], clock_ms: -${AHEAD_MS}}`)
  const linesOf = ({ flows }: Audited) =>
    flows.map(
      judged =>
        `${judged.flow.firstNs} ${outcomeText(judged)} ${judged.flow.toServer.packets}/${judged.flow.toClient.packets}`,
    )

  test('is set right by the site file', { timeout: AUDIT_MS_MAX }, async () => {
    const [right, wrong] = [await auditSensors(pcaps, SET_RIGHT), await auditSensors(pcaps, SITE)]
    const expected = await auditSensors(views(story), SITE)
    expect(linesOf(right)).toEqual(linesOf(expected))
    expect(right.ledger).toEqual(expected.ledger)
    expect(expected.ledger.reader.duplicate).toBeGreaterThan(0)
    expect(wrong.ledger.reader.duplicate).toBe(0)
  })
})

describe('the result of two sensors', () => {
  test('is the same whichever is named first', { timeout: AUDIT_MS_MAX }, async () => {
    const { 'core-span': core, 'dmz-span': dmz } = views(told(allowed))
    const folder = mkdtempSync(join(tmpdir(), 'mpwatch-sensors-'))
    const at = (name: string) => join(folder, name)
    try {
      for (const [name, content] of [
        ['core', core],
        ['dmz', dmz],
        ['site', SITE],
      ] as const)
        writeFileSync(at(name), content)
      const pairs = [`core-span=${at('core')}`, `dmz-span=${at('dmz')}`]
      const [one, other] = [await written(at, pairs), await written(at, pairs.toReversed())]
      expect(one).toEqual(other)
      const result = JSON.parse(one.json)
      expect(complaints('result', result)).toEqual([])
      const { captures, site } = result.provenance
      expect(site.sensor).toBeNull()
      expect(captures.map(({ sensor }: { sensor: string }) => sensor).sort()).toEqual([
        'core-span',
        'dmz-span',
      ])
      const findings: { verdict: string; examples: { sensors: string[] }[] }[] = result.findings
      const dropped = findings.find(({ verdict }) => verdict === 'misdropped')
      expect(dropped?.examples[0]?.sensors).toEqual(['dmz-span'])
      const lines = one.eve
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      for (const line of lines) expect(complaints('eve', line)).toEqual([])
      const seen = new Set(
        lines
          .filter(({ event_type: type }) => type !== 'quality')
          .flatMap(({ mp }) => (mp === undefined ? [] : mp.sensors.join(' '))),
      )
      expect([...seen].sort()).toEqual(['core-span', 'core-span dmz-span', 'dmz-span'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

async function written(at: (name: string) => string, sensor: readonly string[]) {
  const [json, eve] = [at('result.json'), at('eve.json')]
  await audit([], {
    ...{ json, eve, sensor, site: at('site'), rules: 'rules', failOn: 'low', hash: true },
    ...{ quiet: true, separateVlans: false, color: false, maxMalformed: 0.1 },
  })
  return { json: readFileSync(json, 'utf8'), eve: readFileSync(eve, 'utf8') }
}
