// Goal: whoever starts the monitor wrongly hears in one sentence what is wrong and what would be right, and whatever is
// missing later is a state that says so.
// Method: the compiled program is started with each mistake, side by side.

import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { canWatch } from '../capture/live/namespace.ts'
import { type Before, Running } from './running.ts'
import { folderOf } from './store-of.ts'
import { cable, storeOf, watchMirror } from './wire.ts'

const SITE = 'fixtures/demo/site.yaml'
const OFFICE = 'fixtures/demo/office.pcap'
const LONG_MS = 60_000
const NOBODY = 65_534
const AS_NOBODY = ['setpriv', '--reuid', String(NOBODY), '--clear-groups', '--inh-caps=-all']
const isRoot = process.getuid?.() === 0

const PLAY = ['--read-from', OFFICE, '--sensor', 'core-span', '--metrics', 'off']

/** What is said where it does not start; the exit code. */
async function refusal(args: readonly string[], before?: Before) {
  const running = new Running(args, before)
  const { code } = await running.ended
  return { code, said: running.said.join('\n') }
}

describe.concurrent('is refused with code 2:', () => {
  const refused = (name: string, ask: () => Promise<readonly string[]>, said: RegExp) =>
    test(name, { timeout: LONG_MS }, async () => {
      const answer = await refusal(await ask())
      expect(answer.said).toMatch(said)
      expect(answer.code).toBe(2)
    })

  const store = () => join(folderOf(), 'store')

  refused(
    'an interface that there is not',
    async () => ['-i', 'nosuch0', '--site', SITE, '--store', store(), '--metrics', 'off'],
    /^There is no interface "nosuch0"\. Interfaces are: .*\blo\b.*\.$/,
  )
  refused(
    'a configuration with mistakes, all of which are told with their places',
    async () => {
      const file = join(folderOf(), 'mpwatch.yaml')
      writeFileSync(file, 'api_version: mpwatch/v1\nsite: 5\nstoer: {folder: x}\n')
      return ['--config', file]
    },
    /mpwatch\.yaml:2:7: must be text[\s\S]*mpwatch\.yaml:3:1: no key is called "stoer"\. Did you mean store\?/,
  )
  refused(
    'a site file with a mistake',
    async () => {
      const file = join(folderOf(), 'site.yaml')
      writeFileSync(file, 'api_version: mpwatch/v1\nsite: {name: hq}\nnodes: 7\n')
      return [...PLAY, '--site', file, '--store', store()]
    },
    /site\.yaml:3:8: must be a list/,
  )
  refused(
    'a store in place of which there is a file',
    async () => [...PLAY, '--site', SITE, '--store', resolve(SITE)],
    /site\.yaml is a file; a store needs a folder of its own that the monitor may write to\.$/,
  )
  refused(
    'a path for the control socket that is too long',
    async () => [...PLAY, '--site', SITE, '--store', join(folderOf(), 'x'.repeat(120))],
    /^--store: the path of the control socket has \d+ bytes, and the system takes 107: name a shorter one/,
  )
  refused(
    'no site',
    async () => ['-i', 'lo', '--store', store()],
    /^--site: say who is who: --site site\.yaml/,
  )

  test('a store that another monitor holds, which goes on', { timeout: LONG_MS }, async () => {
    const args = [...PLAY, '--site', SITE, '--store', store()]
    const running = new Running([...args, '--speed', '1'])
    await running.until('asked', () => running.events('control_listening').length > 0)
    const { code, said } = await refusal(args)
    expect(said).toContain(`is held by process ${running.child.pid}`)
    expect(code).toBe(2)
    expect(await running.end()).toEqual({ code: 0, signal: null })
  })

  test('an address for /metrics at which somebody listens', { timeout: LONG_MS }, async () => {
    const server = createServer()
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    try {
      const at = ['--metrics', `127.0.0.1:${port}`]
      const { code, said } = await refusal([...PLAY, '--site', SITE, '--store', store(), ...at])
      expect(said).toMatch(
        /^127\.0\.0\.1:\d+: \/metrics: another program listens there already\. Choose another address/,
      )
      expect(code).toBe(2)
    } finally {
      server.close()
    }
  })

  test.skipIf(!isRoot)('a folder that may not be written to', { timeout: LONG_MS }, async () => {
    const folder = folderOf()
    chmodSync(folder, 0o755)
    const args = [...PLAY, '--site', SITE, '--store', join(folder, 'store')]
    const { code, said } = await refusal(args, { command: AS_NOBODY })
    expect(said).toMatch(
      /store: no permission to write there; a store needs .* Give it to the user of the monitor \(chown\), or name another one\.$/,
    )
    expect(code).toBe(2)
  })
})

describe.skipIf(!canWatch).concurrent('goes on, blind, and says what would help:', () => {
  test('a user who may not capture', { timeout: LONG_MS }, async () => {
    const namespace = cable()
    chmodSync(namespace.folder, 0o755)
    mkdirSync(storeOf(namespace), { mode: 0o700 })
    chownSync(storeOf(namespace), NOBODY, NOBODY)
    const running = watchMirror(namespace, [], { command: AS_NOBODY })
    await running.until('blind', () => running.events('capture_blind').length > 0)
    expect(running.events('capture_blind')[0]).toMatchObject({
      ...{ interface: 'mirror', sensor: 'core-span', cause: 'no_permission' },
      detail: expect.stringMatching(/Allow it: sudo setcap cap_net_raw=ep \S*tcpdump/),
    })
    const desk = new SocketDesk(join(storeOf(namespace), 'control.sock'))
    expect(await desk.status()).toMatchObject({
      state: 'not_observed',
      blind: [{ cause: 'no_permission' }],
    })
    expect(await running.end()).toEqual({ code: 0, signal: null })
    // It is told once, however often it is tried, and is not back because watching ends.
    expect(running.events('capture_note')).toHaveLength(1)
    expect(running.events('capture_back')).toEqual([])
  })

  test('a capturing program that is not there', { timeout: LONG_MS }, async () => {
    const namespace = cable()
    const file = join(namespace.folder, 'mpwatch.yaml')
    const tools = '{tool: tcpdump, tools: {tcpdump: /nowhere/tcpdump}}'
    writeFileSync(file, `api_version: mpwatch/v1\ncapture: ${tools}\n`)
    const running = watchMirror(namespace, ['--config', file])
    await running.until('blind', () => running.events('capture_blind').length > 0)
    expect(running.events('capture_blind')[0]).toMatchObject({
      cause: 'no_tool',
      detail: expect.stringMatching(
        /^There is no \/nowhere\/tcpdump, where capture\.tools of the configuration says that tcpdump is\. Correct it there\. Install one: sudo apt-get /,
      ),
    })
    expect(await running.end()).toEqual({ code: 0, signal: null })
  })
})
