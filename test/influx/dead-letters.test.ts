// Goal: dead letters are on the disk once, however the process that wrote them ended, safe to look at, and bounded.

import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { type DeadLetter, DeadLetters } from '../../src/influx/dead-letters.ts'
import type { ExportedStore } from '../../src/influx/exporter.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import type { DuckStore } from '../../src/store/store.ts'
import { event, folder, open } from '../store/stored.ts'
import { HOSTILE } from '../support/hostile.ts'
import { linesOf } from '../support/json-lines.ts'
import {
  answer,
  everDrained,
  exporting,
  letterNumbersIn,
  pointsTo,
  put,
  TAKEN,
  TestWriter,
  until,
} from './exporting.ts'

/** Most of it is waiting for the disk. */
vi.setConfig({ testTimeout: 60_000 })

const disk = mkdtempSync(join(tmpdir(), 'mpwatch-letters-'))
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]).status === 0
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk])
  rmSync(disk, { recursive: true, force: true })
})

const letter = (number: number, given: Partial<DeadLetter> = {}): DeadLetter => ({
  ...{ of: 'points', number, measurement: 'mp_loss', line: 'mp_loss lost=1i 1', text: 'no' },
  time: '2026-03-02T12:00:00.000Z',
  ...given,
})

const deadLettersIn = (path: string) =>
  new DeadLetters({ folder: path, name: 'influx-lab', onLost: () => {} })

/** As of a process that always ends before its cursors move. */
const withoutCursors = (store: DuckStore): ExportedStore =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'advance') return async () => {}
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

const numbersTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1)

test('A letter that an earlier process wrote is not written again, and one that it cut off is', async () => {
  const path = folder()
  const first = deadLettersIn(path)
  await first.write([letter(5), letter(7), letter(7, { of: 'entries' })])
  // The process ends here; half a line of it is on the disk.
  appendFileSync(first.path, '{"of":"points","number":8,"li')
  const second = deadLettersIn(path)
  await second.write([letter(7), letter(7, { of: 'entries' }), letter(8), letter(9)])
  expect(await letterNumbersIn(second.path)).toEqual([5, 7, 7, 8, 9])
  // Nothing else is there but the half.
  expect(readFileSync(second.path, 'utf8').trim().split('\n')).toHaveLength(6)
})

test('All letters behind the cursor are known after a sudden end, whatever is sent before their points', async () => {
  const path = folder()
  const store = await open(path)
  await put(store, pointsTo(5_000))
  const writer = new TestWriter()
  const isBad = ({ fields }: InfluxPoint) => Number(fields['lost']) % 1_000 === 7
  writer.says = points => (points.some(isBad) ? answer(400, 'no') : TAKEN)
  const letters = join(path, 'dead-letters')
  const first = exporting(withoutCursors(store), writer, letters).exporter
  expect(await everDrained(first)).toBe(true)
  await first.stop(1_000)
  // A finding goes first, and the points come in smaller batches.
  await store.record([event()])
  const saysOfFew = writer.says
  writer.says = points => (points.length > 1_300 ? answer(413) : saysOfFew(points))
  const second = exporting(store, writer, letters).exporter
  expect(await everDrained(second)).toBe(true)
  expect(second.state().books).toMatchObject({ acked: 4_996, deadLettered: 5 })
  expect(linesOf(join(letters, 'influx-lab.jsonl'))).toMatchObject(
    Array.from({ length: 5 }, (_, at) => ({ number: at * 1_000 + 8 })),
  )
})

test.runIf(isMounted)('Letters that a full disk took in part are written once', async () => {
  const letters = deadLettersIn(disk)
  const all = numbersTo(200).map(number => letter(number))
  await expect(letters.write(all)).rejects.toThrow('ENOSPC')
  expect(readFileSync(letters.path, 'utf8').split('\n').length).toBeGreaterThan(50)
  expect(spawnSync('mount', ['-o', 'remount,size=1m', disk]).status).toBe(0)
  await letters.write(all)
  expect(await letterNumbersIn(letters.path)).toEqual(numbersTo(200))
})

test('Hostile strings are one line each, and no character of them acts', async () => {
  const path = folder()
  const letters = deadLettersIn(path)
  await letters.write(HOSTILE.map((text, at) => letter(at + 1, { text, line: text })))
  const written = readFileSync(letters.path, 'utf8')
  expect(written.split('\n')).toHaveLength(HOSTILE.length + 1)
  expect(written).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u)
  expect(linesOf(letters.path)).toHaveLength(HOSTILE.length)
})

test('Where letters cannot be written the cursor stays, until they can be', async () => {
  const path = folder()
  const store = await open(path)
  await put(store, pointsTo(10))
  const writer = new TestWriter()
  writer.says = points =>
    points.some(({ fields }) => fields['lost'] === 3) ? answer(400, 'no') : TAKEN
  const blocked = join(path, 'dead-letters')
  // A file where the folder should be.
  writeFileSync(blocked, '')
  const { exporter, states } = exporting(store, writer, blocked)
  await until(() => states.length > 0)
  expect(states).toMatchObject([['degraded', expect.stringContaining('cannot be kept')]])
  expect(await store.cursor('influx:lab:points')).toBe(0)
  rmSync(blocked)
  mkdirSync(blocked)
  await until(() => exporter.state().books.deadLettered === 1)
  expect(exporter.state().books).toMatchObject({ acked: 9, pending: 0 })
  expect(linesOf(join(blocked, 'influx-lab.jsonl'))).toMatchObject([{ number: 4 }])
  await until(() => states.length === 2)
})
