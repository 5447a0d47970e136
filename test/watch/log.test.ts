// Goal: the log says each event once, in a form that programs rely on and people can read; nothing from outside
// acts upon a terminal or begins a line of its own, and nothing that was said is lost with the process.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { LogLevel } from '../../src/model/watch-config.ts'
import { Log, type LogOptions } from '../../src/watch/log.ts'

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function logOf(options: LogOptions & { level?: LogLevel } = {}) {
  const file = join(folder, `${++files}.log`)
  const log = new Log({ level: options.level ?? 'debug', file }, options)
  const text = () => readFileSync(file, 'utf8')
  const lines = () =>
    text()
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  return { log, file, text, lines }
}

const BLIND = { interface: 'eth0', sensor: 'core', cause: 'link_down', detail: 'no carrier' }

test('an event is one line of JSON with level, time and name', () => {
  const { log, lines } = logOf()
  log.tell('capture_blind', BLIND)
  expect(lines()).toEqual([
    { level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), event: 'capture_blind', ...BLIND },
  ])
})

test('what is below the level is left out', () => {
  const { log, lines } = logOf({ level: 'warn' })
  log.tell('act', { kind: 'acknowledge', id: 'f-1', author: 'ann' })
  log.tell('store_degraded', { reason: 'the disk is full' })
  expect(lines().map(({ event }) => event)).toEqual(['store_degraded'])
})

test('what comes from outside acts on nothing and begins no line', () => {
  const { log, text, lines } = logOf()
  const detail = 'a\nb\u001b[2J\u202e\u0000\u2028"%s %n'
  log.tell('capture_blind', { ...BLIND, detail })
  expect(text()).toMatch(/^[\x20-\x7e]*\n$/)
  expect(lines()[0].detail).toBe('a\\x0ab\\x1b[2J\\u{202e}\\x00\\u{2028}"%s %n')
})

test('long texts and lists are cut', () => {
  const { log, lines } = logOf()
  log.tell('rules_refused', { problems: new Array(5000).fill('x'.repeat(5000)) })
  expect(lines()[0].problems).toHaveLength(100)
  expect(lines()[0].problems[0]).toHaveLength(2001)
})

test('an event that comes too often is counted, and others are not held up by it', () => {
  let nowMs = 0
  const { log, lines } = logOf({ nowMs: () => nowMs })
  for (let count = 0; count < 250; count++) log.tell('clock_jump', { by_ms: count })
  log.tell('store_degraded', { reason: 'full' })
  expect(lines()).toHaveLength(201)
  nowMs = 60_000
  log.tell('clock_jump', { by_ms: 999 })
  expect(lines().slice(201)).toMatchObject([
    { event: 'log_left_out', of: 'clock_jump', lines: 50 },
    { event: 'clock_jump', by_ms: 999 },
  ])
  for (let count = 0; count < 210; count++) log.tell('clock_jump', { by_ms: count })
  log.close()
  expect(lines().at(-1)).toMatchObject({ event: 'log_left_out', lines: 11 })
})

describe('the file', () => {
  test('is for its owner and group, and is opened anew when logrotate has moved it', () => {
    const { log, file, lines } = logOf()
    log.tell('clock_jump', { by_ms: 1 })
    expect(statSync(file).mode & 0o007).toBe(0)
    renameSync(file, `${file}.1`)
    log.tell('clock_jump', { by_ms: 2 })
    log.reopen()
    log.tell('clock_jump', { by_ms: 3 })
    expect(lines().map(({ event }) => event)).toEqual(['log_reopened', 'clock_jump'])
    expect(readFileSync(`${file}.1`, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  test('is written on where it cannot be opened anew', () => {
    const { log, file } = logOf()
    renameSync(file, `${file}.1`)
    mkdirSync(file)
    log.reopen()
    log.tell('clock_jump', { by_ms: 3 })
    expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/log_not_reopened.*EISDIR.*\n.*clock_jump/)
  })

  test('in a folder that is not there is an error that says what would be right', () => {
    const open = () => new Log({ level: 'info', file: join(folder, 'nowhere', 'a.log') })
    expect(open).toThrow(
      /no log can be written here \(ENOENT\): name a file in a folder that exists/,
    )
  })

  test('on a full disk loses lines, counts them, and stops nothing', () => {
    const log = new Log({ level: 'info', file: '/dev/full' })
    expect(() => log.tell('clock_jump', { by_ms: 1 })).not.toThrow()
    log.close()
  })
})

test('lines that were lost are told when there is room again', ({ skip }) => {
  const home = join(folder, 'small')
  mkdirSync(home)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', home]).status === 0
  skip(!mounted, 'a file system of its own is not allowed here')
  const file = join(home, 'a.log')
  const log = new Log({ level: 'info', file })
  try {
    const problems = ['x'.repeat(1900)]
    for (let count = 0; count < 12; count++) log.tell('rules_refused', { problems })
    spawnSync('mount', ['-o', 'remount,size=64k', home])
    log.tell('clock_jump', { by_ms: 1 })
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const whole = lines.filter(line => line.endsWith('}')).map(line => JSON.parse(line))
    expect(whole.slice(-2)).toMatchObject([
      { event: 'clock_jump' },
      { event: 'log_lost', why: 'ENOSPC' },
    ])
    expect(whole.length - 2 + whole.at(-1).lines).toBe(12)
  } finally {
    log.close()
    spawnSync('umount', [home])
  }
})

test('a kill loses nothing that was said before', async () => {
  const script = `
    import { Log } from './src/watch/log.ts'
    const log = new Log({ level: 'info', file: null })
    for (let by_ms = 0; by_ms < 150; by_ms++) log.tell('clock_jump', { by_ms })
    process.kill(process.pid, 'SIGKILL')`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr.on('data', data => {
    text += data
  })
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  expect(text.trim().split('\n')).toHaveLength(150)
})

test('at a terminal a line is for people', () => {
  const { log, text } = logOf({ isTerminal: true })
  log.tell('capture_blind', BLIND)
  log.tell('rules_refused', { problems: ['site.yaml:3:1: a \u001b[2J', 'two'] })
  const [first, second] = text().split('\n')
  expect(first).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ warn {2}capture blind {2}interface=eth0 {2}sensor=core {2}cause=link_down {2}detail="no carrier"$/,
  )
  expect(second).toMatch(/ error rules refused {2}problems=\["site\.yaml:3:1: a \\x1b\[2J", two\]$/)
})
