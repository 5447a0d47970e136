// Who has seen what of a flow, and between which sensors it was dropped (BS5): from masks alone. The same as
// packets: test/sensors.test.ts.

import { describe, expect, test } from 'vitest'
import { type FlowRecord, SIGHT_UNKNOWN } from '../../src/model/flow.ts'
import type { Placement, Sensor, Zone } from '../../src/model/inventory.ts'
import { Evidence } from '../../src/policy/evidence.ts'
import { outcomeOf } from '../../src/policy/outcome.ts'
import { Vantage } from '../../src/policy/vantage.ts'
import { addressOf, flow, host, node, segment, tcp } from './builders.ts'

const SECOND = 1e9
const WEB = host('web@dmz', 'web')
const APP = host('app@core', 'app')
const [CORE, DMZ, THIRD] = [1, 2, 4]
const BOTH = CORE | DMZ

const sensor = (name: string, ...sees: readonly Zone[]): Sensor => ({ name, sees, clockMs: 0 })
const CORE_SPAN = sensor('core', 'core')
const DMZ_SPAN = sensor('dmz', 'dmz')

/** Both were listening from 0 to 100 s, and a flow of the pair has passed both. */
function vantageOf(sensors: readonly Sensor[] = [CORE_SPAN, DMZ_SPAN]): Vantage {
  const vantage = new Vantage(sensors)
  for (let second = 0; second <= 100; second += 5) vantage.heard(second, 0x7fff)
  return vantage
}
const passed = (vantage: Vantage, client = WEB, server = APP): Vantage => {
  vantage.note(client, server, { client: BOTH, server: BOTH })
  return vantage
}

/** Three SYNs from 50 s on, which the sensor of the DMZ has seen. */
const knock = (client: number = DMZ, more: Partial<FlowRecord> = {}): FlowRecord =>
  flow('10.2.0.9:50000 -> 10.1.0.9:8080 tcp', {
    ...{ toServer: { packets: 3, bytes: 180 } },
    ...{ firstNs: 50 * SECOND, sensors: { client, server: 0 } },
    ...{ tcp: tcp({ syn: segment(50_000), lastSynNs: 50 * SECOND }) },
    ...more,
  })

describe('a flow was dropped between', () => {
  const gap = (record: FlowRecord, vantage = passed(vantageOf()), client = WEB, server = APP) =>
    vantage.gap(record, client, server, null)

  test('who saw it outside and who should have inside', () => {
    expect(gap(knock())).toEqual({ outside: ['dmz'], inside: ['core'], isPathKnown: true })
  })

  test('nobody, where the one inside saw it, or an answer to it', () => {
    expect(gap(knock(BOTH))).toBeNull()
    expect(gap(knock(DMZ, { sensors: { client: DMZ, server: CORE } }))).toBeNull()
  })

  test('nobody, where no one outside saw it', () => {
    expect(gap(knock(CORE))).toBeNull()
    expect(gap(knock(0))).toBeNull()
  })

  test('nobody, where fragments leave open who saw it', () => {
    expect(gap(knock(DMZ | SIGHT_UNKNOWN))).toBeNull()
  })

  test('nobody, where the record was closed before the other could see it', () => {
    expect(gap(knock(DMZ, { end: 'evicted' }))).toBeNull()
    expect(gap(knock(DMZ, { end: 'reused' }))).toBeNull()
  })

  test('nobody, where both ends stand in one zone', () => {
    expect(gap(knock(), undefined, APP, host('media-audio@core'))).toBeNull()
  })

  test('nobody, where the one inside mirrors the zone outside as well', () => {
    const wide = sensor('core', 'core', 'dmz')
    expect(gap(knock(), passed(vantageOf([wide, DMZ_SPAN])))).toBeNull()
  })

  test('nobody, where the one inside has shown nothing of these zones or of the server', () => {
    expect(gap(knock(), vantageOf())).toBeNull()
  })

  test('nobody, where the one inside has seen others of the zone, but never the server', () => {
    const other: Placement = { ...host('media-audio@core'), address: addressOf('10.1.0.8') }
    const vantage = passed(vantageOf(), WEB, other)
    expect(gap(knock(), vantage)).toBeNull()
    const stranger: Placement = { ...APP, node: null }
    expect(gap(knock(), vantage, WEB, stranger)).toMatchObject({ inside: ['core'] })
  })

  test('those two all the same where the one inside has at least seen the server', () => {
    const vantage = vantageOf()
    vantage.note(host('admin@admin-net', 'admin'), APP, { client: CORE, server: CORE })
    expect(gap(knock(), vantage)).toMatchObject({ inside: ['core'], isPathKnown: false })
  })

  test('nobody, where any other that mirrors the inner zone saw it', () => {
    const second = sensor('core-2', 'core')
    const three = passed(vantageOf([CORE_SPAN, DMZ_SPAN, second]))
    expect(gap(knock(DMZ | THIRD), three)).toBeNull()
    expect(gap(knock(), three)).toMatchObject({ inside: ['core'] })
  })

  test('nobody, where the time lies beyond what was listened to', () => {
    expect(gap(knock(DMZ, { firstNs: 200 * SECOND }))).toBeNull()
    const vantage = passed(vantageOf())
    vantage.interrupt(0)
    for (let second = 104; second < 120; second++) vantage.heard(second, 0x7fff)
    expect(gap(knock(DMZ, { firstNs: 102 * SECOND }), vantage)).toBeNull()
    expect(gap(knock(DMZ, { firstNs: 106 * SECOND }), vantage)).not.toBeNull()
  })

  test('nobody, where a server answers so late that its answer may come after the capture', () => {
    const late = knock(DMZ, { firstNs: 97 * SECOND })
    const vantage = passed(vantageOf())
    expect(vantage.gap(late, WEB, APP, 0.1 * SECOND)).not.toBeNull()
    expect(vantage.gap(late, WEB, APP, 2 * SECOND)).toBeNull()
  })
})

describe('behind a translation of addresses', () => {
  const translated: Placement = {
    ...WEB,
    node: node('web web 10.2.0.9', { nat: [addressOf('198.51.100.20')] }),
  }

  test('a flow may go on under another address, so it is not called dropped', () => {
    const other: Placement = { ...host('lcs-gw@dmz', 'other'), address: addressOf('10.2.0.8') }
    const vantage = passed(vantageOf(), other)
    expect(vantage.gap(knock(), translated, APP, null)).toBeNull()
    const outside: Placement = { ...APP, basis: 'nat' }
    expect(vantage.gap(knock(), WEB, outside, null)).toBeNull()
  })

  test('a host whose packets have passed as they are is not translated there', () => {
    const vantage = passed(vantageOf(), translated)
    expect(vantage.gap(knock(), translated, APP, null)).not.toBeNull()
  })
})

describe('the zones that a verdict on silence rests on are those of', () => {
  const sees = (client: number, sensors = [CORE_SPAN, DMZ_SPAN, sensor('wide', 'core', 'dmz')]) =>
    new Vantage(sensors).sees(knock(client), WEB, APP)

  test('the one sensor, where there is one', () => {
    expect(sees(0, [DMZ_SPAN])).toEqual(['dmz'])
    expect(sees(0, [])).toBeNull()
  })

  test('whoever saw it inside, else outside, else both', () => {
    expect(sees(BOTH | THIRD)).toEqual(['core'])
    expect(sees(DMZ | THIRD)).toEqual(['dmz'])
    expect(sees(THIRD)).toEqual(['core', 'dmz'])
    expect(sees(0)).toBeNull()
  })
})

describe('what was dropped between two sensors is', () => {
  const outcomeIn = (
    more: Partial<FlowRecord>,
    heardSeconds = 60,
    vantage = passed(vantageOf()),
  ) => {
    const evidence = new Evidence(() => heardSeconds * SECOND, vantage)
    const { state, signature, confidence } = outcomeOf(
      knock(DMZ, more),
      ...([WEB, APP, evidence, 60 * SECOND] as const),
    )
    return `${state} ${signature}, ${confidence}`
  }
  const error = {
    timeNs: 50 * SECOND,
    version: 4,
    packet: { file: 0, frame: 1, offset: 0 },
  } as const

  test('blocked, confirmed, without waiting for the hold time', () => {
    expect(outcomeIn({})).toBe('blocked BS5, confirmed')
  })

  test('probable where one packet alone may have been lost', () => {
    expect(outcomeIn({ toServer: { packets: 1, bytes: 60 } })).toBe('blocked BS5, probable')
  })

  test('possible only where the target may be down, which a router drops as well', () => {
    expect(outcomeIn({}, 40)).toBe('blocked BS5, possible')
  })

  test('explained by the filter, where that speaks', () => {
    const prohibited = { ...error, type: 3, code: 13, from: addressOf('10.2.0.1') }
    expect(outcomeIn({ icmpError: prohibited })).toBe('blocked BS1, confirmed')
  })

  test('no refusal of the host, though somebody else says so in its place', () => {
    const refused = { ...error, type: 3, code: 3, from: addressOf('10.2.0.1') }
    expect(outcomeIn({ icmpError: refused })).toBe('blocked BS5, confirmed')
    expect(outcomeIn({ icmpError: refused }, 60, vantageOf())).toBe('refused BS6, probable')
  })

  test('nothing that can be said of a connection without its beginning', () => {
    expect(outcomeIn({ tcp: tcp({ syn: null }) })).toBe('one_way null, possible')
  })
})

test('the TTL of a host is known by sensor, since it becomes less on the way', () => {
  const evidence = new Evidence(() => 0, vantageOf())
  evidence.noteHandshake(APP, 64, 2e6, CORE)
  expect(evidence.profile(APP, CORE)).toEqual({ ttls: [64], isWhole: true, handshakeNs: 2e6 })
  expect(evidence.profile(APP, DMZ)).toBeUndefined()
  evidence.noteHandshake(APP, 63, 1e6, DMZ)
  expect(evidence.profile(APP, BOTH)).toEqual({ ttls: [63, 64], isWhole: true, handshakeNs: 1e6 })
})
