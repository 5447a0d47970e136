// Goal: the flow table and its plain twin close the same records with the same counts, times and reasons.
// Method: a random walk of packets and clock jumps drives both, from a seed that the test's name shows.

import { describe, expect, test } from 'vitest'
import type { FlowRecord } from '../../src/model/flow.ts'
import { openEquations } from '../../src/model/ledger.ts'
import { replay } from '../support/kernel.ts'
import { PlainTable } from './plain-table.ts'
import { type Step, type WalkOptions, walk } from './walk.ts'

const TEST_MS_MAX = 60_000
const WALK = { steps: 25_000, conversations: 700 }
const WALKS: Readonly<Record<string, WalkOptions>> = {
  '25,000 packets of seed 1': { seed: 1, ...WALK },
  '25,000 packets of seed 2': { seed: 2, ...WALK },
  '25,000 packets of seed 3': { seed: 3, ...WALK },
  '8,000 packets without silence, of seed 4': {
    seed: 4,
    steps: 8000,
    conversations: 9,
    isCalm: true,
  },
}

for (const [which, options] of Object.entries(WALKS))
  test(`${which} make the same records in both`, { timeout: TEST_MS_MAX }, () => {
    const steps = walk(options)
    const { records, ledger } = replay(steps.map(({ frame }) => frame))
    expect(records.map(textOf).sort()).toEqual([...plainRecords(steps)].sort())
    expect(openEquations(ledger)).toEqual([])
  })

test(
  'every way to end has been walked, and resting flows have come back',
  () => {
    const records = Object.values(WALKS).flatMap(options => plainRecords(walk(options)))
    const isResumed = (record: string) => record.endsWith(' resumed')
    const ends = records.map(record => record.replace(' resumed', '').split(' ').at(-1))
    expect([...new Set(ends)].sort()).toEqual(['active', 'capture_end', 'closed', 'idle', 'reused'])
    expect(records.length).toBeGreaterThan(15_000)
    expect(records.filter(isResumed).length).toBeGreaterThan(100)
  },
  TEST_MS_MAX,
)

describe('with room for far fewer flows than there are', () => {
  const steps = walk({ seed: 4, ...WALK })
  const bounds = { halfOpenMax: 20, fullMax: 60, addressesMax: 12 }
  const { records, before, ledger } = replay(
    steps.map(({ frame }) => frame),
    bounds,
  )

  test('flows are evicted and addresses refused, and the ledger closes', () => {
    expect(ledger.flows.evicted).toBeGreaterThan(1000)
    expect(ledger.flows.unflowed).toBeGreaterThan(0)
    expect(openEquations(before)).toEqual([])
    expect(openEquations(ledger)).toEqual([])
    expect(before.flows.live).toBeLessThanOrEqual(80)
  })

  test('every packet that is in a flow is in a record', () => {
    const packets = records.flatMap(({ toServer, toClient }) => [
      toServer.packets,
      toClient.packets,
    ])
    expect(sum(packets)).toBe(ledger.flows.in_flow)
    expect(ledger.flows.in_flow + ledger.flows.unflowed).toBe(WALK.steps)
  })

  test('every IPv4 end has sent what it sent', () => {
    const isV4 = ({ plain }: Step) => plain.source < 'A' || plain.source >= 'a'
    const sent = steps.filter(isV4).map(({ plain }) => [nameOf(plain.source), plain.bytes] as const)
    const seen = records
      .filter(({ client }) => client.address.version === 4)
      .flatMap(({ client, server, toServer, toClient }) => [
        [client.address.text, toServer.bytes] as const,
        [server.address.text, toClient.bytes] as const,
      ])
    expect(totals(seen)).toEqual(totals(sent))
  })
})

function plainRecords(steps: readonly Step[]): readonly string[] {
  const twin = new PlainTable()
  for (const { plain } of steps) twin.take(plain)
  twin.end()
  return twin.records
}

/** The record as the twin writes it. */
function textOf({ client, server, toServer, toClient, ...record }: FlowRecord): string {
  const protocol = record.transport === 'icmp6' ? 'icmp' : record.transport
  const sides = [
    [client, toServer],
    [server, toClient],
  ] as const
  const ends = sides
    .filter(([, { packets }]) => packets > 0)
    .map(([{ address, port }, { packets, bytes }]) => {
      const name =
        protocol === 'icmp' ? letterOf(address.text) : `${letterOf(address.text)}:${port}`
      return `${name} ${packets}/${bytes}`
    })
  const times = `${record.firstNs} ${record.lastNs}`
  const resumed = record.resumed ? ['resumed'] : []
  return [protocol, ...ends.sort(), times, record.end, ...resumed].join(' ')
}

/** `a` for 10.0.0.1, `B` for 2001:db8::2. */
const letterOf = (text: string): string =>
  text.includes(':')
    ? String.fromCharCode(0x40 + Number.parseInt(text.split('::')[1] ?? '', 16))
    : String.fromCharCode(0x60 + Number(text.split('.')[3]))

const nameOf = (end: string): string => `10.0.0.${end.charCodeAt(0) - 0x60}`

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function totals(counts: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>()
  for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count)
  return totals
}
