// Goal: a monitor without any privilege captures, since the capturing program's file carries the right.
// Method: a copy of tcpdump is given what the unit gives it, and run by a plain user's process on one end of a veth
// in a namespace; at the other end somebody talks.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { located } from '../../src/commands/doctor/ask.ts'

const NOBODY = 65_534
const TEST_MS_MAX = 60_000
const PACKETS = 5
const isPossible =
  process.getuid?.() === 0 &&
  ['tcpdump', 'setcap', 'setpriv', 'ip'].every(name => located(name) !== null)

/** Says what it may do itself, and what its child hears. */
const MONITOR = `
  const { spawn } = require('node:child_process')
  const status = require('node:fs').readFileSync('/proc/self/status', 'utf8')
  const child = spawn(process.argv[1], ['-i', 'mirror0', '-n', '-c', '${PACKETS}', 'udp'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let heard = ''
  let said = ''
  child.stdout.on('data', data => { heard += data })
  child.stderr.on('data', data => {
    said += data
    if (said.includes('listening on')) process.stderr.write('ready')
  })
  setTimeout(() => child.kill(), 20000).unref()
  child.on('close', code => console.log(JSON.stringify({
    uid: process.getuid(),
    own: /^CapEff:\\s*(\\w+)/m.exec(status)[1],
    code, heard: heard.trim().split('\\n'), said,
  })))`

const TALK = `
  const socket = require('node:dgram').createSocket('udp4')
  setInterval(() => socket.send('x', 9, '192.0.2.9'), 20)
  setTimeout(() => process.exit(), 30000)`

test.skipIf(!isPossible)(
  'the child captures, and the parent may do nothing',
  async ({ skip }) => {
    const name = `mpcap${process.pid}`
    const folder = mkdtempSync(join(tmpdir(), 'mpwatch-cap-'))
    const inside = (...args: string[]) => execFileSync('ip', ['-n', name, ...args])
    try {
      const copy = join(folder, 'tcpdump')
      copyFileSync(located('tcpdump') ?? '', copy)
      execFileSync('chgrp', [String(NOBODY), copy])
      chmodSync(folder, 0o755)
      chmodSync(copy, 0o750)
      const granted = spawnSync('setcap', ['cap_net_raw=ep', copy]).status === 0
      skip(!granted, 'this file system keeps no capabilities')
      execFileSync('ip', ['netns', 'add', name])
      inside('link', 'add', 'mirror0', 'type', 'veth', 'peer', 'name', 'switch0')
      for (const one of ['mirror0', 'switch0']) {
        inside('link', 'set', 'dev', one, 'addrgenmode', 'none')
        inside('link', 'set', 'dev', one, 'up')
      }
      inside('addr', 'add', '192.0.2.1/24', 'dev', 'switch0')
      inside('neigh', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'dev', 'switch0')
      const run = (...args: string[]) => spawn('ip', ['netns', 'exec', name, ...args])
      const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
      const monitor = run(...asNobody, process.execPath, '-e', MONITOR, copy)
      let told = ''
      monitor.stdout.on('data', data => {
        told += data
      })
      const ended = once(monitor, 'close')
      await Promise.race([once(monitor.stderr, 'data'), ended])
      const talker = run(process.execPath, '-e', TALK)
      await ended
      talker.kill('SIGKILL')
      const { uid, own, code, heard, said } = JSON.parse(told)
      expect({ uid, own }).toEqual({ uid: NOBODY, own: '0000000000000000' })
      expect(said).toContain(`${PACKETS} packets captured`)
      expect(code).toBe(0)
      expect(heard).toHaveLength(PACKETS)
      expect(heard[0]).toMatch(/IP 192\.0\.2\.1\.\d+ > 192\.0\.2\.9\.9: UDP, length 1/)
    } finally {
      spawnSync('ip', ['netns', 'del', name])
      rmSync(folder, { recursive: true, force: true })
    }
  },
  TEST_MS_MAX,
)
