// Goal: the unit leaves the monitor without privilege and its child with the one it needs, and what stands beside
// it fits it.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { located } from '../../src/commands/doctor/ask.ts'
import { watchConfigOf } from '../../src/config/watch.ts'

const UNIT = 'packaging/mpwatch.service'
const lines = readFileSync(UNIT, 'utf8')
  .split('\n')
  .filter(line => /^[A-Z]\w+=/.test(line))
const valuesOf = (key: string): readonly string[] =>
  lines.filter(line => line.startsWith(`${key}=`)).map(line => line.slice(key.length + 1))

/** systemd.exec(5) of systemd 252: each implies NoNewPrivileges= where a service has a User=. */
const IMPLYING =
  /^(SystemCall\w+|RestrictAddressFamilies|RestrictNamespaces|RestrictRealtime|RestrictSUIDSGID|LockPersonality|MemoryDenyWriteExecute|PrivateDevices|ProtectKernel\w+|ProtectClock|ProtectHostname|DynamicUser)=/

test('nothing in the unit takes away from files what they grant', () => {
  expect(lines.filter(line => IMPLYING.test(line))).toEqual([])
  expect(valuesOf('NoNewPrivileges')).toEqual(['no'])
  expect(valuesOf('PrivateUsers')).toEqual([])
})

test('the monitor has a user and no capability, and no program can get more than the right to capture', () => {
  expect(valuesOf('User')).toEqual(['mpwatch'])
  expect(valuesOf('AmbientCapabilities')).toEqual([''])
  expect(valuesOf('CapabilityBoundingSet')).toEqual(['CAP_NET_RAW'])
})

test('the copy of tcpdump is made, may be run, and is the one in the configuration', () => {
  const { tcpdump } = watchConfigOf('packaging/mpwatch.yaml', {}).capture.tools
  const commands = valuesOf('ExecStartPre')
  expect(commands).toHaveLength(2)
  for (const command of commands) expect(command).toMatch(new RegExp(`^\\+.* ${tcpdump}$`))
  const runnable = valuesOf('ExecPaths').flatMap(value => value.split(' '))
  expect(runnable.some(path => tcpdump?.startsWith(`${path}/`))).toBe(true)
})

test.skipIf(located('systemd-analyze') === null)('systemd finds nothing wrong with it', () => {
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', UNIT], { encoding: 'utf8' })
  // Where mpwatch is not installed its programs are missing, and nothing else may be.
  const other = stderr.split('\n').filter(line => line !== '' && !/is not executable/.test(line))
  expect({ other, status: /is not executable/.test(stderr) ? 0 : status }).toEqual({
    ...{ other: [], status: 0 },
  })
})
