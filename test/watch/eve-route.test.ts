// Goal: whoever reads the EVE file of a route gets each event once and in order, though the file is turned over, moved away
// with SIGHUP, and the monitor is started again meanwhile.
// Method: the compiled program plays the demo beside a file that is nearly full of somebody else's lines.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Running } from './running.ts'
import { ALL, folderOf, inStore } from './store-of.ts'

const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 180_000
const MIB = 1_048_576
/** Room for a few lines of ours. */
const ROOM_BYTES = 12_000
const OTHERS = `${JSON.stringify({ event_type: 'http', padding: 'x'.repeat(960) })}\n`

interface Line {
  readonly event_type: string
  readonly mp?: {
    readonly finding_id: string
    readonly phase: string
    readonly count: number
    readonly notice: { readonly id: string; readonly part: number }
  }
}

function play(folder: string, speed: string): Running {
  const running = new Running([
    ...['--config', join(folder, 'mpwatch.yaml'), '--sensor', 'core-span'],
    ...['--read-from', OFFICE, '--speed', speed],
  ])
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}

/** Lines of ours in these files, in order. */
const oursIn = (paths: readonly string[]): readonly NonNullable<Line['mp']>[] =>
  paths
    .filter(path => existsSync(path))
    .flatMap(path => readFileSync(path, 'utf8').trimEnd().split('\n'))
    .filter(line => line !== '')
    .flatMap(line => (JSON.parse(line) as Line).mp ?? [])

test('an EVE file gets each event once through rotation, SIGHUP and a restart', {
  timeout: LONG_MS,
}, async () => {
  const folder = folderOf()
  const [eve, older, moved] = ['eve.json', 'eve.json.1', 'moved.json'].map(name =>
    join(folder, name),
  ) as [string, string, string]
  writeFileSync(eve, OTHERS.repeat(Math.floor((MIB - ROOM_BYTES) / OTHERS.length)))
  writeFileSync(
    join(folder, 'mpwatch.yaml'),
    `api_version: mpwatch/v1\nsite: ${resolve('fixtures/demo/site.yaml')}\nstore: {folder: store}\n` +
      'metrics: {listen: "off"}\nalerts: {routes: [{name: eve, kind: eve, file: eve.json, size_mib: 1}]}\n',
  )
  const first = play(folder, '10')
  await first.until('turned over', () => existsSync(older) && oursIn([eve]).length > 2)
  expect(oursIn([older]).length).toBeGreaterThan(0)
  // As logrotate does it: the file is moved, and the monitor told.
  renameSync(eve, moved)
  first.child.kill('SIGHUP')
  await first.until('a new file', () => oursIn([eve]).length > 2)
  const inMoved = oursIn([moved]).length
  expect(await first.end()).toEqual({ code: 0, signal: null })

  const second = play(folder, 'max')
  expect(await second.ended).toEqual({ code: 0, signal: null })
  const events = await inStore(join(folder, 'store'), store => store.events(ALL))
  const ours = oursIn([older, moved, eve])
  expect(ours.map(({ finding_id: id, phase, count }) => `${id} ${phase} ${count}`)).toEqual(
    events.map(({ phase, stored: { finding } }) => `${finding.id} ${phase} ${finding.members}`),
  )
  const marks = ours.map(({ notice: { id, part } }) => `${id}/${part}`)
  expect(new Set(marks).size).toBe(marks.length)
  expect(oursIn([moved])).toHaveLength(inMoved)
  for (const running of [first, second]) expect(running.events('fault')).toEqual([])
})
