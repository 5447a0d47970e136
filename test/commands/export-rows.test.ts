// Goal: what a monitor keeps comes out whole, each row once, however many there are, in three formats that other
// programs read.
// Method: a real control socket, a desk with more rows than one answer holds, and readers of JSON and of RFC 4180.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { exportCommand } from '../../src/commands/export.ts'
import { allRows } from '../../src/commands/monitor/pages.ts'
import { csvRows } from '../support/csv.ts'
import { flowRow, MemoryDesk, NOW_MS, storedFinding } from '../support/memory-desk.ts'
import { answeringOn } from '../support/memory-socket.ts'

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-rows-'))
const PATH = join(folder, 'control.sock')
const OUT = join(folder, 'out')
let memory: MemoryDesk
answeringOn(PATH, () => memory)
beforeEach(() => {
  memory = new MemoryDesk()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What `mpwatch export` writes. */
async function exported(...args: readonly string[]): Promise<string> {
  const program = new Command('mpwatch').exitOverride().configureOutput({ writeErr: () => {} })
  exportCommand(
    program,
    () => {},
    async () => null,
  )
  rmSync(OUT, { force: true })
  const options = ['--socket', PATH, '--output', OUT]
  await program.parseAsync(['export', ...args, ...options], { from: 'user' })
  return readFileSync(OUT, 'utf8')
}

const linesOf = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as unknown)

const idOf = (number: number): string => `f-${number.toString(16).padStart(12, '0')}`

describe('findings', () => {
  test('come each once, more than one answer holds, though they change meanwhile', async () => {
    const all = Array.from({ length: 1234 }, (_, number) => storedFinding(idOf(number * 7)))
    memory.stored = [...all]
    const findings = memory.findings
    memory.findings = async query => {
      const page = await findings(query)
      // Whatever comes next is seen again, and is the latest now.
      memory.stored = memory.stored.map(one => ({ ...one, lastMs: one.lastMs + 1 })).reverse()
      return page
    }
    const written = linesOf(await exported('findings')) as { finding: { id: string } }[]
    expect(written.map(({ finding }) => finding.id)).toEqual(all.map(({ finding }) => finding.id))
  })

  test('are the same in all formats', async () => {
    memory.stored = [storedFinding(idOf(1)), storedFinding(idOf(2), {}, { title: '=1+1, "x"' })]
    const lines = linesOf(await exported('findings'))
    expect(lines).toEqual(memory.stored)
    expect(JSON.parse(await exported('findings', '--format', 'json'))).toEqual(lines)
    const [heads = [], ...rows] = csvRows(await exported('findings', '--format', 'csv'))
    const column = (name: string) => rows.map(row => row[heads.indexOf(name)])
    expect(column('id')).toEqual([idOf(1), idOf(2)])
    expect(column('title')).toEqual([memory.stored[0]?.finding.title, '\'=1+1, "x"'])
    expect(column('opened')).toEqual(Array(2).fill('2026-03-02T11:00:00.000000000Z'))
    expect(rows.every(row => row.length === heads.length)).toBe(true)
  })

  test('are an empty list where there are none', async () => {
    expect(await exported('findings', '--format', 'json')).toBe('[]\n')
    expect(await exported('findings')).toBe('')
    expect(csvRows(await exported('findings', '--format', 'csv'))).toHaveLength(1)
  })

  test('may be those of a state, and of a time', async () => {
    const old = { lastMs: NOW_MS - 9 * 86_400_000 }
    memory.stored = [storedFinding(idOf(1), old), storedFinding(idOf(2), { state: 'closed' })]
    expect(linesOf(await exported('findings', '--since', '7d'))).toEqual([memory.stored[1]])
    expect(linesOf(await exported('findings', '--state', 'open'))).toEqual([memory.stored[0]])
  })
})

describe('flows', () => {
  test('come each once, more than one answer holds', async () => {
    memory.rows = Array.from({ length: 12_000 }, (_, number) =>
      flowRow({ clientPort: number, firstUs: (NOW_MS + (number % 4000)) * 1000 }),
    )
    const written = linesOf(await exported('flows')) as { clientPort: number }[]
    const ports = written.map(({ clientPort }) => clientPort).sort((one, other) => one - other)
    expect(ports).toEqual(memory.rows.map(({ clientPort }) => clientPort))
  })

  test('have one cell for each column', async () => {
    memory.rows = [flowRow({ vlan: 7, app: null })]
    const [heads = [], row = []] = csvRows(await exported('flows', '--format', 'csv'))
    const cells = Object.fromEntries(heads.map((head, index) => [head, row[index]]))
    expect(cells).toMatchObject({
      ...{ first: '2026-03-02T12:00:00.000000000Z', last: '2026-03-02T12:00:00.000005000Z' },
      ...{ vlan: '7', client: '203.0.113.77', client_port: '40000', server_port: '1433' },
      ...{ verdict: 'escaped', app: '', state: 'established', bytes_to_client: '400' },
    })
    expect(row).toHaveLength(heads.length)
  })

  test('may be those before a time', async () => {
    memory.rows = [flowRow({ firstUs: 5000 }), flowRow()]
    expect(linesOf(await exported('flows', '--before', '1970-01-02T00:00:00Z'))).toHaveLength(1)
  })
})

describe('points and events', () => {
  const point = {
    ...{ measurement: 'mp_sensor' as const, tags: { site: 'hq', sensor: 'core', iface: 'eth0' } },
    ...{ fields: { pkts: 3, lag_s: 0.5 }, timeUs: NOW_MS * 1000, number: 7, timeNs: 0n },
  }

  test('of a measurement have its tags and fields as columns', async () => {
    memory.series = [point]
    const args = ['--measurement', 'mp_sensor', '--format', 'csv']
    const [heads = [], row = []] = csvRows(await exported('points', ...args))
    expect(heads.slice(0, 5)).toEqual(['time', 'site', 'sensor', 'iface', 'pkts'])
    expect(row.slice(0, 5)).toEqual(['2026-03-02T12:00:00.000000000Z', 'hq', 'core', 'eth0', '3'])
    expect(row[heads.indexOf('lag_s')]).toBe('0.5')
  })

  test('of all measurements are lines, and no table', async () => {
    memory.series = [point]
    expect(linesOf(await exported('points'))).toMatchObject([{ measurement: 'mp_sensor' }])
    await expect(exported('points', '--format', 'csv')).rejects.toThrow('add --measurement')
    expect(existsSync(OUT)).toBe(false)
  })

  test('of the history come as they were', async () => {
    const stored = storedFinding(idOf(1))
    memory.history = [
      {
        ...{ kind: 'finding', phase: 'open', captureMs: NOW_MS, atMs: NOW_MS, isPage: true },
        ...{ stored, held: { by: 'blind', id: null } },
      },
    ]
    expect(linesOf(await exported('events'))).toEqual([{ ...memory.history[0], number: 1 }])
    const [heads = [], row = []] = csvRows(await exported('events', '--format', 'csv'))
    expect(row[heads.indexOf('held_by')]).toBe('blind')
  })
})

describe('windows of time', () => {
  async function windowed(times: readonly number[], toMs: number, limit: number) {
    const full: number[] = []
    const got: number[] = []
    let most = 0
    const ask = async (query: { fromMs: number; toMs: number; limit: number }) => {
      const rows = times.filter(ms => ms >= query.fromMs && ms < query.toMs).slice(0, query.limit)
      most = Math.max(most, rows.length)
      return rows
    }
    const asking = {
      ask,
      timeMs: (row: number) => row,
      limit,
      onFull: (ms: number) => full.push(ms),
    }
    for await (const row of allRows(asking, { fromMs: 0, toMs })) got.push(row)
    return { got, full, most }
  }

  test('give every row once, though all lie close together in a long time', async () => {
    const times = Array.from({ length: 1000 }, (_, number) => 1e12 + number * 3)
    expect(await windowed(times, 9e12, 10)).toEqual({ got: times, full: [], most: 10 })
  })

  test('give every row once, though answers hold any of them', async () => {
    const times = Array.from({ length: 1000 }, (_, number) => 1e12 + ((number * 7919) % 5000))
    const { got } = await windowed(times, 9e12, 10)
    expect(got.toSorted()).toEqual(times.toSorted())
  })

  test('tell of a millisecond that holds more than an answer does', async () => {
    const tick = (count: number) => [5, ...Array<number>(count).fill(7), 9]
    expect(await windowed(tick(9999), 10, 2)).toMatchObject({ got: tick(9999), full: [] })
    expect(await windowed(tick(10_001), 10, 2)).toMatchObject({ got: tick(10_000), full: [7] })
  })

  test('leave out what is not in the period', async () => {
    expect((await windowed([1, 9, 10, 11], 10, 5)).got).toEqual([1, 9])
  })
})

test('a result file needs --pcap as before', async () => {
  const program = new Command('mpwatch').exitOverride().configureOutput({ writeErr: () => {} })
  exportCommand(program, () => {})
  await expect(
    program.parseAsync(['export', 'result.json', '--all-violations'], { from: 'user' }),
  ).rejects.toThrow("error: required option '--pcap <file>' not specified")
})
