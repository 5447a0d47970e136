// An InfluxDB 1 that holds an office day with everything that may go wrong in it (fixtures/day), as a monitor that watched
// it has stored it; and what such a day lacks (additions.ts).

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { plantedDayFrom } from '../../fixtures/day/day.ts'
import { START } from '../../fixtures/day/words.ts'
import { lineOf } from '../../src/influx/line-protocol.ts'
import { entryPoints, storedPoint } from '../../src/influx/points.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import type { NumberedEntry } from '../../src/model/store.ts'
import { type DuckStore, openStore } from '../../src/store/store.ts'
import { Influxd } from '../support/influxd.ts'
import { BLIND, busyLink, exports, isBlindAt, SITE, secondSensor, utc } from './additions.ts'

export const DATABASE = 'mpwatch'
/** Until some minutes after the meeting room was tunnelled, so that this is still open, whatever was told in between. */
export const SHOWN = { fromMs: utc('08:00'), toMs: utc('16:29') - 1, everyMs: 300_000 } as const

const SITE_FILE = 'fixtures/day/site.yaml'
/** For pictures so slow that what happens is told at its own moment: two minutes for the day. */
const SPEED = process.env['MPWATCH_BLESS'] === '1' ? '300' : 'max'
const LINES_MAX = 5_000
const [HEADER_BYTES, RECORD_BYTES] = [24, 16]

export interface Filled {
  readonly influxd: Influxd
  /** What is in it, from the store. */
  readonly points: readonly InfluxPoint[]
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Takes about half a minute. */
export async function filledInfluxd(): Promise<Filled> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-boards-'))
  folders.push(folder)
  const points = await pointsOfDay(folder)
  const influxd = await readyInfluxd()
  await write(influxd, points)
  return { influxd, points }
}

/** An empty one, with the retention policies that the boards ask. */
export async function readyInfluxd(): Promise<Influxd> {
  const influxd = await Influxd.begin()
  await influxd.query(
    `CREATE DATABASE ${DATABASE} WITH DURATION INF REPLICATION 1 NAME "raw"; CREATE RETENTION POLICY "long" ON ${DATABASE} DURATION INF REPLICATION 1`,
  )
  return influxd
}

async function pointsOfDay(folder: string): Promise<readonly InfluxPoint[]> {
  const [capture, kept] = [join(folder, 'day.pcap'), join(folder, 'store')]
  const day = plantedDayFrom(START, [busyLink])
  writeFileSync(capture, seenOf(day.pcap({ precision: 'nano' })))
  const how = ['--read-from', capture, '--speed', SPEED, '--site', SITE_FILE, '--metrics', 'off']
  const args = ['--import', 'tsx', 'src/main.ts', 'watch', ...how, '--store', kept]
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const store = await openStore(kept, { now: () => Date.now() })
  try {
    await store.record(BLIND.map(interval => ({ kind: 'blind', atMs: interval.fromMs, interval })))
    return [...(await exported(store)), ...secondSensor(), ...exports()]
  } finally {
    await store.close()
  }
}

/** What an exporter makes of everything in the store. */
export async function exported(store: DuckStore): Promise<readonly InfluxPoint[]> {
  const points: InfluxPoint[] = []
  for (let after = 0; ; ) {
    const page = await store.pointsAfter(after, LINES_MAX)
    const last = page.at(-1)
    if (last === undefined) break
    points.push(...page.map(storedPoint))
    after = last.number
  }
  for (let after = 0; ; ) {
    const page: readonly NumberedEntry<'finding' | 'blind'>[] = await store.entriesAfter(
      after,
      LINES_MAX,
      ['finding', 'blind'],
    )
    const last = page.at(-1)
    if (last === undefined) return points
    points.push(...page.flatMap(entry => entryPoints(entry, SITE)))
    after = last.number
  }
}

async function write(influxd: Influxd, points: readonly InfluxPoint[]): Promise<void> {
  for (let at = 0; at < points.length; at += LINES_MAX) {
    const lines = points.slice(at, at + LINES_MAX).map(lineOf)
    const query = new URLSearchParams({ db: DATABASE, rp: 'raw', precision: 'ns' })
    const response = await fetch(`${influxd.url}/write?${query}`, {
      method: 'POST',
      body: lines.filter(line => line !== null).join('\n'),
    })
    if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`)
  }
}

/**
 * The capture (pcap, nanoseconds, little-endian) without the packets of the times in which it is said to be blind, and of those
 * that are not shown: however fast it is read, what is open then is told.
 */
function seenOf(capture: Uint8Array): Uint8Array {
  const bytes = Buffer.from(capture)
  const parts = [bytes.subarray(0, HEADER_BYTES)]
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const ms = bytes.readUInt32LE(at) * 1000 + bytes.readUInt32LE(at + 4) / 1e6
    const end = at + RECORD_BYTES + bytes.readUInt32LE(at + 8)
    if (!isBlindAt(ms) && ms <= SHOWN.toMs) parts.push(bytes.subarray(at, end))
    at = end
  }
  return Buffer.concat(parts)
}
