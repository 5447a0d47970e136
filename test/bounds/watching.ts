// Bounds of what operators and the monitor itself say: configuration, log, the doctor's questions.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ask } from '../../src/commands/doctor/ask.ts'
import { watchFile } from '../../src/config/watch-schema.ts'
import { Log } from '../../src/watch/log.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const WATCHING_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'interfaces that are watched': (max = 0) => {
    const named = (count: number) => ({
      api_version: 'mpwatch/v1',
      interfaces: numbersTo(count).map(index => ({ name: `eth${index}` })),
    })
    expect(watchFile.safeParse(named(max)).success).toBe(true)
    expect(watchFile.safeParse(named(max + 1)).success).toBe(false)
  },

  'log lines of one event in a minute': (max = 0) => {
    const lines = logged(log => {
      for (const by_ms of numbersTo(max + 3)) log.tell('clock_jump', { by_ms })
    })
    expect(lines).toHaveLength(max + 1)
    expect(lines.at(-1)).toMatchObject({ event: 'log_left_out', of: 'clock_jump', lines: 3 })
  },

  'characters of a text, entries of a list in the log': (characters = 0, entries = 0) => {
    const texts = (length: number, count: number) => numbersTo(count).map(() => 'x'.repeat(length))
    const [fits, cut] = logged(log => {
      log.tell('rules_refused', { problems: texts(characters, entries) })
      log.tell('rules_refused', { problems: texts(characters + 1, entries + 1) })
    })
    expect(fits?.['problems']).toEqual(texts(characters, entries))
    expect(cut?.['problems']).toEqual(texts(characters, entries).map(text => `${text}…`))
  },

  'answer of a program that the doctor asks': async (max = 0, seconds = 0) => {
    const shout = (bytes: number) =>
      ask(process.execPath, ['-e', 'process.stdout.write("x".repeat(process.argv[1]))', `${bytes}`])
    expect(await shout(max)).toMatchObject({ code: 0 })
    expect(await shout(max + 1)).toMatchObject({ code: null })
    const long = `${(seconds + 30) * 1000}`
    const hung = await ask(process.execPath, ['-e', 'setTimeout(() => {}, process.argv[1])', long])
    expect(hung).toMatchObject({ code: null, stderr: 'no answer' })
  },
}

/** The lines of a log to which that was said. */
function logged(say: (log: Log) => void): Readonly<Record<string, unknown>>[] {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-log-'))
  try {
    const file = join(folder, 'a.log')
    const log = new Log({ level: 'debug', file }, { nowMs: () => 0 })
    say(log)
    log.close()
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
