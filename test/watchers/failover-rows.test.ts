// mp_failover: what the two Application Servers and the address that they share did, ten seconds at a time.

import { describe, expect, test } from 'vitest'
import { type Scenario, scenario } from '../../fixtures/scenario/scenario.ts'
import type { MeasurementRow } from '../../src/model/quality.ts'
import { audited } from './audited.ts'
import { beat, beats, MINUTE, range, story } from './failover-story.ts'
import { Line, others } from './line.ts'
import { SITE } from './site.ts'

const CARDS = { a: '02:04:0a:0a:14:0b', b: '02:04:0a:0a:14:0c' } as const

/** Time counts from 10:00:00, where the stories begin; a second before their first packet and the run's epoch. */
const rowsOf = async (net: Scenario, site = SITE): Promise<readonly MeasurementRow[]> =>
  (await audited(net.pcap(), site)).rows
    .filter(({ measurement }) => measurement === 'mp_failover')
    .map(row => ({ ...row, timeNs: row.timeNs + 1e9 }))

/** The value of a field in each window, by seconds since the story began: `-` where nobody knows. */
const column = (rows: readonly MeasurementRow[], field: string, windows: readonly number[]) =>
  windows.map(second => {
    const row = rows.find(({ timeNs }) => timeNs === second * 1e9)
    return row?.fields[field] ?? '-'
  })

/** The shared address is heard from this card at these seconds. */
function holds(net: Scenario, card: keyof typeof CARDS, seconds: readonly number[]): void {
  const vip = net.host(`vip at ${card}`, { ip: '10.10.20.10', mac: CARDS[card] })
  const dns = net.host(`dns for ${card}`, { ip: '10.10.20.53' })
  for (const second of seconds) net.at(second).udpOneWay(vip, dns, 9, { count: 1 })
}

describe('a failover', () => {
  /** app-a dies at 7:30, and its heartbeat with it; app-b takes the address at 9:05 and is joined again at 15:00. */
  async function failover() {
    const told = story(20 * MINUTE)
    const { net, a, b } = told
    holds(net, 'a', [3, 60, 200])
    holds(net, 'b', [545, 700])
    const before = beats(told, range(0, 3))
    before.exchange(beat(2) + 31, 3000, 40)
    for (const minute of range(3, 8)) before.exchange(beat(minute))
    net.at(beat(7) + 65).ping(b, a, { count: 3, answered: false })
    net.at(beat(8) + 30).tcpSilent(b, a, 2008, { tries: 2 })
    const after = new Line(net, [b, a], 2008, { clientPort: 50_001 })
    after.open(900)
    after.exchange(901, 1000, 24)
    after.backlog(930, 60, (1460 * 8) / 256_000)
    for (const minute of range(16, 20)) after.exchange(beat(minute))
    net.at(1000).ping(a, b, { count: 2 })
    return rowsOf(net)
  }

  test('has a row for each ten seconds, from whole tens on', async () => {
    const rows = await failover()
    expect(rows.map(({ timeNs }) => timeNs / 1e9)).toEqual(range(0, 120).map(index => 10 * index))
    expect(rows[30]).toEqual({
      ...{ measurement: 'mp_failover', tags: {}, timeNs: 300e9 },
      fields: {
        ...{ active_node: 'app-a', vip_macs: 1, heartbeat_age_s: expect.closeTo(59.998, 3) },
        ...{ pings: 0, repl_state: 'up', repl_bytes: 0 },
      },
    })
  })

  test('shows who has the address, and in the move itself nobody', async () => {
    const rows = await failover()
    expect(column(rows, 'active_node', [0, 530, 540, 550, 1190])).toEqual([
      ...['app-a', 'app-a', '-', 'app-b', 'app-b'],
    ])
    expect(column(rows, 'vip_macs', [0, 530, 540, 550, 1190])).toEqual([1, 1, 2, 1, 1])
  })

  test('shows how the heartbeat grows old once it was learnt', async () => {
    const rows = await failover()
    const ages = column(rows, 'heartbeat_age_s', [0, 110, 130, 140, 430, 600])
    expect(ages.map(age => (typeof age === 'number' ? Math.round(age) : age))).toEqual([
      ...['-', '-', 10, 20, 10, 180],
    ])
  })

  test('shows pings: as they pass where they are answered, else when that is known', async () => {
    const rows = await failover()
    expect(column(rows, 'pings', [0, 490, 1000])).toEqual([0, 0, 2])
    const pinged = rows.filter(({ fields }) => Number(fields['pings']) > 0)
    expect(pinged.map(({ fields }) => fields['pings'])).toEqual([3, 2])
    // Sent at 8:15 to 8:17; nobody can say before the record has ended that no answer came.
    expect(pinged[0]?.timeNs).toBe(560e9)
  })

  test('shows how replication stands, and what it carries', async () => {
    const rows = await failover()
    const states = rows.map(({ fields }) => fields['repl_state'] ?? '-')
    const changes = states.flatMap((state, index) =>
      state === states[index - 1] ? [] : [`${10 * index} ${state}`],
    )
    expect(changes).toEqual(['0 up', '520 queueing', '900 catching_up', '940 up'])
    expect(column(rows, 'repl_bytes', [10, 20, 150, 160, 900])).toEqual([48, 0, 0, 3040, 1024])
    const drains = rows.filter(({ fields }) => fields['backlog_drain_kbps'] !== undefined)
    expect(drains.map(({ fields }) => fields['backlog_drain_kbps'])).toEqual([
      expect.closeTo(249.756, 2),
    ])
  })
})

describe('what nobody can know is left out', () => {
  test('of servers that were not heard together, and an address that was not heard', async () => {
    const { net } = story(35)
    expect(await rowsOf(net)).toEqual([])
    const other = story(35)
    holds(other.net, 'a', [12])
    expect((await rowsOf(other.net)).map(({ fields }) => fields)).toEqual([
      { active_node: 'app-a', vip_macs: 1 },
      { active_node: 'app-a', vip_macs: 1 },
    ])
  })

  test('of replication that was only tried', async () => {
    const { net, a, b } = story(60)
    net.at(12).tcpSilent(a, b, 2008, { tries: 2 })
    const rows = await rowsOf(net)
    expect(column(rows, 'repl_state', [10, 50])).toEqual(['-', 'failing'])
    expect(rows.flatMap(({ fields }) => fields['repl_bytes'] ?? [])).toEqual([])
  })

  test('of two that hold the address at once', async () => {
    const { net } = story(100)
    holds(net, 'a', [3, 31, 41, 51])
    holds(net, 'b', [32, 42, 52])
    const rows = await rowsOf(net)
    expect(column(rows, 'vip_macs', [0, 20, 30, 40, 50])).toEqual([1, 1, 2, 2, 2])
    expect(column(rows, 'active_node', [20, 30, 40, 50, 60])).toEqual(['app-a', '-', '-', '-', '-'])
    // Who won is not known before one of them is heard again.
    expect(column(rows, 'vip_macs', [60, 90])).toEqual(['-', '-'])
  })

  test('where nobody was heard at all', async () => {
    const net = scenario({ start: '2026-03-02T10:00:00Z' })
    holds(net, 'a', [1, 2, 95, 96])
    others(net, [3, 20])
    expect((await rowsOf(net)).map(({ timeNs }) => timeNs / 1e9)).toEqual([0, 10, 90])
  })

  test.each([
    ['one Application Server', /^.*name: app-b.*$/m],
    ['no shared address', /^.*name: app-vip.*$/m],
  ])('of a site with %s', async (_, declared) => {
    const { net } = story(35)
    holds(net, 'a', [12])
    expect(await rowsOf(net, SITE.replace(declared, ''))).toEqual([])
  })
})

test('cards of one server are one', async () => {
  const { net } = story(35)
  const site = SITE.replace(`"${CARDS.a}"`, `["${CARDS.a}", "${CARDS.b}"]`).replace(
    `mac: "${CARDS.b}"}`,
    'mac: "02:04:0a:0a:14:0d"}',
  )
  holds(net, 'a', [3, 13])
  holds(net, 'b', [4, 14])
  const rows = await rowsOf(net, site)
  expect(rows.map(({ fields }) => fields)).toEqual(
    [0, 10, 20].map(() => ({ active_node: 'app-a', vip_macs: 1 })),
  )
})
