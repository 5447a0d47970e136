// Goal: a monitor whose store was damaged while nobody ran it starts, names what was damaged, and has its findings
// (faults.md F8).
// Method: the demo is played into a store; a copy of it is spoilt in one place, and a monitor is started on it.

import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { Running } from './running.ts'
import { everyFinding, folderOf, inStore } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 60_000
const SITE = ['--site', 'fixtures/demo/site.yaml', '--sensor', 'core-span', '--metrics', 'off']

const play = (store: string, speed: string): Running =>
  new Running(['--read-from', OFFICE, '--speed', speed, '--store', store, ...SITE])

let sound = ''
let ids: readonly string[] = []
beforeAll(async () => {
  sound = join(folderOf(), 'store')
  await play(sound, 'max').ended
  ids = (await inStore(sound, everyFinding)).map(({ finding }) => finding.id)
  expect(ids.length).toBeGreaterThan(30)
}, LONG_MS)

/** Starts a monitor on a copy that was spoilt: what it noted, and the findings that it has. */
async function startedOn(spoil: (store: string) => void) {
  const store = join(folderOf(), 'store')
  cpSync(sound, store, { recursive: true, filter: path => !path.endsWith('.sock') })
  spoil(store)
  const running = play(store, '0.01')
  await running.until('asked', () => running.events('control_listening').length > 0)
  const found = await new SocketDesk(join(store, 'control.sock')).findings({
    ...{ limit: 1000, offset: 0 },
  })
  expect(await running.end()).toEqual({ code: 0, signal: null })
  const [opened] = running.events('store_opened')
  const [notes, lost] = [String(opened?.['notes']), opened?.['lost']]
  return { found: found.map(({ finding }) => finding.id), notes, lost }
}

function flipIn(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 0x10
  writeFileSync(file, bytes)
}

const only = (folder: string): string => join(folder, readdirSync(folder)[0] ?? '')

describe.concurrent('a monitor starts on a store of which', () => {
  test('the history was changed: it is made anew of the journal', {
    timeout: LONG_MS,
  }, async () => {
    const { found, notes, lost } = await startedOn(store => {
      const file = join(store, 'history.duckdb')
      // Some of the places hold nothing.
      for (let at = 4096; at < statSync(file).size; at += 50_000) flipIn(file, at)
    })
    expect(notes).toMatch(/history.*(set aside|renewed|anew|made of the journal)/i)
    expect(lost).toBe(0)
    expect(found.sort()).toEqual([...ids].sort())
  })

  test('a line of the journal was changed: it is named and counted', {
    timeout: LONG_MS,
  }, async () => {
    const { found, notes, lost } = await startedOn(store => {
      const file = only(join(store, 'journal'))
      flipIn(file, readFileSync(file).indexOf('f-'))
    })
    expect(notes).toMatch(/00000001\.log/)
    expect(lost).toBe(1)
    // The history knows what the journal has lost.
    expect(found.sort()).toEqual([...ids].sort())
  })

  test('the metrics are zeros: they are set aside and named', { timeout: LONG_MS }, async () => {
    const { found, notes, lost } = await startedOn(store => {
      const file = only(join(store, 'metrics'))
      writeFileSync(file, new Uint8Array(statSync(file).size))
    })
    expect(notes).toMatch(/000001\.duckdb.*set aside|set aside.*000001\.duckdb/)
    expect(lost).toBe(0)
    expect(found.sort()).toEqual([...ids].sort())
  })
})
