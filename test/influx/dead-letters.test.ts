// Goal: dead letters are on the disk once, however the process that wrote them ended, safe to look at, and bounded.

import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type DeadLetter, DeadLetters } from '../../src/influx/dead-letters.ts'
import { folder, open } from '../store/stored.ts'
import { HOSTILE } from '../support/hostile.ts'
import { linesOf } from '../support/json-lines.ts'
import { answer, exporting, pointsTo, put, TAKEN, TestWriter, until } from './exporting.ts'

/** Most of it is waiting for the disk. */
vi.setConfig({ testTimeout: 60_000 })

const NONE = { entries: 0, points: 0 }

const letter = (number: number, given: Partial<DeadLetter> = {}): DeadLetter => ({
  ...{ of: 'points', number, measurement: 'mp_loss', line: 'mp_loss lost=1i 1', text: 'no' },
  time: '2026-03-02T12:00:00.000Z',
  ...given,
})

const lettersIn = (path: string) =>
  new DeadLetters({ folder: path, name: 'influx-lab', onLost: () => {} })

test('A letter that an earlier process wrote behind its cursor is not written again', async () => {
  const path = folder()
  const first = lettersIn(path)
  await first.begin(NONE)
  await first.write([letter(5), letter(7), letter(7, { of: 'entries' })])
  // The process ends here; half a line of it is on the disk.
  appendFileSync(first.path, '{"of":"points","num')
  const second = lettersIn(path)
  await second.begin({ entries: 0, points: 5 })
  await second.write([letter(7), letter(7, { of: 'entries' }), letter(9)])
  const lines = readFileSync(second.path, 'utf8').trim().split('\n')
  expect(lines.flatMap(line => (line.endsWith('}') ? JSON.parse(line).number : 'cut'))).toEqual([
    ...[5, 7, 7, 'cut', 9],
  ])
})

test('Hostile strings are one line each, and no character of them acts', async () => {
  const path = folder()
  const letters = lettersIn(path)
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
