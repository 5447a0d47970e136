// Goal: what a store has of a time is in InfluxDB as the monitor's exporter would have it there, to the nanosecond, from a
// store alone and from a monitor that runs; and who cannot be served hears why.
// Method: a real store, a real control socket and a real influxd; two databases are compared row by row.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { influxCommand } from '../../src/commands/export/influx.ts'
import { COMMAND_CLOCK } from '../../src/commands/influx/clock.ts'
import { openDesk } from '../../src/commands/monitor/open-desk.ts'
import { Exporter } from '../../src/influx/exporter.ts'
import { openWriter } from '../../src/influx/open-writer.ts'
import type { Point } from '../../src/model/live.ts'
import type { InfluxConfig } from '../../src/model/watch-config.ts'
import { type DuckStore, openStore } from '../../src/store/store.ts'
import { apiOf } from '../../src/web/api.ts'
import { listenOnSocket } from '../../src/web/socket.ts'
import { influxConfig } from '../influx/configs.ts'
import { held } from '../influx/held.ts'
import { event, idOf, NOON_MS } from '../store/stored.ts'
import { hasInfluxd, Influxd } from '../support/influxd.ts'
import { toldByTests } from '../support/told.ts'

const LONG_MS = 120_000
const FLOWS = 6_000
const EVENTS = 1_200
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-again-'))
const STORE = join(folder, 'store')
const SOCKET = join(folder, 'control.sock')
afterAll(() => rmSync(folder, { recursive: true }))

/** How long it waits while nothing moves. */
let patienceMs = 60_000
const told = toldByTests()
afterEach(() => {
  patienceMs = 60_000
  vi.unstubAllEnvs()
})

/** `mpwatch export influx`; what it says on standard output. */
async function exported(...args: readonly string[]): Promise<string> {
  told.out = ''
  const program = new Command('export').exitOverride().configureOutput({ writeErr: () => {} })
  influxCommand(program, openDesk, patienceMs)
  await program.parseAsync(['influx', ...args], { from: 'user' })
  return told.out
}

const SITE = { site: 'hq', sensor: 'core' }
/** Six of a series share each microsecond. */
const points: readonly Point[] = [
  ...Array.from({ length: FLOWS }, (_, index) => ({
    ...{ measurement: 'mp_flow' as const, fields: { flows: index } },
    tags: { ...SITE, row: 'I-01', verdict: 'permitted' },
    timeUs: NOON_MS * 1000 + Math.floor(index / 6),
  })),
  {
    measurement: 'mp_sensor',
    tags: { ...SITE, iface: 'eth0' },
    fields: { pkts: 3 },
    timeUs: 1_000_000,
  },
]
const blind = {
  ...{ id: 'eth0/silent/1', sensor: 'core', interface: 'eth0', cause: 'silent' as const },
  ...{ fromMs: NOON_MS - 60_000, toMs: NOON_MS, detail: 'Nothing came.' },
}

async function filled(): Promise<void> {
  const store = await openStore(STORE, { now: () => NOON_MS })
  store.add({ flows: [], points })
  await store.record([
    ...Array.from({ length: EVENTS }, (_, index) => event({ id: idOf(index) })),
    { kind: 'blind', atMs: NOON_MS, interval: blind },
  ])
  await store.close()
}

const withStore = async <Value>(work: (store: DuckStore) => Promise<Value>): Promise<Value> => {
  const store = await openStore(STORE, { now: () => NOON_MS })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** As the monitor sends it. */
async function exportedBy(store: DuckStore, config: InfluxConfig): Promise<void> {
  const exporter = new Exporter({
    ...{ config, store, site: '', clock: COMMAND_CLOCK, random: () => 0 },
    writer: openWriter(config, async () => null),
    deadLetters: join(folder, 'dead-letters'),
    admit: point => point,
    ...{ onState: () => undefined, onLost: () => undefined },
  })
  const running = exporter.run()
  expect(await exporter.drained(new AbortController().signal)).toBe(true)
  await exporter.stop(1_000)
  await running
}

describe.runIf(hasInfluxd)('what a store has', () => {
  test('is sent again as the exporter sends it, from the store or its monitor', {
    timeout: LONG_MS,
  }, async () => {
    await filled()
    const influxd = await Influxd.begin()
    const of = (db: string) => `${influxd.url}/${db}`
    await withStore(store => exportedBy(store, influxConfig(influxd.url, { database: 'monitor' })))
    const expected = await held(influxd, 'monitor')
    expect(expected.counts).toMatchObject({
      mp_flow: FLOWS,
      mp_violation: EVENTS,
      mp_blind: 1,
      mp_sensor: 1,
    })
    const all = ['--since', '1970-01-01T00:00:00Z']
    const sent = `${influxd.url}/alone: ${(FLOWS + EVENTS + 2).toLocaleString('en-US')} points sent, 0 refused.\n`
    for (const _ of [1, 2]) {
      expect(await exported('--influx', of('alone'), '--store', STORE, ...all)).toBe(sent)
      expect(await held(influxd, 'alone')).toEqual(expected)
    }
    const opened = await openDesk(STORE)
    if (opened === null) throw new Error('there is a store')
    const server = await listenOnSocket(
      apiOf(opened.desk, () => {}),
      SOCKET,
    )
    try {
      await exported('--influx', of('running'), '--socket', SOCKET, ...all)
    } finally {
      await server.close()
      await opened.close()
    }
    expect(await held(influxd, 'running')).toEqual(expected)
  })

  test('is sent of a time alone, and made coarser where that is set up', {
    timeout: LONG_MS,
  }, async () => {
    const influxd = await Influxd.begin()
    const where = ['--influx', influxd.url]
    expect(await exported('--setup', ...where)).toMatch(
      /^made {5}database mpwatch\nmade {5}retention policy raw/,
    )
    expect(await exported('--setup', ...where)).toMatch(
      /^found {4}database mpwatch\n(found {4}.*\n)+$/,
    )
    const noon = ['--since', '2026-03-02T12:00:00Z', '--before', '2026-03-02T12:00:01Z']
    expect(await exported(...where, '--store', STORE, ...noon)).toMatch(
      /mpwatch: 0 points sent, 0 refused\.\n7,201 points are older than mpwatch keeps anything, .*\n/,
    )
    expect(await exported('--setup', '--keep-days', '0', ...where)).toMatch(
      /^found {4}database mpwatch\nchanged {2}retention policy raw of mpwatch: for ever, was 90 days\nchanged {2}retention policy long of mpwatch: for ever, /,
    )
    expect(await exported(...where, '--store', STORE, ...noon)).toMatch(
      /points sent, 0 refused\.\nSeries of that time were made coarser\.\n$/,
    )
    const { counts } = await held(influxd)
    expect(counts).toMatchObject({ mp_flow: FLOWS, mp_sensor: 0, mp_violation: EVENTS })
    const [coarse] = await influxd.query('SELECT flows FROM "long".mp_flow', 'mpwatch')
    expect(coarse?.values).toEqual([['2026-03-02T12:00:00Z', (FLOWS * (FLOWS - 1)) / 2]])
  })
})

describe('who cannot be served hears why', () => {
  test('where nothing is asked for, or both', async () => {
    const where = ['--influx', 'http://127.0.0.1:1']
    await expect(exported(...where)).rejects.toThrow(/^Say what to do: --setup, or --since/)
    await expect(exported(...where, '--setup', '--since', '7d')).rejects.toThrow(/^Say what to do/)
    await expect(exported(...where, '--since', '7d', '--keep-days', '0')).rejects.toThrow(
      /^--keep-days says what --setup is to make/,
    )
    await expect(exported('--setup')).rejects.toThrow(/^--influx: say where the InfluxDB is/)
    await expect(exported('--setup', '--influx', 'http://ann:s3cret@127.0.0.1:1')).rejects.toThrow(
      /MPWATCH_INFLUX_USERNAME with MPWATCH_INFLUX_PASSWORD/,
    )
  })

  test('where the InfluxDB is away, and where it does not know the user', {
    timeout: LONG_MS,
  }, async () => {
    await filled()
    const all = ['--store', STORE, '--since', '1970-01-01T00:00:00Z']
    patienceMs = 1_000
    await expect(exported('--influx', 'http://127.0.0.1:1', ...all)).rejects.toThrow(
      /^Not everything was sent: .*127\.0\.0\.1:1\/mpwatch .* Then ask for the same again\.$/,
    )
    patienceMs = 60_000
    if (!hasInfluxd) return
    const influxd = await Influxd.begin({ auth: true })
    await influxd.query(`CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES`)
    vi.stubEnv('MPWATCH_INFLUX_USERNAME', 'admin')
    vi.stubEnv('MPWATCH_INFLUX_PASSWORD', 's3cret')
    const refused = await exported('--influx', influxd.url, ...all).catch(String)
    expect(refused).toMatch(
      /^UsageError: Not everything was sent: .* answers 401 .*Correct the user name/,
    )
    expect(refused + told.err + told.out).not.toContain('s3cret')
  })
})
