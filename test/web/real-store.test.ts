// Goal: what is asked through the control socket is what a real store keeps: findings page by page while they change,
// flows and points of any time, a history.
// Method: a DuckDB store in a folder of its own behind a real socket, asked by the desk of the commands.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportCommand } from '../../src/commands/export.ts'
import type { DeskPort } from '../../src/model/desk.ts'
import type { NumberedPoint } from '../../src/model/store.ts'
import { type DuckStore, openStore } from '../../src/store/store.ts'
import { apiOf } from '../../src/web/api.ts'
import type { Served } from '../../src/web/server.ts'
import { listenOnSocket } from '../../src/web/socket.ts'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { event, idOf, NOON_MS } from '../store/stored.ts'
import { linesOf } from '../support/json-lines.ts'
import { flowRow, MemoryDesk } from '../support/memory-desk.ts'

const LONG_MS = 60_000
const FINDINGS = 1200
const FLOWS = 12_000
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-real-'))
const PATH = join(folder, 'control.sock')
const asked = new SocketDesk(PATH)
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)
const ids = numbers(FINDINGS).map(number => idOf(number + 1))
const PERIOD = { fromMs: 0, toMs: NOON_MS + 86_400_000, limit: 1000 }

let store: DuckStore
let server: Served
beforeAll(async () => {
  store = await openStore(join(folder, 'store'), { now: () => NOON_MS })
  await store.record(ids.map(id => event({ id, severity: id < idOf(5) ? 'critical' : 'low' })))
  await store.record([
    event({ id: idOf(7), severity: 'low' }, { state: 'closed' }, { phase: 'close' }),
  ])
  // Ten hours, and many in one of its seconds.
  const msOf = (number: number) => NOON_MS + (number % 2 === 0 ? number * 3 : number % 1000)
  store.add({
    flows: numbers(FLOWS).map(number =>
      flowRow({ clientPort: number, firstUs: msOf(number) * 1000, lastUs: msOf(number) * 1000 }),
    ),
    points: numbers(10).map(number => ({
      ...{ measurement: 'mp_sensor', tags: { site: 'hq', sensor: 'core', iface: 'eth0' } },
      ...{ fields: { pkts: number }, timeUs: NOON_MS * 1000 + number },
    })),
  })
  while ((await store.health()).rows.waiting > 0) await setTimeout(50)
  const memory = new MemoryDesk()
  const reading: Partial<DeskPort> = {
    findings: query => store.findings(query),
    countFindings: query => store.countFindings(query),
    find: wanted => store.find(wanted),
    events: query => store.events(query),
    flows: query => store.flows(query),
    points: query => store.points(query),
  }
  server = await listenOnSocket(
    apiOf(Object.assign(memory, reading), () => {}),
    PATH,
  )
}, LONG_MS)
afterAll(async () => {
  await server.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

/** What `mpwatch export` writes as JSON lines. */
async function exported(kind: string): Promise<readonly unknown[]> {
  const output = join(folder, kind)
  const program = new Command('mpwatch').exitOverride()
  exportCommand(
    program,
    () => {},
    async () => null,
  )
  const args = ['export', kind, '--socket', PATH, '--output', output]
  await program.parseAsync(args, { from: 'user' })
  return linesOf(output)
}

describe('of a real store', { timeout: LONG_MS }, () => {
  test('all findings are exported, each once', async () => {
    const lines = (await exported('findings')) as { finding: { id: string } }[]
    expect(lines.map(({ finding }) => finding.id)).toEqual(ids)
  })

  test('findings are told worst first, and filtered', async () => {
    const first = await asked.findings({ limit: 5, offset: 0 })
    expect(first.map(({ finding }) => finding.severity)).toEqual([
      ...['critical', 'critical', 'critical', 'critical', 'low'],
    ])
    expect(await asked.countFindings({ state: 'closed' })).toBe(1)
    expect(await asked.countFindings({ severities: ['critical'], nodes: ['app-a'] })).toBe(4)
    expect((await asked.find([idOf(3)])).map(({ finding }) => finding.id)).toEqual([idOf(3)])
  })

  test('findings behind an id come in the order of their ids', async () => {
    const page = await asked.findings({ limit: 3, offset: 0, afterId: 'f-00000000000' })
    expect(page.map(({ finding }) => finding.id)).toEqual(ids.slice(0, 3))
    const next = await asked.findings({ limit: 2, offset: 0, afterId: idOf(3), state: 'open' })
    expect(next.map(({ finding }) => finding.id)).toEqual([idOf(4), idOf(5)])
  })

  test('the history of a finding is told', async () => {
    const events = await asked.events({ ...PERIOD, id: idOf(7) })
    expect(events.map(({ phase }) => phase)).toEqual(['open', 'close'])
    expect(await exported('events')).toHaveLength(FINDINGS + 1)
  })

  test('all flows are exported, each once', async () => {
    const lines = (await exported('flows')) as { clientPort: number }[]
    const ports = lines.map(({ clientPort }) => clientPort).sort((one, other) => one - other)
    expect(ports).toEqual(numbers(FLOWS))
  })

  test('points are told to the nanosecond', async () => {
    const points: readonly NumberedPoint[] = await asked.points({
      ...PERIOD,
      measurement: 'mp_sensor',
    })
    expect(points).toEqual(await store.points({ ...PERIOD, measurement: 'mp_sensor' }))
    expect(points.map(({ fields }) => fields['pkts'])).toEqual(numbers(10))
    expect(typeof points[0]?.timeNs).toBe('bigint')
    expect(await exported('points')).toHaveLength(10)
  })
})
