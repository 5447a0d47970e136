// What the clocks must know behind a restart.

import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readClockFile, writeClockFile } from '../../src/watch/clock-file.ts'
import { START_MS } from '../lifecycle/story.ts'
import { temporaryFolder } from './desk.ts'

const MARK = { atMs: START_MS, wallMs: START_MS + 7, captureMs: START_MS - 3 }

test('a mark is read as it was written, and is nobody else’s', () => {
  const folder = temporaryFolder()
  writeClockFile(folder, { ...MARK, captureMs: null })
  writeClockFile(folder, MARK)
  // Beside it stands how long the machine had been running, which is told by the machine.
  expect(readClockFile(folder)).toMatchObject(MARK)
  expect(statSync(join(folder, 'clock.json')).mode & 0o777).toBe(0o600)
  expect(existsSync(join(folder, 'clock.json.new'))).toBe(false)
})

test.each([
  ['none', null],
  ['an empty one', ''],
  ['one cut short', JSON.stringify(MARK).slice(0, 20)],
  ['text for a number', JSON.stringify({ ...MARK, atMs: '1' })],
  ['a number that is no time', '{"atMs":1e300,"wallMs":1,"captureMs":null}'],
  ['another thing', '[]'],
])('%s is no mark', (_, text) => {
  const folder = temporaryFolder()
  if (text !== null) writeFileSync(join(folder, 'clock.json'), text)
  expect(readClockFile(folder)).toBeNull()
})
